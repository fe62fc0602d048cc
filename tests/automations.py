"""What the tests of triggers, conditions and blueprints share."""

from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import device_of


async def stop_home_assistant(hass: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Go back to where only the registries and the stored files are left.

    Phones stay: their entities are there again before Home Assistant has started.
    """
    for entry in entries:
        await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.not_running)
    for state in hass.states.async_all():
        if state.domain != "notify":
            hass.states.async_remove(state.entity_id)
    await hass.async_block_till_done()


async def start_home_assistant(hass: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Set up the entries and start, with the automations that are there."""
    for entry in entries:
        await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await hass.async_start()
    await hass.async_block_till_done(wait_background_tasks=True)


def target_of(hass: HomeAssistant, kind: str, entry: MockConfigEntry) -> dict[str, str]:
    """Return a target of a kind that the panel belongs to.

    So does something of another integration, with entities like those of a panel.
    """
    floor = fr.async_get(hass).async_create("Ground floor")
    area = ar.async_get(hass).async_create("Entrance", floor_id=floor.floor_id)
    label = lr.async_get(hass).async_create("Doors")
    devices = dr.async_get(hass)
    other_entry = MockConfigEntry(domain="other")
    other_entry.add_to_hass(hass)
    other = devices.async_get_or_create(
        config_entry_id=other_entry.entry_id, identifiers={("other", "1")}
    )
    for device in (device_of(hass, entry), other):
        devices.async_update_device(device.id, area_id=area.id, labels={label.label_id})
    for domain, key in (
        ("binary_sensor", "drift"),
        ("event", "sip_events"),
        ("sensor", "sip_status"),
        ("sensor", "status"),
    ):
        er.async_get(hass).async_get_or_create(
            domain,
            "other",
            key,
            device_id=other.id,
            config_entry=other_entry,
            suggested_object_id=f"other_{key}",
            translation_key=key,
        )
    return {
        "device": {"device_id": device_of(hass, entry).id},
        "area": {"area_id": area.id},
        "floor": {"floor_id": floor.floor_id},
        "label": {"label_id": label.label_id},
    }[kind]


def taken(calls: list[ServiceCall]) -> list[dict[str, object]]:
    """Return the data of the calls since the last time."""
    data = [dict(call.data) for call in calls]
    calls.clear()
    return data
