"""Issues of the BAS-IP integration: when each of them stands."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .connection import entry_of_panel
from .const import CONF_REPORT, DOMAIN
from .coordinator import BasIpConfigEntry, BasIpCoordinator
from .drift.compare import Comparison, Status, drifted, transport_of
from .drift.expected import PERSONAL_SETTINGS
from .drift.normalise import normalise
from .drift.state import AccountState, PanelState, PanelStatus
from .messages import markdown_value, panel_device, panel_location, panel_name
from .panel.errors import AnotherDeviceError
from .panel.models import Account, Setting

ISSUE_DRIFT: Final = "drift"
ISSUE_PASSWORD: Final = "password_exposed"
ISSUE_ANOTHER_DEVICE: Final = "another_device"
ISSUE_KNOWN_DEVICE: Final = "known_device"
ISSUE_SECOND_ACCOUNT: Final = "second_account"
ISSUE_SECOND_ACCOUNT_GONE: Final = "second_account_gone"
SECURITY_URL: Final = (
    "https://github.com/ha-bas-ip/ha-bas-ip#a-panel-that-shows-its-sip-password"
)

type PanelDrift = Mapping[tuple[Account, Setting], Comparison]


def panel_drift(state: PanelState) -> PanelDrift:
    """Return the settings of a panel that have drifted."""
    return {
        (account, setting): comparison
        for account, account_state in state.accounts.items()
        for setting, comparison in drifted(account_state.comparisons).items()
    }


@callback
def panels_alike(
    hass: HomeAssistant, entry: BasIpConfigEntry, state: PanelState
) -> dict[BasIpConfigEntry, PanelDrift]:
    """Return other panels with accounts that have changed alike, and what has."""
    return {
        other: drift
        for other in hass.config_entries.async_loaded_entries(DOMAIN)
        if other is not entry and (drift := _alike(state, other.runtime_data.data))
    }


def _alike(own: PanelState, other: PanelState) -> PanelDrift:
    """Return the drift of those accounts of another panel that have changed alike."""
    values = {account: _shared(state) for account, state in own.accounts.items()}
    return {
        (account, setting): comparison
        for (account, setting), comparison in panel_drift(other).items()
        if _shared(other.accounts[account]) == values.get(account)
        and setting not in PERSONAL_SETTINGS
    }


def _shared(state: AccountState) -> Mapping[Setting, tuple[str, str]]:
    """Return what of a drift other panels can have alike, each in its normal form."""
    transport = transport_of(state.comparisons)
    return {
        setting: (
            normalise(setting, comparison.expected, transport),
            normalise(setting, comparison.last_known, transport),
        )
        for setting, comparison in drifted(state.comparisons).items()
        if setting not in PERSONAL_SETTINGS
    }


@callback
def async_update_issues(hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
    """Create, keep and delete the issues of a panel: a disabled device has none."""
    entry = coordinator.config_entry
    device = panel_device(hass, entry)
    is_disabled = device is not None and device.disabled
    standing = () if is_disabled else set(_async_create_issues(hass, coordinator))
    async_delete_issues(hass, entry, standing)


@callback
def async_delete_issues(
    hass: HomeAssistant, entry: ConfigEntry[Any], standing: Collection[str] = ()
) -> None:
    """Delete the issues of a panel, but for those that stand."""
    for _, issue_id in list(ir.async_get(hass).issues):
        if entry.entry_id in issue_id and issue_id not in standing:
            ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_create_issue(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    key: str,
    detail: str = "",
    **placeholders: str,
) -> str:
    """Create an issue of a panel, or bring it up to date, and return its ID."""
    issue_id = f"{key}_{entry.entry_id}{detail}"
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"entry_id": entry.entry_id},
        is_fixable=key in (ISSUE_DRIFT, ISSUE_ANOTHER_DEVICE),
        # Only a search finds these: after a restart, no state would bring them back.
        is_persistent=key in (ISSUE_SECOND_ACCOUNT, ISSUE_SECOND_ACCOUNT_GONE),
        learn_more_url=SECURITY_URL if key == ISSUE_PASSWORD else None,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={
            "panel": panel_name(hass, entry),
            "location": panel_location(hass, entry),
            **placeholders,
        },
    )
    return issue_id


@callback
def _async_create_issues(
    hass: HomeAssistant, coordinator: BasIpCoordinator
) -> Iterator[str]:
    """Create the issues of a panel that stand, and yield their IDs."""
    entry, accounts = coordinator.config_entry, coordinator.data.accounts
    if numbers := _drift_numbers(coordinator):
        # Whoever ignores a drift still sees the next one.
        yield async_create_issue(hass, entry, ISSUE_DRIFT, numbers)
    if any(state.password_exposed for state in accounts.values()):
        yield async_create_issue(hass, entry, ISSUE_PASSWORD)
    if _is_another_device(coordinator):
        yield _async_create_another_device(hass, coordinator)
    if Account.SECOND not in accounts:
        yield from _async_keep_issue(hass, entry, ISSUE_SECOND_ACCOUNT)
    if _is_second_account_gone(coordinator):
        yield async_create_issue(hass, entry, ISSUE_SECOND_ACCOUNT_GONE)
    elif not _has_second_account(coordinator.data):
        yield from _async_keep_issue(hass, entry, ISSUE_SECOND_ACCOUNT_GONE)


@callback
def _async_keep_issue(
    hass: HomeAssistant, entry: BasIpConfigEntry, key: str
) -> Iterator[str]:
    """Keep an issue that was found at one moment, with what it says up to date."""
    if ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}"):
        yield async_create_issue(hass, entry, key)


def _drift_numbers(coordinator: BasIpCoordinator) -> str:
    """Return the numbers of the accounts' last drift changes, empty without a drift."""
    return "".join(
        f"_{coordinator.history.drift_number(account)}"
        for account, state in coordinator.data.accounts.items()
        if state.status is Status.DRIFTED
    )


def _is_second_account_gone(coordinator: BasIpCoordinator) -> bool:
    """Return whether it is not at its path, and a search has not found it either."""
    report = coordinator.config_entry.data.get(CONF_REPORT) or {}
    found = report.get("second_account_path", "")
    return coordinator.polls_without_second >= 2 and found is None


def _has_second_account(state: PanelState) -> bool:
    """Return whether the panel gives its second account, or it is not watched."""
    account = state.accounts.get(Account.SECOND)
    return account is None or not (state.failure or account.failure)


def _is_another_device(coordinator: BasIpCoordinator) -> bool:
    """Return whether another device answers, from the second poll on."""
    state = coordinator.data
    if coordinator.reading or not (state.failure and state.outage):
        return False
    return state.failure.reason is PanelStatus.ANOTHER_DEVICE


@callback
def _async_create_another_device(
    hass: HomeAssistant, coordinator: BasIpCoordinator
) -> str:
    """Create the issue that another device answers, which names one that is known."""
    entry = coordinator.config_entry
    # A poll that fails has one reason for all accounts.
    error = next(iter(coordinator.errors.values()), None)
    other = None
    if isinstance(error, AnotherDeviceError):
        other = entry_of_panel(hass, error.serial_number, error.mac_address)
    if other:
        name = markdown_value(hass, panel_name(hass, other))
        return async_create_issue(hass, entry, ISSUE_KNOWN_DEVICE, other=name)
    return async_create_issue(hass, entry, ISSUE_ANOTHER_DEVICE)
