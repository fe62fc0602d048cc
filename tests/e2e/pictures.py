"""Takes the pictures of the documentation; scripts/pictures runs it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import datetime, timedelta
from math import ceil, floor
from pathlib import Path
import sqlite3
from typing import Any, Literal

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
EVENT_TYPE = "event_type"

type Scheme = Literal["light", "dark"]


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


@pytest.fixture(scope="session", params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    """Return the colours."""
    colours: Scheme = request.param
    return colours


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def camera(
    browser: Browser, home: Home, scheme: Scheme
) -> AsyncGenerator[Camera]:
    """Return a camera with a browser window of its own."""
    PICTURES.mkdir(exist_ok=True)
    context = await browser.new_context(
        base_url=home.url,
        color_scheme=scheme,
        device_scale_factor=SCALE,
        locale="en-GB",
        reduced_motion="reduce",
        viewport=WINDOW,
    )
    async with context:
        yield Camera(await context.new_page(), scheme)


class Past:
    """What has happened, as Home Assistant's recorder remembers it."""

    def __init__(self, home: Home) -> None:
        """Take the Home Assistant."""
        self._home = home
        self._path = home.config / "home-assistant_v2.db"

    async def has(self, entity_id: str, what: str) -> dict[str, Any]:
        """Wait until a state, or an event of this type, is written down."""
        state = await self._home.state_where(
            entity_id,
            lambda state: what in (state["state"], state["attributes"].get(EVENT_TYPE)),
        )
        query = (
            "SELECT 1 FROM states JOIN states_meta USING (metadata_id)"
            " WHERE states_meta.entity_id = ? AND state = ?"
        )
        values = (entity_id, state["state"])
        async with asyncio.timeout(PATIENCE):
            with closing(sqlite3.connect(self._path)) as database:
                while not database.execute(query, values).fetchone():  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_AGAIN)
        return state

    def move_back(self, minutes: int, *states: str) -> None:
        """Let what there is so far, or only these states, have come earlier."""
        with closing(sqlite3.connect(self._path, timeout=PATIENCE)) as database:
            database.executemany(
                "UPDATE states SET last_updated_ts = last_updated_ts - :seconds,"
                " last_changed_ts = last_changed_ts - :seconds"
                " WHERE :state IN (state, '')",
                [{"seconds": minutes * 60, "state": state} for state in states or [""]],
            )
            database.commit()


async def _tell_story(
    home: Home, front_door: WatchedPanel, garage_gate: WatchedPanel
) -> None:
    """Let an hour pass: the SIP server was away for a while, then one panel drifts."""
    past = Past(home)
    both = ((front_door, "front_door"), (garage_gate, "garage_gate"))
    for _, name in both:
        await past.has(f"sensor.{name}_sip_status", "registered")
    past.move_back(24)
    for panel, name in both:
        set_registration(panel, "ERROR")
        await past.has(f"event.{name}_sip_events", "registration_lost")
    past.move_back(5)
    for panel, name in both:
        set_registration(panel, "OK")
        await past.has(f"event.{name}_sip_events", "registration_restored")
    past.move_back(17)
    changed = {"realm": "pbx.example.com", "transport": "tcp"}
    assert not apply_settings(front_door, {"second_account": changed})
    await past.has("binary_sensor.front_door_account_2_drift", "on")
    event = await past.has("event.front_door_sip_events", "drift_detected")
    past.move_back(12)
    # The entities themselves say when, too. And nothing was set up for the pictures.
    event["state"] = _earlier(event["state"], 12)
    await home.rest("POST", "states/event.front_door_sip_events", event)
    await past.has("event.front_door_sip_events", event["state"])
    last = "sensor.front_door_last_settings_change"
    change = await home.state(last)
    change["state"] = _earlier(change["state"], 12)
    for each, minutes in zip(
        change["attributes"]["changes"], (12, 29, 34), strict=True
    ):
        each["time"] = _earlier(each["time"], minutes)
    await home.rest("POST", f"states/{last}", change)
    await past.has(last, change["state"])
    past.move_back(3000, "unavailable", "unknown", event["state"], change["state"])


def _earlier(time: str, minutes: int) -> str:
    """Return a time so many minutes before."""
    earlier = datetime.fromisoformat(time) - timedelta(minutes=minutes)
    return earlier.isoformat(timespec="milliseconds")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def story(home: Home) -> AsyncGenerator[None]:
    """Set up two panels and let something happen."""
    async with (
        WatchedPanel("127.0.1.1", "Front door") as front_door,
        WatchedPanel("127.0.1.2", "Garage gate") as garage_gate,
    ):
        await home.add(front_door)
        await home.add(garage_gate)
        await _tell_story(home, front_door, garage_gate)
        yield


async def test_config_flow(camera: Camera) -> None:
    page = camera.page
    async with WatchedPanel("127.0.1.3", "Front door") as panel:
        await pages.begin_set_up(page)
        await pages.enter_login(page, panel, panel.password)
        await expect(pages.dialog(page)).to_contain_text("These are the settings")
        await camera.take_dialog("config-flow")


@pytest.mark.usefixtures("story")
async def test_dashboard(camera: Camera) -> None:
    page = camera.page
    await page.goto(pages.DASHBOARD)
    view = page.locator("hui-sections-view")
    await expect(view.get_by_text("Drift detected").first).to_be_visible()
    await expect(view.locator("canvas")).to_have_count(2)
    await camera.take("dashboard", view, view.locator("ha-card"))


@pytest.mark.usefixtures("story")
async def test_device(camera: Camera) -> None:
    page = camera.page
    await pages.open_device(page, "Front door")
    await expect(page.get_by_text("Drift detected").first).to_be_visible()
    device = page.locator("ha-config-device-page")
    await camera.take("device", device, device.locator("ha-card"))


@pytest.mark.usefixtures("story")
async def test_repair(camera: Camera) -> None:
    page = camera.page
    await pages.open_repair(page, "Front door")
    await camera.take_dialog("repair")
