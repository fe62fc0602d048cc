"""Diagnostics of the BAS-IP integration: nothing gets in that is not named here."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_MAC, CONF_SCAN_INTERVAL, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant

from .const import (
    CONF_ACCOUNTS,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_ENABLE_PATH,
    CONF_SECOND_STATUS_PATH,
    DEFAULT_SCAN_INTERVAL,
)
from .coordinator import AccountState, BasIpConfigEntry, PanelState
from .drift import Change, account_status
from .report import async_panel_report


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BasIpConfigEntry
) -> dict[str, Any]:
    """Return diagnostics for a config entry, of the entry alone if it is not loaded."""
    diagnostics: dict[str, Any] = {
        "entry": {
            "accounts": entry.options[CONF_ACCOUNTS],
            "has_mac": entry.data[CONF_MAC] is not None,
            "scan_interval": entry.options.get(
                CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL
            ),
            "second_account_path": entry.data[CONF_SECOND_ACCOUNT_PATH],
            "second_enable_path": entry.data.get(CONF_SECOND_ENABLE_PATH),
            "second_status_path": entry.data.get(CONF_SECOND_STATUS_PATH),
            "ssl": entry.data[CONF_SSL],
            "state": entry.state.value,
            "verify_ssl": entry.data[CONF_VERIFY_SSL],
        }
    }
    if entry.state is ConfigEntryState.LOADED:
        coordinator = entry.runtime_data
        diagnostics["last_update_success"] = coordinator.last_update_success
        diagnostics |= _state(coordinator.data)
        diagnostics["changes"] = [
            _change(change) for change in coordinator.history.changes
        ]
        diagnostics["report"] = await async_panel_report(hass, entry)
    return diagnostics


def _state(state: PanelState) -> dict[str, Any]:
    """Return what the last poll has given."""
    return {
        "panel": {
            "api_version": state.info.api_version,
            "firmware_version": state.info.firmware_version,
            "hardware_version": state.info.hardware_version,
            "has_serial_number": state.info.serial_number is not None,
            "model": state.info.model,
            "type": state.info.type,
        },
        "registration": state.registration,
        "last_attempt": state.last_attempt,
        "sip_enabled": state.sip_enabled,
        "accounts": {
            account: _account(account_state)
            for account, account_state in state.accounts.items()
        },
    }


def _account(account: AccountState) -> dict[str, Any]:
    """Return an account without the values that say where or who it is."""
    settings = account.settings
    return {
        "status": account_status(account.comparisons),
        "settings": {
            setting: {
                "known": comparison.actual is not None,
                "status": comparison.status,
            }
            for setting, comparison in account.comparisons.items()
        },
        "registration": account.registration,
        "sip_enabled": account.sip_enabled,
        "password_exposed": settings.password_exposed if settings else None,
        "registration_interval": settings.registration_interval if settings else None,
        "transport": settings.transport if settings else None,
    }


def _change(change: Change) -> dict[str, Any]:
    """Return a change without its values."""
    return {
        "number": change.number,
        "time": change.time,
        "type": change.type,
        "account": change.account,
        "settings": change.settings,
        "cause": change.cause,
        "firmware": change.firmware,
    }
