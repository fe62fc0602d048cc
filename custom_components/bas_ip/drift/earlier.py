"""The way back to earlier expected settings, from the record of changes."""

from collections.abc import Iterable, Mapping
from typing import Any

from .changes import Change, ChangeType
from .expected import expectation, with_expected, with_ignored
from .settings import Setting


def earlier_expectations(changes: Iterable[Change]) -> list[Change]:
    """Return the changes of expected settings that can be taken back, newest first.

    The record does not have the value of a user ID.
    """
    return [
        change
        for change in reversed(tuple(changes))
        if change.type is ChangeType.EXPECTATION_UPDATED
        and any(setting is not Setting.USER_ID for setting in change.settings)
    ]


def with_earlier_expectation(
    options: Mapping[str, Any], earlier: Iterable[Change], number: int
) -> dict[str, Any]:
    """Return options that expect what was expected before the change of this number.

    The changes have to come newest first.
    """
    result = dict(options)
    for change in earlier:
        if change.account is None or change.number < number:
            continue
        values: dict[Setting, str | None] = {
            setting: change.old.get(setting)
            for setting in change.settings
            if setting is not Setting.USER_ID
        }
        result = with_expected(result, change.account, values)
        ignored = set(expectation(result, change.account).ignored)
        compared = {setting for setting, value in values.items() if value is not None}
        if ignored & compared:
            result = with_ignored(result, change.account, ignored - compared)
    return result
