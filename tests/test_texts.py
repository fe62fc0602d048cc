"""The names and sentences in Home Assistant's language."""

from datetime import UTC, datetime
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip import texts
from custom_components.bas_ip.drift import (
    CHANGED,
    Cause,
    Change,
    ChangeType,
    Comparison,
    Setting,
    Status,
)
from custom_components.bas_ip.panel import Account
from simulator import SimulatedPanel

from .conftest import Poll, SetUp, entry_of

ENGLISH = json.loads(
    (Path(texts.__file__).parent / "translations" / "en.json").read_text("utf-8")
)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REALM = {"realm": "a.example"}
NEW_REALM = {"realm": "b.example"}


def change(type_: ChangeType, *settings: Setting, **values: Any) -> Change:
    """Return a change of the second account."""
    values = {"account": Account.SECOND, **values}
    return Change(type=type_, time=NOW, settings=settings, **values)


SENTENCES = [
    (
        change(
            ChangeType.DRIFT_DETECTED,
            Setting.REALM,
            old=REALM,
            new=NEW_REALM,
            expected=REALM,
        ),
        "account 2 realm is b.example instead of a.example",
    ),
    (
        change(
            ChangeType.DRIFT_DETECTED,
            Setting.PROXY,
            Setting.OUTBOUND,
            account=Account.FIRST,
            new={"proxy": "", "outbound": "pbx.example"},
            expected={"proxy": "sip:a.example", "outbound": ""},
        ),
        (
            "account 1 proxy is empty instead of sip:a.example;"
            " account 1 outbound proxy is pbx.example instead of empty"
        ),
    ),
    (
        change(ChangeType.DRIFT_DETECTED, Setting.USER_ID, new={"user_id": CHANGED}),
        "account 2 user ID has changed",
    ),
    (
        change(
            ChangeType.DRIFT_DETECTED,
            Setting.USER_ID,
            new={"user_id": CHANGED},
            cause=Cause.EXPECTATION,
        ),
        "account 2 user ID is compared with another value from now on",
    ),
    (
        change(
            ChangeType.DRIFT_CHANGED,
            Setting.REALM,
            Setting.TRANSPORT,
            Setting.USER,
            new={"realm": "A.example", "transport": "tcp", "user": "202"},
            expected={"realm": "a.example", "transport": "udp", "user": None},
        ),
        (
            "account 2 realm is as expected again;"
            " account 2 transport is tcp instead of udp;"
            " account 2 user is not compared any more"
        ),
    ),
    (
        change(ChangeType.DRIFT_RESOLVED, Setting.REALM, new=REALM, expected=REALM),
        "account 2 is as expected again",
    ),
    (
        change(
            ChangeType.SETTINGS_CHANGED,
            Setting.STUN,
            Setting.REGISTRATION_INTERVAL,
            account=Account.FIRST,
            old={"stun": "stun.example:3478", "registration_interval": "60"},
            new={"stun": "", "registration_interval": "120"},
            expected={"stun": None, "registration_interval": None},
        ),
        (
            "account 1 STUN server is empty, it was stun.example:3478;"
            " account 1 registration interval is 120, it was 60"
        ),
    ),
    (
        change(ChangeType.SETTINGS_CHANGED, Setting.USER_ID, new={"user_id": CHANGED}),
        "account 2 user ID has changed",
    ),
    (
        change(
            ChangeType.EXPECTATION_UPDATED,
            Setting.REALM,
            Setting.OUTBOUND,
            Setting.USER,
            Setting.USER_ID,
            old={"realm": "a.example", "outbound": None, "user": "201"},
            new={
                "realm": "b.example",
                "outbound": "",
                "user": None,
                "user_id": CHANGED,
            },
            expected={"realm": "b.example", "outbound": "", "user": None},
            cause=Cause.EXPECTATION,
        ),
        (
            "account 2 realm is expected to be b.example from now on;"
            " account 2 outbound proxy is expected to be empty from now on;"
            " account 2 user is not compared any more;"
            " account 2 user ID is compared with another value from now on"
        ),
    ),
    (
        change(
            ChangeType.EXPECTATION_UPDATED,
            Setting.USER_ID,
            new={"user_id": None},
            cause=Cause.EXPECTATION,
        ),
        "account 2 user ID is not compared any more",
    ),
    (
        change(ChangeType.REGISTRATION_LOST, account=None),
        "not registered with the SIP server any more",
    ),
    (
        change(ChangeType.REGISTRATION_RESTORED, account=None),
        "registered with the SIP server again",
    ),
    (
        change(ChangeType.REGISTRATION_LOST),
        "account 2 is not registered any more",
    ),
    (
        change(ChangeType.REGISTRATION_RESTORED),
        "account 2 is registered again",
    ),
    (
        change(
            ChangeType.FIRMWARE_UPDATED,
            account=None,
            old={"firmware": "3.20.0"},
            new={"firmware": "3.21.0"},
        ),
        "firmware is 3.21.0, it was 3.20.0",
    ),
    # Values are values, whatever is in them.
    (
        change(
            ChangeType.DRIFT_DETECTED,
            Setting.USER,
            new={"user": "{expected} {0} {{ x }} %s **b**"},
            expected={"user": "{account}"},
        ),
        "account 2 user is {expected} {0} {{ x }} %s **b** instead of {account}",
    ),
    # In Markdown, it would be HTML and an image.
    (
        change(
            ChangeType.DRIFT_DETECTED,
            Setting.PROXY,
            new={"proxy": "<img src=x></b>![x](y)"},
            expected={"proxy": "[::1]:5060 (a < b)"},
        ),
        (
            "account 2 proxy is <\u2060img src=x><\u2060/b>![x]\u2060(y)"
            " instead of [::1]:5060 (a < b)"
        ),
    ),
]


