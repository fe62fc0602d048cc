"""A panel that somebody else has filled in does nothing but show its texts."""

from collections.abc import AsyncGenerator
import re

from playwright.async_api import Dialog, Locator, Page, Request, expect
import pytest_asyncio

from . import pages
from .home import Home
from .panel import WatchedPanel

HOST = "attacker.example.net"
HOSTILE = (
    f'<img src="//{HOST}/a.png" onerror="attacked(1)"><script>attacked(2)</script>'
    f"{{{{ 7*7 }}}}![x](http://{HOST}/b.png)[x](http://{HOST})`<b>**x**\u202e"
    + "x"
    * 255
)
NAME = "Gate" + HOSTILE
LONGEST = 255
SMALL = {"width": 390, "height": 844}
FIELDS = ("proxy", "realm", "user", "outbound")
AUTOMATION = "config/automation/config/attacked"


def shown(text: str) -> str:
    """Return what may be seen of a text: one line of characters that can be seen."""
    return text.replace("\u202e", r"\u202e")[:LONGEST]


def code(text: str) -> str:
    """Return what is seen where Markdown shows a value as code."""
    return shown(text).replace("`", "'")


def plain(text: str) -> str:
    """Return what is seen where an invisible character breaks up markup."""
    return re.sub(r"<(?=[a-z/])|\](?=\()|:(?=//)", "\\g<0>\u2060", shown(text))


def fill(panel: WatchedPanel, prefix: str) -> None:
    """Fill in all text fields of the second account."""
    panel.second_account |= {field: prefix + field + HOSTILE for field in FIELDS}


@pytest_asyncio.fixture(loop_scope="session")
async def panel(home: Home) -> AsyncGenerator[WatchedPanel]:
    """Return a panel that is set up, or not, with hostile texts everywhere."""
    panel = WatchedPanel("127.0.1.4", NAME)
    fill(panel, "old ")
    async with panel:
        yield panel
        home.tokens |= panel.tokens
        await home.remove(shown(NAME))


@pytest_asyncio.fixture(loop_scope="session")
async def attacked(page: Page) -> AsyncGenerator[Page]:
    """Return a tab in which nothing may run or be loaded for the attacker."""
    seen: list[str] = []

    def load(request: Request) -> None:
        if HOST in request.url:
            seen.append(request.url)

    async def ask(dialog: Dialog) -> None:
        seen.append(dialog.message)
        await dialog.dismiss()

    page.on("request", load)
    page.on("dialog", ask)
    await page.expose_function("attacked", lambda number: seen.append(f"ran {number}"))
    yield page
    assert seen == []


async def entity_id(home: Home, unique_id: str) -> str:
    """Return the entity whose unique ID ends like this."""
    entities = await home.websocket({"type": "config/entity_registry/list"})
    (entity,) = (each for each in entities if each["unique_id"].endswith(unique_id))
    return str(entity["entity_id"])


async def drift(home: Home, panel: WatchedPanel) -> None:
    """Set the panel up, and change all text fields."""
    await home.add(panel)
    fill(panel, "new ")
    await home.state_where(
        await entity_id(home, "second_account_drift"),
        lambda state: len(state["attributes"].get("differences", [])) == len(FIELDS),
    )


async def expect_to_fit(dialog: Locator) -> None:
    """Check that a phone shows a dialog without a need to scroll sideways."""
    size = dialog.page.viewport_size
    assert size
    await dialog.page.set_viewport_size(SMALL)
    assert await dialog.evaluate(TOO_WIDE) == []
    await dialog.page.set_viewport_size(size)


# Whatever can be scrolled sideways, or is wider than the window.
TOO_WIDE = """(dialog) => {
  const inside = (node) => [...node.querySelectorAll("*")].flatMap((element) =>
    [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])]);
  return [dialog, ...inside(dialog), ...inside(dialog.shadowRoot)]
    .filter((element) =>
      ["auto", "scroll"].includes(getComputedStyle(element).overflowX) &&
        element.scrollWidth > element.clientWidth + 1 ||
      element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => `${element.localName}.${element.className} ${element.textContent.trim()}`);
}"""


async def test_set_up(panel: WatchedPanel, attacked: Page) -> None:
    await pages.begin_set_up(attacked)
    await pages.enter_login(attacked, panel, panel.password)
    dialog = pages.dialog(attacked)
    for field in ("user", "proxy"):
        await expect(dialog).to_contain_text(code(f"old {field}{HOSTILE}"))
    await expect_to_fit(dialog)
    await pages.submit(attacked)
    await pages.press(dialog, "Skip and finish")
    await expect(attacked.get_by_text("Device info")).to_be_visible()
    await expect(attacked.get_by_text(shown(NAME)).first).to_be_visible()
    for field in FIELDS[:2]:
        text = attacked.get_by_text(shown(f"old {field}{HOSTILE}"))
        await expect(text.first).to_be_visible()


