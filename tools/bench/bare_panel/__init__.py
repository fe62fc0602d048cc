"""The least that an integration can be: a coordinator, a device and its entities."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from tools.bench.subjects import BareCoordinator, bare_coordinator


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry[BareCoordinator]
) -> bool:
    """Set up a panel."""
    entry.runtime_data = bare_coordinator(hass, entry.data, entry)
    await entry.runtime_data.async_config_entry_first_refresh()
    await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
    return True
