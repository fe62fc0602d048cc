"""A user looks at the dashboard that builds itself.

`scripts/e2e oldest tests/e2e/test_dashboard.py` does so with the oldest Home Assistant
that is supported: its web page loads modules in another way.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
import re
from typing import Literal

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
import pytest

from simulator.settings import apply_settings, set_registration

from . import pages
from .home import Home
from .panel import WatchedPanel

HOSTILE = "<b>x</b>{{1+1}}**x**[x](http://x.example.net)" + "x" * 60
PHONE = (390, 844)
SMALLEST_PHONE = (360, 640)
LOADS = 3


def tile(where: Page | Locator, name: str) -> Locator:
    """Return a tile that is visible."""
    tiles = where.locator("hui-tile-card").filter(has_text=name)
    return tiles.filter(visible=True).first


def section(page: Page, panel: str) -> Locator:
    """Return the part of the dashboard that begins with the tile of a panel."""
    first = page.locator(".card:first-child hui-tile-card").filter(has_text=panel)
    return page.locator("hui-grid-section").filter(has=first)


def change(panel: WatchedPanel, **settings: str) -> None:
    """Change the second account on a panel."""
    assert not apply_settings(panel, {"second_account": settings})


async def tile_names(page: Page) -> list[str]:
    """Return the panels in the order of the dashboard."""
    names = page.locator("hui-tile-card [slot=primary]").filter(visible=True)
    return await names.all_inner_texts()


async def open_panel(page: Page, name: str) -> None:
    """Open the view of a panel."""
    await page.goto(pages.DASHBOARD)
    await tile(page, name).click()
    await expect(page).to_have_url(re.compile(f"{pages.DASHBOARD.rsplit('/', 1)[0]}/"))
    await expect(page.get_by_text("Second account")).to_be_visible()


@pytest.mark.usefixtures("garage_gate")
async def test_drift_and_back(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    for name in ("Front door", "Garage gate"):
        await expect(tile(page, name)).to_contain_text("As expected")
    await expect(page.locator("hui-markdown-card")).to_have_count(0)

    change(front_door, realm="pbx.example.com", transport="tcp")
    panel = section(page, "Front door")
    await expect(tile(page, "Front door")).to_contain_text("Drifted")
    await expect(panel).to_contain_text("realm: pbx.example.net → pbx.example.com")
    await expect(panel).to_contain_text("transport: udp → tcp", ignore_case=True)
    await expect(panel).to_contain_text(re.compile(r"Since: \d+ \w+ \d{4} at \d+:\d+"))
    await expect(tile(page, "Garage gate")).to_contain_text("As expected")
    assert (await tile_names(page))[0] == "Front door"

    change(front_door, realm="pbx.example.net", transport="udp")
    await expect(tile(page, "Front door")).to_contain_text("As expected")
    await expect(page.locator("hui-markdown-card")).to_have_count(0)


async def test_panel(front_door: WatchedPanel, page: Page) -> None:
    change(front_door, realm="pbx.example.com")
    await open_panel(page, "Front door")
    await expect(tile(page, "Account 2 drift")).to_contain_text("Drifted")
    await expect(tile(page, "Account 2 realm")).to_contain_text("pbx.example.com")
    await expect(tile(page, "Account 2 proxy")).to_contain_text("sip:pbx.example.net")
    await expect(tile(page, "SIP status")).to_contain_text("Registered")
    await expect(page.locator("hui-history-graph-card canvas")).to_have_count(1)
    changes = page.locator("hui-grid-section").filter(has_text="Changes")
    await expect(changes).to_contain_text("Drift detected")
    await expect(changes).to_contain_text("pbx.example.net → pbx.example.com")
    await page.locator("ha-icon-button-arrow-prev").click()
    await expect(section(page, "Front door")).to_contain_text("Drifted")


@pytest.mark.usefixtures("front_door")
async def test_units_of_the_user(home: Home, page: Page) -> None:
    entity_id = "sensor.front_door_account_2_interval"
    update = {
        "type": "config/entity_registry/update",
        "entity_id": entity_id,
        "options_domain": "sensor",
    }
    await open_panel(page, "Front door")
    await expect(tile(page, "Account 2 interval")).to_contain_text("60 s")
    await home.websocket({**update, "options": {"unit_of_measurement": "min"}})
    await expect(tile(page, "Account 2 interval")).to_contain_text(re.compile(r"1 ?m"))
    await expect(tile(page, "Account 2 interval")).not_to_contain_text("60")
    await home.websocket({**update, "options": None})


async def test_accept(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    panel = section(page, "Front door")
    change(front_door, outbound="proxy.example.net", user="202")
    await expect(panel).to_contain_text("user: 201 → 202")
    for answer in ("Cancel", "OK"):
        await tile(panel, "Accept settings").click()
        await expect(pages.dialog(page)).to_contain_text(
            "The current settings of Front door become the expected ones."
        )
        assert await home.issues()
        await pages.press(pages.dialog(page), answer)
    await expect(tile(page, "Front door")).to_contain_text("As expected")
    await expect(tile(page, "Accept settings")).to_have_count(0)
    assert not await home.issues()


async def test_repairs(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    change(front_door, realm="pbx.example.com")
    await tile(page, "Open the repairs").click()
    await expect(page).to_have_url(re.compile(pages.REPAIRS))
    await expect(page.get_by_text("Front door")).to_be_visible()


async def test_login(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    front_door.password = "another"
    front_door.sessions.clear()
    await expect(tile(page, "Front door")).to_contain_text("Login rejected")
    await tile(page, "Log in").click()
    await expect(page).to_have_url(re.compile(pages.INTEGRATION))


async def test_registration(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    await expect(tile(page, "Front door")).to_contain_text("As expected")
    set_registration(front_door, "ERROR")
    await expect(tile(page, "Front door")).to_contain_text("Not registered")
    set_registration(front_door, "OK")
    await expect(tile(page, "Front door")).to_contain_text("As expected")


async def test_panel_away(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    await expect(tile(page, "Front door")).to_contain_text("As expected")
    async with pages.panel_page(page, front_door) as tab:
        await pages.press(tab, "Switch off")
        await expect(tile(page, "Front door")).to_contain_text("Not reachable")
        await expect(section(page, "Front door")).to_contain_text("Since: ")
        await pages.press(tab, "Switch on")
    await expect(tile(page, "Front door")).to_contain_text("As expected")


@pytest.mark.usefixtures("front_door", "garage_gate")
async def test_many_panels(home: Home, back_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    await expect(tile(page, "Garage gate")).to_be_visible()
    summary = page.locator("hui-grid-section").first
    await expect(page.locator("hui-markdown-card")).to_have_count(0)

    await home.add(back_door)
    await expect(summary).to_contain_text("As expected: 3")
    assert await tile_names(page) == ["Back door", "Front door", "Garage gate"]

    device = await home.device("Garage gate")
    rename = {"type": "config/device_registry/update", "device_id": device["id"]}
    await home.websocket({**rename, "name_by_user": "A gate"})
    await expect(tile(page, "A gate")).to_be_visible()
    assert await tile_names(page) == ["A gate", "Back door", "Front door"]

    change(back_door, realm=HOSTILE)
    await expect(summary).to_contain_text("Drifted: 1")
    await expect(summary).to_contain_text("As expected: 2")
    names = await tile_names(page)
    assert names == [
        *("Back door", "Accept settings", "Open the repairs"),
        *("A gate", "Front door"),
    ]
    # The user accounts of Home Assistant have languages; this is what choosing another one does.
    await page.evaluate(SELECT_LANGUAGE, "de")
    await expect(page.get_by_text("Braucht Aufmerksamkeit")).to_be_visible()

    await home.remove("Back door")
    await expect(tile(page, "Back door")).to_have_count(0)
    assert await tile_names(page) == ["A gate", "Front door"]
    # For the tests that follow; the browser would keep the language.
    await home.websocket({**rename, "name_by_user": None})
    await page.evaluate(SELECT_LANGUAGE, "en")


SELECT_LANGUAGE = """(language) =>
  document.querySelector("home-assistant")._selectLanguage(language, false)"""


@asynccontextmanager
async def new_browser(
    browser: Browser,
    home: Home,
    size: tuple[int, int] = PHONE,
    language: str = "en-GB",
    scheme: Literal["dark", "light"] = "light",
) -> AsyncGenerator[BrowserContext]:
    """Return a window of a browser that remembers nothing."""
    context = await browser.new_context(
        base_url=home.url,
        color_scheme=scheme,
        locale=language,
        viewport={"width": size[0], "height": size[1]},
    )
    async with context:
        yield context


@pytest.mark.usefixtures("front_door")
async def test_loads(browser: Browser, home: Home) -> None:
    """The page finds the module, whether or not it has been there before."""
    for _ in range(LOADS):
        async with new_browser(browser, home) as context:
            page = await context.new_page()
            await page.goto(pages.DASHBOARD)
            await expect(tile(page, "Front door")).to_be_visible()
            await page.reload()
            await expect(tile(page, "Front door")).to_be_visible()
            session = await context.new_cdp_session(page)
            await session.send("Page.reload", {"ignoreCache": True})
            await page.wait_for_event("load")
            await expect(tile(page, "Front door")).to_be_visible()


YAML_MODE = """
lovelace:
  resource_mode: yaml
  dashboards:
    written-panels:
      mode: yaml
      title: Written
      filename: written.yaml
