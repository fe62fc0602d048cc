"""What has changed between two states of a panel."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

from ..panel.models import Account, Holder, RegistrationStatus, Setting
from .compare import Comparison, Status, drifted
from .state import AccountState, Failure, PanelState, Registration, drift_begin


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
    PANEL_UNREACHABLE = "panel_unreachable"
    PANEL_REACHABLE = "panel_reachable"


DRIFT_CHANGES = (
    ChangeType.DRIFT_DETECTED,
    ChangeType.DRIFT_CHANGED,
    ChangeType.DRIFT_RESOLVED,
)
REGISTRATION_CHANGES = (
    ChangeType.REGISTRATION_LOST,
    ChangeType.REGISTRATION_RESTORED,
)
SETTINGS_CHANGES = (
    *DRIFT_CHANGES,
    ChangeType.EXPECTATION_UPDATED,
    ChangeType.SETTINGS_CHANGED,
)


class Cause(StrEnum):
    """Where a change comes from."""

    PANEL = "panel"
    EXPECTATION = "expectation"


type ChangedValues = Mapping[str, str | None]
type View = Callable[[Comparison], str | None]

_expected: View = attrgetter("expected")
_last_known: View = attrgetter("last_known")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change, of the whole panel if it has no account."""

    type: ChangeType
    time: datetime
    account: Account | None = None
    settings: tuple[Setting, ...] = ()
    ended: tuple[Setting, ...] = ()
    """Those of the settings whose drift has ended."""

    old: ChangedValues = field(default_factory=dict)
    new: ChangedValues = field(default_factory=dict)
    expected: ChangedValues = field(default_factory=dict)
    cause: Cause = Cause.PANEL
    firmware: str | None = None
    since: datetime | None = None
    """When the trouble began that ends with this change."""

    number: int = 0
    """The place in the record."""


def changes_between(
    before: PanelState, after: PanelState, now: datetime
) -> list[Change]:
    """Return the changes from one state to the next, whatever has caused them.

    A new firmware comes first, because it may explain the rest, and that the panel is
    reachable again comes last, after what is wrong with it. An account that is no
    longer watched ends without a change.
    """
    changes = list(_firmware_changes(before.firmware, after.firmware, now))
    for account, state in after.accounts.items():
        if known := before.accounts.get(account):
            changes += _account_changes(account, known, state, now)
    for holder, registration in after.registrations.items():
        if earlier := before.registrations.get(holder):
            changes += _registration_changes(holder, earlier, registration, now)
    changes += _outage_changes(before.outage, after.outage, now)
    return [replace(change, firmware=after.firmware) for change in changes]


def _firmware_changes(
    before: str | None, after: str | None, now: datetime
) -> Iterator[Change]:
    if before and before != after:
        yield Change(
            type=ChangeType.FIRMWARE_UPDATED,
            time=now,
            old={"firmware": before},
            new={"firmware": after},
        )


def _account_changes(
    account: Account, before: AccountState, after: AccountState, now: datetime
) -> Iterator[Change]:
    """Yield what else is expected, how a drift has changed, and what has otherwise."""
    edited = _changed(before, after, _expected)
    drift_type = _drift_type(before, after)
    ended = drifted(before.comparisons).keys() - drifted(after.comparisons)
    begin = {ChangeType.DRIFT_RESOLVED: drift_begin(before)}
    for kind, settings, view in (
        (ChangeType.EXPECTATION_UPDATED, edited, _expected),
        (drift_type, _changed(before, after, _drift), _last_known),
        (ChangeType.SETTINGS_CHANGED, _not_compared(before, after), _last_known),
    ):
        if settings:
            yield Change(
                type=kind,
                time=now,
                account=account,
                settings=settings,
                ended=tuple(filter(ended.__contains__, settings)),
                old=_values(before, settings, view),
                new=_values(after, settings, view),
                expected=_values(after, settings, _expected),
                cause=Cause.EXPECTATION if edited else Cause.PANEL,
                since=begin.get(kind),
            )


def _not_compared(before: AccountState, after: AccountState) -> tuple[Setting, ...]:
    """Return the settings that have changed without being compared."""
    return tuple(
        setting
        for setting in _changed(before, after, _last_known)
        if after.comparisons[setting].status is Status.NOT_COMPARED
        and before.comparisons[setting].last_known is not None
    )


def _drift_type(before: AccountState, after: AccountState) -> ChangeType:
    if after.status is not Status.DRIFTED:
        return ChangeType.DRIFT_RESOLVED
    if before.status is Status.DRIFTED:
        return ChangeType.DRIFT_CHANGED
    return ChangeType.DRIFT_DETECTED


def _drift(comparison: Comparison) -> str | None:
    """Return the value that has drifted, None if none has."""
    return comparison.last_known if comparison.status is Status.DRIFTED else None


def _changed(
    before: AccountState, after: AccountState, view: View
) -> tuple[Setting, ...]:
    return tuple(
        setting
        for setting, comparison in after.comparisons.items()
        if (known := before.comparisons.get(setting))
        and view(known) != view(comparison)
    )


def _values(
    state: AccountState, settings: tuple[Setting, ...], view: View
) -> ChangedValues:
    return {setting.value: view(state.comparisons[setting]) for setting in settings}


def _registration_changes(
    holder: Holder, before: Registration, after: Registration, now: datetime
) -> Iterator[Change]:
    old, new = before.last_known, after.last_known
    is_registered = new is RegistrationStatus.REGISTERED
    if old and new and (old is RegistrationStatus.REGISTERED) is not is_registered:
        yield Change(
            type=(
                ChangeType.REGISTRATION_RESTORED
                if is_registered
                else ChangeType.REGISTRATION_LOST
            ),
            time=now,
            account=holder,
            old={"registration": old.value},
            new={"registration": new.value},
            since=before.lost_since,
        )


def _outage_changes(
    before: Failure | None, after: Failure | None, now: datetime
) -> Iterator[Change]:
    if after and not before:
        yield Change(
            type=ChangeType.PANEL_UNREACHABLE,
            time=now,
            new={"status": after.reason.value},
        )
    if before and not after:
        yield Change(
            type=ChangeType.PANEL_REACHABLE,
            time=now,
            old={"status": before.reason.value},
            since=before.since,
        )
