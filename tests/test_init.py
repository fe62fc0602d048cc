"""Tests of setting up, unloading, disabling and removing a panel."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import CONF_IS_NEW, DOMAIN
from simulator import VARIANTS, Hang, SimulatedPanel

from .conftest import (
    INFO,
    LOGIN,
    LOGOUT,
    SECOND,
    STATUS,
    Poll,
    SetUp,
    asked,
    entry_of,
)

BOTH_ISSUES = ["drift", "password_exposed"]


def issues(hass: HomeAssistant) -> list[str]:
    """Return the kinds of issues that there are."""
    return sorted(
        str(issue.translation_key)
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    )


@pytest.fixture
def with_issues(panel: SimulatedPanel) -> None:
    """Let the panel have drifted and show its SIP password."""
    panel.second_account["user"] = "999"
    VARIANTS["cleartext-password"](panel)


async def test_set_up_and_unload(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """One login, and no session is left."""
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert CONF_IS_NEW not in entry.data
    assert asked(panel) == [INFO, LOGIN, SECOND, STATUS]

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert asked(panel) == [LOGOUT]
    assert not panel.sessions


async def test_reload(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp, reload: SetUp
) -> None:
    """It is a new session, and the old one is not left."""
    await set_up(entry)
    panel.requests.clear()
    await reload(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert asked(panel) == [LOGOUT, INFO, LOGIN, SECOND, STATUS]
    assert len(panel.sessions) == 1


async def test_panels_do_not_share_anything(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """One that hangs, or is unloaded, leaves the other one alone."""
    panel.fail(Hang(), path=INFO, times=1)
    other_panel.requests.clear()
    await hass.config_entries.async_unload(loaded_entries[0].entry_id)
    await poll(times=2)
    assert asked(other_panel) == [INFO, SECOND, STATUS] * 2
    assert not panel.sessions


@pytest.mark.usefixtures("with_issues")
async def test_unload_keeps_the_issues(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """A drift is no other one after a reload: its issue stays ignored."""
    await set_up(entry)
    assert issues(hass) == BOTH_ISSUES
    for domain, issue_id in list(ir.async_get(hass).issues):
        ir.async_ignore_issue(hass, domain, issue_id, True)

    await hass.config_entries.async_unload(entry.entry_id)
    assert issues(hass) == BOTH_ISSUES
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["state"]
    comparison = stored["accounts"]["second"]["comparisons"]["user"]
    assert comparison["status"] == "drifted"

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == BOTH_ISSUES
    assert all(
        issue.dismissed_version
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN
    )


@pytest.mark.usefixtures("with_issues")
async def test_remove(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """Nothing stays of a panel that is removed, and all of the others."""
    other = entry_of(other_panel)
    other_panel.second_account["user"] = "999"
    await set_up(entry)
    await set_up(other)
    await hass.config_entries.async_unload(other.entry_id)
    assert issues(hass) == [BOTH_ISSUES[0], *BOTH_ISSUES]

    await hass.config_entries.async_remove(entry.entry_id)

    assert issues(hass) == ["drift"]
    assert not panel.sessions
    assert [key for key in hass_storage if key.startswith(DOMAIN)] == [
        f"{DOMAIN}.{other.entry_id}"
    ]


@pytest.mark.usefixtures("with_issues")
@pytest.mark.parametrize("is_away", [False, True])
async def test_disable(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    reload: SetUp,
    is_away: bool,
) -> None:
    """Nobody is asked to mend what is not watched, and it is again with the panel."""
    await set_up(entry)
    if is_away:
        await panel.switch_off()
        await reload(entry)
    assert issues(hass) == BOTH_ISSUES

    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert issues(hass) == []
    assert is_away or not panel.sessions

    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == BOTH_ISSUES


async def test_disable_one_of_two(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
) -> None:
    """The issues of other panels stay."""
    entries = [entry_of(panel), entry_of(other_panel)]
    for each in (panel, other_panel):
        each.second_account["user"] = "999"
    for entry in entries:
        await set_up(entry)

    await hass.config_entries.async_set_disabled_by(
        entries[0].entry_id, ConfigEntryDisabler.USER
    )

    assert issues(hass) == ["drift"]
