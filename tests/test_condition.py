"""The conditions, in automations."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import voluptuous as vol

from custom_components.bas_ip.condition import CONDITIONS
from custom_components.bas_ip.const import DOMAIN
from simulator import SimulatedPanel

from .automations import (
    device_of,
    start_home_assistant,
    stop_home_assistant,
    taken,
    target_of,
)
from .conftest import Change, Poll, SetUp

FIVE_MINUTES = {"for": {"minutes": 5}}
ALL = {"behavior": "all"}
ENTITIES = {
    "panel_is_reachable": ["binary_sensor.front_door_reachable"],
    "sip_account_is_registered": ["binary_sensor.front_door_sip_registered"],
    "sip_settings_have_drifted": ["binary_sensor.front_door_account_2_drift"],
}

type Ask = Callable[[], Awaitable[set[object]]]
type Automate = Callable[..., Awaitable[Ask]]


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return a function that makes an automation for each of the conditions.

    What that returns is a function that starts them all, and returns which of the
    conditions have passed.
    """
    calls = async_mock_service(hass, "test", "note")

    async def ask() -> set[object]:
        hass.bus.async_fire("ask")
        await hass.async_block_till_done()
        return {call["key"] for call in taken(calls)}

    async def automate(
        target: dict[str, Any] | None = None, options: dict[str, Any] | None = None
    ) -> Ask:
        automations = [
            {
                "alias": key,
                "triggers": {"trigger": "event", "event_type": "ask"},
                "conditions": {
                    "condition": f"{DOMAIN}.{key}",
                    "target": target or {"entity_id": ENTITIES[key]},
                    "options": options or {},
                },
                "actions": {"action": "test.note", "data": {"key": key}},
            }
            for key in CONDITIONS
        ]
        assert await async_setup_component(
            hass, "automation", {"automation": automations}
        )
        await hass.async_block_till_done()
        for key in CONDITIONS:
            assert hass.states.is_state(f"automation.{key}", STATE_ON)
        return ask

    return automate


@pytest.mark.parametrize("key", CONDITIONS)
async def test_config(hass: HomeAssistant, key: str) -> None:
    """A condition needs a target."""
    with pytest.raises(vol.Invalid, match="target"):
        await CONDITIONS[key].async_validate_config(hass, {})
    config = {"target": {"entity_id": "binary_sensor.x"}, "options": FIVE_MINUTES}
    config = await CONDITIONS[key].async_validate_config(hass, config)
    assert config["options"]["behavior"] == "any"


@pytest.mark.usefixtures("init_integration")
async def test_conditions(
    automate: Automate, poll: Poll, change: Change, panel: SimulatedPanel
) -> None:
    """Each condition follows what it is about; what is not known does not pass."""
    ask = await automate()
    assert await ask() == {"panel_is_reachable", "sip_account_is_registered"}
    await change(realm="other.example")
    assert await ask() == set(CONDITIONS)
    panel.sip_status = "ERROR"
    await poll()
    assert await ask() == {"panel_is_reachable", "sip_settings_have_drifted"}
    panel.api_off = True
    await poll()
    assert await ask() == set()
    panel.api_off = False
    panel.sip_status = "OK"
    panel.second_account["realm"] = "pbx.example.net"
    await poll()
    assert await ask() == {"panel_is_reachable", "sip_account_is_registered"}


@pytest.mark.parametrize("kind", ["device", "area", "floor", "label"])
async def test_targets(
    hass: HomeAssistant,
    automate: Automate,
    set_up: SetUp,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    kind: str,
) -> None:
    """Only the panel's own entities count, whatever the target is."""
    panel.sip_status = "ERROR"
    await set_up(entry)
    target = target_of(hass, kind, entry)
    hass.states.async_set("binary_sensor.other", STATE_ON)
    ask = await automate(target)
    assert await ask() == {"panel_is_reachable"}
    panel.api_off = True
    await poll()
    assert await ask() == set()


async def test_all(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
) -> None:
    """If all have to pass, one of which nothing is known makes the condition fail."""
    devices = [device_of(hass, entry).id for entry in loaded_entries]
    ask = await automate({"device_id": devices}, ALL)
    assert await ask() == {"panel_is_reachable", "sip_account_is_registered"}
    panel.second_account["realm"] = "other.example"
    other_panel.second_account["realm"] = "other.example"
    await poll()
    assert await ask() == set(CONDITIONS)
    other_panel.api_off = True
    await poll()
    assert await ask() == set()


async def test_all_after_a_start_without_panels(
    hass: HomeAssistant,
    automate: Automate,
    set_up: SetUp,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A panel that cannot be set up is not reachable, although no sensor says so."""
    await set_up(entry)
    await stop_home_assistant(hass, entry)
    panel.api_off = True
    ask = await automate({"device_id": device_of(hass, entry).id}, ALL)
    await start_home_assistant(hass, entry)
    [entity_id] = ENTITIES["panel_is_reachable"]
    assert hass.states.is_state(entity_id, STATE_UNAVAILABLE)
    assert await ask() == set()


@pytest.mark.usefixtures("init_integration")
async def test_for_some_time(
    hass: HomeAssistant, automate: Automate, poll: Poll, panel: SimulatedPanel
) -> None:
    """The time begins anew with each change."""
    ask = await automate(options=FIVE_MINUTES)
    panel.sip_status = "ERROR"
    await poll()
    panel.sip_status = "OK"
    await poll(times=4)
    assert await ask() == {"panel_is_reachable"}
    await poll(times=2)
    assert await ask() == {"panel_is_reachable", "sip_account_is_registered"}
    panel.second_account["realm"] = "other.example"
    await poll(times=4)
    assert hass.states.is_state("binary_sensor.front_door_account_2_drift", STATE_ON)
    assert "sip_settings_have_drifted" not in await ask()
    await poll(times=2)
    assert "sip_settings_have_drifted" in await ask()


async def test_entity_of_another_kind(
    hass: HomeAssistant,
    automate: Automate,
    set_up: SetUp,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """An entity that was chosen by itself counts only if the condition is about it."""
    panel.sip_status = "ERROR"
    await set_up(entry)
    every = [entity_id for entities in ENTITIES.values() for entity_id in entities]
    ask = await automate({"entity_id": every})
    assert hass.states.is_state(every[1], STATE_OFF)
    assert await ask() == {"panel_is_reachable"}
