"""What counts of the readings of a panel."""

from itertools import product

import pytest

from custom_components.bas_ip.drift import (
    Expectation,
    Status,
    compare,
    confirmed_values,
    needs_second_reading,
)

from .conftest import (
    NOW,
    OUTBOUND,
    PROXY,
    REALM,
    TRANSPORT,
    compared,
    expect,
    read,
)

# Of the realm, s: as expected, d and e: two other values, u: unknown
REALMS = {"s": "pbx.example.net", "d": "one", "e": "two", "u": None}


@pytest.mark.parametrize(
    ("before", "needed_for"), [("s", "de"), ("d", "se"), ("e", "sd"), ("u", "de")]
)
def test_needs_second_reading(before: str, needed_for: str) -> None:
    """What is confirmed needs no second reading, nor does what is missing."""
    for reading, realm in REALMS.items():
        assert needs_second_reading(
            compared(realm=REALMS[before]), expect(), read(realm=realm)
        ) is (reading in needed_for)


def test_first_reading_of_all() -> None:
    """Only a drift needs a second one."""
    assert not needs_second_reading({}, expect(), read())
    assert not needs_second_reading({}, expect(), read(realm=None))
    assert needs_second_reading({}, expect(), read(realm="other"))
    assert not needs_second_reading({}, expect(REALM), read(realm="other"))
    assert needs_second_reading({}, expect(), read(proxy=None, realm="other"))


def test_setting_that_is_not_compared() -> None:
    """Its changes are reported, so that they have to be confirmed as well."""
    assert needs_second_reading(compared(), expect(), read(outbound="other"))
    assert needs_second_reading(compared(REALM), expect(REALM), read(realm="other"))


def test_change_after_a_missing_setting() -> None:
    """The last known value counts, not the missing one."""
    before = compare(expect(REALM), read(realm=None), compared(REALM), NOW)

    assert needs_second_reading(before, expect(REALM), read(realm="other"))
    assert not needs_second_reading(before, expect(REALM), read())


def test_another_spelling_needs_no_second_reading() -> None:
    assert not needs_second_reading(
        compared(proxy="other"), expect(), read(proxy="sip:OTHER:5060")
    )


def test_drift_by_another_transport() -> None:
    """A setting may drift without another value of its own."""
    expected = expect(TRANSPORT, proxy="pbx:5060")
    before = compared(TRANSPORT, expected=expected, proxy="pbx")
    assert before[PROXY].status is Status.IN_SYNC

    reading = dict(read(proxy="pbx", transport="tls"))
    assert needs_second_reading(before, expected, reading)


def test_drift_by_another_expectation() -> None:
    """It ends and begins with the expected values, too."""
    assert needs_second_reading(compared(), expect(realm="other"), read())
    drifted = compared(realm="other")
    assert needs_second_reading(drifted, expect(realm="other"), read(realm="other"))


# What follows from: before | the first reading | the second one: s d e u
CONFIRMED = {
    "s": {"s": "sssu", "d": "sdsu", "e": "sseu", "u": "uuuu"},
    "u": {"s": "suuu", "d": "uduu", "e": "uueu", "u": "uuuu"},
    "d": {"s": "sddd", "d": "dddd", "e": "dded", "u": "dddd"},
    "e": {"s": "seee", "d": "edee", "e": "eeee", "u": "eeee"},
}


@pytest.mark.parametrize(("before", "first"), product("sude", repeat=2))
def test_confirmed_values(before: str, first: str) -> None:
    """A drift begins, changes and ends only where two readings agree."""
    for second, result in zip("sdeu", CONFIRMED[before][first], strict=True):
        assert confirmed_values(
            compared(realm=REALMS[before]),
            read(realm=REALMS[first]),
            read(realm=REALMS[second]),
        ) == read(realm=REALMS[result]), (before, first, second)


def test_values_that_were_not_known() -> None:
    """Without anything from before, what two readings do not agree on is unknown."""
    assert confirmed_values({}, read(realm="one"), read(realm="two")) == read(
        realm=None
    )
    assert confirmed_values({}, read(realm=None), read(realm="two")) == read(realm=None)
    assert confirmed_values({}, read(realm="two"), read(realm="two")) == read(
        realm="two"
    )


def test_newest_spelling_is_kept() -> None:
    values = confirmed_values(
        compared(), read(proxy="PBX.example.net"), read(proxy="pbx.example.net.")
    )

    assert values[PROXY] == "pbx.example.net."


def test_missing_setting_that_is_not_compared() -> None:
    before = compared(expected=Expectation(values={}), outbound="other")

    values = confirmed_values(before, read(outbound=None), read(outbound=None))

    assert values[OUTBOUND] is None
