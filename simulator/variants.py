"""Named kinds of panels."""

from collections.abc import Callable

from .behaviour import Ban, Timestamp, UnsetAccount, WebPage
from .panel import Panel

VARIANTS: dict[str, Callable[[Panel], None]] = {}
"""What makes a panel one of a kind; `--help` shows the docstrings."""


def _variant(name: str) -> Callable[[Callable[[Panel], None]], Callable[[Panel], None]]:
    def register(change: Callable[[Panel], None]) -> Callable[[Panel], None]:
        VARIANTS[name] = change
        return change

    return register


@_variant("api-2.9")
def _api_2_9(panel: Panel) -> None:
    """Android panel with one account, no `outbound` and no time of the last attempt."""
    panel.info["api_version"] = "2.9.0"
    panel.firmware_version = "3.12.0"
    panel.first_account.pop("outbound", None)
    panel.behaviour.second_account_path = None
    panel.behaviour.timestamp = Timestamp.ABSENT


@_variant("api-v0")
def _api_v0(panel: Panel) -> None:
    """Android panel with firmware 3.7: only /api/info answers."""
    panel.info["api_version"] = "1.8.0"
    panel.firmware_version = "3.7.0"
    panel.behaviour.has_api_v1 = False


@_variant("camdroid")
def _camdroid(panel: Panel) -> None:
    """Linux panel AV-03BD: API 1.3.5 under /api/v1, no time of the last attempt."""
    panel.info |= {
        "api_version": "1.3.5",
        "device_name": "AV-03BD",
        "device_model": "av03bd",
    }
    panel.firmware_version = "3.9.2"
    panel.info.pop("mcu_version", None)
    panel.behaviour.timestamp = Timestamp.ABSENT


@_variant("monitor")
def _monitor(panel: Panel) -> None:
    """Indoor monitor, which answers /api/info like a panel."""
    panel.info |= {
        "device_type": "monitor",
        "device_name": "AT-10",
        "device_model": "at-10",
    }
    panel.behaviour.second_account_path = None


@_variant("no-serial-number")
def _no_serial_number(panel: Panel) -> None:
    """/api/info without a serial number."""
    panel.info.pop("device_serial_number", None)


@_variant("one-account")
def _one_account(panel: Panel) -> None:
    """No second account: its path is unknown."""
    panel.behaviour.second_account_path = None


@_variant("unknown-suffixes")
def _unknown_suffixes(panel: Panel) -> None:
    """Every path below device/sip/settings/ answers with the only account."""
    panel.behaviour.second_account_path = None
    panel.behaviour.answers_unknown_suffixes = True


@_variant("unset-account")
def _unset_account(panel: Panel) -> None:
    """The second account was never filled in: empty strings."""
    panel.behaviour.unset_account = UnsetAccount.EMPTY_STRINGS


@_variant("unset-account-nulls")
def _unset_account_nulls(panel: Panel) -> None:
    """The second account was never filled in: nulls."""
    panel.behaviour.unset_account = UnsetAccount.NULLS


@_variant("unset-account-404")
def _unset_account_404(panel: Panel) -> None:
    """The second account was never filled in: 404."""
    panel.behaviour.unset_account = UnsetAccount.NOT_FOUND


@_variant("unset-account-400")
def _unset_account_400(panel: Panel) -> None:
    """The second account was never filled in: 400."""
    panel.behaviour.unset_account = UnsetAccount.BAD_REQUEST


@_variant("failover-account")
def _failover_account(panel: Panel) -> None:
    """The second account is the first one by another outbound proxy."""
    panel.second_account |= {
        key: panel.first_account[key] for key in ("proxy", "realm", "user", "user_id")
    }
    panel.second_account["outbound"] = "backup.example.org"


@_variant("null-stun")
def _null_stun(panel: Panel) -> None:
    """The second account has a STUN server, too, which is null."""
    panel.second_account["stun"] = None


@_variant("milliseconds")
def _milliseconds(panel: Panel) -> None:
    """The time of the last registration attempt in milliseconds."""
    panel.behaviour.timestamp = Timestamp.MILLISECONDS


@_variant("no-attempt-yet")
def _no_attempt_yet(panel: Panel) -> None:
    """SIP is switched off and there was no registration attempt yet."""
    panel.sip_enabled = False
    panel.sip_status = "OFFLINE"
    panel.register_last_attempt = None


@_variant("open-status")
def _open_status(panel: Panel) -> None:
    """The registration status is told without a login."""
    panel.behaviour.status_without_login = True


@_variant("short-token")
def _short_token(panel: Panel) -> None:
    """A token is good for ten requests."""
    panel.behaviour.token_requests = 10


@_variant("single-session")
def _single_session(panel: Panel) -> None:
    """A login ends all other sessions."""
    panel.behaviour.single_session = True


@_variant("ban")
def _ban(panel: Panel) -> None:
    """Three rejected logins in a row ban the client: 403."""
    panel.behaviour.ban_after = 3


@_variant("ban-closes")
def _ban_closes(panel: Panel) -> None:
    """Three rejected logins in a row ban the client: the connection is closed."""
    panel.behaviour.ban_after = 3
    panel.behaviour.ban = Ban.CLOSED


@_variant("manager")
def _manager(panel: Panel) -> None:
    """The user is a manager, who may not see the settings: 403."""
    panel.behaviour.manager = True


@_variant("lower-case-hashes")
def _lower_case_hashes(panel: Panel) -> None:
    """The login takes the password's hash in lower case only."""
    panel.behaviour.lower_case_hashes_only = True


@_variant("cleartext-password")
def _cleartext_password(panel: Panel) -> None:
    """The settings hold the SIP password itself (CVE-2024-39220)."""
    panel.behaviour.cleartext_password = True


@_variant("second-registration")
def _second_registration(panel: Panel) -> None:
    """The second account has a status and a switch of its own."""
    path = panel.behaviour.second_account_path or "device/sip/settings/second"
    panel.behaviour.second_status_path = path.replace("settings", "status")
    panel.behaviour.second_enable_path = path.replace("settings", "enable")


@_variant("silent-web-page")
def _silent_web_page(panel: Panel) -> None:
    """The web page names no SIP settings."""
    panel.behaviour.web_page = WebPage.SILENT


@_variant("web-page-login")
def _web_page_login(panel: Panel) -> None:
    """The web page is behind a login."""
    panel.behaviour.web_page = WebPage.LOGIN


@_variant("no-web-page")
def _no_web_page(panel: Panel) -> None:
    """There is no web page."""
    panel.behaviour.web_page = WebPage.MISSING


@_variant("text-html")
def _text_html(panel: Panel) -> None:
    """JSON is sent as text/html."""
    panel.behaviour.content_type = "text/html"
