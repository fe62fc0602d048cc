"""The blueprints, as automations of a Home Assistant that watches simulated panels."""

from collections.abc import Awaitable, Callable
import json
from pathlib import Path
import shutil
from typing import Any
from urllib.parse import quote

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, label_registry as lr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from simulator import SimulatedPanel

from .automations import device_of, start_home_assistant, stop_home_assistant, taken
from .conftest import Change, Poll, SetUp, both_accounts, entry_of

ROOT = Path(__file__).parent.parent
BLUEPRINTS = ROOT / "blueprints/automation"
DRIFT = "drift.yaml"
CONNECTIVITY = "not_registered_or_reachable.yaml"
EVENTS = "event.front_door_sip_events"
ACCEPT = f"bas_ip_accept automation.watch {EVENTS} second"
# Whatever somebody can write into a panel.
HOSTILE = "{{ 1/0 }} [1, 2] 'x' \" <b>{% for %}"

type Automate = Callable[..., Awaitable[None]]
type Press = Callable[[Any], Awaitable[None]]


@pytest.fixture
def phone_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the phone was sent."""
    return async_mock_service(hass, "notify", "mobile_app_anna_s_phone")


@pytest.fixture
def other_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the other actions did."""
    return async_mock_service(hass, "notify", "mail")


@pytest.fixture
def label(hass: HomeAssistant) -> str:
    """Return the label that the blueprints have as their target."""
    return lr.async_get(hass).async_create("Doors").label_id


@pytest.fixture
def watch(hass: HomeAssistant, label: str) -> Callable[[MockConfigEntry], None]:
    """Return a function that puts the label on a panel."""

    def watch(entry: MockConfigEntry) -> None:
        dr.async_get(hass).async_update_device(
            device_of(hass, entry).id, labels={label}
        )

    return watch


@pytest.fixture
def automate(
    hass: HomeAssistant,
    tmp_path: Path,
    label: str,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
) -> Automate:
    """Return a function that makes an automation from a blueprint."""
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints/automation")
    hass.config.config_dir = str(tmp_path)
    phone_entry = MockConfigEntry(domain="mobile_app")
    phone_entry.add_to_hass(hass)
    phone = dr.async_get(hass).async_get_or_create(
        config_entry_id=phone_entry.entry_id,
        identifiers={("mobile_app", "anna")},
        name="Anna's phone",
    )

    async def automate(blueprint: str, **inputs: Any) -> None:
        data = {"title": "{{ title }}", "message": "{{ message }}"}
        inputs |= {
            "panels": {"label_id": [label]},
            "phones": [phone.id],
            "other_actions": [{"action": "notify.mail", "data": data}],
        }
        automation = {
            "alias": "Watch",
            "use_blueprint": {"path": f"bas_ip/{blueprint}", "input": inputs},
        }
        assert await async_setup_component(
            hass, "automation", {"automation": [automation]}
        )
        await hass.async_block_till_done()
        assert hass.states.is_state("automation.watch", STATE_ON)

    return automate


@pytest.fixture
def press(hass: HomeAssistant) -> Press:
    """Return a function that presses the button of a message."""

    async def press(action: Any) -> None:
        hass.bus.async_fire("mobile_app_notification_action", {"action": action})
        await hass.async_block_till_done()

    return press


@pytest.fixture
async def watched(
    hass: HomeAssistant,
    set_up: SetUp,
    entry: MockConfigEntry,
    watch: Callable[[MockConfigEntry], None],
) -> MockConfigEntry:
    """Return the entry of a panel that is set up and has the label."""
    await set_up(entry)
    watch(entry)
    return entry


def texts(calls: list[ServiceCall]) -> list[tuple[object, object]]:
    """Return the titles and messages since the last time."""
    return [(call["title"], call["message"]) for call in taken(calls)]


