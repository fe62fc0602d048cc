"""Actions of the BAS-IP integration."""

from typing import Final

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_platform_entity_service
import voluptuous as vol

from .binary_sensor import BasIpDriftSensor
from .const import DOMAIN
from .drift.compare import drifted
from .drift.expected import acceptable, expected_settings, with_expected
from .messages import account_name, panel_name
from .panel.models import Setting

SERVICE_ACCEPT_SETTINGS: Final = "accept_settings"
SERVICE_COMPARE_SETTINGS: Final = "compare_settings"
ATTR_NUMBER: Final = "number"
ATTR_SETTINGS: Final = "settings"


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, which are for the drift sensors."""
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        SERVICE_ACCEPT_SETTINGS,
        # The drift sensors are our binary sensors without a device class.
        entity_device_classes=[None],
        entity_domain=BINARY_SENSOR_DOMAIN,
        func=_async_accept_settings,
        schema={
            vol.Optional(ATTR_SETTINGS): vol.All(
                cv.ensure_list, vol.Length(min=1), [vol.Coerce(Setting)]
            ),
            vol.Optional(ATTR_NUMBER): vol.Coerce(int),
        },
    )
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        SERVICE_COMPARE_SETTINGS,
        entity_device_classes=[None],
        entity_domain=BINARY_SENSOR_DOMAIN,
        func=_async_compare_settings,
        schema=None,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_accept_settings(entity: BasIpDriftSensor, call: ServiceCall) -> None:
    """Expect the current values of settings: of those given, or that have drifted.

    If nothing is expected of the account yet, all of its settings are accepted.
    """
    coordinator, account, state = entity.coordinator, entity.sip_account, entity.account
    options = coordinator.config_entry.options
    if expected_settings(options, account) and not drifted(state.comparisons):
        return
    values = acceptable(state.comparisons, call.data.get(ATTR_SETTINGS))
    number = coordinator.history.drift_number(account)
    if coordinator.data.failure or state.failure or not values:
        raise _error(entity, "not_readable")
    if call.data.get(ATTR_NUMBER, number) != number:
        raise _error(entity, "changed_again")
    accepted = with_expected(options, account, values)
    coordinator.async_set_options(accepted, call.context)


def _error(entity: BasIpDriftSensor, key: str) -> ServiceValidationError:
    """Return an error that names the panel and the account."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={
            "panel": panel_name(entity.hass, entity.coordinator.config_entry),
            "account": account_name(entity.hass, entity.sip_account),
        },
    )


async def _async_compare_settings(
    entity: BasIpDriftSensor, call: ServiceCall
) -> ServiceResponse:
    return {
        "status": entity.account.status.value,
        "settings": {
            setting.value: {
                "status": comparison.status.value,
                "expected": comparison.expected,
                "actual": comparison.actual,
            }
            for setting, comparison in entity.account.comparisons.items()
        },
        "number": entity.coordinator.history.drift_number(entity.sip_account),
    }
