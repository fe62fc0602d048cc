"""What is known of a panel, kept over restarts so that no change is told twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from homeassistant.util import dt as dt_util

from .const import Account
from .drift import Comparison, Comparisons, Setting, Status
from .panel import RegistrationStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownState:
    """What readings have confirmed so far."""

    comparisons: Mapping[Account, Comparisons] = field(default_factory=dict)
    registration: RegistrationStatus | None = None
    firmware: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the state in the form in which it is stored."""
        return {
            "comparisons": {
                account: {
                    setting: {
                        "expected": comparison.expected,
                        "actual": comparison.actual,
                        "status": comparison.status,
                        "since": comparison.since and comparison.since.isoformat(),
                    }
                    for setting, comparison in comparisons.items()
                }
                for account, comparisons in self.comparisons.items()
            },
            "registration": self.registration,
            "firmware": self.firmware,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the state that was stored."""
        return cls(
            comparisons={
                Account(account): {
                    Setting(setting): Comparison(
                        expected=comparison["expected"],
                        actual=comparison["actual"],
                        status=Status(comparison["status"]),
                        since=(
                            dt_util.parse_datetime(comparison["since"])
                            if comparison["since"]
                            else None
                        ),
                    )
                    for setting, comparison in comparisons.items()
                }
                for account, comparisons in data["comparisons"].items()
            },
            registration=(
                RegistrationStatus(data["registration"])
                if data["registration"]
                else None
            ),
            firmware=data["firmware"],
        )
