"""A user decides in the repairs what is to become of a drift, or of another panel."""

from playwright.async_api import Page, expect

from . import pages
from .home import Home
from .panel import NEW_PASSWORD, SIP_PASSWORD, WatchedPanel

EVENT = "event.front_door_sip_events"
STATUS = "sensor.front_door"
DRIFT = "binary_sensor.front_door_account_2_drift"
TITLE = "Front door: drift"


async def test_accept_all(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.REPAIRS)
    await expect(page.get_by_text("There are currently no repairs")).to_be_visible()
    await pages.change_settings(
        page, front_door, realm="pbx.example.com", registration_interval="300"
    )
    await pages.open_repair(page, "Front door")
    dialog = pages.dialog(page)
    await expect(dialog).to_contain_text(f"Front door, {front_door.address}")
    await expect(dialog.get_by_role("listitem")).to_have_text(
        [
            "account 2 realm: pbx.example.net → pbx.example.com",
            "account 2 registration interval: 60 → 300",
        ]
    )
    event = await home.state(EVENT)
    assert event["attributes"]["event_type"] == "drift_detected"
    assert event["attributes"]["account"] == "second"
    assert event["attributes"]["drift_entity"] == DRIFT
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
    front_door.second_account |= {"realm": "pbx.example.com", "transport": "tls"}
    await pages.open_repair(page, "Front door")
    dialog = pages.dialog(page)
    await dialog.get_by_text("Accept some").click()
    await pages.submit(page)
    await expect(dialog).to_contain_text("Select at least one setting")
    await dialog.get_by_text("account 2 realm: pbx.example.net → pbx").click()
    await pages.submit(page)
    await expect(dialog.get_by_role("listitem")).to_have_text(
        "account 2 transport: udp → tls"
    )
    await pages.finish(page, "These settings still differ")
    difference = ["account 2 transport: udp → tls"]
    await home.state_where(
        DRIFT, lambda state: state["attributes"]["differences"] == difference
    )

    await pages.open_repair(page, "Front door")
    await expect(dialog).not_to_contain_text("realm")
    await dialog.get_by_text("Ignore settings").click()
    await dialog.get_by_text("account 2 transport: udp → tls").click()
    await pages.submit(page)
    await pages.finish(page, "The issue is repaired")
    await expect(page.get_by_text(TITLE)).to_have_count(0)
    await home.state_where(DRIFT, lambda state: state["state"] == "off")

    await pages.open_options(page, "Front door", "Second account")
    await expect(pages.field(page, "Realm")).to_have_value("pbx.example.com")
    await expect(dialog.get_by_text("udp", exact=True)).to_have_count(0)


async def test_changed_again(home: Home, front_door: WatchedPanel, page: Page) -> None:
    """Only what was shown is accepted."""
    front_door.second_account["realm"] = "pbx.example.com"
    await pages.open_repair(page, "Front door")
    front_door.second_account["realm"] = "pbx.example.org"
    await home.state_where(
        DRIFT, lambda state: "example.org" in str(state["attributes"]["differences"])
    )
    dialog = pages.dialog(page)
    await dialog.get_by_text("Accept all").click()
    await expect(dialog).to_contain_text("pbx.example.net → pbx.example.org")
    await dialog.get_by_text("Accept all").click()
    await pages.finish(page, "The issue is repaired")
    assert (await home.state(DRIFT))["state"] == "off"


async def test_panels_that_have_changed_alike(
    home: Home, front_door: WatchedPanel, garage_gate: WatchedPanel, page: Page
) -> None:
    await page.goto(pages.REPAIRS)
    for panel, user in ((front_door, "301"), (garage_gate, "302")):
        panel.second_account |= {"realm": "pbx.example.com", "user": user}
    await expect(page.get_by_text("Garage gate: drift")).to_be_visible()
    await pages.open_repair(page, "Front door")
    dialog = pages.dialog(page)
    await dialog.get_by_text("Accept on these panels too").click()
    gate = dialog.get_by_role("checkbox", name=f"Garage gate ({garage_gate.address})")
    await expect(gate).to_be_checked()
    await pages.submit(page)
    await pages.finish(page, "The issue is repaired")
    await expect(page.get_by_text(TITLE)).to_have_count(0)
    assert (await home.state(DRIFT))["state"] == "off"
    drift = await home.state("binary_sensor.garage_gate_account_2_drift")
    # What is each panel's own has to be accepted there.
    assert drift["attributes"]["differences"] == ["account 2 user: 201 → 302"]


async def test_ignored_repair_comes_again(
    home: Home, front_door: WatchedPanel, page: Page
) -> None:
    await page.goto(pages.REPAIRS)
    front_door.second_account["realm"] = "pbx.example.com"
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
    front_door.second_account["transport"] = "tcp"
    await expect(page.get_by_text(TITLE)).to_be_visible()


async def test_mended(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.REPAIRS)
    front_door.second_account["proxy"] = "sip:other.example.net"
    await expect(page.get_by_text(TITLE)).to_be_visible()
    front_door.second_account["proxy"] = "sip:pbx.example.net"
    await expect(page.get_by_text(TITLE)).to_have_count(0)


async def test_replaced_panel(
    home: Home, front_door: WatchedPanel, back_door: WatchedPanel, page: Page
) -> None:
    """The old panel is broken; a new one, with another login, has its address."""
    await front_door.switch_off()
    await back_door.switch_off()
    back_door.host, back_door.port = front_door.host, front_door.port
    back_door.password = NEW_PASSWORD
    await back_door.switch_on()
    await home.state_where(STATUS, lambda state: state["state"] == "another_device")
    await page.goto(pages.REPAIRS)
    await page.get_by_text("Front door: another device").click()
    dialog = pages.dialog(page)
    await expect(dialog).to_contain_text(f"Front door, {front_door.address}")
    await expect(dialog).to_contain_text("Another panel, Back door, answers")
    assert not back_door.logins
    await pages.submit(page)
    await expect(dialog).to_contain_text("The new panel rejects the login")
    await pages.field(page, "Password").fill(NEW_PASSWORD)
    await pages.submit(page)
    await pages.finish(page, "The issue is repaired")
    await home.state_where(STATUS, lambda state: state["state"] == "as_expected")
    device = await home.device("Front door")
    assert device["serial_number"] == back_door.info["device_serial_number"]
    assert not await home.issues()


async def test_swapped_panels(
    home: Home, front_door: WatchedPanel, garage_gate: WatchedPanel, page: Page
) -> None:
    """They are named, and never merged."""
    await page.goto(pages.REPAIRS)
    front_door.info, garage_gate.info = garage_gate.info, front_door.info
    title = page.get_by_text("Front door: another device")
    await title.click()
    await expect(pages.dialog(page)).to_contain_text("Garage gate answers")
    await expect(pages.dialog(page)).to_contain_text("Reconfigure")
    await pages.press(pages.dialog(page), "Close")
    front_door.info, garage_gate.info = garage_gate.info, front_door.info
    await expect(title).to_have_count(0)
    await home.state_where(STATUS, lambda state: state["state"] == "as_expected")


async def test_exposed_password(front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.REPAIRS)
    front_door.behaviour.cleartext_password = True
    issue = page.get_by_text("Front door: password exposed")
    await issue.click()
    dialog = pages.dialog(page)
    await expect(dialog).to_contain_text("CVE-2024-39220")
    assert SIP_PASSWORD not in await page.locator("home-assistant").inner_text()
    await pages.press(dialog, "Close")
    front_door.behaviour.cleartext_password = False
    await expect(issue).to_have_count(0)
