"""A value counts when two readings in a row agree on it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.bas_ip.drift.compare import Comparison, Status
from custom_components.bas_ip.drift.readings import (
    Candidate,
    with_expectations,
)
from custom_components.bas_ip.drift.state import (
    Failure,
    PanelState,
    PanelStatus,
    next_failure,
)
from custom_components.bas_ip.panel.errors import (
    AnotherDeviceError,
    BlockedError,
    CertificateError,
    ConnectionFailedError,
    ForbiddenError,
    LoginRejectedError,
    NotAPanelError,
    PanelError,
    ResponseError,
    UnsupportedFirmwareError,
)
from custom_components.bas_ip.panel.models import Account

from .conftest import (
    BEGIN,
    DISABLED,
    FAILED,
    INTERVAL,
    OUTBOUND,
    PROXY,
    REALM,
    REGISTERED,
    SECOND,
    TRANSPORT,
    Panel,
    expect,
)

DRIFTED, UNKNOWN, IN_SYNC, NOT_COMPARED = Status
KNOWN = "pbx.example.net"
# Of each kind of value: how it is read, three values, and where it is.
KINDS: dict[str, tuple[str, tuple[Any, Any, Any], Any]] = {
    "setting": ("realm", (KNOWN, "b", "c"), lambda p: p.comparisons[REALM].last_known),
    "not compared": (
        "outbound",
        ("", "b", "c"),
        lambda p: p.comparisons[OUTBOUND].last_known,
    ),
    "registration": (
        "registration",
        (REGISTERED, FAILED, DISABLED),
        lambda p: p.state.registration.last_known,
    ),
    "own registration": (
        "own",
        (REGISTERED, FAILED, DISABLED),
        lambda p: p.account.registration.last_known,
    ),
    "firmware": (
        "firmware",
        ("3.20.0", "3.21.0", "3.22.0"),
        lambda p: p.state.firmware,
    ),
}
# What is known after each of these readings: a is what is known at first, - is missing.
SEQUENCES = [
    ("a", "a"),
    ("b", "a"),
    ("bb", "ab"),
    ("bbb", "abb"),
    # A blip, which leaves nothing behind
    ("ba", "aa"),
    ("babb", "aaab"),
    # Flapping
    ("bcbcbc", "aaaaaa"),
    ("bcc", "aac"),
    ("bcbb", "aaab"),
    ("babcac", "aaaaaa"),
    # Missing in between
    ("-", "a"),
    ("b-b", "aab"),
    ("b--c-c", "aaaaac"),
    ("-b-a", "aaaa"),
    # And back again
    ("bba", "abb"),
    ("bbaa", "abba"),
    ("bbcaca", "abbbbb"),
]


@pytest.mark.parametrize(("readings", "known"), SEQUENCES)
@pytest.mark.parametrize("kind", KINDS)
def test_two_readings_in_a_row(kind: str, readings: str, known: str) -> None:
    """What was read once only is shown nowhere."""
    name, values, find = KINDS[kind]
    value = dict(zip("abc", values, strict=True)) | {"-": None}
    panel = Panel(holders={None, SECOND})
    panel.count(own=REGISTERED)
    for read, expected in zip(readings, known, strict=True):
        panel.read(**{"own": REGISTERED} | {name: value[read]})
        assert find(panel) == value[expected]


@pytest.mark.parametrize(
    ("readings", "known"), [(r, k) for r, k in SEQUENCES if "c" not in r]
)
def test_exposed_password(readings: str, known: str, panel: Panel) -> None:
    value = {"a": False, "b": True, "-": None}
    for read, expected in zip(readings, known, strict=True):
        panel.read(exposed=value[read])
        assert panel.account.password_exposed is value[expected]


def test_first_reading_of_a_new_panel() -> None:
    """It counts at once, and begins a drift."""
    panel = Panel()
    assert panel.realm == (None, UNKNOWN)
    assert panel.count(realm="one", registration=FAILED, exposed=True) != []
    assert panel.realm == ("one", DRIFTED)
    assert panel.comparisons[REALM].since == panel.now
    assert panel.state.registration.status is FAILED
    assert panel.state.firmware == "3.20.0"
    assert panel.account.password_exposed is True
    assert panel.candidates == {}
    assert not panel.has_news


def test_first_reading_of_a_panel_that_is_not_new() -> None:
    """Nothing is known until two readings agree, and a drift found then is reported."""
    panel = Panel()
    assert panel.read(realm="one") == []
    assert panel.state == Panel().state
    (change,) = panel.read(realm="one")
    assert change.old == {"realm": None}
    assert panel.realm == ("one", DRIFTED)
    assert panel.has_news


def test_distance() -> None:
    """A reading that agrees too soon leaves the earlier one in place."""
    panel = Panel()
    panel.count()
    for after, known in ((60, KNOWN), (4, KNOWN), (4, KNOWN), (2, "one")):
        panel.read(after=after, realm="one")
        assert panel.comparisons[REALM].last_known == known
        assert panel.has_news is (after != 4)


def test_distance_begins_with_the_reading_that_agrees(panel: Panel) -> None:
    for after, realm in ((60, "one"), (4, "two"), (6, "two"), (2, "two")):
        panel.read(after=after, realm=realm)
        assert panel.realm == (KNOWN, IN_SYNC)
    panel.read(after=1, realm="two")
    assert panel.realm == ("two", DRIFTED)


def test_distance_of_the_first_minute(panel: Panel) -> None:
    """It is that of the first of the two readings that counts."""
    panel.read(realm="factory", distance=59)
    for after in (15, 15, 15):
        panel.read(after=after, realm="factory")
        assert panel.realm == (KNOWN, IN_SYNC)
    panel.read(after=15, realm="factory")
    assert panel.realm == ("factory", DRIFTED)


def test_values_count_each_by_itself(panel: Panel) -> None:
    """One that is another one in every poll does not keep the others from counting."""
    types: list[str] = []
    for number in range(6):
        changes = panel.read(outbound=str(number), realm="one" if number > 2 else KNOWN)
        types += [change.type.value for change in changes]
    assert types == ["drift_detected"]
    assert panel.comparisons[OUTBOUND].last_known == ""
    assert panel.candidates.keys() == {(SECOND, OUTBOUND)}


def test_candidates_of_different_holders(panel: Panel) -> None:
    """The panel's registration is not that of the account."""
    panel.holders = {None, SECOND}
    panel.expect(panel.expected)
    panel.count(own=REGISTERED)
    panel.read(registration=FAILED, own=REGISTERED)
    panel.read(registration=REGISTERED, own=FAILED)
    panel.read(registration=FAILED, own=REGISTERED)
    assert {
        holder: each.status for holder, each in panel.state.registrations.items()
    } == {None: REGISTERED, SECOND: REGISTERED}


