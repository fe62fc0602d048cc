"""What the models make of answers, however odd these are."""

from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
import json
import string
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bas_ip.panel import (
    PanelInfo,
    RegistrationStatus,
    SipAccount,
    SipRegistration,
)

from .conftest import unhurried

SIP_FIELDS = [
    "proxy",
    "realm",
    "user",
    "password",
    "transport",
    "user_id",
    "registration_interval",
    "outbound",
    "stun",
]
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
    | st.sampled_from(
        ["WebPass", "***", "OK", "error", "panel", "\ud800", "0x10", "1_0"]
    )
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


def check(model: PanelInfo | SipAccount | SipRegistration) -> None:
    """Check what is true of every model."""
    for value in asdict(model).values():
        if isinstance(value, str):
            assert len(value) <= 255
            assert value.isprintable()
            assert json.loads(json.dumps(value).encode()) == value
            value.encode()
        elif isinstance(value, int):
            assert abs(value) <= 2**53
        else:
            assert value is None or isinstance(value, datetime)
    assert hash(model) == hash(model)


@unhurried
@given(objects(INFO_FIELDS))
def test_any_information(data: dict[str, Any]) -> None:
    info = PanelInfo.from_json(data)
    check(info)
    assert "" not in asdict(info).values()
    assert info.is_panel in (True, False)


@unhurried
@given(objects(SIP_FIELDS))
def test_any_account(data: dict[str, Any]) -> None:
    check(SipAccount.from_json(data))


@unhurried
@given(objects(STATUS_FIELDS))
def test_any_registration(data: dict[str, Any]) -> None:
    check(SipRegistration.from_json(data))


SECRET = "sEcReT%7"


@unhurried
@given(
    objects(SIP_FIELDS),
    st.sampled_from(
        [SECRET, f" {SECRET}\x00", [SECRET], {"value": SECRET}, {SECRET: None}]
    ),
    st.sampled_from([SECRET, f"{SECRET}x", [SECRET], {"user": {"id": SECRET}}]),
)
def test_password_and_user_id_do_not_survive(
    data: dict[str, Any], password: Any, user_id: Any
) -> None:
    account = SipAccount.from_json(data | {"password": password, "user_id": user_id})
    for shown in (repr(account), str(account), repr(asdict(account))):
        assert SECRET not in shown


def registration(**data: Any) -> SipRegistration:
    """Return the model of an answer."""
    return SipRegistration.from_json(data)


ATTEMPT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (1_700_000_000, ATTEMPT),
        (1_700_000_000_000, ATTEMPT),
        (1_700_000_000.0, ATTEMPT),
        ("1700000000", ATTEMPT),
        (" 1700000000000 ", ATTEMPT),
        (1_700_000_000_500, ATTEMPT.replace(microsecond=500_000)),
        (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (100_000_000_000, datetime(5138, 11, 16, 9, 46, 40, tzinfo=UTC)),
        (100_000_000_001, datetime(1973, 3, 3, 9, 46, 40, 1000, tzinfo=UTC)),
        (0, None),
        (-1, None),
        (-1_700_000_000, None),
        (2**53, None),
        (10**18, None),
        (10**400, None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        ("", None),
        ("never", None),
        ("2023-11-14T22:13:20Z", None),
        (True, None),
        ([1_700_000_000], None),
        ({}, None),
    ],
)
def test_time_of_the_last_attempt(value: Any, time: datetime | None) -> None:
    assert registration(register_last_attempt=value).last_attempt == time


def test_older_firmware_sends_no_time() -> None:
    assert registration(sip_status="OK") == SipRegistration(
        status=RegistrationStatus.REGISTERED, last_attempt=None
    )


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("OK", RegistrationStatus.REGISTERED),
        ("ok", RegistrationStatus.REGISTERED),
        (" Error\n", RegistrationStatus.FAILED),
        ("ERROR", RegistrationStatus.FAILED),
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


