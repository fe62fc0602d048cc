"""Panels that go away and come back: what is shown, recorded and told."""

from collections.abc import Callable
import logging
from typing import Any

from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Answer, Close, Hang, SimulatedPanel

from .automations import start_home_assistant, stop_home_assistant
from .conftest import (
    DRIFT,
    INFO,
    LAST_CHANGE,
    PANEL_STATUS,
    PROBLEM,
    REALM,
    SECOND,
    STATUS,
    Change,
    Poll,
    SetUp,
    SipEvents,
    Wait,
    asked,
    entry_of,
    error_text,
    problems,
    state_of,
)


def log_lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return what the integration has logged."""
    return [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name.startswith("custom_components.bas_ip")
        and record.levelno >= logging.INFO
    ]


@pytest.mark.usefixtures("init_integration")
async def test_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    change: Change,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is shown at once, and logged once; what was confirmed stands."""
    await change(realm="other.example.net")
    entity_ids = set(hass.states.async_entity_ids())
    caplog.clear()
    events = SipEvents(hass)
    await panel.switch_off()
    await poll()
    assert {
        each for each in entity_ids if state_of(hass, each) != STATE_UNAVAILABLE
    } == {*(PANEL_STATUS, PROBLEM, DRIFT, "event.front_door_sip_events")}
    assert state_of(hass, PANEL_STATUS) == "not_reachable"
    assert state_of(hass, PROBLEM) == state_of(hass, DRIFT) == STATE_ON
    assert problems(hass) == [
        error_text("cannot_connect"),
        "account 2 realm: pbx.example.net → other.example.net",
    ]
    assert events.types == []
    state = hass.states.get(PANEL_STATUS)
    assert state
    since = state.attributes["since"]

    await poll(times=3)
    (event,) = events.attributes
    assert event["event_type"] == "panel_unreachable"
    reason = "Connection failed (ClientConnectorError)"
    assert log_lines(caplog) == [
        (
            "ERROR",
            f"Error fetching Front door data: {error_text('cannot_connect', reason)}",
        )
    ]
    await panel.switch_on()
    await poll()
    assert state_of(hass, PANEL_STATUS) == "drifted"
    assert STATE_UNAVAILABLE not in {state_of(hass, each) for each in entity_ids}
    assert events.types == ["panel_unreachable"]
    await poll()
    assert events.types == ["panel_unreachable", "panel_reachable"]
    assert events.attributes[1]["since"] == since
    assert log_lines(caplog)[1:] == [("INFO", "Fetching Front door data recovered")]


def of_another_device(panel: SimulatedPanel) -> None:
    """Let another device answer."""
    panel.info["device_serial_number"] = "another"


def of_a_rejected_login(panel: SimulatedPanel) -> None:
    """Let the panel have another password."""
    panel.password = "another"


@pytest.mark.parametrize(
    ("begin", "status", "reason"),
    [
        (lambda panel: panel.fail(Close()), "not_reachable", "Not reachable"),
        (of_another_device, "another_device", "Another device"),
        (of_a_rejected_login, "login_rejected", "Login rejected"),
        (
            lambda panel: panel.fail(Answer(403), path=SECOND),
            "forbidden",
            "Forbidden",
        ),
    ],
    ids=["not reachable", "another device", "login rejected", "forbidden"],
)
async def test_unreachable_and_reachable_are_events(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    reload: SetUp,
    poll: Poll,
    begin: Callable[[SimulatedPanel], None],
    status: str,
    reason: str,
) -> None:
    """Each with its number and the reason, once, over a reload, too."""
    serial_number = panel.info["device_serial_number"]
    await set_up(entry)
    events = SipEvents(hass)
    begin(panel)
    await poll()
    assert state_of(hass, PANEL_STATUS) == status
    assert events.types == []
    await poll(times=2)
    await reload(entry)
    await poll(times=3)
    assert state_of(hass, PANEL_STATUS) == status
    assert events.types == ["panel_unreachable"]

    panel.recover()
    panel.password = "123456"
    panel.info["device_serial_number"] = serial_number
    await reload(entry)
    await poll()
    await reload(entry)
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    unreachable, reachable = events.attributes
    assert (unreachable["event_type"], reachable["event_type"]) == (
        "panel_unreachable",
        "panel_reachable",
    )
    assert unreachable["new"] == reachable["old"] == {"status": status}
    assert unreachable["message"] == f"Front door: {reason}"
    assert reachable["number"] == unreachable["number"] + 1
    assert reachable["since"] is not None


