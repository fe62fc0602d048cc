"""A user changes what Home Assistant knows of a panel, and removes it."""

import json

from playwright.async_api import Page, expect

from . import pages
from .home import SCAN_INTERVAL, Home
from .panel import NEW_PASSWORD, PASSWORD, USER_ID, WRONG_PASSWORD, WatchedPanel

STATUS = "sensor.front_door"
DRIFT = "binary_sensor.front_door_account_2_drift"


async def test_new_password(
    home: Home, front_door: WatchedPanel, garage_gate: WatchedPanel, page: Page
) -> None:
    """Two panels want another login: each card names its own."""
    await page.goto(pages.INTEGRATION)
    for panel in (front_door, garage_gate):
        async with pages.panel_page(page, panel) as tab:
            await pages.save(tab, "Device", password=NEW_PASSWORD)
    await expect(page.get_by_text("Attention required")).to_have_count(2)
    await home.state_where(STATUS, lambda state: state["state"] == "login_rejected")
    await pages.press(pages.line(page, "Front door").first, "Reconfigure")
    dialog = pages.dialog(page)
    await expect(dialog).to_contain_text("Log in to Front door again")
    await expect(dialog).to_contain_text(front_door.address)
    await expect(pages.field(page, "Username")).to_have_value("admin")
    for panel in (front_door, garage_gate):
        assert len([login for login in panel.logins if not login.accepted]) == 1

    await pages.field(page, "Password").fill(WRONG_PASSWORD)
    await pages.submit(page)
    await expect(dialog).to_contain_text("Username or password is wrong")
    await pages.field(page, "Password").fill(NEW_PASSWORD)
    await pages.submit(page)
    await pages.finish(page, "successful")
    await home.state_where(STATUS, lambda state: state["state"] == "as_expected")
    assert len([login for login in garage_gate.logins if not login.accepted]) == 1


async def test_new_address(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await front_door.switch_off()
    await home.state_where(STATUS, lambda state: state["state"] == "not_reachable")
    assert (await home.state(DRIFT))["state"] == "off"
    old_address = front_door.address
    front_door.host, front_door.port = "127.0.1.9", 0
    await front_door.switch_on()

    await pages.choose_from_menu(page, "Front door", "Reconfigure")
    await expect(pages.dialog(page)).to_contain_text("Connection to Front door")
    await expect(pages.field(page, "Host")).to_have_value(old_address)
    await pages.submit(page)
    await expect(pages.dialog(page)).to_contain_text("Failed to connect to")
    await pages.field(page, "Host").fill(front_door.address)
    await pages.submit(page)
    await pages.finish(page, "successful")
    await home.state_where(STATUS, lambda state: state["state"] == "as_expected")


async def test_address_of_another_panel(
    front_door: WatchedPanel, garage_gate: WatchedPanel, page: Page
) -> None:
    await pages.choose_from_menu(page, "Front door", "Reconfigure")
    await pages.field(page, "Host").fill(garage_gate.address)
    await pages.field(page, "Username").fill("operator")
    await pages.submit(page)
    await expect(pages.dialog(page)).to_contain_text("Already set up as Garage gate")
    assert "operator" not in {login.username for login in garage_gate.logins}


async def test_replaced_panel(
    home: Home, front_door: WatchedPanel, back_door: WatchedPanel, page: Page
) -> None:
    """The old panel is broken; the new one, at another address, takes over."""
    await front_door.switch_off()
    await pages.choose_from_menu(page, "Front door", "Reconfigure")
    await pages.field(page, "Host").fill(back_door.address)
    await pages.submit(page)
    dialog = pages.dialog(page)
    await expect(dialog).to_contain_text("Replace Front door")
    await expect(dialog).to_contain_text("Back door answers at")
    assert not back_door.logins
    await pages.press(dialog, "Take it over")
    await pages.finish(page, "successful")
    await home.state_where(STATUS, lambda state: state["state"] == "as_expected")
    device = await home.device("Front door")
    assert device["serial_number"] == back_door.info["device_serial_number"]


async def test_polling(home: Home, front_door: WatchedPanel, page: Page) -> None:
    await pages.open_options(page, "Front door", "Polling and accounts")
    dialog = pages.dialog(page)
    await expect(dialog).to_contain_text(f"Front door ({front_door.address})")
    interval = dialog.get_by_role("spinbutton", name="Polling interval")
    await expect(interval).to_have_value(str(SCAN_INTERVAL))
    await interval.fill("3600")
    await dialog.get_by_text("First account").click()
    await pages.submit(page)
    await expect(dialog).to_contain_text("Front door")
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
    realm = pages.field(page, "Realm")
    for text in ("pbx.example.org", ""):
        await pages.open_options(page, "Front door", "Second account")
        await expect(pages.dialog(page)).to_contain_text("Second account")
        await expect(realm).not_to_have_value(text)
        await realm.fill(text)
        await pages.submit(page)
        await pages.finish(page, "Options successfully saved")
        drift = "on" if text else "off"
        await home.state_where(DRIFT, lambda state: state["state"] == drift)  # noqa: B023
    await pages.open_options(page, "Front door", "Second account")
    await expect(pages.field(page, "User")).to_have_value("201")
    await expect(realm).to_have_value("")

    await pages.open_options(page, "Front door", "Earlier settings")
    await pages.dialog(page).get_by_text("realm: pbx.example.net →").click()
    await pages.submit(page)
    await pages.finish(page, "Options successfully saved")
    await pages.open_options(page, "Front door", "Second account")
    await expect(realm).to_have_value("pbx.example.net")


async def test_apply_to_others(
    home: Home, front_door: WatchedPanel, garage_gate: WatchedPanel, page: Page
) -> None:
    garage_gate.second_account |= {"realm": "pbx.example.com", "user": "999"}
    drift = "binary_sensor.garage_gate_account_2_drift"
    await home.state_where(drift, lambda state: state["state"] == "on")
    await home.accept(drift)

    await pages.open_options(page, "Garage gate", "Apply to others")
    await pages.dialog(page).get_by_text("Front door").click()
    await pages.submit(page)
    await expect(pages.line(pages.dialog(page), "Front door")).to_be_visible()
    await pages.submit(page)
    await pages.finish(page, "Options successfully saved")
    state = await home.state_where(DRIFT, lambda state: state["state"] == "on")
    assert state["attributes"]["differences"] == [
        "account 2 realm: pbx.example.com → pbx.example.net"
    ]
    assert front_door.second_account["realm"] == "pbx.example.net"


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
    front_door.second_account["realm"] = "pbx.example.com"
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
