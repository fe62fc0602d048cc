"""Settings in a normal form, in which two values that mean the same are equal."""

from ipaddress import IPv6Address
import re
from typing import Final

from .settings import Setting

_ADDRESSES: Final = (Setting.PROXY, Setting.REALM, Setting.OUTBOUND, Setting.STUN)
# RFC 3261, section 19.1.2.
_SIP_PORT: Final = 5060
_SIPS_PORT: Final = 5061
# RFC 5389, section 9.
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

    The transport decides which port of an address is the default one.
    """
    text = (value or "").strip()
    if setting in _ADDRESSES:
        return _normalise_address(setting, text, (transport or "").strip().lower())
    if setting is Setting.TRANSPORT:
        return text.lower()
    if setting is Setting.REGISTRATION_INTERVAL:
        try:
            return str(int(float(text)))
        except ValueError, OverflowError:
            return text
    return text


def _normalise_address(setting: Setting, text: str, transport: str) -> str:
    """Return the normal form of a SIP URI, or of a host with or without a port."""
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
    elif scheme or transport == "tls":
        default_port = _SIPS_PORT
    else:
        default_port = _SIP_PORT
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
