"""What counts: a value on which two readings in a row agree."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    STATE_OFF,
    STATE_ON,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from simulator import Answer, Close, Delay, SimulatedPanel

from .conftest import (
    DRIFT,
    FIRST,
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
    accept,
    asked,
    both_accounts,
    entry_of,
    problems,
    state_of,
)

FACTORY = {
    "proxy": "",
    "realm": "",
    "user": "",
    "transport": "udp",
    "user_id": "",
    "registration_interval": 60,
    "outbound": "",
}


class States:
    """The states that an entity has had, each change once."""

    def __init__(self, hass: HomeAssistant, entity_id: str) -> None:
        """Listen from now on."""
        self.seen = [state_of(hass, entity_id)]
        self._entity_id = entity_id
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._add)

    @callback
    def _add(self, event: Event[Any]) -> None:
        state = event.data["new_state"]
        if event.data["entity_id"] == self._entity_id and state.state != self.seen[-1]:
            self.seen.append(state.state)


def factory_settings(panel: SimulatedPanel, *, times: int | None = None) -> None:
    """Let the panel answer with nothing set."""
    panel.fail(Answer.json(FACTORY), path=SECOND, times=times)


def drift_issues(hass: HomeAssistant) -> list[str]:
    """Return the repairs of drifts."""
    return [
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active and issue_id.startswith("drift")
    ]


@pytest.mark.parametrize("fails", [False, True], ids=["", "every second poll fails"])
@pytest.mark.parametrize(
    "busy",
    [Answer(429), Answer(503), Answer(404), Answer.json({}), Close()],
    ids=str,
)
@pytest.mark.usefixtures("init_integration")
async def test_panel_that_answers_each_path_once_in_five_seconds(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, busy: Answer, fails: bool
) -> None:
    """A second reading in the same poll would find nothing for ever."""
    panel.behaviour.busy = busy
    events = SipEvents(hass)
    await poll()
    panel.second_account["proxy"] = "sip:other.example.net"
    panel.sip_status = "ERROR"
    for _ in range(4):
        await poll()
        if fails:
            panel.fail(Close(), path=INFO)
            await poll()
            panel.recover()
    await poll()

    assert sorted(events.types) == ["drift_detected", "registration_lost"]
    assert state_of(hass, PROXY) == "sip:other.example.net"
    assert state_of(hass, SIP_STATUS) == "failed"


@pytest.mark.parametrize("known", ["pbx.example.net", "other.example.net"])
@pytest.mark.usefixtures("init_integration")
async def test_nothing_shows_what_was_read_once(
    hass: HomeAssistant, panel: SimulatedPanel, change: Change, poll: Poll, known: str
) -> None:
    """Neither as the beginning of a drift, nor as its end, nor as a value."""
    await change(realm=known)
    before = hass.states.get(DRIFT)
    events = SipEvents(hass)
    for realm in ("one", "two", "pbx.example.net", "other.example.net", "three"):
        panel.second_account["realm"] = realm
        panel.sip_status = "ERROR" if realm in ("one", "three") else "OK"
        await poll()
        assert state_of(hass, REALM) == known
        assert state_of(hass, SIP_STATUS) == "registered"
        assert problems(hass) == (before.attributes["differences"] if before else [])
    assert hass.states.get(DRIFT) == before
    assert events.types == []

    await poll()
    assert state_of(hass, REALM) == "three"
    assert state_of(hass, SIP_STATUS) == "failed"
    assert len(events.types) == 2


@pytest.mark.usefixtures("init_integration")
async def test_drift_from_its_beginning_to_its_end(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    change: Change,
    freezer: FrozenDateTimeFactory,
) -> None:
    events = SipEvents(hass)
    for realm in ("other.example.net", "another.example.net"):
        await change(realm=realm)
        state = hass.states.get(DRIFT)
        assert state
        assert state.state == STATE_ON
        assert state.attributes["since"].timestamp() == freezer().timestamp()
        assert state.attributes["differences"] == problems(hass)
        assert problems(hass) == [f"account 2 realm: pbx.example.net → {realm}"]
        assert len(drift_issues(hass)) == 1
    await change(realm="pbx.example.net")
    assert state_of(hass, DRIFT) == STATE_OFF
    assert problems(hass) == drift_issues(hass) == []
    assert events.types == ["drift_detected", "drift_changed", "drift_resolved"]


@pytest.mark.usefixtures("init_integration")
async def test_readings_too_close_to_each_other(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    wait: Wait,
) -> None:
    """One that comes within ten seconds leaves the one before it in place."""
    await poll(times=2)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    for _ in range(2):
        await wait(4)
        await entry.runtime_data.async_refresh()
        assert state_of(hass, REALM) == "pbx.example.net"
    await wait(4)
    await entry.runtime_data.async_refresh()
    assert state_of(hass, REALM) == "other.example.net"


async def test_polls_come_at_whole_seconds(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    reload: SetUp,
    wait: Wait,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The early poll may come nearly a second early, and is late enough all the same."""
    freezer.move_to("2026-11-26 12:00:00.95+00:00")
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await reload(entry)
    await wait(58)
    assert state_of(hass, REALM) == "pbx.example.net"
    await wait(1.2)
    assert state_of(hass, REALM) == "other.example.net"


