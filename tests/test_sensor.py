"""The sensors of a panel and of both its accounts."""

from datetime import UTC, datetime
import logging
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.panel.models import Account
from simulator import VARIANTS, Answer, SimulatedPanel

from .conftest import (
    FIRST,
    PANEL_STATUS,
    SECOND,
    STATUS,
    Poll,
    SetUp,
    accept,
    both_accounts,
    problems,
    state_of,
)

SECOND_STATUS = "/api/v1/device/sip/status/second"

# Everything that JSON can hold where something else is expected.
ODD_VALUES = [
    None,
    True,
    -1,
    10**400,
    1.5,
    1e300,
    float("nan"),
    "",
    " \t\n",
    "\x00\x1b[31m\ud800",
    "x" * 300,
    "unbekannt: ß €",
    "<script>alert(1)</script>",
    [],
    {},
    {"ip": "x" * 300, "port": 10**300},
]


def states(hass: HomeAssistant, prefix: str = "") -> dict[str, str]:
    """Return the states of the sensors by what follows the panel's name and a prefix."""
    prefix = f"{PANEL_STATUS}{prefix}"
    return {
        state.entity_id.removeprefix(prefix): state.state
        for state in hass.states.async_all("sensor")
        if state.entity_id.startswith(prefix)
    }


def since(hass: HomeAssistant) -> datetime | None:
    """Return since when the gravest problem of the panel is there."""
    state = hass.states.get(PANEL_STATUS)
    assert state
    time: datetime | None = state.attributes["since"]
    return time


