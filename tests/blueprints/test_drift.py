"""The blueprint that tells of drifts."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from simulator import SimulatedPanel

from ..automations import start_home_assistant, stop_home_assistant, taken
from ..conftest import (
    ROOT,
    Change,
    Poll,
    SetUp,
    accept,
    both_accounts,
    device_of,
    entry_like,
    state_of,
)
from .conftest import (
    BLUEPRINTS,
    DRIFT,
    DRIFT_SENSOR,
    HOSTILE,
    Automate,
    Press,
    texts,
)


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


@pytest.mark.usefixtures("watched")
async def test_renamed_drift_sensor(
    hass: HomeAssistant,
    automate: Automate,
    change: Change,
    press: Press,
    phone_calls: list[ServiceCall],
) -> None:
    """The button is about what the message shows, whatever was added last."""
    await automate(DRIFT)
    renamed = "binary_sensor.bell"
    er.async_get(hass).async_update_entity(DRIFT_SENSOR, new_entity_id=renamed)
    await hass.async_block_till_done()
    for realm in ("one.example.net", "two.example.net"):
        await change(realm=realm)
        call: Any = taken(phone_calls)[0]
        assert call["message"].count("→") == 1
    await press(call["data"]["actions"][0]["action"])
    assert state_of(hass, renamed) == STATE_OFF


@pytest.mark.parametrize(
    ("name", "realm"), [("Gate: north", "other.example"), ("Front door", "a; b: c")]
)
async def test_each_difference_once(
    hass: HomeAssistant,
    automate: Automate,
    watched: MockConfigEntry,
    change: Change,
    phone_calls: list[ServiceCall],
    symbol_calls: list[ServiceCall],
    name: str,
    realm: str,
) -> None:
    """Whatever is in the name of the panel, or in a value."""
    device = device_of(hass, watched)
    dr.async_get(hass).async_update_device(device.id, name_by_user=name)
    await automate(DRIFT)
    await change(realm=realm)
    message = f"{name}: account 2 realm: pbx.example.net → {realm}"
    for calls in (phone_calls, symbol_calls):
        assert [text for _, text in texts(calls)] == [message]


async def test_one_difference_within_another(
    hass: HomeAssistant,
    automate: Automate,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    watch: Callable[[MockConfigEntry], None],
    change: Change,
    phone_calls: list[ServiceCall],
) -> None:
    """In Czech, "outbound proxy" ends with "proxy"; all that is accepted is shown."""
    hass.config.language = "cs"
    panel.second_account["outbound"] = panel.second_account["proxy"]
    second = {**entry.options["expected"]["second"]}
    second["outbound"] = second["proxy"]
    options = {**entry.options, "expected": {"second": second}}
    entry = entry_like(entry, options=options)
    await set_up(entry)
    watch(entry)
    await automate(DRIFT)
    await change(proxy="sip:new")
    taken(phone_calls)
    await change(outbound="sip:new")
    [(_, message)] = texts(phone_calls)
    assert str(message).count("→") == 2
