"""Base entities for the BAS-IP integration."""

from typing import override

from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

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
        self._attr_unique_id = f"{coordinator.config_entry.unique_id}_{description.key}"
        self._attr_device_info = coordinator.device_info


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
