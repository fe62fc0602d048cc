"""The start: what is stored is there at once, and no panel is waited for."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STARTED,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bas_ip.const import CONF_ACCOUNTS, CONF_IS_NEW, DOMAIN
from simulator import Answer, Delay, Hang, SimulatedPanel

from .automations import start_home_assistant, stop_home_assistant
from .conftest import (
    DRIFT,
    INFO,
    LOGIN,
    PANEL_STATUS,
    PROBLEM,
    PROXY,
    REALM,
    SECOND,
    SIP_STATUS,
    STATUS,
    Change,
    Poll,
    SetUp,
    SipEvents,
    Wait,
    asked,
    both_accounts,
    dies,
    entry_of,
    error_text,
    has_another_password,
    is_replaced,
    state_of,
)


def hangs(panel: SimulatedPanel) -> None:
    """Let the panel answer nothing, and not close the connection either."""
    panel.fail(Hang(), path=INFO)


def forbids(panel: SimulatedPanel) -> None:
    """Let the user have lost the right to read the settings."""
    panel.fail(Answer(403), path=SECOND)


async def test_slow_panel_is_set_up_while_home_assistant_starts(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """One that takes its time for each answer is healthy."""
    hass.set_state(CoreState.not_running)
    panel.fail(Delay(0.1))
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, REALM) == "pbx.example.net"


@pytest.mark.parametrize(
    ("happens", "status"),
    [
        (hangs, "not_reachable"),
        (dies, "not_reachable"),
        (is_replaced, "another_device"),
        (has_another_password, "login_rejected"),
        (forbids, "forbidden"),
    ],
)
async def test_start_with_a_panel_that_cannot_be_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
    wait: Wait,
    happens: Callable[[SimulatedPanel], None],
    status: str,
) -> None:
    """Its last settings stand until Status says why, and it is polled as usual."""
    serial_number = panel.info["device_serial_number"]
    entry = entry_of(panel, scan_interval=300)
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await wait(301)
    await wait(61)
    before = {issue.issue_id for issue in ir.async_get(hass).issues.values()}
    await stop_home_assistant(hass, entry)
    ir.async_get(hass).issues.clear()

    happens(panel)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    # The panel has not answered yet.
    assert entry.runtime_data.reading is None
    assert state_of(hass, PANEL_STATUS) == state_of(hass, PROBLEM) == STATE_UNKNOWN
    assert state_of(hass, REALM) == "other.example.net"
    assert state_of(hass, DRIFT) == STATE_ON
    assert state_of(hass, SIP_STATUS) == "registered"
    repairs = ir.async_get(hass).issues
    assert before == {issue.issue_id for issue in repairs.values()}
    if happens is hangs:
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=11))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, PANEL_STATUS) == status
    assert state_of(hass, DRIFT) == state_of(hass, PROBLEM) == STATE_ON
    assert state_of(hass, REALM) == STATE_UNAVAILABLE
    assert entry.state is ConfigEntryState.LOADED

    panel.recover()
    panel.password = "123456"
    panel.info["device_serial_number"] = serial_number
    panel.second_account["realm"] = "pbx.example.net"
    if status == "login_rejected":
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    asked(panel)
    await wait(61)
    assert INFO in asked(panel)
    await wait(61)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert ir.async_get(hass).issues == {}


async def test_new_panel_that_does_not_answer(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Home Assistant tries it again, and says why it has to."""
    panel.fail(Answer(500), path=SECOND)
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    reason = "The panel answers with HTTP 500"
    assert entry.reason == error_text("invalid_response", reason)
    assert not panel.sessions
    assert hass.states.async_entity_ids() == []
    assert CONF_IS_NEW in entry.data

    panel.recover()
    await poll()
    assert entry.state is ConfigEntryState.LOADED
    assert CONF_IS_NEW not in entry.data
    assert state_of(hass, PANEL_STATUS) == "as_expected"