"""


@pytest.mark.usefixtures("front_door")
async def test_yaml_mode(home: Home, page: Page) -> None:
    """Nothing has to be added where dashboards and their resources are files."""
    configuration = home.config / "configuration.yaml"
    before = configuration.read_text("utf-8")
    dashboard = home.config / "written.yaml"
    dashboard.write_text("strategy:\n  type: custom:bas-ip\n", "utf-8")
    configuration.write_text(before + YAML_MODE, "utf-8")
    await home.restart()
    await page.goto("/written-panels")
    await expect(tile(page, "Front door")).to_be_visible()
    # It counts from the next start on.
    configuration.write_text(before, "utf-8")


@pytest.mark.usefixtures("front_door")
async def test_add_dashboard(home: Home, page: Page) -> None:
    await page.goto("/config/lovelace/dashboards")
    await page.get_by_role("button", name="Add dashboard").last.click()
    await expect(pages.dialog(page)).to_contain_text("Community dashboards")
    await expect(pages.dialog(page)).to_contain_text("Door panels: SIP settings")
    await pages.dialog(page).get_by_text("BAS-IP", exact=True).click()
    await expect(pages.field(page, "Title")).to_have_value("Door panels")
    await pages.press(pages.dialog(page), "Create")
    await expect(pages.dialog(page)).to_have_count(0)
    await page.get_by_role("link", name="Door panels").last.click()
    await expect(tile(page, "Front door")).to_be_visible()
    dashboards = await home.websocket({"type": "lovelace/dashboards/list"})
    added = next(each for each in dashboards if each["url_path"] == "door-panels-2")
    message = {"type": "lovelace/dashboards/delete", "dashboard_id": added["id"]}
    await home.websocket(message)


async def test_twelve_healthy_panels(home: Home, browser: Browser) -> None:
    """They fit two screens of a phone, by floor."""
    names = [f"Door {number}" for number in range(1, 13)]
    houses = {f"Elm street {each}": names[each - 1 :: 3] for each in (1, 2, 3)}
    async with AsyncExitStack() as stack:
        for number, name in enumerate(names, 1):
            panel = WatchedPanel(f"127.0.2.{number}", name)
            await stack.enter_async_context(panel)
            stack.push_async_callback(home.remove, name)
            await home.add(panel)
        await stack.enter_async_context(home.houses(houses))
        context = await stack.enter_async_context(new_browser(browser, home))
        page = await context.new_page()
        await page.goto(pages.DASHBOARD)
        await expect(page.get_by_text("As expected: 12")).to_be_visible()
        await expect(page.locator("hui-heading-card")).to_have_text(list(houses))
        last = await tile(page, "Door 12").bounding_box()
        assert last
        assert last["y"] + last["height"] < 2 * PHONE[1]


@pytest.mark.parametrize(
    ("language", "scheme"), [("en-GB", "dark"), ("de-DE", "light")]
)
@pytest.mark.usefixtures("garage_gate")
async def test_phone(
    home: Home,
    front_door: WatchedPanel,
    browser: Browser,
    language: str,
    scheme: Literal["dark", "light"],
) -> None:
    change(front_door, realm=HOSTILE, user="u" * 31)
    drift = "binary_sensor.front_door_account_2_drift"
    await home.state_where(drift, lambda state: state["state"] == "on")
    phone = new_browser(browser, home, SMALLEST_PHONE, language, scheme)
    async with phone as context:
        page = await context.new_page()
        await page.goto(pages.DASHBOARD)
        panel = section(page, "Front door")
        await expect(panel).to_contain_text(f"pbx.example.net → {HOSTILE}")
        assert await page.evaluate(CUT_OFF) == []
        await tile(page, "Front door").click()
        await expect(page.locator("hui-history-graph-card canvas")).to_have_count(1)
        # A tile cuts a long value, and tells it whole when it is tapped.
        cut = await page.evaluate(CUT_OFF)
        assert cut == [f"span: {HOSTILE}"]


# Whatever is wider than its place: cut off, or to be scrolled sideways.
CUT_OFF = """() => {
  const inside = (node) => [...node.querySelectorAll("*")].flatMap((element) =>
    [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])]);
  const view = inside(document).find((element) => element.localName === "hui-sections-view");
  return [document.documentElement, ...inside(view), ...inside(view.shadowRoot)]
    .filter((element) => element.clientWidth && element.scrollWidth > element.clientWidth + 1)
    .map((element) => `${element.localName}: ${element.textContent.trim()}`);
}"""
