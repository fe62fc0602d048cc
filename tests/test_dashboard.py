"""Tests of the dashboard's module as a resource of Home Assistant."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import (
    RESOURCE_STORAGE_KEY,
    RESOURCES_STORAGE_VERSION,
)
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.dashboard import (
    MODULE,
    MODULE_URL,
    async_add_resource,
    async_remove_resource,
    async_setup_dashboard,
)

OTHERS = [
    {"id": "other", "type": "module", "url": "/local/other.js"},
    {"id": "like-ours", "type": "module", "url": "/local/bas_ip/bas-ip.js?v=1"},
    {"id": "unversioned", "type": "css", "url": "/bas_ip/bas-ip.css"},
]

type Resources = list[dict[str, Any]]
type SetUpLovelace = Callable[[dict[str, Any]], Awaitable[None]]


@pytest.fixture
async def current_url(hass: HomeAssistant, enable_custom_integrations: None) -> str:
    """Return the address of the module that is installed."""
    integration = await async_get_integration(hass, DOMAIN)
    return f"{MODULE_URL}?v={integration.version}"


@pytest.fixture
def set_up_lovelace(hass: HomeAssistant, current_url: str) -> SetUpLovelace:
    """Return a function that sets up dashboards, and ours with them."""

    async def set_up(config: dict[str, Any]) -> None:
        assert await async_setup_component(hass, "http", {})
        assert await async_setup_component(hass, "lovelace", config)
        await async_setup_dashboard(hass)

    return set_up


def store(hass_storage: dict[str, Any], *items: dict[str, Any]) -> None:
    """Store resources as an earlier run has left them."""
    hass_storage[RESOURCE_STORAGE_KEY] = {
        "version": RESOURCES_STORAGE_VERSION,
        "minor_version": 1,
        "key": RESOURCE_STORAGE_KEY,
        "data": {"items": list(items)},
    }


def resources(hass: HomeAssistant) -> Resources:
    return list(hass.data[LOVELACE_DATA].resources.async_items())


async def test_module_is_served(
    hass: HomeAssistant,
    socket_enabled: None,
    set_up_lovelace: SetUpLovelace,
    current_url: str,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await set_up_lovelace({})
    client = await hass_client_no_auth()
    response = await client.get(current_url)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "text/javascript"
    assert "max-age" in response.headers["Cache-Control"]
    assert await response.text() == MODULE.read_text("utf-8")


async def test_first_panel(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    set_up_lovelace: SetUpLovelace,
    current_url: str,
) -> None:
    store(hass_storage, *OTHERS)
    await set_up_lovelace({})
    await async_add_resource(hass)
    *others, own = resources(hass)
    assert others == OTHERS
    assert own == {"id": own["id"], "type": "module", "url": current_url}


async def test_many_panels_at_once(
    hass: HomeAssistant, set_up_lovelace: SetUpLovelace, current_url: str
) -> None:
    await set_up_lovelace({})
    await asyncio.gather(*(async_add_resource(hass) for _ in range(10)))
    await async_add_resource(hass)
    assert [resource["url"] for resource in resources(hass)] == [current_url]


async def test_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    set_up_lovelace: SetUpLovelace,
    current_url: str,
) -> None:
    items = [*OTHERS, {"id": "own", "type": "module", "url": current_url}]
    store(hass_storage, *items)
    await set_up_lovelace({})
    # As it is before a browser has asked for the resources.
    assert not resources(hass)
    await async_add_resource(hass)
    assert resources(hass) == items


@pytest.mark.parametrize("query", ["?v=0.9.0", ""])
async def test_upgrade(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    set_up_lovelace: SetUpLovelace,
    current_url: str,
    query: str,
) -> None:
    own = {"id": "own", "type": "module", "url": MODULE_URL + query}
    store(hass_storage, own, *OTHERS)
    await set_up_lovelace({})
    await async_add_resource(hass)
    assert resources(hass) == [own | {"url": current_url}, *OTHERS]


async def test_last_panel_is_removed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    set_up_lovelace: SetUpLovelace,
    current_url: str,
) -> None:
    own = {"id": "own", "type": "module", "url": current_url}
    store(hass_storage, own, *OTHERS)
    await set_up_lovelace({})
    await async_remove_resource(hass)
    assert resources(hass) == OTHERS
    await async_remove_resource(hass)
    assert resources(hass) == OTHERS
    # A panel that is added in the same run.
    await async_add_resource(hass)
    assert [resource["url"] for resource in resources(hass)][-1] == current_url


async def test_yaml_resources(
    hass: HomeAssistant, set_up_lovelace: SetUpLovelace
) -> None:
    line = {"type": "module", "url": f"{MODULE_URL}?v=0.9.0"}
    await set_up_lovelace({"lovelace": {"resource_mode": "yaml", "resources": [line]}})
    await async_add_resource(hass)
    await async_remove_resource(hass)
    assert resources(hass) == [line]


async def test_without_dashboards(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    current_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await async_setup_component(hass, "http", {})
    caplog.clear()
    await async_setup_dashboard(hass)
    await async_add_resource(hass)
    await async_remove_resource(hass)
    assert RESOURCE_STORAGE_KEY not in hass_storage
    assert not [record for record in caplog.records if record.name != "asyncio"]
