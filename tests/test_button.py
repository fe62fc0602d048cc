"""The button that accepts a drift."""

from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.const import (
    ATTR_ENTITY_ID,
    STATE_OFF,
    STATE_ON,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.drift import CONF_EXPECTED
from custom_components.bas_ip.panel import Account
from simulator import SimulatedPanel

from .conftest import Change, Poll, SetUp, both_accounts, entry_of
from .test_sensor import entities

BUTTON = "button.front_door_accept_drift"
DRIFTS = {
    Account.FIRST: "binary_sensor.front_door_account_1_drift",
    Account.SECOND: "binary_sensor.front_door_account_2_drift",
}


async def press(hass: HomeAssistant) -> None:
    """Press the button."""
    await hass.services.async_call(
        BUTTON_DOMAIN, SERVICE_PRESS, {ATTR_ENTITY_ID: BUTTON}, blocking=True
    )


def states(hass: HomeAssistant) -> list[str]:
    """Return the states of the accounts' drift sensors."""
    entity_states = [hass.states.get(entity_id) for entity_id in DRIFTS.values()]
    return [state.state for state in entity_states if state]


async def test_accept(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """The button accepts what has drifted in all accounts, and nothing else."""
    entry = both_accounts(panel)
    await set_up(entry)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account["realm"] = "other.example.net"
    panel.second_account["user_id"] = "202"
    # Not a drift: another way to write the same.
    panel.second_account["proxy"] = "PBX.example.net:5060"
    await poll()
    assert states(hass) == [STATE_ON, STATE_ON]
    before = entry.options[CONF_EXPECTED]

    await press(hass)

    assert states(hass) == [STATE_OFF, STATE_OFF]
    expected = entry.options[CONF_EXPECTED]
    assert expected["first"] == before["first"] | {"realm": "other.example.org"}
    assert expected["second"] == before["second"] | {
        "realm": "other.example.net",
        "user_id": expected["second"]["user_id"],
    }
    assert expected["second"]["user_id"] != before["second"]["user_id"]
    await poll()
    assert states(hass) == [STATE_OFF, STATE_OFF]


async def test_accept_leaves_an_account_without_expectations(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, change: Change
) -> None:
    """A drift of one account is no reason to expect something of the other."""
    entry = both_accounts(panel)
    expected = {"second": entry.options[CONF_EXPECTED]["second"]}
    entry = both_accounts(panel, expect=False, expected=expected)
    await set_up(entry)
    await change(realm="other.example.net")

    await press(hass)

    assert entry.options[CONF_EXPECTED] == {
        "second": expected["second"] | {"realm": "other.example.net"}
    }


async def test_accept_when_nothing_is_expected(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, change: Change
) -> None:
    entry = entry_of(panel, expect=False)
    await set_up(entry)
    await press(hass)

    assert entry.options[CONF_EXPECTED] == entry_of(panel).options[CONF_EXPECTED]
    assert states(hass) == [STATE_OFF]
    await change(realm="other.example.net")
    assert states(hass) == [STATE_ON]


@pytest.mark.usefixtures("init_integration")
async def test_nothing_to_accept(hass: HomeAssistant) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await press(hass)

    assert error.value.translation_key == "nothing_to_accept"


@pytest.mark.usefixtures("init_integration")
async def test_panel_is_away(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    change: Change,
) -> None:
    """Nobody can say what a panel has that is away, so nothing is accepted."""
    await change(realm="other.example.net")
    await panel.switch_off()
    await poll()
    before = entry.options
    with pytest.raises(ServiceValidationError) as error:
        await press(hass)

    assert error.value.translation_key == "not_reachable"
    assert str(error.value) == "Front door is not reachable at the moment"
    assert entry.options == before


async def test_entity(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    set_up: SetUp,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A panel has one button."""
    monkeypatch.setattr("custom_components.bas_ip.PLATFORMS", [Platform.BUTTON])
    await set_up(entry)

    assert entities(hass, entity_registry, entry) == snapshot
