"""Values of the panel's answers, from the wire to what people see."""

import json
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import VARIANTS, Answer, SimulatedPanel

from .conftest import (
    DRIFT,
    PANEL_STATUS,
    REALM,
    SECOND,
    STATUS,
    Change,
    Poll,
    SetUp,
    SipEvents,
    both_accounts,
    entry_of,
    issues,
    state_of,
)

INTERVAL = "sensor.front_door_account_2_interval"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Numbers, whole ones with a fraction too
        ({"user": 201}, {"user": 201.0}),
        ({"user": "201"}, {"user": 201}),
        ({"user_id": 7}, {"user_id": 7.0}),
        ({"user_id": "7"}, {"user_id": " 7 "}),
        ({"registration_interval": 60}, {"registration_interval": 60.0}),
        ({"registration_interval": 60}, {"registration_interval": "60.0"}),
        # Not set
        ({"outbound": ""}, {"outbound": None}),
        # Addresses
        ({"proxy": "PBX.example:5060"}, {"proxy": "sip:pbx.example"}),
        ({"outbound": "pbx.example."}, {"outbound": "pbx.EXAMPLE:5060"}),
        ({"transport": "TLS", "proxy": "a:5061"}, {"transport": "tls", "proxy": "a"}),
        # A password in an address is no part of it.
        ({"proxy": "sip:201:a@pbx.example"}, {"proxy": "sip:201:b@PBX.example"}),
        # What only the first account has, and no server in it
        ({}, {"stun": None}),
        ({}, {"stun": {}}),
        ({}, {"stun": {"ip": "", "port": 3478}}),
        ({}, {"error": None}),
        ({}, {"error": False}),
        ({}, {"error": 0}),
        ({}, {"error": ""}),
        ({}, {"codecs": ["opus"]}),
        # Masks in place of a password
        *(({}, {"password": mask}) for mask in ("", None, "••••", "xxxx", "****")),
    ],
)
async def test_nothing_has_happened(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    panel.second_account |= before
    await set_up(entry_of(panel, expect=False))
    events = SipEvents(hass)
    realm = state_of(hass, REALM)
    await change(**after)
    assert events.types == []
    assert state_of(hass, PANEL_STATUS) == "nothing_expected"
    assert state_of(hass, REALM) == realm
    assert issues(hass) == {}


@pytest.mark.parametrize(
    ("setting", "before", "after", "shown"),
    [
        # A realm is an opaque text.
        ("realm", "asterisk", "Asterisk", "Asterisk"),
        ("realm", "asterisk", "asterisk:5060", "asterisk:5060"),
        ("realm", "asterisk", "sip:asterisk", "sip:asterisk"),
        ("realm", "asterisk", "asterisk.", "asterisk."),
        # Not set is another value.
        ("registration_interval", 60, None, ""),
        ("registration_interval", 60, "", ""),
        ("registration_interval", 60, 60.5, "60.5"),
        ("outbound", "pbx.example", None, ""),
        # What cannot be seen is seen.
        ("realm", "pbx", "pbx\u200b", r"pbx\u200b"),
        ("realm", "pbx", "pbx\u202e", r"pbx\u202e"),
        ("realm", "pbx", "pbx\x00", r"pbx\x00"),
        ("proxy", "pbx", "pbx\t", r"pbx\t"),
        ("user", "201", "201\u00ad", r"201\xad"),
        # Texts stay what they are.
        ("user", "7", "7.0", "7.0"),
        ("user", "007.0", "7", "7"),
        ("user", 7, 7.5, "7.5"),
        ("proxy", "sip:201:a@pbx", "sip:202:a@pbx", "sip:202@pbx"),
    ],
)
async def test_drift(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
    setting: str,
    before: Any,
    after: Any,
    shown: str,
) -> None:
    panel.second_account[setting] = before
    await set_up(entry_of(panel, expect=False))
    await hass.services.async_call(
        "bas_ip", "accept_settings", {"entity_id": DRIFT}, blocking=True
    )
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    events = SipEvents(hass)
    await change(**{setting: after})
    assert events.types == ["drift_detected"]
    assert events.attributes[0]["new"] == {setting: shown}
    assert state_of(hass, DRIFT) == STATE_ON


@pytest.mark.usefixtures("init_integration")
async def test_interval_that_is_not_set(
    hass: HomeAssistant, panel: SimulatedPanel, change: Change
) -> None:
    """A number that is not set is unknown, and a drift all the same."""
    await change(registration_interval=None)
    assert state_of(hass, INTERVAL) == STATE_UNKNOWN
    assert state_of(hass, DRIFT) == STATE_ON
    await change(registration_interval="60.0")
    assert state_of(hass, INTERVAL) == "60"
    assert state_of(hass, DRIFT) == STATE_OFF


@pytest.mark.parametrize("stun", [None, "", {}, {"ip": None}, {"ip": "", "port": 0}])
async def test_stun_that_is_cleared(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll, stun: Any
) -> None:
    await set_up(both_accounts(panel))
    events = SipEvents(hass)
    panel.first_account["stun"] = stun
    await poll(times=2)
    assert events.types == ["drift_detected"]
    assert events.attributes[0]["new"] == {"stun": ""}


@pytest.mark.parametrize("status", [200, 201, 203])
@pytest.mark.parametrize(
    ("raw", "behind"),
    [("a\tb", b""), ("a\nb", b"\x00"), ("a\x1fb", b"\r\n\x00old text"), ("ü", b"")],
)
@pytest.mark.usefixtures("init_integration")
async def test_answers_that_are_read_all_the_same(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    status: int,
    raw: str,
    behind: bytes,
) -> None:
    """With raw control characters in another field, or more behind the object."""
    account = json.dumps(panel.second_account)[:-1]
    body = f'{account}, "note": "{raw}"}}'.encode() + behind
    panel.fail(Answer(status, body), path=SECOND)
    panel.fail(Answer(status, b'{"sip_status": "OK"}' + behind), path=STATUS)
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert state_of(hass, "sensor.front_door_sip_status") == "registered"


async def test_letters_of_another_charset(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Two of them are not the same, whatever the panel sends them as."""
    panel.second_account["outbound"] = "tür.example"
    await set_up(entry_of(panel, expect=False))
    events = SipEvents(hass)
    for outbound, types in (("tür.example", 0), ("tör.example", 1)):
        account = panel.second_account | {"outbound": outbound}
        body = json.dumps(account, ensure_ascii=False).encode("latin-1")
        panel.fail(Answer(200, body, "text/html; charset=punycode"), path=SECOND)
        await poll(times=2)
        assert len(events.types) == types
    assert events.attributes[0]["new"] == {"outbound": "tör.example"}


@pytest.mark.usefixtures("init_integration")
async def test_exposed_password(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """It is one after two readings, and none after two others."""
    for change, found in ((True, [False, True]), (False, [True, False])):
        if change:
            VARIANTS["cleartext-password"](panel)
        else:
            panel.behaviour.cleartext_password = False
        for is_exposed in found:
            await poll()
            assert ("password_exposed" in issues(hass)) is is_exposed


@pytest.mark.parametrize(
    ("before", "after", "types"),
    [
        ("2.0", 2.0, ["firmware_updated"]),
        (2, 2.0, []),
        ("3.20.0", " 3.20.0 ", []),
        ("3.20.0", None, []),
        ("3.20.0", "", []),
    ],
)
async def test_firmware(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    before: Any,
    after: Any,
    types: list[str],
) -> None:
    panel.firmware_version = before
    await set_up(entry)
    events = SipEvents(hass)
    panel.firmware_version = after
    await poll(times=2)
    assert events.types == types


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (12345678, 12345678.0),
        ("12345678", 12345678),
        ("6C4E0F3E-A1B2", "6c4e:0f3e:a1b2"),
        ("abc-1", " ABC1"),
    ],
)
async def test_serial_number(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    before: Any,
    after: Any,
) -> None:
    panel.info["device_serial_number"] = str(before)
    entry = entry_of(panel)
    panel.info["device_serial_number"] = before
    await set_up(entry)
    panel.info["device_serial_number"] = after
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
