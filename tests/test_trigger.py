"""The triggers, in automations."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, STATE_OFF, STATE_ON
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import (
    device_registry as dr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import voluptuous as vol

from custom_components.bas_ip.const import CONF_SECOND_STATUS_PATH, DOMAIN
from custom_components.bas_ip.trigger import TRIGGERS
from simulator import SimulatedPanel

from .automations import (
    device_of,
    start_home_assistant,
    stop_home_assistant,
    taken,
    target_of,
)
from .conftest import Change, Poll, SetUp, entry_of

REACHABLE = "binary_sensor.front_door_reachable"
REGISTERED = "binary_sensor.front_door_sip_registered"
EVENTS = "event.front_door_sip_events"
FIVE_MINUTES = {"for": {"minutes": 5}}

type Automate = Callable[..., Awaitable[list[ServiceCall]]]


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return a function that makes an automation, and returns the calls of that."""
    calls = async_mock_service(hass, "test", "note")

    async def automate(
        key: str, options: dict[str, Any] | None = None, **target: Any
    ) -> list[ServiceCall]:
        trigger = {"trigger": f"{DOMAIN}.{key}", "target": target}
        if options:
            trigger["options"] = options
        note = {
            "entity_id": "{{ trigger.entity_id }}",
            "from": "{{ trigger.from_state.state | default('') }}",
            "to": "{{ trigger.to_state.state }}",
            "message": "{{ trigger.to_state.attributes.message | default('') }}",
            "lasted": "{{ trigger.lasted }}",
        }
        automation = {
            "alias": "Note",
            "triggers": trigger,
            "actions": {"action": "test.note", "data": note},
            "mode": "queued",
        }
        assert await async_setup_component(
            hass, "automation", {"automation": automation}
        )
        await hass.async_block_till_done()
        assert hass.states.is_state("automation.note", STATE_ON)
        return calls

    return automate


def messages(calls: list[ServiceCall]) -> list[object]:
    """Return the messages since the last time."""
    return [call["message"] for call in taken(calls)]


def turns(calls: list[ServiceCall]) -> list[tuple[object, object]]:
    """Return the states before and after since the last time."""
    return [(call["from"], call["to"]) for call in taken(calls)]


@pytest.mark.parametrize("key", TRIGGERS)
async def test_config(hass: HomeAssistant, key: str) -> None:
    """A trigger needs a target; those on states take a time, the others nothing."""
    trigger = TRIGGERS[key]
    with pytest.raises(vol.Invalid, match="target"):
        await trigger.async_validate_config(hass, {})
    config: dict[str, Any] = {"target": {"entity_id": REACHABLE}}
    assert await trigger.async_validate_config(hass, config)
    config["options"] = {"for": {"minutes": 1}}
    if "settings" in key:
        with pytest.raises(vol.Invalid, match="for"):
            await trigger.async_validate_config(hass, config)
    else:
        assert await trigger.async_validate_config(hass, config)


@pytest.mark.parametrize("kind", ["device", "area", "floor", "label"])
@pytest.mark.usefixtures("init_integration")
async def test_targets_of_drift(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    entry: MockConfigEntry,
    kind: str,
) -> None:
    """Only the events of the panel count, whatever the target is."""
    calls = await automate("sip_settings_drifted", **target_of(hass, kind, entry))
    for second in range(2):
        hass.states.async_set(
            "event.other",
            f"2026-11-24T0{second}:00:00",
            {"event_type": "drift_detected"},
        )
    await change(realm="other.example")
    assert [call["entity_id"] for call in taken(calls)] == [EVENTS]


@pytest.mark.parametrize("kind", ["device", "area", "floor", "label"])
@pytest.mark.usefixtures("init_integration")
async def test_targets_of_connectivity(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    kind: str,
) -> None:
    """Diagnostic entities count, but none of another integration or of another kind."""
    calls = await automate("panel_became_unreachable", **target_of(hass, kind, entry))
    for state in (STATE_ON, STATE_OFF):
        hass.states.async_set("binary_sensor.other", state)
        await hass.async_block_till_done()
    panel.sip_status = "ERROR"
    await poll()
    assert hass.states.is_state(REGISTERED, STATE_OFF)
    assert not calls
    panel.api_off = True
    await poll()
    assert [call["entity_id"] for call in taken(calls)] == [REACHABLE]


@pytest.mark.usefixtures("init_integration")
async def test_entity_of_another_kind(
    hass: HomeAssistant, automate: Automate, poll: Poll, panel: SimulatedPanel
) -> None:
    """An entity that was chosen by itself counts only if the trigger is about it."""
    calls = await automate(
        "panel_became_unreachable", entity_id=[REACHABLE, REGISTERED]
    )
    panel.sip_status = "ERROR"
    await poll()
    assert hass.states.is_state(REGISTERED, STATE_OFF)
    assert not calls
    panel.api_off = True
    await poll()
    assert [call["entity_id"] for call in taken(calls)] == [REACHABLE]


