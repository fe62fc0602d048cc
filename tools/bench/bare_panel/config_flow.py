"""Home Assistant sets up no config entry without a config flow."""

from homeassistant.config_entries import ConfigFlow


class BareConfigFlow(ConfigFlow, domain="bare_panel"):
    """Nobody opens it."""
