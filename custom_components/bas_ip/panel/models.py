"""What a panel answers, parsed leniently.

The regular expressions of the panel's documentation reject the documentation's own
examples, so no value is checked against them: every field may be missing, null, empty
or of another type. None stands for a value that is not known, an empty text for one
that is not set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import hmac
import re
from typing import Self, final

from .errors import FirstAccountError, NotAnAccountError, PanelError

type JsonObject = dict[str, object]

MAX_LENGTH = 255
# What the panel sends in place of the SIP password.
PASSWORD_PLACEHOLDER = "WebPass"

# The password in an address such as sip:user:password@host, behind scheme and user. It
# reaches to the last @, and colon and @ may be percent-encoded.
_PASSWORD = re.compile(
    r"^((?>(?:[^<:@]*<)?\s*(?:sips?:|https?://)?(?:(?!%3a)[^:])*))(?::|%3a).*(?=@|%40)",
    re.IGNORECASE | re.DOTALL,
)
_WHOLE = re.compile(r"([+-]?[0-9]+)\.0*")
# What Android and servers send in place of a serial number.
_FILLER = re.compile(
    r"""
    (.)\1* | 0123456789abcdef | 0?123456789 | 1234567890 | 0x00000000 | default | empty
    | na | none | notavailable | notset | null | tbd | tobefilledbyoem | undefined
    | unknown
    """,
    re.VERBOSE | re.DOTALL,
)
# Neither zeros only, nor what Android gives programs that may not know it, nor an
# address of a group, whose first octet is odd.
_MAC = re.compile("(?!0{12}|020000000000)[0-9a-f][02468ace][0-9a-f]{10}")


class Account(StrEnum):
    """The two SIP accounts of a panel."""

    FIRST = "first"
    SECOND = "second"


class Setting(StrEnum):
    """The settings of a SIP account, named as the panel's API names them."""

    PROXY = "proxy"
    REALM = "realm"
    USER = "user"
    TRANSPORT = "transport"
    USER_ID = "user_id"
    REGISTRATION_INTERVAL = "registration_interval"
    OUTBOUND = "outbound"
    STUN = "stun"


type Settings = Mapping[Setting, str | None]


# Only the first account has STUN, which is the last one.
ACCOUNT_SETTINGS: Mapping[Account, tuple[Setting, ...]] = {
    Account.FIRST: tuple(Setting),
    Account.SECOND: tuple(Setting)[:-1],
}


def plain_text(value: object) -> str | None:
    """Return a JSON value as a text, None if it is none that can be a setting."""
    match value:
        case None:
            return ""
        case bool():
            return None
        case float() if value.is_integer():
            return str(int(value))
        case str() | int() | float():
            return str(value)
        case _:
            return None


def _clean(text: str) -> str:
    """Return a text as it is shown and compared.

    It is without a password in an address, and has escapes in place of characters that
    cannot be seen.
    """
    text = _PASSWORD.sub(r"\1", text).lstrip(" ")
    characters = (
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )
    return "".join(characters)[:MAX_LENGTH].rstrip(" ")


def text_field(data: JsonObject, key: str) -> str | None:
    """Return a text of an answer, None if it is missing or of another type."""
    text = _raw_text(data, key)
    return None if text is None else _clean(text)


def _raw_text(data: JsonObject, key: str) -> str | None:
    return plain_text(data[key]) if key in data else None


def whole_number(text: str) -> str:
    """Return a number without a fraction that is zero, any other text as it is."""
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


_INFO_KEYS = {
    "api_version": "api_version",
    "firmware_version": "firmware_version",
    "hardware_version": "mcu_version",
    "model": "device_model",
    "name": "device_name",
    "serial_number": "device_serial_number",
    "type": "device_type",
}


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
            **{name: text_field(data, key) or None for name, key in _INFO_KEYS.items()}
        )

    @property
    def is_panel(self) -> bool:
        """Return whether this is a door panel: monitors answer the same request."""
        return (self.type or "panel").lower() == "panel" and bool(
            self.api_version or self.firmware_version
        )


