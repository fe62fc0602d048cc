"""The sensors, of both accounts."""

import json
import logging
from typing import Any

from homeassistant.const import STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import DOMAIN, Account
from simulator import SimulatedPanel, Timestamp

from .conftest import Poll, SetUp, entry_of

BOTH = (Account.FIRST, Account.SECOND)

# Everything that JSON can say where something else is expected.
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
    """Return what there is to know of the entities of a panel.

    These are fields of which all versions of Home Assistant make the same.
    """
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


@pytest.fixture
def enabled_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable the sensors that a user has to enable."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


def sensors(hass: HomeAssistant) -> dict[str, str]:
    """Return the states of all sensors by what follows the name of the panel."""
    return {
        state.entity_id.removeprefix("sensor.front_door_"): state.state
        for state in hass.states.async_all("sensor")
    }


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
    entry = entry_of(panel, BOTH)
    await set_up(entry)

    assert entities(hass, entity_registry, entry) == snapshot(
        extension_class=HomeAssistantSnapshotExtension
    )


async def test_one_account(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """An account that is not watched has no sensors; names and users are hidden."""
    await set_up(entry)

    assert of_account(sensors(hass), Account.FIRST) == {}
    assert set(of_account(sensors(hass), Account.SECOND)) == {
        "settings",
        "outbound_proxy",
        "proxy",
        "realm",
        "registration_interval",
        "transport",
    }
    user = entity_registry.async_get("sensor.front_door_account_2_user")
    assert user
    assert user.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_device(
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    await set_up(entry)

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
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={**entry.data, "mac": None},
        options=entry.options,
        unique_id=entry.unique_id,
    )
    await set_up(entry)

    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert device.connections == set()


@pytest.mark.parametrize("value", ["", None, "  "])
@pytest.mark.usefixtures("enabled_by_default")
async def test_not_set(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll, value: object
) -> None:
    """What the panel leaves empty is a state of its own."""
    await set_up(entry_of(panel, BOTH))
    panel.first_account.update(dict.fromkeys(panel.first_account, value))
    panel.first_account["stun"] = {"ip": value, "port": 3478}
    await poll()

    assert of_account(sensors(hass), Account.FIRST) == {
        "settings": "drifted",
        "outbound_proxy": "not_set",
        "proxy": "not_set",
        "realm": "not_set",
        "registration_interval": STATE_UNKNOWN,
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
async def test_registration(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    sip_status: object,
    state: str,
) -> None:
    panel.sip_status = sip_status
    await set_up(entry)

    assert sensors(hass)["sip_registration"] == state


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

    assert sensors(hass)["last_sip_registration_attempt"] == state


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
    """Whatever a panel says, a sensor shows a text or that it does not know."""
    await set_up(entry_of(panel, BOTH))
    before = set(sensors(hass))
    for account in (panel.first_account, panel.second_account):
        account.update(dict.fromkeys(account, value))
    panel.info.update(dict.fromkeys(panel.info, value))
    panel.info.pop("device_serial_number")
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
