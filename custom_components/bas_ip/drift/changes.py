"""What has changed between two confirmed states of a panel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..panel import Account, RegistrationStatus
from .compare import Comparison, Comparisons, Status, drifted, transport_of
from .confirm import ConfirmedState
from .normalise import same_value
from .settings import Setting, Values

# Stands for a user ID, which may be a password.
CHANGED = "changed"


class ChangeType(StrEnum):
    """The kinds of changes."""

    DRIFT_DETECTED = "drift_detected"
    DRIFT_CHANGED = "drift_changed"
    DRIFT_RESOLVED = "drift_resolved"
    SETTINGS_CHANGED = "settings_changed"
    EXPECTATION_UPDATED = "expectation_updated"
    REGISTRATION_LOST = "registration_lost"
    REGISTRATION_RESTORED = "registration_restored"
    FIRMWARE_UPDATED = "firmware_updated"


class Cause(StrEnum):
    """Where a change comes from."""

    PANEL = "panel"
    EXPECTATION = "expectation"


type ChangedValues = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change, of the whole panel if it has no account."""

    type: ChangeType
    time: datetime
    account: Account | None = None
    settings: tuple[Setting, ...] = ()
    old: ChangedValues = field(default_factory=dict)
    new: ChangedValues = field(default_factory=dict)
    expected: ChangedValues = field(default_factory=dict)
    transport: str | None = None
    """That of the account, on which the default port depends."""

    cause: Cause = Cause.PANEL
    firmware: str | None = None
    number: int = 0
    """The place in the history, counted from 1."""


def changes_between(
    before: ConfirmedState, after: ConfirmedState, now: datetime
) -> list[Change]:
    """Return the changes from one state to the next, whatever has caused them.

    A new firmware comes first, because it may explain the rest. An account that is no
    longer watched ends without a change.
    """
    changes: list[Change] = []
    if before.firmware and after.firmware and before.firmware != after.firmware:
        changes.append(
            Change(
                type=ChangeType.FIRMWARE_UPDATED,
                time=now,
                old={"firmware": before.firmware},
                new={"firmware": after.firmware},
            )
        )
    for account, comparisons in after.accounts.items():
        changes += _account_changes(
            account, before.accounts.get(account, {}), comparisons, now
        )
    changes += _registration_changes(None, before.registration, after.registration, now)
    changes += _registration_changes(
        Account.SECOND, before.second_registration, after.second_registration, now
    )
    return [replace(change, firmware=after.firmware) for change in changes]


def _account_changes(
    account: Account, before: Comparisons, after: Comparisons, now: datetime
) -> Iterator[Change]:
    """Yield the changes of an account: what is expected, then what has drifted."""
    new_expectations = [
        setting
        for setting, comparison in after.items()
        if setting in before and _expected(before[setting]) != _expected(comparison)
    ]
    if new_expectations:
        expected = {setting: _expected(after[setting]) for setting in new_expectations}
        yield Change(
            type=ChangeType.EXPECTATION_UPDATED,
            time=now,
            account=account,
            settings=tuple(new_expectations),
            old=_readable(
                {setting: _expected(before[setting]) for setting in new_expectations}
            ),
            new=_with_marked_user_id(expected),
            expected=_readable(expected),
            cause=Cause.EXPECTATION,
        )
    if drift := _changed_drift(before, after):
        is_by_panel = not new_expectations or any(
            _has_new_value(before, after, setting) for setting in drift
        )
        change = Change(
            type=_drift_type(before, after),
            time=now,
            account=account,
            settings=tuple(drift),
            cause=Cause.PANEL if is_by_panel else Cause.EXPECTATION,
        )
        yield _with_values(change, before, after)
    not_compared = [
        setting
        for setting, comparison in after.items()
        if comparison.status is Status.NOT_COMPARED
        and _has_new_value(before, after, setting)
    ]
    if not_compared:
        change = Change(
            type=ChangeType.SETTINGS_CHANGED,
            time=now,
            account=account,
            settings=tuple(not_compared),
        )
        yield _with_values(change, before, after)


def _changed_drift(before: Comparisons, after: Comparisons) -> list[Setting]:
    """Return the settings whose drift has begun or ended, or has another value."""
    was, is_now = drifted(before), drifted(after)
    return [
        setting
        for setting in after
        if (setting in was) != (setting in is_now)
        or (setting in is_now and _has_new_value(before, after, setting))
    ]


def _drift_type(before: Comparisons, after: Comparisons) -> ChangeType:
    """Return what has happened to the drift of an account."""
    if not drifted(after):
        return ChangeType.DRIFT_RESOLVED
    return ChangeType.DRIFT_CHANGED if drifted(before) else ChangeType.DRIFT_DETECTED


def _has_new_value(before: Comparisons, after: Comparisons, setting: Setting) -> bool:
    """Return whether the panel has another value than the last known one."""
    if setting not in before:
        return False
    old, new = before[setting].last_known, after[setting].last_known
    return old is not None and not same_value(setting, old, new, transport_of(after))


def _expected(comparison: Comparison) -> str | None:
    """Return what is expected of a setting, None if it is not compared."""
    return None if comparison.status is Status.NOT_COMPARED else comparison.expected


def _with_values(change: Change, before: Comparisons, after: Comparisons) -> Change:
    """Return a change with what was there, what is there now, and what is expected."""
    old = {
        setting: before[setting].last_known if setting in before else None
        for setting in change.settings
    }
    new = {setting: after[setting].last_known for setting in change.settings}
    expected = {setting: _expected(after[setting]) for setting in change.settings}
    return replace(
        change,
        old=_readable(old),
        new=_with_marked_user_id(new),
        expected=_readable(expected),
        transport=transport_of(after),
    )


def _readable(values: Values) -> ChangedValues:
    """Return values without the user ID, which may be a password."""
    return {
        setting.value: value
        for setting, value in values.items()
        if setting is not Setting.USER_ID
    }


def _with_marked_user_id(values: Values) -> ChangedValues:
    """Return values in which only a word stands for the user ID."""
    return {
        setting.value: CHANGED if setting is Setting.USER_ID and value else value
        for setting, value in values.items()
    }


def _registration_changes(
    account: Account | None,
    before: RegistrationStatus | None,
    after: RegistrationStatus | None,
    now: datetime,
) -> Iterator[Change]:
    """Yield whether a registration was lost or restored."""
    registered = RegistrationStatus.REGISTERED
    if not before or not after or (before is registered) == (after is registered):
        return
    yield Change(
        type=(
            ChangeType.REGISTRATION_RESTORED
            if after is registered
            else ChangeType.REGISTRATION_LOST
        ),
        time=now,
        account=account,
        old={"registration": before.value},
        new={"registration": after.value},
    )
