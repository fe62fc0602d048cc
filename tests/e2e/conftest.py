"""A Home Assistant, simulated panels and a browser for all tests together.

Each test gets panels that are set up anew, so that it can also run alone.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import shutil
import socket

import pytest
import pytest_asyncio

pytest.importorskip("playwright", reason="scripts/e2e runs these tests")

from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from demo.configuration import HOST
from demo.show import DASHBOARD, DASHBOARD_PATH

from . import pages
from .home import Home
from .panel import WatchedPanel

ROOT = Path(__file__).parents[2]
OUT = ROOT / ".out/e2e"
COMPONENTS = ("config", "frontend", "history", "logbook", "recorder")
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WINDOW: ViewportSize = {"width": 1280, "height": 800}


def pytest_sessionstart() -> None:
    """Forget what failed the last time."""
    shutil.rmtree(OUT, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Search for secrets when everything else has been done."""
    items.sort(key=lambda item: item.path.name == "test_secrets.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures know whether the test has failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    """Return the Home Assistant."""
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
    async with Home(tmp_path_factory.mktemp("config"), port, COMPONENTS) as home:
        # What would be written if somebody looked for a mistake.
        level = {"custom_components.bas_ip": "debug"}
        await home.rest("POST", "services/logger/set_level", level)
        await home.add_dashboard(DASHBOARD_PATH, "Door panels", DASHBOARD)
        yield home


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """Return the browser."""
    expect.set_options(timeout=pages.PATIENCE)
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(
            executable_path=os.environ["BROWSER_PATH"], args=BROWSER_ARGUMENTS
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser_context(home: Home, browser: Browser) -> BrowserContext:
    """Return a window of the browser, logged in after its first page."""
    context = await browser.new_context(
        accept_downloads=True, base_url=home.url, locale="en-GB", viewport=WINDOW
    )
    context.set_default_timeout(pages.PATIENCE)
    return context


@pytest_asyncio.fixture(loop_scope="session")
async def page(
    browser_context: BrowserContext, home: Home, request: pytest.FixtureRequest
) -> AsyncGenerator[Page]:
    """Return a tab, which leaves behind what it showed when the test has failed."""
    page = await browser_context.new_page()
    yield page
    if FAILED in request.node.stash:
        folder = OUT / request.node.name
        folder.mkdir(parents=True, exist_ok=True)
        for number, tab in enumerate(browser_context.pages):
            await tab.screenshot(path=folder / f"page-{number}.png")
            html = await tab.evaluate(WHOLE_PAGE)
            (folder / f"page-{number}.html").write_text(html, encoding="utf-8")
        shutil.copy(home.log, folder / "home-assistant.log")
    for tab in browser_context.pages:
        await tab.close()


# The page as the browser shows it, with what the elements keep to themselves.
WHOLE_PAGE = """() => {
  const rootsIn = (node) => [...node.querySelectorAll("*")].flatMap((element) =>
    element.shadowRoot ? [element.shadowRoot, ...rootsIn(element.shadowRoot)] : []);
  return document.documentElement.getHTML({ shadowRoots: rootsIn(document) });
}"""


@asynccontextmanager
async def _known(panel: WatchedPanel, home: Home) -> AsyncGenerator[WatchedPanel]:
    """Switch a panel on, and make Home Assistant forget it in the end."""
    async with panel:
        yield panel
        home.tokens |= panel.tokens
        await home.remove(panel.info["device_name"])


@pytest_asyncio.fixture(loop_scope="session")
async def new_panel(home: Home) -> AsyncGenerator[WatchedPanel]:
    """Return a panel that Home Assistant does not know yet."""
    async with _known(WatchedPanel("127.0.1.1", "Front door"), home) as panel:
        yield panel


@pytest_asyncio.fixture(loop_scope="session")
async def front_door(home: Home, new_panel: WatchedPanel) -> WatchedPanel:
    """Return a panel that Home Assistant watches."""
    await home.add(new_panel)
    return new_panel


@pytest_asyncio.fixture(loop_scope="session")
async def garage_gate(home: Home) -> AsyncGenerator[WatchedPanel]:
    """Return another panel that Home Assistant watches."""
    async with _known(WatchedPanel("127.0.1.2", "Garage gate"), home) as panel:
        await home.add(panel)
        yield panel


@pytest_asyncio.fixture(loop_scope="session")
async def back_door(home: Home) -> AsyncGenerator[WatchedPanel]:
    """Return a third panel, which Home Assistant does not know yet."""
    async with _known(WatchedPanel("127.0.1.3", "Back door"), home) as panel:
        yield panel
