"""From what a panel answers to what is known of its drift, over restarts as well."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.storage import get_internal_store_manager
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bas_ip.changes import Change
from custom_components.bas_ip.const import CONF_ACCOUNTS, DOMAIN, Account
from custom_components.bas_ip.drift import Setting
from custom_components.bas_ip.expected import with_expected, with_ignored
from simulator import Answer, SimulatedPanel
from simulator.faults import TRUNCATED_JSON

from .conftest import Poll, SetUp, entry_of

FIRST = "/api/v1/device/sip/settings"
SECOND = "/api/v1/device/sip/settings/second"
STATUS = "/api/v1/sip/status"
ENABLE = "/api/v1/device/sip/enable"

DRIFT = "binary_sensor.front_door_account_2_drift"
FIRST_DRIFT = "binary_sensor.front_door_account_1_drift"
REALM = "sensor.front_door_account_2_realm"
CONFIGURATION = "sensor.front_door_account_2_settings"

type Restart = Callable[[], Awaitable[None]]


@pytest.fixture(autouse=True)
def platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the changes to the tests, which the event entity would take."""
    monkeypatch.setattr(
        "custom_components.bas_ip.PLATFORMS", [Platform.BINARY_SENSOR, Platform.SENSOR]
    )


def take_changes(entry: MockConfigEntry) -> list[Change]:
    """Return the changes since the last call."""
    return list(iter(entry.runtime_data.monitor.async_take_change, None))


def take_types(entry: MockConfigEntry) -> list[str]:
    """Return the types of the changes since the last call."""
    return [change.type.value for change in take_changes(entry)]


def state(hass: HomeAssistant, entity_id: str = DRIFT) -> State:
    """Return the state of an entity."""
    entity_state = hass.states.get(entity_id)
    assert entity_state is not None
    return entity_state


def drift(hass: HomeAssistant, entity_id: str = DRIFT) -> dict[str, Any]:
    """Return what an account's drift sensor shows."""
    settings: dict[str, Any] = state(hass, entity_id).attributes["settings"]
    return settings


def asked(panel: SimulatedPanel) -> list[str]:
    """Return what the panel has been asked since the last call."""
    paths = [request.path for request in panel.requests]
    panel.requests.clear()
    return paths


async def test_drift_is_seen_in_the_same_poll(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """A change, another one and their end cost one more request each."""
    await set_up(entry)
    asked(panel)

    panel.second_account["realm"] = "other.example.net"
    await poll()
    begin = dt_util.utcnow()
    assert asked(panel) == [SECOND, SECOND, STATUS, ENABLE]
    assert state(hass).state == STATE_ON
    assert state(hass, CONFIGURATION).state == "drifted"
    assert drift(hass) == {
        "realm": {
            "expected": "pbx.example.net",
            "actual": "other.example.net",
            "since": begin,
        }
    }

    await poll()
    assert asked(panel) == [SECOND, STATUS, ENABLE]

    panel.second_account["realm"] = "another.example.net"
    await poll()
    assert asked(panel) == [SECOND, SECOND, STATUS, ENABLE]
    assert drift(hass) == {
        "realm": {
            "expected": "pbx.example.net",
            "actual": "another.example.net",
            "since": dt_util.utcnow(),
        }
    }

    panel.second_account["realm"] = "pbx.example.net"
    await poll()
    assert asked(panel) == [SECOND, SECOND, STATUS, ENABLE]
    assert state(hass).state == STATE_OFF
    assert state(hass, CONFIGURATION).state == "in_sync"
    assert drift(hass) == {}
    assert take_types(entry) == ["drift_detected", "drift_changed", "drift_resolved"]


@pytest.mark.parametrize("known", ["pbx.example.net", "other.example.net"])
async def test_second_reading_differs(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    known: str,
) -> None:
    """What only one of two readings says does not count, neither begin nor end."""
    await set_up(entry)
    panel.second_account["realm"] = known
    await poll()
    before = state(hass)
    take_types(entry)

    for realm in ("pbx.example.net", "other.example.net", "another.example.net"):
        panel.fail(
            Answer.json({**panel.second_account, "realm": realm}), path=SECOND, times=1
        )
        await poll()
        assert state(hass, REALM).state == known
    panel.fail(
        Answer.json({**panel.second_account, "realm": "one.example.net"}),
        path=SECOND,
        times=1,
    )
    panel.fail(
        Answer.json({**panel.second_account, "realm": "two.example.net"}),
        path=SECOND,
        times=1,
    )
    await poll()

    assert state(hass) == before
    assert take_types(entry) == []


@pytest.mark.parametrize(
    "second_reading",
    [Answer(404), Answer(500), TRUNCATED_JSON],
    ids=str,
)
async def test_second_reading_fails(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    second_reading: Answer,
) -> None:
    """A drift that cannot be confirmed does not count; one that is known stays."""

    async def poll_once(realm: str) -> None:
        answer = Answer.json({**panel.second_account, "realm": realm})
        panel.fail(answer, path=SECOND, times=1)
        panel.fail(second_reading, path=SECOND, times=1)
        await poll()
        assert asked(panel) == [SECOND, SECOND, STATUS, ENABLE]

    await set_up(entry)
    asked(panel)
    await poll_once("other.example.net")
    assert state(hass).state == STATE_UNKNOWN

    panel.second_account["realm"] = "other.example.net"
    await poll()
    asked(panel)
    assert state(hass).state == STATE_ON
    assert take_types(entry) == ["drift_detected"]
    known = drift(hass)

    await poll_once("pbx.example.net")
    await poll_once("another.example.net")
    assert state(hass).state == STATE_ON
    assert drift(hass) == known
    assert take_types(entry) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"proxy": "sip:pbx.example.net", "realm": {}, "user": "201"},
        {"proxy": "sip:pbx.example.net", "realm": None, "user": "201", "error": 1},
        {},
    ],
    ids=str,
)
async def test_drifted_setting_is_missing(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    answer: dict[str, Any],
) -> None:
    """A drift goes on while nobody can tell."""
    entry = entry_of(panel, (Account.FIRST, Account.SECOND))
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    known = drift(hass)
    take_types(entry)

    panel.fail(Answer.json(answer), path=SECOND)
    await poll()
    assert state(hass).state == STATE_ON
    assert drift(hass) == known

    panel.recover()
    await poll()
    assert drift(hass) == known
    assert take_types(entry) == []


