"""Which changes lie between two states."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.bas_ip.drift.changes import (
    DRIFT_CHANGES,
    SETTINGS_CHANGES,
    Cause,
    Change,
    ChangeType,
    changes_between,
)
from custom_components.bas_ip.drift.compare import Expected
from custom_components.bas_ip.drift.readings import with_expectations
from custom_components.bas_ip.drift.state import Failure, PanelState, PanelStatus
from custom_components.bas_ip.panel.errors import ForbiddenError
from custom_components.bas_ip.panel.models import Account, RegistrationStatus, Setting

from .conftest import (
    BEGIN,
    DISABLED,
    FAILED,
    OUTBOUND,
    PROXY,
    REALM,
    REGISTERED,
    SECOND,
    TRANSPORT,
    USER_ID,
    Panel,
    expect,
)

REALM_EXPECTED = {"realm": "pbx.example.net"}


def change(panel: Panel, change_type: ChangeType, **values: Any) -> Change:
    """Return a change of the second account now."""
    return Change(
        **{"type": change_type, "time": panel.now, "account": SECOND}
        | {"firmware": "3.20.0"}
        | values
    )


def test_nothing(panel: Panel) -> None:
    """What is equal, is spelled differently or is missing is no change."""
    panel.count(outbound="other", realm="other")
    for answers in (
        {"realm": "other", "outbound": "other"},
        {"realm": "other", "outbound": "sip:OTHER:5060"},
        {"realm": "other", "outbound": None},
        {"realm": None, "outbound": "other", "transport": None},
        {"realm": "other", "outbound": "other", "proxy": None},
    ):
        assert panel.count(**answers) == []


def test_drift_is_detected(panel: Panel) -> None:
    assert panel.count(realm="one", proxy="other") == [
        change(
            panel,
            ChangeType.DRIFT_DETECTED,
            settings=(PROXY, REALM),
            old={"proxy": "sip:pbx.example.net"} | REALM_EXPECTED,
            new={"proxy": "other", "realm": "one"},
            expected={"proxy": "sip:pbx.example.net"} | REALM_EXPECTED,
        )
    ]


def test_drift_is_there_from_the_beginning() -> None:
    """An account that is new has no old values, and no change if it is in sync."""
    assert Panel().count() == []
    panel = Panel()
    assert panel.count(realm="other") == [
        change(
            panel,
            ChangeType.DRIFT_DETECTED,
            settings=(REALM,),
            old={"realm": None},
            new={"realm": "other"},
            expected=REALM_EXPECTED,
        )
    ]


@pytest.mark.parametrize(
    ("answers", "settings", "ended"),
    [
        ({"realm": "two"}, (REALM,), ()),
        ({"realm": "one", "transport": "tcp"}, (TRANSPORT,), ()),
        ({"transport": "tcp"}, (REALM, TRANSPORT), (REALM,)),
    ],
)
def test_drift_has_changed(
    panel: Panel,
    answers: dict[str, str],
    settings: tuple[Setting, ...],
    ended: tuple[Setting, ...],
) -> None:
    """The set of drifted settings is another one, or their values are."""
    panel.count(realm="one")
    (found,) = panel.count(**answers)
    assert found.type is ChangeType.DRIFT_CHANGED
    assert (found.settings, found.ended) == (settings, ended)
    assert found.since is None
    assert found.old.keys() == found.new.keys() == found.expected.keys()
    assert found.old.keys() == set(settings)


@pytest.mark.parametrize("proxy", ["sip:pbx.example.net", None])
def test_drift_is_resolved(panel: Panel, proxy: str | None) -> None:
    """It is also when another setting is unknown by then."""
    panel.count(realm="one")
    since = panel.now
    assert panel.count(proxy=proxy) == [
        change(
            panel,
            ChangeType.DRIFT_RESOLVED,
            settings=(REALM,),
            ended=(REALM,),
            old={"realm": "one"},
            new=REALM_EXPECTED,
            expected=REALM_EXPECTED,
            since=since,
        )
    ]


def test_old_value_is_the_last_known_one(panel: Panel) -> None:
    """A reading without the setting lies in between."""
    panel.count(realm=None)
    (found,) = panel.count(realm="other")
    assert found.old == REALM_EXPECTED


def test_setting_that_is_not_set_any_more(panel: Panel) -> None:
    """Empty is another value, and not an unknown one."""
    (found,) = panel.count(registration_interval="")
    assert found.new == {"registration_interval": ""}
    assert found.type is ChangeType.DRIFT_DETECTED


def test_setting_that_is_not_compared(panel: Panel) -> None:
    """Its values are reported, and nothing is when it is known for the first time."""
    panel.expect(expect(realm=None))
    assert panel.count(outbound="two", realm="other") == [
        change(
            panel,
            ChangeType.SETTINGS_CHANGED,
            settings=(REALM, OUTBOUND),
            old=REALM_EXPECTED | {"outbound": ""},
            new={"realm": "other", "outbound": "two"},
            expected={"realm": None, "outbound": None},
        )
    ]
    unknown = Panel()
    unknown.count(outbound=None)
    assert unknown.count(outbound="two") == []


def test_drift_and_setting_that_is_not_compared(panel: Panel) -> None:
    assert [found.type for found in panel.count(realm="one", outbound="1")] == [
        ChangeType.DRIFT_DETECTED,
        ChangeType.SETTINGS_CHANGED,
    ]


@pytest.mark.parametrize(
    ("expected", "new"), [(expect(realm="one"), "one"), (expect(realm=None), None)]
)
def test_drift_is_accepted_or_ignored(
    panel: Panel, expected: Expected, new: str | None
) -> None:
    """First what is expected, then what that does to the drift."""
    panel.count(realm="one")
    since = panel.now
    panel.count(realm="one")
    assert panel.expect(expected) == [
        change(
            panel,
            ChangeType.EXPECTATION_UPDATED,
            settings=(REALM,),
            ended=(REALM,),
            old=REALM_EXPECTED,
            new={"realm": new},
            expected={"realm": new},
            cause=Cause.EXPECTATION,
        ),
        change(
            panel,
            ChangeType.DRIFT_RESOLVED,
            settings=(REALM,),
            ended=(REALM,),
            old={"realm": "one"},
            new={"realm": "one"},
            expected={"realm": new},
            cause=Cause.EXPECTATION,
            since=since,
        ),
    ]


def test_one_of_two_is_accepted(panel: Panel) -> None:
    panel.count(realm="one", proxy="two")
    expected, drift = panel.expect(expect(realm="one"))
    assert expected.settings == drift.settings == drift.ended == (REALM,)
    assert (drift.type, drift.cause) == (ChangeType.DRIFT_CHANGED, Cause.EXPECTATION)


def test_another_value_is_expected(panel: Panel) -> None:
    """A drift may begin with it, and goes on if it was there."""
    expected, drift = panel.expect(expect(realm="one"))
    assert expected.type is ChangeType.EXPECTATION_UPDATED
    assert drift.type is ChangeType.DRIFT_DETECTED
    assert (drift.new, drift.expected) == (REALM_EXPECTED, {"realm": "one"})
    assert drift.cause is Cause.EXPECTATION
    (expected,) = panel.expect(expect(realm="two"))
    assert (expected.old, expected.new) == ({"realm": "one"}, {"realm": "two"})


def test_nothing_was_expected() -> None:
    panel = Panel(expected={})
    panel.count()
    (found,) = panel.expect({REALM: "pbx.example.net"})
    assert found.type is ChangeType.EXPECTATION_UPDATED
    assert (found.old, found.new) == ({"realm": None}, REALM_EXPECTED)


def test_drift_by_another_transport() -> None:
    """The panel has caused it, although the proxy itself is the same."""
    panel = Panel(expected=expect(transport=None, proxy="pbx:5060"))
    panel.count(proxy="pbx")
    detected, changed = panel.count(proxy="pbx", transport="tls")
    assert detected.type is ChangeType.DRIFT_DETECTED
    assert (detected.settings, detected.cause) == ((PROXY,), Cause.PANEL)
    assert changed.type is ChangeType.SETTINGS_CHANGED
    assert changed.settings == (TRANSPORT,)


def test_user_id(panel: Panel) -> None:
    """Of it there are digests only, which are values as all others."""
    (found,) = panel.count(user_id="00000000")
    assert found.settings == (USER_ID,)
    assert found.new == {"user_id": "00000000"}


def test_accounts(panel: Panel) -> None:
    """One that is no longer watched, or is new, has no changes."""
    panel.count(realm="one")
    first = PanelState(accounts={Account.FIRST: panel.account})
    assert changes_between(first, panel.state, BEGIN) == []
    both = PanelState(accounts={Account.FIRST: panel.account, SECOND: panel.account})
    panel.count()
    assert [
        (found.account, found.type)
        for found in changes_between(
            both,
            PanelState(accounts=dict.fromkeys(Account, panel.account)),
            panel.now,
        )
    ] == [(account, ChangeType.DRIFT_RESOLVED) for account in Account]


def test_account_that_is_not_given(panel: Panel) -> None:
    """Neither that nor its return is a change."""
    panel.count(realm="one")
    assert panel.read(error=ForbiddenError("No")) == []
    assert panel.read(realm="one") == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (REGISTERED, FAILED, ChangeType.REGISTRATION_LOST),
        (REGISTERED, DISABLED, ChangeType.REGISTRATION_LOST),
        (FAILED, REGISTERED, ChangeType.REGISTRATION_RESTORED),
        (DISABLED, REGISTERED, ChangeType.REGISTRATION_RESTORED),
        (FAILED, DISABLED, None),
        (DISABLED, FAILED, None),
        (REGISTERED, REGISTERED, None),
        (None, FAILED, None),
        (None, REGISTERED, None),
        (REGISTERED, None, None),
        (FAILED, None, None),
    ],
)
@pytest.mark.parametrize(("name", "holder"), [("registration", None), ("own", SECOND)])
def test_registration(
    before: RegistrationStatus | None,
    after: RegistrationStatus | None,
    found: ChangeType | None,
    name: str,
    holder: Account | None,
) -> None:
    """That of the panel, and that of the account if it has its own."""
    panel = Panel(holders={None, SECOND})
    panel.count(**{name: before})
    changes = panel.count(**{name: after})
    if found is None:
        assert changes == []
    else:
        assert before
        assert after
        old, new = before.value, after.value
        assert changes == [
            change(
                panel,
                found,
                account=holder,
                old={"registration": old},
                new={"registration": new},
            )
        ]


def test_restored_registration_says_since_when_it_was_lost(panel: Panel) -> None:
    panel.count(registration=FAILED)
    since = panel.now
    panel.count(registration=DISABLED)
    (found,) = panel.count()
    assert (found.type, found.since) == (ChangeType.REGISTRATION_RESTORED, since)


@pytest.mark.parametrize("after", ["3.21.0", "3.19.0", "3.20.0 "])
def test_firmware(panel: Panel, after: str) -> None:
    """An older version is a change as well as a newer one."""
    assert panel.count(firmware=after) == [
        change(
            panel,
            ChangeType.FIRMWARE_UPDATED,
            account=None,
            old={"firmware": "3.20.0"},
            new={"firmware": after},
            firmware=after,
        )
    ]
    assert panel.count(firmware=None) == []
    assert panel.count(firmware=after) == []


def test_firmware_that_is_known_for_the_first_time() -> None:
    panel = Panel()
    assert panel.count(firmware=None) == panel.count(firmware="3.20.0") == []


@pytest.mark.parametrize(
    ("key", "reason"),
    [("invalid_auth", PanelStatus.LOGIN_REJECTED), ("x", PanelStatus.NOT_REACHABLE)],
)
def test_outage(panel: Panel, key: str, reason: PanelStatus) -> None:
    """It begins and ends once, whatever its reason is in between."""
    outage = Failure(key=key, since=BEGIN)
    other = Failure(key="other", since=BEGIN + timedelta(hours=1))
    away, still = PanelState(outage=outage), PanelState(outage=other)
    back = PanelState()
    assert changes_between(back, away, panel.now) == [
        Change(
            type=ChangeType.PANEL_UNREACHABLE,
            time=panel.now,
            new={"status": reason.value},
        )
    ]
    assert changes_between(away, still, panel.now) == []
    assert changes_between(away, back, panel.now) == [
        Change(
            type=ChangeType.PANEL_REACHABLE,
            time=panel.now,
            old={"status": reason.value},
            since=BEGIN,
        )
    ]
    # What is only shown is not in the record.
    assert changes_between(back, PanelState(failure=outage), panel.now) == []


def test_order(panel: Panel) -> None:
    """A new firmware comes first: it may explain the rest, and that all is well last."""
    failure = Failure(key="cannot_connect", since=BEGIN)
    before = PanelState(
        accounts=panel.state.accounts,
        registration=panel.state.registration,
        firmware=panel.state.firmware,
        outage=failure,
    )
    panel.count(firmware="3.21.0", realm="one", outbound="1", registration=FAILED)
    after = with_expectations(
        panel.state, {SECOND: expect(realm="two")}, {None}, panel.now
    )
    changes = changes_between(before, after, panel.now)
    assert [found.type.value for found in changes] == [
        "firmware_updated",
        "expectation_updated",
        "drift_detected",
        "settings_changed",
        "registration_lost",
        "panel_reachable",
    ]
    assert {found.firmware for found in changes} == {"3.21.0"}
    assert {found.number for found in changes} == {0}


def test_kinds_of_changes() -> None:
    assert set(DRIFT_CHANGES) < set(SETTINGS_CHANGES) < set(ChangeType)
