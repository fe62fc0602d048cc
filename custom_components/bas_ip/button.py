"""Button platform for the BAS-IP integration."""

from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import BasIpConfigEntry
from .entity import BasIpEntity

PARALLEL_UPDATES = 0

ACCEPT_SETTINGS = ButtonEntityDescription(
    key="accept_settings",
    translation_key="accept_settings",
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BasIpConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the button of a panel."""
    async_add_entities([BasIpAcceptButton(entry.runtime_data, ACCEPT_SETTINGS)])


class BasIpAcceptButton(BasIpEntity, ButtonEntity):
    """Accepts the drift of a panel."""

    @property
    @override
    def available(self) -> bool:
        """Return True: an error tells the user if the panel is not reachable.

        Home Assistant silently skips a button that is unavailable.
        """
        return True

    @override
    async def async_press(self) -> None:
        """Accept all settings that have drifted."""
        self.coordinator.async_raise_if_not_reachable()
        if not self.coordinator.async_accept():
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="nothing_to_accept"
            )
