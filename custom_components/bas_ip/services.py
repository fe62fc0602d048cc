"""Actions of the BAS-IP integration."""

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import (
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.service import async_extract_config_entry_ids
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .button import ACCEPT_SETTINGS
from .const import DOMAIN
from .coordinator import AccountState, BasIpConfigEntry, BasIpCoordinator
from .drift import Comparison, Setting, account_status
from .texts import panel_name

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
                translation_placeholders={"panel": panel_name(call.hass, entry)},
            )
    return [entry.runtime_data for entry in entries]


async def _async_check_permission(
    call: ServiceCall, coordinators: list[BasIpCoordinator]
) -> None:
    """Raise Unauthorized unless the caller may press the button of each panel."""
    if call.context.user_id is None:
        # Home Assistant itself calls, for an automation.
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    registry = er.async_get(call.hass)
    for coordinator in coordinators:
        unique_id = f"{coordinator.config_entry.unique_id}_{ACCEPT_SETTINGS.key}"
        # The permission counts even if the button is disabled.
        entity_id = registry.async_get_entity_id(Platform.BUTTON, DOMAIN, unique_id)
        allowed = (
            user.is_admin
            if entity_id is None
            else user.permissions.check_entity(entity_id, POLICY_CONTROL)
        )
        if not allowed:
            raise Unauthorized(
                context=call.context, entity_id=entity_id, permission=POLICY_CONTROL
            )


async def _async_accept_settings(call: ServiceCall) -> None:
    """Make the current settings of the panels the expected ones."""
    coordinators = await _async_coordinators(call)
    await _async_check_permission(call, coordinators)
    for coordinator in coordinators:
        coordinator.async_raise_if_not_reachable()
    settings = call.data.get(ATTR_SETTINGS)
    accepted = [coordinator.async_accept(settings) for coordinator in coordinators]
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
                "name": panel_name(call.hass, coordinator.config_entry),
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
        "status": account_status(state.comparisons).value,
        "settings": {
            setting.value: _setting_response(setting, comparison)
            for setting, comparison in state.comparisons.items()
        },
    }


def _setting_response(setting: Setting, comparison: Comparison) -> JsonObjectType:
    """Return how a setting compares, without the user ID, which may be a password."""
    if setting is Setting.USER_ID:
        return {"status": comparison.status.value}
    return {
        "status": comparison.status.value,
        "expected": comparison.expected,
        "actual": comparison.actual,
    }
