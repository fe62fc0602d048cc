"""Base entities for the BAS-IP integration."""

from typing import override

from homeassistant.const import CONF_MAC
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .connection import panel_url
from .const import DOMAIN
from .coordinator import AccountState, BasIpConfigEntry, BasIpCoordinator
from .panel import Account
from .texts import ACCOUNT_NUMBERS


def account_unique_id(entry: BasIpConfigEntry, account: Account) -> str:
    """Return the beginning of the unique IDs of an account's entities."""
    return f"{entry.unique_id}_{account}_account_"


class BasIpEntity(CoordinatorEntity[BasIpCoordinator]):
    """Base class for the entities of a panel."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: BasIpCoordinator, description: EntityDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, context=description.key)
        self.entity_description = description
        data = coordinator.config_entry.data
        info = coordinator.data.info
        # A config entry of this integration always has a unique ID.
        panel_id = str(coordinator.config_entry.unique_id)
        self._attr_unique_id = f"{panel_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            configuration_url=str(panel_url(data)),
            connections=(
                {(CONNECTION_NETWORK_MAC, data[CONF_MAC])} if data[CONF_MAC] else set()
            ),
            hw_version=info.hardware_version,
            identifiers={(DOMAIN, panel_id)},
            manufacturer="BAS-IP",
            model=info.model,
            name=coordinator.config_entry.title,
            serial_number=info.serial_number,
            sw_version=info.firmware_version,
        )


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
        self._account = account
        self._attr_translation_placeholders = {"account": ACCOUNT_NUMBERS[account]}
        self._attr_unique_id = (
            account_unique_id(coordinator.config_entry, account) + description.key
        )

    @property
    @override
    def available(self) -> bool:
        """Return whether the panel has given the account."""
        return super().available and self.account.settings is not None

    @property
    def account(self) -> AccountState:
        """Return the state of the account."""
        return self.coordinator.data.accounts[self._account]
