"""A user looks at the dashboard while settings change on a panel."""

from playwright.async_api import Page, expect
import pytest

from . import pages
from .home import Home
from .panel import WatchedPanel


@pytest.mark.usefixtures("garage_gate")
async def test_drift_and_back(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    sections = page.locator("hui-grid-section")
    first, second = sections.first, sections.last
    for section in (first, second):
        await expect(section).to_contain_text("In sync")
        await expect(pages.row(section, "Realm")).to_have_text(
            ["Realm", "pbx.example.net", "pbx.example.net"]
        )
        await expect(pages.row(section, "Registration interval")).to_have_text(
            ["Registration interval", "60 s", "60 s"]
        )
        await expect(section).not_to_contain_text("Accept current settings")
    await expect(first.get_by_text("Configuration drift")).to_have_count(0)

    await pages.change_settings(
        page, front_door, realm="pbx.example.com", transport="tcp"
    )
    await expect(first).to_contain_text("Drifted")
    await expect(pages.row(first, "Realm")).to_have_text(
        ["🔴 Realm", "pbx.example.net", "pbx.example.com"]
    )
    await expect(pages.row(first, "Transport")).to_have_text(
        ["🔴 Transport", "UDP", "TCP"]
    )
    await expect(pages.row(first, "Proxy")).to_have_text(
        ["Proxy", "sip:pbx.example.net", "sip:pbx.example.net"]
    )
    await expect(first.get_by_text("Configuration drift detected")).to_be_visible()
    await expect(second).to_contain_text("In sync")

    await pages.change_settings(
        page, front_door, realm="PBX.example.net", transport="udp"
    )
    await expect(first).to_contain_text("In sync")
    await expect(first.get_by_text("Configuration drift resolved")).to_be_visible()


async def test_accept(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    section = page.locator("hui-grid-section").first
    await expect(section).to_contain_text("In sync")
    await expect(section.get_by_text("Expected settings updated")).to_have_count(0)
    await pages.change_settings(
        page, front_door, outbound="proxy.example.net", user="202"
    )
    await expect(pages.row(section, "Outbound proxy")).to_have_text(
        ["🔴 Outbound proxy", "Not set", "proxy.example.net"]
    )
    await expect(pages.row(section, "User")).to_have_text(["🔴 User", "201", "202"])

    await pages.press(section, "Accept current settings")
    await expect(section).to_contain_text("In sync")
    await expect(section.get_by_text("Expected settings updated")).to_be_visible()
    assert front_door.second_account["outbound"] == "proxy.example.net"
    assert not await home.issues()


async def test_registration(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    section = page.locator("hui-grid-section").first
    tile = section.locator("hui-tile-card").filter(has_text="SIP registration")
    await expect(tile).to_contain_text("Registered")
    await expect(section.get_by_text("SIP registration restored")).to_have_count(0)
    async with pages.panel_page(page, front_door) as tab:
        await pages.press(tab, "ERROR")
        await expect(tile).to_contain_text("Failed")
        await expect(section.get_by_text("SIP registration lost")).to_be_visible()
        await pages.press(tab, "OK")
    await expect(tile).to_contain_text("Registered")
    await expect(section.get_by_text("SIP registration restored")).to_be_visible()


async def test_panel_away(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.DASHBOARD)
    section = page.locator("hui-grid-section").first
    tile = section.locator("hui-tile-card").filter(has_text="Second account")
    await expect(tile).to_contain_text("In sync")
    async with pages.panel_page(page, front_door) as tab:
        await pages.press(tab, "Switch off")
        await expect(tile).to_contain_text("Unavailable")
        await pages.press(tab, "Switch on")
    await expect(tile).to_contain_text("In sync")
    await expect(section).not_to_contain_text("Accept current settings")
