"""The event entity: what it tells, in which order, and who hears it."""

from collections.abc import Awaitable, Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    ATTR_ENTITY_ID,
    EVENT_STATE_CHANGED,
    MAJOR_VERSION,
    MINOR_VERSION,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import CoreState, Event, HomeAssistant, ServiceCall, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import Account
from custom_components.bas_ip.panel import SipAccount
from simulator import Answer, SimulatedPanel

from .conftest import Poll, SetUp, entry_of
from .test_sensor import entities

SIP_EVENTS = "event.front_door_sip_events"
STATUS = "/api/v1/sip/status"

type Later = Callable[[], Awaitable[None]]


@pytest.fixture
def later(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Later:
    """Return a function that lets the time between two events pass."""

    async def later() -> None:
        freezer.tick(0.02)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    return later


class Told:
    """The events that the entity has told, with the states before and after each."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen from now on."""
        self.attributes: list[dict[str, Any]] = []
        self.states: list[tuple[str | None, str]] = []
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._note)

    @callback
    def _note(self, event: Event[Any]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if (
            event.data[ATTR_ENTITY_ID] != SIP_EVENTS
            or new is None
            or new.state in (STATE_UNAVAILABLE, STATE_UNKNOWN)
            # Restored, as it was before the entity went.
            or (old and old.state == STATE_UNAVAILABLE and old.attributes["restored"])
        ):
            return
        attributes = dict(new.attributes)
        del attributes["event_types"], attributes["friendly_name"]
        self.attributes.append(attributes)
        self.states.append((old.state if old else None, new.state))

    @property
    def types(self) -> list[str]:
        """Return the types of the events."""
        return [attributes["event_type"] for attributes in self.attributes]


def drift_event(event_type: str, **attributes: Any) -> dict[str, Any]:
    """Return the attributes of an event of the second account."""
    return {
        "event_type": event_type,
        "account": "second",
        "firmware_before": "3.20.0",
        "firmware_after": "3.20.0",
        **attributes,
    }


async def test_drift_events(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """A drift is told when it begins, when it changes and when it ends."""
    await set_up(entry)
    told = Told(hass)

    panel.second_account["realm"] = "one.example.net"
    await poll()
    panel.second_account["realm"] = "two.example.net"
    panel.second_account["transport"] = "tcp"
    await poll()
    panel.second_account["transport"] = "udp"
    await poll()
    panel.second_account["realm"] = "pbx.example.net"
    await poll()

    assert told.attributes == [
        drift_event(
            "drift_detected",
            settings=["realm"],
            old={"realm": "pbx.example.net"},
            new={"realm": "one.example.net"},
            expected={"realm": "pbx.example.net"},
        ),
        drift_event(
            "drift_changed",
            settings=["realm", "transport"],
            old={"realm": "one.example.net", "transport": "udp"},
            new={"realm": "two.example.net", "transport": "tcp"},
            expected={"realm": "pbx.example.net", "transport": "udp"},
        ),
        drift_event(
            "drift_changed",
            settings=["transport"],
            old={"transport": "tcp"},
            new={"transport": "udp"},
            expected={"transport": "udp"},
        ),
        drift_event(
            "drift_resolved",
            settings=["realm"],
            old={"realm": "two.example.net"},
            new={"realm": "pbx.example.net"},
            expected={"realm": "pbx.example.net"},
        ),
    ]


async def test_user_id_event(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Of the user ID, which may be a password, only the change is told."""
    await set_up(entry)
    told = Told(hass)
    panel.second_account["user_id"] = "secret"
    await poll()

    assert told.attributes == [
        drift_event(
            "drift_detected",
            settings=["user_id"],
            old={},
            new={"user_id": "changed"},
            expected={},
        )
    ]


async def test_expectation_event(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    await later()
    told = Told(hass)
    entry.runtime_data.async_accept()
    await later()

    assert told.attributes == [
        drift_event(
            "expectation_updated",
            settings=["realm"],
            old={"realm": "pbx.example.net"},
            new={"realm": "other.example.net"},
            expected={"realm": "other.example.net"},
        )
    ]


async def test_registration_events(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    """A registration counts as lost or restored whatever lies in between."""
    await set_up(entry)
    told = Told(hass)

    for status in ("ERROR", "OFFLINE", "ERROR", "of course", None, "OK", "OK"):
        panel.sip_status = status
        await poll()
        await later()
    panel.fail(Answer(500), path=STATUS)
    await poll()
    panel.recover()
    panel.sip_status = "OFFLINE"
    await poll()

    event = {
        "account": None,
        "settings": ["registration"],
        "expected": {},
        "firmware_before": "3.20.0",
        "firmware_after": "3.20.0",
    }
    assert told.attributes == [
        {
            "event_type": "registration_lost",
            "old": {"registration": "registered"},
            "new": {"registration": "failed"},
            **event,
        },
        {
            "event_type": "registration_restored",
            "old": {"registration": "failed"},
            "new": {"registration": "registered"},
            **event,
        },
        {
            "event_type": "registration_lost",
            "old": {"registration": "registered"},
            "new": {"registration": "disabled"},
            **event,
        },
    ]


async def test_firmware_in_events(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """An update that has changed the settings is told together with the change."""
    await set_up(entry)
    told = Told(hass)
    await panel.switch_off()
    await poll()
    panel.firmware_version = "3.21.0"
    panel.second_account["realm"] = ""
    await panel.switch_on()
    await poll()

    (attributes,) = told.attributes
    assert attributes["firmware_before"] == "3.20.0"
    assert attributes["firmware_after"] == "3.21.0"


async def test_events_of_one_poll(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    """Each change gets a state of its own: the state is a time in milliseconds."""
    await set_up(entry_of(panel, (Account.FIRST, Account.SECOND)))
    told = Told(hass)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account["realm"] = "other.example.net"
    panel.sip_status = "ERROR"

    await poll()
    assert told.types == ["drift_detected"]
    await later()
    assert told.types == ["drift_detected", "drift_detected"]
    await later()
    await later()

    assert told.types == ["drift_detected", "drift_detected", "registration_lost"]
    assert [attributes["account"] for attributes in told.attributes] == [
        "first",
        "second",
        None,
    ]
    assert all(before != after for before, after in told.states)


async def test_events_of_one_press(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    """Updates that follow one another at once make events that do not."""
    entry = entry_of(panel, (Account.FIRST, Account.SECOND))
    await set_up(entry)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account["realm"] = "other.example.net"
    await poll()
    for _ in range(3):
        await later()

    told = Told(hass)
    entry.runtime_data.async_accept()
    for _ in range(3):
        await later()

    assert told.types == ["expectation_updated", "expectation_updated"]
    assert all(before != after for before, after in told.states)


async def test_many_changes(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    entity_registry: er.EntityRegistry,
) -> None:
    """Changes do not pile up where the event entity is disabled."""
    entry = entry_of(panel)
    await set_up(entry)
    entity_registry.async_update_entity(
        SIP_EVENTS, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    for number in range(60):
        panel.second_account["realm"] = f"{number}.example.net"
        await poll()

    changes = []
    while change := entry.runtime_data.monitor.async_take_change():
        changes.append(change.new["realm"])
    assert changes == [f"{number}.example.net" for number in range(10, 60)]


@pytest.mark.parametrize("offline", [True, False])
async def test_event_with_an_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    offline: bool,
) -> None:
    """An event after an outage does not come from the state unavailable."""
    await set_up(entry)
    told = Told(hass)
    if offline:
        await panel.switch_off()
        await poll()
        await panel.switch_on()
    panel.second_account["realm"] = "other.example.net"
    await poll()

    assert told.types == ["drift_detected"]
    assert told.states[0][0] == STATE_UNKNOWN


async def test_event_during_an_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    """What the user does while the panel is away is told as well."""
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    await later()
    await panel.switch_off()
    await poll()
    told = Told(hass)
    entry.runtime_data.async_accept()
    await later()

    assert told.types == ["expectation_updated"]


async def test_event_is_not_repeated(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    """A reload keeps the last event and makes none."""
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    await poll()
    await later()
    before = hass.states.get(SIP_EVENTS)
    assert before is not None
    told = Told(hass)

    await hass.config_entries.async_reload(entry.entry_id)
    await poll()
    await later()

    after = hass.states.get(SIP_EVENTS)
    assert after is not None
    assert (after.state, after.attributes) == (before.state, before.attributes)
    assert told.types == []


async def test_event_after_a_reload(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    """What has changed meanwhile is told after the last event has been restored."""
    await set_up(entry)
    panel.sip_status = "ERROR"
    await poll()
    await later()
    before = hass.states.get(SIP_EVENTS)
    assert before is not None
    told = Told(hass)

    await hass.config_entries.async_unload(entry.entry_id)
    panel.second_account["realm"] = "other.example.net"
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await later()

    assert told.types == ["drift_detected"]
    assert told.states[0][0] == before.state


async def test_unload_between_two_events(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    """An entity that is gone tells nothing."""
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    panel.sip_status = "ERROR"
    await poll()
    told = Told(hass)
    monitor = entry.runtime_data.monitor
    await hass.config_entries.async_unload(entry.entry_id)
    await later()

    assert told.types == []

    # What was not told is told after the next set-up, once; the old monitor, which a
    # poll under way may still call, knows nothing more.
    panel.second_account["realm"] = "third.example.net"
    reading = SipAccount.from_json(panel.second_account)
    monitor.async_learn({Account.SECOND: (reading, reading)}, None, None)
    await hass.config_entries.async_setup(entry.entry_id)
    for _ in range(4):
        await later()
    assert told.types == ["registration_lost", "drift_changed"]
    await hass.config_entries.async_reload(entry.entry_id)
    for _ in range(4):
        await later()
    assert told.types == ["registration_lost", "drift_changed"]


async def test_user_id_that_is_back(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
) -> None:
    """A user ID that is the expected one again is not told as changed."""
    panel.second_account["user_id"] = "secret"
    await set_up(entry)
    await later()
    panel.second_account["user_id"] = "201"
    told = Told(hass)
    await poll()

    assert told.types[-1] == "drift_resolved"
    assert told.attributes[-1]["settings"] == ["user_id"]
    assert told.attributes[-1]["new"] == {}


async def set_up_automation(
    hass: HomeAssistant, trigger: dict[str, Any]
) -> list[ServiceCall]:
    """Set up an automation and return the calls that it makes."""
    calls = async_mock_service(hass, "test", "automation")
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "alias": "test",
                "triggers": [trigger],
                "actions": [
                    {
                        "action": "test.automation",
                        "data": {
                            "type": "{{ trigger.to_state.attributes.event_type }}"
                        },
                    }
                ],
                "mode": "queued",
            }
        },
    )
    await hass.async_block_till_done()
    return calls


TRIGGERS = [
    pytest.param({"trigger": "state", "entity_id": SIP_EVENTS}, id="state"),
    pytest.param(
        {
            "trigger": "event.received",
            "target": {"entity_id": SIP_EVENTS},
            "options": {"event_type": ["drift_detected", "registration_lost"]},
        },
        id="event.received",
        marks=pytest.mark.skipif(
            (MAJOR_VERSION, MINOR_VERSION) < (2026, 10),
            reason="Home Assistant has no such trigger yet",
        ),
    ),
]


@pytest.mark.parametrize("trigger", TRIGGERS)
async def test_automation(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
    trigger: dict[str, Any],
) -> None:
    """An automation runs for each event, those right after an outage among them."""
    await set_up(entry)
    calls = await set_up_automation(hass, trigger)

    await panel.switch_off()
    await poll()
    await panel.switch_on()
    panel.second_account["realm"] = "other.example.net"
    panel.sip_status = "ERROR"
    await poll()
    await later()

    assert [call.data["type"] for call in calls] == [
        "drift_detected",
        "registration_lost",
    ]


@pytest.mark.parametrize("trigger", TRIGGERS)
async def test_automation_at_the_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    later: Later,
    trigger: dict[str, Any],
) -> None:
    """What has changed before the start waits until automations can hear it."""
    await set_up(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    panel.second_account["realm"] = "other.example.net"

    hass.set_state(CoreState.not_running)
    calls = await set_up_automation(hass, trigger)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await later()
    panel.sip_status = "ERROR"
    await poll()
    await later()
    assert calls == []

    hass.set_state(CoreState.not_running)
    await hass.async_start()
    await hass.async_block_till_done()
    for _ in range(3):
        await later()

    assert [call.data["type"] for call in calls] == [
        "drift_detected",
        "registration_lost",
    ]


async def test_entity(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    set_up: SetUp,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A panel has one event entity."""
    monkeypatch.setattr("custom_components.bas_ip.PLATFORMS", [Platform.EVENT])
    await set_up(entry)

    assert entities(hass, entity_registry, entry) == snapshot(
        extension_class=HomeAssistantSnapshotExtension
    )
