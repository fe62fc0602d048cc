"""What the models make of answers, however odd these are."""

from dataclasses import asdict
import string
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bas_ip.panel.errors import (
    FirstAccountError,
    NotAnAccountError,
)
from custom_components.bas_ip.panel.models import (
    ACCOUNT_SETTINGS,
    Account,
    PanelInfo,
    RegistrationStatus,
    Setting,
    SipAccount,
    SipRegistration,
    mac_key,
    serial_key,
)

from ..no_loop import configure_event_loop, verify_cleanup  # noqa: F401
from .conftest import unhurried

PROXY, REALM, USER, TRANSPORT, USER_ID, INTERVAL, OUTBOUND, STUN = Setting
TEXTS = [PROXY, REALM, USER, TRANSPORT, OUTBOUND]
SIP_FIELDS = [*(setting.value for setting in Setting), "password"]
INFO_FIELDS = [
    "api_version",
    "firmware_version",
    "mcu_version",
    "device_model",
    "device_name",
    "device_serial_number",
    "device_type",
]
STATUS_FIELDS = ["sip_status", "register_last_attempt"]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text()
    | st.text(string.printable, min_size=250, max_size=300)
    | st.text("0123456789", min_size=300, max_size=5000)
    | st.text(":@<%34a0 sip", max_size=30)
    | st.sampled_from(["WebPass", "***", "OK", "error", "panel", "\ud800", "1_0"])
)
values = st.recursive(
    scalars,
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from(["ip", "port"]), children)
    ),
    max_leaves=5,
)


