"""What a panel says of itself, parsed leniently.

The regular expressions of the panel's documentation refuse the documentation's own
examples, so no value is checked against them: every field may be missing, null, empty
or of another type. None stands for a value that is missing or cannot be read; an empty
string for one that is not set.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Self, final

type JsonObject = dict[str, object]

MAX_LENGTH = 255
# Larger numbers mean nothing here, and JSON elsewhere does not carry them.
MAX_INTEGER = 2**53
# What the panel sends in place of the SIP password.
PASSWORD_PLACEHOLDER = "WebPass"
# Later than any time in seconds that a panel can mean, and earlier than any in
# milliseconds: the documentation does not say which of the two it sends.
MAX_SECONDS = 100_000_000_000


def _text(value: object) -> str | None:
    """Return a printable text of capped length, or None if it cannot be read as one."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text))
    return text.strip()[:MAX_LENGTH]


def text_field(data: JsonObject, key: str) -> str | None:
    """Return a text field of an answer, None if it is missing or unreadable."""
    return _text(data[key]) if key in data else None


def _integer(value: object) -> int | None:
    """Return a whole number that may come as text, or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = int(value)
    except ValueError, OverflowError:
        return None
    return number if abs(number) <= MAX_INTEGER else None


def _timestamp(value: object) -> datetime | None:
    """Return the time of a Unix timestamp in seconds or milliseconds, or None."""
    number = _integer(value)
    if number is None or number <= 0:
        return None
    try:
        return datetime.fromtimestamp(
            number / 1000 if number > MAX_SECONDS else number, UTC
        )
    except ValueError:
        return None


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class PanelInfo:
    """The panel itself, as `GET /api/info` describes it without a login."""

    api_version: str | None
    firmware_version: str | None
    hardware_version: str | None
    model: str | None
    name: str | None
    serial_number: str | None
    type: str | None

    @classmethod
    def from_json(cls, data: JsonObject) -> Self:
        """Parse an answer; text that is not set counts as missing here."""
        return cls(
            api_version=text_field(data, "api_version") or None,
            firmware_version=text_field(data, "firmware_version") or None,
            hardware_version=text_field(data, "mcu_version") or None,
            model=text_field(data, "device_model") or None,
            name=text_field(data, "device_name") or None,
            serial_number=text_field(data, "device_serial_number") or None,
            type=text_field(data, "device_type") or None,
        )

    @property
    def is_panel(self) -> bool:
        """Return whether this is a door panel: monitors answer the same request."""
        return (self.type or "panel").lower() == "panel" and bool(
            self.api_version or self.firmware_version
        )


class Account(StrEnum):
    """The two SIP accounts of a panel."""

    FIRST = "first"
    SECOND = "second"


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SipAccount:
    """The settings of one SIP account; only the first one has a STUN server.

    The password is dropped while parsing. The user ID has held a password on panels
    that a provisioning server configured, so only its digest is kept, which shows a
    change and nothing else.
    """

    proxy: str | None
    realm: str | None
    user: str | None
    transport: str | None
    user_id_digest: str | None
    registration_interval: int | None
    """Seconds between two registrations, documented as 30 to 900."""

    outbound: str | None
    stun: str | None
    """Host and port of the STUN server, of the first account only."""

    password_exposed: bool | None
    """Whether the panel sent a SIP password in clear (CVE-2024-39220)."""

    @classmethod
    def from_json(cls, data: JsonObject) -> Self:
        """Parse an answer."""
        user_id = text_field(data, "user_id")
        if user_id:
            user_id = sha256(user_id.encode()).hexdigest()
        return cls(
            proxy=text_field(data, "proxy"),
            realm=text_field(data, "realm"),
            user=text_field(data, "user"),
            transport=text_field(data, "transport"),
            user_id_digest=user_id,
            registration_interval=_integer(data.get("registration_interval")),
            outbound=text_field(data, "outbound"),
            stun=_stun(data.get("stun")),
            password_exposed=_is_password(_text(data.get("password"))),
        )


def _is_password(value: str | None) -> bool | None:
    """Return whether this is a password rather than something in its place."""
    if value is None:
        return None
    return value != PASSWORD_PLACEHOLDER and bool(value.strip("*"))


def _stun(value: object) -> str | None:
    """Return the STUN server as host and port."""
    if not isinstance(value, dict):
        return None
    host = text_field(value, "ip")
    port = _integer(value.get("port"))
    return f"{host}:{port}"[:MAX_LENGTH] if host and port is not None else host


class RegistrationStatus(StrEnum):
    """Whether the panel is registered with its SIP server."""

    REGISTERED = "registered"
    FAILED = "failed"
    DISABLED = "disabled"


# From "Get current SIP registration status" of the panel's documentation.
STATUS_WORDS = {
    "OK": RegistrationStatus.REGISTERED,
    "ERROR": RegistrationStatus.FAILED,
    "OFFLINE": RegistrationStatus.DISABLED,
}


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SipRegistration:
    """A registration with a SIP server: the panel's, or that of its second account.

    The documentation does not say which account the panel's own status is about.
    """

    status: RegistrationStatus | None
    last_attempt: datetime | None

    @classmethod
    def from_json(cls, data: JsonObject) -> Self:
        """Parse an answer; older firmware does not send the time."""
        return cls(
            status=STATUS_WORDS.get((text_field(data, "sip_status") or "").upper()),
            last_attempt=_timestamp(data.get("register_last_attempt")),
        )
