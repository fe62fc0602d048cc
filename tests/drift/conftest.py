"""What the tests of drift/ share: times, accounts and their comparisons."""

from datetime import UTC, datetime

from custom_components.bas_ip.drift import (
    Comparisons,
    Expectation,
    Setting,
    Status,
    Values,
    compare,
)

PROXY, REALM, USER, TRANSPORT, USER_ID, INTERVAL, OUTBOUND, STUN = Setting

BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)

EXPECTED = {
    PROXY: "sip:pbx.example.net",
    REALM: "pbx.example.net",
    USER: "201",
    TRANSPORT: "udp",
    USER_ID: "digest",
    INTERVAL: "60",
}


def expect(*ignored: Setting, **settings: str | None) -> Expectation:
    """Return the usual expectation with some other settings; None takes one out."""
    expected = {**EXPECTED, **{Setting(key): value for key, value in settings.items()}}
    return Expectation(
        values={
            setting: value for setting, value in expected.items() if value is not None
        },
        ignored=ignored,
    )


def read(**settings: str | None) -> Values:
    """Return the usual settings of a panel with some other ones; None is unknown."""
    return {
        **EXPECTED,
        OUTBOUND: "",
        **{Setting(key): value for key, value in settings.items()},
    }


def compared(
    *ignored: Setting, expected: Expectation | None = None, **settings: str | None
) -> Comparisons:
    """Return how the usual settings with some other ones compare since before."""
    return compare(expected or expect(*ignored), read(**settings), {}, BEFORE)


def statuses(comparisons: Comparisons) -> dict[Setting, Status]:
    """Return the settings that are neither in sync nor left out, with their status."""
    return {
        setting: comparison.status
        for setting, comparison in comparisons.items()
        if comparison.status not in (Status.IN_SYNC, Status.NOT_COMPARED)
    }
