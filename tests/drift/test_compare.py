"""How settings compare with the expected ones, and since when they differ."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bas_ip.drift import (
    Comparison,
    Expectation,
    Setting,
    Status,
    account_settings,
    account_status,
    account_values,
    compare,
    drifted,
    unknown,
)
from custom_components.bas_ip.panel import Account, SipAccount

from .conftest import (
    BEFORE,
    INTERVAL,
    NOW,
    OUTBOUND,
    PROXY,
    REALM,
    STUN,
    TRANSPORT,
    USER,
    USER_ID,
    compared,
    expect,
    read,
    statuses,
)

ANSWER = {
    "proxy": "sip:pbx.example.net",
    "realm": "pbx.example.net",
    "user": 201,
    "transport": None,
    "user_id": "secret",
    "registration_interval": "60",
    "stun": {"ip": "stun.example.org", "port": 3478},
}
SECRET_DIGEST = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"


def test_settings_of_an_account() -> None:
    """Only the first account has STUN."""
    assert account_settings(Account.FIRST) == (
        PROXY,
        REALM,
        USER,
        TRANSPORT,
        USER_ID,
        INTERVAL,
        OUTBOUND,
        STUN,
    )
    assert account_settings(Account.SECOND) == (
        PROXY,
        REALM,
        USER,
        TRANSPORT,
        USER_ID,
        INTERVAL,
        OUTBOUND,
    )


def test_values_of_an_account() -> None:
    """An empty setting is an empty text, a missing one is unknown."""
    reading = SipAccount.from_json(ANSWER)
    second = {
        PROXY: "sip:pbx.example.net",
        REALM: "pbx.example.net",
        USER: "201",
        TRANSPORT: "",
        USER_ID: SECRET_DIGEST,
        INTERVAL: "60",
        OUTBOUND: None,
    }

    assert account_values(Account.SECOND, reading) == second
    assert account_values(Account.FIRST, reading) == {
        **second,
        STUN: "stun.example.org:3478",
    }


def test_values_of_an_empty_answer() -> None:
    values = account_values(Account.FIRST, SipAccount.from_json({}))

    assert values == dict.fromkeys(Setting)
    assert account_values(Account.FIRST, None) == dict.fromkeys(Setting)
    assert STUN not in account_values(Account.SECOND, None)


def test_compare() -> None:
    assert compare(
        expect(USER, outbound="outbound.example.net", registration_interval=None),
        read(realm="other", proxy=None),
        {},
        NOW,
    ) == {
        PROXY: Comparison(
            expected="sip:pbx.example.net", actual=None, status=Status.UNKNOWN
        ),
        REALM: Comparison(
            expected="pbx.example.net",
            actual="other",
            last_known="other",
            since=NOW,
            status=Status.DRIFTED,
        ),
        USER: Comparison(
            expected="201", actual="201", last_known="201", status=Status.NOT_COMPARED
        ),
        TRANSPORT: Comparison(
            expected="udp", actual="udp", last_known="udp", status=Status.IN_SYNC
        ),
        USER_ID: Comparison(
            expected="digest",
            actual="digest",
            last_known="digest",
            status=Status.IN_SYNC,
        ),
        INTERVAL: Comparison(
            expected=None, actual="60", last_known="60", status=Status.NOT_COMPARED
        ),
        OUTBOUND: Comparison(
            expected="outbound.example.net",
            actual="",
            last_known="",
            since=NOW,
            status=Status.DRIFTED,
        ),
    }


def test_empty_is_expected() -> None:
    """A setting that is expected to be empty is compared."""
    comparisons = compared(expected=expect(outbound="", realm=""))

    assert comparisons[OUTBOUND].status is Status.IN_SYNC
    assert statuses(comparisons) == {REALM: Status.DRIFTED}


@pytest.mark.parametrize(
    ("expected", "proxy", "transport", "status"),
    [
        # The default port is that of the transport that the panel has.
        (expect(proxy="pbx:5061"), "pbx", "tls", Status.IN_SYNC),
        (expect(proxy="pbx:5061", transport="tls"), "pbx", "udp", Status.DRIFTED),
        (expect(proxy="pbx:5060", transport="tls"), "pbx", "", Status.IN_SYNC),
        # If the panel does not send it, that of the expected one.
        (expect(proxy="pbx:5061", transport="tls"), "pbx", None, Status.IN_SYNC),
        (expect(proxy="pbx:5061", transport="udp"), "pbx", None, Status.DRIFTED),
        (expect(proxy="pbx:5060", transport="tls"), "pbx", None, Status.DRIFTED),
        (
            expect(TRANSPORT, proxy="pbx:5061", transport="tls"),
            "pbx",
            None,
            Status.IN_SYNC,
        ),
        # If none is expected, it is unknown; other differences are not.
        (expect(proxy="pbx:5061", transport=None), "pbx", None, Status.UNKNOWN),
        (expect(proxy="pbx:5060", transport=None), "pbx", None, Status.UNKNOWN),
        (expect(proxy="pbx:5062", transport=None), "pbx", None, Status.DRIFTED),
        (expect(proxy="sip:pbx", transport=None), "pbx", None, Status.IN_SYNC),
        (expect(proxy="other", transport=None), "pbx", None, Status.DRIFTED),
    ],
)
def test_default_port(
    expected: Expectation, proxy: str, transport: str | None, status: Status
) -> None:
    comparisons = compared(expected=expected, proxy=proxy, transport=transport)

    assert comparisons[PROXY].status is status


def test_last_known_value() -> None:
    """It outlasts a reading without the setting."""
    before = compared(realm="other")
    missing = compare(expect(), read(realm=None), before, NOW)[REALM]

    assert missing == Comparison(
        expected="pbx.example.net",
        actual=None,
        last_known="other",
        status=Status.UNKNOWN,
    )
    empty = compare(expect(), read(realm=""), before, NOW)[REALM]
    assert empty.last_known == ""


@pytest.mark.parametrize(
    ("before", "since"),
    [
        ({}, NOW),
        (compared(), NOW),
        (compared(realm=None), NOW),
        (compared(realm="another"), NOW),
        (compared(REALM, realm="other"), NOW),
        (compared(realm="other"), BEFORE),
        (compared(realm="OTHER."), BEFORE),
    ],
)
def test_beginning_of_a_drift(before: dict[Setting, Comparison], since: object) -> None:
    """A drift begins with the value that has drifted."""
    comparisons = compare(expect(), read(realm="other"), before, NOW)

    assert comparisons[REALM].since == since


def test_beginning_of_a_drift_under_another_expectation() -> None:
    """Another expected value that the panel does not have either is the same drift."""
    before = compared(realm="other")

    comparison = compare(expect(realm="third"), read(realm="other"), before, NOW)[REALM]

    assert comparison.status is Status.DRIFTED
    assert comparison.since == BEFORE


def test_missing_transport_ends_no_drift() -> None:
    """Whether the port has drifted cannot be said any more, so that it still has."""
    expected = expect(proxy="pbx:5061", transport=None)
    before = compared(expected=expected, proxy="pbx", transport="udp")
    assert before[PROXY].status is Status.DRIFTED

    values = read(proxy="pbx", transport=None)
    port = 5061
    again = expect(proxy=f"pbx:{port}", transport=None)
    assert compare(again, values, before, NOW)[PROXY] == before[PROXY]

    # With another value, or another expectation, it is another question.
    moved = compare(expected, read(proxy="pbx:5060", transport=None), before, NOW)
    assert moved[PROXY].status is Status.DRIFTED
    in_sync = compare(expected, values, compared(expected=expected), NOW)
    assert in_sync[PROXY].status is Status.UNKNOWN
    other = compare(
        expect(proxy="pbx:5060", transport=None),
        values,
        before,
        NOW,
    )
    assert other[PROXY].status is Status.UNKNOWN
    expected = expect(proxy="pbx:5060", transport=None)
    before = compared(expected=expected, proxy="pbx", transport="tls")
    assert before[PROXY].status is Status.DRIFTED
    other = compare(
        expect(proxy="pbx:5061", transport=None),
        values,
        before,
        NOW,
    )
    assert other[PROXY].status is Status.UNKNOWN


def test_drifted_and_unknown() -> None:
    comparisons = compared(USER, realm="other", proxy=None, user="202", outbound=None)

    assert drifted(comparisons) == {REALM: comparisons[REALM]}
    assert unknown(comparisons) == [PROXY]


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([], Status.NOT_COMPARED),
        ([Status.NOT_COMPARED], Status.NOT_COMPARED),
        ([Status.NOT_COMPARED, Status.IN_SYNC], Status.IN_SYNC),
        ([Status.NOT_COMPARED, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.IN_SYNC, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.NOT_COMPARED, Status.DRIFTED], Status.DRIFTED),
        ([Status.IN_SYNC, Status.DRIFTED, Status.UNKNOWN], Status.DRIFTED),
    ],
)
def test_account_status(found: list[Status], status: Status) -> None:
    comparisons = {
        setting: Comparison(status=one)
        for setting, one in zip(Setting, found, strict=False)
    }

    assert account_status(comparisons) is status


@settings(deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(Account),
    st.dictionaries(
        st.sampled_from([*Setting, "password"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda values: st.lists(values) | st.dictionaries(st.text(), values),
            max_leaves=5,
        ),
    ),
)
def test_panel_agrees_with_itself(account: Account, answer: dict[str, object]) -> None:
    """Whatever a panel answers is no drift when it is expected."""
    values = account_values(account, SipAccount.from_json(answer))
    expectation = Expectation(
        values={key: value for key, value in values.items() if value is not None}
    )

    comparisons = compare(expectation, values, {}, NOW)

    assert {comparison.status for comparison in comparisons.values()} <= {
        Status.IN_SYNC,
        Status.NOT_COMPARED,
    }


def test_comparisons_are_values() -> None:
    """Equal ones are equal, so that an unchanged poll writes nothing."""
    assert compared(realm="other") == compared(realm="other")
    assert compared()[REALM] != replace(compared()[REALM], since=NOW)
