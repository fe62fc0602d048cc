"""Sensor platform for the BAS-IP integration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
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

from .const import CONF_SECOND_STATUS_PATH
from .coordinator import (
    LAST_REGISTRATION_ATTEMPT,
    BasIpConfigEntry,
    PanelState,
)
from .entity import BasIpAccountEntity, BasIpEntity
from .panel import Account, RegistrationStatus, SipAccount
from .texts import change_attributes

PARALLEL_UPDATES = 0

SHOWN_CHANGES = 10
# The state of a setting that is empty on the panel.
NOT_SET = "not_set"
TRANSPORTS = ("udp", "tcp", "tls")


@dataclass(frozen=True, kw_only=True)
class BasIpSensorEntityDescription(SensorEntityDescription):
    """Describes a sensor of a panel."""

    value_fn: Callable[[PanelState], StateType | datetime]


@dataclass(frozen=True, kw_only=True)
class BasIpSettingSensorEntityDescription(SensorEntityDescription):
    """Describes a sensor of a setting of a SIP account."""

    accounts: tuple[Account, ...] = tuple(Account)
    value_fn: Callable[[SipAccount], StateType]


def _text(value: str | None) -> str | None:
    """Return a text; an empty one becomes a state that can be translated."""
    return NOT_SET if value == "" else value


def _transport(settings: SipAccount) -> str | None:
    """Return the transport, None if it is not one that is documented."""
    if settings.transport is None:
        return None
    transport = settings.transport.lower() or NOT_SET
    return transport if transport in (*TRANSPORTS, NOT_SET) else None


PANEL_SENSORS: tuple[BasIpSensorEntityDescription, ...] = (
    BasIpSensorEntityDescription(
        key=LAST_REGISTRATION_ATTEMPT,
        translation_key=LAST_REGISTRATION_ATTEMPT,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda state: state.last_attempt,
    ),
    BasIpSensorEntityDescription(
        key="sip_status",
        translation_key="sip_status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in RegistrationStatus],
        value_fn=lambda state: state.registration,
    ),
)

LAST_SETTINGS_CHANGE = SensorEntityDescription(
    key="last_settings_change",
    translation_key="last_settings_change",
    device_class=SensorDeviceClass.TIMESTAMP,
)

ACCOUNT_SIP_STATUS = SensorEntityDescription(
    key="account_sip_status",
    translation_key="account_sip_status",
    device_class=SensorDeviceClass.ENUM,
    options=[status.value for status in RegistrationStatus],
)

SETTING_SENSORS: tuple[BasIpSettingSensorEntityDescription, ...] = (
    BasIpSettingSensorEntityDescription(
        key="outbound_proxy",
        translation_key="outbound_proxy",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda settings: _text(settings.outbound),
    ),
    BasIpSettingSensorEntityDescription(
        key="proxy",
        translation_key="proxy",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda settings: _text(settings.proxy),
    ),
    BasIpSettingSensorEntityDescription(
        key="realm",
        translation_key="realm",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda settings: _text(settings.realm),
    ),
    BasIpSettingSensorEntityDescription(
        key="registration_interval",
        translation_key="registration_interval",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        value_fn=lambda settings: settings.registration_interval,
    ),
    BasIpSettingSensorEntityDescription(
        key="stun",
        translation_key="stun",
        accounts=(Account.FIRST,),
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda settings: _text(settings.stun),
    ),
    BasIpSettingSensorEntityDescription(
        key="transport",
        translation_key="transport",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[*TRANSPORTS, NOT_SET],
        value_fn=_transport,
    ),
    BasIpSettingSensorEntityDescription(
        key="user",
        translation_key="user",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda settings: _text(settings.user),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BasIpConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a panel."""
    coordinator = entry.runtime_data
    entities: list[SensorEntity] = [
        *(BasIpSensor(coordinator, description) for description in PANEL_SENSORS),
        BasIpLastChangeSensor(coordinator, LAST_SETTINGS_CHANGE),
        *(
            BasIpSettingSensor(coordinator, description, account)
            for account in coordinator.accounts
            for description in SETTING_SENSORS
            if account in description.accounts
        ),
    ]
    if (
        entry.data.get(CONF_SECOND_STATUS_PATH)
        and Account.SECOND in coordinator.accounts
    ):
        entities.append(
            BasIpAccountStatusSensor(coordinator, ACCOUNT_SIP_STATUS, Account.SECOND)
        )
    async_add_entities(entities)


class BasIpSensor(BasIpEntity, SensorEntity):
    """A sensor of a panel."""

    entity_description: BasIpSensorEntityDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the state of the sensor."""
        return self.entity_description.value_fn(self.coordinator.data)


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
                    "number": change.number,
                    "time": change.time,
                    "type": change.type.value,
                    **change_attributes(
                        self.hass, self.coordinator.config_entry, change
                    ),
                }
                for change in reversed(changes)
            ]
        }


class BasIpAccountStatusSensor(BasIpAccountEntity, SensorEntity):
    """Shows the SIP status of an account that has its own."""

    @property
    @override
    def native_value(self) -> StateType:
        """Return the status."""
        return self.account.registration


class BasIpSettingSensor(BasIpAccountEntity, SensorEntity):
    """A sensor of a setting of a SIP account."""

    entity_description: BasIpSettingSensorEntityDescription

    @property
    @override
    def native_value(self) -> StateType:
        """Return the setting."""
        settings = self.account.settings
        return None if settings is None else self.entity_description.value_fn(settings)
