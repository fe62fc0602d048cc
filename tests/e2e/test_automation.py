"""A user makes an automation by clicking, and sees it run."""

import asyncio
from collections.abc import AsyncGenerator

from playwright.async_api import Page, expect
import pytest_asyncio

from . import pages
from .home import PATIENCE, Home
from .panel import WatchedPanel

MESSAGE = "{{ trigger.to_state.attributes.message }}"


@pytest_asyncio.fixture(loop_scope="session")
async def editor(home: Home, page: Page) -> AsyncGenerator[Page]:
    """Return a page with a new automation, which is gone in the end with its message."""
    await page.goto("/config/automation/edit/new")
    yield page
    for state in (await home.states()).values():
        if state["entity_id"] == "automation.watch_the_door":
            number = state["attributes"]["id"]
            await home.rest("DELETE", f"config/automation/config/{number}")
    await home.rest("POST", "services/persistent_notification/dismiss_all")


async def test_drift_notifies(
    home: Home, front_door: WatchedPanel, editor: Page
) -> None:
    search = editor.get_by_placeholder("Search").last
    await pages.press(editor, "Add trigger")
    await search.fill("SIP settings")
    await editor.get_by_role("button", name="SIP settings drifted").click()
    await pages.press(editor, "Add target")
    await editor.get_by_role("option", name="Front door BAS-IP").click()
    await expect(editor.get_by_text("1 entity")).to_be_visible()

    await pages.press(editor, "Add action")
    await search.fill("persistent")
    await editor.get_by_role("button", name="Create persistent notification").click()
    sidebar = editor.locator("ha-automation-sidebar")
    template = sidebar.locator("ha-selector-template")
    # Home Assistant may pass over what is typed at first. Once it has a template, the
    # field becomes an editor of templates.
    async with asyncio.timeout(PATIENCE):
        while not await template.count():
            await sidebar.get_by_role("textbox").first.fill(MESSAGE)
    await expect(template).to_contain_text(MESSAGE)

    await pages.press(editor, "Save")
    await pages.field(editor, "Name").fill("Watch the door")
    await pages.press(pages.dialog(editor), "Save")
    await home.state_where(
        "automation.watch_the_door", lambda state: state["state"] == "on"
    )

    await pages.change_settings(editor, front_door, realm="pbx.example.com")
    await editor.get_by_text("Notifications").click()
    await expect(
        editor.locator("notification-drawer").get_by_text(
            "Front door: account 2 realm: pbx.example.net → pbx.example.com"
        )
    ).to_be_visible()
