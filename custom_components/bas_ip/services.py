"""Actions of the BAS-IP integration."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_extract_config_entry_ids
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .const import DOMAIN
from .coordinator import AccountState, BasIpConfigEntry, BasIpCoordinator
from .drift import Comparison, Setting, overall

SERVICE_ACCEPT_SETTINGS = "accept_settings"
SERVICE_COMPARE_SETTINGS = "compare_settings"
ATTR_SETTINGS = "settings"

ACCEPT_SCHEMA = cv.make_entity_service_schema(
    {
        vol.Optional(ATTR_SETTINGS): vol.All(
            cv.ensure_list, vol.Length(min=1), [vol.Coerce(Setting)]
        )
    }
)
COMPARE_SCHEMA = cv.make_entity_service_schema({})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN, SERVICE_ACCEPT_SETTINGS, _async_accept_settings, ACCEPT_SCHEMA
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_COMPARE_SETTINGS,
        _async_compare_settings,
        COMPARE_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_coordinators(call: ServiceCall) -> list[BasIpCoordinator]:
    """Return the panels that an action is for.

    Raises ServiceValidationError if there is none, or if one of them is not loaded.
    """
    entries: list[BasIpConfigEntry] = [
        entry
        for entry_id in sorted(await async_extract_config_entry_ids(call))
        if (entry := call.hass.config_entries.async_get_entry(entry_id))
        and entry.domain == DOMAIN
    ]
    if not entries:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_panel"
        )
    for entry in entries:
        if entry.state is not ConfigEntryState.LOADED:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_loaded",
                translation_placeholders={"panel": entry.title},
            )
    return [entry.runtime_data for entry in entries]


async def _async_accept_settings(call: ServiceCall) -> None:
    """Expect what the panels' settings are now."""
    settings = call.data.get(ATTR_SETTINGS)
    accepted = [
        coordinator.async_accept(settings)
        for coordinator in await _async_coordinators(call)
    ]
    if not any(accepted):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="nothing_to_accept"
        )


async def _async_compare_settings(call: ServiceCall) -> ServiceResponse:
    """Return how the panels' settings compare with the expected ones."""
    return {
        "panels": [
            {
                "config_entry_id": coordinator.config_entry.entry_id,
                "name": coordinator.config_entry.title,
                "accounts": {
                    account.value: _account_response(state)
                    for account, state in coordinator.data.accounts.items()
                },
            }
            for coordinator in await _async_coordinators(call)
        ]
    }


def _account_response(state: AccountState) -> JsonObjectType:
    """Return how an account compares."""
    return {
        "status": overall(state.comparisons),
        "settings": {
            setting.value: _setting_response(setting, comparison)
            for setting, comparison in state.comparisons.items()
        },
    }


def _setting_response(setting: Setting, comparison: Comparison) -> JsonObjectType:
    """Return how a setting compares, without the user ID: it may be a secret."""
    if setting is Setting.USER_ID:
        return {"status": comparison.status}
    return {
        "status": comparison.status,
        "expected": comparison.expected,
        "actual": comparison.actual,
    }
