"""Event platform for the BAS-IP integration."""

from collections.abc import Sequence
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BasIpConfigEntry
from .drift.changes import Change, ChangeType
from .entity import BasIpEntity
from .messages import change_attributes

PARALLEL_UPDATES = 0

SIP_EVENTS = EventEntityDescription(
    key="sip_events",
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
    """Reports the changes of a panel."""

    # Triggers ignore an event that follows "unavailable".
    _stays_available = True
    _unrecorded_attributes = frozenset({"expected", "new", "old"})

    @override
    async def async_added_to_hass(self) -> None:
        """Report changes from now on."""
        await super().async_added_to_hass()
        self.coordinator.report = self._async_report

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Report nothing any more."""
        self.coordinator.report = None
        await super().async_will_remove_from_hass()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Do nothing: other entities may not be up to date yet."""

    @callback
    def _async_report(self, changes: Sequence[Change]) -> None:
        """Report each change."""
        if context := self.coordinator.context:
            self.async_set_context(context)
        for change in changes:
            self._trigger_event(
                change.type.value,
                change_attributes(self.hass, self.coordinator.config_entry, change),
            )
            self.async_write_ha_state()
