"""Comparison of expected and actual settings of a SIP account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ..panel.models import Setting
from .normalise import same_value


class Status(StrEnum):
    """How a setting, or a whole account, compares with what is expected.

    The gravest comes first: a drift outweighs what is unknown.
    """

    DRIFTED = "drifted"
    UNKNOWN = "unknown"
    IN_SYNC = "in_sync"
    NOT_COMPARED = "not_compared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One setting: what is expected and what the panel has."""

    expected: str | None = None
    last_known: str | None = None
    """The last value that counts."""

    is_given: bool = False
    """Whether the panel has sent the setting in the last poll."""

    since: datetime | None = None
    """When the value that has drifted was confirmed."""

    status: Status

    @property
    def actual(self) -> str | None:
        """Return what the panel has, None while it does not send it."""
        return self.last_known if self.is_given else None


type Comparisons = Mapping[Setting, Comparison]
type Expected = Mapping[Setting, str]
"""What is expected of an account; the settings that are not in it are not compared."""

NOTHING_KNOWN = Comparison(status=Status.UNKNOWN)


def compare(expected: Expected, known: Comparisons, now: datetime) -> Comparisons:
    """Compare what is known of an account with what is expected.

    What is known comes with how it compared before. A setting that is not given is
    unknown, which is neither a drift nor the end of one.
    """
    transport = known[Setting.TRANSPORT].last_known
    if transport is None:
        transport = expected.get(Setting.TRANSPORT)
    comparisons: dict[Setting, Comparison] = {}
    for setting, before in known.items():
        status = _status(setting, before, expected.get(setting), transport)
        comparisons[setting] = replace(
            before,
            expected=expected.get(setting),
            status=status,
            since=(before.since or now) if status is Status.DRIFTED else None,
        )
    return comparisons


def _status(
    setting: Setting,
    before: Comparison,
    expected: str | None,
    transport: str | None,
) -> Status:
    """Return how a setting compares with what is expected now."""
    if expected is None:
        return Status.NOT_COMPARED
    status = _value_status(setting, before.last_known, expected, transport)
    # Of a setting that is not given, only a drift that goes on is known.
    is_known = before.is_given or before.status is status is Status.DRIFTED
    return status if is_known else Status.UNKNOWN


def _value_status(
    setting: Setting, value: str | None, expected: str, transport: str | None
) -> Status:
    """Return how a value compares; the default port depends on the transport."""
    is_same = same_value(setting, expected, value, transport)
    if transport is None and is_same != same_value(setting, expected, value, "tls"):
        return Status.UNKNOWN
    return Status.IN_SYNC if is_same else Status.DRIFTED


def gravest(statuses: Iterable[Status]) -> Status:
    """Return the gravest of some statuses."""
    return min(statuses, key=list(Status).index, default=Status.NOT_COMPARED)


def transport_of(comparisons: Comparisons) -> str | None:
    """Return the transport of an account, on which the default port depends."""
    transport = comparisons[Setting.TRANSPORT]
    known, expected = transport.last_known, transport.expected
    return expected if known is None else known


def drifted(comparisons: Comparisons) -> Comparisons:
    """Return the settings that are not the expected ones."""
    return _with_status(comparisons, Status.DRIFTED)


def unknown(comparisons: Comparisons) -> Comparisons:
    """Return the settings that have an expected value but cannot be compared."""
    return _with_status(comparisons, Status.UNKNOWN)


def given(comparisons: Comparisons) -> Comparisons:
    """Return the settings that the panel has sent in the last poll."""
    return {
        setting: comparison
        for setting, comparison in comparisons.items()
        if comparison.is_given
    }


def _with_status(comparisons: Comparisons, status: Status) -> Comparisons:
    return {
        setting: comparison
        for setting, comparison in comparisons.items()
        if comparison.status is status
    }
