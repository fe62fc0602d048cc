"""The binary sensors of a panel and of both its accounts."""

from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.panel import Account
from simulator import VARIANTS, Answer, SimulatedPanel

from .conftest import Change, Poll, SetUp, both_accounts, entry_of, state_of
from .test_sensor import answer_second_status, entities, with_own_status

ENABLE = "/api/v1/device/sip/enable"

DRIFT = "binary_sensor.front_door_account_2_drift"
PASSWORD_EXPOSED = "binary_sensor.front_door_account_2_password_exposed"
ACCOUNT_SIP_ENABLED = "binary_sensor.front_door_account_2_sip_enabled"
ACCOUNT_REGISTERED = "binary_sensor.front_door_account_2_sip_registered"
REACHABLE = "binary_sensor.front_door_reachable"
REGISTERED = "binary_sensor.front_door_sip_registered"
SIP_ENABLED = "binary_sensor.front_door_sip_enabled"


@pytest.fixture(autouse=True)
def platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set up the binary sensors alone."""
    monkeypatch.setattr("custom_components.bas_ip.PLATFORMS", [Platform.BINARY_SENSOR])


def own_attributes(hass: HomeAssistant) -> dict[str, Any]:
    """Return the attributes that only the drift sensor of account 2 has."""
    entity_state = hass.states.get(DRIFT)
    assert entity_state is not None
    return {
        name: value
        for name, value in entity_state.attributes.items()
        if name not in ("device_class", "friendly_name")
    }


async def test_binary_sensors(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    set_up: SetUp,
    snapshot: SnapshotAssertion,
) -> None:
    VARIANTS["second-registration"](panel)
    entry = both_accounts(panel)
    await set_up(entry)

    assert entities(hass, entity_registry, entry) == snapshot


@pytest.mark.parametrize(
    ("sip_status", "expected"),
    [
        ("OK", STATE_ON),
        ("ERROR", STATE_OFF),
        ("OFFLINE", STATE_OFF),
        ("BUSY", STATE_UNKNOWN),
        (None, STATE_UNKNOWN),
        ({}, STATE_UNKNOWN),
    ],
)
async def test_registered(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    sip_status: object,
    expected: str,
) -> None:
    panel.sip_status = sip_status
    await set_up(entry)

    assert state_of(hass, REGISTERED) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"sip_enable": True}, STATE_ON),
        ({"sip_enable": False}, STATE_OFF),
        ({"sip_enable": "yes"}, STATE_UNKNOWN),
        ({"sip_enable": None}, STATE_UNKNOWN),
        ({}, STATE_UNKNOWN),
    ],
)
@pytest.mark.usefixtures("init_integration")
async def test_sip_enabled(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    answer: dict[str, object],
    expected: str,
) -> None:
    panel.fail(Answer.json(answer), path=ENABLE)
    await poll()

    assert state_of(hass, SIP_ENABLED) == expected


@pytest.mark.parametrize(
    "answer", [Answer(404), Answer(401), Answer.json({})], ids=["404", "401", "empty"]
)
async def test_sip_enabled_comes_later(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    freezer: FrozenDateTimeFactory,
    answer: Answer,
) -> None:
    """A panel that does not give it has no such sensor until it does."""
    panel.fail(answer, path=ENABLE)
    await set_up(entry)
    assert hass.states.get(SIP_ENABLED) is None

    panel.recover()
    freezer.tick(3600)
    await poll()
    assert state_of(hass, SIP_ENABLED) == STATE_ON
    panel.sip_enabled = False
    await poll()
    assert state_of(hass, SIP_ENABLED) == STATE_OFF


@pytest.mark.usefixtures("init_integration")
async def test_reachable(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """It goes off with the panel while everything else becomes unavailable."""
    assert state_of(hass, REACHABLE) == STATE_ON

    await panel.switch_off()
    await poll()
    assert state_of(hass, REACHABLE) == STATE_OFF
    assert state_of(hass, REGISTERED) == state_of(hass, DRIFT) == STATE_UNAVAILABLE

    await panel.switch_on()
    await poll()
    assert state_of(hass, REACHABLE) == STATE_ON
    panel.password = "changed"
    panel.end_sessions()
    await poll()
    assert state_of(hass, REACHABLE) == STATE_OFF


@pytest.mark.parametrize(
    ("sip_status", "expected"),
    [("OK", STATE_ON), ("ERROR", STATE_OFF), (None, STATE_UNKNOWN)],
)
async def test_account_registered(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    sip_status: object,
    expected: str,
) -> None:
    """A second account with a status of its own is registered or not by itself."""
    answer_second_status(panel, sip_status)
    await set_up(with_own_status(panel))

    assert state_of(hass, ACCOUNT_REGISTERED) == expected
    assert state_of(hass, REGISTERED) == STATE_ON


async def test_account_sip_enabled(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """A second account with a switch of its own is on or off by itself."""
    VARIANTS["second-registration"](panel)
    await set_up(both_accounts(panel))
    assert state_of(hass, ACCOUNT_SIP_ENABLED) == STATE_ON

    panel.second_registration.enabled = False
    await poll()
    assert state_of(hass, ACCOUNT_SIP_ENABLED) == STATE_OFF
    assert state_of(hass, SIP_ENABLED) == STATE_ON

    panel.fail(Answer(500), path=f"/api/v1/{panel.behaviour.second_enable_path}")
    await poll()
    assert state_of(hass, ACCOUNT_SIP_ENABLED) == STATE_UNKNOWN


@pytest.mark.usefixtures("init_integration")
async def test_account_without_a_status_of_its_own(hass: HomeAssistant) -> None:
    assert hass.states.get(ACCOUNT_REGISTERED) is None
    assert hass.states.get(ACCOUNT_SIP_ENABLED) is None


@pytest.mark.parametrize("account_path", ["second_enable_path", "second_status_path"])
async def test_path_that_is_gone(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    account_path: str,
) -> None:
    """After a reconfiguration that does not find it again, its entity is removed."""
    VARIANTS["second-registration"](panel)
    entry = both_accounts(panel)
    await set_up(entry)
    data = {key: value for key, value in entry.data.items() if key != account_path}
    hass.config_entries.async_update_entry(entry, data=data)
    await hass.config_entries.async_reload(entry.entry_id)

    has_status = account_path == "second_enable_path"
    assert (hass.states.get(ACCOUNT_REGISTERED) is not None) is has_status
    assert (hass.states.get(ACCOUNT_SIP_ENABLED) is not None) is not has_status


async def test_first_account_alone(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """Nothing of the second account is read or shown if it is not watched."""
    VARIANTS["second-registration"](panel)
    await set_up(entry_of(panel, (Account.FIRST,)))

    assert hass.states.get(ACCOUNT_REGISTERED) is None
    assert hass.states.get(ACCOUNT_SIP_ENABLED) is None
    assert not any("second" in request.path for request in panel.requests)


async def test_drift(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The attributes say what has drifted, for people and for templates."""
    freezer.move_to("2026-11-22 12:00:00+00:00")
    await set_up(both_accounts(panel, ignored={"second": ["transport"]}))
    panel.second_account |= {"user": "", "user_id": "202", "transport": "tcp"}
    del panel.second_account["outbound"]
    await poll()

    since = datetime(2026, 11, 22, 12, 1, 1, tzinfo=UTC)
    assert state_of(hass, DRIFT) == STATE_ON
    assert own_attributes(hass) == {
        "differences": ["Account 2 user: 201 → empty", "Account 2 user ID: changed"],
        "unknown": ["outbound"],
        "settings": {
            "user": {"expected": "201", "actual": "", "since": since},
            "user_id": {"actual": "changed", "since": since},
        },
        "expected": {
            "proxy": "sip:pbx.example.net",
            "realm": "pbx.example.net",
            "user": "201",
            "registration_interval": "60",
            "outbound": "",
        },
    }