@pytest.mark.parametrize("settings", [{}, FACTORY], ids=["empty", "factory settings"])
@pytest.mark.usefixtures("init_integration")
async def test_panel_that_starts_with_other_settings(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, settings: dict[str, Any]
) -> None:
    """Away for two polls, one poll of other settings, then the right ones: no drift."""
    events = SipEvents(hass)
    drift = States(hass, DRIFT)
    await panel.switch_off()
    await poll(times=2)
    await panel.switch_on()
    panel.fail(Answer.json(settings), path=SECOND, times=1)
    await poll()
    assert state_of(hass, PANEL_STATUS) == "not_reachable"
    await poll(times=3)

    assert events.types == ["panel_unreachable", "panel_reachable"]
    assert drift.seen == [STATE_OFF]
    assert drift_issues(hass) == []
    assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.usefixtures("init_integration")
async def test_back_with_a_drift(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """Nobody is told that all is well before it is not, by Status or by events."""
    events = SipEvents(hass)
    status, problem = States(hass, PANEL_STATUS), States(hass, PROBLEM)
    await panel.switch_off()
    await poll(times=3)
    panel.second_account["realm"] = "other.example.net"
    await panel.switch_on()
    await poll(times=3)

    assert events.types == ["panel_unreachable", "drift_detected", "panel_reachable"]
    assert status.seen == ["as_expected", "not_reachable", "drifted"]
    assert problem.seen == [STATE_OFF, STATE_ON]


@pytest.mark.parametrize("scan_interval", [15, 60])
async def test_account_is_back_with_a_drift(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    wait: Wait,
    scan_interval: int,
) -> None:
    """As it is for the whole panel, so it is for one of two accounts."""
    await set_up(both_accounts(panel, scan_interval=scan_interval))
    status, problem = States(hass, PANEL_STATUS), States(hass, PROBLEM)
    panel.fail(Answer(403), path=SECOND)
    for _ in range(6):
        await wait(scan_interval + 1)
    panel.second_account["realm"] = "other.example.net"
    panel.recover()
    for _ in range(6):
        await wait(scan_interval + 1)

    assert status.seen == ["as_expected", "forbidden", "drifted"]
    assert problem.seen == [STATE_OFF, STATE_ON]


async def test_account_is_back_with_factory_settings(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, wait: Wait
) -> None:
    """Two readings of the first minute are no drift."""
    await set_up(both_accounts(panel, scan_interval=15))
    await wait(16)
    events = SipEvents(hass)
    panel.fail(Answer(404), path=SECOND)
    for _ in range(5):
        await wait(16)
    panel.recover()
    factory_settings(panel)
    await wait(16)
    await wait(16)
    panel.recover()
    for _ in range(5):
        await wait(16)

    assert events.types == []
    assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.usefixtures("init_integration")
async def test_setting_that_is_another_one_in_every_poll(
    hass: HomeAssistant, panel: SimulatedPanel, wait: Wait
) -> None:
    """It causes no event and no haste, and a change of another one is reported."""
    for number in range(5):
        panel.second_account["outbound"] = f"out{number}.example.net"
        await wait(61)
    events = SipEvents(hass)
    asked(panel)
    # Twenty minutes
    for number in range(80):
        panel.second_account["outbound"] = f"out{number}.example.org"
        await wait(15)
    assert asked(panel).count(INFO) <= 21
    assert events.types == []

    panel.second_account["realm"] = "other.example.net"
    for number in range(2):
        panel.second_account["outbound"] = f"out{number}.example.com"
        await wait(61)
    (event,) = events.attributes
    assert event["settings"] == ["realm"]


@pytest.mark.usefixtures("init_integration")
async def test_change_after_a_blip(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, wait: Wait
) -> None:
    """What differs once and is back does not slow down what differs next."""
    await poll(times=2)
    for _ in range(3):
        factory_settings(panel, times=1)
        await wait(61)
        asked(panel)
        await wait(16)
        assert asked(panel) == [INFO, SECOND, STATUS]
    panel.second_account["realm"] = "other.example.net"
    await wait(61)
    await wait(16)
    assert state_of(hass, DRIFT) == STATE_ON


async def test_change_after_a_value_that_was_read_once(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, wait: Wait
) -> None:
    """A setting that is never sent again does not slow down the others."""
    await set_up(entry_of(panel, scan_interval=3600))
    await wait(3601)
    panel.second_account["realm"] = "once.example.net"
    await wait(3601)
    del panel.second_account["realm"]
    await wait(16)
    panel.second_account["proxy"] = "sip:other.example.net"
    await wait(3601)
    await wait(16)

    assert state_of(hass, PROXY) == "sip:other.example.net"


@pytest.mark.usefixtures("init_integration")
async def test_spellings_that_alternate(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
) -> None:
    """They are no change, and the stored file is not written for them."""
    events = SipEvents(hass)
    await poll(times=2)
    hass_storage.clear()
    as_set = dict(panel.second_account)
    spellings = {
        "proxy": "SIP:PBX.example.net:5060",
        "realm": "  pbx.example.net ",
        "transport": "UDP",
        "user": 201,
        "registration_interval": "60.0",
        "outbound": None,
    }
    for _ in range(4):
        panel.second_account.update(spellings)
        await poll(times=2)
        panel.second_account.update(as_set)
        await poll()

    assert events.types == []
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage
    assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.usefixtures("init_integration")
async def test_registration_that_is_unknown_before_it_is_lost(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """What it was before is remembered, so that its loss is reported, once."""
    events = SipEvents(hass)
    await poll()
    panel.fail(Answer(500), path=STATUS, times=1)
    await poll()
    panel.sip_status = "ERROR"
    await poll(times=4)
    panel.sip_status = "OK"
    await poll(times=3)
    assert events.types == ["registration_lost", "registration_restored"]
    assert events.attributes[1]["since"] is not None


async def test_change_after_an_outage_where_polls_are_rare(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, wait: Wait
) -> None:
    """With a poll an hour, it takes minutes to be sure of what one poll has found."""
    await set_up(entry_of(panel, scan_interval=3600))
    events = SipEvents(hass)
    await panel.switch_off()
    await wait(3601)
    await wait(61)
    assert events.types == ["panel_unreachable"]

    panel.second_account["realm"] = "other.example.net"
    await panel.switch_on()
    await wait(3601)
    asked(panel)
    # A second reading would not count before.
    await wait(50)
    assert asked(panel) == []
    await wait(11)
    assert events.types == ["panel_unreachable", "drift_detected", "panel_reachable"]


@pytest.mark.parametrize("is_away", [False, True], ids=["reload", "outage"])
async def test_factory_settings_after_a_start_where_polls_are_frequent(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    reload: SetUp,
    wait: Wait,
    is_away: bool,
) -> None:
    """With a poll each 15 seconds, two readings of the first minute are no drift."""
    entry = entry_of(panel, scan_interval=15)
    await set_up(entry)
    await wait(16)
    events = SipEvents(hass)
    drift = States(hass, DRIFT)
    factory_settings(panel)
    if is_away:
        await panel.switch_off()
        await wait(16)
        await panel.switch_on()
        await wait(16)
        assert state_of(hass, PANEL_STATUS) == "not_reachable"
    else:
        await reload(entry)
    await wait(16)
    await wait(16)
    panel.recover()
    for _ in range(5):
        await wait(16)
    assert events.types == []
    assert STATE_ON not in drift.seen
    assert state_of(hass, PANEL_STATUS) == "as_expected"

    # What stays is one.
    panel.second_account["realm"] = "other.example.net"
    await wait(16)
    await wait(16)
    assert state_of(hass, DRIFT) == STATE_ON


@pytest.mark.usefixtures("init_integration")
async def test_stored_file_that_is_lost(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    change: Change,
    poll: Poll,
) -> None:
    """No first reading becomes true by itself, and old messages accept nothing."""
    await change(realm="other.example.net")
    events = SipEvents(hass)
    state = hass.states.get(DRIFT)
    assert state
    number = state.attributes["number"]
    await hass.config_entries.async_unload(entry.entry_id)
    del hass_storage[f"{DOMAIN}.{entry.entry_id}"]
    factory_settings(panel)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert state_of(hass, REALM) == state_of(hass, DRIFT) == STATE_UNKNOWN
    assert state_of(hass, PANEL_STATUS) == "not_comparable"
    await poll()
    assert state_of(hass, DRIFT) == STATE_ON
    assert events.types == ["drift_detected"]
    assert events.attributes[0]["number"] > number
    options = entry.options
    with pytest.raises(ServiceValidationError):
        await accept(hass, number=number)
    assert entry.options == options


# While something waits to be confirmed


@pytest.mark.usefixtures("init_integration")
async def test_reload_while_something_waits(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reload: SetUp,
    poll: Poll,
) -> None:
    """It is waited for anew, and reported once."""
    await poll(times=2)
    events = SipEvents(hass)
    for realm in ("other.example.net", "pbx.example.net"):
        panel.second_account["realm"] = realm
        known = state_of(hass, REALM)
        await poll()
        await reload(entry)
        assert state_of(hass, REALM) == known
        await poll()
        assert state_of(hass, REALM) == realm
    assert events.types == ["drift_detected", "drift_resolved"]


async def test_acceptance_while_something_waits(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
    poll: Poll,
) -> None:
    """What is shown is accepted, not what was read once."""
    entry = both_accounts(panel)
    await set_up(entry)
    await change(realm="other.example.net")
    events = SipEvents(hass)
    panel.second_account["realm"] = "another.example.net"
    await poll()
    await accept(hass)
    assert entry.options["expected"]["second"]["realm"] == "other.example.net"
    assert state_of(hass, DRIFT) == STATE_OFF
    await poll()
    assert problems(hass) == [
        "account 2 realm: other.example.net → another.example.net"
    ]
    assert events.types == ["expectation_updated", "drift_resolved", "drift_detected"]
    assert [event["cause"] for event in events.attributes] == [
        *("expectation", "expectation", "panel")
    ]


async def test_acceptance_while_a_poll_is_under_way(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """The poll goes on from what is expected by then."""
    panel.second_account["realm"] = "other.example.net"
    await set_up(entry)
    assert state_of(hass, DRIFT) == STATE_ON
    panel.fail(Delay(0.05), path=SECOND, times=1)
    poll = hass.async_create_task(entry.runtime_data.async_refresh())
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != SECOND:
            pass
    await accept(hass)
    assert not poll.done()
    assert state_of(hass, DRIFT) == STATE_OFF
    await poll
    assert state_of(hass, DRIFT) == STATE_OFF
    assert entry.options["expected"]["second"]["realm"] == "other.example.net"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, DRIFT) == STATE_OFF
    assert FIRST not in asked(panel)
    assert LOGIN not in asked(panel)
