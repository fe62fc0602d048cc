"""Tests of how browsers get the dashboard's module; tests/dashboard is about the module itself."""

from http import HTTPStatus
from unittest.mock import patch

from homeassistant.components import frontend
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.dashboard import MODULE, MODULE_URL

from .conftest import SetUp


@pytest.fixture
def modules(hass: HomeAssistant) -> frontend.UrlManager:
    """Return what the pages of a user interface load."""
    hass.config.components.add(frontend.DOMAIN)
    urls = frontend.UrlManager(lambda *_: None, [])
    hass.data[frontend.DATA_EXTRA_MODULE_URL] = urls
    return urls


@pytest.fixture
async def current_url(hass: HomeAssistant, enable_custom_integrations: None) -> str:
    """Return the address of the module that is installed."""
    integration = await async_get_integration(hass, DOMAIN)
    return f"{MODULE_URL}?v={integration.version}"


async def test_pages_load_the_module(
    hass: HomeAssistant,
    socket_enabled: None,
    modules: frontend.UrlManager,
    current_url: str,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert modules.urls == {current_url}
    client = await hass_client_no_auth()
    response = await client.get(current_url)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "text/javascript"
    assert "max-age" in response.headers["Cache-Control"]
    assert await response.text() == MODULE.read_text("utf-8")


async def test_without_a_user_interface(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert frontend.DATA_EXTRA_MODULE_URL not in hass.data


@pytest.mark.usefixtures("modules")
async def test_a_fault_does_not_touch_the_polling(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with patch.object(frontend, "add_extra_js_url", side_effect=KeyError):
        await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert "The dashboard is not to be had" in caplog.text