@pytest.mark.usefixtures("init_integration")
async def test_unknown_is_no_drift(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """A setting that the panel does not send makes the sensor unknown and is named."""
    del panel.second_account["realm"]
    await poll()

    assert state_of(hass, DRIFT) == STATE_UNKNOWN
    assert own_attributes(hass)["unknown"] == ["realm"]
    assert own_attributes(hass)["differences"] == []


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("WebPass", STATE_OFF),
        ("", STATE_OFF),
        (None, STATE_OFF),
        ("******", STATE_OFF),
        ("secret", STATE_ON),
        (12345, STATE_ON),
        ({}, STATE_UNKNOWN),
    ],
)
@pytest.mark.usefixtures("init_integration")
async def test_password_exposed(
    hass: HomeAssistant, change: Change, password: object, expected: str
) -> None:
    await change(password=password)

    assert state_of(hass, PASSWORD_EXPOSED) == expected


@pytest.mark.parametrize(
    "value", [None, True, -1, 1e300, "", "x" * 300, "\x00", [], {}], ids=repr
)
async def test_odd_values(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    value: object,
) -> None:
    """A value that cannot be read is unknown, and unknown is no drift."""
    await set_up(both_accounts(panel))
    panel.second_account.update(dict.fromkeys(panel.second_account, value))
    await poll()

    readable = value is None or (
        isinstance(value, str | int | float) and not isinstance(value, bool)
    )
    assert state_of(hass, DRIFT) == (STATE_ON if readable else STATE_UNKNOWN)
    assert state_of(hass, REGISTERED) == STATE_ON


async def test_drift_without_expected_settings(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """If nothing is compared, nobody can say that all is well."""
    await set_up(entry_of(panel, expect=False))

    assert state_of(hass, DRIFT) == STATE_UNKNOWN
