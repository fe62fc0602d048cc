"""What the tests of triggers, conditions and blueprints share."""

from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry


async def stop_home_assistant(hass: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Go back to where only the registries and the stored files are left."""
    for entry in entries:
        await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.not_running)
    for entity_id in hass.states.async_entity_ids():
        hass.states.async_remove(entity_id)
    await hass.async_block_till_done()


async def start_home_assistant(hass: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Set up the entries and start, with the automations that are there."""
    for entry in entries:
        await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await hass.async_start()
    await hass.async_block_till_done(wait_background_tasks=True)


def device_of(hass: HomeAssistant, entry: MockConfigEntry) -> dr.DeviceEntry:
    """Return the device of a panel."""
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device


def taken(calls: list[ServiceCall]) -> list[dict[str, object]]:
    """Return the data of the calls since the last time."""
    data = [dict(call.data) for call in calls]
    calls.clear()
    return data
