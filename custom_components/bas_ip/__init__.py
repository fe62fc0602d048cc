"""The BAS-IP integration."""

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, Account
from .coordinator import BasIpConfigEntry, BasIpCoordinator
from .entity import account_unique_id
from .issues import async_delete_issues, async_update_issues
from .monitor import known_state_store
from .services import async_setup_services

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions, and forget the issues of panels that get disabled."""
    async_setup_services(hass)

    @callback
    def entry_changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.disabled_by:
            async_delete_issues(hass, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> bool:
    """Set up a panel from a config entry."""
    coordinator = BasIpCoordinator(hass, entry)
    try:
        await coordinator.async_config_entry_first_refresh()
    except Exception:
        # Each attempt to set up logs in anew; a panel has few sessions.
        await coordinator.client.logout()
        raise
    entry.runtime_data = coordinator
    entry.async_on_unload(
        coordinator.async_add_listener(lambda: async_update_issues(hass, coordinator))
    )
    async_update_issues(hass, coordinator)
    _async_remove_unwatched(hass, coordinator)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> bool:
    """Unload a config entry and end the session on the panel."""
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.client.logout()
        await entry.runtime_data.monitor.async_close()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> None:
    """Forget a panel."""
    async_delete_issues(hass, entry)
    await known_state_store(hass, entry.entry_id).async_remove()


@callback
def _async_remove_unwatched(hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
    """Remove the entities of accounts that are no longer watched."""
    entry = coordinator.config_entry
    registry = er.async_get(hass)
    unwatched = tuple(
        account_unique_id(entry, account)
        for account in Account
        if account not in coordinator.accounts
    )
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.unique_id.startswith(unwatched):
            registry.async_remove(entity.entity_id)
