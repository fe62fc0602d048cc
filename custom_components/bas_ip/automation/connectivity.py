"""Connectivity sensors of panels, watched over gaps, reloads and restarts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import ATTR_ENTITY_ID, CONF_FOR, STATE_OFF, STATE_ON
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.target import (
    TargetStateChangedData,
    async_track_target_selector_state_change_event,
)
from homeassistant.helpers.trigger import TriggerActionRunner
from homeassistant.util import dt as dt_util

from .targets import own_entities

REACHABLE: Final = "reachable"
_FAILED: Final = (ConfigEntryState.SETUP_RETRY, ConfigEntryState.SETUP_ERROR)


@dataclass(frozen=True, kw_only=True, slots=True)
class _LastSeen:
    """What a sensor has shown."""

    is_on: bool
    state: State
    since: datetime | None
    """When `is_on` last changed; None if it has not since the sensor was first seen."""


class ConnectivityWatch:
    """Runs an action when a sensor turns on, or off, and stays so for some time.

    While a state is not known, the last one counts and the time goes on, but the action
    waits until the state is known again.

    A sensor that was not seen before counts as on: one that is off when Home Assistant
    starts, or when its panel is added, has turned off, and one that is on has not
    turned on.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        run_action: TriggerActionRunner,
        *,
        translation_keys: frozenset[str],
        turns_on: bool,
        duration: timedelta,
    ) -> None:
        """Initialize the watch."""
        self._hass = hass
        self._run_action = run_action
        self._translation_keys = translation_keys
        self._turns_on = turns_on
        self._duration = duration
        self._is_active = hass.state is CoreState.running
        self._entity_ids: set[str] = set()
        self._seen: dict[str, _LastSeen] = {}
        # By sensor, what it showed before a change for which the action has not run
        # yet.
        self._changed_from: dict[str, _LastSeen | None] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}

    async def async_start(self, target: dict[str, Any]) -> CALLBACK_TYPE:
        """Watch the sensors of a target, and return what ends it."""
        unsubscribes = [
            await async_track_target_selector_state_change_event(
                self._hass,
                target,
                self._state_changed,
                self._own_sensors,
                self._sensors_changed,
                primary_entities_only=False,
            ),
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed
            ),
        ]
        if not self._is_active:
            unsubscribes.append(async_at_started(self._hass, self._started))

        @callback
        def stop() -> None:
            for unsubscribe in (*unsubscribes, *self._timers.values()):
                unsubscribe()

        return stop

    def _own_sensors(self, entity_ids: set[str]) -> set[str]:
        """Return the sensors that are watched."""
        return own_entities(self._hass, entity_ids, self._translation_keys)

    @callback
    def _sensors_changed(
        self, added: set[str], removed: set[str], states: Mapping[str, State | None]
    ) -> None:
        """Update the watched sensors.

        What an added one shows already does not run the action.
        """
        self._entity_ids = set(states)
        for entity_id in removed:
            self._cancel_change(entity_id)
            self._seen.pop(entity_id, None)
        if self._is_active:
            for entity_id in added:
                self._look(entity_id)

    @callback
    def _started(self, _hass: HomeAssistant) -> None:
        """Handle what the sensors show when Home Assistant has started."""
        self._is_active = True
        for entity_id in self._entity_ids:
            self._update(entity_id)

    @callback
    def _state_changed(self, data: TargetStateChangedData) -> None:
        """Handle a changed state."""
        self._update(data.state_change_event.data["entity_id"])

    @callback
    def _entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Handle a panel that could not be set up."""
        if entry.state not in _FAILED:
            return
        registry = er.async_get(self._hass)
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
            if entity.entity_id in self._entity_ids:
                self._update(entity.entity_id)

    @callback
    def _update(self, entity_id: str) -> None:
        """Handle what a sensor shows."""
        if not self._is_active:
            return
        before = self._seen.get(entity_id)
        if (now := self._look(entity_id)) is None:
            return
        if now.is_on is not self._turns_on:
            self._cancel_change(entity_id)
            return
        was_on = before is None or before.is_on
        if now.is_on is not was_on:
            self._changed_from[entity_id] = before
            if self._duration:
                self._timers[entity_id] = async_call_later(
                    self._hass, self._duration, partial(self._time_is_up, entity_id)
                )
        if entity_id in self._changed_from and entity_id not in self._timers:
            self._run(entity_id, now)

    @callback
    def _time_is_up(self, entity_id: str, _now: datetime) -> None:
        """Run the action, at once if the state is known."""
        del self._timers[entity_id]
        self._update(entity_id)

    @callback
    def _run(self, entity_id: str, now: _LastSeen) -> None:
        """Run the action."""
        before = self._changed_from.pop(entity_id)
        lasted = None
        if before and before.since and now.since:
            lasted = now.since - before.since
        self._run_action(
            {
                ATTR_ENTITY_ID: entity_id,
                "from_state": before.state if before else None,
                "to_state": now.state,
                CONF_FOR: self._duration or None,
                "lasted": lasted,
            },
            f"state of {entity_id}",
        )

    @callback
    def _cancel_change(self, entity_id: str) -> None:
        """Cancel the action for a change that has not lasted."""
        self._changed_from.pop(entity_id, None)
        if cancel := self._timers.pop(entity_id, None):
            cancel()

    @callback
    def _look(self, entity_id: str) -> _LastSeen | None:
        """Return what a sensor shows, None if that is not known."""
        state = self._hass.states.get(entity_id)
        if state is None:
            return None
        if state.state in (STATE_ON, STATE_OFF):
            is_on = state.state == STATE_ON
        elif self._could_not_be_set_up(entity_id):
            is_on = False
        else:
            return None
        since = None
        if before := self._seen.get(entity_id):
            since = before.since if before.is_on is is_on else dt_util.utcnow()
        now = _LastSeen(is_on=is_on, state=state, since=since)
        self._seen[entity_id] = now
        return now

    def _could_not_be_set_up(self, entity_id: str) -> bool:
        """Return whether a sensor shows nothing because its panel did not answer."""
        entity = er.async_get(self._hass).async_get(entity_id)
        if entity is None or entity.translation_key != REACHABLE:
            return False
        entry = self._hass.config_entries.async_get_entry(str(entity.config_entry_id))
        return entry is not None and entry.state in _FAILED
