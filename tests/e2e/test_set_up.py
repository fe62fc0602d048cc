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
    await expect(form).to_contain_text("Username or password is wrong")
    await expect(pages.field(page, "Host")).to_have_value(new_panel.address)
    await expect(pages.field(page, "Password")).to_have_value(WRONG_PASSWORD)

    await pages.enter_login(page, new_panel, new_panel.password)
    await expect(form).to_contain_text("Set up Front door")
    await expect(form).to_contain_text("201 @ pbx.example.net, UDP, 60 s")
    for account in ("First account", "Second account"):
        await expect(form.get_by_role("checkbox", name=account)).to_be_checked()
    now = form.get_by_role("radio", name="As they are now")
    await expect(now).to_be_checked()
    await form.locator("ha-checkbox").filter(has_text="First account").click()
    first = form.get_by_role("checkbox", name="First account")
    await expect(first).not_to_be_checked()
    await pages.submit(page)

    await pages.press(form, "Skip and finish")
    await expect(page.get_by_text("Device info")).to_be_visible()
    await expect(page.get_by_text("Firmware: 3.20.0")).to_be_visible()
    for name, value in {
        "Front door": "As expected",
        "Problem": "OK",
        "SIP status": "Registered",
        "Account 2 drift": "As expected",
        "Account 2 proxy": "sip:pbx.example.net",
        "Account 2 realm": "pbx.example.net",
        "Account 2 transport": "UDP",
        "Account 2 outbound proxy": "Not set",
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
    await pages.finish(page, "Already set up as Front door")


async def test_add_another(
    home: Home, new_panel: WatchedPanel, back_door: WatchedPanel, page: Page
) -> None:
    """The second panel takes three taps and its address."""
    taps: list[bool] = []
    await page.expose_function("tapped", lambda: taps.append(True))
    await page.add_init_script(COUNT_TAPS)
    await pages.begin_set_up(page)
    await pages.enter_login(page, new_panel, new_panel.password)
    form = pages.dialog(page)
    another = form.get_by_role("switch", name="Add another one")
    await expect(another).not_to_be_checked()
    await form.locator("ha-switch").click()
    await pages.submit(page)

    await expect(pages.field(page, "Host")).to_have_value("")
    await expect(pages.field(page, "Password")).to_have_value(new_panel.password)
    before = len(taps)
    await pages.field(page, "Host").click()
    await pages.field(page, "Host").fill(back_door.address)
    await pages.submit(page)
    await expect(form).to_contain_text("UDP, 60 s, as Front door")
    other = form.get_by_role("radio", name="As another panel")
    await expect(other).to_be_checked()
    await expect(form).to_contain_text(f"Front door ({new_panel.address})")
    await expect(another).to_be_checked()
    await pages.submit(page)
    await expect(pages.field(page, "Host")).to_have_value("")
    assert len(taps) - before == 3
    assert await home.entry("Back door")


# A tap of a person, in whatever page it is.
COUNT_TAPS = (
    """addEventListener("click", (event) => { if (event.isTrusted) tapped(); }, true)"""
)


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
    await form.locator("ha-selector-select").click()
    await page.get_by_text("device/sip/settings/line2").click()
    await pages.submit(page)
    await expect(form).to_contain_text("201 @ pbx.example.net")


async def test_path_that_is_typed(new_panel: WatchedPanel, page: Page) -> None:
    VARIANTS["silent-web-page"](new_panel)
    new_panel.behaviour.second_account_path = "device/sip/settings/line2"
    await pages.begin_set_up(page)
    await pages.enter_login(page, new_panel, new_panel.password)
    form = pages.dialog(page)
    await expect(form).to_contain_text("No second account found")
    await form.get_by_text("Enter the path of the second account").click()
    await pages.choose_own(form, "network/mac")
    await pages.submit(page)
    await expect(form).to_contain_text("The path must be below /api/v1/")
    await pages.choose_own(form, "device/sip/settings/line2")
    await pages.submit(page)
    await expect(form).to_contain_text("201 @ pbx.example.net")
    await pages.submit(page)
    await pages.press(form, "Skip and finish")
    await expect(page.get_by_text("Account 2 transport")).to_be_visible()
