"""A user decides in the repairs what is to become of a drift."""

from playwright.async_api import Page, expect

from . import pages
from .home import Home
from .panel import SIP_PASSWORD, WatchedPanel

EVENT = "event.front_door_sip_events"
DRIFT = "binary_sensor.front_door_account_2_drift"
TITLE = "Front door: SIP settings are not as expected"


async def test_accept_all(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.REPAIRS)
    await expect(page.get_by_text("There are currently no repairs")).to_be_visible()
    await pages.change_settings(
        page, front_door, realm="pbx.example.com", registration_interval="300"
    )
    await pages.open_repair(page, "Front door")
    dialog = pages.dialog(page)
    await expect(dialog.get_by_role("listitem")).to_have_text(
        [
            "Account 2 realm: pbx.example.net → pbx.example.com",
            "Account 2 registration interval: 60 → 300",
        ]
    )
    event = await home.state(EVENT)
    assert event["attributes"]["event_type"] == "drift_detected"
    assert event["attributes"]["account"] == "second"
    assert event["attributes"]["old"] == {
        "realm": "pbx.example.net",
        "registration_interval": "60",
    }
    assert event["attributes"]["new"] == {
        "realm": "pbx.example.com",
        "registration_interval": "300",
    }

    await dialog.get_by_text("Accept all").click()
    await pages.finish(page, "The issue is repaired")
    await expect(page.get_by_text(TITLE)).to_have_count(0)
    assert (await home.state(DRIFT))["state"] == "off"
    event = await home.state_where(
        EVENT,
        lambda state: state["attributes"]["event_type"] == "drift_resolved",
    )
    assert event["attributes"]["cause"] == "expectation"
    assert event["attributes"]["expected"] == {
        "realm": "pbx.example.com",
        "registration_interval": "300",
    }


async def test_accept_some_and_ignore_the_rest(
    home: Home, front_door: WatchedPanel, page: Page
) -> None:
    await pages.change_settings(
        page, front_door, realm="pbx.example.com", transport="tls"
    )
    await pages.open_repair(page, "Front door")
    dialog = pages.dialog(page)
    await dialog.get_by_text("Accept some").click()
    await pages.submit(page)
    await expect(dialog).to_contain_text("Select at least one setting")
    await dialog.get_by_text("Account 2 realm: pbx.example.net → pbx").click()
    await pages.submit(page)
    await expect(dialog.get_by_role("listitem")).to_have_text(
        "Account 2 transport: udp → tls"
    )
    await pages.finish(page, "These settings still differ")
    drift = await home.state_where(
        DRIFT, lambda state: list(state["attributes"]["settings"]) == ["transport"]
    )
    assert drift["state"] == "on"

    await pages.open_repair(page, "Front door")
    await expect(dialog).not_to_contain_text("realm")
    await dialog.get_by_text("Ignore settings").click()
    await dialog.get_by_text("Account 2 transport: udp → tls").click()
    await pages.submit(page)
    await pages.finish(page, "The issue is repaired")
    await expect(page.get_by_text(TITLE)).to_have_count(0)
    await home.state_where(DRIFT, lambda state: state["state"] == "off")

    await pages.open_options(page, "Front door", "Edit the expected settings")
    await expect(pages.field(page, "Realm")).to_have_value("pbx.example.com")
    await expect(dialog.locator("ha-input-chip")).to_contain_text("Transport")


async def test_ignored_repair_comes_again(
    home: Home, front_door: WatchedPanel, page: Page
) -> None:
    await page.goto(pages.REPAIRS)
    await pages.change_settings(page, front_door, realm="pbx.example.com")
    await expect(page.get_by_text(TITLE)).to_be_visible()
    (issue,) = await home.issues()
    await home.websocket(
        {
            "type": "repairs/ignore_issue",
            "domain": "bas_ip",
            "issue_id": issue["issue_id"],
            "ignore": True,
        }
    )
    await expect(page.get_by_text(TITLE)).to_have_count(0)
    await pages.change_settings(page, front_door, transport="tcp")
    await expect(page.get_by_text(TITLE)).to_be_visible()


async def test_mended(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.REPAIRS)
    await pages.change_settings(page, front_door, proxy="sip:other.example.net")
    await expect(page.get_by_text(TITLE)).to_be_visible()
    await pages.change_settings(page, front_door, proxy="sip:pbx.example.net")
    await expect(page.get_by_text(TITLE)).to_have_count(0)


async def test_exposed_password(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.REPAIRS)
    front_door.behaviour.cleartext_password = True
    issue = page.get_by_text("Front door shows its SIP password")
    await issue.click()
    dialog = pages.dialog(page)
    await expect(dialog).to_contain_text("CVE-2024-39220")
    assert SIP_PASSWORD not in await page.locator("home-assistant").inner_text()
    await pages.press(dialog, "Close")
    front_door.behaviour.cleartext_password = False
    await expect(issue).to_have_count(0)
