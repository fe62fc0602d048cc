"""A user has the blueprints report what happens."""

from playwright.async_api import Page, expect

from . import pages
from .home import Home
from .panel import WatchedPanel


async def test_drift(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto("/config/blueprint/dashboard")
    for name in (
        "BAS-IP SIP settings drifted",
        "BAS-IP panel not registered or not reachable",
    ):
        await expect(page.get_by_text(name)).to_be_visible()

    panels = {"entity_id": "event.front_door_sip_events"}
    async with home.automation("drift", panels=panels):
        await pages.change_settings(page, front_door, realm="pbx.example.com")
        await page.get_by_text("Notifications").click()
        drawer = page.locator("notification-drawer")
        await expect(
            drawer.get_by_text("Front door: SIP settings have drifted")
        ).to_be_visible()
        await expect(
            drawer.get_by_text("realm is pbx.example.com instead of pbx.example.net")
        ).to_be_visible()
        await pages.change_settings(page, front_door, realm="pbx.example.net")
        await expect(
            drawer.get_by_text("Front door: SIP settings are as expected again")
        ).to_be_visible()


async def test_not_registered(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    await page.get_by_text("Notifications").click()
    drawer = page.locator("notification-drawer")
    panels = {"entity_id": "binary_sensor.front_door_sip_registered"}
    async with (
        home.automation("not_registered_or_reachable", panels=panels, minutes=0.05),
        pages.panel_page(page, front_door) as tab,
    ):
        await pages.press(tab, "ERROR")
        await expect(
            drawer.get_by_text("Front door: SIP registration lost")
        ).to_be_visible()
        await pages.press(tab, "OK")
        await expect(
            drawer.get_by_text("Front door: SIP registration restored")
        ).to_be_visible()


async def test_not_reachable_after_a_restart(
    home: Home, front_door: WatchedPanel, page: Page
) -> None:
    panels = {"entity_id": "binary_sensor.front_door_reachable"}
    async with home.automation(
        "not_registered_or_reachable", panels=panels, minutes=0.05
    ):
        front_door.api_off = True
        await home.restart()
        await page.goto(pages.DASHBOARD)
        await page.get_by_text("Notifications").click()
        drawer = page.locator("notification-drawer")
        await expect(drawer.get_by_text("Front door: not reachable")).to_be_visible()
        front_door.api_off = False
        await expect(drawer.get_by_text("Front door: reachable again")).to_be_visible()
