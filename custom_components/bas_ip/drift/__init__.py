"""Comparison of expected and actual SIP settings, without I/O or Home Assistant."""

from .changes import CHANGED, Cause, Change, ChangeType, changes_between
from .compare import (
    Comparison,
    Comparisons,
    Expectation,
    Status,
    account_status,
    compare,
    drifted,
    transport_of,
    unknown,
)
from .confirm import ConfirmedState, confirmed_values, needs_second_reading
from .earlier import earlier_expectations, with_earlier_expectation
from .expected import (
    CONF_EXPECTED,
    CONF_IGNORED,
    acceptable,
    expectation,
    with_expected,
    with_ignored,
)
from .history import History
from .normalise import normalise, same_value
from .settings import (
    PERSONAL_SETTINGS,
    Setting,
    Values,
    account_settings,
    account_values,
)

__all__ = [
    "CHANGED",
    "CONF_EXPECTED",
    "CONF_IGNORED",
    "PERSONAL_SETTINGS",
    "Cause",
    "Change",
    "ChangeType",
    "Comparison",
    "Comparisons",
    "ConfirmedState",
    "Expectation",
    "History",
    "Setting",
    "Status",
    "Values",
    "acceptable",
    "account_settings",
    "account_status",
    "account_values",
    "changes_between",
    "compare",
    "confirmed_values",
    "drifted",
    "earlier_expectations",
    "expectation",
    "needs_second_reading",
    "normalise",
    "same_value",
    "transport_of",
    "unknown",
    "with_earlier_expectation",
    "with_expected",
    "with_ignored",
]
