"""Whether it is all right with a panel, and if not, why."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.bas_ip.drift.state import (
    FAILURES,
    Failure,
    PanelState,
    PanelStatus,
    drift_begin,
    panel_status,
)
from custom_components.bas_ip.panel.errors import ForbiddenError, ResponseError
from custom_components.bas_ip.panel.models import Account

from .conftest import BEGIN, DISABLED, FAILED, REGISTERED, SECOND, Panel, expect

FAILURE = Failure(key="cannot_connect", since=BEGIN - timedelta(hours=1))


def status(
    panel: Panel, *, watch_registration: bool = True
) -> tuple[Any, float | None]:
    """Return the status, and for how many seconds it has been a problem."""
    found, since = panel_status(panel.state, watch_registration=watch_registration)
    return found.value, since and (panel.now - since).total_seconds()


def test_as_expected(panel: Panel) -> None:
    assert status(panel) == ("as_expected", None)


def test_gravest_first(panel: Panel) -> None:
    """A failed poll, drift, registration, what cannot be compared."""
    panel.count(transport=None)
    assert status(panel) == ("not_comparable", None)
    panel.count(transport=None, registration=FAILED)
    assert status(panel) == ("not_registered", 0)
    panel.count(transport=None, registration=DISABLED, realm="one")
    assert status(panel) == ("drifted", 0)
    panel.count(transport=None, registration=FAILED, realm="one", user="two")
    assert status(panel) == ("drifted", 60)
    panel.read(error=ForbiddenError("No"), registration=FAILED)
    assert status(panel) == ("forbidden", 0)
    panel.read(error=ResponseError("No"), registration=FAILED)
    assert status(panel) == ("not_reachable", 60)
    panel.count(registration=FAILED)
    assert status(panel) == ("not_registered", 5 * 60)
    panel.count()
    assert status(panel) == ("as_expected", None)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("cannot_connect", PanelStatus.NOT_REACHABLE),
        ("another_device", PanelStatus.ANOTHER_DEVICE),
        ("invalid_auth", PanelStatus.LOGIN_REJECTED),
        ("permission_denied", PanelStatus.FORBIDDEN),
    ],
)
def test_failed_poll(key: str, reason: PanelStatus) -> None:
    """It says more than that an account was not given before."""
    panel = Panel()
    panel.count(realm="one", registration=FAILED)
    panel.read(error=ForbiddenError("No"))
    failure = Failure(key=key, since=BEGIN)
    panel.state = PanelState(accounts=panel.state.accounts, failure=failure)
    assert status(panel) == (reason.value, 120)
    assert reason in FAILURES


def test_registration_that_is_not_watched(panel: Panel) -> None:
    panel.count(registration=FAILED)
    assert status(panel, watch_registration=False) == ("as_expected", None)
    panel.count(registration=FAILED, realm="one")
    assert status(panel, watch_registration=False) == ("drifted", 0)


def test_registration_of_the_account() -> None:
    """Each counts, since when the first one is lost."""
    panel = Panel(holders={None, SECOND})
    panel.count(own=REGISTERED)
    panel.count(own=FAILED)
    assert status(panel) == ("not_registered", 0)
    panel.count(own=FAILED, registration=FAILED)
    assert status(panel) == ("not_registered", 60)
    assert panel.state.lost_registrations() == {
        None: panel.now,
        SECOND: panel.now - timedelta(minutes=1),
    }


def test_registration_that_is_not_given_any_more(panel: Panel) -> None:
    """The last known one counts."""
    panel.count(registration=FAILED)
    panel.read(registration=None)
    assert status(panel) == ("not_registered", 60)


def test_nothing_is_expected() -> None:
    """Of no watched account."""
    panel = Panel(expected={})
    panel.count()
    assert status(panel) == ("nothing_expected", None)
    panel.state = PanelState(
        accounts={**panel.state.accounts, Account.FIRST: Panel().account}
    )
    assert status(panel) == ("not_comparable", None)


def test_drift_of_two_accounts(panel: Panel) -> None:
    """It began with the older one."""
    panel.count(realm="one")
    first = panel.account
    panel.count()
    panel.count(user="two", proxy="one")
    panel.state = PanelState(accounts={Account.FIRST: first, SECOND: panel.account})
    assert drift_begin(panel.account) == panel.now
    assert status(panel) == ("drifted", 120)


def test_drift_of_two_settings(panel: Panel) -> None:
    panel.count(realm="one")
    panel.count(realm="one", user="two")
    assert drift_begin(panel.account) == panel.now - timedelta(minutes=1)
    panel.count()
    assert drift_begin(panel.account) is None


def test_expected_again_without_a_new_reading(panel: Panel) -> None:
    panel.count(realm="one")
    panel.expect(expect(realm="one"))
    assert status(panel) == ("as_expected", None)
    panel.state = PanelState(accounts=panel.state.accounts, failure=FAILURE)
    assert status(panel) == ("not_reachable", 3600 + 120)
