"""Sensor platform for the BAS-IP integration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
import re
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coordinator import BasIpConfigEntry
from .drift.state import PanelStatus
from .entity import BasIpAccountEntity, BasIpEntity
from .messages import change_attributes, problem_lines
from .panel.models import RegistrationStatus, Setting

PARALLEL_UPDATES = 0

SHOWN_CHANGES = 10
# The state of a setting that is empty on the panel.
NOT_SET = "not_set"
TRANSPORTS = ("udp", "tcp", "tls")


def _text(value: str) -> StateType:
    """Return a text; an empty one becomes a state that can be translated."""
    return value or NOT_SET


def _transport(value: str) -> StateType:
    """Return the transport, None if it is not one that is documented."""
    transport = value.lower() or NOT_SET
    return transport if transport in (*TRANSPORTS, NOT_SET) else None


def _seconds(value: str) -> StateType:
    """Return the number of seconds, None if it is none that JSON carries."""
    return int(value) if re.fullmatch(r"[+-]?\d{1,15}", value) else None


@dataclass(frozen=True, kw_only=True)
class BasIpSettingSensorEntityDescription(SensorEntityDescription):
    """Describes a sensor of a setting of a SIP account."""

    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC
    setting: Setting
    value_fn: Callable[[str], StateType] = _text


STATUS = SensorEntityDescription(
    key="status",
    device_class=SensorDeviceClass.ENUM,
    name=None,
    options=[status.value for status in PanelStatus],
)

SIP_STATUS = SensorEntityDescription(
    key="sip_status",
    device_class=SensorDeviceClass.ENUM,
    options=[status.value for status in RegistrationStatus],
)

ACCOUNT_SIP_STATUS = SensorEntityDescription(
    key="account_sip_status",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=[status.value for status in RegistrationStatus],
)

LAST_SETTINGS_CHANGE = SensorEntityDescription(
    key="last_settings_change",
    device_class=SensorDeviceClass.TIMESTAMP,
)

SETTING_SENSORS: tuple[BasIpSettingSensorEntityDescription, ...] = (
    BasIpSettingSensorEntityDescription(key="outbound_proxy", setting=Setting.OUTBOUND),
    BasIpSettingSensorEntityDescription(key="proxy", setting=Setting.PROXY),
    BasIpSettingSensorEntityDescription(key="realm", setting=Setting.REALM),
    BasIpSettingSensorEntityDescription(
        key="registration_interval",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        setting=Setting.REGISTRATION_INTERVAL,
        suggested_display_precision=0,
        value_fn=_seconds,
    ),
    BasIpSettingSensorEntityDescription(key="stun", setting=Setting.STUN),
    BasIpSettingSensorEntityDescription(
        key="transport",
        device_class=SensorDeviceClass.ENUM,
        options=[*TRANSPORTS, NOT_SET],
        setting=Setting.TRANSPORT,
        value_fn=_transport,
    ),
    BasIpSettingSensorEntityDescription(
        key="user",
        entity_registry_enabled_default=False,
        setting=Setting.USER,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BasIpConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a panel."""
    coordinator = entry.runtime_data
    async_add_entities(
        [
            BasIpStatusSensor(coordinator, STATUS),
            BasIpSipStatusSensor(coordinator, SIP_STATUS),
            BasIpLastChangeSensor(coordinator, LAST_SETTINGS_CHANGE),
        ]
    )
    for account, state in coordinator.data.accounts.items():
        if state.registration:
            async_add_entities(
                [BasIpAccountSipStatusSensor(coordinator, ACCOUNT_SIP_STATUS, account)]
            )
        async_add_entities(
            BasIpSettingSensor(coordinator, description, account)
            for description in SETTING_SENSORS
            if description.setting in state.comparisons
        )


class BasIpStatusSensor(BasIpEntity, SensorEntity):
    """Shows whether all is right with a panel, and if not, why."""

    _stays_available = True
    _unrecorded_attributes = frozenset({"problems"})

    @property
    @override
    def native_value(self) -> PanelStatus | None:
        """Return the status, None before the first poll."""
        return self.coordinator.status[0]

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return all that is wrong, and since when the gravest of it is."""
        status, since = self.coordinator.status
        return {
            "since": since,
            "problems": problem_lines(
                self.hass,
                self.coordinator.data,
                watch_registration=self.coordinator.watches_registration,
            )
            if status
            else [],
        }


class BasIpSipStatusSensor(BasIpEntity, SensorEntity):
    """Shows whether a panel is registered."""

    @property
    @override
    def native_value(self) -> StateType:
        """Return the status."""
        return self.coordinator.data.registration.status


class BasIpLastChangeSensor(BasIpEntity, SensorEntity):
    """Shows when somebody last changed a setting on the panel, and what."""

    _unrecorded_attributes = frozenset({"changes"})

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the time of the last change, None if there was none yet."""
        change = self.coordinator.history.last_settings_change
        return None if change is None else change.time

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return the last changes of any kind, newest first."""
        changes = self.coordinator.history.changes[-SHOWN_CHANGES:]
        return {
            "changes": [
                {
                    "time": change.time,
                    "type": change.type.value,
                    **change_attributes(
                        self.hass, self.coordinator.config_entry, change
                    ),
                }
                for change in reversed(changes)
            ]
        }


class BasIpAccountSipStatusSensor(BasIpAccountEntity, SensorEntity):
    """Shows whether an account is registered that has a status of its own."""

    @property
    @override
    def native_value(self) -> StateType:
        """Return the status."""
        return self.coordinator.data.registrations[self.sip_account].status


class BasIpSettingSensor(BasIpAccountEntity, SensorEntity):
    """Shows a setting of a SIP account."""

    entity_description: BasIpSettingSensorEntityDescription

    @property
    @override
    def native_value(self) -> StateType:
        """Return the setting, None while it is not known."""
        value = self.account.comparisons[self.entity_description.setting].actual
        return None if value is None else self.entity_description.value_fn(value)
