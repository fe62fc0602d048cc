"""Addresses of panels, as people type them."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
import re

from yarl import URL

_HOST = re.compile(r"[\w.:%-]{1,253}", re.ASCII)


def panel_address(text: str, *, https: bool = False) -> URL:
    """Return the address in an IP address, a host name, host:port or a URL.

    Raises ValueError if it is none, or if a login is in it.
    """
    text = text.strip()
    with suppress(ValueError):
        text = f"[{IPv6Address(text)}]"
    url = URL(text if "://" in text else f"{'https' if https else 'http'}://{text}")
    host = url.raw_host or ""
    if (
        url.scheme not in ("http", "https")
        or url.user is not None
        or url.password is not None
        or not _HOST.fullmatch(host)
    ):
        raise ValueError("This is not an address")
    if not host.strip("0123456789."):
        # Raises ValueError if it is not an IPv4 address.
        IPv4Address(host)
    # Raises ValueError if no request can go to this host.
    return URL.build(scheme=url.scheme, host=host, port=url.port)
