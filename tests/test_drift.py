"""What counts as the same setting, and what readings make of a drift."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
import json

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bas_ip.const import Account
from custom_components.bas_ip.drift import (
    Comparison,
    Comparisons,
    Setting,
    Status,
    acceptable,
    actual_settings,
    compare,
    compare_anew,
    drifted,
    equal,
    needs_second_reading,
    overall,
    settle,
)
from custom_components.bas_ip.panel import SipAccount

PROXY, REALM, USER, TRANSPORT, USER_ID, INTERVAL, OUTBOUND, STUN = Setting
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)

repeatable = settings(deadline=None, derandomize=True, database=None)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=5,
)
# Texts that are addresses, and those that are nearly.
addresses = st.from_regex(
    r"\s?(sips?:)?([ab]@)?([aB]\.?|\[?::0?1\]?|192\.0\.2\.1)(:\d{1,6})?"
    r"(;transport=(tcp|TLS)|;lr|;)*",
    fullmatch=True,
)
values = json_values | addresses
transports = st.sampled_from([None, "", "udp", "tcp", "tls", " TLS ", "sctp"])


@pytest.mark.parametrize(
    ("setting", "one", "other", "transport"),
    [
        # Host names
        (PROXY, "pbx.example.net", "PBX.Example.NET", "udp"),
        (PROXY, "pbx.example.net", "pbx.example.net.", "udp"),
        (PROXY, "pbx.example.net", "  pbx.example.net\t", "udp"),
        (PROXY, "pbx", "PBX", "udp"),
        (REALM, "pbx.example.net", "Pbx.example.net.", "udp"),
        (PROXY, "sip:201@pbx.example.net", "sip:201@PBX.example.net", "udp"),
        # Schemes
        (PROXY, "sip:pbx.example.net", "pbx.example.net", "udp"),
        (PROXY, "SIP:pbx.example.net", "sip:pbx.example.net", "udp"),
        (PROXY, "SIPS:pbx.example.net", "sips:pbx.example.net", "udp"),
        (OUTBOUND, "sip:pbx.example.net", "pbx.example.net", "tls"),
        # Default ports
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "udp"),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "UDP"),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "tcp"),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", ""),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", None),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "sctp"),
        (PROXY, "pbx.example.net:5061", "pbx.example.net", "tls"),
        (PROXY, "pbx.example.net:05060", "pbx.example.net", "udp"),
        (PROXY, "sips:pbx.example.net:5061", "sips:pbx.example.net", "udp"),
        (REALM, "pbx.example.net:5060", "pbx.example.net", "udp"),
        (OUTBOUND, "sip:pbx.example.net.:5060", "PBX.example.net", "udp"),
        (STUN, "stun.example.org:3478", "stun.example.org", "udp"),
        (STUN, "stun.example.org:3478", "STUN.example.org.", "tls"),
        # The transport as a parameter
        (PROXY, "sip:pbx.example.net;transport=udp", "pbx.example.net", "udp"),
        (PROXY, "sip:pbx.example.net;Transport=UDP", "pbx.example.net", "udp"),
        (PROXY, "sip:pbx.example.net:5061;transport=tls", "pbx.example.net", "tls"),
        (PROXY, "pbx:5061;transport=tls", "pbx;transport=tls", "udp"),
        (PROXY, "pbx:5060;transport=tcp", "pbx;transport=tcp", "tls"),
        (PROXY, "pbx;LR;transport=tcp", "pbx;transport=TCP;lr", "udp"),
        (PROXY, "pbx;lr;transport=udp", "pbx;lr", "udp"),
        # IPv4 and IPv6
        (PROXY, "sip:192.0.2.1:5060", "192.0.2.1", "udp"),
        (PROXY, "[2001:DB8::1]", "[2001:db8::1]", "udp"),
        (PROXY, "[2001:db8:0:0:0:0:0:1]", "[2001:db8::1]", "udp"),
        (PROXY, "sip:[2001:db8::1]:5060", "[2001:db8::1]", "udp"),
        (PROXY, "2001:db8::1", "[2001:db8::1]", "udp"),
        (PROXY, "2001:0db8::0001", "sip:[2001:DB8::1]:5060", "udp"),
        (PROXY, "[No:Address]", "[no:address]", "udp"),
        # Other settings
        (USER, " 201 ", "201", "udp"),
        (USER, 201, "201", "udp"),
        (USER_ID, None, "", "udp"),
        (TRANSPORT, " UDP", "udp", "udp"),
        (INTERVAL, 60, "60", "udp"),
        (INTERVAL, 60.0, " 60 ", "udp"),
        (INTERVAL, "060", "60", "udp"),
        (INTERVAL, "soon", " soon ", "udp"),
        *((setting, None, "", "udp") for setting in Setting),
        *((setting, None, "  ", "udp") for setting in Setting),
    ],
)
def test_equal(
    setting: Setting, one: object, other: object, transport: str | None
) -> None:
    assert equal(setting, one, other, transport)


@pytest.mark.parametrize(
    ("setting", "one", "other", "transport"),
    [
        (PROXY, "pbx.example.net", "pbx.example.org", "udp"),
        (PROXY, "pbx.example.net", "", "udp"),
        (PROXY, "pbx", "pbx.example.net", "udp"),
        (PROXY, "pbx example", "PBX example", "udp"),
        (PROXY, "pbx..", "pbx", "udp"),
        (PROXY, "sips:pbx.example.net", "sip:pbx.example.net", "udp"),
        (PROXY, "sips:pbx.example.net", "pbx.example.net", "tls"),
        (PROXY, "sip:Alice@pbx.example.net", "sip:alice@pbx.example.net", "udp"),
        (PROXY, "sip:alice@pbx.example.net", "sip:pbx.example.net", "udp"),
        (PROXY, "pbx.example.net:5061", "pbx.example.net", "udp"),
        (PROXY, "pbx.example.net:5061", "pbx.example.net", "tcp"),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "tls"),
        (PROXY, "pbx.example.net:5061", "pbx.example.net", None),
        (PROXY, "sips:pbx.example.net:5060", "sips:pbx.example.net", "udp"),
        (PROXY, "pbx.example.net:3478", "pbx.example.net", "udp"),
        (REALM, "pbx.example.net:5080", "pbx.example.net", "udp"),
        (STUN, "stun.example.org:5060", "stun.example.org", "udp"),
        (STUN, "stun.example.org:3479", "stun.example.org:3478", "udp"),
        (PROXY, "sip:pbx.example.net;transport=tcp", "pbx.example.net", "udp"),
        (PROXY, "sip:pbx;transport=tcp", "sip:pbx;transport=tls", "udp"),
        (PROXY, "sip:pbx:5060;transport=tls", "sip:pbx;transport=tls", "udp"),
        (PROXY, "sip:pbx;lr", "sip:pbx", "udp"),
        (PROXY, "192.0.2.1", "192.0.2.2", "udp"),
        (PROXY, "192.0.2.1:5062", "192.0.2.1", "udp"),
        (PROXY, "[2001:db8::1]", "[2001:db8::2]", "udp"),
        (PROXY, "2001:db8::1", "[2001:db8::2]", "udp"),
        (PROXY, "[2001:db8::1]:5062", "[2001:db8::1]", "udp"),
        (USER, "Alice", "alice", "udp"),
        (USER, "0201", "201", "udp"),
        (USER_ID, "a", "A", "udp"),
        (TRANSPORT, "udp", "tcp", "udp"),
        (TRANSPORT, "udp", "", "udp"),
        (INTERVAL, 60, 61, "udp"),
        (INTERVAL, 60, None, "udp"),
        (INTERVAL, 60, "soon", "udp"),
        (INTERVAL, "inf", "nan", "udp"),
    ],
)
def test_different(
    setting: Setting, one: object, other: object, transport: str | None
) -> None:
    assert not equal(setting, one, other, transport)


@repeatable
@given(st.sampled_from(Setting), values, values, transports)
def test_equal_for_any_value(
    setting: Setting, one: object, other: object, transport: str | None
) -> None:
    """Comparing never fails, a value equals itself, and the order does not matter."""
    assert equal(setting, one, one, transport)
    assert equal(setting, one, other, transport) == equal(
        setting, other, one, transport
    )


@repeatable
@given(
    st.sampled_from(Account),
    st.dictionaries(st.sampled_from([*Setting, "password"]), values),
)
def test_panel_agrees_with_itself(account: Account, answer: dict[str, object]) -> None:
    """What was read and kept over a restart is no drift when it is read again."""
    actual = actual_settings(account, SipAccount.from_json(answer))
    expected = json.loads(
        json.dumps({key: value for key, value in actual.items() if value is not None})
    )

    comparisons = compare(expected, [], actual)

    assert {comparison.status for comparison in comparisons.values()} <= {
        Status.IN_SYNC,
        Status.NOT_SET,
    }


def test_actual_settings() -> None:
    reading = SipAccount.from_json(
        {
            "proxy": "sip:pbx.example.net",
            "realm": "pbx.example.net",
            "user": 201,
            "transport": None,
            "user_id": "secret",
            "registration_interval": "60",
            "stun": {"ip": "stun.example.org", "port": 3478},
        }
    )

    second = actual_settings(Account.SECOND, reading)
    digest = second.pop(USER_ID)

    assert digest
    assert "secret" not in digest
    assert second == {
        PROXY: "sip:pbx.example.net",
        REALM: "pbx.example.net",
        USER: "201",
        TRANSPORT: "",
        INTERVAL: "60",
        OUTBOUND: None,
    }
    assert actual_settings(Account.FIRST, reading) == {
        **second,
        USER_ID: digest,
        STUN: "stun.example.org:3478",
    }
    assert set(actual_settings(Account.FIRST, None).values()) == {None}


ACTUAL: dict[Setting, str | None] = {PROXY: "pbx:5061", TRANSPORT: "tls", USER: None}


@pytest.mark.parametrize(
    ("expected", "ignored", "statuses"),
    [
        ({}, [], (Status.NOT_SET, Status.NOT_SET, Status.NOT_SET)),
        (
            {"proxy": "sip:PBX", "transport": "TLS", "user": "201"},
            [],
            (Status.IN_SYNC, Status.IN_SYNC, Status.UNKNOWN),
        ),
        # The default port is the one of the transport that the panel uses.
        (
            {"proxy": "pbx:5060", "transport": "udp", "user": ""},
            [],
            (Status.DRIFTED, Status.DRIFTED, Status.UNKNOWN),
        ),
        (
            {"proxy": "other", "transport": "udp", "user": "201"},
            ["proxy", "user"],
            (Status.NOT_SET, Status.DRIFTED, Status.NOT_SET),
        ),
        (
            {"proxy": ""},
            ["transport", "realm"],
            (Status.DRIFTED, Status.NOT_SET, Status.NOT_SET),
        ),
    ],
)
def test_compare(
    expected: dict[str, str], ignored: list[str], statuses: tuple[Status, ...]
) -> None:
    comparisons = compare(expected, ignored, ACTUAL)

    assert comparisons == {
        setting: Comparison(
            expected=expected.get(setting), actual=ACTUAL[setting], status=status
        )
        for setting, status in zip(ACTUAL, statuses, strict=True)
    }
    assert drifted(comparisons) == {
        setting: comparison
        for setting, comparison in comparisons.items()
        if comparison.status is Status.DRIFTED
    }


def test_compare_anew() -> None:
    """A drift that goes on keeps its beginning, one that is new begins now."""
    actual: dict[Setting, str | None] = {
        PROXY: "pbx",
        TRANSPORT: "udp",
        REALM: "pbx",
        USER: None,
    }
    known = {
        setting: replace(comparison, since=BEFORE)
        if comparison.status is Status.DRIFTED
        else comparison
        for setting, comparison in compare(
            {"proxy": "other", "transport": "tcp", "realm": "pbx", "user": "201"},
            [],
            actual,
        ).items()
    }

    anew = compare_anew(
        known,
        {"proxy": "another", "transport": "udp", "realm": "other", "user": "202"},
        [],
        NOW,
    )

    assert {
        setting: (comparison.status, comparison.since)
        for setting, comparison in anew.items()
    } == {
        PROXY: (Status.DRIFTED, BEFORE),
        TRANSPORT: (Status.IN_SYNC, None),
        REALM: (Status.DRIFTED, NOW),
        USER: (Status.UNKNOWN, None),
    }
    assert compare_anew(known, {"proxy": "other"}, ["proxy"], NOW)[PROXY] == Comparison(
        expected="other", actual="pbx", status=Status.NOT_SET
    )


def account(**statuses: Status) -> Comparisons:
    """Return an account with settings of these statuses."""
    return {
        Setting(setting): Comparison(
            expected=None if status is Status.NOT_SET else "expected",
            actual=None if status is Status.UNKNOWN else "actual",
            status=status,
        )
        for setting, status in statuses.items()
    }


def test_acceptable() -> None:
    comparisons = account(
        proxy=Status.DRIFTED,
        realm=Status.IN_SYNC,
        user=Status.UNKNOWN,
        stun=Status.NOT_SET,
    )

    assert acceptable(comparisons) == {PROXY: "actual"}
    assert acceptable(comparisons, [REALM, USER, OUTBOUND]) == {REALM: "actual"}
    assert acceptable(comparisons, []) == {}
    assert acceptable(account(proxy=Status.IN_SYNC)) == {}


def test_acceptable_when_nothing_is_expected() -> None:
    comparisons = compare({}, [], ACTUAL)

    assert acceptable(comparisons) == {PROXY: "pbx:5061", TRANSPORT: "tls"}
    assert acceptable(comparisons, [PROXY]) == {PROXY: "pbx:5061"}


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([], Status.NOT_SET),
        ([Status.NOT_SET], Status.NOT_SET),
        ([Status.NOT_SET, Status.IN_SYNC], Status.IN_SYNC),
        ([Status.NOT_SET, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.IN_SYNC, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.IN_SYNC, Status.DRIFTED, Status.UNKNOWN], Status.DRIFTED),
    ],
)
def test_overall(statuses: list[Status], status: Status) -> None:
    comparisons = account(**dict(zip(Setting, statuses, strict=False)))

    assert overall(comparisons) is status


# s: as expected, d and e: two values that are not, u: unknown, n: nothing is expected
READINGS: dict[str, Comparisons] = {
    **{
        letter: compare({"proxy": "s"}, [], {PROXY: actual, TRANSPORT: "udp"})
        for letter, actual in {"s": "s", "d": "d", "e": "e", "u": None}.items()
    },
    "n": compare({}, [], {PROXY: "n", TRANSPORT: "udp"}),
}


@pytest.mark.parametrize(
    ("known", "unsettling"),
    [("s", "de"), ("d", "se"), ("e", "sd"), ("u", "de"), ("n", "de")],
)
def test_needs_second_reading(known: str, unsettling: str) -> None:
    for letter, reading in READINGS.items():
        assert needs_second_reading(READINGS[known], reading) is (letter in unsettling)


def test_another_spelling_needs_no_second_reading() -> None:
    again = compare({"proxy": "s"}, [], {PROXY: "sip:D:5060", TRANSPORT: "udp"})

    assert not needs_second_reading(READINGS["d"], again)


# What follows from: what is known | the first reading | the second: s d e u
SETTLED = {
    "s": {"s": "sssu", "d": "sdsu", "e": "sseu", "u": "uuuu"},
    "u": {"s": "suuu", "d": "uduu", "e": "uueu", "u": "uuuu"},
    "d": {"s": "sddd", "d": "dddd", "e": "dded", "u": "dddd"},
    "e": {"s": "seee", "d": "edee", "e": "eeee", "u": "eeee"},
}


@pytest.mark.parametrize(("known", "first"), product("sude", repeat=2))
def test_settle(known: str, first: str) -> None:
    """A drift begins, changes and ends only where two readings agree."""
    before = {
        setting: replace(comparison, since=BEFORE)
        if comparison.status is Status.DRIFTED
        else comparison
        for setting, comparison in READINGS[known].items()
    }

    for second, result in zip("sdeu", SETTLED[known][first], strict=True):
        settled = settle(before, READINGS[first], READINGS[second], NOW)
        since = BEFORE if known == result else NOW
        assert settled[PROXY] == replace(
            READINGS[result][PROXY], since=since if result in "de" else None
        ), (known, first, second)
        assert settled[TRANSPORT] == READINGS["n"][TRANSPORT]


def test_settle_keeps_the_newest_spelling() -> None:
    first = compare({"proxy": "s"}, [], {PROXY: "D", TRANSPORT: "udp"})
    second = compare({"proxy": "s"}, [], {PROXY: "sip:d", TRANSPORT: "udp"})

    assert settle(READINGS["d"], first, second, NOW)[PROXY].actual == "sip:d"