@pytest.mark.parametrize(
    "path", sorted(BLUEPRINTS.rglob("*.yaml")), ids=lambda p: p.name
)
def test_source_url(path: Path) -> None:
    """A blueprint names the place where the button of the README finds it."""
    manifest = json.loads((ROOT / "custom_components/bas_ip/manifest.json").read_text())
    url = f"{manifest['documentation']}/blob/main/{path.relative_to(ROOT)}"
    assert f"source_url: {url}\n" in path.read_text()
    readme = (ROOT / "README.md").read_text()
    assert f"blueprint_import/?blueprint_url={quote(url, safe='')})" in readme


async def test_drift(
    automate: Automate,
    poll: Poll,
    change: Change,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
) -> None:
    """A drift is reported with its event's sentence, and so is its end."""
    await automate(DRIFT)
    await poll(times=2)
    assert not phone_calls
    await change(realm="other.example", outbound="out.example")
    [call] = taken(phone_calls)
    assert call["title"] == "Front door: SIP settings have drifted"
    assert call["message"] == (
        "Front door: account 2 realm is other.example instead of pbx.example.net; "
        "account 2 outbound proxy is out.example instead of empty"
    )
    assert call["data"] == {
        "tag": f"bas_ip_drift {EVENTS} second",
        "url": "/config/repairs",
        "clickAction": "/config/repairs",
        "actions": [
            {
                "action": f"{ACCEPT} realm,outbound",
                "title": "Accept 2",
                "authenticationRequired": True,
            }
        ],
    }
    assert texts(other_calls) == [(call["title"], call["message"])]
    await poll(times=2)
    assert not phone_calls

    await change(realm="pbx.example.net", outbound="")
    [end] = taken(phone_calls)
    assert end["title"] == "Front door: SIP settings are as expected again"
    assert end["message"] == "Front door: account 2 is as expected again"
    assert end["data"] == {**call["data"], "actions": []}
    assert texts(other_calls) == [(end["title"], end["message"])]


async def test_panel_that_is_added_later(
    automate: Automate,
    poll: Poll,
    set_up: SetUp,
    watch: Callable[[MockConfigEntry], None],
    other_panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
) -> None:
    """A panel that gets the label is watched by itself."""
    await automate(DRIFT)
    other_entry = entry_of(other_panel)
    await set_up(other_entry)
    other_panel.second_account["realm"] = "other.example"
    await poll()
    assert not phone_calls
    watch(other_entry)
    other_panel.second_account["realm"] = "third.example"
    await poll()
    assert [call["title"] for call in taken(phone_calls)] == [
        "Garage gate: SIP settings have drifted"
    ]


async def test_hostile_values(
    automate: Automate,
    poll: Poll,
    change: Change,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
    press: Press,
) -> None:
    """What a panel answers is text, and is never read as anything else."""
    await automate(DRIFT)
    await change(realm=HOSTILE)
    # An invisible character keeps markup a text in notifications that show Markdown.
    shown = HOSTILE.replace("<b>", "<\u2060b>")
    message = f"Front door: account 2 realm is {shown} instead of pbx.example.net"
    [call] = taken(phone_calls)
    assert call["message"] == message
    assert [text for _, text in texts(other_calls)] == [message]
    await press(call["data"]["actions"][0]["action"])
    assert watched.options["expected"]["second"]["realm"] == HOSTILE
    for action in ("", None, 7, [ACCEPT], f"{ACCEPT} realm {HOSTILE}", f"{ACCEPT} x"):
        await press(action)
    await poll()
    assert {call["message"] for call in taken(phone_calls)} == {"clear_notification"}


