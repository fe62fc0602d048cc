"""The dashboard of the BAS-IP integration: a module that is served to browsers."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.components.http import StaticPathConfig
from homeassistant.components.lovelace.const import (
    CONF_RESOURCE_TYPE_WS,
    LOVELACE_DATA,
)
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.const import CONF_ID, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

MODULE = Path(__file__).parent / "bas-ip.js"
MODULE_URL = f"/{DOMAIN}/{MODULE.name}"

DATA_LOCK: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_dashboard")


async def async_setup_dashboard(hass: HomeAssistant) -> None:
    """Serve the module, which browsers keep until its address has another version."""
    # Panels are set up at the same time; only one of them may add the resource.
    hass.data[DATA_LOCK] = asyncio.Lock()
    await hass.http.async_register_static_paths(
        [StaticPathConfig(MODULE_URL, str(MODULE), cache_headers=True)]
    )


async def async_add_resource(hass: HomeAssistant) -> None:
    """Let all dashboards load the module, in the version that is installed."""
    integration = await async_get_integration(hass, DOMAIN)
    url = f"{MODULE_URL}?v={integration.version}"
    async with hass.data[DATA_LOCK]:
        if (resources := await _async_resources(hass)) is None:
            return
        item = {CONF_RESOURCE_TYPE_WS: "module", CONF_URL: url}
        own_items = _own_items(resources)
        if not own_items:
            await resources.async_create_item(item)
        elif len(own_items) == 1 and own_items[0][CONF_URL] != url:
            await resources.async_update_item(own_items[0][CONF_ID], item)


async def async_remove_resource(hass: HomeAssistant) -> None:
    """Let no dashboard load the module any more."""
    # A panel may be removed although none was set up since the start.
    async with hass.data.setdefault(DATA_LOCK, asyncio.Lock()):
        if (resources := await _async_resources(hass)) is None:
            return
        for item in _own_items(resources):
            await resources.async_delete_item(item[CONF_ID])


async def _async_resources(hass: HomeAssistant) -> ResourceStorageCollection | None:
    """Return the resources, None if integrations cannot change them.

    That is so without a user interface, and with resources in YAML.
    """
    lovelace = hass.data.get(LOVELACE_DATA)
    if lovelace is None or not isinstance(
        lovelace.resources, ResourceStorageCollection
    ):
        return None
    # They are loaded when a browser asks for them, and look empty until then.
    await lovelace.resources.async_get_info()
    return lovelace.resources


def _own_items(resources: ResourceStorageCollection) -> list[dict[str, Any]]:
    """Return the resources that are the module, whatever its version."""
    return [
        item
        for item in resources.async_items()
        if item[CONF_URL].partition("?")[0] == MODULE_URL
    ]
