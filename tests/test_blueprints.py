"""The blueprints, as automations of a Home Assistant that watches simulated panels."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
import json
from pathlib import Path
import shutil
from typing import Any
from urllib.parse import quote

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.bas_ip.const import CONF_WATCH_REGISTRATION
from simulator import SimulatedPanel

from .automations import start_home_assistant, stop_home_assistant, taken, target_of
from .conftest import (
    ROOT,
    Change,
    Poll,
    SetUp,
    accept,
    both_accounts,
    device_of,
    entry_of,
    panel_time,
    state_of,
)

BLUEPRINTS = ROOT / "blueprints/automation"
DRIFT = "drift.yaml"
CONNECTIVITY = "not_registered_or_reachable.yaml"
DRIFT_SENSOR = "binary_sensor.front_door_account_2_drift"
# Whatever somebody can write into a panel.
HOSTILE = "{{ 1/0 }} [1, 2] 'x' \" <b>{% for %}"

type Automate = Callable[..., Awaitable[None]]
type Press = Callable[[Any], Awaitable[None]]
type Pass = Callable[..., Awaitable[None]]


@pytest.fixture
def phone_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the phone was sent."""
    return async_mock_service(hass, "notify", "mobile_app_anna_s_phone")


@pytest.fixture
def other_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the other actions did."""
    return async_mock_service(hass, "notify", "mail")


@pytest.fixture
def phones(hass: HomeAssistant) -> list[str]:
    """Return the devices of phones: one is gone, one takes no messages, one does."""
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    silent, anna = (
        dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={("mobile_app", name)},
            name=name,
        )
        for name in ("Tablet", "Anna's phone")
    )
    er.async_get(hass).async_get_or_create(
        "notify", "mobile_app", "anna", device_id=anna.id, config_entry=entry
    )
    return ["gone", silent.id, anna.id]


@pytest.fixture
def label(hass: HomeAssistant) -> str:
    """Return the label that the blueprints have as their target."""
    return lr.async_get(hass).async_create("Watched").label_id


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
    phones: list[str],
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
) -> Automate:
    """Return a function that makes an automation from a blueprint."""
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints/automation")
    hass.config.config_dir = str(tmp_path)

    async def automate(blueprint: str, **inputs: Any) -> None:
        data = {"title": "{{ title }}", "message": "{{ message }}"}
        inputs = {
            "panels": {"label_id": [label]},
            "phones": phones,
            "other_actions": [{"action": "notify.mail", "data": data}],
            **inputs,
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
def minutes(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Pass:
    """Return a function that lets minutes pass, also while automations wait."""

    async def minutes(number: int = 1) -> None:
        for _ in range(number):
            freezer.tick(61)
            async_fire_time_changed(hass)
            while tasks := hass._background_tasks:
                await asyncio.wait(tasks)
            for _ in range(20):
                await asyncio.sleep(0)

    return minutes


@pytest.fixture
async def watched(
    hass: HomeAssistant,
    set_up: SetUp,
    entry: MockConfigEntry,
    watch: Callable[[MockConfigEntry], None],
    freezer: FrozenDateTimeFactory,
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
    """A drift is reported with its event's texts, and so is its end."""
    await automate(DRIFT)
    await change(realm="other.example", outbound="out.example")
    [call] = taken(phone_calls)
    assert call["title"] == "Front door: Drift detected"
    assert call["message"] == (
        "Front door: account 2 realm: pbx.example.net → other.example; "
        "account 2 outbound proxy: not set → out.example"
    )
    [button] = call["data"]["actions"]
    *words, number, text = button["action"].split(" ")
    assert words == ["bas_ip_accept", "automation.watch", DRIFT_SENSOR]
    assert number.isdecimal()
    assert text == button["title"] == "Accept"
    assert button["authenticationRequired"]
    assert call["data"] == {
        "tag": f"bas_ip {DRIFT_SENSOR}",
        "url": "/config/repairs",
        "clickAction": "/config/repairs",
        "actions": [button],
    }
    assert texts(other_calls) == [(call["title"], call["message"])]
    await poll(times=2)
    assert not phone_calls

    # All that the button would accept is shown.
    await change(outbound="proxy.example")
    [call] = taken(phone_calls)
    assert call["title"] == "Front door: Drift changed"
    assert call["message"] == (
        "Front door: account 2 outbound proxy: not set → proxy.example\n"
        "account 2 realm: pbx.example.net → other.example"
    )
    taken(other_calls)
    await change(realm="pbx.example.net", outbound="")
    [end] = taken(phone_calls)
    assert end["title"] == "Front door: Drift resolved"
    assert end["message"].startswith("Front door: account 2 realm: as expected again")
    assert end["data"] == {**call["data"], "actions": []}
    assert texts(other_calls) == [(end["title"], end["message"])]


