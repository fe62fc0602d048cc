"""The BAS-IP integration."""

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.event import async_track_device_registry_updated_event
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .binary_sensor import SECOND_ACCOUNT_BINARY_SENSORS
from .const import CONF_SECOND_STATUS_PATH, DOMAIN
from .coordinator import BasIpConfigEntry, BasIpCoordinator
from .dashboard import (
    async_add_resource,
    async_remove_resource,
    async_setup_dashboard,
)
from .entity import account_unique_id
from .panel import Account
from .repair_issues import async_delete_issues, async_update_issues
from .second_account_repair import async_search_after_updates
from .sensor import ACCOUNT_SIP_STATUS
from .services import async_setup_services
from .storage import PanelStore

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
]

# What only some panels have for their second account, by the key of its path.
OWN_ENTITIES: tuple[tuple[str, EntityDescription], ...] = (
    *SECOND_ACCOUNT_BINARY_SENSORS.items(),
    (CONF_SECOND_STATUS_PATH, ACCOUNT_SIP_STATUS),
)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all panels share."""
    async_setup_services(hass)
    await async_setup_dashboard(hass)

    @callback
    def entry_changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.disabled_by:
            async_delete_issues(hass, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> bool:
    """Set up a panel from a config entry."""
    coordinator = BasIpCoordinator(hass, entry)

    async def stop(_event: Event) -> None:
        await coordinator.async_shutdown()

    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stop))
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    _async_remove_unwatched(hass, coordinator)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    _async_track_issues(hass, coordinator)
    async_search_after_updates(hass, coordinator)
    # Automations are set up by then.
    entry.async_on_unload(async_at_started(hass, coordinator.async_start_reporting))
    await async_add_resource(hass)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> bool:
    """Unload a config entry."""
    coordinator = entry.runtime_data
    await coordinator.async_shutdown()
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    await coordinator.async_save()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> None:
    """Remove what is stored of a panel, and its issues."""
    async_delete_issues(hass, entry)
    await PanelStore(hass, entry.entry_id).async_remove()
    if not hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        await async_remove_resource(hass)


@callback
def _async_track_issues(hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
    """Keep the issues up to date.

    Update them now, whenever the panel's state changes, and when its device is renamed
    or moved.
    """
    entry = coordinator.config_entry

    @callback
    def update(*_: object) -> None:
        async_update_issues(hass, coordinator)

    update()
    entry.async_on_unload(coordinator.async_add_listener(update))
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    entry.async_on_unload(
        async_track_device_registry_updated_event(
            hass, [device.id for device in devices], update
        )
    )


@callback
def _async_remove_unwatched(hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
    """Remove the entities of what is no longer watched, or no longer there."""
    entry = coordinator.config_entry
    registry = er.async_get(hass)
    second = account_unique_id(entry, Account.SECOND)
    unwatched = (
        *(
            account_unique_id(entry, account)
            for account in Account
            if account not in coordinator.accounts
        ),
        *(
            f"{second}{description.key}"
            for path, description in OWN_ENTITIES
            if not entry.data.get(path)
        ),
    )
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.unique_id.startswith(unwatched):
            registry.async_remove(entity.entity_id)
