"""A user sets up a panel."""

import re

from playwright.async_api import Page, expect

from simulator import VARIANTS

from . import pages
from .home import Home
from .panel import WRONG_PASSWORD, WatchedPanel


async def test_set_up(home: Home, new_panel: WatchedPanel, page: Page) -> None:
    await pages.begin_set_up(page)
    await pages.enter_login(page, new_panel, WRONG_PASSWORD)
    form = pages.dialog(page)
    await expect(form).to_contain_text("Invalid authentication")
    await expect(pages.field(page, "Host")).to_have_value(new_panel.address)
    await expect(pages.field(page, "Password")).to_have_value("")

    await pages.enter_login(page, new_panel, new_panel.password)
    await expect(form).to_contain_text("Firmware 3.20.0")
    await expect(pages.line(form, "Realm")).to_have_text(
        ["Realm: pbx.example.net", "Realm: sip.example.org"]
    )
    await expect(form.get_by_role("checkbox", name="Second account")).to_be_checked()
    await expect(form.get_by_role("checkbox", name="First account")).not_to_be_checked()
    now = form.get_by_role("radio", name="The settings as they are now")
    await expect(now).to_be_checked()
    await pages.submit(page)

    await pages.press(form, "Skip and finish")
    await expect(page.get_by_text("Device info")).to_be_visible()
    await expect(page.get_by_text("Firmware: 3.20.0")).to_be_visible()
    for name, value in {
        "SIP status": "Registered",
        "SIP registered": "Connected",
        "Account 2 drift": "OK",
        "Account 2 proxy": "sip:pbx.example.net",
        "Account 2 realm": "pbx.example.net",
        "Account 2 transport": "UDP",
        "Account 2 outbound proxy": "Not set",
        "SIP enabled": "On",
    }.items():
        row = page.locator("hui-generic-entity-row").filter(
            has=page.get_by_text(name, exact=True)
        )
        await expect(row).to_contain_text(value)
    entry = await home.entry("Front door")
    assert entry
    assert entry["state"] == "loaded"


async def test_set_up_twice(front_door: WatchedPanel, page: Page) -> None:
    await pages.begin_set_up(page)
    await pages.enter_login(page, front_door, front_door.password)
    await pages.finish(page, "Device is already configured")


async def test_path_that_the_web_page_names(
    new_panel: WatchedPanel, page: Page
) -> None:
    """It is chosen from a list, for its words are not all known."""
    new_panel.behaviour.second_account_path = "device/sip/settings/line2"
    await pages.begin_set_up(page)
    await pages.enter_login(page, new_panel, new_panel.password)
    form = pages.dialog(page)
    await expect(form).to_contain_text("No second account found")
    report = form.get_by_role("link", name="report it")
    await expect(report).to_have_attribute("href", re.compile("firmware=3.20.0"))
    await form.get_by_text("Enter the path of the second account").click()
    await expect(form).to_contain_text("device/sip/settings/line2")
    await pages.submit(page)
    await expect(form).to_contain_text("Realm: pbx.example.net")


async def test_path_that_is_typed(new_panel: WatchedPanel, page: Page) -> None:
    VARIANTS["silent-web-page"](new_panel)
    new_panel.behaviour.second_account_path = "device/sip/settings/line2"
    await pages.begin_set_up(page)
    await pages.enter_login(page, new_panel, new_panel.password)
    form = pages.dialog(page)
    await expect(form).to_contain_text("No second account found")
    await form.get_by_text("Enter the path of the second account").click()
    await pages.field(page, "Path").fill("network/mac")
    await pages.submit(page)
    await expect(form).to_contain_text("The path must be below /api/v1/")
    await pages.field(page, "Path").fill("device/sip/settings/line2")
    await pages.submit(page)
    await expect(form).to_contain_text("Realm: pbx.example.net")
    await pages.submit(page)
    await pages.press(form, "Skip and finish")
    await expect(page.get_by_text("Account 2 transport")).to_be_visible()