async def test_missing_setting_is_no_drift(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    await set_up(entry)
    del panel.second_account["outbound"]
    await poll()
    assert state(hass).state == STATE_UNKNOWN

    panel.second_account["realm"] = "other.example.net"
    await poll()
    assert list(drift(hass)) == ["realm"]
    assert take_types(entry) == ["drift_detected"]


async def test_accept_one_of_two(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    panel.second_account["proxy"] = "sip:other.example.net"
    await poll()
    assert set(drift(hass)) == {"realm", "proxy"}
    since = drift(hass)["proxy"]["since"]
    take_types(entry)

    assert entry.runtime_data.async_accept([Setting.REALM])
    await hass.async_block_till_done()
    assert state(hass).state == STATE_ON
    assert drift(hass) == {
        "proxy": {
            "expected": "sip:pbx.example.net",
            "actual": "sip:other.example.net",
            "since": since,
        }
    }
    assert take_types(entry) == ["expectation_updated"]

    await poll()
    assert list(drift(hass)) == ["proxy"]
    assert take_types(entry) == []

    panel.second_account["proxy"] = "sip:pbx.example.net"
    await poll()
    assert state(hass).state == STATE_OFF
    assert take_types(entry) == ["drift_resolved"]


async def test_ignored_setting(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """What is ignored is compared no more, and the rest still is."""
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    take_types(entry)

    entry.runtime_data.async_ignore(Account.SECOND, [Setting.REALM])
    await hass.async_block_till_done()
    assert state(hass).state == STATE_OFF
    (change,) = take_changes(entry)
    assert change.type == "expectation_updated"
    assert change.settings == ["realm"]
    take_types(entry)

    panel.second_account["realm"] = "another.example.net"
    panel.second_account["user"] = "202"
    await poll()
    assert list(drift(hass)) == ["user"]
    assert take_types(entry) == ["drift_detected"]


async def test_both_accounts(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
) -> None:
    entry = entry_of(panel, (Account.FIRST, Account.SECOND))
    await set_up(entry)
    asked(panel)
    panel.first_account["stun"]["port"] = 3479
    panel.second_account["realm"] = "other.example.net"
    await poll()

    assert asked(panel) == [FIRST, FIRST, SECOND, SECOND, STATUS, ENABLE]
    assert [(change.account, change.settings) for change in take_changes(entry)] == [
        (Account.FIRST, ["stun"]),
        (Account.SECOND, ["realm"]),
    ]
    assert list(drift(hass, FIRST_DRIFT)) == ["stun"]
    assert list(drift(hass)) == ["realm"]


async def test_user_id(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    hass_storage: dict[str, Any],
) -> None:
    """A user ID, which may be a password, is shown and stored nowhere."""
    await set_up(entry)
    panel.second_account["user_id"] = "hidden-secret"
    await poll()

    assert drift(hass) == {"user_id": {"actual": "changed", "since": dt_util.utcnow()}}
    assert "hidden-secret" not in str(
        [entity_state.as_dict() for entity_state in hass.states.async_all()]
    )
    await hass.config_entries.async_unload(entry.entry_id)
    assert "hidden-secret" not in str(hass_storage)


async def test_nothing_is_expected(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Without expected settings nothing drifts until the user accepts some."""
    entry = entry_of(panel, expect=False)
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    assert state(hass).state == STATE_UNKNOWN
    assert state(hass, CONFIGURATION).state == "not_set"
    assert take_types(entry) == []

    assert entry.runtime_data.async_accept()
    await hass.async_block_till_done()
    assert state(hass).state == STATE_OFF
    assert take_types(entry) == ["expectation_updated"]

    panel.second_account["realm"] = "pbx.example.net"
    await poll()
    assert list(drift(hass)) == ["realm"]


@pytest.fixture(params=["reload", "crash"])
def restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    request: pytest.FixtureRequest,
) -> Restart:
    """Return a function that starts the integration anew.

    After a crash only that is there which was stored while it ran.
    """

    async def restart() -> None:
        # Storing waits for a timer, which under a clock that stands only this rings.
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        stored = deepcopy(hass_storage)
        await hass.config_entries.async_unload(entry.entry_id)
        if request.param == "crash":
            hass_storage.clear()
            hass_storage.update(stored)
            await get_internal_store_manager(hass).async_initialize()
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    return restart


async def test_restart_during_a_drift(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    restart: Restart,
) -> None:
    """A drift that is known is not told again, and keeps its beginning."""
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    known = drift(hass)
    take_types(entry)
    await poll()

    await restart()
    await poll()
    assert drift(hass) == known
    assert take_types(entry) == []

    panel.second_account["realm"] = "pbx.example.net"
    panel.sip_status = "ERROR"
    await restart()
    assert state(hass).state == STATE_OFF
    assert take_types(entry) == ["drift_resolved", "registration_lost"]


async def test_change_before_the_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    restart: Restart,
) -> None:
    """What happens while Home Assistant is down is told at the start."""
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    panel.firmware_version = "3.21.0"
    await restart()

    assert list(drift(hass)) == ["realm"]
    (change,) = take_changes(entry)
    assert change.type == "drift_detected"
    assert change.old == {"realm": "pbx.example.net"}
    assert change.new == {"realm": "other.example.net"}
    assert (change.firmware_before, change.firmware_after) == ("3.20.0", "3.21.0")


async def test_drift_at_the_very_first_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    panel.second_account["realm"] = "other.example.net"
    await set_up(entry)

    assert list(drift(hass)) == ["realm"]
    (change,) = take_changes(entry)
    assert change.type == "drift_detected"
    assert change.old == {"realm": None}
    assert change.firmware_before is None


async def test_other_expected_settings(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    restart: Restart,
) -> None:
    """Settings that the user expects from now on are told after the reload."""
    await set_up(entry)
    hass.config_entries.async_update_entry(
        entry,
        options=with_ignored(
            with_expected(
                entry.options,
                Account.SECOND,
                {Setting.REALM: "other.example.net", Setting.PROXY: None},
            ),
            Account.SECOND,
            [Setting.USER],
        ),
    )
    await restart()

    (change,) = take_changes(entry)
    assert change.type == "expectation_updated"
    assert set(change.settings) == {"realm", "proxy", "user"}
    assert change.old["realm"] == "pbx.example.net"
    assert change.new["realm"] == "other.example.net"
    assert change.old["proxy"] == "sip:pbx.example.net"
    assert change.new["proxy"] is None
    assert change.new["user"] == "201"
    assert list(drift(hass)) == ["realm"]
    assert drift(hass)["realm"]["since"]
    take_types(entry)

    await restart()
    assert take_types(entry) == []


async def test_other_expected_settings_while_the_panel_is_away(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    restart: Restart,
    freezer: FrozenDateTimeFactory,
) -> None:
    """An attempt to start that fails takes no change with it."""
    await set_up(entry)
    await panel.switch_off()
    hass.config_entries.async_update_entry(
        entry,
        options=with_expected(
            entry.options, Account.SECOND, {Setting.REALM: "other.example.net"}
        ),
    )
    await restart()
    assert entry.state is ConfigEntryState.SETUP_RETRY

    await panel.switch_on()
    freezer.tick(60)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert take_types(entry) == ["expectation_updated"]

    await restart()
    assert take_types(entry) == []


async def test_account_that_is_watched_later(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    restart: Restart,
) -> None:
    """An account that is new, or is no longer watched, is no change."""
    await set_up(entry)
    for accounts in (["first", "second"], ["first"], ["second"]):
        hass.config_entries.async_update_entry(
            entry, options={**entry.options, CONF_ACCOUNTS: accounts}
        )
        await restart()
        assert list(entry.runtime_data.data.accounts) == accounts
        assert take_types(entry) == []


async def test_removed_entry_leaves_nothing(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    hass_storage: dict[str, Any],
) -> None:
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    assert f"{DOMAIN}.{entry.entry_id}" in hass_storage

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage


async def test_nothing_is_written_without_a_change(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    hass_storage: dict[str, Any],
) -> None:
    """The disk is left alone as long as nothing changes."""
    await set_up(entry)
    await poll()
    del hass_storage[f"{DOMAIN}.{entry.entry_id}"]

    await poll()
    await poll()
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage
    panel.second_account["realm"] = "other.example.net"
    await poll()
    await poll()
    assert f"{DOMAIN}.{entry.entry_id}" in hass_storage
