"""What happened to a panel between two polls, as the event entity tells it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from .const import Account
from .drift import Comparison, Comparisons, Setting, Status, drifted, same
from .panel import RegistrationStatus


class ChangeType(StrEnum):
    """The kinds of changes."""

    DRIFT_DETECTED = "drift_detected"
    DRIFT_CHANGED = "drift_changed"
    DRIFT_RESOLVED = "drift_resolved"
    EXPECTATION_UPDATED = "expectation_updated"
    REGISTRATION_LOST = "registration_lost"
    REGISTRATION_RESTORED = "registration_restored"


type Values = dict[str, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change: which values were there before, and which are there now."""

    type: ChangeType
    account: str | None
    settings: list[str]
    old: Values
    new: Values
    expected: Values
    firmware_before: str | None = None
    firmware_after: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the change in the form in which it is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return a change that was stored."""
        return cls(**{**data, "type": ChangeType(data["type"])})


def _values(values: Mapping[Setting, str | None]) -> Values:
    """Return values without the user ID, which may hold a password."""
    return {
        setting.value: value
        for setting, value in values.items()
        if setting is not Setting.USER_ID
    }


def _change(
    change_type: ChangeType,
    account: Account,
    old: Mapping[Setting, str | None],
    new: Mapping[Setting, str | None],
    expected: Mapping[Setting, str | None],
) -> Change:
    """Return a change of the settings that are in `new`."""
    change = Change(
        type=change_type,
        account=account.value,
        settings=[setting.value for setting in new],
        old=_values(old),
        new=_values(new),
        expected=_values(expected),
    )
    if Setting.USER_ID in new and change_type is not ChangeType.DRIFT_RESOLVED:
        change.new[Setting.USER_ID.value] = "changed"
    return change


def drift_change(
    account: Account, before: Comparisons, after: Comparisons
) -> Change | None:
    """Return what the panel did to the drift of an account."""
    was, now = drifted(before), drifted(after)
    changed = {
        setting: comparison
        for setting, comparison in after.items()
        if (setting in was or setting in now)
        and not same(setting, before[setting], comparison)
    }
    if not changed:
        return None
    if not was:
        change_type = ChangeType.DRIFT_DETECTED
    elif now:
        change_type = ChangeType.DRIFT_CHANGED
    else:
        change_type = ChangeType.DRIFT_RESOLVED
    return _change(
        change_type,
        account,
        {setting: before[setting].actual for setting in changed},
        {setting: comparison.actual for setting, comparison in changed.items()},
        {setting: comparison.expected for setting, comparison in changed.items()},
    )


def _wanted(comparison: Comparison) -> tuple[str | None, bool]:
    """Return what is expected of a setting, and whether it is compared."""
    return comparison.expected, comparison.status is not Status.NOT_SET


def expectation_change(
    account: Account, before: Comparisons, after: Comparisons
) -> Change | None:
    """Return what the user did to the expected settings of an account."""
    changed = [
        setting
        for setting in after
        if _wanted(before[setting]) != _wanted(after[setting])
    ]
    if not changed:
        return None
    expected = {setting: after[setting].expected for setting in changed}
    return _change(
        ChangeType.EXPECTATION_UPDATED,
        account,
        {setting: before[setting].expected for setting in changed},
        expected,
        expected,
    )


def registration_change(
    before: RegistrationStatus | None, after: RegistrationStatus | None
) -> Change | None:
    """Return whether the registration was lost or restored."""
    if before is None or after is None:
        return None
    was_registered = before is RegistrationStatus.REGISTERED
    if was_registered == (after is RegistrationStatus.REGISTERED):
        return None
    return Change(
        type=(
            ChangeType.REGISTRATION_LOST
            if was_registered
            else ChangeType.REGISTRATION_RESTORED
        ),
        account=None,
        settings=["registration"],
        old={"registration": before.value},
        new={"registration": after.value},
        expected={},
    )
