"""Binary sensor platform for the BAS-IP integration."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BasIpConfigEntry
from .drift.compare import Status, drifted
from .drift.state import PanelStatus, drift_begin
from .entity import BasIpAccountEntity, BasIpEntity
from .messages import comparison_line

PARALLEL_UPDATES = 0

PROBLEM = BinarySensorEntityDescription(
    key="problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
)

DRIFT = BinarySensorEntityDescription(
    key="drift",
)

PASSWORD_EXPOSED = BinarySensorEntityDescription(
    key="password_exposed",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BasIpConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of a panel."""
    coordinator = entry.runtime_data
    async_add_entities([BasIpProblemSensor(coordinator, PROBLEM)])
    for account in coordinator.accounts:
        async_add_entities(
            [
                BasIpDriftSensor(coordinator, DRIFT, account),
                BasIpPasswordSensor(coordinator, PASSWORD_EXPOSED, account),
            ]
        )


class BasIpProblemSensor(BasIpEntity, BinarySensorEntity):
    """Shows whether anything is wrong with a panel."""

    _stays_available = True

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the status is a problem, None if nobody can say."""
        status, _ = self.coordinator.status
        if status in (None, PanelStatus.NOT_COMPARABLE):
            return None
        return status not in (PanelStatus.AS_EXPECTED, PanelStatus.NOTHING_EXPECTED)


class BasIpDriftSensor(BasIpAccountEntity, BinarySensorEntity):
    """Shows whether the settings of an account are not the expected ones."""

    _stays_available = True
    _unrecorded_attributes = frozenset({"differences"})

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether anything has drifted, None if that is not known."""
        return {Status.DRIFTED: True, Status.IN_SYNC: False}.get(self.account.status)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what has drifted, since when, and the number of that change."""
        return {
            "since": drift_begin(self.account),
            "differences": [
                comparison_line(self.hass, self.sip_account, setting, comparison)
                for setting, comparison in drifted(self.account.comparisons).items()
            ],
            "number": self.coordinator.history.drift_number(self.sip_account),
        }


class BasIpPasswordSensor(BasIpAccountEntity, BinarySensorEntity):
    """Shows whether an account gives its SIP password away."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it does, None if that is not known."""
        return self.account.password_exposed
