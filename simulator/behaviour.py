"""Switches for what the documentation leaves open, or what differs between panels."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from .faults import Answer, Close, Fault


class Timestamp(Enum):
    """How `register_last_attempt` is sent; older firmware does not send it."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    NULL = "null"
    ABSENT = "absent"


class UnsetAccount(Enum):
    """What the panel answers for an account that nobody has filled in."""

    EMPTY_STRINGS = "empty strings"
    NULLS = "nulls"
    NOT_FOUND = "404"
    BAD_REQUEST = "400"


class Ban(Enum):
    """How a banned client is turned away."""

    FORBIDDEN = "403"
    UNAUTHORIZED = "401"
    CLOSED = "closed connection"


class WebPage(Enum):
    """What the panel's own web page is like."""

    APPLICATION = "single-page application"
    SILENT = "names no SIP settings"
    LOGIN = "behind a login"
    MISSING = "404"


@dataclass
class Behaviour:
    """How a panel behaves; every field may be changed while the panel runs."""

    second_account_path: str | None = "device/sip/settings/second"
    """Path below /api/v1/, or None for a panel that has one account only."""

    second_status_path: str | None = None
    """Where the second account has a registration of its own, if it has one."""

    second_enable_path: str | None = None
    """Where the second account has a switch of its own, if it has one."""

    unset_account: UnsetAccount | None = None
    """What the second account answers while it is not set; None when it is set."""

    answers_unknown_suffixes: bool = False
    """Every path below device/sip/settings/ answers with the first account."""

    timestamp: Timestamp = Timestamp.SECONDS

    registers_again: bool = True
    """The last attempt moves on with the registration interval of the account."""

    status_without_login: bool = False

    has_api_v1: bool = True
    """False on firmware up to 3.7, which knows /api/info but nothing below /api/v1."""

    token_lifetime: float | None = 7200
    """Seconds after which a token is no longer accepted."""

    token_requests: int | None = None
    """Number of requests after which a token is no longer accepted."""

    ended_session: Answer | Close | None = None
    """What answers a token that is no longer accepted; None for a 401."""

    single_session: bool = False
    """A login ends all other sessions."""

    lower_case_hashes_only: bool = False

    manager: bool = False
    """The user has the role of a manager, who may log in and is then refused."""

    busy: Fault | None = None
    """What becomes of a request for a path that was asked within five seconds."""

    refused: dict[str, int] = field(default_factory=dict)
    """Paths that are always refused, each with 401 or 403."""

    ban_after: int | None = None
    """Number of rejected logins in a row after which nothing is answered any more."""

    ban: Ban = Ban.FORBIDDEN

    cleartext_password: bool = False
    """The accounts are sent with the SIP password itself (CVE-2024-39220)."""

    content_type: str = "application/json"

    web_page: WebPage = WebPage.APPLICATION

    web_folder: Path | None = None
    """A folder with another web page, which is served in place of the panel's."""