async def test_repair(home: Home, panel: WatchedPanel, attacked: Page) -> None:
    await drift(home, panel)
    await pages.open_repair(attacked, plain(NAME))
    dialog = pages.dialog(attacked)
    realm, proxy = (
        f"account 2 {field}: {{0}} → {{1}}".format(
            code(f"old {field}{HOSTILE}"), code(f"new {field}{HOSTILE}")
        )
        for field in ("realm", "proxy")
    )
    await expect(dialog).to_contain_text(realm)
    await expect(dialog).to_contain_text(proxy)
    await expect_to_fit(dialog)

    await dialog.get_by_text("Accept some").click()
    await expect(dialog).to_contain_text(plain(f"new realm{HOSTILE}"))
    await dialog.get_by_text("account 2 realm").click()
    await pages.submit(attacked)
    await expect(dialog).to_contain_text(proxy)
    await expect(dialog).not_to_contain_text(realm)
    await expect_to_fit(dialog)
    await pages.finish(attacked, "These settings still differ")

    await pages.open_repair(attacked, plain(NAME))
    await dialog.get_by_text("Ignore settings").click()
    await expect(dialog).to_contain_text(plain(f"new proxy{HOSTILE}"))
    await dialog.get_by_text("account 2 proxy").click()
    await pages.submit(attacked)
    await pages.finish(attacked, "These settings still differ")


async def test_options(home: Home, panel: WatchedPanel, attacked: Page) -> None:
    await home.add(panel)
    dialog = pages.dialog(attacked)
    # Emphasis in what follows may look like that.
    name = plain(NAME).split("`")[0]
    await attacked.goto(pages.INTEGRATION)
    await pages.press(pages.entry(attacked, shown(NAME)), "Configure")
    await expect(dialog).to_contain_text(name)
    await expect_to_fit(dialog)
    await dialog.get_by_text("Second account").click()
    await expect(dialog).to_contain_text(code(f"old realm{HOSTILE}"))
    await expect(dialog).to_contain_text(name)
    await expect(dialog.locator("img")).to_have_count(0)


async def test_dashboard(home: Home, panel: WatchedPanel, attacked: Page) -> None:
    await drift(home, panel)
    await attacked.goto(pages.DASHBOARD)
    view = attacked.locator("hui-sections-view")
    await expect(view).to_contain_text(shown(NAME))
    for field in FIELDS:
        for prefix in ("old", "new"):
            await expect(view).to_contain_text(shown(f"{prefix} {field}{HOSTILE}"))


async def test_message(home: Home, panel: WatchedPanel, attacked: Page) -> None:
    await home.add(panel)
    event = await entity_id(home, "_sip_events")
    notify = {
        "action": "persistent_notification.create",
        "data": {"message": "{{ trigger.to_state.attributes.message }}"},
    }
    automation = {
        "alias": "Attacked",
        "triggers": [{"trigger": "state", "entity_id": event}],
        "actions": [notify],
    }
    await home.rest("POST", AUTOMATION, automation)
    await home.state_where("automation.attacked", lambda state: state["state"] == "on")
    await attacked.goto(pages.REPAIRS)
    panel.second_account["realm"] = "new realm" + HOSTILE
    await attacked.get_by_text("Notifications").click()
    drawer = attacked.locator("notification-drawer")
    # An address may become a link, and code and emphasis may look like that.
    await expect(drawer).to_contain_text("→ new realm<\u2060img src=")
    await expect(drawer.locator("img")).to_have_count(0)
    await home.rest("DELETE", AUTOMATION)
    await home.rest("POST", "services/persistent_notification/dismiss_all")


async def test_new_login(home: Home, panel: WatchedPanel, attacked: Page) -> None:
    await home.add(panel)
    panel.password = "another"
    await attacked.goto(pages.INTEGRATION)
    await expect(attacked.get_by_text("Attention required")).to_be_visible()
    await pages.press(attacked, "Reconfigure")
    dialog = pages.dialog(attacked)
    await expect(dialog).to_contain_text(f"Log in to {plain(NAME)} again")
    await expect(dialog.locator("a, img")).to_have_count(0)
    await expect_to_fit(dialog)
