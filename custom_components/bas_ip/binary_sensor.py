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
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_SECOND_ENABLE_PATH, CONF_SECOND_STATUS_PATH
from .coordinator import AccountState, BasIpConfigEntry, PanelState
from .drift import (
    CHANGED,
    Comparison,
    Setting,
    Status,
    account_status,
    drifted,
    unknown,
)
from .entity import BasIpAccountEntity, BasIpEntity
from .panel import Account, RegistrationStatus
from .texts import difference

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BasIpBinarySensorEntityDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of a panel."""

    has_fn: Callable[[PanelState], bool] = lambda _: True
    is_on_fn: Callable[[PanelState], bool | None]


@dataclass(frozen=True, kw_only=True)
class BasIpAccountBinarySensorEntityDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of a SIP account."""

    is_on_fn: Callable[[AccountState], bool | None]


def _is_registered(status: RegistrationStatus | None) -> bool | None:
    """Return whether a status means registered, None if it is not known."""
    return None if status is None else status is RegistrationStatus.REGISTERED


def _is_drifted(account: AccountState) -> bool | None:
    """Return whether an account has drifted, None if that is not known."""
    status = account_status(account.comparisons)
    if status is Status.DRIFTED:
        return True
    return False if status is Status.IN_SYNC else None


def _is_password_exposed(account: AccountState) -> bool | None:
    """Return whether an account shows its SIP password, None if that is not known."""
    return account.settings.password_exposed if account.settings else None


REACHABLE = BinarySensorEntityDescription(
    key="reachable",
    translation_key="reachable",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)

PANEL_BINARY_SENSORS: tuple[BasIpBinarySensorEntityDescription, ...] = (
    BasIpBinarySensorEntityDescription(
        key="registered",
        translation_key="registered",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda state: _is_registered(state.registration),
    ),
    BasIpBinarySensorEntityDescription(
        key="sip_enabled",
        translation_key="sip_enabled",
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=lambda state: state.sip_enabled is not None,
        is_on_fn=lambda state: state.sip_enabled,
    ),
)

ACCOUNT_REGISTERED = BasIpAccountBinarySensorEntityDescription(
    key="account_registered",
    translation_key="account_registered",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
    is_on_fn=lambda account: _is_registered(account.registration),
)

ACCOUNT_SIP_ENABLED = BasIpAccountBinarySensorEntityDescription(
    key="account_sip_enabled",
    translation_key="account_sip_enabled",
    entity_category=EntityCategory.DIAGNOSTIC,
    is_on_fn=lambda account: account.sip_enabled,
)

DRIFT = BasIpAccountBinarySensorEntityDescription(
    key="drift",
    translation_key="drift",
    device_class=BinarySensorDeviceClass.PROBLEM,
    is_on_fn=_is_drifted,
)

PASSWORD_EXPOSED = BasIpAccountBinarySensorEntityDescription(
    key="password_exposed",
    translation_key="password_exposed",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
    is_on_fn=_is_password_exposed,
)

# By the key of the path in the entry data.
SECOND_ACCOUNT_BINARY_SENSORS: Mapping[
    str, BasIpAccountBinarySensorEntityDescription
] = {
    CONF_SECOND_STATUS_PATH: ACCOUNT_REGISTERED,
    CONF_SECOND_ENABLE_PATH: ACCOUNT_SIP_ENABLED,
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BasIpConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of a panel."""
    coordinator = entry.runtime_data
    entities: list[BinarySensorEntity] = [
        BasIpReachableBinarySensor(coordinator, REACHABLE)
    ]
    for account in coordinator.accounts:
        entities += [
            BasIpDriftBinarySensor(coordinator, DRIFT, account),
            BasIpAccountBinarySensor(coordinator, PASSWORD_EXPOSED, account),
        ]
    if Account.SECOND in coordinator.accounts:
        entities += [
            BasIpAccountBinarySensor(coordinator, description, Account.SECOND)
            for key, description in SECOND_ACCOUNT_BINARY_SENSORS.items()
            if entry.data.get(key)
        ]
    async_add_entities(entities)

    added: set[str] = set()

    @callback
    def add_panel_binary_sensors() -> None:
        """Add those that the panel supports, even if it gives one only later."""
        new = [
            description
            for description in PANEL_BINARY_SENSORS
            if description.key not in added and description.has_fn(coordinator.data)
        ]
        if new:
            added.update(description.key for description in new)
            async_add_entities(
                BasIpBinarySensor(coordinator, description) for description in new
            )

    add_panel_binary_sensors()
    entry.async_on_unload(coordinator.async_add_listener(add_panel_binary_sensors))


class BasIpReachableBinarySensor(BasIpEntity, BinarySensorEntity):
    """Shows whether the panel can be read."""

    @property
    @override
    def available(self) -> bool:
        """Return True: this is known even if the panel is not reachable."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the last poll was successful."""
        return self.coordinator.last_update_success


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


class BasIpDriftBinarySensor(BasIpAccountBinarySensor):
    """Shows whether the settings of an account are not the expected ones."""

    _unrecorded_attributes = frozenset({"differences", "expected", "settings"})

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what has drifted, what is unknown, and what is expected."""
        comparisons = self.account.comparisons
        drift = drifted(comparisons)
        return {
            "differences": [
                difference(self.hass, self._account, setting, comparison)
                for setting, comparison in drift.items()
            ],
            "unknown": [setting.value for setting in unknown(comparisons)],
            "settings": {
                setting.value: _drifted_setting(setting, comparison)
                for setting, comparison in drift.items()
            },
            "expected": {
                setting.value: comparison.expected
                for setting, comparison in comparisons.items()
                if comparison.status is not Status.NOT_COMPARED
                and setting is not Setting.USER_ID
            },
        }


def _drifted_setting(setting: Setting, comparison: Comparison) -> dict[str, Any]:
    """Return a setting that has drifted; a user ID, maybe a password, is not shown."""
    if setting is Setting.USER_ID:
        return {"actual": CHANGED, "since": comparison.since}
    return {
        "expected": comparison.expected,
        "actual": comparison.actual,
        "since": comparison.since,
    }