async def test_panel_that_is_added_later(
    hass: HomeAssistant,
    automate: Automate,
    set_up: SetUp,
    poll: Poll,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A panel belongs to a target as soon as it is put there, and no longer than that."""
    await set_up(entry)
    target = target_of(hass, "label", entry)
    calls = await automate("sip_registration_lost", **target)
    other_entry = entry_of(other_panel)
    await set_up(other_entry)
    devices = dr.async_get(hass)
    other = device_of(hass, other_entry).id
    devices.async_update_device(other, labels={target["label_id"]})
    other_panel.sip_status = "ERROR"
    await poll()
    assert [call["entity_id"] for call in taken(calls)] == [
        "binary_sensor.garage_gate_sip_registered"
    ]
    devices.async_update_device(other, labels=set())
    other_panel.sip_status = "OK"
    await poll()
    other_panel.sip_status = "ERROR"
    await poll()
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_drift(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    change: Change,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """The event's sentence is at hand; other events, reloads and outages are no drift."""
    calls = await automate("sip_settings_drifted", entity_id=EVENTS)
    panel.second_account["realm"] = "other.example"
    panel.sip_status = "ERROR"
    await poll()
    assert messages(calls) == [
        "Front door: account 2 realm is other.example instead of pbx.example.net"
    ]
    await hass.config_entries.async_reload(entry.entry_id)
    await poll()
    assert not calls
    panel.api_off = True
    await poll()
    panel.api_off = False
    panel.second_account["transport"] = "tcp"
    await poll()
    assert messages(calls) == ["Front door: account 2 transport is tcp instead of udp"]
    await change(realm="pbx.example.net", transport="udp")
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_drift_while_home_assistant_was_off(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """What has changed in the meantime is reported after the start, once."""
    await stop_home_assistant(hass, entry)
    panel.second_account["realm"] = "other.example"
    calls = await automate("sip_settings_drifted", device_id=device_of(hass, entry).id)
    await start_home_assistant(hass, entry)
    assert len(taken(calls)) == 1
    await poll()
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_drift_that_a_panel_brings_back(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A panel that is away when Home Assistant starts may come back changed."""
    await stop_home_assistant(hass, entry)
    panel.api_off = True
    calls = await automate("sip_settings_drifted", device_id=device_of(hass, entry).id)
    await start_home_assistant(hass, entry)
    assert hass.states.is_state(EVENTS, "unavailable")
    panel.second_account["realm"] = "other.example"
    panel.api_off = False
    await poll()
    assert hass.states.is_state(REACHABLE, STATE_ON)
    assert len(taken(calls)) == 1


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.usefixtures("init_integration")
async def test_as_expected_again(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    entry: MockConfigEntry,
    accepted: bool,
) -> None:
    """The end of a drift counts, whoever has ended it."""
    calls = await automate("sip_settings_as_expected", entity_id=EVENTS)
    await change(realm="other.example", transport="tcp")
    await change(transport="udp")
    assert not calls
    if accepted:
        entry.runtime_data.async_accept()
        await hass.async_block_till_done()
    else:
        await change(realm="pbx.example.net")
    assert messages(calls) == ["Front door: account 2 is as expected again"]


@pytest.mark.usefixtures("init_integration")
async def test_registration(
    automate: Automate,
    hass: HomeAssistant,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A lost registration counts once, over an outage and a reload."""
    calls = await automate("sip_registration_lost", entity_id=REGISTERED)
    panel.sip_status = "ERROR"
    await poll()
    assert turns(calls) == [("on", "off")]
    await hass.config_entries.async_reload(entry.entry_id)
    panel.api_off = True
    await poll()
    panel.api_off = False
    await poll()
    assert hass.states.is_state(REGISTERED, STATE_OFF)
    assert not calls
    panel.sip_status = "OK"
    await poll()
    assert not calls
    panel.sip_status = "ERROR"
    await poll()
    assert len(taken(calls)) == 1


async def test_second_registration(
    hass: HomeAssistant,
    automate: Automate,
    set_up: SetUp,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """The registration that only some panels have for the second account counts, too."""
    entry.add_to_hass(hass)
    data = {**entry.data, CONF_SECOND_STATUS_PATH: "sip/status"}
    hass.config_entries.async_update_entry(entry, data=data)
    await set_up(entry)
    calls = await automate("sip_registration_lost", device_id=device_of(hass, entry).id)
    panel.sip_status = "ERROR"
    await poll()
    assert {call["entity_id"] for call in taken(calls)} == {
        REGISTERED,
        "binary_sensor.front_door_account_2_sip_registered",
    }


@pytest.mark.usefixtures("init_integration")
async def test_registration_restored(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """Only what was lost can be restored: no reload and no outage restores anything."""
    calls = await automate("sip_registration_restored", entity_id=REGISTERED)
    await hass.config_entries.async_reload(entry.entry_id)
    panel.api_off = True
    await poll()
    panel.api_off = False
    await poll()
    assert hass.states.is_state(REGISTERED, STATE_ON)
    panel.sip_status = "ERROR"
    await poll()
    assert not calls
    panel.api_off = True
    await poll()
    panel.api_off = False
    panel.sip_status = "OK"
    await poll()
    assert [call.data["lasted"] for call in calls] == ["0:02:02"]
    assert turns(calls) == [("off", "on")]


@pytest.mark.parametrize(
    ("key", "before"),
    [("sip_registration_lost", "OK"), ("sip_registration_restored", "ERROR")],
)
async def test_registration_for_some_time(
    automate: Automate,
    set_up: SetUp,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    key: str,
    before: str,
) -> None:
    """A registration that is back as before in between does not count."""
    after = {"OK": "ERROR", "ERROR": "OK"}[before]
    panel.sip_status = before
    await set_up(entry)
    calls = await automate(key, FIVE_MINUTES, entity_id=REGISTERED)
    panel.sip_status = after
    await poll(times=4)
    panel.sip_status = before
    await poll()
    panel.sip_status = after
    await poll(times=5)
    assert not calls
    await poll()
    assert len(taken(calls)) == 1
    await poll(times=6)
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_time_runs_out_while_the_registration_is_not_known(
    hass: HomeAssistant, automate: Automate, poll: Poll, panel: SimulatedPanel
) -> None:
    """Nothing is said before the registration is seen again, and then what it is."""
    calls = await automate("sip_registration_lost", FIVE_MINUTES, entity_id=REGISTERED)
    for status, count in (("OK", 0), ("ERROR", 1)):
        panel.sip_status = "ERROR"
        await poll()
        panel.api_off = True
        await poll(times=8)
        assert not calls
        panel.api_off = False
        panel.sip_status = status
        await poll()
        assert hass.states.get(REGISTERED)
        assert len(taken(calls)) == count


@pytest.mark.usefixtures("init_integration")
async def test_reachable(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A panel that comes back was away before, also if it was away during a reload."""
    calls = await automate("panel_became_reachable", entity_id=REACHABLE)
    await hass.config_entries.async_reload(entry.entry_id)
    await poll()
    assert hass.states.is_state(REACHABLE, STATE_ON)
    assert not calls
    panel.api_off = True
    await poll()
    panel.api_off = False
    await poll()
    assert turns(calls) == [("off", "on")]
    panel.api_off = True
    await hass.config_entries.async_reload(entry.entry_id)
    await poll()
    assert not calls
    panel.api_off = False
    await poll()
    assert turns(calls) == [("unavailable", "on")]


@pytest.mark.usefixtures("init_integration")
async def test_unreachable_over_a_reload(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """An outage counts once, though no sensor shows it after a reload."""
    calls = await automate("panel_became_unreachable", entity_id=REACHABLE)
    panel.api_off = True
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert turns(calls) == [("on", "unavailable")]
    await poll(times=3)
    assert not calls
    panel.api_off = False
    await poll()
    await hass.config_entries.async_reload(entry.entry_id)
    await poll()
    assert hass.states.is_state(REACHABLE, STATE_ON)
    assert not calls
    panel.api_off = True
    await poll()
    assert turns(calls) == [("on", "off")]
    await hass.config_entries.async_reload(entry.entry_id)
    await poll(times=3)
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_unreachable_for_some_time(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """The time goes on over a reload."""
    calls = await automate(
        "panel_became_unreachable", FIVE_MINUTES, entity_id=REACHABLE
    )
    panel.api_off = True
    await poll(times=3)
    await hass.config_entries.async_reload(entry.entry_id)
    await poll(times=2)
    assert not calls
    await poll()
    assert turns(calls) == [("on", "unavailable")]


@pytest.mark.parametrize("key", ["panel_became_unreachable", "sip_registration_lost"])
@pytest.mark.usefixtures("init_integration")
async def test_start_with_everything_in_order(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    entry: MockConfigEntry,
    key: str,
) -> None:
    """A start as such is no news."""
    await stop_home_assistant(hass, entry)
    calls = await automate(key, device_id=device_of(hass, entry).id)
    await start_home_assistant(hass, entry)
    await poll(times=2)
    assert not calls


@pytest.mark.parametrize("key", ["panel_became_reachable", "sip_registration_restored"])
@pytest.mark.usefixtures("init_integration")
async def test_start_is_not_the_end_of_an_outage(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    key: str,
) -> None:
    """Nobody knows what was before a start; what is seen to end after it has ended."""
    await stop_home_assistant(hass, entry)
    calls = await automate(key, device_id=device_of(hass, entry).id)
    await start_home_assistant(hass, entry)
    await poll()
    assert not calls
    await stop_home_assistant(hass, entry)
    panel.sip_status = "ERROR"
    panel.api_off = "reachable" in key
    await start_home_assistant(hass, entry)
    await poll()
    assert not calls
    panel.sip_status = "OK"
    panel.api_off = False
    await poll()
    assert len(taken(calls)) == 1


@pytest.mark.usefixtures("init_integration")
async def test_start_with_a_panel_that_is_away(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """Its sensor shows nothing, but it could not be set up: the time runs."""
    await stop_home_assistant(hass, entry)
    panel.api_off = True
    calls = await automate(
        "panel_became_unreachable", FIVE_MINUTES, device_id=device_of(hass, entry).id
    )
    await start_home_assistant(hass, entry)
    assert hass.states.is_state(REACHABLE, "unavailable")
    await poll(times=4)
    assert not calls
    await poll()
    assert turns(calls) == [("", "unavailable")]
    await poll(times=10)
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_start_with_a_panel_that_comes_back_in_time(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A panel that starts together with Home Assistant, after a power cut, is no news."""
    await stop_home_assistant(hass, entry)
    panel.api_off = True
    calls = await automate(
        "panel_became_unreachable", FIVE_MINUTES, device_id=device_of(hass, entry).id
    )
    await start_home_assistant(hass, entry)
    await poll(times=3)
    panel.api_off = False
    await poll(times=6)
    assert hass.states.is_state(REACHABLE, STATE_ON)
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_start_without_registration(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A registration that is lost when Home Assistant starts counts from then on."""
    await stop_home_assistant(hass, entry)
    panel.sip_status = "ERROR"
    calls = await automate(
        "sip_registration_lost", FIVE_MINUTES, device_id=device_of(hass, entry).id
    )
    await start_home_assistant(hass, entry)
    await poll(times=4)
    assert not calls
    await poll()
    assert turns(calls) == [("", "off")]


@pytest.mark.usefixtures("init_integration")
async def test_change_during_a_start(
    hass: HomeAssistant, automate: Automate, poll: Poll, panel: SimulatedPanel
) -> None:
    """What changes while Home Assistant starts counts when it has started."""
    hass.set_state(CoreState.starting)
    calls = await automate("sip_registration_lost", entity_id=REGISTERED)
    panel.sip_status = "ERROR"
    await poll()
    assert hass.states.is_state(REGISTERED, STATE_OFF)
    assert not calls
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert turns(calls) == [("", "off")]


@pytest.mark.usefixtures("init_integration")
async def test_automation_that_is_made_during_an_outage(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """What is so already when somebody saves an automation is no news to them."""
    panel.api_off = True
    await poll()
    calls = await automate("panel_became_unreachable", entity_id=REACHABLE)
    await poll()
    await hass.config_entries.async_reload(entry.entry_id)
    await poll()
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_automation_that_is_switched_off(
    hass: HomeAssistant, automate: Automate, poll: Poll, panel: SimulatedPanel
) -> None:
    """No time runs on for it, also not until it is switched on again."""
    calls = await automate(
        "panel_became_unreachable", FIVE_MINUTES, entity_id=REACHABLE
    )
    panel.api_off = True
    await poll()
    for action in ("turn_off", "turn_on"):
        await hass.services.async_call(
            "automation", action, {"entity_id": "automation.note"}, blocking=True
        )
    await poll(times=6)
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_panel_that_leaves_the_target(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """No time runs on for it."""
    target = target_of(hass, "label", entry)
    calls = await automate("panel_became_unreachable", FIVE_MINUTES, **target)
    panel.api_off = True
    await poll()
    dr.async_get(hass).async_update_device(device_of(hass, entry).id, labels=set())
    await poll(times=6)
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_panel_that_is_away_has_not_lost_its_registration(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """Nobody knows it, before a start and after it."""
    calls = await automate("sip_registration_lost", entity_id=REGISTERED)
    panel.api_off = True
    await poll()
    await stop_home_assistant(hass, entry)
    await start_home_assistant(hass, entry)
    await poll()
    assert hass.states.is_state(REGISTERED, "unavailable")
    assert not calls
