"""Takes the pictures of the documentation; tools/run pictures runs it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, closing
from datetime import datetime, timedelta
from math import ceil, floor
from pathlib import Path
import re
import sqlite3
import subprocess
from typing import Literal

from playwright.async_api import Browser, FloatRect, Locator, Page, ViewportSize, expect
import pytest
import pytest_asyncio

from simulator.settings import apply_settings, set_registration

from . import pages
from .home import LOOK_AGAIN, PATIENCE, Home
from .panel import WatchedPanel

PICTURES = Path(__file__).parents[2] / "docs/pictures"
WINDOW: ViewportSize = {"width": 1280, "height": 1500}
SCALE = 1.5
MARGIN = 16
EDGE = 0.5
HOUSES = {
    "Elm Street 1": ("Front door", "Back door", "Garage gate", "Yard gate"),
    "Elm Street 3": ("Main entrance", "Side entrance", "Car park", "Cellar"),
    "Elm Street 5": ("Lobby", "Delivery entrance", "Bicycle room", "Roof terrace"),
}
NAMES = [name for names in HOUSES.values() for name in names]

type Scheme = Literal["light", "dark"]

SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")


class Camera:
    """A page in light or dark colours, of which pictures are taken."""

    def __init__(self, page: Page, scheme: Scheme) -> None:
        """Take the page and its colours."""
        self.page = page
        self._scheme = scheme

    async def take(self, name: str, whole: Locator, last: Locator) -> None:
        """Take a picture of something on the page, as far down as the last cards go."""
        await self.page.mouse.move(0, 0)
        # Fonts and icons come after the texts.
        await self.page.wait_for_load_state("networkidle")
        await self.page.evaluate("document.fonts.ready")
        area = await _area(whole)
        bottoms = [await _area(card) for card in await last.filter(visible=True).all()]
        bottom = max(bottom["y"] + bottom["height"] for bottom in bottoms)
        area["height"] = min(area["height"], bottom + MARGIN - area["y"])
        path = PICTURES / f"{name}-{self._scheme}.png"
        await self.page.screenshot(path=path, clip=area, animations="disabled")

    async def take_dialog(self, name: str) -> None:
        """Take a picture of the dialog, which has no corners to look through."""
        square = "html { --ha-dialog-border-radius: 0; }"
        await self.page.add_style_tag(content=square)
        frame = self.page.get_by_role("dialog")
        await self.take(name, frame, frame)


async def _area(locator: Locator) -> FloatRect:
    """Return where something is when it has come to rest, without a line around it."""
    await expect(locator).to_be_visible()
    await (await locator.element_handle()).wait_for_element_state("stable")
    area = await locator.bounding_box()
    assert area
    left, top = ceil(area["x"] + EDGE), ceil(area["y"] + EDGE)
    return {
        "x": left,
        "y": top,
        "width": floor(area["x"] + area["width"] - EDGE) - left,
        "height": floor(area["y"] + area["height"] - EDGE) - top,
    }


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cameras(browser: Browser, home: Home) -> AsyncGenerator[list[Camera]]:
    """Return two cameras, one for each scheme, with browser windows of their own."""
    PICTURES.mkdir(exist_ok=True)
    cameras: list[Camera] = []
    async with AsyncExitStack() as stack:
        for scheme in SCHEMES:
            context = await browser.new_context(
                base_url=home.url,
                color_scheme=scheme,
                device_scale_factor=SCALE,
                locale="en-GB",
                reduced_motion="reduce",
                viewport=WINDOW,
            )
            await stack.enter_async_context(context)
            cameras.append(Camera(await context.new_page(), scheme))
        yield cameras


class Past:
    """What has happened, as Home Assistant remembers it."""

    def __init__(self, home: Home) -> None:
        """Take the Home Assistant."""
        self._home = home
        self._moves: list[tuple[float, float]] = []

    async def has(self, entity_ids: Sequence[str], *states: str) -> None:
        """Wait until all of these have one of the states, and it is written down."""
        for entity_id in entity_ids:
            state = await self._home.state_where(
                entity_id,
                lambda state: (
                    not {
                        state["state"],
                        state["attributes"].get("event_type"),
                    }.isdisjoint(states)
                ),
            )
            async with asyncio.timeout(PATIENCE):
                while not self._ask(WRITTEN, entity_id, state["state"]):  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_AGAIN)

    def move_back(self, **times: float) -> None:
        """Let what there is so far have come earlier."""
        seconds = timedelta(**times).total_seconds()
        self._ask(MOVE, seconds, seconds, 0)
        self._moves.append((datetime.now().astimezone().timestamp(), seconds))

    async def settle(self, entity_ids: Sequence[str]) -> None:
        """Let Home Assistant know no other times; the restart has left no trace."""
        await self._home.stop()
        storage = self._home.config / ".storage"
        for path in (*storage.glob("bas_ip.*"), storage / "core.restore_state"):
            path.write_text(TIME.sub(self._earlier, path.read_text("utf-8")), "utf-8")
        for state in {str(state) for (state,) in self._ask(TIMES)}:
            self._ask(RENAME, TIME.sub(self._earlier, state), state)
        stopped = datetime.now().astimezone().timestamp()
        await self._home.start()
        async with asyncio.timeout(PATIENCE):
            for entity_id in entity_ids:
                while not self._ask(KNOWN, entity_id, stopped):  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_AGAIN)
        long_ago = timedelta(days=3).total_seconds()
        self._ask(MOVE, long_ago, long_ago, stopped)

    def _ask(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Return what a statement gives."""
        path = self._home.config / "home-assistant_v2.db"
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as database:
            answer = database.execute(statement, values).fetchall()
            database.commit()
            return answer

    def _earlier(self, time: re.Match[str]) -> str:
        """Return when something has happened, by what it was moved since."""
        moment = datetime.fromisoformat(time[0])
        seconds = sum(each for at, each in self._moves if moment.timestamp() < at)
        return (moment - timedelta(seconds=seconds)).isoformat()


TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")
WRITTEN = """
SELECT 1 FROM states JOIN states_meta USING (metadata_id)
WHERE states_meta.entity_id = ? AND state = ?"""
KNOWN = """
SELECT 1 FROM states JOIN states_meta USING (metadata_id)
WHERE states_meta.entity_id = ? AND last_updated_ts > ?
AND state NOT IN ('unavailable', 'unknown')"""
TIMES = "SELECT state FROM states WHERE state LIKE '%T%+00:00'"
RENAME = "UPDATE states SET state = ? WHERE state = ?"
MOVE = """
UPDATE states SET last_updated_ts = last_updated_ts - ?,
last_changed_ts = last_changed_ts - ? WHERE last_updated_ts > ?"""


def _entity_ids(pattern: str, panels: Sequence[WatchedPanel]) -> list[str]:
    """Return an entity of each panel."""
    names = [str(panel.info["device_name"]) for panel in panels]
    return [pattern.format(name.lower().replace(" ", "_")) for name in names]


async def _tell_story(home: Home, panels: Sequence[WatchedPanel]) -> None:
    """Let a day pass.

    The SIP server is away at night and for a moment at noon, one panel gets another
    interval, then one drifts and one is not registered.
    """
    past = Past(home)
    statuses = _entity_ids("sensor.{}_sip_status", panels)
    events = _entity_ids("event.{}_sip_events", panels)
    await past.has(statuses, "registered")
    past.move_back(hours=9)
    for hours in (7.5, 6):
        for status, minutes in (("ERROR", hours * 4), ("OK", hours * 60)):
            for panel in panels:
                set_registration(panel, status)
            told = "registration_lost" if status == "ERROR" else "registration_restored"
            await past.has(events, told)
            past.move_back(minutes=minutes)
    assert not apply_settings(
        panels[0], {"second_account": {"registration_interval": 120}}
    )
    await past.has(events[:1], "drift_detected")
    await home.accept("binary_sensor.front_door_account_2_drift")
    await past.has(events[:1], "drift_resolved", "expectation_updated")
    past.move_back(hours=2)
    set_registration(panels[6], "ERROR")
    await past.has(events[6:7], "registration_lost")
    past.move_back(minutes=26)
    changed = {"realm": "pbx.example.com", "transport": "tcp"}
    assert not apply_settings(panels[0], {"second_account": changed})
    await past.has(events[:1], "drift_detected")
    past.move_back(minutes=12)
    await past.settle(_entity_ids("sensor.{}", panels))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def story(home: Home) -> AsyncGenerator[None]:
    """Set up twelve panels in three houses and let something happen."""
    async with AsyncExitStack() as stack:
        panels: list[WatchedPanel] = []
        for number, name in enumerate(NAMES, 11):
            panel = _panel(f"192.168.1.{number}", name)
            panels.append(await stack.enter_async_context(panel))
            await home.add(panel)
        await stack.enter_async_context(home.houses(HOUSES))
        await _tell_story(home, panels)
        yield


def _panel(host: str, name: str) -> WatchedPanel:
    """Return a panel with an address as at home: this network leads nowhere."""
    command = ["ip", "address", "add", f"{host}/32", "dev", "lo"]
    subprocess.run(command, check=True)  # noqa: S603
    panel = WatchedPanel(host, name)
    panel.port = 80
    return panel


async def test_config_flow(cameras: list[Camera]) -> None:
    async with WatchedPanel("127.0.1.3", "Front door") as panel:
        for camera in cameras:
            await pages.begin_set_up(camera.page)
            await pages.enter_login(camera.page, panel, panel.password)
            dialog = pages.dialog(camera.page)
            await expect(dialog).to_contain_text("Accounts to watch")
            await camera.take_dialog("config-flow")


@pytest.mark.usefixtures("story")
async def test_dashboard(cameras: list[Camera]) -> None:
    for camera in cameras:
        await _take_dashboard(camera, "dashboard")
    light = cameras[0]
    await light.page.set_viewport_size({**pages.PHONE, "height": WINDOW["height"] * 2})
    await _take_dashboard(light, "dashboard-phone")
    await light.page.set_viewport_size(WINDOW)


async def _take_dashboard(camera: Camera, name: str) -> None:
    """Take a picture of the dashboard."""
    await camera.page.goto(pages.DASHBOARD)
    view = camera.page.locator("hui-sections-view")
    await expect(view.get_by_text("Drifted", exact=True)).to_be_visible()
    await camera.take(name, view, view.locator("ha-card"))


@pytest.mark.usefixtures("story")
async def test_device(cameras: list[Camera]) -> None:
    for camera in cameras:
        await pages.open_device(camera.page, "Front door")
        page = camera.page.locator("ha-config-device-page")
        await expect(page.get_by_text("Drift detected").first).to_be_visible()
        await camera.take("device", page, page.locator("ha-card"))


@pytest.mark.usefixtures("story")
async def test_repair(cameras: list[Camera]) -> None:
    for camera in cameras:
        await pages.open_repair(camera.page, "Front door")
        await camera.take_dialog("repair")
