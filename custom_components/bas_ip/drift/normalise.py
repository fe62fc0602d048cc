"""Settings in a normal form, in which two values that mean the same are equal."""

from contextlib import suppress
from ipaddress import IPv6Address
import re
from typing import Final

from ..panel.models import Setting, whole_number

_ADDRESSES: Final = (Setting.PROXY, Setting.OUTBOUND, Setting.STUN)
# RFC 3261, section 19.1.2.
_SIP_PORT: Final = "5060"
_SIPS_PORT: Final = "5061"
# RFC 5389, section 9.
_STUN_PORT: Final = "3478"
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


def same_value(
    setting: Setting,
    one: str | None,
    other: str | None,
    transport: str | None = None,
) -> bool:
    """Return whether two values of a setting mean the same."""
    return one == other or (
        normalise(setting, one, transport) == normalise(setting, other, transport)
    )


def normalise(setting: Setting, value: str | None, transport: str | None = None) -> str:
    """Return the normal form of a value.

    The transport decides which port of an address is the default one. A realm is an
    opaque text, in which case matters (RFC 3261, section 22.1; RFC 7616).
    """
    text = (value or "").strip()
    if setting in _ADDRESSES:
        return _normalise_address(setting, text, (transport or "").strip().lower())
    if setting is Setting.TRANSPORT:
        return text.lower()
    if setting is Setting.REGISTRATION_INTERVAL:
        return _normalise_number(whole_number(text))
    return text


def _normalise_number(text: str) -> str:
    return str(int(text)) if text.isdecimal() else text


def _normalise_address(setting: Setting, text: str, transport: str) -> str:
    """Return the normal form of a SIP URI, or of a host with or without a port."""
    # An IPv6 address may come without its brackets.
    match = _ADDRESS.fullmatch(text) or _ADDRESS.fullmatch(f"[{text}]")
    if match is None:
        return text
    scheme, user, host, port, parameters = match.groups("")
    scheme = scheme.lower() or "sip"
    named = (each.partition("=") for each in parameters.lower().split(";")[1:])
    values = {"transport": transport} | {name: value for name, _, value in named}
    port = port.lstrip("0") or _default_port(setting, scheme, values["transport"])
    address = f"{scheme}:{user}@{_normalise_host(host)}:{port}"
    return ";".join([address, *map("=".join, sorted(values.items()))])


def _default_port(setting: Setting, scheme: str, transport: str) -> str:
    """Return the port of an address that names none."""
    if setting is Setting.STUN:
        return _STUN_PORT
    return _SIPS_PORT if scheme == "sips" or transport == "tls" else _SIP_PORT


def _normalise_host(host: str) -> str:
    """Return a host name or address in lower case, IPv6 in its short form."""
    host = host.lower().removesuffix(".")
    with suppress(ValueError):
        return f"[{IPv6Address(host.strip('[]'))}]"
    return host
