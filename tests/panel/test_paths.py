"""Which paths may be asked."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bas_ip.panel.paths import (
    MAX_PATH,
    is_about_second,
    is_allowed,
    is_harmless,
    second_account_path,
)
from custom_components.bas_ip.panel.search import GUESSES

from ..no_loop import configure_event_loop, verify_cleanup  # noqa: F401
from .conftest import unhurried

HARMLESS = """
    sip device/sip sip/settings sip/status sip/status/2 device/sip2/settings
    device/sip_second/settings device/sip-reserve/config device/sipaccounts/2
    sipaccounts/2/settings device/sip/accounts/2 device/sip/account/1/settings
    device/sip/settings/12 device/sip/second_account device/sip/account-2/info
    device/sip/settings2 device/second/sip/settings device/sip/additional/settings
    device/sip/backup/setting device/sip/alternate device/sip/alternative
    device/sip/secondary device/sip/other device/sip/spare device/sip/extra
    device/sip/fallback device/sip/failover
"""
# Another spelling may lead elsewhere, and a query may do something.
ONLY_CHOSEN = """
    device/sip/settings/b device/sip/trunk device/sip/get device/sip/account_b
    panel/sip/settings network/device/sip/settings sip/registration sip/address
    device/sip/codec/settings device/sip/settings/two device/SIP/settings
    Device/sip/settings device/sip/Second device/sipSecond/settings
    device/sip/settings?account=2 device/sip/settings?a=1&b=x-y_z
    device/sip/settings/second/ device/sip/sip/settings
"""
ACTIONS = """
    device/sip/reboot device/sip/settings/default sip/CALL/2 device/sip/settings/reset
    device/sip/restore device/sip/re_boot device/sip/unregister device/sip/reregister
    device/sip/settings?action=reboot device/sip/settings?do=restart sip/unlock/2
    device/sipreboot/settings siptest/settings reboot/sip/settings device/sip/enable
    device/sip/disable sip/dial/1 sip/door/2 sip/relay device/sip/openDoor
    device/sip/factory device/sip/autostart device/sip/stop device/sip/delete/2
    device/sip/remove device/sip/clear device/sip/apply device/sip/save
    device/sip/update device/sip/exec
"""
ELSEWHERE = [
    *("", " ", "/", "second", "device/reboot", "system/reboot/run", "device/settings"),
    *("voip/settings", "a/b/c/sip/settings", "api/v0/device/sip/settings"),
    *("device/sip/../../system/run", "device/sip/./settings", "device/sip/.."),
    *("device/sip/%2e%2e/system", "device/sip/..%2fsystem", "device/sip%2fsettings"),
    *("device/sip/\\..\\settings", "device\\sip\\settings", "device/sip/%73ettings"),
    *("device/sip//settings", "//device/sip/settings", "///device/sip/settings"),
    *("//example.org/device/sip/settings", "http://example.org/device/sip/settings"),
    *("api/v1/api/v1/device/sip/settings", "/api/v1//device/sip/settings"),
    *("device/sip/my settings", "device/sip/settings\n/second", "device/sip/s\tecond"),
    *("device/sip/settings#second", "device/sip/settings;second", "device/sip/a@b"),
    *("device/sip/settings:80", "device/sip/settings.json", "device/sip/*/settings"),
    *("device/sip/settings?", "device/sip/settings?a=/..", "device/sip/a?b=1?c=2"),
    *("device/sip/a?b=c d", "device/sip/a?b=%0d%0a", "device/sip/\x00"),
    *("device/sip/\u0455ettings", "device/\u017fip/settings"),
    "device/sip/settings/" + "a" * MAX_PATH,
]


def test_harmless_paths_are_asked() -> None:
    for path in (*HARMLESS.split(), *GUESSES):
        assert is_harmless(path), path
        assert is_allowed(path), path


def test_other_paths_are_asked_if_a_person_chooses_them() -> None:
    for path in ONLY_CHOSEN.split():
        assert not is_harmless(path), path
        assert is_allowed(path), path


def test_actions_are_never_asked() -> None:
    for path in ACTIONS.split():
        assert not is_harmless(path), path
        assert not is_allowed(path), path


@pytest.mark.parametrize("path", ELSEWHERE)
def test_path_that_lies_elsewhere(path: str) -> None:
    assert not is_harmless(path)
    assert not is_allowed(path)
    with pytest.raises(ValueError, match="not one of SIP settings"):
        second_account_path(path)


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("/device/sip/settings/second", "device/sip/settings/second"),
        ("/api/v1/device/sip/settings/second", "device/sip/settings/second"),
        ("api/v1/sip/accountB", "sip/accountB"),
        ("  device/sip/settings_2\n", "device/sip/settings_2"),
    ],
)
def test_path_that_is_typed(typed: str, path: str) -> None:
    assert second_account_path(typed) == path


def test_longest_path() -> None:
    path = "device/sip/settings/".ljust(MAX_PATH, "2")
    assert is_harmless(path)
    assert not is_harmless(f"{path}2")
    assert not is_allowed(f"{path}2")


def test_paths_about_the_second_account() -> None:
    for path in GUESSES:
        assert is_about_second(path), path
    for path in ("device/sip/settings", "sip/status/12", "sip/24", "sip/status/1"):
        assert not is_about_second(path), path


@unhurried
@given(
    st.text(alphabet="sipdevc/tngoru2_-?=.%A")
    | st.text()
    | st.from_regex(r"/?(api/v1/)?device/sip/[ -~]*", fullmatch=True)
)
def test_no_path_leads_elsewhere(typed: str) -> None:
    try:
        path = second_account_path(typed)
    except ValueError:
        assert not is_harmless(typed)
        return
    assert second_account_path(path) == path
    assert any(name.lower().startswith("sip") for name in path.split("/")[:3])
    assert path.isascii()
    assert path.isprintable()
    assert not set(path) & set(" .%\\#;:@*")
    assert "//" not in path
    if is_harmless(path):
        assert path == path.lower()
        assert not set(path) & set("?=&")
