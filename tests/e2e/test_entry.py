"""A user changes what Home Assistant knows of a panel, and removes it."""

import json

from playwright.async_api import Page, expect

from . import pages
from .home import SCAN_INTERVAL, Home
from .panel import NEW_PASSWORD, PASSWORD, USER_ID, WRONG_PASSWORD, WatchedPanel

DRIFT = "binary_sensor.front_door_account_2_drift"


async def test_new_password(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await page.goto(pages.INTEGRATION)
    async with pages.panel_page(page, front_door) as tab:
        await pages.save(tab, "Device", password=NEW_PASSWORD)
    await expect(page.get_by_text("Attention required")).to_be_visible()
    await pages.press(page, "Reconfigure")
    dialog = pages.dialog(page)
    await expect(dialog).to_contain_text("Log in to Front door again")
    await expect(pages.field(page, "Username")).to_have_value("admin")
    rejected = [login for login in front_door.logins if not login.accepted]
    assert len(rejected) == 1

    await pages.field(page, "Password").fill(WRONG_PASSWORD)
    await pages.submit(page)
    await expect(dialog).to_contain_text("Invalid authentication")
    await pages.field(page, "Password").fill(NEW_PASSWORD)
    await pages.submit(page)
    await pages.finish(page, "successful")
    await home.state_where(DRIFT, lambda state: state["state"] == "off")


async def test_new_address(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await front_door.switch_off()
    await home.state_where(DRIFT, lambda state: state["state"] == "unavailable")
    old_address = front_door.address
    front_door.host, front_door.port = "127.0.1.9", 0
    await front_door.switch_on()

    await pages.choose_from_menu(page, "Front door", "Reconfigure")
    await expect(pages.field(page, "Host")).to_have_value(old_address)
    await pages.submit(page)
    await expect(pages.dialog(page)).to_contain_text("Failed to connect")
    await pages.field(page, "Host").fill(front_door.address)
    await pages.submit(page)
    await pages.finish(page, "successful")
    await home.state_where(DRIFT, lambda state: state["state"] == "off")


async def test_another_panel(
    front_door: WatchedPanel, garage_gate: WatchedPanel, page: Page
) -> None:
    await pages.choose_from_menu(page, "Front door", "Reconfigure")
    await pages.field(page, "Host").fill(garage_gate.address)
    await pages.field(page, "Username").fill("operator")
    await pages.submit(page)
    await expect(pages.dialog(page)).to_contain_text(
        "Another device answers at this address"
    )
    assert "operator" not in {login.username for login in garage_gate.logins}


async def test_polling(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await pages.open_options(page, "Front door", "Polling and accounts")
    dialog = pages.dialog(page)
    interval = dialog.get_by_role("spinbutton", name="Polling interval")
    await expect(interval).to_have_value(str(SCAN_INTERVAL))
    await interval.fill("3600")
    await dialog.get_by_text("First account").click()
    await pages.submit(page)
    await expect(dialog).to_contain_text("Nothing is expected of this account yet")
    await pages.submit(page)
    await pages.finish(page, "Options successfully saved")

    stun = "sensor.front_door_account_1_stun_server"
    await home.state_where(stun, lambda state: bool(state["state"]))
    await pages.open_device(page, "Front door")
    await expect(page.get_by_text("Account 1 STUN server")).to_be_visible()


async def test_expected_settings(
    home: Home, front_door: WatchedPanel, page: Page
) -> None:
    await pages.open_options(page, "Front door", "Edit the expected settings")
    realm = pages.field(page, "Realm")
    await expect(realm).to_have_value("pbx.example.net")
    await realm.fill("pbx.example.org")
    await pages.submit(page)
    await pages.finish(page, "Options successfully saved")
    await home.state_where(DRIFT, lambda state: state["state"] == "on")

    await pages.open_options(page, "Front door", "Edit the expected settings")
    await realm.fill("")
    await pages.submit(page)
    await pages.finish(page, "Options successfully saved")
    await home.state_where(DRIFT, lambda state: state["state"] == "off")
    await pages.open_options(page, "Front door", "Edit the expected settings")
    await expect(pages.field(page, "User")).to_have_value("201")
    await expect(realm).to_have_value("")


async def test_copied_settings(
    home: Home, front_door: WatchedPanel, garage_gate: WatchedPanel, page: Page
) -> None:
    await pages.change_settings(page, garage_gate, realm="pbx.example.com", user="999")
    await home.state_where(
        "binary_sensor.garage_gate_account_2_drift",
        lambda state: state["state"] == "on",
    )
    garage = {"entity_id": "button.garage_gate_accept_drift"}
    await home.rest("POST", "services/button/press", garage)

    copy = "Copy the expected settings of another panel"
    await pages.open_options(page, "Front door", copy)
    await pages.dialog(page).get_by_role("radio", name="Garage gate").check()
    await pages.submit(page)
    await pages.finish(page, "Options successfully saved")
    drift = await home.state_where(DRIFT, lambda state: state["state"] == "on")
    assert list(drift["attributes"]["settings"]) == ["realm"]


async def test_diagnostics(front_door: WatchedPanel, page: Page) -> None:
    async with page.expect_download() as download:
        await pages.choose_from_menu(page, "Front door", "Download diagnostics")
    path = await (await download.value).path()
    text = path.read_text(encoding="utf-8")
    diagnostics = json.loads(text)["data"]
    assert diagnostics["accounts"]["second"]["status"] == "in_sync"
    for secret in (
        *front_door.tokens,
        PASSWORD,
        USER_ID,
        front_door.info["device_serial_number"],
        front_door.mac_address,
        front_door.host,
        "pbx.example.net",
    ):
        assert secret not in text


async def test_remove(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await pages.change_settings(page, front_door, realm="pbx.example.com")
    await home.state_where(DRIFT, lambda state: state["state"] == "on")
    assert await home.issues()
    entry = await home.entry("Front door")
    assert entry
    store = home.config / ".storage" / f"bas_ip.{entry['entry_id']}"

    await pages.choose_from_menu(page, "Front door", "Delete")
    await pages.press(page.locator("dialog-box"), "Delete")
    await expect(pages.entry(page, "Front door")).to_have_count(0)
    assert not await home.entry("Front door")
    assert not await home.issues()
    assert not store.exists()
    assert not [name for name in await home.states() if "front_door" in name]
    for registry in ("device", "entity"):
        listed = await home.websocket({"type": f"config/{registry}_registry/list"})
        assert not [each for each in listed if "bas_ip" in json.dumps(each)]
