"""The stored file of a panel: what is confirmed, and the record of its changes."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
import logging
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .drift import (
    Cause,
    Change,
    ChangeType,
    Comparison,
    ConfirmedState,
    History,
    Setting,
    Status,
)
from .panel import Account, RegistrationStatus

_LOGGER = logging.getLogger(__name__)

# Never increase it: Home Assistant refuses files of a higher version. New versions of
# the integration add keys, which older ones ignore.
STORAGE_VERSION = 1

_TEXT = vol.Any(None, str)
_TEXTS = vol.Schema({str: _TEXT})
_TIME = vol.All(cv.datetime, dt_util.as_utc)
_REGISTRATION = vol.Any(None, vol.Coerce(RegistrationStatus))
_COMPARISON = vol.Schema(
    {
        vol.Optional("expected"): _TEXT,
        vol.Optional("actual"): _TEXT,
        vol.Optional("last_known"): _TEXT,
        vol.Optional("since"): vol.Any(None, _TIME),
        vol.Required("status"): vol.Coerce(Status),
    },
    extra=vol.REMOVE_EXTRA,
)
_CHANGE = vol.Schema(
    {
        vol.Required("type"): vol.Coerce(ChangeType),
        vol.Required("time"): _TIME,
        vol.Required("number"): int,
        vol.Optional("account"): vol.Any(None, vol.Coerce(Account)),
        vol.Optional("settings"): vol.All([vol.Coerce(Setting)], vol.Coerce(tuple)),
        vol.Optional("old"): _TEXTS,
        vol.Optional("new"): _TEXTS,
        vol.Optional("expected"): _TEXTS,
        vol.Optional("transport"): _TEXT,
        vol.Optional("cause"): vol.Coerce(Cause),
        vol.Optional("firmware"): _TEXT,
    },
    extra=vol.REMOVE_EXTRA,
)


class PanelStore:
    """Keeps what is confirmed of a panel, and its history, over restarts."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize the store."""
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", private=True
        )

    async def async_load(self) -> tuple[ConfirmedState, History]:
        """Return what was stored, as far as it can be read.

        Home Assistant itself puts a corrupt file aside and reports it.
        """
        reader = _Reader()
        stored: object = None
        try:
            stored = await self._store.async_load()
        except HomeAssistantError, LookupError, NotImplementedError, TypeError:
            reader.has_dropped = True
        state, history = ConfirmedState(), History()
        if stored is not None:
            data = reader.mapping(stored)
            state, history = reader.state(data), reader.history(data)
        if reader.has_dropped:
            _LOGGER.warning(
                "Not all of the stored state of a panel could be read; another version"
                " of the integration may have written it"
            )
        return state, history

    @callback
    def async_delay_save(self, state: ConfirmedState, history: History) -> None:
        """Save soon."""
        self._store.async_delay_save(lambda: _as_json(state, history))

    async def async_save(self, state: ConfirmedState, history: History) -> None:
        """Save now."""
        await self._store.async_save(_as_json(state, history))

    async def async_remove(self) -> None:
        """Remove the file."""
        await self._store.async_remove()


def _as_json(state: ConfirmedState, history: History) -> dict[str, Any]:
    """Return what is stored; Home Assistant writes times and enumerations as text."""
    return {**asdict(state), **asdict(history)}


class _Reader:
    """Reads item by item, and drops what another version may have written."""

    def __init__(self) -> None:
        """Initialize the reader."""
        self.has_dropped = False

    def state(self, stored: Mapping[str, Any]) -> ConfirmedState:
        """Return what is confirmed."""
        return ConfirmedState(
            accounts={
                account: {
                    setting: Comparison(**comparison)
                    for setting, comparison in self._items(
                        settings, vol.Coerce(Setting), _COMPARISON
                    )
                }
                for account, settings in self._items(
                    stored.get("accounts"), vol.Coerce(Account), vol.Schema(dict)
                )
            },
            registration=self._value(stored.get("registration"), _REGISTRATION),
            second_registration=self._value(
                stored.get("second_registration"), _REGISTRATION
            ),
            firmware=self._value(stored.get("firmware"), _TEXT),
        )

    def history(self, stored: Mapping[str, Any]) -> History:
        """Return the record of changes, in the order of their numbers."""
        items = self._value(stored.get("changes"), list) or []
        readable = [self._value(item, _CHANGE) for item in items]
        history = History(
            changes=tuple(
                sorted(
                    (Change(**change) for change in readable if change),
                    key=lambda change: change.number,
                )
            )
        )
        reported = self._value(stored.get("reported"), int)
        if reported is None:
            # Better to miss a change than to report one twice.
            return history.as_reported()
        return replace(history, reported=reported)

    def mapping(self, stored: object) -> Mapping[str, Any]:
        """Return an object, an empty one in place of anything else."""
        return self._value(stored, dict) or {}

    def _items(
        self, stored: object, key_schema: Any, value_schema: Any
    ) -> Iterator[tuple[Any, Any]]:
        """Yield the items that can be read."""
        for key, value in self.mapping(stored).items():
            readable = self._value(
                [key, value], vol.ExactSequence([key_schema, value_schema])
            )
            if readable is not None:
                yield readable

    def _value(self, stored: object, schema: Any) -> Any:
        """Return a value that can be read, None in place of another one."""
        try:
            return vol.Schema(schema)(stored)
        except vol.Invalid:
            self.has_dropped = True
            return None
