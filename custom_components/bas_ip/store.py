"""The stored file of a panel: what is confirmed, and the record of its changes."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
import logging
from typing import Any, Final, TypeAliasType, get_args, get_origin, get_type_hints

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .drift.changes import SETTINGS_CHANGES, Change, ChangedValues
from .drift.history import History
from .drift.state import FAILURES, PanelState
from .panel.models import RegistrationStatus, Setting

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 2

_VALUES: Final = vol.Schema(
    {
        vol.In(Setting): vol.Any(None, str),
        "firmware": str,
        "registration": vol.In(RegistrationStatus),
        "status": vol.In(FAILURES),
    }
)


def _time(value: Any) -> datetime:
    """Return a time that can be shown in any time zone."""
    time = cv.datetime(value)
    if not 1970 <= time.year <= 2970:
        raise vol.Invalid("The time is out of range")
    return dt_util.as_utc(time)


def _is_sound(value: Any) -> bool:
    """Return whether a change of settings names them and their account."""
    if isinstance(value, Change) and value.type in SETTINGS_CHANGES:
        return bool(value.account and value.settings)
    return True


def _schema(kind: Any) -> Any:
    """Return what reads a JSON value as a dataclass, or as a part of one."""
    if special := {ChangedValues: _VALUES, datetime: _time}.get(kind):
        return special
    if isinstance(kind, TypeAliasType):
        return _schema(kind.__value__)
    if arguments := get_args(kind):
        return _generic_schema(get_origin(kind), _schema(arguments[0]), arguments[1])
    if issubclass(kind, StrEnum):
        return vol.Coerce(kind)
    if kind in (bool, int, str):
        return kind
    fields = {name: _schema(hint) for name, hint in get_type_hints(kind).items()}
    # A later minor version may write more of them.
    schema = vol.Schema(fields, required=True, extra=vol.REMOVE_EXTRA)
    return vol.All(schema, lambda data: kind(**data), vol.truth(_is_sound))


def _generic_schema(origin: Any, first: Any, second: Any) -> Any:
    """Return what reads a mapping, a tuple, or a value that may be None."""
    if origin is Mapping:
        return vol.Schema({first: _schema(second)})
    if origin is tuple:
        return vol.All([first], vol.Coerce(tuple))
    return vol.Any(None, first)


_FILE: Final = vol.Schema(
    {"state": _schema(PanelState), "history": _schema(History)},
    required=True,
    extra=vol.REMOVE_EXTRA,
)


class PanelStore:
    """Keeps the state of a panel and its record over restarts."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize the store."""
        self._store = Store[dict[str, Any]](
            hass,
            STORAGE_VERSION,
            f"{DOMAIN}.{entry_id}",
            private=True,
        )

    async def async_load(self) -> tuple[PanelState, History] | None:
        """Return what was stored, None if there is nothing that can be read.

        Home Assistant itself puts a file aside that is no JSON, and reports it.
        """
        try:
            stored = await self._store.async_load()
            if stored is None:
                return None
            data = _FILE(stored)
        except (
            HomeAssistantError,
            LookupError,
            NotImplementedError,
            TypeError,
            vol.Invalid,
        ):
            _LOGGER.warning(
                "The stored state of a panel cannot be read; it starts from nothing"
            )
            return None
        return data["state"], data["history"]

    @callback
    def async_delay_save(self, state: PanelState, history: History) -> None:
        """Save soon."""
        self._store.async_delay_save(lambda: _as_json(state, history))

    async def async_save(self, state: PanelState, history: History) -> None:
        """Save now."""
        await self._store.async_save(_as_json(state, history))

    async def async_remove(self) -> None:
        """Remove the file."""
        await self._store.async_remove()


def _as_json(state: PanelState, history: History) -> dict[str, Any]:
    """Return what is stored; Home Assistant writes times and enumerations as text."""
    return {"state": asdict(state), "history": asdict(history)}
