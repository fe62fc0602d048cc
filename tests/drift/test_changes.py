"""Which changes lie between two confirmed states."""

import pytest

from custom_components.bas_ip.drift import (
    Cause,
    Change,
    ChangeType,
    Comparisons,
    ConfirmedState,
    Expectation,
    Setting,
    Status,
    changes_between,
    compare,
)
from custom_components.bas_ip.panel import Account, RegistrationStatus

from .conftest import (
    NOW,
    OUTBOUND,
    PROXY,
    REALM,
    TRANSPORT,
    USER_ID,
    compared,
    expect,
    read,
)

REGISTERED, FAILED, DISABLED = RegistrationStatus


def between(before: Comparisons, after: Comparisons) -> list[Change]:
    """Return the changes of the second account."""
    return changes_between(
        ConfirmedState(accounts={Account.SECOND: before}, firmware="3.20.0"),
        ConfirmedState(accounts={Account.SECOND: after}, firmware="3.20.0"),
        NOW,
    )


def then(
    before: Comparisons, expected: Expectation | None = None, **settings: str | None
) -> Comparisons:
    """Return how settings that are read after others compare."""
    return compare(expected or expect(), read(**settings), before, NOW)


def change(change_type: ChangeType, **values: object) -> Change:
    """Return a change of the second account."""
    return Change(
        type=change_type,
        time=NOW,
        account=Account.SECOND,
        firmware="3.20.0",
        **{"transport": "udp", **values},
    )


def test_nothing() -> None:
    """What is equal, is spelled differently or is missing is no change."""
    before = compared(realm="other", outbound="other")

    for after in (
        before,
        then(before, realm="OTHER", outbound=" other"),
        then(before, realm="other", outbound=None),
        then(before, realm="other", outbound="other", proxy=None),
    ):
        assert between(before, after) == []


@pytest.mark.parametrize("proxy", ["sip:pbx.example.net", None])
def test_drift_is_detected(proxy: str | None) -> None:
    before = compared(proxy=proxy)

    assert between(before, then(before, realm="one", proxy="other")) == [
        change(
            ChangeType.DRIFT_DETECTED,
            settings=(PROXY, REALM),
            old={"proxy": proxy, "realm": "pbx.example.net"},
            new={"proxy": "other", "realm": "one"},
            expected={"proxy": "sip:pbx.example.net", "realm": "pbx.example.net"},
        )
    ]


def test_drift_is_there_from_the_beginning() -> None:
    """An account that is new has no old values, and no change if it is in sync."""
    assert between({}, compared()) == []
    assert between({}, compared(realm="other")) == [
        change(
            ChangeType.DRIFT_DETECTED,
            settings=(REALM,),
            old={"realm": None},
            new={"realm": "other"},
            expected={"realm": "pbx.example.net"},
        )
    ]


@pytest.mark.parametrize(
    ("settings", "names", "old", "new", "expected"),
    [
        (
            {"realm": "two"},
            (REALM,),
            {"realm": "one"},
            {"realm": "two"},
            {"realm": "pbx.example.net"},
        ),
        (
            {"realm": "one", "transport": "tcp"},
            (TRANSPORT,),
            {"transport": "udp"},
            {"transport": "tcp"},
            {"transport": "udp"},
        ),
        (
            {"transport": "tcp"},
            (REALM, TRANSPORT),
            {"realm": "one", "transport": "udp"},
            {"realm": "pbx.example.net", "transport": "tcp"},
            {"realm": "pbx.example.net", "transport": "udp"},
        ),
    ],
)
def test_drift_has_changed(
    settings: dict[str, str],
    names: tuple[Setting, ...],
    old: dict[str, str],
    new: dict[str, str],
    expected: dict[str, str],
) -> None:
    """The set of drifted settings is another one, or their values are."""
    before = compared(realm="one")

    assert between(before, then(before, **settings)) == [
        change(
            ChangeType.DRIFT_CHANGED,
            settings=names,
            old=old,
            new=new,
            expected=expected,
            transport=settings.get("transport", "udp"),
        )
    ]


@pytest.mark.parametrize("proxy", ["sip:pbx.example.net", None])
def test_drift_is_resolved(proxy: str | None) -> None:
    """It is also when another setting is unknown by then."""
    before = compared(realm="one")

    assert between(before, then(before, proxy=proxy)) == [
        change(
            ChangeType.DRIFT_RESOLVED,
            settings=(REALM,),
            old={"realm": "one"},
            new={"realm": "pbx.example.net"},
            expected={"realm": "pbx.example.net"},
        )
    ]


def test_old_value_is_the_last_known_one() -> None:
    """A reading without the setting lies in between."""
    missing = then(compared(), realm=None)

    (found,) = between(missing, then(missing, realm="other"))

    assert found.old == {"realm": "pbx.example.net"}


