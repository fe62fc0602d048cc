"""The blueprints, as automations of a Home Assistant that watches a simulated panel."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
import json
from pathlib import Path
import shutil
from typing import Any
from urllib.parse import quote

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from simulator import SimulatedPanel

from .conftest import SetUp

ROOT = Path(__file__).parent.parent
BLUEPRINTS = ROOT / "blueprints/automation"
EVENT = "event.front_door_sip_events"
ACCEPT = f"bas_ip_accept {EVENT}"

type PassTime = Callable[..., Awaitable[None]]
type Automate = Callable[..., Awaitable[None]]


async def settle() -> None:
    """Let run what can run now; an automation may wait longer than that."""
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.fixture
def phone_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the phone was sent."""
    return async_mock_service(hass, "notify", "mobile_app_anna_s_phone")


@pytest.fixture
def other_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the other actions did."""
    return async_mock_service(hass, "notify", "mail")


@pytest.fixture
def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: MockConfigEntry
) -> PassTime:
    """Return a function that lets minutes pass, with a poll and its events in each."""

    async def pass_time(minutes: int = 1) -> None:
        for _ in range(minutes):
            freezer.tick(timedelta(seconds=59))
            async_fire_time_changed(hass)
            await entry.runtime_data.async_refresh()
            for _ in range(4):
                freezer.tick(timedelta(milliseconds=250))
                async_fire_time_changed(hass)
                await settle()

    return pass_time


@pytest.fixture
async def automate(
    hass: HomeAssistant,
    tmp_path: Path,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
) -> AsyncGenerator[Automate]:
    """Return a function that sets up the panel and an automation from a blueprint."""
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
        await set_up(entry)
        data = {"title": "{{ title }}", "message": "{{ message }}"}
        inputs |= {
            "panels": [EVENT],
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
        state = hass.states.get("automation.watch")
        assert state
        assert state.state == "on"

    yield automate
    # A run that waits would keep the end of the test waiting.
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )


def taken(calls: list[ServiceCall]) -> list[dict[str, Any]]:
    """Return the data of the calls since the last time."""
    data = [dict(call.data) for call in calls]
    calls.clear()
    return data


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
    pass_time: PassTime,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
) -> None:
    """A drift is told with its values, and taken back when it is resolved."""
    await automate("configuration_drift.yaml")
    await pass_time(3)
    assert not phone_calls
    panel.second_account |= {"realm": "other.example", "user_id": "canary"}
    panel.second_account["outbound"] = "out.example"
    await pass_time()
    [told] = taken(phone_calls)
    assert told["title"] == "Front door: SIP settings have changed"
    assert told["message"].splitlines() == [
        "Second account",
        "realm: other.example (expected pbx.example.net)",
        "user id: changed",
        "outbound: out.example (expected empty)",
    ]
    assert told["data"]["tag"] == f"bas_ip_drift {EVENT}"
    assert [button["action"] for button in told["data"]["actions"]] == [
        f"{ACCEPT} realm,user_id,outbound"
    ]
    assert taken(other_calls) == [{"title": told["title"], "message": told["message"]}]
    await pass_time(3)
    assert not phone_calls

    panel.second_account |= {"realm": "pbx.example.net", "user_id": "201"}
    panel.second_account["outbound"] = ""
    panel.firmware_version = "3.21.0"
    await pass_time()
    [told] = taken(phone_calls)
    assert told["title"] == "Front door: SIP settings are as expected"
    assert "actions" not in told["data"]
    assert told["data"]["tag"] == f"bas_ip_drift {EVENT}"
    assert len(taken(other_calls)) == 1


async def test_firmware_is_told(
    automate: Automate,
    pass_time: PassTime,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
) -> None:
    """A drift that came with a firmware update says so."""
    await automate("configuration_drift.yaml")
    panel.api_off = True
    await pass_time()
    panel.api_off = False
    panel.firmware_version = "3.21.0"
    panel.second_account["transport"] = "tcp"
    await pass_time()
    assert taken(phone_calls)[0]["message"].splitlines()[-1] == (
        "firmware: 3.21.0 (before 3.20.0)"
    )


async def test_button_accepts(
    hass: HomeAssistant,
    automate: Automate,
    pass_time: PassTime,
    entry: MockConfigEntry,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
) -> None:
    """The button of the notification accepts, and the notification goes."""
    await automate("configuration_drift.yaml")
    panel.second_account["realm"] = "other.example"
    await pass_time()
    taken(phone_calls)
    hass.bus.async_fire(
        "mobile_app_notification_action", {"action": "bas_ip_accept x realm"}
    )
    hass.bus.async_fire("mobile_app_notification_action", {"action": "other"})
    hass.bus.async_fire("mobile_app_notification_action", {})
    await settle()
    drift = "binary_sensor.front_door_account_2_drift"
    assert hass.states.is_state(drift, "on")
    hass.bus.async_fire("mobile_app_notification_action", {"action": f"{ACCEPT} realm"})
    await settle()
    await pass_time()
    assert hass.states.is_state(drift, "off")
    assert entry.options["expected"]["second"]["realm"] == "other.example"
    assert [told["message"] for told in taken(phone_calls)] == ["clear_notification"]
    # A second press finds nothing to accept, which is no reason to stop the automation.
    hass.bus.async_fire("mobile_app_notification_action", {"action": f"{ACCEPT} realm"})
    await settle()
    panel.second_account["realm"] = "third.example"
    await pass_time()
    assert len(taken(phone_calls)) == 1


@pytest.mark.parametrize(
    "blueprint", ["configuration_drift.yaml", "sip_registration.yaml"]
)
async def test_old_event_is_not_told_again(
    hass: HomeAssistant,
    automate: Automate,
    pass_time: PassTime,
    entry: MockConfigEntry,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
    blueprint: str,
) -> None:
    """A reload, or a restart, tells nothing that has been told."""
    await automate(blueprint, **({"minutes": 1} if "sip" in blueprint else {}))
    panel.second_account["realm"] = "other.example"
    panel.sip_status = "ERROR"
    await pass_time(3)
    assert len(taken(phone_calls)) == 1
    await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(3)
    assert not phone_calls


async def test_registration(
    automate: Automate,
    pass_time: PassTime,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
) -> None:
    """A registration that is lost for long is told, and again when it is restored."""
    await automate("sip_registration.yaml", minutes=5)
    panel.sip_status = "ERROR"
    await pass_time(4)
    panel.sip_status = "OK"
    await pass_time(10)
    assert not phone_calls
    assert not other_calls

    panel.sip_status = "OFFLINE"
    await pass_time(4)
    assert not phone_calls
    await pass_time(3)
    [told] = taken(phone_calls)
    assert told["title"] == "Front door: SIP registration lost"
    assert told["message"] == "The panel has not been registered for 5 min"
    await pass_time(10)
    assert not phone_calls
    panel.sip_status = "OK"
    await pass_time()
    [restored] = taken(phone_calls)
    assert restored["title"] == "Front door: SIP registration restored"
    assert restored["data"]["tag"] == told["data"]["tag"]
    assert [call["title"] for call in taken(other_calls)] == [
        told["title"],
        restored["title"],
    ]


async def test_panel_that_is_away_has_not_lost_its_registration(
    automate: Automate,
    pass_time: PassTime,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
) -> None:
    """Unavailable and unknown are never told as lost."""
    await automate("sip_registration.yaml", minutes=1)
    panel.api_off = True
    await pass_time(3)
    panel.api_off = False
    panel.sip_status = "something else"
    await pass_time(3)
    assert not phone_calls
