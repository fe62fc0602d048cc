"""The polls: what is asked, what becomes of failures, and what Home Assistant sees."""

from collections.abc import Callable
from itertools import cycle
import logging
import random
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import (
    CONF_SCAN_INTERVAL,
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bas_ip.const import DOMAIN, Account
from simulator import Answer, Close, SimulatedPanel
from simulator.faults import (
    EMPTY_BODY,
    ERROR_OBJECT,
    HTML_PAGE,
    LARGE_BODY,
    NOT_AN_OBJECT,
    TRUNCATED_JSON,
)

from .conftest import Poll, SetUp, entry_of

INFO = "/api/info"
LOGIN = "/api/v1/login"
FIRST = "/api/v1/device/sip/settings"
SECOND = "/api/v1/device/sip/settings/second"
STATUS = "/api/v1/sip/status"
ENABLE = "/api/v1/device/sip/enable"

NO_CONNECTION = "The panel cannot be reached: Connection failed (ClientConnectorError)"

DRIFT = "binary_sensor.front_door_account_2_drift"
FIRST_REALM = "sensor.front_door_account_1_realm"
REALM = "sensor.front_door_account_2_realm"
REGISTERED = "binary_sensor.front_door_sip_registered"
REGISTRATION = "sensor.front_door_sip_registration"
SIP_ENABLED = "binary_sensor.front_door_sip_enabled"
SIP_EVENTS = "event.front_door_sip_events"


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    entity_state = hass.states.get(entity_id)
    assert entity_state is not None, entity_id
    return entity_state.state


def asked(panel: SimulatedPanel) -> list[str]:
    """Return what the panel has been asked since the last call."""
    paths = [request.path for request in panel.requests]
    panel.requests.clear()
    return paths


def both_accounts(panel: SimulatedPanel, **options: Any) -> MockConfigEntry:
    """Return a config entry that watches both accounts."""
    return entry_of(panel, (Account.FIRST, Account.SECOND), **options)


class Writes:
    """What entities tell Home Assistant."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen from now on."""
        self.entity_ids: list[str] = []
        for event_type in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
            hass.bus.async_listen(event_type, self._note, event_filter=self._any)

    @callback
    def _any(self, data: Any) -> bool:
        return True

    @callback
    def _note(self, event: Event[Any]) -> None:
        self.entity_ids.append(event.data["entity_id"])


async def test_requests_of_one_poll(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp, poll: Poll
) -> None:
    """One poll after the other asks only for what may have changed, in order."""
    await set_up(entry)
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


async def test_scan_interval(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await set_up(entry_of(panel, **{CONF_SCAN_INTERVAL: 300}))
    asked(panel)

    freezer.tick(290)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert asked(panel) == []

    freezer.tick(20)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert asked(panel) == [SECOND, STATUS, ENABLE]


async def test_info_is_read_hourly(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp, poll: Poll
) -> None:
    await set_up(entry)
    asked(panel)

    polls = []
    for _ in range(120):
        await poll()
        polls.append(asked(panel)[0] == INFO)

    # 61 seconds lie between two polls here.
    assert [number for number, info in enumerate(polls, 1) if info] == [60, 120]


async def test_firmware_update(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """A new firmware version is seen once the panel has rebooted, or in the next hour."""

    def sw_version() -> str | None:
        (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
        return device.sw_version

    await set_up(entry)
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
    assert entry.runtime_data.data.info.firmware_version == "3.21.0"

    panel.firmware_version = "3.22.0"
    for _ in range(60):
        assert sw_version() == "3.21.0"
        await poll()
    assert sw_version() == "3.22.0"


async def test_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A panel that goes away is told once, and so is that it is back."""

    def lines() -> list[tuple[str, str]]:
        return [
            (record.levelname, record.getMessage())
            for record in caplog.records
            if record.name.startswith("custom_components.bas_ip")
            and record.levelno >= logging.INFO
        ]

    await set_up(entry)
    entity_ids = set(hass.states.async_entity_ids())
    caplog.clear()

    await panel.switch_off()
    for _ in range(3):
        await poll()

    assert {
        entity_id
        for entity_id in entity_ids
        if state(hass, entity_id) == STATE_UNAVAILABLE
    } == entity_ids - {SIP_EVENTS}
    assert lines() == [("ERROR", f"Error fetching Front door data: {NO_CONNECTION}")]

    await panel.switch_on()
    for _ in range(3):
        await poll()

    assert not [
        entity_id
        for entity_id in entity_ids
        if state(hass, entity_id) == STATE_UNAVAILABLE
    ]
    assert lines()[1:] == [("INFO", "Fetching Front door data recovered")]


async def test_panel_is_away_at_the_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await panel.switch_off()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason == NO_CONNECTION

    await panel.switch_on()
    freezer.tick(60)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)

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


@pytest.mark.parametrize("fault", [*FAILURES, Answer(403)], ids=str)
async def test_registration_fails_alone(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    fault: Answer | Close,
) -> None:
    """Without the registration the settings are still known."""
    await set_up(entry)
    panel.fail(fault, path=STATUS)
    panel.second_account["realm"] = "other.example.net"
    await poll()

    assert state(hass, REGISTERED) == STATE_UNKNOWN
    assert state(hass, REGISTRATION) == STATE_UNKNOWN
    assert state(hass, REALM) == "other.example.net"
    assert state(hass, DRIFT) == STATE_ON

    panel.recover()
    await poll()
    assert state(hass, REGISTERED) == STATE_ON


@pytest.mark.parametrize("fault", [Close(), Answer(403), TRUNCATED_JSON], ids=str)
async def test_sip_enable_fails_alone(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    fault: Answer | Close,
) -> None:
    await set_up(entry)
    panel.fail(fault, path=ENABLE)
    await poll()
    assert state(hass, SIP_ENABLED) == STATE_UNKNOWN
    assert state(hass, REGISTERED) == STATE_ON

    panel.recover()
    await poll()
    assert state(hass, SIP_ENABLED) == STATE_ON


async def test_no_sip_enable(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """What a panel does not have makes no entity and is not asked for again."""
    panel.behaviour.has_sip_enable = False
    await set_up(entry)
    assert ENABLE in asked(panel)
    assert hass.states.get(SIP_ENABLED) is None

    await poll()
    assert asked(panel) == [SECOND, STATUS]


@pytest.mark.parametrize("fault", [fault for fault in FAILURES if fault != Close()])
async def test_one_of_two_accounts_fails(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    fault: Answer,
) -> None:
    await set_up(both_accounts(panel))
    panel.fail(fault, path=SECOND)
    await poll()
    assert state(hass, REALM) == STATE_UNKNOWN
    assert state(hass, DRIFT) == STATE_UNKNOWN
    assert state(hass, FIRST_REALM) == "sip.example.org"
    assert state(hass, REGISTERED) == STATE_ON

    panel.recover()
    await poll()
    assert state(hass, REALM) == "pbx.example.net"
    assert state(hass, DRIFT) == STATE_OFF


@pytest.mark.parametrize(
    ("accounts", "paths"),
    [
        ((Account.SECOND,), [SECOND]),
        ((Account.FIRST, Account.SECOND), [FIRST, SECOND]),
    ],
)
@pytest.mark.parametrize("fault", [Answer(404), TRUNCATED_JSON], ids=str)
async def test_all_accounts_fail(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    accounts: tuple[Account, ...],
    paths: list[str],
    fault: Answer,
) -> None:
    await set_up(entry_of(panel, accounts))
    for path in paths:
        panel.fail(fault, path=path)
    await poll()
    assert state(hass, REALM) == STATE_UNAVAILABLE
    assert state(hass, REGISTERED) == STATE_UNAVAILABLE

    panel.recover()
    await poll()
    assert state(hass, REALM) == "pbx.example.net"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Answer(403), "The panel's user may not read the SIP settings"),
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
    assert asked(panel)[-1] == "/api/v1/logout"


async def test_unsupported_firmware(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.behaviour.has_api_v1 = False
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason
    assert entry.reason.startswith("The panel's firmware is too old")


async def test_expired_token(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
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


async def test_refused_login(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """A panel with another password gets one login, and then a person is asked."""
    await set_up(entry)
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
    assert state(hass, REALM) == STATE_UNAVAILABLE

    for _ in range(10):
        await poll()
    await entry.runtime_data.async_refresh()
    assert set(asked(panel)) <= {INFO}
    assert len(hass.config_entries.flow.async_progress()) == 1


@pytest.mark.parametrize("path", [SECOND, STATUS, ENABLE])
async def test_refused_right_after_the_login(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    path: str,
) -> None:
    """A panel that refuses a fresh token refuses the login, whatever is asked."""
    # This would be asked next, and be refused in any case.
    panel.behaviour.has_sip_enable = path == ENABLE
    await set_up(entry)
    panel.logins.clear()
    panel.fail(Answer(401), path=path)
    await poll()

    assert len(panel.logins) == 1
    assert state(hass, REALM) == STATE_UNAVAILABLE
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_refused_login_at_the_start(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.password = "another"
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert asked(panel) == [INFO, LOGIN]
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_wrong_panel(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Another panel that has got the address after an outage is left alone."""
    await set_up(entry)
    serial_number = panel.info["device_serial_number"]
    await panel.switch_off()
    await poll()
    await panel.switch_on()
    panel.info["device_serial_number"] = "another"
    asked(panel)
    await poll()

    assert asked(panel) == [INFO]
    assert state(hass, REALM) == STATE_UNAVAILABLE

    panel.info["device_serial_number"] = serial_number
    await poll()
    assert state(hass, REALM) == "pbx.example.net"


async def test_wrong_panel_at_the_start(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.info["device_serial_number"] = "another"
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason
    assert entry.reason.startswith("This is another panel than the one that was set up")
    assert asked(panel) == [INFO]


async def test_wrong_panel_by_its_mac_address(
    panel: SimulatedPanel, set_up: SetUp
) -> None:
    """A panel that had no serial number at set-up is told by its MAC address."""
    entry = entry_of(panel)
    entry = MockConfigEntry(
        domain=DOMAIN,
        data=entry.data,
        options=entry.options,
        unique_id=panel.mac_address,
    )
    panel.mac_address = "02:00:00:00:00:01"
    await set_up(entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason
    assert entry.reason.startswith("This is another panel than the one that was set up")
    assert asked(panel) == [INFO, LOGIN, "/api/v1/network/mac", "/api/v1/logout"]


async def test_mac_address_that_cannot_be_read(
    panel: SimulatedPanel, set_up: SetUp
) -> None:
    """What nobody can tell speaks against no panel."""
    entry = entry_of(panel)
    entry = MockConfigEntry(
        domain=DOMAIN,
        data=entry.data,
        options=entry.options,
        unique_id=panel.mac_address,
    )
    panel.fail(Answer(404), path="/api/v1/network/mac")
    await set_up(entry)

    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("by_mac_address", [True, False])
async def test_panel_that_forgets_its_serial_number(
    panel: SimulatedPanel, set_up: SetUp, poll: Poll, by_mac_address: bool
) -> None:
    """A panel that does not say who it is may be the one that was set up."""
    entry = entry_of(panel)
    if by_mac_address:
        entry = MockConfigEntry(
            domain=DOMAIN,
            data=entry.data,
            options=entry.options,
            unique_id=panel.mac_address,
        )
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED

    await panel.switch_off()
    await poll()
    panel.info.pop("device_serial_number")
    await panel.switch_on()
    await poll()
    assert entry.runtime_data.last_update_success
    assert entry.runtime_data.data.info.serial_number is None


async def test_unchanged_polls_write_nothing(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    await set_up(both_accounts(panel))
    writes = Writes(hass)
    asked(panel)

    with patch.object(Entity, "_async_write_ha_state", autospec=True) as write_state:
        for _ in range(100):
            await poll()

    assert len(asked(panel)) >= 400
    assert writes.entity_ids == []
    write_state.assert_not_called()

    # The same, seen from the other side: a change is written.
    panel.first_account["realm"] = "other.example.org"
    await poll()
    assert FIRST_REALM in writes.entity_ids


async def test_outage_of_one_panel(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """What happens to one panel is nothing to another one."""
    entry = entry_of(panel)
    other_entry = entry_of(other_panel)
    await set_up(entry)
    await set_up(other_entry)
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
        """The panel closes connections, as one that hangs looks from here."""
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
            (coordinator.last_update_success, state(hass, entity_id))
            for entity_id in drifts
        }

    assert seen == {
        (True, STATE_OFF),
        (True, STATE_UNKNOWN),
        (False, STATE_UNAVAILABLE),
    }
    assert state(hass, SIP_EVENTS) == STATE_UNKNOWN
    assert all(login.accepted for login in panel.logins)
    assert hass.config_entries.flow.async_progress() == []

    await day.nothing()
    panel.recover()
    await panel.switch_on()
    day.as_set[SECOND]["realm"] = "other.example.net"
    panel.second_account.update(day.as_set[SECOND])
    await coordinator.async_refresh()
    assert state(hass, DRIFT) == STATE_ON
    assert state(hass, SIP_EVENTS) != STATE_UNKNOWN
