"""The entities in a target that a trigger or a condition uses."""

from collections.abc import Collection

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN


@callback
def own_entities(
    hass: HomeAssistant, entity_ids: set[str], translation_keys: Collection[str]
) -> set[str]:
    """Return the entities of this integration that have one of the translation keys.

    An area also has the connectivity sensors of other integrations.
    """
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entry := registry.async_get(entity_id))
        and entry.platform == DOMAIN
        and entry.translation_key in translation_keys
    }
