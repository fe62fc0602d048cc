"""Sensor platform for the BAS-IP integration."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .const import Account
from .coordinator import AccountState, BasIpConfigEntry, PanelState
from .drift import Status, overall
from .entity import BasIpAccountEntity, BasIpEntity
from .panel import RegistrationStatus, SipAccount

PARALLEL_UPDATES = 0

# The state of a setting that the panel has left empty.
NOT_SET = "not_set"
TRANSPORTS = ("udp", "tcp", "tls")


def _text(value: str | None) -> str | None:
    """Return a text that is not set as a state that can be translated."""
    return NOT_SET if value == "" else value


def _transport(account: SipAccount) -> str | None:
    """Return the transport, None if it is not one that is documented."""
    transport = _text(account.transport)
    transport = transport and transport.lower()
    return transport if transport in (*TRANSPORTS, NOT_SET) else None


def _status(account: AccountState) -> str | None:
    """Return how an account compares, None if nobody can tell."""
    status = overall(account.comparisons)
    return None if status is Status.UNKNOWN else status


@dataclass(frozen=True, kw_only=True)
class BasIpSensorEntityDescription(SensorEntityDescription):
    """Describes a sensor of a panel."""

    value_fn: Callable[[PanelState], StateType | datetime]


@dataclass(frozen=True, kw_only=True)
class BasIpAccountSensorEntityDescription(SensorEntityDescription):
    """Describes a sensor of a SIP account."""

    accounts: tuple[Account, ...] = tuple(Account)
    value_fn: Callable[[AccountState], StateType]


def _setting(
    read: Callable[[SipAccount], StateType],
) -> Callable[[AccountState], StateType]:
    """Return a function that reads a setting, None while the account is unreadable."""
    return lambda account: account.settings and read(account.settings)


PANEL_SENSORS: tuple[BasIpSensorEntityDescription, ...] = (
    BasIpSensorEntityDescription(
        key="last_registration_attempt",
        translation_key="last_registration_attempt",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda state: state.registration and state.registration.last_attempt,
    ),
    BasIpSensorEntityDescription(
        key="sip_registration",
        translation_key="sip_registration",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in RegistrationStatus],
        value_fn=lambda state: state.registration and state.registration.status,
    ),
)

ACCOUNT_SENSORS: tuple[BasIpAccountSensorEntityDescription, ...] = (
    BasIpAccountSensorEntityDescription(
        key="configuration_status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in Status if status is not Status.UNKNOWN],
        value_fn=_status,
    ),
    BasIpAccountSensorEntityDescription(
        key="outbound_proxy",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_setting(lambda settings: _text(settings.outbound)),
    ),
    BasIpAccountSensorEntityDescription(
        key="proxy",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_setting(lambda settings: _text(settings.proxy)),
    ),
    BasIpAccountSensorEntityDescription(
        key="realm",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_setting(lambda settings: _text(settings.realm)),
    ),
    BasIpAccountSensorEntityDescription(
        key="registration_interval",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        value_fn=_setting(lambda settings: settings.registration_interval),
    ),
    BasIpAccountSensorEntityDescription(
        key="stun",
        accounts=(Account.FIRST,),
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_setting(lambda settings: _text(settings.stun)),
    ),
    BasIpAccountSensorEntityDescription(
        key="transport",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[*TRANSPORTS, NOT_SET],
        value_fn=_setting(_transport),
    ),
    BasIpAccountSensorEntityDescription(
        key="user",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_setting(lambda settings: _text(settings.user)),
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
            *(BasIpSensor(coordinator, description) for description in PANEL_SENSORS),
            *(
                BasIpAccountSensor(coordinator, description, account)
                for account in coordinator.accounts
                for description in ACCOUNT_SENSORS
                if account in description.accounts
            ),
        ]
    )


class BasIpSensor(BasIpEntity, SensorEntity):
    """A sensor of a panel."""

    entity_description: BasIpSensorEntityDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the state of the sensor."""
        return self.entity_description.value_fn(self.coordinator.data)


class BasIpAccountSensor(BasIpAccountEntity, SensorEntity):
    """A sensor of a SIP account."""

    entity_description: BasIpAccountSensorEntityDescription

    @property
    @override
    def native_value(self) -> StateType:
        """Return the state of the sensor."""
        return self.entity_description.value_fn(self.account)
