"""The expected settings in the options of a config entry."""

from typing import Any

from custom_components.bas_ip.drift.compare import Comparison, Status
from custom_components.bas_ip.drift.expected import (
    acceptable,
    expected_settings,
    with_expected,
)
from custom_components.bas_ip.panel.models import Account, Setting

PROXY, REALM, USER, TRANSPORT, USER_ID, _, OUTBOUND, STUN = Setting

OPTIONS: dict[str, Any] = {
    "accounts": ["first", "second"],
    "expected": {
        "first": {"realm": "sip.example.org"},
        "second": {"realm": "pbx.example.net", "outbound": "", "codec": "opus"},
    },
}


def test_expected_settings() -> None:
    """What is not a setting, of a newer version say, is passed over."""
    assert expected_settings(OPTIONS, Account.FIRST) == {REALM: "sip.example.org"}
    assert expected_settings(OPTIONS, Account.SECOND) == {
        REALM: "pbx.example.net",
        OUTBOUND: "",
    }


def test_nothing_is_expected() -> None:
    assert expected_settings({}, Account.FIRST) == {}
    assert expected_settings({"expected": {}}, Account.FIRST) == {}


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


def compared(
    status: Status, expected: str | None, value: str | None, *, is_given: bool = True
) -> Comparison:
    """Return one setting."""
    return Comparison(
        status=status, expected=expected, last_known=value, is_given=is_given
    )


def test_acceptable() -> None:
    """What has drifted, as it is shown, or what was chosen, if all of it is given."""
    comparisons = {
        PROXY: compared(Status.UNKNOWN, "pbx", None, is_given=False),
        REALM: compared(Status.DRIFTED, "pbx.example.net", "other"),
        USER: compared(Status.NOT_COMPARED, None, "202"),
        # Known to have drifted, and not given now.
        TRANSPORT: compared(Status.DRIFTED, "udp", "tls", is_given=False),
        USER_ID: compared(Status.IN_SYNC, "digest", "digest"),
        OUTBOUND: compared(Status.DRIFTED, "edge", ""),
    }

    assert acceptable(comparisons) == {REALM: "other", TRANSPORT: "tls", OUTBOUND: ""}
    assert acceptable(comparisons, []) == {}
    chosen = [USER_ID, USER]
    assert acceptable(comparisons, chosen) == {USER_ID: "digest", USER: "202"}
    for missing in (PROXY, TRANSPORT, STUN):
        assert acceptable(comparisons, [*chosen, missing]) == {}


def test_acceptable_when_nothing_is_expected() -> None:
    """Then all that is given can be, the empty settings too."""
    comparisons = {
        PROXY: compared(Status.NOT_COMPARED, None, None, is_given=False),
        REALM: compared(Status.NOT_COMPARED, None, "pbx.example.net"),
        OUTBOUND: compared(Status.NOT_COMPARED, None, ""),
        USER: compared(Status.NOT_COMPARED, None, "201", is_given=False),
    }

    assert acceptable(comparisons) == {REALM: "pbx.example.net", OUTBOUND: ""}
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