def test_missing_setting(panel: Panel) -> None:
    """It is unknown at once, and back with the first reading that is as before."""
    assert panel.read(realm=None) == []
    assert panel.realm == (None, UNKNOWN)
    assert panel.comparisons[REALM].last_known == KNOWN
    assert panel.read() == []
    assert panel.realm == (KNOWN, IN_SYNC)
    # With another value only once that counts.
    panel.read(realm=None)
    panel.read(realm="one")
    assert panel.realm == (None, UNKNOWN)
    panel.read(realm="one")
    assert panel.realm == ("one", DRIFTED)


def test_missing_setting_that_has_drifted(panel: Panel) -> None:
    """Unknown is not the end of a drift, which ends as any other."""
    panel.count(realm="one")
    since = panel.now
    for realm in (None, None, "one", None, KNOWN):
        assert panel.read(realm=realm) == []
        assert panel.comparisons[REALM].status is DRIFTED
        assert panel.comparisons[REALM].since == since
    assert panel.comparisons[REALM].actual is None
    (change,) = panel.read()
    assert change.since == since
    assert panel.realm == (KNOWN, IN_SYNC)


def test_missing_setting_that_is_not_compared(panel: Panel) -> None:
    assert panel.read(outbound=None) == []
    assert panel.comparisons[OUTBOUND] == Comparison(last_known="", status=NOT_COMPARED)


def test_missing_registration(panel: Panel) -> None:
    """It is unknown at once; what follows is compared with the last known one."""
    assert panel.read(registration=None) == []
    assert panel.state.registration.status is None
    assert panel.read() == []
    assert panel.state.registration.status is REGISTERED
    assert panel.read(registration=None) == []
    assert panel.read(registration=FAILED) == []
    assert panel.state.registration.status is None
    (change,) = panel.read(registration=FAILED)
    assert change.type == "registration_lost"
    assert panel.state.registration.lost_since == panel.now


def test_lost_registration(panel: Panel) -> None:
    """It counts from when it is lost until it is restored, whatever lies between."""
    assert panel.state.registration.lost_since is None
    panel.count(registration=FAILED)
    since = panel.now
    for registration in (DISABLED, None, FAILED):
        panel.count(registration=registration)
        assert panel.state.registration.lost_since == since
    panel.count()
    assert panel.state.registration.lost_since is None


@pytest.mark.parametrize("registration", [FAILED, DISABLED, None])
def test_registration_that_never_was(registration: Any) -> None:
    panel = Panel()
    panel.count(registration=registration)
    panel.count(registration=FAILED)
    assert panel.state.registration.lost_since is None
    assert panel.state.lost_registrations() == {}


@pytest.mark.parametrize(
    ("settings", "other"),
    [
        ({"proxy": "PBX.example.net:5060"}, {}),
        ({"transport": "UDP"}, {}),
        ({"registration_interval": "060"}, {}),
        (
            {"proxy": "pbx.example.net:5061", "transport": "tls"},
            {"proxy": "sip:pbx.example.net", "transport": "TLS"},
        ),
    ],
)
def test_spellings_that_alternate(
    panel: Panel, settings: dict[str, str], other: dict[str, str]
) -> None:
    """They change nothing: the one that counted first is kept."""
    panel.count(**settings)
    before = panel.state
    for answers in (settings, other, settings, other):
        assert panel.read(**answers) == []
        assert panel.state == before
        assert panel.candidates == {}