def objects(fields: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return any JSON object, mostly with fields that are read."""
    return st.dictionaries(st.sampled_from(fields) | st.text(), values)


def account(which: Account = Account.FIRST, salt: str = "salt", **data: Any) -> Any:
    """Return what is made of the answer for an account."""
    return SipAccount.from_json(which, {"user": "201"} | data, salt)


def check(*texts: object) -> None:
    """Check what is true of every text."""
    for text in texts:
        assert text is None or (
            isinstance(text, str) and len(text) <= 255 and text.isprintable()
        )


@unhurried
@given(objects(INFO_FIELDS))
def test_any_information(data: dict[str, Any]) -> None:
    info = PanelInfo.from_json(data)
    check(*asdict(info).values())
    assert "" not in asdict(info).values()
    assert info.is_panel in (True, False)
    check(serial_key(info.serial_number), mac_key(info.serial_number))


@unhurried
@given(st.sampled_from(Account), objects(SIP_FIELDS))
def test_any_account(which: Account, data: dict[str, Any]) -> None:
    if which is Account.SECOND:
        data.pop("stun", None)
    read = account(which, **data)
    check(*read.settings.values())
    assert tuple(read.settings) == ACCOUNT_SETTINGS[which]
    assert read.password_exposed in (True, False, None)


@unhurried
@given(objects(STATUS_FIELDS))
def test_any_registration(data: dict[str, Any]) -> None:
    registration = SipRegistration.from_json(data)
    assert registration.status in (None, *RegistrationStatus)
    assert isinstance(registration.last_attempt, str | None)


def test_settings_of_an_account() -> None:
    """Only the first account has STUN."""
    assert ACCOUNT_SETTINGS[Account.FIRST] == tuple(Setting)
    assert STUN not in ACCOUNT_SETTINGS[Account.SECOND]


@pytest.mark.parametrize("setting", TEXTS)
@pytest.mark.parametrize(
    ("value", "text"),
    [
        # Missing is unknown, null and "" are not set, and so are blanks.
        (..., None),
        (None, ""),
        ("", ""),
        ("  ", ""),
        # Numbers
        (7, "7"),
        (7.0, "7"),
        (-0.0, "0"),
        (0, "0"),
        (7.5, "7.5"),
        (1e20, "100000000000000000000"),
        (12345678.0, "12345678"),
        # Texts stay what they are, also if they look like numbers.
        ("007.0", "007.0"),
        ("2.0", "2.0"),
        ("7.", "7."),
        (" a b  ", "a b"),
        ("Ünïcode", "Ünïcode"),
        # What cannot be seen is seen as an escape.
        ("pbx\u200b.example", r"pbx\u200b.example"),
        ("\ufeffpbx", r"\ufeffpbx"),
        ("pbx\u202e", r"pbx\u202e"),
        ("a\u00a0b", r"a\xa0b"),
        ("a\u00adb", r"a\xadb"),
        ("\tpbx\n", r"\tpbx\n"),
        ("pbx\x00", r"pbx\x00"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\ud800a", r"\ud800a"),
        ("x" * 10_000, "x" * 255),
        ("x" * 254 + " y", "x" * 254),
        ("\u200b" * 10_000, (r"\u200b" * 255)[:255]),
        # Of no type that a setting could have
        (True, None),
        (False, None),
        (["a"], None),
        ({"a": "b"}, None),
        ({}, None),
    ],
)
def test_text(setting: Setting, value: Any, text: str | None) -> None:
    data = {} if value is ... else {setting.value: value}
    assert SipAccount.from_json(
        Account.FIRST, {"proxy": "", "realm": ""} | {"user": None} | data, "salt"
    ).settings[setting] == (
        "" if value is ... and setting in (PROXY, REALM, USER) else text
    )


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (60, "60"),
        (60.0, "60"),
        ("60", "60"),
        ("60.0", "60"),
        ("60.000", "60"),
        (" 60. ", "60"),
        ("60.5", "60.5"),
        ("60 s", "60 s"),
        (0, "0"),
        (-1, "-1"),
        (None, ""),
        ("", ""),
        (..., None),
        (False, None),
        ([60], None),
    ],
)
def test_registration_interval(value: Any, interval: str | None) -> None:
    data = {} if value is ... else {"registration_interval": value}
    assert account(**data).settings[INTERVAL] == interval


@pytest.mark.parametrize("setting", [PROXY, OUTBOUND, REALM, USER, STUN])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("sip:201:S3cret@pbx.example", "sip:201@pbx.example"),
        ("SIP:201:S3CRET@PBX.EXAMPLE:5060", "SIP:201@PBX.EXAMPLE:5060"),
        ("sips:201:S3cret@pbx;transport=tls", "sips:201@pbx;transport=tls"),
        ("sip://201:S3cret@pbx", "sip://201@pbx"),
        ("201:S3cret@pbx.example", "201@pbx.example"),
        (" 201:S3cret@[2001:db8::1]:5060", "201@[2001:db8::1]:5060"),
        ("<sip:201:S3cret@pbx>;lr", "<sip:201@pbx>;lr"),
        ("Front <sip:201:S3cret@pbx>", "Front <sip:201@pbx>"),
        ("sip:201:S3@cr@et@pbx", "sip:201@pbx"),
        ("sip:201:S3:cr:et@pbx", "sip:201@pbx"),
        ("sip:201:S3cr%40et%3a@pbx", "sip:201@pbx"),
        ("sip:201%3AS3cret@pbx", "sip:201@pbx"),
        ("sip:201%3aS3cret%40pbx", "sip:201%40pbx"),
        ("sip:201:S3<cr>et@pbx", "sip:201@pbx"),
        ("sip:201:S3\tcr\net@pbx", "sip:201@pbx"),
        ("https://201:S3cret@pbx/", "https://201@pbx/"),
        ("sip::S3cret@pbx", "sip:@pbx"),
        (":S3cret@pbx", "@pbx"),
        ("sip:201:S3cret" + "x" * 300 + "@pbx", "sip:201@pbx"),
        # Of other schemes the user goes, too.
        ("stun:201:S3cret@pbx", "stun@pbx"),
        # Nothing is lost where there is no password.
        ("sip:201@pbx.example:5060", "sip:201@pbx.example:5060"),
        ("201@pbx", "201@pbx"),
        ("<sip:201@pbx:5060>", "<sip:201@pbx:5060>"),
        ("sip:pbx:5060;lr", "sip:pbx:5060;lr"),
        ("[2001:db8::1]:5060", "[2001:db8::1]:5060"),
        ("a%3ab", "a%3ab"),
    ],
)
def test_password_in_an_address(setting: Setting, value: str, text: str) -> None:
    assert account(**{setting: value}).settings[setting] == text
    stun = {"stun": {"ip": value}}
    assert account(**stun).settings[STUN] == text


@pytest.mark.parametrize(
    "text",
    ["@" + ":" * 60_000, " " * 60_000, "<" * 60_000, "%3a" * 20_000, "a@" * 30_000],
)
def test_password_is_looked_for_once(text: str) -> None:
    """None of these takes a time that grows faster than the text."""
    check(account(proxy=text).settings[PROXY])


def test_characters_that_look_alike() -> None:
    """They are compared as well as seen."""
    realms = ["pbx", "pbx\u200b", "pbx\u200c", "p\u00adbx", "pb\x00x", "pbx\t"]
    read = [account(realm=realm).settings[REALM] for realm in realms]
    assert len(set(read)) == len(realms)


@pytest.mark.parametrize(
    ("value", "digest"),
    [
        ("201", "b42008d0"),
        (" 201 ", "b42008d0"),
        (201, "b42008d0"),
        (201.0, "b42008d0"),
        ("", ""),
        ("   ", ""),
        (None, ""),
        (..., None),
        (True, None),
        ([], None),
    ],
)
def test_user_id(value: Any, digest: str | None) -> None:
    data = {} if value is ... else {"user_id": value}
    assert account(**data).settings[USER_ID] == digest


def test_digest_of_a_user_id() -> None:
    """It is another one for each salt and each user ID, whatever is in it."""
    user_ids = ["a", "A", "7.0", "a:b@c", "a:d@c", "x" * 300, "x" * 301, "\ud800", "ü"]
    digests = [
        account(salt=salt, user_id=user_id).settings[USER_ID]
        for salt in ("one", "two")
        for user_id in user_ids
    ]
    assert len(set(digests)) == 2 * len(user_ids)
    assert all(len(digest) == 8 for digest in digests)


SECRET = "sEcReT%7"


@unhurried
@given(
    st.sampled_from(Account),
    objects(SIP_FIELDS),
    st.sampled_from(
        [SECRET, f" {SECRET}\x00", [SECRET], {"value": SECRET}, {SECRET: None}]
    ),
    st.sampled_from([SECRET, f"{SECRET}x", [SECRET], {"user": {"id": SECRET}}]),
)
def test_password_and_user_id_do_not_survive(
    which: Account, data: dict[str, Any], password: Any, user_id: Any
) -> None:
    data |= {"password": password, "user_id": user_id, "stun": None}
    assert SECRET not in repr(account(which, **data))


@pytest.mark.parametrize(
    ("value", "exposed"),
    [
        (..., None),
        ("WebPass", False),
        (" WebPass\n", False),
        ("", False),
        (None, False),
        ("*", False),
        ("****", False),
        ("••••", False),
        ("xxxx", False),
        ("●●●●●●\n", False),
        ("cleartext", True),
        ("webpass", True),
        ("**a**", True),
        ("xxxX", True),
        (123456, True),
        (True, None),
        (["cleartext"], None),
        ({}, None),
    ],
)
def test_password(value: Any, exposed: bool | None) -> None:
    data = {} if value is ... else {"password": value}
    assert account(**data).password_exposed is exposed


@pytest.mark.parametrize(
    ("value", "stun"),
    [
        ({"ip": "stun.example.org", "port": 3478}, "stun.example.org:3478"),
        ({"ip": "stun.example.org", "port": 3478.0}, "stun.example.org:3478"),
        ({"ip": "stun.example.org", "port": "3478"}, "stun.example.org:3478"),
        ({"ip": "stun.example.org", "port": 0}, "stun.example.org:0"),
        ({"ip": "stun.example.org", "port": None}, "stun.example.org"),
        ({"ip": "stun.example.org"}, "stun.example.org"),
        ({"ip": "x" * 300, "port": 3478}, "x" * 255),
        ("stun.example.org:3478", "stun.example.org:3478"),
        ({"ip": "", "port": 3478}, ""),
        ({"ip": None, "port": 3478}, ""),
        ({"port": 3478}, ""),
        ({}, ""),
        (None, ""),
        ("", ""),
        ({"ip": []}, None),
        ([], None),
        (..., None),
    ],
)
def test_stun(value: Any, stun: str | None) -> None:
    """An answer with a server is that of the first account, any other may be either."""
    data = {} if value is ... else {"stun": value}
    assert account(**data).settings[STUN] == stun
    if stun:
        with pytest.raises(FirstAccountError):
            account(Account.SECOND, **data)
    else:
        assert STUN not in account(Account.SECOND, **data).settings


@pytest.mark.parametrize("which", Account)
@pytest.mark.parametrize("data", [{}, {"sip_status": "OK"}, {"password": "WebPass"}])
def test_answer_that_is_no_account(which: Account, data: dict[str, Any]) -> None:
    with pytest.raises(NotAnAccountError):
        SipAccount.from_json(which, data, "salt")


def registration(**data: Any) -> SipRegistration:
    """Return the model of an answer."""
    return SipRegistration.from_json(data)


def test_time_of_the_last_attempt_does_not_make_another_registration() -> None:
    """It moves on in nearly every poll; older firmware does not send it."""
    assert registration(sip_status="OK") == registration(
        sip_status="OK", register_last_attempt=1
    )


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("OK", RegistrationStatus.REGISTERED),
        ("ok", RegistrationStatus.REGISTERED),
        (" Error ", RegistrationStatus.FAILED),
        ("OFFLINE", RegistrationStatus.DISABLED),
        ("REGISTERING", None),
        ("", None),
        (None, None),
        (True, None),
        (1, None),
        (["OK"], None),
        ({"OK": "OK"}, None),
    ],
)
def test_status(value: Any, status: RegistrationStatus | None) -> None:
    assert registration(sip_status=value).status is status


@pytest.mark.parametrize(
    ("data", "is_panel"),
    [
        ({"device_type": "panel", "api_version": "2.11.0"}, True),
        ({"device_type": "Panel", "firmware_version": "3.20.0"}, True),
        ({"firmware_version": "3.20.0"}, True),
        ({"firmware_version": 3.0}, True),
        ({"device_type": "", "api_version": "2.11.0"}, True),
        ({"device_type": "monitor", "api_version": "2.11.0"}, False),
        ({"device_type": "panel"}, False),
        ({"device_type": "panel", "api_version": "", "firmware_version": None}, False),
        ({}, False),
    ],
)
def test_is_panel(data: dict[str, Any], is_panel: bool) -> None:
    assert PanelInfo.from_json(data).is_panel is is_panel


@pytest.mark.parametrize(
    ("serial_number", "key"),
    [
        ("6C4E0F3E-A1B2", "6c4e0f3ea1b2"),
        ("6c4e:0f3e a1b2_", "6c4e0f3ea1b2"),
        ("ÄB-1", "äb1"),
        ("0012", "0012"),
        ("f0", "f0"),
        ("unknown1", "unknown1"),
        *(
            (filler, "")
            for filler in (
                *(None, "", "-", " ", "0", "0000000000", "00000000-0000-0000"),
                *("ff:ff:ff", "FFFFFFFF", "unknown", "Unknown", "N/A", "n.a.", "NONE"),
                *("null", "default", "not set", "0123456789ABCDEF"),
            )
        ),
    ],
)
def test_serial_number(serial_number: str | None, key: str) -> None:
    """Neither letter case nor punctuation counts, and a filler is none."""
    assert serial_key(serial_number) == key


@pytest.mark.parametrize(
    ("mac_address", "key"),
    [
        ("B0:0C:D1:00:00:01", "b00cd1000001"),
        ("b0-0c-d1-00-00-01", "b00cd1000001"),
        ("b00c.d100.0001", "b00cd1000001"),
        ("b00cd1000001", "b00cd1000001"),
        ("02:00:00:00:00:01", "020000000001"),
        *(
            (none, "")
            for none in (
                *(None, "", "unknown", "b0:0c:d1:00:00", "b0:0c:d1:00:00:01:02"),
                *("b0:0c:d1:00:00:0g", "02:00:00:00:00:00", "00:00:00:00:00:00"),
                *("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33-33-00-00-00-01"),
            )
        ),
    ],
)
def test_mac_address(mac_address: str | None, key: str) -> None:
    """What all devices share, or a group, is none."""
    assert mac_key(mac_address) == key
