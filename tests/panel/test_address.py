"""What a person may type as the address of a panel."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bas_ip.panel.address import panel_urls

from ..no_loop import configure_event_loop, verify_cleanup  # noqa: F401
from .conftest import unhurried


def urls(text: str, *, https_only: bool = False) -> list[str]:
    """Return where to look for a panel."""
    return [str(url) for url in panel_urls(text, https_only=https_only)]


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("192.0.2.10", "192.0.2.10"),
        ("  192.0.2.10\n", "192.0.2.10"),
        ("192.0.2.10:8081", "192.0.2.10:8081"),
        ("192.0.2.10/admin?a=b#c", "192.0.2.10"),
        ("Panel", "panel"),
        ("front-door.local", "front-door.local"),
        ("front_door.local.", "front_door.local."),
        ("tür.example", "xn--tr-xka.example"),
        ("x" * 63 + ".example", "x" * 63 + ".example"),
        ("2001:DB8::1", "[2001:db8::1]"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("[2001:db8::1]:8081", "[2001:db8::1]:8081"),
    ],
)
def test_address_without_a_scheme(text: str, origin: str) -> None:
    """First http is tried, unless the password would go in clear."""
    assert urls(text) == [f"http://{origin}", f"https://{origin}"]
    assert urls(text, https_only=True) == [f"https://{origin}"]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://192.0.2.10", "http://192.0.2.10"),
        ("HTTPS://Panel.local:8443/", "https://panel.local:8443"),
        ("http://192.0.2.10:80/admin?a=b", "http://192.0.2.10"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]"),
    ],
)
def test_address_with_a_scheme(text: str, url: str) -> None:
    assert urls(text) == urls(text, https_only=True) == [url]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "two words",
        "http://",
        "://panel",
        "ftp://panel",
        "file:///etc/passwd",
        # Host names with labels that are too long, or empty
        "x" * 64,
        "x" * 64 + ".example",
        "ü" * 60,
        ".".join(["x" * 63] * 4) + ".x",
        "a..b",
        ".a",
        "..",
        "a..",
        "http://a..b/",
        "pa$nel",
        "a,b",
        "*",
        # Numbers that are no address
        "1",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1.1",
        "[2001:db8::g]",
        "[::1",
        "::1]",
        "2001:db8::1:8081:1:2:3:4",
        # Ports
        "panel:0",
        "panel:65536",
        "panel:x",
        "panel:80:80",
        # Logins, which would be stored and shown
        "admin@panel",
        "http://admin:123456@panel/",
        "@panel",
        "[]@",
    ],
)
@pytest.mark.parametrize("https_only", [False, True])
def test_what_is_no_address(text: str, https_only: bool) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        panel_urls(text, https_only=https_only)


@unhurried
@given(
    st.text()
    | st.text("ab.:[]/@%ü-_ 012x", max_size=80)
    | st.text("a.", min_size=50, max_size=300)
)
def test_any_text(text: str) -> None:
    """It is an address that a request can go to, or else a ValueError."""
    try:
        found = panel_urls(text)
    except ValueError:
        return
    for url in found:
        assert url == url.origin()
        assert url.scheme in ("http", "https")
        assert url.port
        assert url.raw_host
        assert all(
            0 < len(label) <= 63 for label in url.raw_host.rstrip(".").split(".")
        )
        url.raw_host.encode("idna" if ":" not in url.raw_host else "ascii")