def test_setting_that_is_not_compared() -> None:
    """Its values are reported, and nothing is when it is known for the first time."""
    before = compared(REALM, outbound="one")
    after = then(before, expect(REALM), outbound="two", realm="other")

    assert between(before, after) == [
        change(
            ChangeType.SETTINGS_CHANGED,
            settings=(REALM, OUTBOUND),
            old={"realm": "pbx.example.net", "outbound": "one"},
            new={"realm": "other", "outbound": "two"},
            expected={"realm": None, "outbound": None},
        )
    ]
    unknown = compared(outbound=None)
    assert between(unknown, then(unknown, outbound="two")) == []


def test_setting_that_cannot_be_compared() -> None:
    """Whether another port is a drift is unknown without the transport."""
    expected = expect(proxy="pbx:5061", transport=None)
    before = compared(expected=expected, proxy="pbx:5061")
    after = then(before, expected, proxy="pbx", transport=None)
    assert after[PROXY].status is Status.UNKNOWN

    assert between(before, after) == []


def test_drift_and_setting_that_is_not_compared() -> None:
    before = compared()

    assert [
        found.type for found in between(before, then(before, realm="one", outbound="1"))
    ] == [ChangeType.DRIFT_DETECTED, ChangeType.SETTINGS_CHANGED]


def test_drift_is_accepted() -> None:
    """First what is expected, then what that does to the drift."""
    before = compared(realm="one")

    assert between(before, then(before, expect(realm="one"), realm="one")) == [
        change(
            ChangeType.EXPECTATION_UPDATED,
            settings=(REALM,),
            old={"realm": "pbx.example.net"},
            new={"realm": "one"},
            expected={"realm": "one"},
            transport=None,
            cause=Cause.EXPECTATION,
        ),
        change(
            ChangeType.DRIFT_RESOLVED,
            settings=(REALM,),
            old={"realm": "one"},
            new={"realm": "one"},
            expected={"realm": "one"},
            cause=Cause.EXPECTATION,
        ),
    ]


def test_one_of_two_is_accepted() -> None:
    before = compared(realm="one", proxy="two")

    expectation, drift = between(
        before, then(before, expect(realm="one"), realm="one", proxy="two")
    )

    assert expectation.settings == drift.settings == (REALM,)
    assert drift.type is ChangeType.DRIFT_CHANGED
    assert drift.cause is Cause.EXPECTATION


def test_drift_is_ignored() -> None:
    before = compared(realm="one")

    assert between(before, then(before, expect(REALM), realm="one")) == [
        change(
            ChangeType.EXPECTATION_UPDATED,
            settings=(REALM,),
            old={"realm": "pbx.example.net"},
            new={"realm": None},
            expected={"realm": None},
            transport=None,
            cause=Cause.EXPECTATION,
        ),
        change(
            ChangeType.DRIFT_RESOLVED,
            settings=(REALM,),
            old={"realm": "one"},
            new={"realm": "one"},
            expected={"realm": None},
            cause=Cause.EXPECTATION,
        ),
    ]


def test_another_value_is_expected() -> None:
    """A drift may begin with it."""
    before = compared()

    expectation, drift = between(before, then(before, expect(realm="one")))

    assert expectation.type is ChangeType.EXPECTATION_UPDATED
    assert drift.type is ChangeType.DRIFT_DETECTED
    assert drift.new == {"realm": "pbx.example.net"}
    assert drift.expected == {"realm": "one"}
    assert drift.cause is Cause.EXPECTATION


def test_drift_under_another_expectation() -> None:
    """A drift that goes on with the same value has not changed."""
    before = compared(realm="one")

    (found,) = between(before, then(before, expect(realm="two"), realm="one"))

    assert found.type is ChangeType.EXPECTATION_UPDATED


def test_nothing_was_expected() -> None:
    before = compared(expected=Expectation(values={}))

    (found,) = between(
        before, then(before, Expectation(values={REALM: "pbx.example.net"}))
    )

    assert found.type is ChangeType.EXPECTATION_UPDATED
    assert (found.old, found.new) == ({"realm": None}, {"realm": "pbx.example.net"})


def test_panel_and_expectation_have_changed() -> None:
    """The panel has caused what its new values are part of."""
    before = compared(realm="one")

    (_, resolved) = between(before, then(before, expect(realm="two"), realm="two"))
    assert resolved.type is ChangeType.DRIFT_RESOLVED
    assert resolved.cause is Cause.PANEL

    (_, changed) = between(
        before, then(before, expect(realm="one"), realm="one", proxy="other")
    )
    assert changed.settings == (PROXY, REALM)
    assert changed.cause is Cause.PANEL


def test_drift_by_another_transport() -> None:
    """The panel has caused it, although the proxy itself is the same."""
    expected = expect(TRANSPORT, proxy="pbx:5060")
    before = compared(expected=expected, proxy="pbx")

    detected, changed = between(
        before, then(before, expected, proxy="pbx", transport="tls")
    )

    assert detected.type is ChangeType.DRIFT_DETECTED
    assert (detected.settings, detected.cause) == ((PROXY,), Cause.PANEL)
    assert changed.type is ChangeType.SETTINGS_CHANGED
    assert changed.settings == (TRANSPORT,)


