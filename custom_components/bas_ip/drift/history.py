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
_NOT_OF_SETTINGS: Final = (
    *_REGISTRATION,
    ChangeType.EXPECTATION_UPDATED,
    ChangeType.FIRMWARE_UPDATED,
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
        return self.changes[-1].number if self.changes else self.reported

    @property
    def unreported(self) -> tuple[Change, ...]:
        """Return the changes that were not reported yet."""
        return tuple(change for change in self.changes if change.number > self.reported)

    @property
    def last_settings_change(self) -> Change | None:
        """Return the panel's last change of a setting."""
        return next(
            (
                change
                for change in reversed(self.changes)
                if change.cause is Cause.PANEL and change.type not in _NOT_OF_SETTINGS
            ),
            None,
        )

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
    registrations = [c.number for c in changes if c.type in _REGISTRATION]
    others = [c.number for c in changes if c.type not in _REGISTRATION]
    kept = {*registrations[-KEPT_REGISTRATIONS:], *others[-KEPT_CHANGES:]}
    return tuple(change for change in changes if change.number in kept)
