"""A user looks at the dashboard that builds itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import re
from typing import Literal

from playwright.async_api import Browser, Locator, Page, expect
import pytest

from simulator.settings import apply_settings, set_registration

from . import pages
from .home import Home
from .panel import WatchedPanel

HOSTILE = "<b>x</b>{{1+1}}**x**[x](http://x.example.net)" + "x" * 60


def section(page: Page, panel: str) -> Locator:
    """Return the part of the dashboard that shows a panel."""
    heading = page.get_by_role("heading", name=panel, exact=True)
    return page.locator("hui-grid-section").filter(has=heading)


def tile(where: Locator, name: str) -> Locator:
    """Return a tile that is visible."""
    tiles = where.locator("hui-tile-card").filter(has_text=name)
    return tiles.filter(visible=True)


def change(panel: WatchedPanel, **settings: str) -> None:
    """Change the second account on a panel."""
    assert not apply_settings(panel, {"second_account": settings})


async def panel_names(page: Page) -> list[str]:
    """Return the panels in the order of the dashboard."""
    return await page.get_by_role("heading", level=2).all_inner_texts()


@pytest.mark.usefixtures("garage_gate")
async def test_drift_and_back(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    first, second = section(page, "Front door"), section(page, "Garage gate")
    for panel in (first, second):
        await expect(tile(panel, "Reachable")).to_contain_text("Connected")
        await expect(tile(panel, "SIP status")).to_contain_text("Registered")
        await expect(tile(panel, "Account 2 drift")).to_contain_text("OK")
        await expect(panel).to_contain_text("Realm: pbx.example.net")
        await expect(panel).to_contain_text("Registration interval: 60 s")
        await expect(tile(panel, "Accept drift")).to_have_count(0)
        await expect(panel).not_to_contain_text("STUN")

    change(front_door, realm="pbx.example.com", transport="tcp")
    await expect(tile(first, "Account 2 drift")).to_contain_text("Problem")
    await expect(first).to_contain_text(
        "RealmExpected: pbx.example.netOn the panel: pbx.example.com"
    )
    await expect(first).to_contain_text("TransportExpected: UDPOn the panel: TCP")
    await expect(first).to_contain_text("Proxy: sip:pbx.example.net")
    await expect(first).to_contain_text("Realm: pbx.example.net → pbx.example.com")
    await expect(tile(second, "Account 2 drift")).to_contain_text("OK")

    change(front_door, realm="PBX.example.net", transport="udp")
    await expect(tile(first, "Account 2 drift")).to_contain_text("OK")
    await expect(first).to_contain_text("Realm: pbx.example.com → PBX.example.net")


async def test_accept(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    panel = section(page, "Front door")
    change(front_door, outbound="proxy.example.net", user="202")
    await expect(panel).to_contain_text("UserExpected: 201On the panel: 202")
    for answer in ("Cancel", "OK"):
        await tile(panel, "Accept drift").click()
        await expect(pages.dialog(page)).to_contain_text(
            "The current settings of Front door become the expected ones."
        )
        assert await home.issues()
        await pages.press(pages.dialog(page), answer)
    await expect(tile(panel, "Account 2 drift")).to_contain_text("OK")
    await expect(tile(panel, "Accept drift")).to_have_count(0)
    assert not await home.issues()


@pytest.mark.usefixtures("front_door")
async def test_repairs(new_panel: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    change(new_panel, realm="pbx.example.com")
    await tile(section(page, "Front door"), "Open the repairs").click()
    await expect(page).to_have_url(re.compile(pages.REPAIRS))
    await expect(page.get_by_text("Front door")).to_be_visible()


async def test_registration(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    status = tile(section(page, "Front door"), "SIP status")
    await expect(status).to_contain_text("Registered")
    set_registration(front_door, "ERROR")
    await expect(status).to_contain_text("Failed")
    set_registration(front_door, "OK")
    await expect(status).to_contain_text("Registered")


async def test_panel_away(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    panel = section(page, "Front door")
    await expect(tile(panel, "Reachable")).to_contain_text("Connected")
    async with pages.panel_page(page, front_door) as tab:
        await pages.press(tab, "Switch off")
        await expect(tile(panel, "Reachable")).to_contain_text("Disconnected")
        await expect(panel).not_to_contain_text("Realm:")
        await pages.press(tab, "Switch on")
    await expect(tile(panel, "Reachable")).to_contain_text("Connected")
    await expect(panel).to_contain_text("Realm: pbx.example.net")


@pytest.mark.usefixtures("front_door", "garage_gate")
async def test_many_panels(home: Home, back_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    await expect(section(page, "Garage gate")).to_be_visible()
    summary = page.locator("hui-grid-section").filter(has_text="As expected")
    await expect(summary).to_have_count(0)

    await home.add(back_door)
    await expect(summary).to_contain_text("As expected: 3")
    assert await panel_names(page) == ["Back door", "Front door", "Garage gate"]

    device = await home.device("Garage gate")
    rename = {"type": "config/device_registry/update", "device_id": device["id"]}
    await home.websocket({**rename, "name_by_user": "A gate"})
    await expect(section(page, "A gate")).to_be_visible()
    assert await panel_names(page) == ["A gate", "Back door", "Front door"]

    change(back_door, realm=HOSTILE)
    await expect(summary).to_contain_text("Drifted: 1 (Back door)")
    await expect(summary).to_contain_text("As expected: 2")
    assert await panel_names(page) == ["Back door", "A gate", "Front door"]
    # The user accounts of Home Assistant have languages; this is what choosing another one does.
    await page.evaluate(SELECT_LANGUAGE, "de")
    await expect(page.get_by_text("Mit Abweichung: 1 (Back door)")).to_be_visible()
    await expect(section(page, "Back door")).to_contain_text("Zweites Konto")

    await home.stop()
    await home.start()
    assert await resources(home) == [await current_resource(home)]
    await page.goto(pages.DASHBOARD)
    await expect(section(page, "Back door")).to_contain_text(HOSTILE)

    await home.remove("Back door")
    await expect(section(page, "Back door")).to_have_count(0)
    assert await panel_names(page) == ["A gate", "Front door"]
    # For the tests that follow; the browser would keep the language.
    await home.websocket({**rename, "name_by_user": None})
    await page.evaluate(SELECT_LANGUAGE, "en")


SELECT_LANGUAGE = """(language) =>
  document.querySelector("home-assistant")._selectLanguage(language, false)"""


async def resources(home: Home) -> list[str]:
    """Return the resources of all dashboards."""
    answer = await home.websocket({"type": "lovelace/resources"})
    return [resource["url"] for resource in answer]


async def current_resource(home: Home) -> str:
    """Return the module in the version that is installed."""
    message = {"type": "manifest/get", "integration": "bas_ip"}
    return f"/bas_ip/bas-ip.js?v={(await home.websocket(message))['version']}"


async def test_resource_goes_with_last_panel(
    home: Home, new_panel: WatchedPanel
) -> None:
    await home.add(new_panel)
    assert await resources(home) == [await current_resource(home)]
    await home.remove("Front door")
    assert await resources(home) == []


@pytest.mark.usefixtures("front_door")
async def test_add_dashboard(home: Home, page: Page) -> None:
    await page.goto("/config/lovelace/dashboards")
    await page.get_by_role("button", name="Add dashboard").last.click()
    await expect(pages.dialog(page)).to_contain_text("Community dashboards")
    await pages.dialog(page).get_by_text("BAS-IP", exact=True).click()
    await expect(pages.field(page, "Title")).to_have_value("Door panels")
    await pages.press(pages.dialog(page), "Create")
    await expect(pages.dialog(page)).to_have_count(0)
    await page.get_by_role("link", name="Door panels").last.click()
    await expect(section(page, "Front door")).to_contain_text("Second account")
    dashboards = await home.websocket({"type": "lovelace/dashboards/list"})
    added = next(each for each in dashboards if each["url_path"] == "door-panels-2")
    message = {"type": "lovelace/dashboards/delete", "dashboard_id": added["id"]}
    await home.websocket(message)


@asynccontextmanager
async def phone(
    browser: Browser, home: Home, language: str, scheme: Literal["dark", "light"]
) -> AsyncGenerator[Page]:
    """Open a page on the smallest phone."""
    context = await browser.new_context(
        base_url=home.url,
        color_scheme=scheme,
        locale=language,
        viewport={"width": 360, "height": 640},
    )
    async with context:
        yield await context.new_page()


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.usefixtures("garage_gate")
async def test_phone(
    home: Home,
    front_door: WatchedPanel,
    browser: Browser,
    language: str,
    scheme: Literal["dark", "light"],
) -> None:
    change(front_door, realm=HOSTILE, user="u" * 31)
    async with phone(browser, home, language, scheme) as page:
        await page.goto(pages.DASHBOARD)
        panel = section(page, "Front door")
        await expect(panel).to_contain_text(f"pbx.example.net → {HOSTILE}")
        await expect(panel.locator("canvas")).to_have_count(1)
        assert await page.evaluate(CUT_OFF) == []


# Whatever is wider than its place: cut off, or to be scrolled sideways.
CUT_OFF = """() => {
  const inside = (node) => [...node.querySelectorAll("*")].flatMap((element) =>
    [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])]);
  const view = inside(document).find((element) => element.localName === "hui-sections-view");
  return [document.documentElement, ...inside(view), ...inside(view.shadowRoot)]
    .filter((element) => element.clientWidth && element.scrollWidth > element.clientWidth + 1)
    .map((element) => `${element.localName}: ${element.textContent.trim()}`);
}"""
