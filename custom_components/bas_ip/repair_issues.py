"""Repair issues for a drift, and for a panel that shows its SIP password."""

from hashlib import sha256
import json
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .coordinator import BasIpCoordinator, PanelState
from .drift import Comparisons, Setting, drifted, normalise, transport_of
from .panel import Account
from .texts import panel_location, panel_name

ISSUE_DRIFT: Final = "drift"
ISSUE_PASSWORD: Final = "password_exposed"
SECURITY_URL: Final = (
    "https://github.com/ha-bas-ip/ha-bas-ip#a-panel-that-shows-its-sip-password"
)

type PanelDrift = dict[Account, Comparisons]


def panel_drift(state: PanelState) -> PanelDrift:
    """Return what has drifted, of the accounts in which something has."""
    return {
        account: drift
        for account, account_state in state.accounts.items()
        if (drift := drifted(account_state.comparisons))
    }


@callback
def async_update_issues(hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
    """Create, keep and delete the issues of a panel.

    The drift is part of the issue's ID: whoever ignores one still sees the next.
    """
    entry = coordinator.config_entry
    placeholders = {
        "panel": panel_name(hass, entry),
        "location": panel_location(hass, entry),
    }
    drift_id = None
    if panel_drift(coordinator.data):
        fingerprint = _fingerprint(coordinator.data)
        drift_id = f"{ISSUE_DRIFT}_{entry.entry_id}_{fingerprint}"
        ir.async_create_issue(
            hass,
            DOMAIN,
            drift_id,
            data={"entry_id": entry.entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_DRIFT,
            translation_placeholders=placeholders,
        )
    password_id = f"{ISSUE_PASSWORD}_{entry.entry_id}"
    is_exposed = _is_password_exposed(coordinator.data)
    if is_exposed:
        ir.async_create_issue(
            hass,
            DOMAIN,
            password_id,
            is_fixable=False,
            learn_more_url=SECURITY_URL,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_PASSWORD,
            translation_placeholders=placeholders,
        )
    # While it is not known whether the password is shown, an issue stays.
    kept = {drift_id} if is_exposed is False else {drift_id, password_id}
    for issue_id in _issue_ids(hass, entry):
        if issue_id not in kept and issue_id.startswith((ISSUE_DRIFT, ISSUE_PASSWORD)):
            ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete all issues of a panel."""
    for issue_id in _issue_ids(hass, entry):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _issue_ids(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[str]:
    """Return the IDs of the issues of a panel."""
    return [
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and entry.entry_id in issue_id
    ]


def _is_password_exposed(state: PanelState) -> bool | None:
    """Return whether any account shows its password, None if that is not ruled out."""
    exposed = {
        account.settings.password_exposed if account.settings else None
        for account in state.accounts.values()
    }
    if True in exposed:
        return True
    return None if None in exposed else False


def _fingerprint(state: PanelState) -> str:
    """Return a short text that is different for every drift.

    The user ID may be a password, so only the time of its change goes in.
    """
    values: list[tuple[str, ...]] = []
    for account, account_state in state.accounts.items():
        transport = transport_of(account_state.comparisons)
        for setting, comparison in drifted(account_state.comparisons).items():
            if setting is Setting.USER_ID:
                values.append((account, setting, str(comparison.since)))
                continue
            expected = normalise(setting, comparison.expected, transport)
            actual = normalise(setting, comparison.actual, transport)
            values.append((account, setting, expected, actual))
    return sha256(json.dumps(values).encode()).hexdigest()[:12]
