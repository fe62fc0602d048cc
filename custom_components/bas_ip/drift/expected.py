"""The expected settings, as a config entry's options keep them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..panel.models import Account, Setting, Settings
from .changes import Change, ChangeType
from .compare import Comparisons, Expected, drifted, given

CONF_EXPECTED: Final = "expected"

# Of one user, so that panels neither share nor compare them.
PERSONAL_SETTINGS: Final = (Setting.USER, Setting.USER_ID)


def expected_settings(options: Mapping[str, Any], account: Account) -> Expected:
    """Return what is expected of an account.

    Settings that are not known, such as those of a newer version, are left out.
    """
    values = options.get(CONF_EXPECTED, {}).get(account, {})
    return {setting: values[setting] for setting in Setting if setting in values}


def with_expected(
    options: Mapping[str, Any], account: Account, expected: Settings
) -> dict[str, Any]:
    """Return options with other expected settings; None takes a setting out."""
    accounts = options.get(CONF_EXPECTED, {})
    values = accounts.get(account, {}) | {
        setting.value: value for setting, value in expected.items()
    }
    return {
        **options,
        CONF_EXPECTED: {
            **accounts,
            account.value: {
                setting: value for setting, value in values.items() if value is not None
            },
        },
    }


def acceptable(
    comparisons: Comparisons, settings: Iterable[Setting] | None = None
) -> Settings:
    """Return the values that can be expected from now on.

    Without a choice of settings these are the drifted ones as they are shown, or all
    that the panel has if nothing has drifted. Of chosen ones, all or none are returned.
    """
    known = given(comparisons)
    accepted = drifted(comparisons) or known
    if settings is not None:
        is_known = known.keys() >= set(settings)
        accepted = {each: known[each] for each in settings} if is_known else {}
    return {setting: each.last_known for setting, each in accepted.items()}


def earlier_expectations(changes: Sequence[Change]) -> list[Change]:
    """Return the changes of expected settings that can be undone, newest first."""
    return [
        change
        for change in reversed(changes)
        if change.type is ChangeType.EXPECTATION_UPDATED
    ]


def with_earlier_expectation(
    options: Mapping[str, Any], earlier: Iterable[Change], number: int
) -> dict[str, Any]:
    """Undo the change of this number and all later ones, which come newest first."""
    result = dict(options)
    for change in earlier:
        if change.account and change.number >= number:
            values = {setting: change.old.get(setting) for setting in change.settings}
            result = with_expected(result, change.account, values)
    return result
