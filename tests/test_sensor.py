"""The sensors of a panel and of both its accounts."""

from datetime import UTC, datetime
import json
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import CONF_SECOND_STATUS_PATH, DOMAIN
from custom_components.bas_ip.panel import Account
from simulator import Answer, SimulatedPanel, Timestamp

from .conftest import Poll, SetUp, both_accounts, entry_like

SECOND_STATUS_PATH = "sip/status/second"

# Everything that JSON can hold where something else is expected.
ODD_VALUES = [
    None,
    True,
    False,
    -1,
    10**400,
    1.5,
    1e300,
    float("nan"),
    float("inf"),
    "",
    " \t\n",
    "\x00\x1b[31m\ud800",
    "x" * 300,
    "unbekannt: ß €",
    "<script>alert(1)</script>",
    [],
    ["udp"],
    {},
    {"ip": None, "port": {}},
    {"ip": "x" * 300, "port": 3478},
    {"ip": "x" * 300, "port": 10**300},
]


@pytest.fixture(autouse=True)
def platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set up the sensors alone."""
    monkeypatch.setattr("custom_components.bas_ip.PLATFORMS", [Platform.SENSOR])


def entities(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, entry: MockConfigEntry
) -> dict[str, Any]:
    """Return the entities of a panel: the fields that no version of HA changes."""
    described = {}
    for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id):
        state = hass.states.get(entity.entity_id)
        assert state
        described[entity.entity_id] = {
            "attributes": json.loads(json.dumps(state.attributes, default=str)),
            "entity_category": str(entity.entity_category),
            "has_entity_name": entity.has_entity_name,
            "original_name": entity.original_name,
            "state": state.state,
            "translation_key": entity.translation_key,
            "unique_id": entity.unique_id,
        }
    return described


def with_own_status(panel: SimulatedPanel) -> MockConfigEntry:
    """Return the config entry of a panel whose second account has its own status."""
    entry = both_accounts(panel)
    return entry_like(
        entry, data={**entry.data, CONF_SECOND_STATUS_PATH: SECOND_STATUS_PATH}
    )


def answer_second_status(panel: SimulatedPanel, sip_status: object) -> None:
    """Let the panel answer with the status of its second account."""
    panel.recover()
    panel.fail(
        Answer.json({"sip_status": sip_status}), path=f"/api/v1/{SECOND_STATUS_PATH}"
    )


def sensors(hass: HomeAssistant) -> dict[str, str]:
    """Return the states of all sensors by what follows the name of the panel."""
    return {
        state.entity_id.removeprefix("sensor.front_door_"): state.state
        for state in hass.states.async_all("sensor")
    }


def changes(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the changes that the sensor of the last change lists."""
    state = hass.states.get("sensor.front_door_last_settings_change")
    assert state
    listed: list[dict[str, Any]] = state.attributes["changes"]
    return listed


def of_account(states: dict[str, str], account: Account) -> dict[str, str]:
    """Return the states of the sensors of one account."""
    prefix = "account_1_" if account is Account.FIRST else "account_2_"
    return {
        name.removeprefix(prefix): state
        for name, state in states.items()
        if name.startswith(prefix)
    }


@pytest.mark.usefixtures("enabled_by_default")
async def test_sensors(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    set_up: SetUp,
    snapshot: SnapshotAssertion,
) -> None:
    panel.register_last_attempt = 1_790_000_000
    answer_second_status(panel, "OK")
    entry = with_own_status(panel)
    await set_up(entry)

    assert entities(hass, entity_registry, entry) == snapshot


@pytest.mark.usefixtures("init_integration")
async def test_one_account(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, entry: MockConfigEntry
) -> None:
    """An account that is not watched has no sensors; the user is disabled."""
    assert of_account(sensors(hass), Account.FIRST) == {}
    assert set(of_account(sensors(hass), Account.SECOND)) == {
        "outbound_proxy",
        "proxy",
        "realm",
        "interval",
        "transport",
    }
    assert {
        entity.entity_id.removeprefix("sensor.front_door_")
        for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        if entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    } == {"account_2_user", "last_registration_attempt"}


@pytest.mark.usefixtures("init_integration")
async def test_device(
    device_registry: dr.DeviceRegistry, panel: SimulatedPanel, entry: MockConfigEntry
) -> None:
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert device.configuration_url == panel.url
    assert device.connections == {(dr.CONNECTION_NETWORK_MAC, panel.mac_address)}
    assert device.identifiers == {(DOMAIN, panel.info["device_serial_number"])}
    assert device.serial_number == panel.info["device_serial_number"]
    assert device.manufacturer == "BAS-IP"
    assert device.model == "aa-07fb"
    assert device.name == "Front door"
    assert device.hw_version == "1.4"
    assert device.sw_version == "3.20.0"


