"""Conditions of the BAS-IP integration."""

import logging

from homeassistant.core import HomeAssistant

try:
    from .automation import CONDITIONS
except Exception:
    # If this were raised, no automation of the house would load, nor would diagnostics.
    logging.getLogger(__name__).exception("Not made for this version of Home Assistant")
    CONDITIONS = {}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type]:
    """Return the conditions."""
    return CONDITIONS
