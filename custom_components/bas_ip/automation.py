"""Triggers and conditions on Home Assistant's base classes, which may change."""

from collections.abc import Collection
from typing import override

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase
from homeassistant.helpers.trigger import (
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
)

from .const import DOMAIN
from .drift.changes import ChangeType
from .drift.state import FAILURES, PanelStatus


def _own_entities(hass: HomeAssistant, entities: set[str], *keys: str) -> set[str]:
    """Return the entities of this integration that have one of the translation keys."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entities
        if (entity := registry.async_get(entity_id))
        and entity.platform == DOMAIN
        and entity.translation_key in keys
    }


def _trigger(*types: ChangeType) -> type[Trigger]:
    """Return a trigger for changes of these types."""

    class ChangeTrigger(StatelessEntityTriggerBase):
        """Fires when the event entity of a panel reports a change."""

        _domain_specs = {"event": DomainSpec()}

        @override
        def entity_filter(self, entities: set[str]) -> set[str]:
            """Return the event entities of panels."""
            return _own_entities(self._hass, entities, "sip_events")

        @override
        def is_valid_state(
            self, state: State, report_not_triggered: NotTriggeredReasonReporter
        ) -> bool:
            """Return whether the event is of one of the types."""
            return state.attributes.get(ATTR_EVENT_TYPE) in types

    return ChangeTrigger


def _condition(states: Collection[str], *keys: str) -> type[Condition]:
    """Return a condition for entities that are in one of the states."""

    class StateCondition(EntityStateConditionBase):
        """Tests the states of entities of panels."""

        _domain_specs = dict.fromkeys(("binary_sensor", "sensor"), DomainSpec())
        # The status of an account is diagnostic.
        _primary_entities_only = False
        _states = set(states)

        @override
        def entity_filter(self, entities: set[str]) -> set[str]:
            return _own_entities(self._hass, entities, *keys)

        @override
        def _should_include(self, _state: State) -> bool:
            """Return True: if all have to pass, what is not known does not."""
            return True

    return StateCondition


TRIGGERS = {
    "panel_became_reachable": _trigger(ChangeType.PANEL_REACHABLE),
    "panel_became_unreachable": _trigger(ChangeType.PANEL_UNREACHABLE),
    "sip_registration_lost": _trigger(ChangeType.REGISTRATION_LOST),
    "sip_registration_restored": _trigger(ChangeType.REGISTRATION_RESTORED),
    "sip_settings_as_expected": _trigger(ChangeType.DRIFT_RESOLVED),
    "sip_settings_drifted": _trigger(
        ChangeType.DRIFT_DETECTED, ChangeType.DRIFT_CHANGED
    ),
}
CONDITIONS = {
    "panel_is_reachable": _condition(set(PanelStatus) - set(FAILURES), "status"),
    "sip_account_is_registered": _condition(
        {"registered"}, "sip_status", "account_sip_status"
    ),
    "sip_settings_have_drifted": _condition({"on"}, "drift"),
}
