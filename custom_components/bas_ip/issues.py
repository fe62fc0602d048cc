"""Repair issues: a drift to look at, and a panel that leaks a password."""

from collections.abc import Mapping
from hashlib import sha256
import json

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN, SECURITY_URL, Account
from .coordinator import BasIpCoordinator, PanelState
from .drift import Comparison, Setting, drifted, normalise

ISSUE_DRIFT = "configuration_drift"
ISSUE_PASSWORD = "password_exposed"

type Drift = Mapping[Account, Mapping[Setting, Comparison]]


def panel_drift(state: PanelState) -> Drift:
    """Return what has drifted, only accounts in which something has."""
    return {
        account: drift
        for account, account_state in state.accounts.items()
        if (drift := drifted(account_state.comparisons))
    }


def _option_name(hass: HomeAssistant, selector: str, option: str) -> str:
    """Return the name of a selector's option in the language of the system."""
    names = async_get_cached_translations(
        hass, hass.config.language, "selector", DOMAIN
    )
    return names[f"component.{DOMAIN}.selector.{selector}.options.{option}"]


def setting_name(hass: HomeAssistant, setting: str) -> str:
    """Return the name of a setting in the language of the system."""
    return _option_name(hass, "setting", setting)


def setting_label(hass: HomeAssistant, account: Account, setting: Setting) -> str:
    """Return the name of an account's setting in the language of the system."""
    return f"{_option_name(hass, 'account', account)}: {setting_name(hass, setting)}"


def as_code(value: str | None) -> str:
    """Return a value from a panel as Markdown that does nothing but show it."""
    return f"`{value.replace('`', "'").replace('|', '/')}`" if value else "-"


def drift_table(hass: HomeAssistant, drift: Drift) -> str:
    """Return the rows of a Markdown table: setting, expected value, actual value."""
    return "\n".join(
        f"| {setting_label(hass, account, setting)} | "
        + (
            "••• | •••"
            if setting is Setting.USER_ID
            else f"{as_code(comparison.expected)} | {as_code(comparison.actual)}"
        )
        + " |"
        for account, comparisons in drift.items()
        for setting, comparison in comparisons.items()
    )


def _fingerprint(drift: Drift) -> str:
    """Return a text that is another one for each other drift.

    The user ID may be a password, so that nothing that follows from it is in there.
    """
    values = [
        (account, setting, str(comparison.since))
        if setting is Setting.USER_ID
        else (
            account,
            setting,
            normalise(setting, comparison.expected),
            normalise(setting, comparison.actual),
        )
        for account, comparisons in drift.items()
        for setting, comparison in comparisons.items()
    ]
    return sha256(json.dumps(values).encode()).hexdigest()[:12]


@callback
def async_update_issues(hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
    """Create, keep or delete a panel's issues after what is known of it.

    The drift is part of the issue's ID: who has ignored one is told of the next.
    """
    entry = coordinator.config_entry
    placeholders = {"panel": entry.title}
    wanted: set[str] = set()
    if drift := panel_drift(coordinator.data):
        issue_id = f"{ISSUE_DRIFT}_{entry.entry_id}_{_fingerprint(drift)}"
        wanted.add(issue_id)
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            data={"entry_id": entry.entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_DRIFT,
            translation_placeholders=placeholders,
        )
    issue_id = f"{ISSUE_PASSWORD}_{entry.entry_id}"
    exposed = [
        account.settings.password_exposed if account.settings else None
        for account in coordinator.data.accounts.values()
    ]
    if any(value is not False for value in exposed):
        # While nobody can tell, the issue stays if there is one.
        wanted.add(issue_id)
    if True in exposed:
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            learn_more_url=SECURITY_URL,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_PASSWORD,
            translation_placeholders=placeholders,
        )
    _async_delete_issues(hass, entry, wanted)


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete all issues of a panel."""
    _async_delete_issues(hass, entry, set())


@callback
def _async_delete_issues(
    hass: HomeAssistant, entry: ConfigEntry, wanted: set[str]
) -> None:
    """Delete the issues of a panel that are not wanted."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and entry.entry_id in issue_id and issue_id not in wanted:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
