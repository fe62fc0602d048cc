"""As many sensors as a panel has entities in the other integration."""

from typing import override

from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from tools.bench.subjects import BareCoordinator

SENSORS = 11


class BareSensor(CoordinatorEntity[BareCoordinator], SensorEntity):
    """One field of what was read."""

    _attr_has_entity_name = True

    def __init__(self, entry: ConfigEntry[BareCoordinator], number: int) -> None:
        """Initialize the sensor."""
        super().__init__(entry.runtime_data)
        self._number = number
        self._attr_name = f"Field {number}"
        self._attr_unique_id = f"{entry.unique_id}_{number}"
        self._attr_device_info = DeviceInfo(
            identifiers={("bare_panel", str(entry.unique_id))}, name=entry.title
        )

    @property
    @override
    def native_value(self) -> str:
        """Return one of the fields; there are fewer of them than sensors."""
        values = [
            value for answer in self.coordinator.data for value in answer.values()
        ]
        return str(values[self._number % len(values)])


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[BareCoordinator],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a panel."""
    async_add_entities(BareSensor(entry, number) for number in range(SENSORS))