def test_user_id() -> None:
    """It may be a password: what it is, was or should be is in no change."""
    before = compared()
    (detected,) = between(before, then(before, user_id="another digest"))
    drifted = compared(user_id="another digest")
    accepted, _ = between(
        drifted,
        then(drifted, expect(user_id="another digest"), user_id="another digest"),
    )
    ignored, _ = between(
        drifted, then(drifted, expect(USER_ID), user_id="another digest")
    )
    (emptied,) = between(before, then(before, user_id=""))

    for found, new in (
        (detected, "changed"),
        (accepted, "changed"),
        (ignored, None),
        (emptied, ""),
    ):
        assert found.settings == (USER_ID,)
        assert (found.old, found.new, found.expected) == ({}, {"user_id": new}, {})


def test_accounts() -> None:
    """One that is no longer watched ends in silence, each other has its own changes."""
    drifted = compared(realm="one")
    before = ConfirmedState(
        accounts={Account.FIRST: compared(), Account.SECOND: drifted}
    )

    assert (
        changes_between(
            before, ConfirmedState(accounts={Account.FIRST: compared()}), NOW
        )
        == []
    )
    assert [
        (found.account, found.type)
        for found in changes_between(
            before,
            ConfirmedState(
                accounts={
                    Account.FIRST: then(compared(), realm="one"),
                    Account.SECOND: then(drifted),
                }
            ),
            NOW,
        )
    ] == [
        (Account.FIRST, ChangeType.DRIFT_DETECTED),
        (Account.SECOND, ChangeType.DRIFT_RESOLVED),
    ]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (REGISTERED, FAILED, ChangeType.REGISTRATION_LOST),
        (REGISTERED, DISABLED, ChangeType.REGISTRATION_LOST),
        (FAILED, REGISTERED, ChangeType.REGISTRATION_RESTORED),
        (DISABLED, REGISTERED, ChangeType.REGISTRATION_RESTORED),
        (FAILED, DISABLED, None),
        (REGISTERED, REGISTERED, None),
        (None, FAILED, None),
        (None, REGISTERED, None),
        (REGISTERED, None, None),
        (FAILED, None, None),
    ],
)
def test_registration(
    before: RegistrationStatus | None,
    after: RegistrationStatus | None,
    found: ChangeType | None,
) -> None:
    """That of the panel, and that of the second account if it has its own."""
    for account, key in (
        (None, "registration"),
        (Account.SECOND, "second_registration"),
    ):
        changes = changes_between(
            ConfirmedState(**{key: before}), ConfirmedState(**{key: after}), NOW
        )
        if found is None:
            assert changes == []
        else:
            assert before
            assert after
            assert changes == [
                Change(
                    type=found,
                    time=NOW,
                    account=account,
                    old={"registration": before.value},
                    new={"registration": after.value},
                )
            ]


def test_both_registrations() -> None:
    changes = changes_between(
        ConfirmedState(registration=REGISTERED, second_registration=FAILED),
        ConfirmedState(registration=FAILED, second_registration=REGISTERED),
        NOW,
    )

    assert [(found.account, found.type.value) for found in changes] == [
        (None, "registration_lost"),
        (Account.SECOND, "registration_restored"),
    ]


@pytest.mark.parametrize(
    ("before", "after"), [("3.20.0", "3.21.0"), ("3.21.0", "3.20.0")]
)
def test_firmware(before: str, after: str) -> None:
    """An older version is a change as well as a newer one."""
    assert changes_between(
        ConfirmedState(firmware=before), ConfirmedState(firmware=after), NOW
    ) == [
        Change(
            type=ChangeType.FIRMWARE_UPDATED,
            time=NOW,
            old={"firmware": before},
            new={"firmware": after},
            firmware=after,
        )
    ]


@pytest.mark.parametrize(
    ("before", "after"), [("3.20.0", "3.20.0"), (None, "3.21.0"), ("3.20.0", None)]
)
def test_firmware_is_the_same_or_unknown(before: str | None, after: str | None) -> None:
    assert not changes_between(
        ConfirmedState(firmware=before), ConfirmedState(firmware=after), NOW
    )


def test_order() -> None:
    """A new firmware comes first: it may explain the rest."""
    before = compared()
    changes = changes_between(
        ConfirmedState(
            accounts={Account.SECOND: before},
            registration=REGISTERED,
            firmware="3.20.0",
        ),
        ConfirmedState(
            accounts={Account.SECOND: then(before, realm="other")},
            registration=FAILED,
            firmware="3.21.0",
        ),
        NOW,
    )

    assert [found.type.value for found in changes] == [
        "firmware_updated",
        "drift_detected",
        "registration_lost",
    ]
    assert {found.firmware for found in changes} == {"3.21.0"}
    assert {found.number for found in changes} == {0}
