"""Expected against actual settings of a SIP account: pure functions, no I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv6Address
import re
from typing import Final

from .const import Account
from .panel import SipAccount


class Setting(StrEnum):
    """The settings that are compared, named as the panel's API names them."""

    PROXY = "proxy"
    REALM = "realm"
    USER = "user"
    TRANSPORT = "transport"
    USER_ID = "user_id"
    REGISTRATION_INTERVAL = "registration_interval"
    OUTBOUND = "outbound"
    STUN = "stun"


class Status(StrEnum):
    """How a setting, or a whole account, compares with what is expected."""

    IN_SYNC = "in_sync"
    DRIFTED = "drifted"
    NOT_SET = "not_set"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One setting: expected and actual value, and since when they differ."""

    expected: str | None
    actual: str | None
    status: Status
    since: datetime | None = None


type Comparisons = Mapping[Setting, Comparison]

_ADDRESSES: Final = (Setting.PROXY, Setting.REALM, Setting.OUTBOUND, Setting.STUN)
# RFC 3261, section 19.1.2 and RFC 5389, section 9.
_DEFAULT_PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}
_STUN_PORT: Final = 3478
_ADDRESS: Final = re.compile(
    r"""
    (?:(?P<scheme>sips?):)?
    (?:(?P<user>[^@\s]*)@)?
    (?P<host>\[[^\]\s]+\]|[^\[\]:;\s]+)
    (?::(?P<port>\d{1,5}))?
    (?P<parameters>(?:;[^;\s]+)*)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def actual_settings(
    account: Account, reading: SipAccount | None
) -> dict[Setting, str | None]:
    """Return an account's settings as texts, None where the value is unknown."""
    interval = reading and reading.registration_interval
    actual: dict[Setting, str | None] = {
        Setting.PROXY: reading and reading.proxy,
        Setting.REALM: reading and reading.realm,
        Setting.USER: reading and reading.user,
        Setting.TRANSPORT: reading and reading.transport,
        Setting.USER_ID: reading and reading.user_id_digest,
        Setting.REGISTRATION_INTERVAL: None if interval is None else str(interval),
        Setting.OUTBOUND: reading and reading.outbound,
    }
    if account is Account.FIRST:
        actual[Setting.STUN] = reading and reading.stun
    return actual


def normalise(setting: Setting, value: object, transport: str | None = None) -> str:
    """Return a value in the form in which two equal ones look the same.

    The transport decides which port of an address goes without saying.
    """
    text = "" if value is None else str(value).strip()
    if setting in _ADDRESSES:
        return _normalise_address(
            setting, text, normalise(Setting.TRANSPORT, transport)
        )
    if setting is Setting.TRANSPORT:
        return text.lower()
    if setting is Setting.REGISTRATION_INTERVAL:
        try:
            return str(int(float(text)))
        except ValueError, OverflowError:
            return text
    return text


def _normalise_address(setting: Setting, text: str, transport: str) -> str:
    """Return a SIP URI or a host with its port in normal form."""
    if not (match := _ADDRESS.fullmatch(text)):
        return _normalise_host(f"[{text}]") if text.count(":") > 1 else text
    scheme = "sips:" if (match["scheme"] or "").lower() == "sips" else ""
    parameters = sorted(match["parameters"].lower().split(";")[1:])
    for parameter in parameters:
        if parameter.startswith("transport="):
            if parameter == f"transport={transport}":
                parameters.remove(parameter)
            transport = parameter.removeprefix("transport=")
            break
    if setting is Setting.STUN:
        default_port = _STUN_PORT
    elif scheme:
        default_port = _DEFAULT_PORTS["tls"]
    else:
        default_port = _DEFAULT_PORTS.get(transport, 5060)
    port = int(match["port"] or default_port)
    return "".join(
        (
            scheme,
            f"{match['user']}@" if match["user"] else "",
            _normalise_host(match["host"]),
            "" if port == default_port else f":{port}",
            *(f";{parameter}" for parameter in parameters),
        )
    )


def _normalise_host(host: str) -> str:
    """Return a host name or address in lower case, IPv6 in its short form."""
    if host.startswith("["):
        try:
            return f"[{IPv6Address(host[1:-1])}]"
        except ValueError:
            return host.lower()
    return host.lower().removesuffix(".")