def changes(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the changes that the sensor of the last change lists."""
    state = hass.states.get(f"{PANEL_STATUS}_last_settings_change")
    assert state
    listed: list[dict[str, Any]] = state.attributes["changes"]
    return listed


@pytest.mark.usefixtures("enabled_by_default")
async def test_sensors(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    set_up: SetUp,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.bas_ip.PLATFORMS", [Platform.SENSOR])
    VARIANTS["second-registration"](panel)
    entry = both_accounts(panel)
    await set_up(entry)

    await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


@pytest.mark.usefixtures("init_integration")
async def test_one_account(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, entry: MockConfigEntry
) -> None:
    """An account that is not watched has no sensors; the user is disabled."""
    assert states(hass, "_account_").keys() == {
        "2_outbound_proxy",
        "2_proxy",
        "2_realm",
        "2_interval",
        "2_transport",
    }
    assert [
        entity.entity_id
        for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        if entity.domain == Platform.SENSOR and entity.disabled_by
    ] == [f"{PANEL_STATUS}_account_2_user"]


async def test_since(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """The status says since when the gravest of what is wrong is there."""
    await set_up(both_accounts(panel))
    assert since(hass) is None
    times = []
    for spoil in (
        lambda: panel.registration.change("ERROR"),
        lambda: panel.second_account.update(realm="other.example.net"),
        lambda: panel.fail(Answer(403), path=FIRST),
    ):
        spoil()
        await poll(times=2)
        times.append(since(hass))
    assert None not in times
    assert len(set(times)) == 3

    panel.recover()
    await poll(times=2)
    assert since(hass) == times[1]
    await accept(hass)
    assert since(hass) == times[0]


@pytest.mark.parametrize(
    ("sip_status", "state"),
    [
        ("OK", "registered"),
        ("ok", "registered"),
        ("ERROR", "failed"),
        ("OFFLINE", "disabled"),
        ("BUSY", STATE_UNKNOWN),
        (None, STATE_UNKNOWN),
        ({}, STATE_UNKNOWN),
    ],
)
async def test_sip_status(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    sip_status: object,
    state: str,
) -> None:
    """The panel has one, and a second account that has its own."""
    VARIANTS["second-registration"](panel)
    panel.sip_status = sip_status
    await set_up(both_accounts(panel))
    assert states(hass)["_sip_status"] == state
    assert states(hass)["_account_2_sip_status"] == "registered"
    assert "_account_1_sip_status" not in states(hass)


async def test_sip_status_of_an_account(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """It is lost by itself, and unknown while it is not given."""
    VARIANTS["second-registration"](panel)
    await set_up(both_accounts(panel))
    panel.second_registration.change("ERROR")
    await poll(times=2)
    assert states(hass)["_account_2_sip_status"] == "failed"
    assert states(hass)["_sip_status"] == "registered"
    assert problems(hass) == ["Account 2 SIP status: Failed"]

    panel.fail(Answer(404), path=SECOND_STATUS)
    panel.fail(Answer(404), path=STATUS)
    await poll()
    assert states(hass)["_account_2_sip_status"] == STATE_UNKNOWN
    assert states(hass)["_sip_status"] == STATE_UNKNOWN
    assert state_of(hass, PANEL_STATUS) == "not_registered"


@pytest.mark.parametrize(
    ("path", "missing"), [(SECOND, Account.SECOND), (FIRST, Account.FIRST)]
)
@pytest.mark.parametrize("status", [401, 403, 404, 500])
async def test_account_that_is_not_given(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    path: str,
    missing: Account,
    status: int,
) -> None:
    """The other account, and the panel itself, stay available."""
    await set_up(both_accounts(panel))
    panel.fail(Answer(status), path=path)
    await poll()

    for account, prefix in (
        (Account.FIRST, "_account_1"),
        (Account.SECOND, "_account_2"),
    ):
        values = set(states(hass, prefix).values())
        assert (values == {STATE_UNAVAILABLE}) is (account is missing)
    assert states(hass)["_sip_status"] == "registered"

    panel.recover()
    await poll()
    assert STATE_UNAVAILABLE not in states(hass).values()


async def test_last_settings_change(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Only what somebody has changed on the panel counts; the rest is in the list."""
    await set_up(both_accounts(panel))
    assert states(hass)["_last_settings_change"] == STATE_UNKNOWN
    assert changes(hass) == []

    panel.second_account["proxy"] = "sip:other.example.net"
    await poll(times=2)
    (change,) = changes(hass)
    time = change.pop("time")
    assert states(hass)["_last_settings_change"] == time.isoformat(timespec="seconds")
    assert time.tzinfo is UTC
    assert change["type"] == "drift_detected"
    assert change["message"] == (
        "Front door: account 2 proxy: sip:pbx.example.net → sip:other.example.net"
    )

    before = states(hass)["_last_settings_change"]
    panel.sip_status = "ERROR"
    panel.firmware_version = "3.21.0"
    await poll(times=2)
    await accept(hass)
    assert states(hass)["_last_settings_change"] == before
    assert [change["type"] for change in changes(hass)] == [
        "drift_resolved",
        "expectation_updated",
        "registration_lost",
        "firmware_updated",
        "drift_detected",
    ]

    for number in range(7):
        panel.second_account["realm"] = f"{number}.example.net"
        await poll(times=2)
    assert len(changes(hass)) == 10
    numbers = [change["number"] for change in changes(hass)]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize("value", ["", None, "  "])
@pytest.mark.usefixtures("enabled_by_default")
async def test_not_set(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, value: object
) -> None:
    """What the panel leaves empty is a state of its own."""
    panel.first_account.update(dict.fromkeys(panel.first_account, value))
    panel.first_account["stun"] = {"ip": value, "port": 3478}
    await set_up(both_accounts(panel))

    assert states(hass, "_account_1_") == {
        "outbound_proxy": "not_set",
        "proxy": "not_set",
        "realm": "not_set",
        "interval": STATE_UNKNOWN,
        "stun_server": "not_set",
        "transport": "not_set",
        "user": "not_set",
    }


@pytest.mark.parametrize(
    ("transport", "state"),
    [
        ("udp", "udp"),
        (" TCP ", "tcp"),
        ("Tls", "tls"),
        ("", "not_set"),
        ("sctp", STATE_UNKNOWN),
        ("unknown", STATE_UNKNOWN),
        (1, STATE_UNKNOWN),
        (["udp"], STATE_UNKNOWN),
    ],
)
async def test_transport(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    transport: object,
    state: str,
) -> None:
    panel.second_account["transport"] = transport
    await set_up(entry)

    assert states(hass)["_account_2_transport"] == state


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: repr(value)[:30])
@pytest.mark.usefixtures("enabled_by_default")
async def test_odd_values(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
    value: Any,
) -> None:
    """Whatever a panel answers, a sensor shows a text or is unknown."""
    await set_up(both_accounts(panel))
    before = states(hass).keys()
    for account in (panel.first_account, panel.second_account):
        account.update(dict.fromkeys(account, value))
    # Without these it would be another panel, or none.
    identity = {"device_serial_number", "device_type", "api_version"}
    panel.info |= dict.fromkeys(panel.info.keys() - identity, value)
    panel.sip_status = value
    caplog.clear()
    await poll(times=2)

    assert [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith("homeassistant")
    ] == []
    assert states(hass).keys() == before
    # The second account has no STUN server, by which such an answer is the first one.
    assert STATE_UNAVAILABLE not in states(hass, "_account_1").values()
    text = states(hass)["_account_1_realm"]
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        assert text != STATE_UNKNOWN
        assert text.isprintable()
    else:
        assert text == ("not_set" if value is None else STATE_UNKNOWN)
