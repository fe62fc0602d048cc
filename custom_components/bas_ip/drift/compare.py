"""Comparison of expected and actual settings of a SIP account."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .normalise import same_value
from .settings import Setting, Values


class Status(StrEnum):
    """How a setting, or a whole account, compares with what is expected."""

    IN_SYNC = "in_sync"
    DRIFTED = "drifted"
    NOT_COMPARED = "not_compared"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What is expected of an account; a setting without a value is not compared."""

    values: Mapping[Setting, str]
    ignored: Collection[Setting] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One setting: what is expected and what the panel has."""

    expected: str | None = None
    actual: str | None = None
    """None while the panel does not send the setting."""

    last_known: str | None = None
    """The actual value, or the last one that the panel has sent."""

    since: datetime | None = None
    """When the value that has drifted was first seen."""

    status: Status


type Comparisons = Mapping[Setting, Comparison]

NOTHING_KNOWN = Comparison(status=Status.UNKNOWN)


def compare(
    expectation: Expectation, values: Values, before: Comparisons, now: datetime
) -> Comparisons:
    """Compare the settings of an account with what is expected.

    What was there before gives the last known values and the beginning of a drift.
    """
    return {
        setting: _comparison(
            setting, expectation, values, before.get(setting, NOTHING_KNOWN), now
        )
        for setting in values
    }


def _comparison(
    setting: Setting,
    expectation: Expectation,
    values: Values,
    before: Comparison,
    now: datetime,
) -> Comparison:
    """Compare one of the settings."""
    expected, actual = expectation.values.get(setting), values[setting]
    status = status_of(setting, expectation, values)
    drift_goes_on = before.status is Status.DRIFTED and same_value(
        setting, actual, before.last_known, values[Setting.TRANSPORT]
    )
    if status is Status.UNKNOWN and drift_goes_on and expected == before.expected:
        # Only the transport is missing, which does not end a drift.
        status = Status.DRIFTED
    since = None
    if status is Status.DRIFTED:
        since = before.since if drift_goes_on else now
    return Comparison(
        expected=expected,
        actual=actual,
        last_known=before.last_known if actual is None else actual,
        since=since,
        status=status,
    )


def transport_of(comparisons: Comparisons) -> str | None:
    """Return the transport of an account, on which the default port depends."""
    transport = comparisons.get(Setting.TRANSPORT, NOTHING_KNOWN)
    return transport.last_known or transport.expected


def status_of(setting: Setting, expectation: Expectation, values: Values) -> Status:
    """Return how one of the settings compares with what is expected."""
    expected = expectation.values.get(setting)
    if expected is None or setting in expectation.ignored:
        return Status.NOT_COMPARED
    actual = values[setting]
    if actual is None:
        return Status.UNKNOWN
    transport = values[Setting.TRANSPORT]
    if transport is None:
        transport = expectation.values.get(Setting.TRANSPORT)
    if transport is not None:
        is_same = same_value(setting, expected, actual, transport)
    else:
        is_same = same_value(setting, expected, actual, "udp")
        # The default port depends on the transport.
        if is_same != same_value(setting, expected, actual, "tls"):
            return Status.UNKNOWN
    return Status.IN_SYNC if is_same else Status.DRIFTED


def drifted(comparisons: Comparisons) -> Comparisons:
    """Return the settings that are not the expected ones."""
    return {
        setting: comparison
        for setting, comparison in comparisons.items()
        if comparison.status is Status.DRIFTED
    }


def unknown(comparisons: Comparisons) -> list[Setting]:
    """Return the settings that have an expected value but cannot be compared."""
    return [
        setting
        for setting, comparison in comparisons.items()
        if comparison.status is Status.UNKNOWN
    ]


def account_status(comparisons: Comparisons) -> Status:
    """Return the status of a whole account: drift outweighs what is unknown."""
    statuses = {comparison.status for comparison in comparisons.values()}
    for status in (Status.DRIFTED, Status.UNKNOWN, Status.IN_SYNC):
        if status in statuses:
            return status
    return Status.NOT_COMPARED