async def test_nothing_has_changed_over_a_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The first poll says so: Status is known with it."""
    await set_up(entry)
    await stop_home_assistant(hass, entry)
    asked(panel)
    await start_home_assistant(hass, entry)
    assert asked(panel) == [INFO, LOGIN, SECOND, STATUS]
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert state_of(hass, PROBLEM) == STATE_OFF


async def test_changes_while_home_assistant_is_away(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Each start compares with what is stored; nothing is lost, nothing told twice."""
    await set_up(entry)
    events = SipEvents(hass)
    for realm in ("other.example.net", "pbx.example.net", "other.example.net"):
        await stop_home_assistant(hass, entry)
        panel.second_account["realm"] = realm
        panel.sip_status = "OK" if realm.startswith("pbx") else "ERROR"
        await start_home_assistant(hass, entry)
        await poll()
        await stop_home_assistant(hass, entry)
        await start_home_assistant(hass, entry)
        await poll(times=2)
    assert events.types == [
        *("drift_detected", "registration_lost"),
        *("drift_resolved", "registration_restored"),
        *("drift_detected", "registration_lost"),
    ]
    numbers = [event["number"] for event in events.attributes]
    assert numbers == list(range(numbers[0], numbers[0] + 6))


async def test_changes_are_told_once_automations_run(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """What is found before waits for them."""
    hass.set_state(CoreState.not_running)
    panel.second_account["realm"] = "other.example.net"
    events = SipEvents(hass)
    await set_up(entry)
    assert state_of(hass, DRIFT) == STATE_ON
    assert events.types == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert events.types == ["drift_detected"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("history", "changes", 0, "time"), "0001-01-01T00:00:00+14:00"),
        (("history", "changes", 0, "settings"), {}),
        (("history", "reported"), "many"),
        (("state", "accounts", "second", "comparisons"), []),
        (("state", "registration", "last_known"), "asleep"),
        (("state", "firmware"), 3.2),
        (("state",), None),
    ],
)
async def test_stored_file_that_is_broken_anywhere(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    set_up: SetUp,
    change: Change,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
    path: tuple[Any, ...],
    value: Any,
) -> None:
    """The entry loads, with one warning and no event; two polls later all is known."""
    await set_up(entry)
    await change(realm="other.example.net")
    await change(realm="pbx.example.net")
    events = SipEvents(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    *keys, last = path
    place = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    for key in keys:
        place = place[key]
    place[last] = value
    caplog.clear()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, DRIFT) == STATE_UNKNOWN
    await poll()
    assert state_of(hass, DRIFT) == STATE_OFF
    assert events.types == []
    assert [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and "bas_ip" in record.name
    ] == ["The stored state of a panel cannot be read; it starts from nothing"]


async def test_what_is_no_longer_watched(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    reload: SetUp,
    poll: Poll,
) -> None:
    """Its entities go, and those of the panel and of the other account stay."""
    panel.behaviour.second_status_path = "device/sip/status/second"
    entry = both_accounts(panel)
    await set_up(entry)

    def keys() -> set[str]:
        entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        return {entity.unique_id.partition("_")[2] for entity in entities}

    before = keys()
    data = {**entry.data, "second_status_path": None}
    hass.config_entries.async_update_entry(entry, data=data)
    await reload(entry)
    assert before - keys() == {"second_account_account_sip_status"}
    for watched, account in (("first", "second"), ("second", "first")):
        hass.config_entries.async_update_entry(
            entry, options={**entry.options, CONF_ACCOUNTS: [watched]}
        )
        await reload(entry)
        assert {key for key in keys() if key.startswith(account)} == set()
        assert before - keys() == {
            *("second_account_account_sip_status",),
            *(key for key in before if key.startswith(account)),
        }
    # What is watched again is known after two readings.
    assert state_of(hass, PROXY) == STATE_UNKNOWN
    await poll()
    assert state_of(hass, PROXY) == "sip:pbx.example.net"


async def test_entry_is_set_up_in_one_go(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A new panel that hangs is waited for, as by any integration."""
    panel.fail(Hang(), path=STATUS)
    task = hass.async_create_task(set_up(entry))
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != STATUS:
            pass
    assert entry.state is ConfigEntryState.SETUP_IN_PROGRESS
    await panel.switch_off()
    await task
    # The registration is unknown then, and all else is read.
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, SIP_STATUS) == STATE_UNKNOWN
