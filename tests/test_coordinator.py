"""The polls: what is asked, what becomes of failures, and what Home Assistant sees."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
import logging
import random
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_SCAN_INTERVAL,
    EVENT_HOMEASSISTANT_STOP,
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.entity import Entity
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bas_ip import coordinator as coordinator_module
from custom_components.bas_ip.const import CONF_ACCOUNTS, DOMAIN
from custom_components.bas_ip.drift import Setting
from custom_components.bas_ip.panel import Account
from custom_components.bas_ip.poll import reading as reading_module
from simulator import Answer, Close, Hang, SimulatedPanel
from simulator.faults import (
    EMPTY_BODY,
    ERROR_OBJECT,
    HTML_PAGE,
    LARGE_BODY,
    NOT_AN_OBJECT,
    TRUNCATED_JSON,
)

from .conftest import (
    Change,
    Poll,
    SetUp,
    SipEvents,
    accept,
    asked,
    both_accounts,
    by_mac_address,
    entry_like,
    entry_of,
    state_of,
)

INFO = "/api/info"
LOGIN = "/api/v1/login"
LOGOUT = "/api/v1/logout"
FIRST = "/api/v1/device/sip/settings"
SECOND = "/api/v1/device/sip/settings/second"
STATUS = "/api/v1/sip/status"
ENABLE = "/api/v1/device/sip/enable"
MAC = "/api/v1/network/mac"

NO_CONNECTION = "The panel cannot be reached: Connection failed (ClientConnectorError)"

BUTTON = "button.front_door_accept_drift"
DRIFT = "binary_sensor.front_door_account_2_drift"
FIRST_REALM = "sensor.front_door_account_1_realm"
LAST_ATTEMPT = "sensor.front_door_last_registration_attempt"
PROXY = "sensor.front_door_account_2_proxy"
REACHABLE = "binary_sensor.front_door_reachable"
REALM = "sensor.front_door_account_2_realm"
REGISTERED = "binary_sensor.front_door_sip_registered"
SIP_ENABLED = "binary_sensor.front_door_sip_enabled"
SIP_EVENTS = "event.front_door_sip_events"
SIP_STATUS = "sensor.front_door_sip_status"


def log_lines(
    caplog: pytest.LogCaptureFixture, level: int = logging.INFO
) -> list[tuple[str, str]]:
    """Return what the integration has logged."""
    return [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name.startswith("custom_components.bas_ip")
        and record.levelno >= level
    ]


def drift_of(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the drift sensor of the second account shows."""
    state = hass.states.get(DRIFT)
    assert state
    settings: dict[str, Any] = state.attributes["settings"]
    return settings


class Writes:
    """Which entities write their states."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen from now on."""
        self.entity_ids: list[str] = []
        for event_type in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
            hass.bus.async_listen(event_type, self._add, event_filter=self._any)

    @callback
    def _any(self, data: Any) -> bool:
        return True

    @callback
    def _add(self, event: Event[Any]) -> None:
        self.entity_ids.append(event.data[ATTR_ENTITY_ID])


class Listener:
    """Counts how often the listeners of a coordinator run."""

    def __init__(self, entry: MockConfigEntry) -> None:
        """Listen from now on."""
        self.runs = 0
        entry.runtime_data.async_add_listener(self._run)

    @callback
    def _run(self) -> None:
        self.runs += 1


def reauth_flows(hass: HomeAssistant) -> list[str]:
    """Return the sources of the flows in progress."""
    return [
        flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()
    ]


@pytest.mark.usefixtures("init_integration")
async def test_requests_of_one_poll(panel: SimulatedPanel, poll: Poll) -> None:
    """One poll after the other asks only for what may have changed, in order."""
    assert asked(panel) == [INFO, LOGIN, SECOND, STATUS, ENABLE]

    for _ in range(3):
        await poll()
        assert asked(panel) == [SECOND, STATUS, ENABLE]


