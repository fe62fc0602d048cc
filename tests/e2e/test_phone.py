"""A technician does it all on a phone: nothing is cut off or lies over something else."""

from collections.abc import AsyncGenerator, Mapping
import json
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect
import pytest
import pytest_asyncio

from simulator import VARIANTS

from . import pages
from .home import Home
from .panel import NEW_PASSWORD, WRONG_PASSWORD, WatchedPanel

TRANSLATIONS = Path(__file__).parents[2] / "custom_components/bas_ip/translations"
STATUS = "sensor.haupteingang"
PANEL = "Haupteingang"
# What Home Assistant itself says.
CONFIGURE = {"en": "Configure", "de": "Konfigurieren"}
SUBMIT = {"en": "Submit", "de": "OK"}


class Phone:
    """A phone on which somebody uses Home Assistant in a language."""

    def __init__(self, page: Page, language: str) -> None:
        """Take the page that is open on it."""
        self.page = page
        self.language = language
        self.dialog = pages.dialog(page)
        self._texts = [
            json.loads((TRANSLATIONS / f"{each}.json").read_text("utf-8"))
            for each in (language, "en")
        ]

    def text(self, key: str, **values: str) -> str:
        """Return a text of the integration, in English if there is none."""
        for texts in self._texts:
            text: Any = texts
            for part in key.split("."):
                text = text.get(part) if isinstance(text, Mapping) else None
            if text is not None:
                return str(text).format(**values)
        raise KeyError(key)

    async def fits(self, title: str, where: Locator | None = None) -> None:
        """Check that a dialog, or something else, is seen as a whole."""
        where = where or self.dialog
        await expect(where).to_contain_text(title)
        assert await where.evaluate(CUT_OFF) == []

    async def choose(self, key: str) -> None:
        """Choose from a menu."""
        await self.dialog.get_by_text(self.text(key), exact=True).click()

    async def submit(self) -> None:
        """Press the button of a form."""
        await pages.press(self.dialog, SUBMIT[self.language])

    async def log_in(self, password: str) -> None:
        """Fill in the password, the last field of a form, and submit it."""
        await self.dialog.get_by_role("textbox").last.fill(password)
        await self.submit()


# Whatever is wider than its place, higher than the lines that it may have, or lies over
# the next one.
CUT_OFF = """(where) => {
  const inside = (node) => [...node.querySelectorAll("*")].flatMap((element) =>
    [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])]);
  const isCut = (element) => {
    const { overflowX, webkitLineClamp } = getComputedStyle(element);
    return overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1
      || webkitLineClamp !== "none" && element.scrollHeight > element.clientHeight + 1
      || element.getBoundingClientRect().right > innerWidth + 1;
  };
  const isOver = (element) => {
    const next = element.nextElementSibling;
    return /title/i.test(element.slot) && /subtitle/i.test(next?.slot)
      && element.getBoundingClientRect().bottom > next.getBoundingClientRect().top + 1;
  };
  return [where, ...inside(where), ...inside(where.shadowRoot ?? where)]
    .filter((element) => element.textContent.trim() && element.checkVisibility())
    .filter((element) => isCut(element) || isOver(element))
    .map((element) => `${element.localName}: ${element.textContent.trim()}`);
}"""


@pytest_asyncio.fixture(loop_scope="session", params=["en", "de"])
async def phone(
    home: Home, browser: Browser, request: pytest.FixtureRequest
) -> AsyncGenerator[Phone]:
    """Return a phone whose language is that of Home Assistant, too."""
    language: str = request.param
    message = {"type": "config/core/update"}
    context = await browser.new_context(
        base_url=home.url,
        locale=language,
        reduced_motion="reduce",
        viewport=pages.PHONE,
    )
    context.set_default_timeout(pages.PATIENCE)
    async with context:
        phone = Phone(await context.new_page(), language)
        await home.websocket({**message, "language": language})
        yield phone
    await home.websocket({**message, "language": "en"})


@pytest_asyncio.fixture(loop_scope="session")
async def panel(home: Home) -> AsyncGenerator[WatchedPanel]:
    """Return a panel that Home Assistant does not know yet."""
    async with WatchedPanel("127.0.1.5", PANEL) as panel:
        yield panel
        await home.remove(PANEL)


