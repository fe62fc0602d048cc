"""The conditions, in automations."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import voluptuous as vol

from custom_components.bas_ip.automation import CONDITIONS
from custom_components.bas_ip.const import DOMAIN
from simulator import Answer, Hang, SimulatedPanel

from .automations import taken, target_of
from .conftest import (
    DRIFT,
    PANEL_STATUS,
    SIP_STATUS,
    Change,
    Poll,
    SetUp,
    device_of,
    entry_of,
    state_of,
)

FIVE_MINUTES = {"for": {"minutes": 5}}
ENTITIES = {
    "panel_is_reachable": PANEL_STATUS,
    "sip_account_is_registered": SIP_STATUS,
    "sip_settings_have_drifted": DRIFT,
}
REACHABLE, REGISTERED, DRIFTED = CONDITIONS

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

    async def automate(target: dict[str, Any] | None = None, **options: Any) -> Ask:
        automations = [
            {
                "alias": key,
                "triggers": {"trigger": "event", "event_type": "ask"},
                "conditions": {
                    "condition": f"{DOMAIN}.{key}",
                    "target": target or {"entity_id": ENTITIES[key]},
                    "options": options,
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
    config = {"target": {"entity_id": DRIFT}, "options": FIVE_MINUTES}
    config = await CONDITIONS[key].async_validate_config(hass, config)
    assert config["options"]["behavior"] == "any"


@pytest.mark.usefixtures("init_integration")
async def test_conditions(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    change: Change,
    panel: SimulatedPanel,
) -> None:
    """Each condition follows what it is about; what is not known does not pass."""
    ask = await automate()
    assert await ask() == {REACHABLE, REGISTERED}
    await change(realm="other.example")
    assert await ask() == {REACHABLE, REGISTERED, DRIFTED}
    panel.sip_status = "ERROR"
    await poll(times=2)
    assert await ask() == {REACHABLE, DRIFTED}
    panel.fail(Answer(500), path="/api/v1/sip/status")
    await poll()
    assert state_of(hass, SIP_STATUS) == STATE_UNKNOWN
    assert await ask() == {REACHABLE, DRIFTED}
    panel.api_off = True
    await poll()
    # A drift stays until something else is confirmed.
    assert await ask() == {DRIFTED}
    panel.api_off = False
    panel.recover()
    panel.sip_status = "OK"
    await change(realm="pbx.example.net")
    await poll()
    assert await ask() == {REACHABLE, REGISTERED}
    for status in ("another", panel.info["device_serial_number"]):
        panel.info["device_serial_number"] = status
        await poll(times=3)
        assert (await ask() == {REACHABLE, REGISTERED}) is (status != "another")


@pytest.mark.parametrize("kind", ["device", "area", "floor", "label"])
async def test_targets(
    hass: HomeAssistant,
    automate: Automate,
    set_up: SetUp,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    kind: str,
) -> None:
    """Only the panel's own entities count, whatever the target is; hidden ones do not."""
    panel.sip_status = "ERROR"
    await set_up(entry)
    target = target_of(hass, kind, entry)
    for entity_id, state in (
        ("binary_sensor.other_drift", STATE_ON),
        ("sensor.other_sip_status", "registered"),
        ("sensor.other_status", "as_expected"),
    ):
        hass.states.async_set(entity_id, state)
    ask = await automate(target)
    assert await ask() == {REACHABLE}
    er.async_get(hass).async_update_entity(
        PANEL_STATUS, hidden_by=er.RegistryEntryHider.USER
    )
    assert await ask() == set()


async def test_second_account(
    hass: HomeAssistant,
    automate: Automate,
    set_up: SetUp,
    poll: Poll,
    panel: SimulatedPanel,
) -> None:
    """The diagnostic status of an account counts, too."""
    panel.behaviour.second_status_path = "sip/status/second"
    entry = entry_of(panel)
    await set_up(entry)
    ask = await automate(target_of(hass, "area", entry), behavior="all")
    assert REGISTERED in await ask()
    panel.second_registration.status = "ERROR"
    await poll(times=2)
    assert REGISTERED not in await ask()


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
    ask = await automate({"device_id": devices}, behavior="all")
    assert await ask() == {REACHABLE, REGISTERED}
    panel.second_account["realm"] = "other.example"
    other_panel.second_account["realm"] = "other.example"
    await poll(times=2)
    assert await ask() == {REACHABLE, REGISTERED, DRIFTED}
    other_panel.api_off = True
    await poll()
    assert state_of(hass, "sensor.garage_gate_sip_status") == STATE_UNAVAILABLE
    assert await ask() == {DRIFTED}


@pytest.mark.parametrize("behavior", ["any", "all"])
@pytest.mark.usefixtures("init_integration")
async def test_before_the_first_poll(
    hass: HomeAssistant,
    automate: Automate,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    behavior: str,
) -> None:
    """After a start nobody knows whether a panel can be reached."""
    target = {"device_id": device_of(hass, entry).id}
    ask = await automate(target, behavior=behavior)
    panel.fail(Hang(), path="/api/info")
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(hass, PANEL_STATUS) == STATE_UNKNOWN
    assert REACHABLE not in await ask()
    # The request that hangs ends.
    await panel.switch_off()
    await hass.config_entries.async_unload(entry.entry_id)
    assert state_of(hass, PANEL_STATUS) == STATE_UNAVAILABLE
    assert await ask() == set()


@pytest.mark.usefixtures("init_integration")
async def test_for_some_time(
    automate: Automate, poll: Poll, panel: SimulatedPanel
) -> None:
    """The time begins anew when something passes anew, not with each change of Status."""
    ask = await automate(**FIVE_MINUTES)
    panel.sip_status = "ERROR"
    await poll(times=5)
    assert await ask() == {REACHABLE}
    panel.sip_status = "OK"
    panel.second_account["realm"] = "other.example"
    await poll(times=6)
    assert await ask() == {REACHABLE}
    await poll()
    assert await ask() == {REACHABLE, REGISTERED, DRIFTED}


async def test_entity_of_another_kind(
    automate: Automate, set_up: SetUp, panel: SimulatedPanel, entry: MockConfigEntry
) -> None:
    """An entity that was chosen by itself counts only if the condition is about it."""
    panel.sip_status = "ERROR"
    await set_up(entry)
    ask = await automate({"entity_id": list(ENTITIES.values())})
    assert await ask() == {REACHABLE}
