"""The numbered record of a panel's changes, and up to which one they were reported."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from .changes import Cause, Change, ChangeType

KEPT_CHANGES: Final = 50
KEPT_REGISTRATIONS: Final = 10

_REGISTRATION: Final = (
    ChangeType.REGISTRATION_LOST,
    ChangeType.REGISTRATION_RESTORED,
)
_SETTINGS: Final = (
    ChangeType.DRIFT_DETECTED,
    ChangeType.DRIFT_CHANGED,
    ChangeType.DRIFT_RESOLVED,
    ChangeType.SETTINGS_CHANGED,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """The last changes, oldest first."""

    changes: tuple[Change, ...] = ()
    reported: int = 0
    """The number of the last change that was reported."""

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
            if change.type in _SETTINGS and change.cause is Cause.PANEL:
                return change
        return None

    def with_changes(self, changes: Iterable[Change]) -> History:
        """Return the record with further changes; the oldest ones make room."""
        numbered = [
            replace(change, number=number)
            for number, change in enumerate(changes, self.last_number + 1)
        ]
        return replace(self, changes=_newest((*self.changes, *numbered)))

    def as_reported(self) -> History:
        """Return the record with all changes reported."""
        return replace(self, reported=self.last_number)


def _newest(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return the changes that are kept."""
    registrations = [change for change in changes if change.type in _REGISTRATION]
    others = [change for change in changes if change.type not in _REGISTRATION]
    kept = (*registrations[-KEPT_REGISTRATIONS:], *others[-KEPT_CHANGES:])
    return tuple(sorted(kept, key=lambda change: change.number))