async def test_hostile_values(
    automate: Automate,
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
    message = f"Front door: account 2 realm: pbx.example.net → {shown}"
    [call] = taken(phone_calls)
    assert call["message"] == message
    assert [text for _, text in texts(other_calls)] == [message]
    [button] = call["data"]["actions"]
    for action in ("", None, 7, [button["action"]], f"{button['action']} {HOSTILE}"):
        await press(action)
    taken(phone_calls)
    assert watched.options["expected"]["second"]["realm"] == HOSTILE
    for words in (f"{DRIFT_SENSOR} x y", "light.x 1 y", "a b"):
        await press(f"bas_ip_accept automation.watch {words}")
    await change(realm="pbx.example.net")
    assert len(taken(phone_calls)) == 1


async def test_button_accepts(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
    press: Press,
) -> None:
    """The button accepts what the message is about, once; then the message goes."""
    await automate(DRIFT)
    await change(realm="other.example")
    [call] = taken(phone_calls)
    taken(other_calls)
    action = call["data"]["actions"][0]["action"]
    for other in (action.replace("watch", "other"), "bas_ip_accept", "other"):
        await press(other)
    assert state_of(hass, DRIFT_SENSOR) == STATE_ON
    assert not phone_calls
    for _ in range(2):
        await press(action)
    assert state_of(hass, DRIFT_SENSOR) == STATE_OFF
    calls = taken(phone_calls)
    assert [call["message"] for call in calls] == ["clear_notification"]
    assert calls[0]["data"]["tag"] == call["data"]["tag"]
    assert not other_calls


@pytest.mark.parametrize("is_away", [False, True])
async def test_button_that_cannot_accept(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    change: Change,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
    press: Press,
    is_away: bool,
) -> None:
    """The panel is away, or has changed since: the phone shows what stands now."""
    await automate(DRIFT)
    await change(realm="other.example")
    action = taken(phone_calls)[0]["data"]["actions"][0]["action"]
    panel.api_off = is_away
    await change(transport="tcp")
    taken(phone_calls)
    taken(other_calls)
    await press(action)
    assert state_of(hass, DRIFT_SENSOR) == STATE_ON
    [call] = taken(phone_calls)
    assert call["title"] == "Front door Account 2 drift"
    differences = ["account 2 realm: pbx.example.net → other.example"]
    if not is_away:
        differences.append("account 2 transport: udp → tcp")
    assert call["message"].split("\n") == differences
    assert not other_calls
    panel.api_off = False
    panel.second_account["transport"] = "udp" if is_away else "tcp"
    await poll()
    await press(call["data"]["actions"][0]["action"])
    assert [call["message"] for call in taken(phone_calls)] == ["clear_notification"]


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
        await accept(hass, settings=setting)
        await hass.async_block_till_done()
        assert [call["message"] for call in taken(phone_calls)] == messages
    assert not other_calls


async def test_two_accounts_at_once(
    automate: Automate,
    poll: Poll,
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
    await poll(times=2)
    assert [call["data"]["tag"] for call in taken(phone_calls)] == [
        f"bas_ip binary_sensor.front_door_account_{number}_drift" for number in (1, 2)
    ]


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
    await poll(times=2)
    assert not phone_calls
    state = hass.states.get(DRIFT_SENSOR)
    assert state
    number = state.attributes["number"]
    await press(f"bas_ip_accept automation.watch {DRIFT_SENSOR} {number} Accept")
    assert [call["message"] for call in taken(phone_calls)] == ["clear_notification"]
    await stop_home_assistant(hass, watched)
    panel.second_account["realm"] = "third.example"
    await start_home_assistant(hass, watched)
    await poll(times=2)
    assert len(taken(phone_calls)) == 1


async def test_other_actions_that_fail(
    automate: Automate,
    change: Change,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
) -> None:
    """They come first; what Home Assistant lets pass does not silence the phones."""
    fails = {"action": "bas_ip.accept_settings", "data": {"number": 1}}
    fails["target"] = {"entity_id": DRIFT_SENSOR}
    await automate(DRIFT, other_actions=[fails])
    await change(realm="other.example")
    assert len(taken(phone_calls)) == 1


@pytest.fixture
async def twelve(
    sockets: None, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[dict[SimulatedPanel, MockConfigEntry]]:
    """Return twelve panels that are set up, with their entries."""
    async with AsyncExitStack() as stack:
        panels = {}
        for number in range(12):
            panel = SimulatedPanel("127.0.1.1", name=f"Door {number}", clock=panel_time)
            panel.info["device_serial_number"] = f"serial-{number}"
            await stack.enter_async_context(panel)
            panels[panel] = entry_of(panel)
            await set_up(panels[panel])
        yield panels


def lose(panel: SimulatedPanel) -> None:
    panel.sip_status = "ERROR"


def be_away(panel: SimulatedPanel) -> None:
    panel.api_off = True


def be_well(panel: SimulatedPanel) -> None:
    panel.sip_status = "OK"
    panel.api_off = False


@pytest.mark.parametrize(
    ("fall", "polls", "status", "what", "message"),
    [
        # Two polls confirm that the registration is lost.
        (
            lose,
            7,
            "Not registered",
            "SIP registration restored",
            "SIP status: Registered",
        ),
        (be_away, 6, "Not reachable", "Reachable again", "Reachable again"),
    ],
)
async def test_trouble(
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
    fall: Callable[[SimulatedPanel], None],
    polls: int,
    status: str,
    what: str,
    message: str,
) -> None:
    """What lasts is reported, and so is its end; what comes and goes is neither."""
    await automate(CONNECTIVITY, minutes=5)
    for _ in range(4):
        fall(panel)
        await minutes(4)
        be_well(panel)
        await minutes(3)
    fall(panel)
    await minutes(polls - 1)
    assert not phone_calls
    await minutes()
    assert texts(other_calls) == [(status, f"Front door: {status}")]
    [bad] = taken(phone_calls)
    assert (bad["title"], bad["message"]) == (status, f"Front door: {status}")
    assert bad["data"] == {"tag": "bas_ip automation.watch", "alert_once": True}
    await minutes(10)
    assert not phone_calls
    be_well(panel)
    await minutes(3)
    [well] = taken(phone_calls)
    assert (well["title"], well["message"]) == (
        f"Front door: {what}",
        f"Front door: {message}",
    )
    assert well["data"] == bad["data"]
    assert texts(other_calls) == [(well["title"], well["message"])]


async def test_trouble_behind_a_drift(
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
) -> None:
    """Status says what is gravest; a drift alone is nothing for this blueprint."""
    await automate(CONNECTIVITY, minutes=5)
    panel.second_account["realm"] = "other.example"
    await minutes(10)
    assert not phone_calls
    lose(panel)
    await minutes(7)
    assert texts(phone_calls) == [("Drifted", "Front door: Drifted")]
    be_well(panel)
    await minutes(3)
    assert texts(phone_calls) == [
        (
            "Front door: SIP registration restored",
            "Front door: SIP status: Registered\nFront door: Drifted",
        )
    ]


@pytest.mark.parametrize("is_watched", [True, False])
async def test_two_registrations(
    automate: Automate,
    minutes: Pass,
    set_up: SetUp,
    panel: SimulatedPanel,
    watch: Callable[[MockConfigEntry], None],
    phone_calls: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    is_watched: bool,
) -> None:
    """Each has its own time; what is no problem for Status is none here."""
    panel.behaviour.second_status_path = "sip/status/second"
    entry = entry_of(panel, **{CONF_WATCH_REGISTRATION: is_watched})
    await set_up(entry)
    watch(entry)
    await automate(CONNECTIVITY, minutes=5)
    lose(panel)
    panel.second_registration.status = "ERROR"
    await minutes(3)
    panel.second_registration.status = "OK"
    await minutes(5)
    assert len(taken(phone_calls)) == is_watched
    be_well(panel)
    await minutes(3)
    assert len(taken(phone_calls)) == is_watched


async def test_twelve_panels_at_once(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    watch: Callable[[MockConfigEntry], None],
    twelve: dict[SimulatedPanel, MockConfigEntry],
    phone_calls: list[ServiceCall],
) -> None:
    """The SIP server is down: one message on the phone names them all.

    A panel that gets the label later counts by itself.
    """
    *panels, last = twelve
    for panel in panels:
        watch(twelve[panel])
    await automate(CONNECTIVITY, minutes=5)
    watch(twelve[last])
    hall = ar.async_get(hass).async_create("Hall").id
    device = device_of(hass, twelve[panels[0]])
    dr.async_get(hass).async_update_device(device.id, area_id=hall)
    for panel in twelve:
        lose(panel)
    be_away(panels[3])
    await minutes(7)
    calls = taken(phone_calls)
    assert len({call["data"]["tag"] for call in calls}) == 1
    assert calls[-1]["title"] == "Not registered, Not reachable"
    assert calls[-1]["message"].split("\n") == [
        "Door 0, Hall: Not registered",
        "Door 1: Not registered",
        "Door 10: Not registered",
        "Door 11: Not registered",
        "Door 2: Not registered",
        "Door 3: Not reachable",
        *(f"Door {number}: Not registered" for number in range(4, 10)),
    ]
    for panel in panels:
        be_well(panel)
    await minutes(3)
    calls = taken(phone_calls)
    assert calls[-1]["message"].split("\n")[1:] == ["Door 11: Not registered"]


@pytest.mark.parametrize("kind", ["device", "area", "floor", "label", "entity"])
async def test_targets(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    loaded_entries: list[MockConfigEntry],
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
    kind: str,
) -> None:
    """The message names the panels of the target, and no others."""
    target = {"entity_id": "event.front_door_sip_events"}
    if kind != "entity":
        target = target_of(hass, kind, loaded_entries[0])
    await automate(CONNECTIVITY, panels=target, minutes=5)
    lose(other_panel)
    await minutes(3)
    lose(panel)
    await minutes(7)
    [(title, message)] = texts(phone_calls)
    assert title == "Not registered"
    place = "" if kind == "entity" else ", Entrance"
    assert message == f"Front door{place}: Not registered"


@pytest.mark.parametrize(
    ("fall", "status"), [(lose, "Not registered"), (be_away, "Not reachable")]
)
@pytest.mark.parametrize("is_over", [False, True])
async def test_trouble_over_a_restart(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    fall: Callable[[SimulatedPanel], None],
    status: str,
    is_over: bool,
) -> None:
    """What lasts over a restart is reported after it, and so is that all is well."""
    fall(panel)
    await minutes(6)
    await stop_home_assistant(hass, watched)
    await automate(CONNECTIVITY, minutes=5)
    await hass.config_entries.async_setup(watched.entry_id)
    await hass.async_start()
    if not is_over:
        await minutes(4)
        assert not phone_calls
        await minutes(1)
        assert texts(phone_calls) == [(status, f"Front door: {status}")]
        await minutes(10)
        assert not phone_calls
    be_well(panel)
    await minutes(3)
    [(title, _)] = texts(phone_calls)
    assert str(title).endswith(" again" if fall is be_away else " restored")


@pytest.mark.parametrize("fall", [lose, be_away])
async def test_restart_without_trouble(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    fall: Callable[[SimulatedPanel], None],
) -> None:
    """A start is no news, nor is a drift or what begins and ends soon after it."""
    panel.second_account["realm"] = "other.example"
    await minutes(2)
    await stop_home_assistant(hass, watched)
    await automate(CONNECTIVITY, minutes=5)
    await hass.config_entries.async_setup(watched.entry_id)
    await hass.async_start()
    await minutes(2)
    fall(panel)
    await minutes(3)
    be_well(panel)
    await minutes(6)
    assert not phone_calls
