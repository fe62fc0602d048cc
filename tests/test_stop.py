"""The end of a panel's polls: quick, quiet, and without a session left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bas_ip.const import DOMAIN
from simulator import Answer, Delay, Hang, SimulatedPanel

from .conftest import (
    INFO,
    LOGOUT,
    PANEL_STATUS,
    SECOND,
    STATUS,
    Change,
    Poll,
    SetUp,
    SipEvents,
    Wait,
    asked,
    state_of,
)

type End = Callable[[HomeAssistant, MockConfigEntry], Awaitable[Any]]


async def unload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload the entry."""
    assert await hass.config_entries.async_unload(entry.entry_id)


async def stop(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Stop Home Assistant."""
    await hass.async_stop(force=True)


def log_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return all that would worry somebody, and all that the integration says."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno
        >= (logging.INFO if "bas_ip" in record.name else logging.ERROR)
    ]


async def hanging_poll(hass: HomeAssistant, panel: SimulatedPanel, path: str) -> None:
    """Begin a poll in which the panel does not answer at this path any more."""
    panel.fail(Hang(), path=path)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != path:
            pass
    panel.recover()


@pytest.mark.parametrize("path", [None, INFO, SECOND, STATUS])
@pytest.mark.parametrize("end", [unload, stop])
async def test_end_behind_a_request_that_hangs(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    end: End,
    path: str | None,
) -> None:
    """Nothing is waited for, and the session is ended all the same."""
    await set_up(entry)
    if path:
        await hanging_poll(hass, panel, path)
    caplog.clear()
    async with asyncio.timeout(5):
        await end(hass, entry)
    assert not panel.sessions
    assert asked(panel)[-1] == LOGOUT
    assert log_lines(caplog) == []


@pytest.mark.parametrize("path", [SECOND, STATUS])
async def test_reload_behind_a_request_that_hangs(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    """What was cut off is neither a failure nor a reading."""
    await set_up(entry)
    events = SipEvents(hass)
    await hanging_poll(hass, panel, path)
    caplog.clear()
    async with asyncio.timeout(5):
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert len(panel.sessions) == 1
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert events.types == log_lines(caplog) == []


async def test_end_during_an_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A poll that is cut off then is not one that has recovered."""
    panel.behaviour.single_session = True
    await set_up(entry)
    panel.fail(Answer(500), path=SECOND)
    await entry.runtime_data.async_refresh()
    panel.recover()
    await hanging_poll(hass, panel, SECOND)
    caplog.clear()
    await unload(hass, entry)
    assert log_lines(caplog) == []
    assert not panel.sessions


@pytest.mark.parametrize("cut_off", [SECOND, None])
async def test_poll_that_ends_after_the_unload(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    change: Change,
    poll: Poll,
    wait: Wait,
    cut_off: str | None,
) -> None:
    """One that a person has asked for is not cancelled; it changes nothing any more."""
    await set_up(entry)
    await change(realm="other.example.net")
    events = SipEvents(hass)
    last = cut_off or STATUS
    panel.fail(Delay(1), path=last, times=1)
    panel.second_account["realm"] = "pbx.example.net"
    task = hass.async_create_background_task(entry.runtime_data.async_refresh(), "poll")
    while (await panel.next_request()).path != last:
        pass
    await unload(hass, entry)
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]
    # What would be written would be by then.
    for _ in range(3):
        await wait(2)
    assert task.done()
    assert hass_storage[f"{DOMAIN}.{entry.entry_id}"] is stored
    assert stored["data"]["state"]["failure"] is None

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await poll()
    assert events.types == ["drift_resolved"]


@pytest.mark.usefixtures("init_integration")
async def test_nothing_is_polled_after_the_stop(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    asked(panel)
    await poll()
    await unload(hass, entry)
    assert asked(panel) == []
    assert not panel.sessions
    assert "Unable to remove" not in caplog.text


async def test_what_was_not_stored_yet(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    change: Change,
) -> None:
    """It is stored before the next set-up reads it."""
    await set_up(entry)
    await change(realm="other.example.net")
    hass_storage.clear()
    await unload(hass, entry)
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    comparison = stored["state"]["accounts"]["second"]["comparisons"]["realm"]
    assert comparison["status"] == "drifted"


@pytest.mark.parametrize("is_away", [False, True])
async def test_logout_that_gets_no_answer(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
    is_away: bool,
) -> None:
    """It is not waited for long, and there is nothing wrong with it."""
    monkeypatch.setattr("custom_components.bas_ip.panel.client.LOGOUT_TIMEOUT", 0.05)
    await set_up(entry)
    if is_away:
        await panel.switch_off()
    else:
        panel.fail(Hang(), path=LOGOUT)
    await unload(hass, entry)
    assert entry.state is ConfigEntryState.NOT_LOADED


# Set-ups that come to nothing


async def test_set_up_that_is_cancelled(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.fail(Hang(), path=SECOND)
    task = hass.async_create_task(set_up(entry))
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != SECOND:
            pass
        assert len(panel.sessions) == 1
        panel.recover()
        task.cancel()
        await asyncio.wait([task])
    assert not panel.sessions
    assert entry.state is not ConfigEntryState.LOADED


async def test_stop_during_the_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.fail(Hang(), path=SECOND)
    task = hass.async_create_task(set_up(entry))
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != SECOND:
            pass
        panel.recover()
        assert panel.sessions
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        while panel.sessions:
            await panel.next_request()
            await asyncio.sleep(0)
        await panel.switch_off()
        await task


async def test_set_up_that_fails_after_the_first_poll(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*args: Any) -> None:
        raise HomeAssistantError("No platform today")

    monkeypatch.setattr(hass.config_entries, "async_forward_entry_setups", fail)
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert panel.logins
    assert not panel.sessions