async def test_button_accepts(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
    press: Press,
) -> None:
    """The button accepts what the message is about; then the message goes."""
    await automate(DRIFT)
    await change(realm="other.example")
    taken(phone_calls)
    taken(other_calls)
    drift = "binary_sensor.front_door_account_2_drift"
    for action in (
        f"bas_ip_accept automation.other {EVENTS} second realm",
        "bas_ip_accept",
        "other",
    ):
        await press(action)
    assert hass.states.is_state(drift, STATE_ON)
    assert not phone_calls
    await press(f"{ACCEPT} realm")
    assert hass.states.is_state(drift, STATE_OFF)
    calls = taken(phone_calls)
    assert {call["message"] for call in calls} == {"clear_notification"}
    assert {call["data"]["tag"] for call in calls} == {f"bas_ip_drift {EVENTS} second"}
    assert not other_calls
    # A second press finds nothing to accept, which is no reason to stop.
    await press(f"{ACCEPT} realm")
    taken(phone_calls)
    await change(realm="third.example")
    assert len(taken(phone_calls)) == 1


async def test_button_leaves_what_came_later(
    automate: Automate,
    change: Change,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
    press: Press,
) -> None:
    """As long as something differs, the phone says how much, and how much is accepted."""
    await automate(DRIFT)
    await change(realm="other.example", outbound="out.example")
    taken(phone_calls)
    await change(transport="tcp")
    [call] = taken(phone_calls)
    assert call["message"] == "Front door: account 2 transport is tcp instead of udp"
    taken(other_calls)
    await press(f"{ACCEPT} realm,outbound")
    assert texts(phone_calls) == [
        ("Front door: SIP settings have drifted", "Accepted: 2. Still different: 1.")
    ]
    assert not other_calls
    assert "transport" in watched.options["expected"]["second"]
    await press(f"{ACCEPT} transport")
    assert {call["message"] for call in taken(phone_calls)} == {"clear_notification"}


async def test_button_while_the_panel_is_away(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    change: Change,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    press: Press,
) -> None:
    """Nothing is accepted then, and the phone says so."""
    await automate(DRIFT)
    await change(realm="other.example")
    panel.api_off = True
    await poll()
    taken(phone_calls)
    await press(f"{ACCEPT} realm")
    expected = [
        ("Front door: SIP settings have drifted", "Accepted: 0. Still different: 1.")
    ]
    assert texts(phone_calls) == expected
    await hass.config_entries.async_unload(watched.entry_id)
    await press(f"{ACCEPT} realm")
    assert texts(phone_calls) == expected


async def test_accepted_elsewhere(
    automate: Automate,
    change: Change,
    hass: HomeAssistant,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
) -> None:
    """Whoever accepts is not told so; the message stays while something differs."""
    await automate(DRIFT)
    await change(realm="other.example", transport="tcp")
    taken(phone_calls)
    taken(other_calls)
    for setting, messages in (("realm", []), ("transport", ["clear_notification"])):
        await hass.services.async_call(
            "bas_ip",
            "accept_settings",
            {"entity_id": EVENTS, "settings": setting},
            blocking=True,
        )
        await hass.async_block_till_done()
        assert [call["message"] for call in taken(phone_calls)] == messages
    assert not other_calls


async def test_two_accounts(
    automate: Automate,
    poll: Poll,
    change: Change,
    set_up: SetUp,
    watch: Callable[[MockConfigEntry], None],
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
) -> None:
    """Each account has a message of its own."""
    entry = both_accounts(panel)
    await set_up(entry)
    watch(entry)
    await automate(DRIFT)
    panel.first_account["realm"] = "other.example"
    panel.second_account["realm"] = "other.example"
    await poll()
    assert {call["data"]["tag"] for call in taken(phone_calls)} == {
        f"bas_ip_drift {EVENTS} first",
        f"bas_ip_drift {EVENTS} second",
    }
    await change(realm="pbx.example.net")
    [call] = taken(phone_calls)
    assert call["data"]["tag"] == f"bas_ip_drift {EVENTS} second"