async def test_device_without_a_mac_address(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    entry = entry_like(entry, data={**entry.data, "mac": None})
    await set_up(entry)

    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert device.connections == set()


@pytest.mark.parametrize(
    ("sip_status", "state"),
    [("OK", "registered"), ("ERROR", "failed"), ("BUSY", STATE_UNKNOWN)],
)
async def test_account_sip_status(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    set_up: SetUp,
    sip_status: str,
    state: str,
) -> None:
    """A second account with a status of its own has a sensor for it."""
    answer_second_status(panel, sip_status)
    await set_up(with_own_status(panel))

    assert sensors(hass)["account_2_sip_status"] == state
    assert sensors(hass)["sip_status"] == "registered"
    assert "account_1_sip_status" not in sensors(hass)


@pytest.mark.parametrize(
    ("path", "available"),
    [
        ("/api/v1/device/sip/settings/second", {Account.FIRST}),
        ("/api/v1/device/sip/settings", {Account.SECOND}),
    ],
)
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_account_that_is_refused(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    path: str,
    available: set[Account],
    status: int,
) -> None:
    """The other account, and the panel itself, stay available."""
    await set_up(both_accounts(panel))
    panel.fail(Answer(status), path=path)
    await poll()

    states = sensors(hass)
    assert states["sip_status"] == "registered"
    for account in Account:
        realm = of_account(states, account)["realm"]
        assert (realm != STATE_UNAVAILABLE) is (account in available)

    panel.recover()
    await poll()
    assert STATE_UNAVAILABLE not in sensors(hass).values()


async def test_last_settings_change(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Only what somebody has changed on the panel counts; the rest is in the list."""
    freezer.move_to("2026-11-22 12:00:00+00:00")
    await set_up(both_accounts(panel))
    assert sensors(hass)["last_settings_change"] == STATE_UNKNOWN
    assert changes(hass) == []

    panel.second_account["proxy"] = "sip:other.example.net"
    panel.second_account["user_id"] = "202"
    await poll()
    changed = sensors(hass)["last_settings_change"]
    assert changed == "2026-11-22T12:01:01+00:00"
    (change,) = changes(hass)
    assert change == {
        "number": 1,
        "time": datetime(2026, 11, 22, 12, 1, 1, tzinfo=UTC),
        "type": "drift_detected",
        "account": "second",
        "settings": ["proxy", "user_id"],
        "old": {"proxy": "sip:pbx.example.net"},
        "new": {"proxy": "sip:other.example.net", "user_id": "changed"},
        "expected": {"proxy": "sip:pbx.example.net"},
        "cause": "panel",
        "firmware": "3.20.0",
        "message": (
            "Front door: account 2 proxy is sip:other.example.net instead of"
            " sip:pbx.example.net; account 2 user ID has changed"
        ),
    }

    panel.sip_status = "ERROR"
    panel.firmware_version = "3.21.0"
    freezer.tick(3600)
    await poll()
    assert sensors(hass)["last_settings_change"] == changed
    assert [change["type"] for change in changes(hass)] == [
        "registration_lost",
        "firmware_updated",
        "drift_detected",
    ]


@pytest.mark.usefixtures("init_integration")
async def test_last_ten_changes(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    for number in range(12):
        panel.second_account["realm"] = f"{number}.example.net"
        await poll()

    assert [change["number"] for change in changes(hass)] == list(range(12, 2, -1))


@pytest.mark.parametrize("value", ["", None, "  "])
@pytest.mark.usefixtures("enabled_by_default")
async def test_not_set(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll, value: object
) -> None:
    """What the panel leaves empty is a state of its own."""
    await set_up(both_accounts(panel))
    panel.first_account.update(dict.fromkeys(panel.first_account, value))
    panel.first_account["stun"] = {"ip": value, "port": 3478}
    await poll()

    assert of_account(sensors(hass), Account.FIRST) == {
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

    assert of_account(sensors(hass), Account.SECOND)["transport"] == state


@pytest.mark.parametrize(
    ("sip_status", "state"),
    [
        ("OK", "registered"),
        ("ok", "registered"),
        ("ERROR", "failed"),
        ("OFFLINE", "disabled"),
        ("BUSY", STATE_UNKNOWN),
        *((value, STATE_UNKNOWN) for value in ODD_VALUES),
    ],
)
async def test_sip_status(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    sip_status: object,
    state: str,
) -> None:
    panel.sip_status = sip_status
    await set_up(entry)

    assert sensors(hass)["sip_status"] == state


@pytest.mark.parametrize(
    ("timestamp", "last_attempt", "state"),
    [
        (Timestamp.SECONDS, 1_790_000_000, "2026-09-21T14:13:20+00:00"),
        (Timestamp.MILLISECONDS, 1_790_000_000, "2026-09-21T14:13:20+00:00"),
        (Timestamp.NULL, 1_790_000_000, STATE_UNKNOWN),
        (Timestamp.ABSENT, 1_790_000_000, STATE_UNKNOWN),
        (Timestamp.SECONDS, None, STATE_UNKNOWN),
        (Timestamp.SECONDS, 0, STATE_UNKNOWN),
        (Timestamp.SECONDS, -5, STATE_UNKNOWN),
        (Timestamp.SECONDS, 1e200, STATE_UNKNOWN),
    ],
)
@pytest.mark.usefixtures("enabled_by_default")
async def test_last_attempt(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    timestamp: Timestamp,
    last_attempt: float | None,
    state: str,
) -> None:
    panel.behaviour.timestamp = timestamp
    panel.register_last_attempt = last_attempt
    await set_up(entry)

    assert sensors(hass)["last_registration_attempt"] == state


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
    before = set(sensors(hass))
    for account in (panel.first_account, panel.second_account):
        account.update(dict.fromkeys(account, value))
    # Without these it would be another panel, or none.
    identity = {"device_serial_number", "device_type", "api_version"}
    panel.info |= dict.fromkeys(panel.info.keys() - identity, value)
    panel.sip_status = value
    await panel.switch_off()
    await poll()
    await panel.switch_on()
    caplog.clear()
    await poll()

    assert [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name != "asyncio"
    ] == []
    states = sensors(hass)
    assert set(states) == before
    assert "unavailable" not in states.values()
    text = of_account(states, Account.FIRST)["realm"]
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        assert text != STATE_UNKNOWN
        assert text.isprintable()
    else:
        assert text == ("not_set" if value is None else STATE_UNKNOWN)
