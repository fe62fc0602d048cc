"""Addresses of panels, as people type them."""

from contextlib import suppress
from ipaddress import IPv6Address, ip_address
import re

from yarl import URL

_SCHEMES = ("http", "https")
# A label of a host name, RFC 1035, section 2.3.4; local names have underscores, too.
# Without a letter it is no name, and "http" is a scheme that was typed badly.
_LABEL = r"[\w-]{1,63}"
_NAME = re.compile(
    rf"(?!https?$)(?![\d.]+$)(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?", re.ASCII
)


def panel_urls(text: str, *, https_only: bool = False) -> list[URL]:
    """Return where to look for the panel at an IP address, a host name or a URL.

    A port may stand behind the host. Without a scheme, http is tried before https.
    Raises ValueError if this is no address, or if a login is in it.
    """
    if "@" in text:
        raise ValueError("A login is in this address")
    text = text.strip()
    with suppress(ValueError):
        text = f"[{IPv6Address(text)}]"
    if "://" in text:
        return [_origin(URL(text))]
    schemes = ("https",) if https_only else _SCHEMES
    return [_origin(URL(f"{scheme}://{text}")) for scheme in schemes]


def _origin(url: URL) -> URL:
    """Return scheme, host and port; raises ValueError if no panel can be there."""
    host = url.raw_host or ""
    if url.scheme not in _SCHEMES or not url.port:
        raise ValueError("This is not an address of a panel")
    if not _NAME.fullmatch(host):
        ip_address(host)
    return URL.build(scheme=url.scheme, host=host, port=url.port)
