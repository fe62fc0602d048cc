"""A user has the blueprints report what happens."""

from playwright.async_api import Locator, Page, expect

from . import pages
from .home import Home
from .panel import WatchedPanel

PANELS = {"entity_id": "event.front_door_sip_events"}
# Three seconds.
MINUTES = 0.05


async def notifications(page: Page) -> Locator:
    """Open the notifications."""
    await page.get_by_text("Notifications").click()
    return page.locator("notification-drawer")


async def test_drift(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto("/config/blueprint/dashboard")
    for name in (
        "BAS-IP SIP settings drifted",
        "BAS-IP panel not registered or not reachable",
    ):
        await expect(page.get_by_text(name)).to_be_visible()

    async with home.automation("drift", panels=PANELS):
        front_door.second_account["realm"] = "pbx.example.com"
        drawer = await notifications(page)
        await expect(drawer.get_by_text("Front door: Drift detected")).to_be_visible()
        await expect(
            drawer.get_by_text("account 2 realm: pbx.example.net → pbx.example.com")
        ).to_be_visible()
        front_door.second_account["realm"] = "pbx.example.net"
        await expect(drawer.get_by_text("Front door: Drift resolved")).to_be_visible()
        await expect(
            drawer.get_by_text("account 2 realm: as expected again")
        ).to_be_visible()


async def test_not_registered(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    drawer = await notifications(page)
    async with (
        home.automation("not_registered_or_reachable", panels=PANELS, minutes=MINUTES),
        pages.panel_page(page, front_door) as tab,
    ):
        await pages.press(tab, "ERROR")
        await expect(drawer.get_by_text("Front door: Not registered")).to_be_visible()
        await pages.press(tab, "OK")
        await expect(
            drawer.get_by_text("Front door: SIP registration restored")
        ).to_be_visible()


async def test_not_reachable_after_a_restart(
    home: Home, front_door: WatchedPanel, page: Page
) -> None:
    async with home.automation(
        "not_registered_or_reachable", panels=PANELS, minutes=MINUTES
    ):
        front_door.api_off = True
        await home.restart()
        await page.goto(pages.DASHBOARD)
        drawer = await notifications(page)
        away = drawer.get_by_text("Front door: Not reachable")
        await expect(away.first).to_be_visible()
        front_door.api_off = False
        again = drawer.get_by_text("Front door: Reachable again")
        await expect(again.first).to_be_visible()
