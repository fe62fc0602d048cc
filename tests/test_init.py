"""Tests of setting up, unloading and removing a panel."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.storage import Store
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import CONF_ACCOUNTS, DOMAIN
from simulator import VARIANTS, Answer, Close, Hang, SimulatedPanel
from simulator.faults import HTML_PAGE

from .conftest import Poll, SetUp, both_accounts, entry_of


def issues(hass: HomeAssistant) -> list[str]:
    """Return the kinds of issues that there are."""
    return sorted(
        str(issue.translation_key)
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    )


@pytest.fixture
def with_issues(panel: SimulatedPanel, entry: MockConfigEntry) -> None:
    """Let the panel have drifted and show its SIP password."""
    panel.second_account["user"] = "999"
    VARIANTS["cleartext-password"](panel)


BOTH_ISSUES = ["drift", "password_exposed"]


async def test_set_up_and_unload(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert len(panel.logins) == len(panel._sessions) == 1

    client = entry.runtime_data.client
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert client._session.closed
    assert not panel._sessions
    assert panel.requests[-1].path == "/api/v1/logout"


async def test_unload_of_a_panel_that_is_away(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    await panel.switch_off()

    assert await hass.config_entries.async_unload(entry.entry_id)

    assert entry.state is ConfigEntryState.NOT_LOADED


@pytest.mark.parametrize("path", ["/api/info", "/api/v1/sip/status"])
async def test_start_does_not_wait_for_a_panel_that_hangs(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    """The panel is set up once Home Assistant runs, with all the time it needs."""
    monkeypatch.setattr("custom_components.bas_ip.coordinator.START_TIMEOUT", 0.3)
    hass.set_state(CoreState.not_running)
    panel.fail(Hang(), path=path)
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason
    assert "0.3 seconds" in entry.reason
    assert panel.requests[-1].path in (path, "/api/v1/logout")
    assert not panel._sessions

    panel.recover()
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED


async def test_only_what_the_start_waits_for_has_a_limit(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither a set-up while Home Assistant runs, nor a later poll."""
    monkeypatch.setattr("custom_components.bas_ip.coordinator.START_TIMEOUT", 0)
    entry = entry_of(panel)
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED

    hass.set_state(CoreState.not_running)
    panel.requests.clear()
    await poll()
    assert panel.requests
    assert entry.runtime_data.last_update_success


async def test_start_with_nothing_to_report(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """No entity is updated for it."""
    hass.set_state(CoreState.not_running)
    await set_up(entry)
    updates: list[None] = []
    entry.runtime_data.async_add_listener(lambda: updates.append(None))

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()

    assert not updates


@pytest.mark.parametrize(
    ("info", "fault", "reason"),
    [
        (
            {"device_serial_number": "another"},
            None,
            "This is not the panel that was set up",
        ),
        (
            {},
            ("/api/info", HTML_PAGE),
            "What answers at the panel's address is not a BAS-IP door panel",
        ),
        ({}, ("/api/v1/login", Answer(404)), "The panel's firmware is too old"),
        (
            {},
            ("/api/v1/device/sip/settings/second", Close()),
            "The panel cannot be reached",
        ),
    ],
)
async def test_not_ready(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    info: dict[str, Any],
    fault: tuple[str, Answer | Close] | None,
    reason: str,
) -> None:
    """The entry shows the reason, and no session is left on the panel."""
    panel.info |= info
    if fault:
        panel.fail(fault[1], path=fault[0])

    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason
    assert entry.reason.startswith(reason)
    assert not panel._sessions
    assert not hass.states.async_entity_ids("sensor")


@pytest.mark.usefixtures("with_issues")
async def test_reload_keeps_the_issues(
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
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    assert stored["accounts"]["second"]["user"]["status"] == "drifted"

    await hass.config_entries.async_setup(entry.entry_id)
    assert all(
        issue.dismissed_version
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN
    )


async def test_unload_saves(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What would be saved later is saved before the next set-up reads it."""
    monkeypatch.setattr(Store, "async_delay_save", lambda *args: None)
    await set_up(entry)
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage

    await hass.config_entries.async_unload(entry.entry_id)

    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    assert stored["accounts"]["second"]["user"]["status"] == "in_sync"


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
    assert not panel._sessions
    assert [key for key in hass_storage if key.startswith(DOMAIN)] == [
        f"{DOMAIN}.{other.entry_id}"
    ]


@pytest.mark.usefixtures("with_issues")
async def test_disable(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    assert issues(hass) == BOTH_ISSUES

    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert issues(hass) == []
    assert not panel._sessions

    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await hass.async_block_till_done()
    assert issues(hass) == BOTH_ISSUES


@pytest.mark.usefixtures("with_issues")
async def test_disable_while_away(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A panel that is disabled while it cannot be set up leaves no issue either."""
    await set_up(entry)
    await panel.switch_off()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY

    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )

    assert issues(hass) == []


async def test_disable_after_a_failed_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The same holds after a refused login, which ends the retries."""
    panel.second_account["user"] = "999"
    await set_up(entry)
    assert issues(hass) == ["drift"]
    panel.password = "changed"
    panel.end_sessions()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR

    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )

    assert issues(hass) == []


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


@pytest.mark.usefixtures("init_integration")
async def test_home_assistant_stops(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No session is left on the panel, and no poll begins another one."""
    assert panel._sessions

    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    await poll()
    await hass.config_entries.async_unload(entry.entry_id)

    assert not panel._sessions
    assert panel.requests[-1].path == "/api/v1/logout"
    assert "Unable to remove" not in caplog.text


async def test_set_up_fails_after_the_first_poll(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No session is left on the panel either."""

    async def fail(*args: Any) -> None:
        raise HomeAssistantError("No platform today")

    monkeypatch.setattr(hass.config_entries, "async_forward_entry_setups", fail)
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR

    assert panel.logins
    assert not panel._sessions


async def test_account_that_is_not_watched_any_more(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    set_up: SetUp,
) -> None:
    """Its entities go, and those of the panel and the other account stay."""
    entry = both_accounts(panel)
    await set_up(entry)

    def unique_ids() -> set[str]:
        return {
            entity.unique_id
            for entity in er.async_entries_for_config_entry(
                entity_registry, entry.entry_id
            )
        }

    before = unique_ids()
    first = {unique_id for unique_id in before if "_first_account_" in unique_id}
    assert len(first) == 9

    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_ACCOUNTS: ["second"]}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert unique_ids() == before - first
