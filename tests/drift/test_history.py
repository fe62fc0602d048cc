"""The numbered record of changes."""

from datetime import timedelta

import pytest

from custom_components.bas_ip.drift import Cause, Change, ChangeType, History

from .conftest import NOW

OF_THE_PANEL = (
    ChangeType.DRIFT_DETECTED,
    ChangeType.DRIFT_CHANGED,
    ChangeType.DRIFT_RESOLVED,
    ChangeType.SETTINGS_CHANGED,
)


def change(
    change_type: ChangeType = ChangeType.DRIFT_DETECTED,
    *,
    number: int = 0,
    cause: Cause = Cause.PANEL,
) -> Change:
    """Return a change."""
    return Change(type=change_type, time=NOW, number=number, cause=cause)


def numbers(changes: tuple[Change, ...]) -> list[int]:
    """Return the numbers of changes."""
    return [change.number for change in changes]


def test_empty() -> None:
    history = History()

    assert (history.last_number, history.unreported) == (0, ())
    assert history.last_settings_change is None
    assert history.as_reported() == history
    assert history.with_changes([]) == history


def test_changes_are_numbered() -> None:
    """The numbers go on, whatever was reported."""
    history = History().with_changes([change(), change(ChangeType.DRIFT_CHANGED)])

    assert history == History(
        changes=(
            change(number=1),
            change(ChangeType.DRIFT_CHANGED, number=2),
        )
    )
    history = history.as_reported().with_changes([change(ChangeType.DRIFT_RESOLVED)])
    assert numbers(history.changes) == [1, 2, 3]
    assert history.last_number == 3


def test_numbers_go_on_after_the_last_reported_one() -> None:
    """Also when that change itself is not there any more."""
    history = History(changes=(change(number=4),), reported=7).with_changes([change()])

    assert numbers(history.changes) == [4, 8]
    assert numbers(history.unreported) == [8]
    assert numbers(History(reported=7).with_changes([change()]).changes) == [8]


def test_unreported() -> None:
    history = History().with_changes([change(), change()])
    assert numbers(history.unreported) == [1, 2]

    history = history.as_reported()
    assert history.reported == 2
    assert history.unreported == ()

    assert numbers(history.with_changes([change()]).unreported) == [3]


@pytest.mark.parametrize("change_type", ChangeType)
def test_what_is_kept(change_type: ChangeType) -> None:
    """The last 50, and the last 10 of the registration, each for itself."""
    is_registration = change_type.value.startswith("registration_")
    other = (
        ChangeType.DRIFT_DETECTED if is_registration else ChangeType.REGISTRATION_LOST
    )
    history = History().with_changes([change(other)])

    for _ in range(60):
        history = history.with_changes([change(change_type)])

    first = 52 if is_registration else 12
    assert numbers(history.changes) == [1, *range(first, 62)]
    assert history.last_number == 61


def test_many_changes_at_once() -> None:
    """Oldest first, whatever they are about."""
    lost = ChangeType.REGISTRATION_LOST
    history = History().with_changes([change(), change(lost)] * 30)

    assert numbers(history.changes) == sorted([*range(1, 61, 2), *range(42, 61, 2)])
    assert numbers(history.unreported) == numbers(history.changes)


@pytest.mark.parametrize("change_type", ChangeType)
@pytest.mark.parametrize("cause", Cause)
def test_last_settings_change(change_type: ChangeType, cause: Cause) -> None:
    """It is one that somebody has made on the panel."""
    earlier = change(ChangeType.SETTINGS_CHANGED)
    history = History().with_changes([earlier, change(change_type, cause=cause)])
    found = history.last_settings_change

    assert found
    counts = change_type in OF_THE_PANEL and cause is Cause.PANEL
    assert found.number == (2 if counts else 1)
    assert found.time == NOW


def test_last_settings_change_is_the_newest() -> None:
    later = Change(type=ChangeType.DRIFT_RESOLVED, time=NOW + timedelta(hours=1))
    history = History().with_changes(
        [change(), later, change(ChangeType.FIRMWARE_UPDATED)]
    )

    assert history.last_settings_change == Change(
        type=ChangeType.DRIFT_RESOLVED, time=NOW + timedelta(hours=1), number=2
    )
