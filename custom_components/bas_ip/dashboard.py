"""The dashboard: a module that is served to browsers."""

import logging
from pathlib import Path

from homeassistant.components import frontend
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

MODULE = Path(__file__).parent / "frontend/bas-ip.js"
MODULE_URL = f"/{DOMAIN}/{MODULE.name}"


async def async_setup_dashboard(hass: HomeAssistant) -> None:
    """Let all pages load the module, which browsers keep until the next version."""
    if frontend.DOMAIN not in hass.config.components:
        return
    integration = await async_get_integration(hass, DOMAIN)
    path = StaticPathConfig(MODULE_URL, str(MODULE), cache_headers=True)
    try:
        await hass.http.async_register_static_paths([path])
        frontend.add_extra_js_url(hass, f"{MODULE_URL}?v={integration.version}")
    except Exception:
        # The panels are watched all the same.
        _LOGGER.exception("The dashboard is not to be had")
