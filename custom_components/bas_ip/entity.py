"""Base entities for the BAS-IP integration."""

from typing import override

from homeassistant.const import CONF_MAC
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .connection import panel_url
from .const import CONF_PANEL_NAME, DOMAIN
from .coordinator import BasIpConfigEntry, BasIpCoordinator
from .drift.state import AccountState
from .messages import ACCOUNT_NUMBERS
from .panel.models import Account


def account_unique_id(entry: BasIpConfigEntry, account: Account) -> str:
    """Return the beginning of the unique IDs of an account's entities."""
    return f"{entry.unique_id}_{account}_account_"


class BasIpEntity(CoordinatorEntity[BasIpCoordinator]):
    """Base class for the entities of a panel."""

    _attr_has_entity_name = True
    # Whether it has something to say while the panel cannot be read.
    _stays_available = False

    def __init__(
        self, coordinator: BasIpCoordinator, description: EntityDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{coordinator.config_entry.unique_id}_{description.key}"
        self._attr_device_info = _device_info(coordinator)

    @property
    @override
    def available(self) -> bool:
        """Return whether the panel was read."""
        return self._stays_available or super().available


class BasIpAccountEntity(BasIpEntity):
    """Base class for the entities of a SIP account."""

    def __init__(
        self,
        coordinator: BasIpCoordinator,
        description: EntityDescription,
        account: Account,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, description)
        self.sip_account = account
        self._attr_translation_placeholders = {"account": ACCOUNT_NUMBERS[account]}
        self._attr_unique_id = (
            account_unique_id(coordinator.config_entry, account) + description.key
        )

    @property
    @override
    def available(self) -> bool:
        """Return whether the panel has given the account."""
        return super().available and (self._stays_available or not self.account.failure)

    @property
    def account(self) -> AccountState:
        """Return the state of the account."""
        return self.coordinator.data.accounts[self.sip_account]


def _device_info(coordinator: BasIpCoordinator) -> DeviceInfo:
    """Return the panel as a device.

    Before the first poll, the device keeps the versions that it has.
    """
    entry = coordinator.config_entry
    device_info = DeviceInfo(
        configuration_url=str(panel_url(entry.data)),
        connections=_connections(coordinator),
        # A config entry of this integration always has a unique ID.
        identifiers={(DOMAIN, str(entry.unique_id))},
        manufacturer="BAS-IP",
        name=entry.data[CONF_PANEL_NAME],
    )
    if coordinator.reading:
        info = coordinator.reading.info
        device_info["hw_version"] = info.hardware_version
        device_info["model"] = info.model
        device_info["serial_number"] = info.serial_number
        device_info["sw_version"] = coordinator.data.firmware
    return device_info


def _connections(coordinator: BasIpCoordinator) -> set[tuple[str, str]]:
    """Return the MAC address; of panels that have the same one, only the first."""
    entry = coordinator.config_entry
    entries = coordinator.hass.config_entries.async_entries(DOMAIN)
    mac_address = entry.data[CONF_MAC]
    first = next(each for each in entries if each.data.get(CONF_MAC) == mac_address)
    is_own = mac_address and first is entry
    return {(CONNECTION_NETWORK_MAC, mac_address)} if is_own else set()
