"""The blueprints, as automations of a Home Assistant that watches simulated panels."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import slugify
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from simulator import SimulatedPanel

from ..automations import taken
from ..conftest import (
    ROOT,
    SetUp,
    device_of,
    entry_of,
    panel_time,
)

BLUEPRINTS = ROOT / "blueprints/automation"
DRIFT = "drift.yaml"
CONNECTIVITY = "not_registered_or_reachable.yaml"
DRIFT_SENSOR = "binary_sensor.front_door_account_2_drift"
SYMBOL = "📱"
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
def symbol_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the phone was sent whose name has no letter."""
    return async_mock_service(hass, "notify", slugify(f"mobile_app_{SYMBOL}"))


@pytest.fixture
def other_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the other actions did."""
    return async_mock_service(hass, "notify", "mail")


@pytest.fixture
def phones(hass: HomeAssistant) -> list[str]:
    """Return the devices of phones; only the last two take messages.

    One is gone, one never took any, one does not any more.
    """
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    devices = ["gone"]
    for name, state in (
        ("Tablet", None),
        ("Old phone", STATE_UNAVAILABLE),
        (SYMBOL, STATE_UNKNOWN),
        ("Anna's phone", STATE_UNKNOWN),
    ):
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={("mobile_app", name)},
            name=name,
        )
        devices.append(device.id)
        if state:
            entity = er.async_get(hass).async_get_or_create(
                "notify", "mobile_app", name, device_id=device.id, config_entry=entry
            )
            hass.states.async_set(entity.entity_id, state)
    return devices


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
    symbol_calls: list[ServiceCall],
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
