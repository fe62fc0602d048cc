"""What counts of the readings of a panel.

A difference counts only if a second reading, taken at once, agrees with the first one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..panel import Account, RegistrationStatus
from .compare import (
    NOTHING_KNOWN,
    Comparisons,
    Expectation,
    Status,
    status_of,
    transport_of,
)
from .normalise import same_value
from .settings import Setting, Values


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmedState:
    """All that readings have confirmed of a panel."""

    accounts: Mapping[Account, Comparisons] = field(default_factory=dict)
    registration: RegistrationStatus | None = None
    second_registration: RegistrationStatus | None = None
    """Of the second account, on a panel that has one for it."""

    firmware: str | None = None


def needs_second_reading(
    before: Comparisons, expectation: Expectation, reading: Values
) -> bool:
    """Return whether a reading changes a value, or begins or ends a drift."""
    transport = reading[Setting.TRANSPORT] or transport_of(before)
    for setting, value in reading.items():
        if value is None:
            continue
        known = before.get(setting, NOTHING_KNOWN)
        if known.last_known is not None and not same_value(
            setting, known.last_known, value, transport
        ):
            return True
        was_drifted = known.status is Status.DRIFTED
        is_drifted = status_of(setting, expectation, reading) is Status.DRIFTED
        if was_drifted != is_drifted:
            return True
    return False


def confirmed_values(before: Comparisons, first: Values, second: Values) -> Values:
    """Return the values that count after two readings.

    Where the readings differ, the value from before is kept. A setting that is missing
    from one of them is unknown, unless it has drifted: a drift ends only with another
    value.
    """
    transport = second[Setting.TRANSPORT] or transport_of(before)
    values: dict[Setting, str | None] = {}
    for setting, value in second.items():
        known = before.get(setting, NOTHING_KNOWN)
        other = first[setting]
        if value is None or other is None:
            keeps_drift = known.status is Status.DRIFTED
            values[setting] = known.actual if keeps_drift else None
        elif same_value(setting, value, other, transport):
            values[setting] = value
        else:
            values[setting] = known.actual
    return values
