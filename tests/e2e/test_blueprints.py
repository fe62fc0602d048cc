"""A user has the blueprints tell what happens."""

from pathlib import Path
import shutil

from playwright.async_api import Page, expect
import pytest

from . import pages
from .home import Home
from .panel import WatchedPanel

FOLDER = Path("blueprints/automation/bas_ip")


@pytest.fixture(autouse=True)
def blueprints(home: Home) -> None:
    """Put the blueprints where an import from the internet would."""
    shutil.copytree(
        Path(__file__).parents[2] / FOLDER, home.config / FOLDER, dirs_exist_ok=True
    )


async def test_configuration_drift(
    home: Home, front_door: WatchedPanel, page: Page
) -> None:
    await page.goto("/config/blueprint/dashboard")
    for name in ("BAS-IP configuration drift", "BAS-IP SIP registration"):
        await expect(page.get_by_text(name)).to_be_visible()

    panels = ["event.front_door_sip_events"]
    async with home.automation("configuration_drift", panels=panels):
        await pages.change_settings(page, front_door, realm="pbx.example.com")
        await page.get_by_text("Notifications").click()
        drawer = page.locator("notification-drawer")
        await expect(
            drawer.get_by_text("Front door: SIP settings have changed")
        ).to_be_visible()
        await expect(
            drawer.get_by_text("realm: pbx.example.com (expected pbx.example.net)")
        ).to_be_visible()
        await pages.change_settings(page, front_door, realm="pbx.example.net")
        await expect(
            drawer.get_by_text("Front door: SIP settings are as expected")
        ).to_be_visible()


async def test_sip_registration(
    home: Home, front_door: WatchedPanel, page: Page
) -> None:
    await page.goto(pages.DASHBOARD)
    await page.get_by_text("Notifications").click()
    drawer = page.locator("notification-drawer")
    panels = ["event.front_door_sip_events"]
    async with (
        home.automation("sip_registration", panels=panels, minutes=0.05),
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