async def test_drift_over_a_restart(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    change: Change,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    press: Press,
) -> None:
    """Nothing is reported twice, nothing is missed, and the button still works."""
    await change(realm="other.example")
    await stop_home_assistant(hass, watched)
    await automate(DRIFT)
    await start_home_assistant(hass, watched)
    await poll()
    assert not phone_calls
    await press(f"{ACCEPT} realm")
    assert {call["message"] for call in taken(phone_calls)} == {"clear_notification"}
    await stop_home_assistant(hass, watched)
    panel.second_account["realm"] = "third.example"
    await start_home_assistant(hass, watched)
    assert len(taken(phone_calls)) == 1
    await hass.config_entries.async_reload(watched.entry_id)
    await poll()
    assert not phone_calls


async def test_registration(
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
) -> None:
    """A registration that is lost for long is reported, and so is its return."""
    await automate(CONNECTIVITY, minutes=5)
    panel.sip_status = "ERROR"
    await poll(times=3)
    panel.sip_status = "OK"
    await poll(times=10)
    assert not phone_calls
    assert not other_calls

    panel.sip_status = "OFFLINE"
    await poll(times=5)
    assert not phone_calls
    await poll()
    [lost] = taken(phone_calls)
    assert lost["title"] == "Front door: SIP registration lost"
    assert lost["message"] == "Front door SIP registered: off for 5 min"
    await poll(times=10)
    assert not phone_calls
    panel.sip_status = "OK"
    await poll()
    [restored] = taken(phone_calls)
    assert restored["title"] == "Front door: SIP registration restored"
    assert restored["message"] == "Front door SIP registered: on again"
    assert restored["data"] == lost["data"]
    assert lost["data"] == {"tag": "bas_ip binary_sensor.front_door_sip_registered"}
    assert texts(other_calls) == [
        (call["title"], call["message"]) for call in (lost, restored)
    ]


async def test_reachability(
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
) -> None:
    """A panel that is away has not lost its registration."""
    await automate(CONNECTIVITY, minutes=5)
    panel.api_off = True
    await poll(times=3)
    panel.api_off = False
    await poll(times=3)
    assert not phone_calls
    panel.api_off = True
    await poll(times=8)
    assert texts(phone_calls) == [
        ("Front door: not reachable", "Front door Reachable: off for 5 min")
    ]
    panel.api_off = False
    await poll()
    assert texts(phone_calls) == [
        ("Front door: reachable again", "Front door Reachable: on again")
    ]


async def test_unknown_registration(
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
) -> None:
    """A registration that is not known is not lost."""
    await automate(CONNECTIVITY, minutes=1)
    panel.sip_status = "something else"
    await poll(times=5)
    assert not phone_calls


@pytest.mark.parametrize("trouble", ["registration", "reachable"])
async def test_trouble_over_a_restart(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    trouble: str,
) -> None:
    """What lasts over a restart is reported after it, and so is that all is well."""
    panel.sip_status = "ERROR"
    panel.api_off = trouble == "reachable"
    await poll(times=2)
    await stop_home_assistant(hass, watched)
    await automate(CONNECTIVITY, minutes=5)
    await start_home_assistant(hass, watched)
    await poll(times=3)
    assert not phone_calls
    await poll(times=3)
    [bad] = taken(phone_calls)
    await poll(times=12)
    assert not phone_calls
    panel.sip_status = "OK"
    panel.api_off = False
    # Home Assistant tries again to set up a panel every ten minutes at most.
    await poll(times=11)
    [well] = taken(phone_calls)
    assert well["data"] == bad["data"]
    await stop_home_assistant(hass, watched)
    await start_home_assistant(hass, watched)
    await poll(times=10)
    assert not phone_calls


async def test_well_again_after_a_restart(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
) -> None:
    """What was reported before a restart may be well again soon after it."""
    await stop_home_assistant(hass, watched)
    panel.sip_status = "ERROR"
    await automate(CONNECTIVITY, minutes=5)
    await start_home_assistant(hass, watched)
    panel.sip_status = "OK"
    await poll(times=2)
    assert [title for title, _ in texts(phone_calls)] == [
        "Front door: SIP registration restored"
    ]
