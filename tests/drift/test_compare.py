"""How settings compare with the expected ones, and since when they differ."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bas_ip.drift.compare import (
    NOTHING_KNOWN,
    Comparison,
    Expected,
    Status,
    compare,
    drifted,
    transport_of,
    unknown,
)
from custom_components.bas_ip.drift.state import AccountState
from custom_components.bas_ip.panel.models import Account, Setting, SipAccount

from .conftest import (
    BEGIN,
    INTERVAL,
    OUTBOUND,
    PROXY,
    REALM,
    TRANSPORT,
    USER,
    USER_ID,
    Panel,
    expect,
)

DRIFTED, UNKNOWN, IN_SYNC, NOT_COMPARED = Status


def test_compare(panel: Panel) -> None:
    panel.expect(expect(user=None, registration_interval=None, outbound="one.example"))
    panel.count(realm="other", proxy=None)
    assert panel.comparisons == {
        PROXY: Comparison(
            expected="sip:pbx.example.net",
            last_known="sip:pbx.example.net",
            status=UNKNOWN,
        ),
        REALM: Comparison(
            expected="pbx.example.net",
            last_known="other",
            is_given=True,
            since=panel.now,
            status=DRIFTED,
        ),
        USER: Comparison(last_known="201", is_given=True, status=NOT_COMPARED),
        TRANSPORT: Comparison(
            expected="udp", last_known="udp", is_given=True, status=IN_SYNC
        ),
        USER_ID: Comparison(
            expected="b42008d0", last_known="b42008d0", is_given=True, status=IN_SYNC
        ),
        INTERVAL: Comparison(last_known="60", is_given=True, status=NOT_COMPARED),
        OUTBOUND: Comparison(
            expected="one.example",
            last_known="",
            is_given=True,
            since=BEGIN.replace(minute=1),
            status=DRIFTED,
        ),
    }
    assert panel.comparisons[PROXY].actual is None
    assert panel.comparisons[OUTBOUND].actual == ""
    assert list(drifted(panel.comparisons)) == [REALM, OUTBOUND]
    assert list(unknown(panel.comparisons)) == [PROXY]


def test_empty_is_expected(panel: Panel) -> None:
    """A setting that is expected to be empty is compared."""
    panel.expect(expect(outbound="", realm=""))
    assert panel.comparisons[OUTBOUND].status is IN_SYNC
    assert panel.realm == ("pbx.example.net", DRIFTED)


@pytest.mark.parametrize(
    ("expected", "proxy", "transport", "status"),
    [
        # The default port is that of the transport that the panel has.
        (expect(proxy="pbx:5061"), "pbx", "tls", IN_SYNC),
        (expect(proxy="pbx:5061", transport="tls"), "pbx", "udp", DRIFTED),
        (expect(proxy="pbx:5060", transport="tls"), "pbx", "", IN_SYNC),
        # If it is not known, that of the expected one.
        (expect(proxy="pbx:5061", transport="tls"), "pbx", None, IN_SYNC),
        (expect(proxy="pbx:5061", transport="udp"), "pbx", None, DRIFTED),
        (expect(proxy="pbx:5060", transport="tls"), "pbx", None, DRIFTED),
        # If none is expected, it is unknown; other differences are not.
        (expect(proxy="pbx:5061", transport=None), "pbx", None, UNKNOWN),
        (expect(proxy="pbx:5060", transport=None), "pbx", None, UNKNOWN),
        (expect(proxy="pbx:5062", transport=None), "pbx", None, DRIFTED),
        (expect(proxy="sip:pbx", transport=None), "pbx", None, IN_SYNC),
        (expect(proxy="other", transport=None), "pbx", None, DRIFTED),
    ],
)
def test_default_port(
    expected: Expected, proxy: str, transport: str | None, status: Status
) -> None:
    panel = Panel(expected=expected)
    panel.count(proxy=proxy, transport=transport)
    assert panel.comparisons[PROXY].status is status
    wanted = expected.get(TRANSPORT)
    assert transport_of(panel.comparisons) == (
        wanted if transport is None else transport
    )


def test_beginning_of_a_drift(panel: Panel) -> None:
    """It begins with the value that has drifted, or with what is expected."""
    panel.count(realm="one")
    since = panel.now
    panel.count(realm="one")
    panel.expect(expect(realm="third"))
    assert panel.comparisons[REALM].since == since
    panel.count(realm="two")
    assert panel.comparisons[REALM].since == panel.now
    panel.count(realm="third")
    assert panel.comparisons[REALM].since is None
    panel.count(realm="third")
    panel.expect(expect())
    assert panel.comparisons[REALM].since == panel.now


def test_beginning_that_was_lost() -> None:
    """As in a stored file that somebody has edited."""
    before = Comparison(last_known="one", is_given=True, status=DRIFTED)
    known = dict.fromkeys(Setting, NOTHING_KNOWN) | {REALM: before}
    assert compare(expect(), known, BEGIN)[REALM].since == BEGIN


def test_missing_value_under_another_expectation(panel: Panel) -> None:
    """It has been accepted, or is another question: nothing is known of it."""
    panel.count(realm="one")
    panel.count(realm=None)
    assert panel.realm == (None, DRIFTED)
    panel.expect(expect(realm="one"))
    assert panel.realm == (None, UNKNOWN)
    panel.count(realm="two")
    panel.count(realm=None)
    panel.expect(expect(realm=None))
    assert panel.realm == (None, NOT_COMPARED)
    panel.expect(expect(realm="one"))
    assert panel.realm == (None, UNKNOWN)


def test_missing_transport_ends_no_drift() -> None:
    """What an address means is judged by the last known transport."""
    panel = Panel(expected=expect(proxy="pbx:5061", transport=None))
    panel.count(proxy="pbx")
    before = panel.comparisons[PROXY]
    assert before.status is DRIFTED
    assert panel.count(proxy="pbx", transport=None) == []
    assert panel.comparisons[PROXY] == before


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([], NOT_COMPARED),
        ([NOT_COMPARED], NOT_COMPARED),
        ([NOT_COMPARED, IN_SYNC], IN_SYNC),
        ([NOT_COMPARED, UNKNOWN], UNKNOWN),
        ([IN_SYNC, UNKNOWN], UNKNOWN),
        ([NOT_COMPARED, DRIFTED], DRIFTED),
        ([IN_SYNC, DRIFTED, UNKNOWN], DRIFTED),
    ],
)
def test_status_of_an_account(found: list[Status], status: Status) -> None:
    comparisons = {
        setting: Comparison(status=each)
        for setting, each in zip(Setting, found, strict=False)
    }
    assert AccountState(comparisons=comparisons).status is status


@settings(deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(Account),
    st.dictionaries(
        st.sampled_from([*Setting, "password"]).filter(lambda key: key != "stun"),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda values: st.lists(values) | st.dictionaries(st.text(), values),
            max_leaves=5,
        ),
    ),
)
def test_panel_agrees_with_itself(account: Account, answer: dict[str, object]) -> None:
    """Whatever a panel answers is no drift when it is expected."""
    read = SipAccount.from_json(account, {"user": ""} | answer, "salt").settings
    expected = {key: value for key, value in read.items() if value is not None}
    known = {
        setting: replace(NOTHING_KNOWN, last_known=value, is_given=value is not None)
        for setting, value in read.items()
    }
    statuses = {each.status for each in compare(expected, known, BEGIN).values()}
    assert statuses <= {IN_SYNC, NOT_COMPARED}
