"""Another panel in the place of one that is gone."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.const import CONF_MAC
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .connection import panel_id, real_mac
from .const import DOMAIN
from .discovery import async_end_discovery
from .messages import panel_device
from .panel.errors import NoIdentityError
from .panel.models import PanelInfo, serial_key


async def async_replace_panel(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    info: PanelInfo,
    mac_address: str | None,
    data: Mapping[str, Any],
) -> None:
    """Let another panel take over a config entry, with these changes to its data.

    Names, areas, labels, expected settings and history stay. Raises NoIdentityError if
    the panel cannot be told from others.
    """
    old_id, new_id = str(entry.unique_id), panel_id(info.serial_number, mac_address)
    if new_id is None or not serial_key(new_id):
        raise NoIdentityError("The panel gives no serial number and no MAC address")
    known = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, new_id)
    if known and known.source == SOURCE_IGNORE:
        await hass.config_entries.async_remove(known.entry_id)
    hass.config_entries.async_update_entry(
        entry,
        unique_id=new_id,
        data={**entry.data, **data, CONF_MAC: real_mac(mac_address)},
    )
    if device := panel_device(hass, entry):
        dr.async_get(hass).async_update_device(
            device.id,
            hw_version=info.hardware_version,
            model=info.model,
            # The new MAC address comes with the entities.
            new_connections=set(),
            new_identifiers={(DOMAIN, new_id)},
            serial_number=info.serial_number,
        )

    @callback
    def with_new_id(entity: er.RegistryEntry) -> dict[str, Any]:
        return {"new_unique_id": f"{new_id}{entity.unique_id.removeprefix(old_id)}"}

    await er.async_migrate_entries(hass, entry.entry_id, with_new_id)
    async_end_discovery(hass, new_id)
    hass.config_entries.async_schedule_reload(entry.entry_id)
