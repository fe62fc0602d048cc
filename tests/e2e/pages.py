"""Where things are on the pages of Home Assistant and of a simulated panel."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Locator, Page, ViewportSize, expect

from .panel import WatchedPanel

DASHBOARD = "/door-panels/panels"
INTEGRATION = "/config/integrations/integration/bas_ip"
REPAIRS = "/config/repairs/dashboard"
PHONE: ViewportSize = {"width": 390, "height": 844}
# The time for a poll, and for a page on a machine that has much else to do.
PATIENCE = 20_000


def dialog(page: Page) -> Locator:
    """Return the dialog that is open, whose frame is an element inside."""
    return page.locator("ha-dialog[open]")


def field(page: Page, name: str) -> Locator:
    """Return a text field of a dialog."""
    return dialog(page).get_by_role("textbox", name=name)


async def choose_own(where: Locator, text: str) -> None:
    """Type what a list does not offer, in the search field that it opens."""
    field = where.locator("ha-selector-select")
    await field.click()
    picker = where.page.locator("ha-picker-combo-box")
    await picker.get_by_role("textbox").fill(text)
    await picker.get_by_text(text).click()
    await expect(field).to_contain_text(text)


def line(where: Page | Locator, text: str) -> Locator:
    """Return a line of a list."""
    return where.get_by_role("listitem").filter(has_text=text)


async def press(where: Page | Locator, name: str) -> None:
    """Press the button of this name."""
    await where.get_by_role("button", name=name, exact=True).click()


async def submit(page: Page) -> None:
    """Press the button of a dialog's form."""
    await press(dialog(page), "Submit")


async def begin_set_up(page: Page) -> None:
    """Go as far as the form for the address and the login."""
    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").last.click()
    await page.get_by_placeholder("Search for a brand name").fill("bas-ip")
    await dialog(page).get_by_text("BAS-IP", exact=True).click()
    await expect(field(page, "Host")).to_be_visible()


async def enter_login(page: Page, panel: WatchedPanel, password: str) -> None:
    """Fill in the address and the login and submit them."""
    await field(page, "Host").fill(panel.address)
    await field(page, "Password").fill(password)
    await submit(page)


def entry(page: Page, name: str) -> Locator:
    """Return a panel's part of the integration's page."""
    return page.locator("ha-config-entry-row").filter(has_text=name)


async def choose_from_menu(page: Page, name: str, item: str) -> None:
    """Choose from the menu that a panel has on the integration's page."""
    await page.goto(INTEGRATION)
    menu = entry(page, name).get_by_role("button", name="Menu", exact=True)
    await menu.first.click()
    await page.get_by_role("menuitem", name=item, exact=True).click()


async def open_device(page: Page, name: str) -> None:
    """Open the device page of a panel."""
    await page.goto(INTEGRATION)
    await entry(page, name).locator("ha-config-entry-device-row").click()
    await expect(page.get_by_text("Device info")).to_be_visible()


async def open_repair(page: Page, name: str) -> None:
    """Open the repair of a panel that has drifted."""
    await page.goto(REPAIRS)
    await page.get_by_text(f"{name}: drift").click()
    await expect(dialog(page).get_by_text("Accept all")).to_be_visible()


async def open_options(page: Page, name: str, step: str) -> None:
    """Open one of the forms of a panel's options."""
    await page.goto(INTEGRATION)
    await press(entry(page, name), "Configure")
    await dialog(page).get_by_text(step).click()
    await expect(dialog(page).get_by_role("button", name="Submit")).to_be_visible()


async def finish(page: Page, message: str) -> None:
    """Read what a dialog says last, and close it."""
    await expect(dialog(page)).to_contain_text(message)
    await dialog(page).get_by_role("button", name="Close", exact=True).first.click()
    await expect(dialog(page)).to_have_count(0)


@asynccontextmanager
async def panel_page(page: Page, panel: WatchedPanel) -> AsyncGenerator[Page]:
    """Open the page with the panel's settings in a tab of its own."""
    tab = await page.context.new_page()
    await tab.goto(f"{panel.url}/simulator")
    yield tab
    await tab.close()


async def save(tab: Page, heading: str, **fields: str) -> None:
    """Fill in fields of a form on the page with the panel's settings and save it."""
    card = tab.locator(".card").filter(has=tab.get_by_role("heading", name=heading))
    for name, value in fields.items():
        field = card.locator(f"[name={name}]")
        if name == "transport":
            await field.select_option(value)
        else:
            await field.fill(value)
    await press(card, "Save")
    await expect(tab.get_by_text("Saved.")).to_be_visible()


async def change_settings(page: Page, panel: WatchedPanel, **settings: str) -> None:
    """Change the second account on the page with the panel's settings."""
    async with panel_page(page, panel) as tab:
        await save(tab, "Second SIP account", **settings)