async def test_requests_for_both_accounts(
    panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    await set_up(both_accounts(panel))
    assert asked(panel) == [INFO, LOGIN, FIRST, SECOND, STATUS, ENABLE]

    await poll()
    assert asked(panel) == [FIRST, SECOND, STATUS, ENABLE]


async def test_account_of_another_version(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """An account that nobody here has heard of is passed over."""
    entry = entry_of(panel)
    await set_up(
        entry_like(
            entry,
            options={**entry.options, CONF_ACCOUNTS: ["third", "second", "first"]},
        )
    )

    assert asked(panel) == [INFO, LOGIN, FIRST, SECOND, STATUS, ENABLE]


async def test_scan_interval(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The first poll comes at a random part of it, so that panels are apart."""

    async def wait(seconds: float) -> None:
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    with patch.object(coordinator_module, "uniform", return_value=0.25) as uniform:
        await set_up(entry_of(panel, **{CONF_SCAN_INTERVAL: 300}))
    uniform.assert_called_once_with(0, 1)
    asked(panel)

    await wait(70)
    assert asked(panel) == []
    await wait(10)
    assert asked(panel) == [SECOND, STATUS, ENABLE]

    for _ in range(2):
        await wait(290)
        assert asked(panel) == []
        await wait(15)
        assert asked(panel) == [SECOND, STATUS, ENABLE]


async def test_polls_of_one_second_begin_together(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
) -> None:
    """The event loop wakes up once for all of them."""
    await set_up(entry_of(panel))
    await set_up(entry_of(other_panel))

    fractions = {
        round(timer.when() % 1, 3)
        for timer in get_scheduled_timer_handles(hass.loop)
        if "refresh_interval" in str(timer)
    }
    assert fractions == {0.05}


@pytest.mark.usefixtures("init_integration")
async def test_scan_interval_without_a_choice(
    entry: MockConfigEntry, poll: Poll
) -> None:
    """It is a minute, also after the first poll."""
    assert entry.runtime_data.update_interval == timedelta(seconds=30)
    await poll()

    assert entry.runtime_data.update_interval == timedelta(seconds=60)


@pytest.mark.usefixtures("init_integration")
async def test_info_is_read_hourly(panel: SimulatedPanel, poll: Poll) -> None:
    asked(panel)

    polls = []
    for _ in range(120):
        await poll()
        polls.append(asked(panel)[0] == INFO)

    # 61 seconds lie between two polls here.
    assert [number for number, info in enumerate(polls, 1) if info] == [60, 120]


@pytest.mark.usefixtures("init_integration")
async def test_firmware_update(
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
) -> None:
    """A new firmware version is seen once the panel has rebooted, or in the next hour."""

    def sw_version() -> str | None:
        (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
        return device.sw_version

    assert sw_version() == "3.20.0"

    await panel.switch_off()
    await poll()
    panel.firmware_version = "3.21.0"
    panel.reboot()
    await panel.switch_on()
    asked(panel)
    await poll()

    assert asked(panel) == [INFO, SECOND, LOGIN, SECOND, STATUS, ENABLE]
    assert sw_version() == "3.21.0"

    panel.firmware_version = "3.22.0"
    for _ in range(60):
        assert sw_version() == "3.21.0"
        await poll()
    assert sw_version() == "3.22.0"


# The drift


@pytest.mark.usefixtures("init_integration")
async def test_drift_is_seen_in_the_same_poll(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, change: Change
) -> None:
    """A change, another one and their end cost one more request each."""
    asked(panel)

    await change(realm="other.example.net")
    begin = dt_util.utcnow()
    assert asked(panel) == [SECOND, SECOND, STATUS, ENABLE]
    assert state_of(hass, DRIFT) == STATE_ON
    assert drift_of(hass) == {
        "realm": {
            "expected": "pbx.example.net",
            "actual": "other.example.net",
            "since": begin,
        }
    }

    await poll()
    assert asked(panel) == [SECOND, STATUS, ENABLE]
    assert drift_of(hass)["realm"]["since"] == begin

    await change(realm="another.example.net")
    assert asked(panel) == [SECOND, SECOND, STATUS, ENABLE]
    assert drift_of(hass) == {
        "realm": {
            "expected": "pbx.example.net",
            "actual": "another.example.net",
            "since": dt_util.utcnow(),
        }
    }

    await change(realm="pbx.example.net")
    assert asked(panel) == [SECOND, SECOND, STATUS, ENABLE]
    assert state_of(hass, DRIFT) == STATE_OFF
    assert drift_of(hass) == {}


@pytest.mark.parametrize("confirmed", ["pbx.example.net", "other.example.net"])
@pytest.mark.usefixtures("init_integration")
async def test_second_reading_differs(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    change: Change,
    poll: Poll,
    confirmed: str,
) -> None:
    """What only one of two readings says counts neither as begin nor as end."""

    def answer(realm: str) -> None:
        panel.fail(
            Answer.json({**panel.second_account, "realm": realm}), path=SECOND, times=1
        )

    await change(realm=confirmed)
    before = hass.states.get(DRIFT)
    events = SipEvents(hass)

    for realm in ("pbx.example.net", "other.example.net", "another.example.net"):
        answer(realm)
        await poll()
        assert state_of(hass, REALM) == confirmed
    answer("one.example.net")
    answer("two.example.net")
    await poll()

    assert hass.states.get(DRIFT) == before
    assert events.types == []

    # What one reading has said already is confirmed when two of a poll agree.
    await change(realm="one.example.net")
    assert state_of(hass, REALM) == "one.example.net"
    assert len(events.types) == 1


@pytest.mark.parametrize(
    "second_reading", [Answer(404), Answer(403), Answer(500), TRUNCATED_JSON], ids=str
)
async def test_second_reading_fails(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
    poll: Poll,
    second_reading: Answer,
) -> None:
    """A drift that cannot be confirmed does not count; a confirmed one goes on."""

    async def poll_once(realm: str) -> None:
        answer = Answer.json({**panel.second_account, "realm": realm})
        panel.fail(answer, path=SECOND, times=1)
        panel.fail(second_reading, path=SECOND, times=1)
        asked(panel)
        await poll()
        assert asked(panel) == [FIRST, SECOND, SECOND, STATUS, ENABLE]
        assert state_of(hass, DRIFT) == STATE_UNAVAILABLE

    await set_up(both_accounts(panel))
    events = SipEvents(hass)
    await poll_once("other.example.net")
    await poll()
    assert state_of(hass, DRIFT) == STATE_OFF

    await change(realm="other.example.net")
    confirmed = drift_of(hass)
    await poll_once("pbx.example.net")
    await poll_once("another.example.net")
    await poll()
    assert state_of(hass, DRIFT) == STATE_ON
    assert drift_of(hass) == confirmed
    assert events.types == ["drift_detected"]


@pytest.mark.parametrize(
    "answer",
    [
        {"proxy": "sip:pbx.example.net", "realm": {}, "user": "201"},
        {"proxy": "sip:pbx.example.net", "user": "201"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("init_integration")
async def test_drifted_setting_is_missing(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    change: Change,
    poll: Poll,
    answer: dict[str, Any],
) -> None:
    """A drift goes on until the panel sends another value."""
    await change(realm="other.example.net")
    confirmed = drift_of(hass)
    events = SipEvents(hass)

    panel.fail(Answer.json(answer), path=SECOND)
    await poll()
    assert state_of(hass, DRIFT) == STATE_ON
    assert drift_of(hass) == confirmed

    panel.recover()
    await poll()
    assert drift_of(hass) == confirmed
    assert events.types == []


@pytest.mark.usefixtures("init_integration")
async def test_missing_setting_is_no_drift(
    hass: HomeAssistant, panel: SimulatedPanel, change: Change, poll: Poll
) -> None:
    del panel.second_account["outbound"]
    await poll()
    assert state_of(hass, DRIFT) == STATE_UNKNOWN

    await change(realm="other.example.net")
    assert list(drift_of(hass)) == ["realm"]


async def test_missing_transport_is_no_drift(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Without it the default port is that of the expected transport."""
    panel.second_account |= {"proxy": "sip:pbx.example.net", "transport": "tls"}
    entry = entry_of(panel)
    entry.options["expected"]["second"] |= {
        "proxy": "sip:pbx.example.net:5061",
        "transport": "tls",
    }
    await set_up(entry)
    assert state_of(hass, DRIFT) == STATE_OFF
    events = SipEvents(hass)

    del panel.second_account["transport"]
    await poll()
    assert state_of(hass, DRIFT) == STATE_UNKNOWN
    state = hass.states.get(DRIFT)
    assert state
    assert state.attributes["unknown"] == ["transport"]
    assert events.types == []


def active_issues(hass: HomeAssistant) -> set[str]:
    """Return the IDs of the issues about panels."""
    return {
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


@pytest.fixture
async def by_tls(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> SimulatedPanel:
    """Return a panel that is as expected, with TLS and without a port."""
    panel.second_account["transport"] = "tls"
    entry.options["expected"]["second"]["transport"] = "tls"
    await set_up(entry)
    return panel


async def test_port_that_is_not_the_default_one_of_tls(
    hass: HomeAssistant, by_tls: SimulatedPanel, change: Change
) -> None:
    """Also the sentence says that this is a drift, and each value has its issue."""
    events = SipEvents(hass)
    issues = set()
    for port in (5060, 5062, 5060):
        await change(proxy=f"sip:pbx.example.net:{port}")
        assert list(drift_of(hass)) == ["proxy"]
        issues |= active_issues(hass)
    await change(proxy="sip:pbx.example.net:5061")

    assert [
        (event["event_type"], event["message"].removeprefix("Front door: account 2 "))
        for event in events.attributes
    ] == [
        (
            "drift_detected",
            "proxy is sip:pbx.example.net:5060 instead of sip:pbx.example.net",
        ),
        (
            "drift_changed",
            "proxy is sip:pbx.example.net:5062 instead of sip:pbx.example.net",
        ),
        (
            "drift_changed",
            "proxy is sip:pbx.example.net:5060 instead of sip:pbx.example.net",
        ),
        ("drift_resolved", "is as expected again"),
    ]
    assert len(issues) == 2


async def test_port_of_tls_where_nothing_is_expected(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, change: Change
) -> None:
    panel.second_account["transport"] = "tls"
    await set_up(entry_of(panel, expect=False))
    events = SipEvents(hass)

    await change(proxy="sip:pbx.example.net:5061")
    assert events.types == []
    await change(proxy="sip:pbx.example.net:5060")
    assert events.types == ["settings_changed"]


async def test_drift_to_another_port_of_tls(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, change: Change
) -> None:
    """What is ignored as an issue is not what comes then."""
    panel.second_account |= {"transport": "tls", "proxy": "sip:other.example.net"}
    await set_up(entry_of(panel))
    events = SipEvents(hass)
    before = active_issues(hass)

    await change(proxy="sip:other.example.net:5060")

    assert events.types == ["drift_changed"]
    assert not active_issues(hass) & before


@pytest.mark.usefixtures("init_integration")
async def test_accept_one_of_two(
    hass: HomeAssistant, change: Change, poll: Poll
) -> None:
    await change(realm="other.example.net", proxy="sip:other.example.net")
    since = drift_of(hass)["proxy"]["since"]

    await accept(hass, settings=["realm"])
    for _ in range(2):
        assert drift_of(hass) == {
            "proxy": {
                "expected": "sip:pbx.example.net",
                "actual": "sip:other.example.net",
                "since": since,
            }
        }
        await poll()

    await change(proxy="sip:pbx.example.net")
    assert state_of(hass, DRIFT) == STATE_OFF


async def test_nothing_can_be_accepted(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Neither where nothing has drifted nor while the panel is away."""
    entry = both_accounts(panel)
    await set_up(entry)
    options = entry.options
    with pytest.raises(ServiceValidationError) as error:
        await accept(hass)
    assert error.value.translation_key == "nothing_to_accept"

    await panel.switch_off()
    await poll()
    with pytest.raises(ServiceValidationError) as error:
        await accept(hass, settings=["realm"])
    assert error.value.translation_key == "not_reachable"
    assert error.value.translation_placeholders == {"panel": "Front door"}
    assert entry.options == options

    # A drift of one account leaves the other one as it is.
    await panel.switch_on()
    panel.first_account["realm"] = "other.example.org"
    await poll()
    await accept(hass)
    assert {
        account: expected["realm"]
        for account, expected in entry.options["expected"].items()
    } == {"first": "other.example.org", "second": "pbx.example.net"}


@pytest.mark.usefixtures("init_integration")
async def test_accept_while_the_panel_is_away(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    change: Change,
    poll: Poll,
) -> None:
    """What a repair does then is reported, and makes nothing available."""
    await change(realm="other.example.net", transport="tcp")
    await panel.switch_off()
    await poll()
    events = SipEvents(hass)
    entry.runtime_data.async_ignore(Account.SECOND, [Setting.REALM])
    entry.runtime_data.async_expect(Account.SECOND, {Setting.TRANSPORT: "tcp"})

    assert state_of(hass, DRIFT) == STATE_UNAVAILABLE
    assert state_of(hass, REACHABLE) == STATE_OFF
    assert events.types == [
        "expectation_updated",
        "drift_changed",
        "expectation_updated",
        "drift_resolved",
    ]

    await panel.switch_on()
    await poll()
    assert state_of(hass, DRIFT) == STATE_OFF
    assert len(events.types) == 4


# Outages and refusals


@pytest.mark.usefixtures("init_integration")
async def test_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged once that a panel has gone away, and once that it is back."""
    entity_ids = set(hass.states.async_entity_ids())
    caplog.clear()

    await panel.switch_off()
    await poll(times=3)

    assert {
        entity_id
        for entity_id in entity_ids
        if state_of(hass, entity_id) == STATE_UNAVAILABLE
    } == entity_ids - {BUTTON, SIP_EVENTS, REACHABLE}
    assert state_of(hass, REACHABLE) == STATE_OFF
    assert log_lines(caplog) == [
        ("ERROR", f"Error fetching Front door data: {NO_CONNECTION}")
    ]

    await panel.switch_on()
    await poll(times=3)

    assert not [
        entity_id
        for entity_id in entity_ids
        if state_of(hass, entity_id) == STATE_UNAVAILABLE
    ]
    assert log_lines(caplog)[1:] == [("INFO", "Fetching Front door data recovered")]


async def test_panel_is_away_at_the_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    await panel.switch_off()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason == NO_CONNECTION

    await panel.switch_on()
    await poll()
    assert entry.state is ConfigEntryState.LOADED


FAILURES = [
    Close(),
    Answer(404),
    Answer(500),
    EMPTY_BODY,
    ERROR_OBJECT,
    HTML_PAGE,
    LARGE_BODY,
    NOT_AN_OBJECT,
    TRUNCATED_JSON,
]


@pytest.mark.usefixtures("init_integration")
async def test_status_that_is_not_there_for_a_moment(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """A panel that restarts may not have it yet."""
    panel.fail(Answer(404), path=STATUS, times=1)
    await poll()
    assert state_of(hass, REGISTERED) == STATE_UNKNOWN

    panel.sip_status = "ERROR"
    await poll()
    assert state_of(hass, REGISTERED) == STATE_OFF

    # The firmware has it no more.
    panel.fail(Answer(404), path=STATUS)
    await poll(times=2)
    asked(panel)
    await poll()
    assert asked(panel) == [SECOND, ENABLE]


# These are asked for again with the hourly information only.
LASTING = [Answer(404), Answer(403), Answer(401)]


@pytest.mark.parametrize(
    "fault", [fault for fault in FAILURES if fault not in LASTING], ids=str
)
@pytest.mark.usefixtures("init_integration")
async def test_optional_resource_fails(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    change: Change,
    fault: Answer | Close,
) -> None:
    """Without the registration the settings are still known."""
    panel.fail(fault, path=STATUS)
    panel.fail(fault, path=ENABLE)
    await change(realm="other.example.net")

    assert state_of(hass, REGISTERED) == STATE_UNKNOWN
    assert state_of(hass, SIP_STATUS) == STATE_UNKNOWN
    assert state_of(hass, SIP_ENABLED) == STATE_UNKNOWN
    assert state_of(hass, REALM) == "other.example.net"
    assert state_of(hass, DRIFT) == STATE_ON

    panel.recover()
    await poll()
    assert state_of(hass, REGISTERED) == STATE_ON
    assert state_of(hass, SIP_ENABLED) == STATE_ON


@pytest.mark.parametrize("fault", LASTING, ids=str)
@pytest.mark.parametrize(
    ("path", "entity_id"), [(STATUS, REGISTERED), (ENABLE, SIP_ENABLED)]
)
async def test_optional_resource_is_refused(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    fault: Answer,
    path: str,
    entity_id: str,
) -> None:
    """It is asked for hourly, which costs no login in between."""
    panel.behaviour.token_lifetime = None
    await set_up(entry)
    panel.fail(fault, path=path)
    await poll()
    assert state_of(hass, entity_id) == STATE_UNKNOWN
    panel.logins.clear()
    asked(panel)

    # Two hours
    for _ in range(119):
        await poll()
        assert state_of(hass, entity_id) == STATE_UNKNOWN
        assert state_of(hass, REALM) == "pbx.example.net"
    requests = asked(panel)
    hours = requests.count(INFO)
    assert hours == 2
    assert requests.count(SECOND) == 119
    assert hours <= requests.count(path) <= 2 * hours
    assert len(panel.logins) <= hours
    assert reauth_flows(hass) == []

    panel.recover()
    await poll(times=60)
    assert state_of(hass, entity_id) == STATE_ON


async def test_no_sip_enable(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """What a panel does not have makes no entity; it is asked for again hourly."""
    panel.behaviour.has_sip_enable = False
    await set_up(entry)
    assert ENABLE in asked(panel)
    assert hass.states.get(SIP_ENABLED) is None

    await poll()
    assert asked(panel) == [SECOND, STATUS]

    panel.behaviour.has_sip_enable = True
    await poll(times=60)
    assert state_of(hass, SIP_ENABLED) == STATE_ON


@pytest.mark.usefixtures("init_integration")
async def test_connection_that_fails_during_a_poll(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """The next poll asks first whether it is still the same panel."""
    panel.fail(Close(), path=STATUS)
    await poll()
    panel.recover()
    panel.info["device_serial_number"] = "another"
    panel.end_sessions()
    asked(panel)
    await poll()

    assert asked(panel) == [INFO]
    assert state_of(hass, REALM) == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    "fault", [*(fault for fault in FAILURES if fault != Close()), *LASTING], ids=str
)
async def test_one_of_two_accounts_fails(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    fault: Answer,
) -> None:
    """That one is unavailable, the other works, and no poll costs a login."""
    await set_up(both_accounts(panel))
    panel.fail(fault, path=SECOND)
    await poll()
    panel.logins.clear()
    for _ in range(10):
        await poll()
        assert state_of(hass, REALM) == STATE_UNAVAILABLE
        assert state_of(hass, DRIFT) == STATE_UNAVAILABLE
        assert state_of(hass, FIRST_REALM) == "sip.example.org"
        assert state_of(hass, REGISTERED) == STATE_ON
    assert panel.logins == []
    assert reauth_flows(hass) == []

    panel.recover()
    await poll()
    assert state_of(hass, REALM) == "pbx.example.net"
    assert state_of(hass, DRIFT) == STATE_OFF


@pytest.mark.parametrize("fault", [Answer(401), Answer(403), Answer(404)], ids=str)
async def test_one_of_two_accounts_fails_at_the_start(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, fault: Answer
) -> None:
    panel.fail(fault, path=SECOND)
    entry = both_accounts(panel)
    await set_up(entry)

    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, REALM) == STATE_UNAVAILABLE
    assert state_of(hass, FIRST_REALM) == "sip.example.org"


async def test_first_of_two_accounts_fails(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    await set_up(both_accounts(panel))
    panel.fail(Answer(403), path=FIRST)
    await poll()

    assert state_of(hass, FIRST_REALM) == STATE_UNAVAILABLE
    assert state_of(hass, REALM) == "pbx.example.net"


@pytest.mark.parametrize("accounts", [(Account.SECOND,), tuple(Account)])
@pytest.mark.parametrize("fault", [Answer(404), TRUNCATED_JSON], ids=str)
async def test_all_accounts_fail(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    accounts: tuple[Account, ...],
    fault: Answer,
) -> None:
    """This is no matter of the login, however often it happens."""
    await set_up(entry_of(panel, accounts))
    for path in (FIRST, SECOND):
        panel.fail(fault, path=path)
    await poll(times=3)
    assert state_of(hass, REALM) == STATE_UNAVAILABLE
    assert state_of(hass, REGISTERED) == STATE_UNAVAILABLE
    assert reauth_flows(hass) == []

    panel.recover()
    await poll()
    assert state_of(hass, REALM) == "pbx.example.net"


@pytest.mark.parametrize("accounts", [(Account.SECOND,), tuple(Account)])
@pytest.mark.parametrize("fault", [Answer(401), Answer(403)], ids=str)
async def test_all_settings_are_refused(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    accounts: tuple[Account, ...],
    fault: Answer,
) -> None:
    """Twice in a row, and another login is needed."""
    await set_up(entry_of(panel, accounts))
    panel.logins.clear()
    for path in (FIRST, SECOND):
        panel.fail(fault, path=path)
    await poll()
    assert state_of(hass, REALM) == STATE_UNAVAILABLE
    assert reauth_flows(hass) == []

    asked(panel)
    await poll()
    assert asked(panel)[:3] == [INFO, LOGOUT, LOGIN]
    assert reauth_flows(hass) == [SOURCE_REAUTH]
    assert all(login.accepted for login in panel.logins)

    await poll(times=5)
    assert asked(panel) == []
    assert reauth_flows(hass) == [SOURCE_REAUTH]


@pytest.mark.parametrize(
    "in_between",
    [
        [],
        [None],
        [("/api/info", Answer(403))],
        [(SECOND, Answer(500))],
        [("/api/info", Close())],
    ],
    ids=str,
)
@pytest.mark.usefixtures("init_integration")
async def test_settings_are_refused_now_and_then(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    in_between: list[tuple[str, Answer | Close] | None],
) -> None:
    """Only in a row it counts."""
    for _ in range(3):
        panel.fail(Answer(403), path=SECOND)
        await poll()
        panel.recover()
        for fault in in_between or [None]:
            if fault:
                panel.fail(fault[1], path=fault[0])
            await poll()
            panel.recover()
    assert reauth_flows(hass) == []

    await poll()
    assert state_of(hass, REALM) == "pbx.example.net"
    assert len(panel._sessions) == 1


async def test_one_account_is_refused_and_one_fails(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Nobody knows then whether another login would help."""
    await set_up(both_accounts(panel))
    panel.fail(Answer(403), path=FIRST)
    panel.fail(Answer(500), path=SECOND)
    await poll(times=3)

    assert state_of(hass, REACHABLE) == STATE_OFF
    assert reauth_flows(hass) == []


@pytest.mark.parametrize("fault", [Answer(401), Answer(403)], ids=str)
async def test_settings_are_refused_once_at_the_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    fault: Answer,
) -> None:
    """Somebody else's login may have come between."""
    panel.fail(fault, path=SECOND, times=1)
    await set_up(entry)

    assert entry.state is ConfigEntryState.LOADED
    assert asked(panel) == [
        *(INFO, LOGIN, SECOND),
        *(LOGOUT, LOGIN, SECOND, STATUS, ENABLE),
    ]


@pytest.mark.parametrize("fault", [Answer(401), Answer(403)], ids=str)
async def test_settings_are_refused_at_the_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    fault: Answer,
) -> None:
    """Another login is asked for at once: a retry would count from the beginning."""
    panel.fail(fault, path=SECOND)
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason == "The panel's user may not read the SIP settings"
    assert reauth_flows(hass) == [SOURCE_REAUTH]
    assert asked(panel)[-1] == LOGOUT
    assert not panel._sessions


async def test_panel_with_one_session(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Somebody else's login, between ours and the next request even, ends no polling."""
    panel.behaviour.single_session = True
    await set_up(entry)
    for _ in range(3):
        panel.open_session()
        await poll()
        assert state_of(hass, REALM) == "pbx.example.net"

        # The token of our new login is refused as well.
        panel.open_session()
        panel.fail(Answer(401), path=SECOND, times=2)
        await poll()
        assert state_of(hass, REALM) == STATE_UNAVAILABLE
        panel.open_session()
        await poll()
        assert state_of(hass, REALM) == "pbx.example.net"
    assert reauth_flows(hass) == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Answer(404), "The panel's answer cannot be read"),
        (Close(), "The panel cannot be reached"),
    ],
    ids=str,
)
async def test_errors_at_the_start(
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    fault: Answer | Close,
    error: str,
) -> None:
    """A panel that cannot be set up is tried again, and its session is ended."""
    panel.fail(fault, path=SECOND)
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason
    assert entry.reason.startswith(error)
    assert asked(panel)[-1] == LOGOUT
    assert not panel._sessions


async def test_unsupported_firmware(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.behaviour.has_api_v1 = False
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason
    assert entry.reason.startswith("The panel's firmware is too old")


async def test_expired_token(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """A token that is no longer accepted costs one login and nothing else."""
    await set_up(both_accounts(panel))
    asked(panel)
    assert len(panel.logins) == 1

    panel.end_sessions()
    writes = Writes(hass)
    await poll()

    assert asked(panel) == [FIRST, LOGIN, FIRST, SECOND, STATUS, ENABLE]
    assert len(panel.logins) == 2
    assert writes.entity_ids == []


@pytest.mark.usefixtures("init_integration")
async def test_refused_login(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """A panel with another password gets one login, and then a person is asked."""
    panel.logins.clear()
    asked(panel)

    panel.password = "another"
    await poll()

    assert asked(panel) == [SECOND, LOGIN]
    assert [login.accepted for login in panel.logins] == [False]
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["handler"] == DOMAIN
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == entry.entry_id
    assert state_of(hass, REALM) == STATE_UNAVAILABLE

    await poll(times=10)
    await entry.runtime_data.async_refresh()
    assert set(asked(panel)) <= {INFO}
    assert len(hass.config_entries.flow.async_progress()) == 1


@pytest.mark.usefixtures("init_integration")
async def test_refused_login_of_an_optional_resource(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """Whatever a login is for: if it is refused, a person is asked."""
    panel.fail(Answer(401), path=STATUS)
    panel.fail(Answer(400), path=LOGIN)
    await poll()

    assert state_of(hass, REALM) == STATE_UNAVAILABLE
    assert reauth_flows(hass) == [SOURCE_REAUTH]


async def test_refused_login_at_the_start(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.password = "another"
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert asked(panel) == [INFO, LOGIN]
    assert reauth_flows(hass) == [SOURCE_REAUTH]


# Identity


@pytest.mark.parametrize("serial_number", ["another", "", None])
@pytest.mark.usefixtures("init_integration")
async def test_wrong_panel(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, serial_number: str | None
) -> None:
    """What answers after an outage has to give the serial number that is known."""
    known = panel.info["device_serial_number"]
    await panel.switch_off()
    await poll()
    await panel.switch_on()
    panel.info["device_serial_number"] = serial_number
    asked(panel)
    await poll()

    assert asked(panel) == [INFO]
    assert state_of(hass, REALM) == STATE_UNAVAILABLE

    panel.info["device_serial_number"] = known
    await poll()
    assert state_of(hass, REALM) == "pbx.example.net"


async def test_wrong_panel_at_the_start(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.info["device_serial_number"] = "another"
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason == "This is not the panel that was set up"
    assert asked(panel) == [INFO]


async def test_wrong_panel_by_its_mac_address(
    panel: SimulatedPanel, set_up: SetUp
) -> None:
    """That of a panel without a serial number can only be read with the login."""
    entry = by_mac_address(panel)
    panel.mac_address = "02:00:00:00:00:01"
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason == "This is not the panel that was set up"
    assert asked(panel) == [INFO, LOGIN, MAC, LOGOUT]


@pytest.mark.parametrize("fault", [Answer(404), Answer(403), TRUNCATED_JSON], ids=str)
async def test_mac_address_that_cannot_be_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    fault: Answer,
) -> None:
    """It proves nothing then, neither that it is the panel nor that it is another."""
    entry = by_mac_address(panel)
    panel.fail(fault, path=MAC)
    await set_up(entry)

    assert entry.state is ConfigEntryState.LOADED
    await poll()
    assert state_of(hass, REALM) == "pbx.example.net"


# What a poll costs Home Assistant


@pytest.mark.parametrize("registers_again", [True, False])
async def test_unchanged_polls(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    registers_again: bool,
) -> None:
    """They write nothing, compare nothing and run no listener."""
    panel.behaviour.registers_again = registers_again
    entry = both_accounts(panel)
    await set_up(entry)
    writes = Writes(hass)
    listener = Listener(entry)
    asked(panel)

    with (
        patch.object(Entity, "_async_write_ha_state", autospec=True) as write_state,
        patch.object(
            reading_module, "compare", wraps=reading_module.compare
        ) as compare,
    ):
        await poll(times=100)

        assert len(asked(panel)) >= 400
        assert writes.entity_ids == []
        write_state.assert_not_called()
        compare.assert_not_called()
        assert listener.runs == 0

        # The same, seen from the other side.
        panel.first_account["realm"] = "other.example.org"
        await poll()
        assert listener.runs == 1
        assert compare.call_count == 1
    assert FIRST_REALM in writes.entity_ids or write_state.called


@pytest.mark.usefixtures("init_integration")
async def test_last_attempt(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
) -> None:
    """Once it is enabled, a poll in which it has moved runs the listeners."""
    assert hass.states.get(LAST_ATTEMPT) is None
    entity_registry.async_update_entity(LAST_ATTEMPT, disabled_by=None)
    # Home Assistant reloads the entry by itself, half a minute later.
    await poll()
    listener = Listener(entry)
    before = state_of(hass, LAST_ATTEMPT)
    await poll()
    assert listener.runs == 1
    assert state_of(hass, LAST_ATTEMPT) > before

    panel.behaviour.registers_again = False
    await poll()
    runs = listener.runs
    await poll(times=5)
    assert listener.runs == runs


async def test_outage_of_one_panel(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """What happens to one panel is nothing to another one."""
    _, other_entry = loaded_entries
    writes = Writes(hass)

    await panel.switch_off()
    await poll()
    await panel.switch_on()
    panel.password = "another"
    await poll()

    assert other_entry.runtime_data.last_update_success
    assert {
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            entity_registry, other_entry.entry_id
        )
    }.isdisjoint(writes.entity_ids)
    assert REALM in writes.entity_ids


# The end


async def hanging_poll(hass: HomeAssistant, panel: SimulatedPanel, path: str) -> None:
    """Begin a poll in which the panel does not answer at this path any more."""
    panel.fail(Hang(), path=path)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != path:
            pass
    panel.recover()


@pytest.mark.parametrize("path", [SECOND, STATUS])
async def test_reload_during_a_poll(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    """It waits for nothing, logs nothing, and reports what has changed once."""
    await set_up(entry)
    events = SipEvents(hass)
    states: list[str] = []

    @callback
    def add_state(event: Event[Any]) -> None:
        if event.data[ATTR_ENTITY_ID] == REACHABLE and event.data["new_state"]:
            states.append(event.data["new_state"].state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, add_state)
    panel.second_account["realm"] = "other.example.net"
    caplog.clear()
    await hanging_poll(hass, panel, path)
    async with asyncio.timeout(5):
        await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert log_lines(caplog) == []
    assert [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR
    ] == []
    assert events.types == ["drift_detected"]
    assert STATE_OFF not in states
    assert len(panel._sessions) == 1
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert events.types == ["drift_detected"]


async def test_unload_during_an_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A poll that is ended then is not one that has recovered."""
    await set_up(entry)
    panel.fail(Answer(500), path=SECOND)
    await poll()
    panel.recover()
    caplog.clear()
    await hanging_poll(hass, panel, SECOND)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert log_lines(caplog) == []
    assert not panel._sessions


async def test_poll_that_ends_after_the_unload(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """What was stored by then stays, and the next set-up finds the change."""
    await set_up(entry)
    events = SipEvents(hass)
    coordinator = entry.runtime_data
    read = coordinator.client.sip_enabled
    stored: dict[str, Any] = {}

    async def read_and_unload(path: str) -> bool | None:
        result = await read(path)
        assert await hass.config_entries.async_unload(entry.entry_id)
        stored.update(hass_storage)
        return result

    panel.second_account["realm"] = "other.example.net"
    with patch.object(coordinator.client, "sip_enabled", read_and_unload):
        await coordinator.async_refresh()
    for _ in range(5):
        await hass.async_block_till_done()
    assert hass_storage == stored
    assert events.types == []

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert events.types == ["drift_detected"]


async def test_set_up_that_is_cancelled(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """It leaves no session on the panel."""
    panel.fail(Hang(), path=SECOND)
    task = hass.async_create_task(set_up(entry))
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != SECOND:
            pass
        assert len(panel._sessions) == 1
        panel.recover()
        task.cancel()
        await asyncio.wait([task])

    assert not panel._sessions
    assert entry.state is not ConfigEntryState.LOADED


@pytest.mark.parametrize("is_polling", [True, False])
async def test_home_assistant_stops(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    is_polling: bool,
) -> None:
    """The session is ended, whether a poll is under way or not."""
    await set_up(entry)
    caplog.clear()
    if is_polling:
        await hanging_poll(hass, panel, SECOND)
    async with asyncio.timeout(5):
        await hass.async_stop(force=True)

    assert not panel._sessions
    assert panel.requests[-1].path == LOGOUT
    assert log_lines(caplog) == []


async def test_home_assistant_stops_during_the_setup(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    enable_custom_integrations: None,
) -> None:
    """The session that the set-up has begun is ended, too."""
    entry.add_to_hass(hass)
    panel.fail(Hang(), path=SECOND)
    setup = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != SECOND:
            pass
        panel.recover()
        assert panel._sessions
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await setup

    assert not panel._sessions
    await hass.config_entries.async_unload(entry.entry_id)


class BadDay:
    """What may happen to a panel without anybody changing its settings."""

    def __init__(self, panel: SimulatedPanel) -> None:
        """Begin a day that is the same each time."""
        self.panel = panel
        self.accounts = {FIRST: panel.first_account, SECOND: panel.second_account}
        self.as_set = {path: dict(account) for path, account in self.accounts.items()}
        # Each of them once, and then again.
        self.kinds = cycle(
            [
                self.nothing,
                self.closed_connections,
                self.unreadable_answers,
                self.one_unreadable_answer,
                self.expired_token,
                self.another_order,
                self.another_spelling,
                self.missing_settings,
                self.one_empty_answer,
                self.reboot,
            ]
        )
        self.random = random.Random(20261122)  # noqa: S311

    async def next_minute(self) -> None:
        """Let something happen until the next call, often nothing."""
        self.panel.recover()
        await self.panel.switch_on()
        for path, account in self.accounts.items():
            account.clear()
            account.update(self.as_set[path])
        kind: Callable[[], Any] = self.nothing
        if self.random.random() < 0.5:
            kind = next(self.kinds)
        await kind()

    def _path(self) -> str:
        return self.random.choice([*self.accounts, STATUS, ENABLE])

    def _account(self) -> dict[str, Any]:
        return self.accounts[self.random.choice([FIRST, SECOND])]

    async def nothing(self) -> None:
        """Nothing happens."""

    async def closed_connections(self) -> None:
        """The panel closes connections, as one that hangs looks from outside."""
        self.panel.fail(Close(), path=self.random.choice([None, self._path()]))

    async def unreadable_answers(self) -> None:
        """A page of the panel is broken."""
        faults = [TRUNCATED_JSON, HTML_PAGE, LARGE_BODY, NOT_AN_OBJECT, ERROR_OBJECT]
        self.panel.fail(self.random.choice(faults), path=self._path())

    async def one_unreadable_answer(self) -> None:
        """One answer breaks off, or is a refusal."""
        faults = [TRUNCATED_JSON, Answer(401), Answer(500), EMPTY_BODY]
        self.panel.fail(self.random.choice(faults), path=self._path(), times=1)

    async def expired_token(self) -> None:
        """The token is no longer accepted."""
        self.panel.end_sessions()

    async def another_order(self) -> None:
        """The settings come in another order."""
        account = self._account()
        items = list(account.items())
        self.random.shuffle(items)
        account.clear()
        account.update(items)

    async def another_spelling(self) -> None:
        """The same values are written differently."""
        account = self._account()
        account["proxy"] = self.random.choice(
            [account["proxy"].upper(), account["realm"], f"{account['realm']}.:5060"]
        )
        account["realm"] = f" {account['realm'].upper()} "
        account["transport"] = "UDP"
        account["registration_interval"] = "60"
        account["outbound"] = None

    async def missing_settings(self) -> None:
        """An answer holds only a part of the settings."""
        account = self._account()
        for key in self.random.sample(sorted(account), 4):
            if key not in ("proxy", "realm", "user", "stun"):
                del account[key]
            elif self.random.random() < 0.5 and key != "stun":
                account[key] = {}

    async def one_empty_answer(self) -> None:
        """A panel that is still starting answers once with nothing set."""
        path = self.random.choice(sorted(self.accounts))
        empty = dict.fromkeys(self.accounts[path], "")
        self.panel.fail(Answer.json(empty), path=path, times=1)

    async def reboot(self) -> None:
        """The panel is away for a moment."""
        self.panel.reboot()
        await self.panel.switch_off()


async def test_no_false_drift_in_a_bad_day(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A day full of faults raises no drift, and the next change is seen at once."""
    entry = both_accounts(panel)
    await set_up(entry)
    # It would take most of the time to write down where each call came from.
    hass.loop.set_debug(False)
    coordinator = entry.runtime_data
    day = BadDay(panel)
    drifts = [
        entity_id
        for entity_id in hass.states.async_entity_ids("binary_sensor")
        if entity_id.endswith("_drift")
    ]
    seen: set[tuple[bool, str]] = set()

    for _ in range(24 * 60):
        freezer.tick(60)
        await day.next_minute()
        await coordinator.async_refresh()
        seen |= {
            (coordinator.last_update_success, state_of(hass, entity_id))
            for entity_id in drifts
        }

    assert seen == {
        (True, STATE_OFF),
        (True, STATE_UNKNOWN),
        (True, STATE_UNAVAILABLE),
        (False, STATE_UNAVAILABLE),
    }
    assert state_of(hass, SIP_EVENTS) == STATE_UNKNOWN
    assert all(login.accepted for login in panel.logins)
    assert hass.config_entries.flow.async_progress() == []

    await day.nothing()
    panel.recover()
    await panel.switch_on()
    day.as_set[SECOND]["realm"] = "other.example.net"
    panel.second_account.update(day.as_set[SECOND])
    await coordinator.async_refresh()
    assert state_of(hass, DRIFT) == STATE_ON
    assert state_of(hass, SIP_EVENTS) != STATE_UNKNOWN