def serial_key(serial_number: str | None) -> str:
    """Return what of a serial number is compared: neither case nor punctuation.

    It is empty for a filler, which many devices share.
    """
    key = re.sub(r"[\W_]", "", serial_number or "").casefold()
    return "" if _FILLER.fullmatch(key) else key


def mac_key(mac_address: str | None) -> str:
    """Return the hexadecimal digits of a MAC address, nothing if no device has it."""
    key = re.sub(r"[^0-9a-z]", "", (mac_address or "").lower())
    return key if _MAC.fullmatch(key) else ""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SipAccount:
    """One SIP account; only the first one has a STUN server."""

    settings: Settings

    password_exposed: bool | None
    """Whether the panel sent a SIP password in clear (CVE-2024-39220)."""

    @classmethod
    def from_json(cls, account: Account, data: JsonObject, salt: str) -> Self:
        """Parse an answer.

        The password is dropped. The user ID has held a password on panels that a
        provisioning server configured, so only its digest is kept; the salt is the key.

        Raises NotAnAccountError if this is no account, FirstAccountError if it is the
        first one in place of the second: only the first one has a STUN server.
        """
        if not {"proxy", "realm", "user"} & data.keys():
            raise NotAnAccountError("The answer is not a SIP account")
        if account is Account.SECOND and stun_server(data):
            raise FirstAccountError("The answer is the first SIP account")
        return cls(
            settings=_settings(account, data, salt),
            password_exposed=_is_password(data),
        )


def _settings(account: Account, data: JsonObject, salt: str) -> Settings:
    settings = {
        setting: text_field(data, setting) for setting in ACCOUNT_SETTINGS[account]
    }
    if user_id := (plain_text(data.get(Setting.USER_ID)) or "").strip(" "):
        settings[Setting.USER_ID] = _digest(user_id, salt)
    if interval := settings[Setting.REGISTRATION_INTERVAL]:
        settings[Setting.REGISTRATION_INTERVAL] = whole_number(interval)
    if account is Account.FIRST:
        settings[Setting.STUN] = stun_server(data)
    return settings


def _digest(text: str, salt: str) -> str:
    """Return a short digest, from which nobody can tell the text without the salt."""
    data = text.encode(errors="surrogatepass")
    return hmac.digest(salt.encode(), data, "sha256").hex()[:8]


def _is_password(data: JsonObject) -> bool | None:
    """Return whether an answer has a password rather than something in its place."""
    text = _raw_text(data, "password")
    if text is None:
        return None
    text = text.strip()
    return text != PASSWORD_PLACEHOLDER and len(set(text)) > 1


def stun_server(data: JsonObject) -> str | None:
    """Return host and port of the STUN server in an answer; empty without a server."""
    stun = data.get(Setting.STUN)
    if not isinstance(stun, dict):
        return text_field(data, Setting.STUN)
    host = text_field({"ip": None, **stun}, "ip")
    port = text_field(stun, "port")
    return f"{host}:{port}"[:MAX_LENGTH] if host and port else host


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
    # Changes in nearly every poll.
    last_attempt: str | None = field(compare=False)

    @classmethod
    def from_json(cls, data: JsonObject) -> Self:
        """Parse an answer; the time may be in seconds or in milliseconds."""
        return cls(
            status=STATUS_WORDS.get((text_field(data, "sip_status") or "").upper()),
            last_attempt=text_field(data, "register_last_attempt"),
        )


type Holder = Account | None
"""Who is registered: an account with a status of its own, or the panel (None)."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a panel has answered in one poll."""

    info: PanelInfo
    accounts: Mapping[Account, SipAccount]
    errors: Mapping[Account, PanelError]
    """Why the panel did not give the other watched accounts."""

    registrations: Mapping[Holder, SipRegistration]
    """Without those that the panel did not give."""
