"""The way back to earlier expected settings."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from custom_components.bas_ip.drift.changes import Cause, Change, ChangeType
from custom_components.bas_ip.drift.expected import (
    earlier_expectations,
    with_earlier_expectation,
)
from custom_components.bas_ip.panel.models import Account, Setting

PROXY, REALM, USER_ID = Setting.PROXY, Setting.REALM, Setting.USER_ID

OPTIONS: dict[str, Any] = {
    "accounts": ["first", "second"],
    "expected": {
        "first": {"realm": "c"},
        "second": {"proxy": "c", "user_id": "digest"},
    },
}


def updated(
    number: int,
    account: Account,
    old: dict[Setting, str | None],
    kind: ChangeType = ChangeType.EXPECTATION_UPDATED,
) -> Change:
    """Return a change of expected settings."""
    return Change(
        number=number,
        type=kind,
        time=datetime(2026, 11, 22, tzinfo=UTC),
        account=account,
        settings=tuple(old),
        old={setting.value: value for setting, value in old.items()},
        cause=Cause.EXPECTATION,
    )


CHANGES = (
    updated(1, Account.SECOND, {PROXY: "a"}),
    updated(2, Account.SECOND, {PROXY: "x"}, ChangeType.DRIFT_RESOLVED),
    updated(3, Account.SECOND, {USER_ID: "older"}),
    updated(4, Account.FIRST, {REALM: None}),
    updated(5, Account.SECOND, {PROXY: "b", REALM: "b", USER_ID: "old"}),
)


def test_what_can_be_undone() -> None:
    """Newest first, and nothing but changes of what is expected."""
    assert [change.number for change in earlier_expectations(CHANGES)] == [5, 4, 3, 1]


def test_newest_change() -> None:
    """A setting that is not compared since is compared again."""
    options = with_earlier_expectation(OPTIONS, earlier_expectations(CHANGES), 5)
    assert options == {
        **OPTIONS,
        "expected": {
            "first": {"realm": "c"},
            "second": {"proxy": "b", "realm": "b", "user_id": "old"},
        },
    }


def test_oldest_change() -> None:
    """Later changes are undone, too, those of the other account among them."""
    options = with_earlier_expectation(OPTIONS, earlier_expectations(CHANGES), 1)
    assert options["expected"] == {
        "first": {},
        "second": {"proxy": "a", "realm": "b", "user_id": "older"},
    }


def test_options_stay_as_they_are() -> None:
    before = deepcopy(OPTIONS)
    with_earlier_expectation(OPTIONS, earlier_expectations(CHANGES), 1)
    assert before == OPTIONS
    assert with_earlier_expectation(OPTIONS, [], 1) == OPTIONS
