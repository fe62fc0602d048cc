"""Where the second account is."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bas_ip.panel import (
    SECOND_ACCOUNT_PATHS,
    PanelClient,
    PanelResponseError,
    second_account_path,
)
from custom_components.bas_ip.panel.second_account import (
    ACTIONS,
    RESOURCE_WORDS,
    SECOND_WORDS,
    SHORT_ACTIONS,
    PathUse,
    path_use,
    promising_first,
)
from simulator import SimulatedPanel

from .conftest import unhurried

API = "/api/v1/"
LOGIN = "/api/v1/login"


def candidates_asked(panel: SimulatedPanel) -> list[str]:
    """Return the paths that a panel was asked for after the login."""
    assert panel.requests[0].path == LOGIN
    return [request.path.removeprefix(API) for request in panel.requests[1:]]


def test_candidates_can_be_typed_as_well() -> None:
    assert len(set(SECOND_ACCOUNT_PATHS)) == len(SECOND_ACCOUNT_PATHS) == 4
    for path in SECOND_ACCOUNT_PATHS:
        assert second_account_path(path) == path


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"proxy": "", "realm": "", "user": "", "stun": None}, "the first SIP account"),
        ({"proxy": "", "realm": ""}, "not a SIP account"),
        ({"proxy": "", "realm": "", "transport": "udp"}, "not a SIP account"),
        ({}, "not a SIP account"),
    ],
)
async def test_what_is_no_second_account(
    client: PanelClient, panel: SimulatedPanel, answer: dict[str, Any], message: str
) -> None:
    panel.second_account = answer
    with pytest.raises(PanelResponseError, match=message):
        await client.second_account("device/sip/settings/second", complete=True)


async def test_setting_that_is_missing_later(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    del panel.second_account["user"]
    account = await client.second_account("device/sip/settings/second")
    assert (account.user, account.realm) == (None, "pbx.example.net")


@pytest.mark.parametrize("answer", [{}, {"transport": "udp"}, {"sip_enable": True}])
async def test_something_else_is_no_account_later_either(
    client: PanelClient, panel: SimulatedPanel, answer: dict[str, Any]
) -> None:
    panel.second_account = answer
    with pytest.raises(PanelResponseError, match="not a SIP account"):
        await client.second_account("device/sip/settings/second")


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("device/sip/settings/second", "device/sip/settings/second"),
        ("/device/sip/settings/second", "device/sip/settings/second"),
        ("/api/v1/device/sip/settings/second", "device/sip/settings/second"),
        ("api/v1/device/sip/settings/second", "device/sip/settings/second"),
        ("  device/sip/settings_2\n", "device/sip/settings_2"),
        ("device/sip/settings/second/", "device/sip/settings/second/"),
        ("device/sip/settings?account=2", "device/sip/settings?account=2"),
        ("device/sip/settings?a=1&b=x-y_z", "device/sip/settings?a=1&b=x-y_z"),
        ("device/sip2/settings", "device/sip2/settings"),
        ("/sip/accountB", "sip/accountB"),
    ],
)
async def test_path_that_is_typed(
    client: PanelClient, panel: SimulatedPanel, typed: str, path: str
) -> None:
    assert second_account_path(typed) == path
    panel.behaviour.second_account_path = path.partition("?")[0]
    assert (await client.second_account(typed)).user == "201"


REFUSED = [
    "",
    " ",
    "/",
    "second",
    "device/reboot",
    "system/reboot/run",
    "access/general/lock/open/remote/accepted/1",
    "device/sip/../../system/reboot/run",
    "device/sip/./settings",
    "device/sip/..",
    "device/sip/%2e%2e/%2e%2e/system/reboot/run",
    "device/sip/..%2f..%2fsystem",
    "device/sip/\\..\\settings",
    "device/sip//settings",
    "device/sip///settings",
    "//device/sip/settings",
    "///device/sip/settings",
    "//example.org/device/sip/settings",
    "http://example.org/device/sip/settings",
    "api/v1/api/v1/device/sip/settings",
    "api/v0/device/sip/settings",
    "device/sip/my settings",
    "device/sip/settings\n/second",
    "device/sip/settings\tsecond",
    "device/sip/settings#second",
    "device/sip/settings;second",
    "device/sip/settings@second",
    "device/sip/settings:80",
    "device/sip/settings?",
    "device/sip/settings?a=/../..",
    "device/sip/settings?a=1?b=2",
    "device/sip/settings?a=b c",
    "device/sip/settings?a=%0d%0a",
    "device/sip/\u0455ettings",
    "device/sip/\x00",
    "network/device/sip/settings",
    "device/sip/reboot",
    "device/sip/settings?action=reboot",
    "device/sip/settings/" + "a" * 128,
]


@pytest.mark.parametrize("typed", REFUSED)
async def test_path_that_lies_elsewhere(
    client: PanelClient, panel: SimulatedPanel, typed: str
) -> None:
    with pytest.raises(ValueError, match="not one of SIP settings"):
        second_account_path(typed)
    with pytest.raises(ValueError, match="not one of SIP settings"):
        await client.second_account(typed)
    assert panel.requests == []


@unhurried
@given(
    st.text()
    | st.from_regex(r"/?(api/v1/)?device/sip/[ -~]*", fullmatch=True)
    | st.text("./%2e\\?=#a").map("device/sip/{}".format)
)
def test_no_path_leads_elsewhere(typed: str) -> None:
    try:
        path = second_account_path(typed)
    except ValueError:
        return
    assert path_use(path) is not PathUse.DROPPED
    assert any(name.lower().startswith("sip") for name in path.split("/")[:2])
    assert path.isascii()
    assert path.isprintable()
    assert not set(path) & set(" .%\\#;:@")
    assert "//" not in path
    assert second_account_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *SECOND_ACCOUNT_PATHS,
        "sip",
        "device/sip",
        "sip/settings",
        "sip/status",
        "sip/status/2",
        "device/sip/enable",
        "device/sip/enable/second",
        "device/sip2/settings",
        "device/sip_second/settings",
        "device/sip-reserve/config",
        "device/sipaccounts/2",
        "sipaccounts/2/settings",
        "device/sip/accounts/2",
        "device/sip/account/1/settings",
        "device/sip/settings/12",
        "device/sip/second_account",
        "device/sip/account-2/info",
        "device/sip/settings2",
        *(f"device/sip/{word}/settings" for word in sorted(SECOND_WORDS)),
        *(f"device/sip/{word}/second" for word in sorted(RESOURCE_WORDS)),
    ],
)
def test_path_that_is_asked_by_itself(path: str) -> None:
    assert path_use(path) is PathUse.ASKED


@pytest.mark.parametrize(
    "path",
    [
        "device/sip/settings/b",
        "device/sip/trunk",
        "device/sip/get",
        "device/sip/account_b",
        "device/sip/sips",
        "panel/sip/settings",
        "sip/registration",
        "sip/address",
        "device/sip/codec/settings",
        "device/sip/settings/two",
        # Another spelling may lead elsewhere.
        "device/SIP/settings",
        "Device/sip/settings",
        "device/sip/Second",
        "device/sipSecond/settings",
        # A query may do something.
        "device/sip/settings?account=2",
        "device/sip/settings/second/",
    ],
)
def test_path_that_is_offered(path: str) -> None:
    assert path_use(path) is PathUse.OFFERED


@pytest.mark.parametrize(
    "path",
    [
        *(f"device/sip/{word}" for word in (*ACTIONS, *sorted(SHORT_ACTIONS))),
        *(f"sip/settings/{word.upper()}" for word in ACTIONS),
        "device/sip/settings/default",
        "device/sip/reregister",
        "device/sip/unregister",
        "device/sip/registered",
        "device/sip/re_boot",
        "device/sip/hang-up",
        "device/sip/factoryReset",
        "device/sip/set_settings",
        "device/sip/settingsAdd",
        "device/sipreboot/settings",
        "device/sip_call/second",
        "siptest/settings",
        "sip/call/2",
        "reboot/sip/settings",
        "device/sip/settings?do=1",
        "device/sip/settings?mode=reset",
        "device/sip/settings?a=%31",
        "device/sip/settings?",
        "device/settings",
        "system/settings/sip",
        "network/device/sip/settings",
        "voip/settings",
        "",
        "/",
        "/device/sip/settings",
        "device//sip/settings",
        "device/sip//settings",
        "device/sip/settings//",
        "device/sip/../settings",
        "device/sip/./settings",
        "device/sip/%73ettings",
        "device/sip%2fsettings",
        "device/sip/settings.json",
        "device/sip/{}/settings",
        "device/sip/set tings",
        "device/sip/settings;2",
        "device/sip/settings#2",
        "device\\sip\\settings",
        "device/sip/s\u0435ttings",
        "device/sip/settings\n",
        "device/sip/" + "settings/" * 20 + "second",
    ],
)
def test_path_that_is_dropped(path: str) -> None:
    assert path_use(path) is PathUse.DROPPED


@unhurried
@given(st.text(alphabet="sipdevc/tngoru2_-?=.%A") | st.text())
def test_what_is_asked_has_known_words_only(path: str) -> None:
    if path_use(path) is PathUse.ASKED:
        assert path == path.lower()
        assert not set(path) & set("?=.%")
        first, *rest = path.split("/")
        assert first.startswith("sip") or rest[0].startswith("sip")


def test_longest_path() -> None:
    path = "device/sip/settings/".ljust(128, "2")
    assert path_use(path) is PathUse.ASKED
    assert path_use(f"{path}2") is PathUse.DROPPED


def test_promising_paths_come_first() -> None:
    assert promising_first(
        [
            "sip/status",
            "device/sip/enable/second",
            "device/sip/info",
            "device/sip/second",
            "device/sip/settings/1",
            "device/sip/account/2/settings",
            "device/sip/second",
        ]
    ) == [
        "device/sip/account/2/settings",
        "device/sip/second",
        "device/sip/enable/second",
        "device/sip/settings/1",
        "device/sip/info",
        "sip/status",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sip/z/2", "sip/account/settings"),
        ("sip/z/settings", "sip/account"),
        ("sip/z/setting", "sip/account"),
        ("sip/z/config", "sip/account"),
        ("sip/z/account", "sip/a"),
        ("sip/z/accounts", "sip/a"),
        ("sip/z", "sip/status"),
        ("sip/z", "sip/enable"),
        ("sip/z", "sip/info"),
        ("sip/z/account", "sip/config/status"),
        ("sip/account/settings", "sip/2/status"),
        # The alphabet decides last.
        ("sip/a", "sip/z"),
    ],
)
def test_path_is_more_promising_than_another(first: str, second: str) -> None:
    assert promising_first([second, first]) == [first, second]
