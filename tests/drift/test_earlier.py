"""The way back to earlier expected settings."""

from typing import Any

from custom_components.bas_ip.drift import (
    CHANGED,
    Cause,
    Change,
    ChangeType,
    Setting,
    earlier_expectations,
    with_earlier_expectation,
)
from custom_components.bas_ip.panel import Account

from .conftest import NOW, PROXY, REALM, USER_ID

OPTIONS: dict[str, Any] = {
    "accounts": ["first", "second"],
    "expected": {
        "first": {"realm": "c"},
        "second": {"proxy": "c", "realm": "b", "user_id": "digest"},
    },
    "ignored": {"second": ["realm", "user"]},
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
        time=NOW,
        account=account,
        settings=tuple(old),
        old={setting.value: value for setting, value in old.items()},
        cause=Cause.EXPECTATION,
    )


CHANGES = (
    updated(1, Account.SECOND, {PROXY: "a"}),
    updated(2, Account.SECOND, {PROXY: "x"}, ChangeType.DRIFT_RESOLVED),
    updated(3, Account.SECOND, {USER_ID: CHANGED}),
    updated(4, Account.FIRST, {REALM: None}),
    updated(5, Account.SECOND, {PROXY: "b", REALM: "b", USER_ID: CHANGED}),
)


def test_what_can_be_taken_back() -> None:
    """Newest first, and not what the record has no value of."""
    assert [change.number for change in earlier_expectations(CHANGES)] == [5, 4, 1]


def test_newest_change() -> None:
    """A setting that is ignored since is compared again; the user ID stays."""
    options = with_earlier_expectation(OPTIONS, earlier_expectations(CHANGES), 5)
    assert options == {
        **OPTIONS,
        "expected": {
            "first": {"realm": "c"},
            "second": {"proxy": "b", "realm": "b", "user_id": "digest"},
        },
        "ignored": {"second": ["user"]},
    }


def test_oldest_change() -> None:
    """Later changes are taken back, too, those of the other account among them."""
    options = with_earlier_expectation(OPTIONS, earlier_expectations(CHANGES), 1)
    assert options["expected"] == {
        "first": {},
        "second": {"proxy": "a", "realm": "b", "user_id": "digest"},
    }


def test_options_stay_as_they_are() -> None:
    before = {**OPTIONS, "expected": dict(OPTIONS["expected"])}
    with_earlier_expectation(OPTIONS, earlier_expectations(CHANGES), 1)
    assert before == OPTIONS
    assert with_earlier_expectation(OPTIONS, [], 1) == OPTIONS
