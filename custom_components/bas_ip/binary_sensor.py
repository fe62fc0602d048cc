"""Binary sensor platform for the BAS-IP integration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccountState, BasIpConfigEntry, BasIpCoordinator, PanelState
from .drift import Setting, Status, drifted, overall
from .entity import BasIpAccountEntity, BasIpEntity
from .panel import RegistrationStatus

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BasIpBinarySensorEntityDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of a panel."""

    has_fn: Callable[[BasIpCoordinator], bool] = lambda _: True
    is_on_fn: Callable[[PanelState], bool | None]


@dataclass(frozen=True, kw_only=True)
class BasIpAccountBinarySensorEntityDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of a SIP account."""

    attributes_fn: Callable[[AccountState], Mapping[str, Any] | None] = lambda _: None
    is_on_fn: Callable[[AccountState], bool | None]


def _is_registered(state: PanelState) -> bool | None:
    """Return whether the panel is registered, None if it does not say."""
    if state.registration is None or state.registration.status is None:
        return None
    return state.registration.status is RegistrationStatus.REGISTERED


def _is_drifted(account: AccountState) -> bool | None:
    """Return whether an account has drifted, None if nobody can tell."""
    return {Status.DRIFTED: True, Status.IN_SYNC: False}.get(
        overall(account.comparisons)
    )


def _drift(account: AccountState) -> Mapping[str, Any]:
    """Return what is expected and what has drifted; the user ID may be a secret."""
    return {
        "expected": {
            setting.value: comparison.expected
            for setting, comparison in account.comparisons.items()
            if comparison.status is not Status.NOT_SET
            and setting is not Setting.USER_ID
        },
        "settings": {
            setting.value: {"actual": "changed", "since": comparison.since}
            if setting is Setting.USER_ID
            else {
                "expected": comparison.expected,
                "actual": comparison.actual,
                "since": comparison.since,
            }
            for setting, comparison in drifted(account.comparisons).items()
        },
    }


PANEL_BINARY_SENSORS: tuple[BasIpBinarySensorEntityDescription, ...] = (
    BasIpBinarySensorEntityDescription(
        key="registered",
        translation_key="registered",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        is_on_fn=_is_registered,
    ),
    BasIpBinarySensorEntityDescription(
        key="sip_enabled",
        translation_key="sip_enabled",
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=lambda coordinator: coordinator.has_sip_enable,
        is_on_fn=lambda state: state.sip_enabled,
    ),
)

ACCOUNT_BINARY_SENSORS: tuple[BasIpAccountBinarySensorEntityDescription, ...] = (
    BasIpAccountBinarySensorEntityDescription(
        key="configuration_drift",
        device_class=BinarySensorDeviceClass.PROBLEM,
        attributes_fn=_drift,
        is_on_fn=_is_drifted,
    ),
    BasIpAccountBinarySensorEntityDescription(
        key="password_exposed",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda account: account.settings and account.settings.password_exposed,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BasIpConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of a panel."""
    coordinator = entry.runtime_data
    async_add_entities(
        [
            *(
                BasIpBinarySensor(coordinator, description)
                for description in PANEL_BINARY_SENSORS
                if description.has_fn(coordinator)
            ),
            *(
                BasIpAccountBinarySensor(coordinator, description, account)
                for account in coordinator.accounts
                for description in ACCOUNT_BINARY_SENSORS
            ),
        ]
    )


class BasIpBinarySensor(BasIpEntity, BinarySensorEntity):
    """A binary sensor of a panel."""

    entity_description: BasIpBinarySensorEntityDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state of the binary sensor."""
        return self.entity_description.is_on_fn(self.coordinator.data)


class BasIpAccountBinarySensor(BasIpAccountEntity, BinarySensorEntity):
    """A binary sensor of a SIP account."""

    entity_description: BasIpAccountBinarySensorEntityDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state of the binary sensor."""
        return self.entity_description.is_on_fn(self.account)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what has drifted."""
        return self.entity_description.attributes_fn(self.account)