@pytest.mark.parametrize(
    ("change", "sentence"), SENTENCES, ids=[sentence for _, sentence in SENTENCES]
)
@pytest.mark.usefixtures("init_integration")
async def test_message(hass: HomeAssistant, change: Change, sentence: str) -> None:
    assert texts.change_message(hass, "Gate {2}", change) == f"Gate {{2}}: {sentence}"


def test_every_sentence_is_tested() -> None:
    """Each kind of change and each sentence is in the list above."""
    assert {change.type for change, _ in SENTENCES} == set(ChangeType)
    clauses = [clause for _, text in SENTENCES for clause in text.split("; ")]
    for key, text in ENGLISH["common"].items():
        if key.startswith("message_"):
            pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(text))
            assert any(re.fullmatch(pattern, clause) for clause in clauses), key


@pytest.mark.usefixtures("init_integration")
async def test_every_setting_has_a_name(hass: HomeAssistant) -> None:
    comparison = Comparison(expected="a", actual="b", status=Status.DRIFTED)

    assert [
        texts.difference(hass, Account.FIRST, setting, comparison)
        for setting in Setting
    ] == [
        "Account 1 proxy: a → b",
        "Account 1 realm: a → b",
        "Account 1 user: a → b",
        "Account 1 transport: a → b",
        "Account 1 user ID: changed",
        "Account 1 registration interval: a → b",
        "Account 1 outbound proxy: a → b",
        "Account 1 STUN server: a → b",
    ]
    assert [texts.setting_name(hass, setting) for setting in Setting] == [
        ENGLISH["selector"]["setting"]["options"][setting] for setting in Setting
    ]


@pytest.mark.usefixtures("init_integration")
async def test_values(hass: HomeAssistant) -> None:
    """An empty value is a word, and Markdown in a value only shows."""
    assert texts.value_text(hass, "") == texts.markdown_value(hass, "") == "empty"
    assert texts.value_text(hass, "a`b") == "a`b"
    assert texts.markdown_value(hass, "a`b") == "`a'b`"
    assert texts.markdown_value(hass, None) == "-"


@pytest.mark.usefixtures("init_integration")
async def test_change_of_expected_settings(hass: HomeAssistant) -> None:
    """One line says what was expected before and what after, and when."""
    await hass.config.async_set_time_zone("UTC")
    updated = change(
        ChangeType.EXPECTATION_UPDATED,
        Setting.REALM,
        Setting.USER,
        Setting.OUTBOUND,
        old={"realm": "a.example", "user": None, "outbound": "b.example"},
        new={"realm": "", "user": "201", "outbound": None},
        cause=Cause.EXPECTATION,
    )

    assert texts.expectation_change(hass, updated) == (
        "2026-11-22 12:00 Account 2 realm: a.example → empty,"
        " Account 2 user: not compared → 201,"
        " Account 2 outbound proxy: b.example → not compared"
    )


async def test_name_of_a_panel(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """It is the device's name, as long as there is a device."""
    assert texts.panel_name(hass, entry) == "Front door"
    assert texts.panel_location(hass, entry) == f"{panel.host}:{panel.port}"
    await set_up(entry)
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    device_registry.async_update_device(device.id, name="Entrance")
    assert texts.panel_name(hass, entry) == "Entrance"
    device_registry.async_update_device(device.id, name_by_user="North entrance")
    assert texts.panel_name(hass, entry) == "North entrance"


@pytest.mark.usefixtures("init_integration")
async def test_renamed_panel(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
) -> None:
    """Events and the list of changes have the name that people gave."""
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    device_registry.async_update_device(device.id, name_by_user="North entrance")
    panel.second_account["user"] = "999"
    await poll()

    message = "North entrance: account 2 user is 999 instead of 201"
    event = hass.states.get("event.front_door_sip_events")
    last_change = hass.states.get("sensor.front_door_last_settings_change")
    assert event
    assert last_change
    assert event.attributes["message"] == message
    assert last_change.attributes["changes"][0]["message"] == message


async def test_language_that_is_still_being_loaded(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """The sentence about a change that is found meanwhile is in English."""
    await set_up(entry_of(panel))
    hass.config.language = "de"
    panel.second_account["user"] = "999"
    await poll()

    event = hass.states.get("event.front_door_sip_events")
    assert event
    assert event.attributes["message"] == (
        "Front door: account 2 user is 999 instead of 201"
    )