@pytest.mark.usefixtures("init_integration")
async def test_events_of_an_outage_over_a_restart(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """What ends while Home Assistant is away is told after two good polls."""
    events = SipEvents(hass)
    await panel.switch_off()
    await poll(times=3)
    await stop_home_assistant(hass, entry)
    await panel.switch_on()
    await start_home_assistant(hass, entry)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    await poll()
    assert events.types == ["panel_unreachable", "panel_reachable"]


@pytest.mark.usefixtures("init_integration")
async def test_one_failed_poll_is_no_event(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """One in two is none either; there is none to be told that it has ended."""
    events = SipEvents(hass)
    for _ in range(4):
        panel.fail(Close())
        await poll()
        assert state_of(hass, PANEL_STATUS) == "not_reachable"
        panel.recover()
        await poll()
        assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert events.types == []

    panel.fail(Close())
    await poll(times=2)
    # It has not ended as long as every second poll fails.
    for _ in range(3):
        panel.recover()
        await poll()
        panel.fail(Close())
        await poll()
    assert events.types == ["panel_unreachable"]
    panel.recover()
    await poll(times=2)
    assert events.types == ["panel_unreachable", "panel_reachable"]


@pytest.mark.usefixtures("init_integration")
async def test_reason_that_changes(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """Status says the latest; the outage is the same one."""
    events = SipEvents(hass)
    panel.fail(Close())
    await poll(times=2)
    state = hass.states.get(PANEL_STATUS)
    assert state
    since = state.attributes["since"]
    panel.recover()
    panel.info["device_serial_number"] = "another"
    await poll()
    state = hass.states.get(PANEL_STATUS)
    assert state
    assert (state.state, state.attributes["since"]) == ("another_device", since)
    assert problems(hass) == [error_text("another_device")]
    assert events.types == ["panel_unreachable"]


@pytest.mark.parametrize("interval", [15, 60, 300, 3600])
async def test_second_poll_after_a_failed_one(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    wait: Wait,
    interval: int,
) -> None:
    """It comes within a minute, and so does the second good one after an outage."""
    panel.behaviour.token_lifetime = None
    await set_up(entry_of(panel, scan_interval=interval))
    events = SipEvents(hass)
    panel.fail(Answer(500), path=INFO)
    await wait(interval + 1)
    asked(panel)
    for expected in (min(interval, 60), interval, interval):
        await wait(expected - 2)
        assert asked(panel) == []
        await wait(2.5)
        assert asked(panel) == [INFO]
        assert events.types == ["panel_unreachable"]

    panel.recover()
    await wait(interval + 1)
    assert events.types == ["panel_unreachable"]
    await wait(min(interval, 60) + 1)
    assert events.types == ["panel_unreachable", "panel_reachable"]
    asked(panel)
    await wait(interval - 2)
    assert asked(panel) == []
    await wait(2.5)
    assert asked(panel) == [INFO, SECOND, STATUS]


async def test_outage_after_a_blip_where_polls_are_rare(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, wait: Wait
) -> None:
    """The early poll of the blip is not that of the outage."""
    await set_up(entry_of(panel, scan_interval=3600))
    events = SipEvents(hass)
    blip = Answer.json({**panel.second_account, "realm": "other.example.net"})
    panel.fail(blip, path=SECOND, times=1)
    await wait(3601)
    await panel.switch_off()
    await wait(16)
    await wait(61)
    await panel.switch_on()
    await wait(3601)
    await wait(61)
    assert events.types == ["panel_unreachable", "panel_reachable"]


@pytest.mark.usefixtures("init_integration")
async def test_changes_of_one_kind_do_not_push_out_others(
    hass: HomeAssistant, panel: SimulatedPanel, change: Change, poll: Poll
) -> None:
    """A panel that comes and goes all day does not hide who has changed what."""
    await change(realm="other.example.net")
    changed = state_of(hass, LAST_CHANGE)
    for _ in range(26):
        panel.fail(Close())
        await poll(times=2)
        panel.recover()
        await poll(times=2)
    assert state_of(hass, LAST_CHANGE) == changed != STATE_UNKNOWN
    state = hass.states.get(DRIFT)
    assert state
    assert state.attributes["number"]


async def test_outage_of_one_panel(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """What happens to one panel is nothing to another one."""
    ids = {
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), loaded_entries[1].entry_id
        )
    }
    before = {entity_id: hass.states.get(entity_id) for entity_id in ids}
    await panel.switch_off()
    await poll(times=2)
    await panel.switch_on()
    panel.password = "another"
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "login_rejected"
    for entity_id, state in before.items():
        assert hass.states.get(entity_id) is state


@pytest.mark.usefixtures("init_integration")
async def test_panel_that_hangs(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, wait: Wait
) -> None:
    """It is given up after ten seconds, and shown as not reachable."""
    panel.fail(Hang(), path=INFO)
    poll = hass.async_create_background_task(entry.runtime_data.async_refresh(), "poll")
    await panel.next_request()
    await wait(11)
    assert poll.done()
    assert state_of(hass, PANEL_STATUS) == "not_reachable"
    assert state_of(hass, REALM) == STATE_UNAVAILABLE


@pytest.mark.usefixtures("init_integration")
async def test_registration_counts_once_it_was_registered(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """One that is lost during an outage is told with its end."""
    events = SipEvents(hass)
    panel.fail(Close())
    await poll(times=2)
    panel.recover()
    panel.sip_status = "ERROR"
    await poll()
    assert state_of(hass, PANEL_STATUS) == "not_reachable"
    await poll()
    assert state_of(hass, PANEL_STATUS) == "not_registered"
    assert events.types == ["panel_unreachable", "registration_lost", "panel_reachable"]
    assert state_of(hass, DRIFT) == STATE_OFF
    attributes: list[dict[str, Any]] = events.attributes
    assert attributes[1]["new"] == {"registration": "failed"}
