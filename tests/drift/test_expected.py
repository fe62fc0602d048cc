"""The expected settings in the options of a config entry."""

from typing import Any

from custom_components.bas_ip.drift import (
    Comparison,
    Expectation,
    Setting,
    Status,
    acceptable,
    compare,
    expectation,
    with_expected,
    with_ignored,
)
from custom_components.bas_ip.panel import Account

from .conftest import (
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
    read,
)

OPTIONS: dict[str, Any] = {
    "accounts": ["first", "second"],
    "expected": {
        "first": {"realm": "sip.example.org"},
        "second": {"realm": "pbx.example.net", "outbound": "", "codec": "opus"},
    },
    "ignored": {"first": ["proxy"], "second": ["user", "codec", "realm"]},
}


def test_expectation() -> None:
    """What is not a setting, of a newer version say, is passed over."""
    assert expectation(OPTIONS, Account.SECOND) == Expectation(
        values={REALM: "pbx.example.net", OUTBOUND: ""}, ignored=[REALM, USER]
    )
    assert expectation(OPTIONS, Account.FIRST) == Expectation(
        values={REALM: "sip.example.org"}, ignored=[PROXY]
    )


def test_nothing_is_expected() -> None:
    nothing = Expectation(values={}, ignored=[])

    assert expectation({}, Account.FIRST) == nothing
    assert expectation({"expected": {}, "ignored": {}}, Account.FIRST) == nothing


def test_with_expected() -> None:
    """Other values are added, None takes one out, and all else stays."""
    options = with_expected(
        OPTIONS, Account.SECOND, {PROXY: "pbx", REALM: None, OUTBOUND: "out"}
    )

    assert options == {
        **OPTIONS,
        "expected": {
            "first": {"realm": "sip.example.org"},
            "second": {"outbound": "out", "codec": "opus", "proxy": "pbx"},
        },
    }
    assert [type(key) for key in options["expected"]["second"]] == [str, str, str]


def test_with_expected_for_the_first_time() -> None:
    options = with_expected({"accounts": ["second"]}, Account.SECOND, {PROXY: "pbx"})

    assert options == {
        "accounts": ["second"],
        "expected": {"second": {"proxy": "pbx"}},
    }
    assert [type(key) for key in options["expected"]] == [str]


def test_with_ignored() -> None:
    """They replace those from before, of this account only."""
    assert with_ignored(OPTIONS, Account.SECOND, [USER, PROXY]) == {
        **OPTIONS,
        "ignored": {"first": ["proxy"], "second": ["proxy", "user"]},
    }
    assert with_ignored({}, Account.FIRST, []) == {"ignored": {"first": []}}


def test_acceptable() -> None:
    comparisons = {
        **compared(USER, realm="other", proxy=None, user="202"),
        # Known to have drifted, and not readable now.
        TRANSPORT: Comparison(status=Status.DRIFTED, expected="udp"),
    }

    assert acceptable(comparisons) == {REALM: "other"}
    assert acceptable(comparisons, []) == {}
    assert acceptable(comparisons, [USER_ID, USER, PROXY, STUN]) == {
        USER_ID: "digest",
        USER: "202",
    }
    assert acceptable(compared()) == {}


def test_acceptable_when_nothing_is_expected() -> None:
    """Then all that is known can be, the empty settings too."""
    comparisons = compare(Expectation(values={}), read(proxy=None), {}, NOW)

    assert acceptable(comparisons) == {
        REALM: "pbx.example.net",
        USER: "201",
        TRANSPORT: "udp",
        USER_ID: "digest",
        INTERVAL: "60",
        OUTBOUND: "",
    }
    assert acceptable(comparisons, [REALM]) == {REALM: "pbx.example.net"}


def test_all_settings_are_known_by_name() -> None:
    """They are in the options and the store under these names."""
    assert [setting.value for setting in Setting] == [
        "proxy",
        "realm",
        "user",
        "transport",
        "user_id",
        "registration_interval",
        "outbound",
        "stun",
    ]
