"""Diagnostics of the BAS-IP integration: nothing gets in that is not named here."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_MAC, CONF_SCAN_INTERVAL, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant

from .connection import known_serial_number
from .const import (
    CONF_ACCOUNTS,
    CONF_REPORT,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_STATUS_PATH,
    CONF_WATCH_REGISTRATION,
)
from .coordinator import BasIpConfigEntry, BasIpCoordinator
from .drift.state import AccountState
from .panel.models import Setting

DATA: Final = (
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_STATUS_PATH,
    CONF_SSL,
    CONF_VERIFY_SSL,
)
OPTIONS: Final = (CONF_ACCOUNTS, CONF_SCAN_INTERVAL, CONF_WATCH_REGISTRATION)
INFO: Final = ("api_version", "firmware_version", "hardware_version", "model", "type")
FAILURE: Final = ("reason", "key", "since")
CHANGE: Final = ("number", "time", "type", "account", "settings", "cause", "firmware")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BasIpConfigEntry
) -> dict[str, Any]:
    """Return diagnostics for a config entry, of the entry alone if it is not loaded."""
    diagnostics: dict[str, Any] = {
        "entry": {
            "state": entry.state.value,
            "has_mac": entry.data[CONF_MAC] is not None,
            "has_serial_number": bool(known_serial_number(entry)),
            **{key: entry.data.get(key) for key in DATA},
            **{key: entry.options.get(key) for key in OPTIONS},
        },
        "report": entry.data.get(CONF_REPORT),
    }
    if entry.state is ConfigEntryState.LOADED:
        diagnostics |= _panel(entry.runtime_data)
    return diagnostics


def _panel(coordinator: BasIpCoordinator) -> dict[str, Any]:
    reading, state = coordinator.reading, coordinator.data
    registration = reading.registrations.get(None) if reading else None
    return {
        "panel": _some(reading and reading.info, INFO),
        "status": coordinator.status[0],
        "failure": _some(state.failure, FAILURE),
        "registration": state.registration.status,
        "last_attempt": registration.last_attempt if registration else None,
        "accounts": {key: _account(each) for key, each in state.accounts.items()},
        "changes": [_some(change, CHANGE) for change in coordinator.history.changes],
    }


def _account(account: AccountState) -> dict[str, Any]:
    """Return an account without the values that say where or who it is."""
    comparisons = account.comparisons
    return {
        "status": account.status,
        "failure": _some(account.failure, FAILURE),
        "settings": {
            setting: {"known": each.actual is not None, "status": each.status}
            for setting, each in comparisons.items()
        },
        "registration": account.registration and account.registration.status,
        "password_exposed": account.password_exposed,
        "registration_interval": comparisons[Setting.REGISTRATION_INTERVAL].actual,
        "transport": comparisons[Setting.TRANSPORT].actual,
    }


def _some(data: object, keys: Iterable[str]) -> dict[str, Any] | None:
    """Return some attributes, None if there is nothing that has them."""
    return None if data is None else {key: getattr(data, key) for key in keys}
