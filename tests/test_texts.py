"""Names and sentences in Home Assistant's language."""

from datetime import UTC, datetime
import json
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.translation import async_load_integrations
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip import messages
from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.drift.changes import Cause, Change, ChangeType
from custom_components.bas_ip.panel.models import Account, Setting
from simulator import Answer, SimulatedPanel

from .conftest import (
    DRIFT,
    EVENTS,
    Change as ChangeSettings,
    Poll,
    SetUp,
    both_accounts,
    device_of,
    entry_of,
)

FOLDER = Path(messages.__file__).parent / "translations"
ENGLISH = json.loads((FOLDER / "en.json").read_text("utf-8"))
MARKUP = "<img src=x>![y](z) [::1] a < b http://c.d WWW.e.f"
# What is invisible keeps it from being an image.
SHOWN = "<\u2060img src=x>![y]\u2060(z) [::1] a < b http:\u2060//c.d WWW\u2060.e.f"


@pytest.fixture
async def loaded(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    """Load the texts."""
    await async_load_integrations(hass, {DOMAIN})


def attribute(hass: HomeAssistant, entity_id: str, name: str) -> object:
    """Return an attribute of an entity."""
    state = hass.states.get(entity_id)
    assert state
    return state.attributes[name]


@pytest.mark.usefixtures("loaded")
async def test_settings(hass: HomeAssistant) -> None:
    """Each setting has a name for labels, and one for the middle of a sentence."""
    options = ENGLISH["selector"]["setting"]["options"]
    assert {setting: messages.setting_name(hass, setting) for setting in Setting} == (
        options
    )
    lines = [
        messages.difference(hass, account, setting, "a", "b")
        for account, setting in zip(2 * list(Account), Setting, strict=False)
    ]
    assert lines == [
        "account 1 proxy: a → b",
        "account 2 realm: a → b",
        "account 1 user: a → b",
        "account 2 transport: a → b",
    ]
    words = {key.removeprefix("in_sentence_") for key in ENGLISH["common"]}
    assert words >= {setting.value for setting in Setting}


@pytest.mark.usefixtures("loaded")
async def test_values(hass: HomeAssistant) -> None:
    """There are words for no value, and what is in a value only shows."""
    assert messages.value_text(hass, "") == messages.markdown_value(hass, "")
    assert messages.value_text(hass, "") == "not set"
    assert messages.markdown_value(hass, None) == "not known"
    assert messages.markdown_value(hass, "a`b") == "`a'b`"
    assert messages.markdown_value(hass, MARKUP) == f"`{MARKUP}`"
    assert messages.value_text(hass, MARKUP) == SHOWN
    values = "{expected} {0} {{ x }} %s", "{account}"
    assert messages.difference(hass, Account.SECOND, Setting.USER, *values) == (
        "account 2 user: {expected} {0} {{ x }} %s → {account}"
    )


@pytest.mark.usefixtures("loaded")
async def test_account_line(hass: HomeAssistant) -> None:
    """It says who is registered where, and leaves out what is not known."""
    settings = dict.fromkeys(Setting, "")
    assert messages.account_line(hass, Account.FIRST, settings) == (
        "**First account**: not set @ not set"
    )
    settings |= {Setting.USER: "202", Setting.REALM: "pbx.example"}
    assert messages.account_line(hass, Account.FIRST, settings) == (
        "**First account**: `202` @ `pbx.example`"
    )
    settings |= {
        Setting.PROXY: "10.0.0.1",
        Setting.TRANSPORT: "udp",
        Setting.REGISTRATION_INTERVAL: "60",
    }
    line = messages.account_line(hass, Account.SECOND, settings, ["Yard", MARKUP])
    assert line == (
        f"**Second account**: `202` @ `10.0.0.1`, UDP, 60 s, as Yard, {SHOWN}"
    )


@pytest.mark.usefixtures("loaded")
async def test_change_of_expected_settings(hass: HomeAssistant) -> None:
    """One line says what was expected before and after, and when it changed here."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    change = Change(
        type=ChangeType.EXPECTATION_UPDATED,
        time=datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
        account=Account.SECOND,
        settings=(Setting.REALM, Setting.USER, Setting.OUTBOUND),
        old={"realm": "a.example", "user": None, "outbound": "b.example"},
        new={"realm": "", "user": "201", "outbound": None},
        cause=Cause.EXPECTATION,
    )
    assert messages.expectation_line(hass, change) == (
        "2026-11-23 00:30 account 2 realm: a.example → not set;"
        " account 2 user: not compared → 201;"
        " account 2 outbound proxy: b.example → not compared"
    )


async def test_problems(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """There is a line for each thing that is wrong, the gravest first."""
    panel.behaviour.second_status_path = "sip/status/second"
    await set_up(both_accounts(panel))
    panel.fail(Answer(200, b"{"), path="/api/v1/device/sip/settings")
    panel.second_account["realm"] = MARKUP
    del panel.second_account["outbound"]
    panel.sip_status = panel.second_registration.status = "ERROR"
    await poll(times=2)
    status = "sensor.front_door"
    lines = [
        f"account 2 realm: pbx.example.net → {SHOWN}",
        "account 2 outbound proxy: not known",
        "SIP status: Failed",
        "Account 2 SIP status: Failed",
    ]
    unreadable = "The panel's answer cannot be read"
    assert attribute(hass, status, "problems") == [
        f"First account: {unreadable}",
        *lines,
    ]
    assert attribute(hass, DRIFT, "differences") == lines[:1]
    panel.api_off = True
    await poll()
    away = "The panel cannot be reached"
    assert attribute(hass, status, "problems") == [away, *lines]


@pytest.mark.usefixtures("init_integration")
async def test_names(
    hass: HomeAssistant,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entry: MockConfigEntry,
    change: ChangeSettings,
) -> None:
    """Names and values show no markup, in the event and in the list of changes."""
    device_registry.async_update_device(
        device_of(hass, entry).id,
        name_by_user=MARKUP,
        area_id=area_registry.async_create(f"{MARKUP}!").id,
    )
    await change(realm=MARKUP)
    title = f"{SHOWN}, {SHOWN}!: Drift detected"
    message = f"{SHOWN}: account 2 realm: pbx.example.net → {SHOWN}"
    [found] = attribute(hass, "sensor.front_door_last_settings_change", "changes")  # type: ignore[misc]
    for name, text in (("title", title), ("message", message)):
        assert attribute(hass, EVENTS, name) == found[name] == text
    assert attribute(hass, EVENTS, "new") == {"realm": MARKUP}


async def test_name_without_device(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A panel that was never set up has the name of its entry."""
    entry = entry_of(panel)
    entry.add_to_hass(hass)
    assert messages.panel_name(hass, entry) == "Front door"
    assert messages.panel_area(hass, entry) is None
    assert messages.panel_location(hass, entry) == f"{panel.host}:{panel.port}"


async def test_language(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Texts are in Home Assistant's language."""
    hass.config.language = "de"
    await set_up(entry_of(panel))
    panel.sip_status = "ERROR"
    await poll(times=2)
    german = json.loads((FOLDER / "de.json").read_text("utf-8"))["entity"]
    state = german["event"]["sip_events"]["state_attributes"]["event_type"]["state"]
    title = state["registration_lost"]
    assert title != "SIP registration lost"
    [event] = hass.states.async_all("event")
    assert event.attributes["title"] == f"Front door: {title}"
