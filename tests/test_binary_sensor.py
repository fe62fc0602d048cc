"""The binary sensors, of both accounts."""

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import Account
from simulator import Answer, SimulatedPanel

from .conftest import Poll, SetUp, entry_of
from .test_sensor import entities

BOTH = (Account.FIRST, Account.SECOND)
ENABLE = "/api/v1/device/sip/enable"

DRIFT = "binary_sensor.front_door_account_2_drift"
PASSWORD_EXPOSED = "binary_sensor.front_door_account_2_password_exposed"
REGISTERED = "binary_sensor.front_door_sip_registered"
SIP_ENABLED = "binary_sensor.front_door_sip_enabled"


@pytest.fixture(autouse=True)
def platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set up the binary sensors alone."""
    monkeypatch.setattr("custom_components.bas_ip.PLATFORMS", [Platform.BINARY_SENSOR])


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    entity_state = hass.states.get(entity_id)
    assert entity_state is not None
    return entity_state.state


async def test_binary_sensors(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    set_up: SetUp,
    snapshot: SnapshotAssertion,
) -> None:
    entry = entry_of(panel, BOTH)
    await set_up(entry)

    assert entities(hass, entity_registry, entry) == snapshot(
        extension_class=HomeAssistantSnapshotExtension
    )


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

    assert state(hass, REGISTERED) == expected


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
async def test_sip_enabled(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    answer: dict[str, object],
    expected: str,
) -> None:
    panel.fail(Answer.json(answer), path=ENABLE)
    await set_up(entry)

    assert state(hass, SIP_ENABLED) == expected


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
async def test_password_exposed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    password: object,
    expected: str,
) -> None:
    await set_up(entry)
    panel.second_account["password"] = password
    await poll()

    assert state(hass, PASSWORD_EXPOSED) == expected


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
    await set_up(entry_of(panel, BOTH))
    panel.second_account.update(dict.fromkeys(panel.second_account, value))
    await poll()

    readable = value is None or (
        isinstance(value, str | int | float) and not isinstance(value, bool)
    )
    assert state(hass, DRIFT) == (STATE_ON if readable else STATE_UNKNOWN)
    assert state(hass, REGISTERED) == STATE_ON


async def test_drift_without_expected_settings(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    await set_up(entry_of(panel, expect=False))

    assert state(hass, DRIFT) == STATE_UNKNOWN