async def test_set_up(panel: WatchedPanel, phone: Phone) -> None:
    VARIANTS["silent-web-page"](panel)
    panel.behaviour.second_account_path = "device/sip/settings/line2"
    steps = "config.step"
    await phone.page.goto("/config/integrations/dashboard/add?domain=bas_ip")
    await phone.page.locator("dialog-box").get_by_role("button").last.click()
    await phone.fits(phone.text(f"{steps}.user.title"))
    await phone.dialog.get_by_role("textbox").first.fill(panel.address)
    await phone.log_in(WRONG_PASSWORD)
    await phone.fits(phone.text("config.error.invalid_auth"))
    await phone.log_in(panel.password)
    await phone.fits(phone.text(f"{steps}.no_second_account.title"))
    await phone.choose(f"{steps}.no_second_account.menu_options.path")
    await phone.fits(phone.text(f"{steps}.path.title"))
    await pages.choose_own(phone.dialog, "device/sip/settings/line2")
    await phone.submit()
    await phone.fits(phone.text(f"{steps}.confirm.title", panel=PANEL))
    await phone.fits("201 @ pbx.example.net")


async def test_login(home: Home, panel: WatchedPanel, phone: Phone) -> None:
    await home.add(panel)
    await phone.page.goto(pages.INTEGRATION)
    panel.password = NEW_PASSWORD
    panel.sessions.clear()
    card = phone.page.locator(".attention").filter(has_text=PANEL)
    await card.get_by_role("button").last.click()
    await phone.fits(phone.text("config.step.reauth_confirm.title", panel=PANEL))


async def test_options(
    home: Home, panel: WatchedPanel, garage_gate: WatchedPanel, phone: Phone
) -> None:
    panel.second_account["outbound"] = (
        "sip:sbc-2.lindenhof.hausverwaltung.example.net:5061"
    )
    await home.add(panel)
    panel.second_account["realm"] = "pbx2.lindenhof.example.net"
    (drift,) = await home.entities(panel, "_second_account_drift")
    await home.state_where(drift, lambda state: state["state"] == "on")
    await home.accept(drift)
    for step in ("polling", "second", "apply", "earlier"):
        await phone.page.goto(pages.INTEGRATION)
        entry = pages.entry(phone.page, PANEL)
        await pages.press(entry, CONFIGURE[phone.language])
        await phone.fits(phone.text("options.step.init.title"))
        await phone.choose(f"options.step.init.menu_options.{step}")
        button = phone.dialog.get_by_role("button", name=SUBMIT[phone.language])
        await expect(button).to_be_visible()
        await phone.fits(garage_gate.address if step == "apply" else panel.address)


async def test_repairs(
    home: Home, panel: WatchedPanel, garage_gate: WatchedPanel, phone: Phone
) -> None:
    await home.add(panel)
    for each in (panel, garage_gate):
        each.behaviour.cleartext_password = True
        each.second_account |= {
            "proxy": "sip:pbx2.lindenhof.example.net:5061",
            "realm": "pbx2.lindenhof.example.net",
        }
    await phone.page.goto(pages.REPAIRS)
    for issue in ("drift", "password_exposed"):
        for name in (PANEL, "Garage gate"):
            title = phone.text(f"issues.{issue}.title", panel=name)
            await expect(phone.page.get_by_text(title)).to_be_visible()
    await phone.fits(PANEL, phone.page.locator("ha-config-repairs"))

    steps = "issues.drift.fix_flow.step"
    title = phone.text("issues.drift.title", panel=PANEL)
    for step in ("accept_alike", "accept_some", "ignore"):
        await phone.page.goto(pages.REPAIRS)
        await phone.page.get_by_text(title).click()
        await phone.fits(phone.text(f"{steps}.init.menu_options.{step}"))
        await phone.choose(f"{steps}.init.menu_options.{step}")
        await phone.fits(phone.text(f"{steps}.{step}.title"))

    await panel.switch_off()
    panel.info["device_serial_number"] += "1"
    panel.password = NEW_PASSWORD
    await panel.switch_on()
    await phone.page.goto(pages.REPAIRS)
    title = phone.text("issues.another_device.title", panel=PANEL)
    await phone.page.get_by_text(title).click()
    for step in ("confirm", "login"):
        steps = "issues.another_device.fix_flow.step"
        await phone.fits(phone.text(f"{steps}.{step}.title"))
        await phone.submit()
