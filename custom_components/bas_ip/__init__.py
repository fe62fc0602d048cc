"""The BAS-IP integration."""

from collections.abc import Iterator

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.event import async_track_device_registry_updated_event
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .const import CONF_IS_NEW, CONF_PANEL_NAME, CONF_SECOND_STATUS_PATH, DOMAIN
from .coordinator import BasIpConfigEntry, BasIpCoordinator
from .dashboard import async_setup_dashboard
from .entity import account_unique_id
from .issues import async_delete_issues, async_update_issues
from .messages import panel_device
from .panel.models import Account
from .second_account import SecondAccountSearch
from .sensor import ACCOUNT_SIP_STATUS
from .services import async_setup_services
from .store import PanelStore

PLATFORMS = [Platform.BINARY_SENSOR, Platform.SENSOR, Platform.EVENT]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all panels share."""
    async_setup_services(hass)
    await async_setup_dashboard(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> bool:
    """Set up a panel from a config entry."""
    coordinator = BasIpCoordinator(hass, entry)

    async def stop(_event: Event) -> None:
        await coordinator.async_shutdown()

    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stop))
    is_known = await coordinator.async_restore()
    if not is_known:
        await coordinator.async_config_entry_first_refresh()
        data = dict(entry.data)
        data.pop(CONF_IS_NEW, None)
        hass.config_entries.async_update_entry(entry, data=data)
    entry.runtime_data = coordinator
    _async_remove_unwatched(hass, coordinator)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    _async_track(hass, coordinator)
    search = SecondAccountSearch(hass, coordinator)
    entry.async_on_unload(coordinator.async_add_listener(search.async_update))
    # Automations are set up by then.
    entry.async_on_unload(async_at_started(hass, coordinator.async_start_reporting))
    if is_known:
        # The start of Home Assistant does not wait for the panel.
        entry.async_create_background_task(
            hass, coordinator.async_first_poll(), f"first poll of {entry.title}"
        )
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> bool:
    """Unload a config entry."""
    if entry.disabled_by:
        async_delete_issues(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: BasIpConfigEntry) -> None:
    """Remove what is stored of a panel, and its issues."""
    async_delete_issues(hass, entry)
    await PanelStore(hass, entry.entry_id).async_remove()


@callback
def _async_track(hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
    """Keep the issues and the title up to date: the title is the name of the device."""
    entry = coordinator.config_entry

    @callback
    def update(*_: object) -> None:
        if device := panel_device(hass, entry):
            title = device.name_by_user or entry.data[CONF_PANEL_NAME]
            hass.config_entries.async_update_entry(entry, title=title)
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
    unwatched = tuple(_unwatched_ids(coordinator))
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.unique_id.startswith(unwatched):
            registry.async_remove(entity.entity_id)


def _unwatched_ids(coordinator: BasIpCoordinator) -> Iterator[str]:
    """Yield how the unique IDs of such entities begin."""
    entry = coordinator.config_entry
    for account in set(Account) - set(coordinator.accounts):
        yield account_unique_id(entry, account)
    if not entry.data.get(CONF_SECOND_STATUS_PATH):
        yield account_unique_id(entry, Account.SECOND) + ACCOUNT_SIP_STATUS.key
