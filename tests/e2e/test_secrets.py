"""Nothing that Home Assistant leaves behind holds a secret; this test comes last."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
import sqlite3

from playwright.async_api import Page, expect
import pytest

from . import pages
from .home import Home
from .panel import (
    NEW_PASSWORD,
    PASSWORD,
    SIP_PASSWORD,
    USER_ID,
    WRONG_PASSWORD,
    WatchedPanel,
    secrets_of,
)

# Where Home Assistant itself keeps the logins of the panels, and those of its users.
OWN_SECRETS = (
    "auth",
    "auth_provider.homeassistant",
    "core.config_entries",
)


def written_by(home: Home) -> Iterator[tuple[str, str]]:
    """Return the log, the database and what is stored, each by name."""
    database = home.config / "home-assistant_v2.db"
    with closing(sqlite3.connect(database)) as connection:
        yield database.name, "\n".join(connection.iterdump())
    files: list[Path] = [*home.config.glob("*.log*"), *home.config.glob("*.yaml")]
    files += [
        path
        for path in (home.config / ".storage").rglob("*")
        if path.is_file() and path.name not in OWN_SECRETS
    ]
    for path in files:
        yield path.name, path.read_text(encoding="utf-8", errors="replace")


async def test_nothing_is_written(home: Home, page: Page) -> None:
    async with WatchedPanel("127.0.1.1", "Front door") as panel:
        panel.behaviour.cleartext_password = True
        await pages.begin_set_up(page)
        await pages.enter_login(page, panel, WRONG_PASSWORD)
        await expect(pages.dialog(page)).to_contain_text(
            "Username or password is wrong"
        )
        await home.add(panel)
        panel.second_account["user_id"] += "-changed"
        panel.second_account["realm"] = "canary.example.net"
        await home.state_where(
            "binary_sensor.front_door_account_2_drift",
            lambda state: len(state["attributes"].get("differences", [])) == 2,
        )
        panel.password = NEW_PASSWORD
        await page.goto(pages.INTEGRATION)
        await expect(page.get_by_text("Attention required")).to_be_visible()
        await home.stop()
    secrets = {
        *secrets_of(PASSWORD),
        *secrets_of(NEW_PASSWORD),
        *secrets_of(WRONG_PASSWORD),
        SIP_PASSWORD,
        USER_ID,
        *home.tokens,
        *panel.tokens,
    }
    assert panel.tokens
    written = dict(written_by(home))
    # So that nobody looks for secrets in the wrong places.
    for name, text in {
        "home-assistant_v2.db": "canary.example.net",
        "output.log": "custom_components.bas_ip",
        "core.entity_registry": "bas_ip",
    }.items():
        assert text in written[name]
    leaks = {
        name for name, text in written.items() for secret in secrets if secret in text
    }
    if leaks:
        pytest.fail(f"There are secrets in {', '.join(sorted(leaks))}")
