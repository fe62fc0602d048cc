"""Event platform for the BAS-IP integration."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    HassJob,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started

from .changes import ChangeType
from .coordinator import BasIpConfigEntry
from .entity import BasIpEntity

PARALLEL_UPDATES = 0

NEXT_EVENT = timedelta(milliseconds=10)

SIP_EVENTS = EventEntityDescription(
    key="sip_events",
    translation_key="sip_events",
    event_types=[change_type.value for change_type in ChangeType],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BasIpConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entity of a panel."""
    async_add_entities([BasIpEvent(entry.runtime_data, SIP_EVENTS)])


class BasIpEvent(BasIpEntity, EventEntity):
    """Tells what happens to the SIP settings and the registration of a panel."""

    _cancel_telling: CALLBACK_TYPE | None = None

    @property
    @override
    def available(self) -> bool:
        """Return that the last event is known also while the panel is away.

        Home Assistant's trigger passes over an event that comes after the state
        unavailable, and what a panel brings with it when it comes back counts most.
        """
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Tell what the first poll has found, once automations listen.

        They do from the end of the start on, and the last event is shown by then.
        """
        await super().async_added_to_hass()
        self.async_on_remove(async_at_started(self.hass, self._async_tell_soon))

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Tell nothing any more."""
        if self._cancel_telling:
            self._cancel_telling()
        await super().async_will_remove_from_hass()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Tell what a poll has found, unless that is about to be done."""
        if self.hass.state is CoreState.running and not self._cancel_telling:
            self._async_tell_change()

    @callback
    def _async_tell_soon(self, _hass: HomeAssistant) -> None:
        """Tell the next change in a moment.

        The state is a time in milliseconds: two events within one would look like one.
        """
        self._cancel_telling = async_call_later(
            self.hass,
            NEXT_EVENT,
            HassJob(self._async_tell_change, cancel_on_shutdown=True),
        )

    @callback
    def _async_tell_change(self, _now: datetime | None = None) -> None:
        """Trigger the event of the oldest change, if there is one."""
        self._cancel_telling = None
        if (change := self.coordinator.monitor.async_take_change()) is None:
            return
        attributes = asdict(change)
        self._trigger_event(attributes.pop("type").value, attributes)
        self.async_write_ha_state()
        self._async_tell_soon(self.hass)