def account(**data: Any) -> SipAccount:
    """Return the model of an answer."""
    return SipAccount.from_json(data)


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (30, 30),
        (900, 900),
        (0, 0),
        (86_400, 86_400),
        (-1, -1),
        (60.0, 60),
        ("60", 60),
        (" 60 ", 60),
        (2**53, 2**53),
        (2**53 + 1, None),
        (-(2**53) - 1, None),
        ("9" * 5000, None),
        (1e308, None),
        ("", None),
        ("60 s", None),
        ("60.5", None),
        (None, None),
        (False, None),
        ([60], None),
    ],
)
def test_registration_interval(value: Any, interval: int | None) -> None:
    assert account(registration_interval=value).registration_interval == interval


@pytest.mark.parametrize(
    ("value", "exposed"),
    [
        ("WebPass", False),
        (" WebPass\n", False),
        ("", False),
        (None, False),
        ("*", False),
        ("********", False),
        ("cleartext", True),
        ("webpass", True),
        ("**a**", True),
        (123456, True),
        (True, None),
        (["cleartext"], None),
        ({}, None),
    ],
)
def test_password(value: Any, exposed: bool | None) -> None:
    assert account(password=value).password_exposed is exposed


def test_password_that_is_not_sent() -> None:
    assert account(user="201").password_exposed is False


@pytest.mark.parametrize(
    ("value", "stun"),
    [
        ({"ip": "stun.example.org", "port": 3478}, "stun.example.org:3478"),
        ({"ip": "stun.example.org", "port": "3478"}, "stun.example.org:3478"),
        ({"ip": "stun.example.org", "port": 0}, "stun.example.org:0"),
        ({"ip": "stun.example.org", "port": None}, "stun.example.org"),
        ({"ip": "stun.example.org"}, "stun.example.org"),
        ({"ip": "x" * 300, "port": 3478}, "x" * 255),
        ({"ip": "", "port": 3478}, ""),
        ({"ip": None, "port": 3478}, ""),
        ({"ip": []}, None),
        ({"port": 3478}, None),
        ({}, None),
        (None, None),
        ("stun.example.org:3478", None),
        ([], None),
    ],
)
def test_stun(value: Any, stun: str | None) -> None:
    assert account(stun=value).stun == stun


@pytest.mark.parametrize("field", ["proxy", "realm", "user", "transport", "outbound"])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("sip:pbx.example.net", "sip:pbx.example.net"),
        ("  a b\t", "a b"),
        ("a\x00\x1b[31m\r\nb\u202e", "a[31mb"),
        ("Ünïcode", "Ünïcode"),
        ("\ud800a", "a"),
        (201, "201"),
        (0, "0"),
        (1.5, "1.5"),
        ("x" * 10_000, "x" * 255),
        ("", ""),
        (None, ""),
        (True, None),
        (["a"], None),
        ({"a": "b"}, None),
    ],
)
def test_text(field: str, value: Any, text: str | None) -> None:
    assert getattr(account(**{field: value}), field) == text


def test_account_without_any_field() -> None:
    assert set(asdict(account()).values()) == {None, False}


@pytest.mark.parametrize(
    ("value", "digest"),
    [
        ("user126", sha256(b"user126").hexdigest()),
        (126, sha256(b"126").hexdigest()),
        ("", ""),
        (None, ""),
        ([], None),
    ],
)
def test_user_id(value: Any, digest: str | None) -> None:
    assert account(user_id=value).user_id_digest == digest


@pytest.mark.parametrize(
    ("data", "is_panel"),
    [
        ({"device_type": "panel", "api_version": "2.11.0"}, True),
        ({"device_type": "Panel", "firmware_version": "3.20.0"}, True),
        ({"firmware_version": "3.20.0"}, True),
        ({"device_type": "", "api_version": "2.11.0"}, True),
        ({"device_type": "monitor", "api_version": "2.11.0"}, False),
        ({"device_type": "panel"}, False),
        ({"device_type": "panel", "api_version": "", "firmware_version": None}, False),
        ({}, False),
    ],
)
def test_is_panel(data: dict[str, Any], is_panel: bool) -> None:
    assert PanelInfo.from_json(data).is_panel is is_panel