def equal(
    setting: Setting, one: object, other: object, transport: str | None = None
) -> bool:
    """Return whether two values of a setting mean the same."""
    return normalise(setting, one, transport) == normalise(setting, other, transport)


def compare(
    expected: Mapping[str, str],
    ignored: Collection[str],
    actual: Mapping[Setting, str | None],
) -> dict[Setting, Comparison]:
    """Compare actual settings with the expected ones."""
    transport = actual[Setting.TRANSPORT]

    def status(setting: Setting) -> Status:
        if setting not in expected or setting in ignored:
            return Status.NOT_SET
        if (value := actual[setting]) is None:
            return Status.UNKNOWN
        if equal(setting, expected[setting], value, transport):
            return Status.IN_SYNC
        return Status.DRIFTED

    return {
        setting: Comparison(
            expected=expected.get(setting),
            actual=actual[setting],
            status=status(setting),
        )
        for setting in actual
    }


def compare_anew(
    known: Comparisons,
    expected: Mapping[str, str],
    ignored: Collection[str],
    now: datetime,
) -> dict[Setting, Comparison]:
    """Compare what is known of an account with settings that are expected from now."""
    actual = {setting: comparison.actual for setting, comparison in known.items()}
    return {
        setting: (
            replace(comparison, since=known[setting].since or now)
            if comparison.status is Status.DRIFTED
            else comparison
        )
        for setting, comparison in compare(expected, ignored, actual).items()
    }


def drifted(comparisons: Comparisons) -> dict[Setting, Comparison]:
    """Return the settings that are not the expected ones."""
    return {
        setting: comparison
        for setting, comparison in comparisons.items()
        if comparison.status is Status.DRIFTED
    }


def acceptable(
    comparisons: Comparisons, settings: Collection[Setting] | None = None
) -> dict[Setting, str | None]:
    """Return the actual values to expect from now on, of those that are known.

    Without a choice of settings these are the drifted ones, or all if nothing is
    expected yet.
    """
    if settings is None:
        nothing_expected = all(
            comparison.expected is None for comparison in comparisons.values()
        )
        settings = comparisons if nothing_expected else drifted(comparisons)
    return {
        setting: comparison.actual
        for setting, comparison in comparisons.items()
        if setting in settings and comparison.actual is not None
    }


def overall(comparisons: Comparisons) -> Status:
    """Return the status of a whole account: a drift counts more than a doubt."""
    statuses = {comparison.status for comparison in comparisons.values()}
    for status in (Status.DRIFTED, Status.UNKNOWN, Status.IN_SYNC):
        if status in statuses:
            return status
    return Status.NOT_SET


def same(setting: Setting, one: Comparison, other: Comparison) -> bool:
    """Return whether two comparisons of a setting tell the same of its drift."""
    return one.status is other.status and (
        one.status is not Status.DRIFTED or equal(setting, one.actual, other.actual)
    )


def needs_second_reading(known: Comparisons, reading: Comparisons) -> bool:
    """Return whether a reading begins, changes or ends a drift."""
    return any(
        comparison.status in (Status.IN_SYNC, Status.DRIFTED)
        and Status.DRIFTED in (comparison.status, known[setting].status)
        and not same(setting, known[setting], comparison)
        for setting, comparison in reading.items()
    )


def settle(
    known: Comparisons, first: Comparisons, second: Comparisons, now: datetime
) -> dict[Setting, Comparison]:
    """Return what two readings, one right after the other, make of what was known.

    A drift begins, changes and ends only where both readings agree, and it keeps the
    time at which its value was first seen.
    """
    settled: dict[Setting, Comparison] = {}
    for setting, reading in second.items():
        before = known[setting]
        agreed = reading.status is not Status.UNKNOWN and same(
            setting, first[setting], reading
        )
        if not agreed:
            doubt = Status.UNKNOWN in (first[setting].status, reading.status)
            if doubt and before.status is not Status.DRIFTED:
                settled[setting] = replace(reading, actual=None, status=Status.UNKNOWN)
            else:
                settled[setting] = before
        elif reading.status is Status.DRIFTED:
            is_known = same(setting, before, reading)
            settled[setting] = replace(reading, since=before.since if is_known else now)
        else:
            settled[setting] = reading
    return settled
