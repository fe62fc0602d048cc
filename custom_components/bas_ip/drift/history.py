"""The numbered record of a panel's changes, and up to which one they were reported."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from ..panel.models import Account
from .changes import DRIFT_CHANGES, Cause, Change, ChangeType

# So many changes are kept that make room for each other.
KEPT_CHANGES: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """The last changes, oldest first."""

    changes: tuple[Change, ...] = ()
    reported: int = 0
    """The number of the last change that was reported.

    A new record begins with the Unix time, so that numbers never repeat.
    """

    @property
    def last_number(self) -> int:
        """Return the number of the last change."""
        return max([self.reported, *(change.number for change in self.changes)])

    @property
    def unreported(self) -> tuple[Change, ...]:
        """Return the changes that were not reported yet."""
        return tuple(change for change in self.changes if change.number > self.reported)

    @property
    def last_settings_change(self) -> Change | None:
        """Return the panel's last change of a setting."""
        for change in reversed(self.changes):
            if change.settings and change.cause is Cause.PANEL:
                return change
        return None

    def drift_number(self, account: Account) -> int | None:
        """Return the number of the last change of an account's drift."""
        for change in reversed(self.changes):
            if change.type in DRIFT_CHANGES and change.account is account:
                return change.number
        return None

    def with_changes(self, changes: Iterable[Change]) -> History:
        """Return the record with further changes; the oldest ones make room."""
        kept: dict[object, list[Change]] = {}
        numbered = (
            replace(change, number=number)
            for number, change in enumerate(changes, self.last_number + 1)
        )
        for change in (*self.changes, *numbered):
            kept.setdefault(_room(change), []).append(change)
        last = [change for each in kept.values() for change in each[-KEPT_CHANGES:]]
        return replace(self, changes=tuple(sorted(last, key=lambda each: each.number)))

    def as_reported(self) -> History:
        """Return the record with all changes reported."""
        return replace(self, reported=self.last_number)


def _room(change: Change) -> tuple[ChangeType, Account | None]:
    """Return which changes make room for each other.

    Those of expected settings can be undone, so that none in between may be missing.
    """
    if change.type is ChangeType.EXPECTATION_UPDATED:
        return change.type, None
    return change.type, change.account
