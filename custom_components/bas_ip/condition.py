"""Conditions of the BAS-IP integration."""

from typing import ClassVar, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .automation.targets import own_entities


class BasIpCondition(EntityStateConditionBase):
    """Tests if binary sensors of panels are on."""

    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec()}
    _states = {STATE_ON}
    # Most of our binary sensors are diagnostic.
    _primary_entities_only = False

    translation_keys: ClassVar[frozenset[str]]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the binary sensors that are tested."""
        return own_entities(self._hass, entities, self.translation_keys)

    @override
    def _should_include(self, _state: State) -> bool:
        """Return True: unavailable binary sensors are tested, too.

        Otherwise the condition would skip the panels that cannot be set up.
        """
        return True


class SettingsHaveDriftedCondition(BasIpCondition):
    """Tests if settings of SIP accounts are not the expected ones."""

    translation_keys = frozenset({"drift"})


class AccountIsRegisteredCondition(BasIpCondition):
    """Tests if SIP accounts are registered."""

    translation_keys = frozenset({"registered", "account_registered"})


class PanelIsReachableCondition(BasIpCondition):
    """Tests if panels are reachable."""

    translation_keys = frozenset({"reachable"})


CONDITIONS: dict[str, type[Condition]] = {
    "panel_is_reachable": PanelIsReachableCondition,
    "sip_account_is_registered": AccountIsRegisteredCondition,
    "sip_settings_have_drifted": SettingsHaveDriftedCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of the integration."""
    return CONDITIONS
