"""Which values of a setting mean the same."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bas_ip.drift.normalise import normalise, same_value
from custom_components.bas_ip.panel.models import Setting

from .conftest import INTERVAL, OUTBOUND, PROXY, REALM, STUN, TRANSPORT, USER, USER_ID

repeatable = settings(deadline=None, derandomize=True, database=None)
# Texts that are addresses, and those that are nearly.
addresses = st.from_regex(
    r"\s?(sips?:)?([ab]@)?([aB]\.?|\[?::0?1\]?|192\.0\.2\.1)(:\d{1,6})?"
    r"(;transport=(tcp|TLS)|;lr|;)*",
    fullmatch=True,
)
values = st.none() | st.text() | st.integers().map(str) | addresses
transports = st.sampled_from([None, "", "udp", "tcp", "tls", " TLS ", "sctp"])


@pytest.mark.parametrize(
    ("setting", "one", "other", "transport"),
    [
        # Host names
        (PROXY, "pbx.example.net", "PBX.Example.NET", "udp"),
        (PROXY, "pbx.example.net", "pbx.example.net.", "udp"),
        (PROXY, "pbx.example.net", "  pbx.example.net\t", "udp"),
        (PROXY, "pbx", "PBX", "udp"),
        (PROXY, "sip:201@pbx.example.net", "sip:201@PBX.example.net", "udp"),
        # Schemes
        (PROXY, "sip:pbx.example.net", "pbx.example.net", "udp"),
        (PROXY, "SIP:pbx.example.net", "sip:pbx.example.net", "udp"),
        (PROXY, "SIPS:pbx.example.net", "sips:pbx.example.net", "udp"),
        (OUTBOUND, "sip:pbx.example.net", "pbx.example.net", "tls"),
        # Default ports
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "udp"),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "UDP"),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "tcp"),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", ""),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", None),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "sctp"),
        (PROXY, "pbx.example.net:5061", "pbx.example.net", "tls"),
        (PROXY, "pbx.example.net:05060", "pbx.example.net", "udp"),
        (PROXY, "sips:pbx.example.net:5061", "sips:pbx.example.net", "udp"),
        (OUTBOUND, "sip:pbx.example.net.:5060", "PBX.example.net", "udp"),
        (STUN, "stun.example.org:3478", "stun.example.org", "udp"),
        (STUN, "stun.example.org:3478", "STUN.example.org.", "tls"),
        # The transport as a parameter
        (PROXY, "sip:pbx.example.net;transport=udp", "pbx.example.net", "udp"),
        (PROXY, "sip:pbx.example.net;Transport=UDP", "pbx.example.net", "udp"),
        (PROXY, "sip:pbx.example.net:5061;transport=tls", "pbx.example.net", "tls"),
        (PROXY, "pbx:5061;transport=tls", "pbx;transport=tls", "udp"),
        (PROXY, "pbx:5060;transport=tcp", "pbx;transport=tcp", "tls"),
        (PROXY, "pbx;LR;transport=tcp", "pbx;transport=TCP;lr", "udp"),
        (PROXY, "pbx;lr;transport=udp", "pbx;lr", "udp"),
        # IPv4 and IPv6
        (PROXY, "sip:192.0.2.1:5060", "192.0.2.1", "udp"),
        (PROXY, "[2001:DB8::1]", "[2001:db8::1]", "udp"),
        (PROXY, "[2001:db8:0:0:0:0:0:1]", "[2001:db8::1]", "udp"),
        (PROXY, "sip:[2001:db8::1]:5060", "[2001:db8::1]", "udp"),
        (PROXY, "2001:db8::1", "[2001:db8::1]", "udp"),
        (PROXY, "2001:0db8::0001", "sip:[2001:DB8::1]:5060", "udp"),
        (PROXY, "[No:Address]", "[no:address]", "udp"),
        (PROXY, "[fe80::1%eth0]:5060", "fe80::1%ETH0", "udp"),
        # No addresses
        (PROXY, "PBX:port", "pbx:Port", "udp"),
        (PROXY, "two words", " two words", "udp"),
        # Other settings
        (REALM, " asterisk", "asterisk ", "udp"),
        (USER, " 201 ", "201", "udp"),
        (USER_ID, None, "", "udp"),
        (TRANSPORT, " UDP", "udp", "udp"),
        (INTERVAL, "60", "60", "udp"),
        (INTERVAL, "60.0", " 60 ", "udp"),
        (INTERVAL, "060", "60", "udp"),
        (INTERVAL, "soon", " soon ", "udp"),
        *((setting, None, "", "udp") for setting in Setting),
        *((setting, None, "  ", "udp") for setting in Setting),
    ],
)
def test_same(
    setting: Setting, one: str | None, other: str | None, transport: str | None
) -> None:
    assert same_value(setting, one, other, transport)


@pytest.mark.parametrize(
    ("setting", "one", "other", "transport"),
    [
        (PROXY, "pbx.example.net", "pbx.example.org", "udp"),
        (PROXY, "pbx.example.net", "", "udp"),
        (PROXY, "pbx", "pbx.example.net", "udp"),
        (PROXY, "pbx example", "PBX example", "udp"),
        (PROXY, "pbx..", "pbx", "udp"),
        (PROXY, "sips:pbx.example.net", "sip:pbx.example.net", "udp"),
        (PROXY, "sips:pbx.example.net", "pbx.example.net", "tls"),
        (PROXY, "sip:Alice@pbx.example.net", "sip:alice@pbx.example.net", "udp"),
        (PROXY, "sip:alice@pbx.example.net", "sip:pbx.example.net", "udp"),
        (PROXY, "pbx.example.net:5061", "pbx.example.net", "udp"),
        (PROXY, "pbx.example.net:5061", "pbx.example.net", "tcp"),
        (PROXY, "pbx.example.net:5060", "pbx.example.net", "tls"),
        (PROXY, "pbx.example.net:5061", "pbx.example.net", None),
        (PROXY, "sips:pbx.example.net:5060", "sips:pbx.example.net", "udp"),
        (PROXY, "pbx.example.net:3478", "pbx.example.net", "udp"),
        # A realm is an opaque text.
        (REALM, "asterisk", "Asterisk", "udp"),
        (REALM, "asterisk", "asterisk.", "udp"),
        (REALM, "asterisk", "asterisk:5060", "udp"),
        (REALM, "asterisk", "sip:asterisk", "udp"),
        (REALM, "pbx.example.net:5061", "pbx.example.net", "tls"),
        (REALM, "60", "60.0", "udp"),
        (STUN, "stun.example.org:5060", "stun.example.org", "udp"),
        (STUN, "stun.example.org:3479", "stun.example.org:3478", "udp"),
        (PROXY, "sip:pbx.example.net;transport=tcp", "pbx.example.net", "udp"),
        (PROXY, "sip:pbx;transport=tcp", "sip:pbx;transport=tls", "udp"),
        (PROXY, "sip:pbx;transport=udp", "sip:pbx", "tcp"),
        (PROXY, "sip:pbx:5060;transport=tls", "sip:pbx;transport=tls", "udp"),
        (PROXY, "sip:pbx;lr", "sip:pbx", "udp"),
        (PROXY, "192.0.2.1", "192.0.2.2", "udp"),
        (PROXY, "192.0.2.1:5062", "192.0.2.1", "udp"),
        (PROXY, "[2001:db8::1]", "[2001:db8::2]", "udp"),
        (PROXY, "2001:db8::1", "[2001:db8::2]", "udp"),
        (PROXY, "[2001:db8::1]:5062", "[2001:db8::1]", "udp"),
        (USER, "Alice", "alice", "udp"),
        (USER, "0201", "201", "udp"),
        (USER_ID, "a", "A", "udp"),
        (TRANSPORT, "udp", "tcp", "udp"),
        (TRANSPORT, "udp", "", "udp"),
        (INTERVAL, "60", "61", "udp"),
        (INTERVAL, "60", None, "udp"),
        (INTERVAL, "60", "60.5", "udp"),
        (INTERVAL, "60", "60 s", "udp"),
        (USER, "7", "7.0", "udp"),
        (PROXY, "[2001:db8::1]", "[2001:db8::1]:5061", "udp"),
        (PROXY, "two words", "Two words", "udp"),
        (PROXY, "pbx:1234", "pbx:12345", "udp"),
        (PROXY, "sip:pbx;transport=tcp;lr", "sip:pbx;transport=tcp", "tcp"),
        (PROXY, r"pbx\u200b", "pbx", "udp"),
        (INTERVAL, "60", "soon", "udp"),
        (INTERVAL, "inf", "nan", "udp"),
    ],
)
def test_different(
    setting: Setting, one: str | None, other: str | None, transport: str | None
) -> None:
    assert not same_value(setting, one, other, transport)


@repeatable
@given(st.sampled_from(Setting), values, values, transports)
def test_any_value(
    setting: Setting, one: str | None, other: str | None, transport: str | None
) -> None:
    """Comparing never fails, a value equals itself, and the order does not matter."""
    assert same_value(setting, one, one, transport)
    assert same_value(setting, one, other, transport) == same_value(
        setting, other, one, transport
    )


@repeatable
@given(st.sampled_from(Setting), values, values, values, transports)
def test_three_values(
    setting: Setting,
    one: str | None,
    two: str | None,
    three: str | None,
    transport: str | None,
) -> None:
    """Two that mean the same as a third one mean the same."""
    if same_value(setting, one, two, transport):
        assert same_value(setting, one, three, transport) == same_value(
            setting, two, three, transport
        )


@pytest.mark.parametrize(
    ("setting", "value", "transport", "normal"),
    [
        (
            PROXY,
            "SIP:201@PBX.Example.net.:05060;LR;Transport=UDP",
            "tls",
            "sip:201@pbx.example.net:5060;lr=;transport=udp",
        ),
        (PROXY, "SIPS:PBX", "udp", "sips:@pbx:5061;transport=udp"),
        (OUTBOUND, "2001:DB8:0::1", " TLS ", "sip:@[2001:db8::1]:5061;transport=tls"),
        (STUN, "Stun.example.org", "tls", "sip:@stun.example.org:3478;transport=tls"),
        (PROXY, " Two Words ", "udp", "Two Words"),
        (TRANSPORT, " TLS ", None, "tls"),
        (INTERVAL, " 060.0", None, "60"),
        (INTERVAL, "inf", None, "inf"),
        (USER, " Alice ", None, "Alice"),
        (USER_ID, None, None, ""),
        (PROXY, None, None, ""),
    ],
)
def test_normal_form(
    setting: Setting, value: str | None, transport: str | None, normal: str
) -> None:
    assert normalise(setting, value, transport) == normal