def test_spellings_that_agree(panel: Panel) -> None:
    """Two readings may agree in different spellings."""
    panel.read(proxy="other.example.net:5060")
    (change,) = panel.read(proxy="sip:Other.example.net")
    assert change.new == {"proxy": "sip:Other.example.net"}


@pytest.mark.parametrize("transport", [None, ""])
def test_default_port_of_another_transport(panel: Panel, transport: str | None) -> None:
    """What an address means depends on the transport that is read with it."""
    panel.expect(expect(proxy="pbx.example.net:5061", transport="tls"))
    panel.count(proxy="pbx.example.net:5061", transport="tls")
    panel.read(proxy="pbx.example.net", transport=transport)
    panel.read(proxy="pbx.example.net", transport=transport)
    status = DRIFTED if transport == "" else IN_SYNC
    assert panel.comparisons[PROXY].status is status
    assert panel.comparisons[TRANSPORT].actual == transport


@pytest.mark.parametrize("transport", [None, ""])
def test_transport_that_is_missing(panel: Panel, transport: str | None) -> None:
    """Until it is read again, an address means what it meant before."""
    panel.count(proxy="pbx.example.net", transport="tls")
    before = panel.comparisons[PROXY].last_known
    for _ in range(2):
        panel.read(proxy="pbx.example.net:5061", transport=transport)
    is_same = panel.comparisons[PROXY].last_known == before
    assert is_same is (transport is None)


def test_account_that_is_not_given(panel: Panel) -> None:
    """It stays as it was, with the reason; its registration is followed."""
    panel.holders = {None, SECOND}
    panel.expect(panel.expected)
    panel.count(realm="one", own=REGISTERED)
    before = panel.account
    panel.read(error=ForbiddenError("No"), own=REGISTERED)
    since = panel.now
    assert panel.account == replace(
        before,
        failure=Failure(key="permission_denied", since=since),
    )
    panel.read(error=ResponseError("What?"), own=FAILED)
    assert panel.account.failure == Failure(key="invalid_response", since=since)
    (change,) = panel.read(error=ResponseError("What?"), own=FAILED)
    assert (change.type, change.account) == ("registration_lost", SECOND)
    panel.read(realm="one", own=FAILED)
    assert panel.account.failure is None
    assert panel.account.comparisons == before.comparisons


def test_candidates_are_kept_over_failures(panel: Panel) -> None:
    panel.read(realm="one")
    panel.read(error=ConnectionFailedError("Away"))
    assert panel.candidates == {
        (SECOND, REALM): Candidate("one", counts_from=60 + 60 + 9)
    }
    panel.read(realm="one")
    assert panel.realm == ("one", DRIFTED)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AnotherDeviceError(), PanelStatus.ANOTHER_DEVICE),
        (LoginRejectedError("No"), PanelStatus.LOGIN_REJECTED),
        (ForbiddenError("No"), PanelStatus.FORBIDDEN),
        *(
            (kind("No"), PanelStatus.NOT_REACHABLE)
            for kind in (
                PanelError,
                ConnectionFailedError,
                CertificateError,
                ResponseError,
                BlockedError,
                NotAPanelError,
                UnsupportedFirmwareError,
            )
        ),
    ],
)
def test_reason_of_a_failure(error: PanelError, reason: PanelStatus) -> None:
    """A failure that goes on, for whatever reason, keeps its beginning."""
    first = next_failure(None, error.key, BEGIN)
    assert first == Failure(key=error.key, since=BEGIN)
    assert first.reason is reason
    later = next_failure(first, "cannot_connect", BEGIN + timedelta(1))
    assert later == Failure(key="cannot_connect", since=BEGIN)


def test_accounts_and_registrations_that_are_watched(panel: Panel) -> None:
    """What is new is unknown, what is not watched any more goes, the rest stays."""
    panel.count(realm="one")
    both = with_expectations(
        panel.state,
        {account: expect() for account in Account},
        {None, Account.FIRST},
        panel.now,
    )
    assert both.accounts[SECOND] == panel.account
    first = both.accounts[Account.FIRST]
    assert {each.status for each in first.comparisons.values()} == {
        UNKNOWN,
        NOT_COMPARED,
    }
    assert list(both.registrations) == [None, Account.FIRST]
    only_first = with_expectations(both, {Account.FIRST: expect()}, {None}, panel.now)
    assert list(only_first.accounts) == [Account.FIRST]
    assert list(only_first.registrations) == [None]
    assert with_expectations(PanelState(), {}, {None}, BEGIN) == PanelState()


def test_what_is_known_outlasts_another_expectation(panel: Panel) -> None:
    panel.expect(expect(realm=None, registration_interval="90", outbound="one"))
    assert panel.realm == (KNOWN, NOT_COMPARED)
    assert panel.comparisons[INTERVAL].status is DRIFTED
    assert panel.comparisons[OUTBOUND].since == panel.now
