"""The numbered record of changes."""

from typing import Any

import pytest

from custom_components.bas_ip.drift.changes import (
    DRIFT_CHANGES,
    SETTINGS_CHANGES,
    Cause,
    Change,
    ChangeType,
)
from custom_components.bas_ip.drift.history import KEPT_CHANGES, History
from custom_components.bas_ip.panel.models import Account

from .conftest import BEGIN, REALM, SECOND

LOST, DETECTED = ChangeType.REGISTRATION_LOST, ChangeType.DRIFT_DETECTED


def change(change_type: ChangeType = DETECTED, **values: Any) -> Change:
    """Return a change of a setting if it is one of settings."""
    settings = (REALM,) if change_type in SETTINGS_CHANGES else ()
    return Change(
        **{"type": change_type, "time": BEGIN, "account": SECOND, "settings": settings}
        | values
    )


def numbers(changes: tuple[Change, ...]) -> list[int]:
    """Return the numbers of changes."""
    return [change.number for change in changes]


def test_empty() -> None:
    history = History(reported=1_700_000_000)
    assert history.last_number == 1_700_000_000
    assert history.unreported == ()
    assert history.last_settings_change is None
    assert history.drift_number(SECOND) is None
    assert history.as_reported() == history.with_changes([]) == history


def test_changes_are_numbered() -> None:
    """The numbers begin behind what was reported, and go on, reported or not."""
    history = History(reported=1_700_000_000).with_changes([change(), change(LOST)])
    assert history == History(
        changes=(change(number=1_700_000_001), change(LOST, number=1_700_000_002)),
        reported=1_700_000_000,
    )
    assert history.unreported == history.changes
    history = history.as_reported()
    assert history.reported == history.last_number == 1_700_000_002
    assert history.unreported == ()
    history = history.with_changes([change()])
    assert numbers(history.unreported) == [1_700_000_003]
    assert numbers(history.with_changes([change()]).unreported) == [
        1_700_000_003,
        1_700_000_004,
    ]


def test_numbers_go_on_after_the_last_reported_one() -> None:
    """Also when that change itself is not there any more."""
    history = History(changes=(change(number=4),), reported=7).with_changes([change()])
    assert numbers(history.changes) == [4, 8]
    assert numbers(history.unreported) == [8]


@pytest.mark.parametrize("change_type", ChangeType)
def test_what_is_kept(change_type: ChangeType) -> None:
    """Many changes of a type make room among themselves, and push out no others."""
    others = [change(each) for each in ChangeType if each is not change_type]
    if change_type is not ChangeType.EXPECTATION_UPDATED:
        others.append(change(change_type, account=Account.FIRST))
    history = History().with_changes(others)
    for _ in range(80):
        history = history.with_changes([change(change_type)])
    last = len(others) + 80
    assert numbers(history.changes) == [
        *range(1, len(others) + 1),
        *range(last - KEPT_CHANGES + 1, last + 1),
    ]
    assert history.last_number == last


def test_many_changes_at_once() -> None:
    """Oldest first, whatever they are about."""
    history = History().with_changes([change(), change(LOST)] * 60)
    assert numbers(history.changes) == [*range(81, 121)]
    assert history.unreported == history.changes


@pytest.mark.parametrize("change_type", ChangeType)
@pytest.mark.parametrize("cause", Cause)
def test_last_settings_change(change_type: ChangeType, cause: Cause) -> None:
    """It is the last one that somebody has made on the panel."""
    history = History().with_changes([change(), change(change_type, cause=cause)])
    counts = change_type in SETTINGS_CHANGES and cause is Cause.PANEL
    assert history.last_settings_change == change(
        change_type if counts else DETECTED, number=2 if counts else 1
    )


@pytest.mark.parametrize("change_type", ChangeType)
def test_number_of_a_drift(change_type: ChangeType) -> None:
    """It is that of the last change of the account's own drift."""
    history = History().with_changes(
        [change(), change(change_type), change(account=Account.FIRST), change(LOST)]
    )
    assert history.drift_number(Account.FIRST) == 3
    assert history.drift_number(SECOND) == (2 if change_type in DRIFT_CHANGES else 1)


def test_expected_settings_are_kept_together() -> None:
    """Else a step back over both accounts would leave some out."""
    updated = ChangeType.EXPECTATION_UPDATED
    history = History().with_changes([change(updated, account=Account.FIRST)])
    history = history.with_changes([change(updated)] * KEPT_CHANGES)
    assert numbers(history.changes) == [*range(2, KEPT_CHANGES + 2)]
