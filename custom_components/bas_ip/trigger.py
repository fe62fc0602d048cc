"""Triggers of the BAS-IP integration."""

from datetime import timedelta
from typing import Any, ClassVar, cast, override

from homeassistant.components.event import ATTR_EVENT_TYPE, DOMAIN as EVENT_DOMAIN
from homeassistant.const import CONF_FOR, CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .automation.connectivity import ConnectivityWatch
from .automation.targets import own_entities
from .drift import ChangeType

CONNECTIVITY_SCHEMA = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {
        vol.Required(CONF_OPTIONS, default={}): {
            vol.Optional(CONF_FOR, default=timedelta()): cv.positive_time_period
        }
    }
)


class SettingsTrigger(StatelessEntityTriggerBase):
    """Fires when panels report changes of their SIP settings."""

    _domain_specs = {EVENT_DOMAIN: DomainSpec()}

    change_types: ClassVar[frozenset[str]]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the event entities of panels."""
        return own_entities(self._hass, entities, {"sip_events"})

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the event is of one of the types."""
        return state.attributes.get(ATTR_EVENT_TYPE) in self.change_types


class SettingsDriftedTrigger(SettingsTrigger):
    """Fires when settings have drifted, or their drift has changed."""

    change_types = frozenset({ChangeType.DRIFT_DETECTED, ChangeType.DRIFT_CHANGED})


class SettingsAsExpectedTrigger(SettingsTrigger):
    """Fires when nothing of an account has drifted any more."""

    change_types = frozenset({ChangeType.DRIFT_RESOLVED})


class ConnectivityTrigger(Trigger):
    """Fires when connectivity sensors of panels turn on or off."""

    translation_keys: ClassVar[frozenset[str]]
    turns_on: ClassVar[bool]

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate the configuration."""
        return cast(ConfigType, CONNECTIVITY_SCHEMA(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        # The schema requires both.
        self._target = cast(dict[str, Any], config.target)
        self._duration: timedelta = cast(dict[str, Any], config.options)[CONF_FOR]

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Run the action each time that the trigger fires."""
        watch = ConnectivityWatch(
            self._hass,
            run_action,
            translation_keys=self.translation_keys,
            turns_on=self.turns_on,
            duration=self._duration,
        )
        return await watch.async_start(self._target)


class RegistrationLostTrigger(ConnectivityTrigger):
    """Fires when a SIP account is not registered any more."""

    translation_keys = frozenset({"registered", "account_registered"})
    turns_on = False


class RegistrationRestoredTrigger(RegistrationLostTrigger):
    """Fires when a SIP account is registered again."""

    turns_on = True


class PanelBecameUnreachableTrigger(ConnectivityTrigger):
    """Fires when a panel is not reachable any more."""

    translation_keys = frozenset({"reachable"})
    turns_on = False


class PanelBecameReachableTrigger(PanelBecameUnreachableTrigger):
    """Fires when a panel is reachable again."""

    turns_on = True


TRIGGERS: dict[str, type[Trigger]] = {
    "panel_became_reachable": PanelBecameReachableTrigger,
    "panel_became_unreachable": PanelBecameUnreachableTrigger,
    "sip_registration_lost": RegistrationLostTrigger,
    "sip_registration_restored": RegistrationRestoredTrigger,
    "sip_settings_as_expected": SettingsAsExpectedTrigger,
    "sip_settings_drifted": SettingsDriftedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of the integration."""
    return TRIGGERS
