"""The event entity: what it reports, in which order, and that it does so once."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import CONF_ACCOUNTS
from custom_components.bas_ip.drift import CONF_EXPECTED, CONF_IGNORED
from simulator import Answer, SimulatedPanel

from .conftest import (
    Change,
    Poll,
    SetUp,
    SipEvents,
    accept,
    both_accounts,
    entry_of,
    state_of,
)
from .test_sensor import answer_second_status, entities, with_own_status

SIP_EVENTS = "event.front_door_sip_events"
DRIFT = "binary_sensor.front_door_account_2_drift"
LAST_CHANGE = "sensor.front_door_last_settings_change"
STATUS = "/api/v1/sip/status"
SECOND_STATUS = "/api/v1/sip/status/second"


def event(event_type: str, **attributes: Any) -> dict[str, Any]:
    """Return the attributes of an event of the second account."""
    return {
        "event_type": event_type,
        "account": "second",
        "cause": "panel",
        "firmware": "3.20.0",
        **attributes,
    }


async def reload(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Reload a config entry, with other options if there are some."""
    if options:
        hass.config_entries.async_update_entry(
            entry, options={**entry.options, **options}
        )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.usefixtures("init_integration")
async def test_drift(hass: HomeAssistant, change: Change) -> None:
    """A drift is reported when it begins, when it changes and when it ends."""
    events = SipEvents(hass)

    await change(realm="one.example.net")
    await change(realm="two.example.net", transport="tcp")
    await change(transport="udp")
    await change(realm="pbx.example.net")

    assert events.attributes == [
        event(
            "drift_detected",
            settings=["realm"],
            old={"realm": "pbx.example.net"},
            new={"realm": "one.example.net"},
            expected={"realm": "pbx.example.net"},
            message="Front door: account 2 realm is one.example.net"
            " instead of pbx.example.net",
        ),
        event(
            "drift_changed",
            settings=["realm", "transport"],
            old={"realm": "one.example.net", "transport": "udp"},
            new={"realm": "two.example.net", "transport": "tcp"},
            expected={"realm": "pbx.example.net", "transport": "udp"},
            message="Front door: account 2 realm is two.example.net"
            " instead of pbx.example.net; account 2 transport is tcp instead of udp",
        ),
        event(
            "drift_changed",
            settings=["transport"],
            old={"transport": "tcp"},
            new={"transport": "udp"},
            expected={"transport": "udp"},
            message="Front door: account 2 transport is as expected again",
        ),
        event(
            "drift_resolved",
            settings=["realm"],
            old={"realm": "two.example.net"},
            new={"realm": "pbx.example.net"},
            expected={"realm": "pbx.example.net"},
            message="Front door: account 2 is as expected again",
        ),
    ]


@pytest.mark.usefixtures("init_integration")
async def test_old_value_after_a_missing_one(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, change: Change
) -> None:
    """The last known value counts."""
    events = SipEvents(hass)
    del panel.second_account["outbound"]
    await poll()
    assert state_of(hass, DRIFT) == STATE_UNKNOWN
    await change(outbound="out.example.net")

    assert events.types == ["drift_detected"]
    assert events.attributes[0]["old"] == {"outbound": ""}
    assert events.attributes[0]["new"] == {"outbound": "out.example.net"}


@pytest.mark.usefixtures("init_integration")
async def test_drift_ends_while_something_is_unknown(
    hass: HomeAssistant, panel: SimulatedPanel, change: Change
) -> None:
    await change(realm="other.example.net")
    events = SipEvents(hass)
    del panel.second_account["outbound"]
    await change(realm="pbx.example.net")

    assert events.types == ["drift_resolved"]
    assert events.attributes[0]["settings"] == ["realm"]
    assert state_of(hass, DRIFT) == STATE_UNKNOWN


async def test_setting_that_is_not_compared(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
) -> None:
    await set_up(entry_of(panel, **{CONF_IGNORED: {"second": ["realm"]}}))
    events = SipEvents(hass)
    await change(realm="other.example.net")

    assert events.attributes == [
        event(
            "settings_changed",
            settings=["realm"],
            old={"realm": "pbx.example.net"},
            new={"realm": "other.example.net"},
            expected={"realm": None},
            message="Front door: account 2 realm is other.example.net,"
            " it was pbx.example.net",
        )
    ]


@pytest.mark.usefixtures("init_integration")
async def test_user_id(hass: HomeAssistant, change: Change) -> None:
    """Of the user ID, which may be a password, only the change is reported."""
    events = SipEvents(hass)
    await change(user_id="secret")
    await accept(hass)

    assert [found.pop("message") for found in events.attributes] == [
        "Front door: account 2 user ID has changed",
        "Front door: account 2 user ID is compared with another value from now on",
        "Front door: account 2 is as expected again",
    ]
    changed = {
        "settings": ["user_id"],
        "old": {},
        "new": {"user_id": "changed"},
        "expected": {},
    }
    assert events.attributes == [
        event("drift_detected", **changed),
        event("expectation_updated", **changed | {"cause": "expectation"}),
        event("drift_resolved", **changed | {"cause": "expectation"}),
    ]


@pytest.mark.usefixtures("init_integration")
async def test_accept(hass: HomeAssistant, change: Change) -> None:
    """First what is expected from now on, then what that does to the drift."""
    await change(realm="other.example.net", transport="tcp")
    events = SipEvents(hass)
    await accept(hass, settings=["realm"])
    await accept(hass)

    assert [
        (found["event_type"], found["cause"], found["settings"])
        for found in events.attributes
    ] == [
        ("expectation_updated", "expectation", ["realm"]),
        ("drift_changed", "expectation", ["realm"]),
        ("expectation_updated", "expectation", ["transport"]),
        ("drift_resolved", "expectation", ["transport"]),
    ]
    assert events.attributes[0] == event(
        "expectation_updated",
        settings=["realm"],
        old={"realm": "pbx.example.net"},
        new={"realm": "other.example.net"},
        expected={"realm": "other.example.net"},
        cause="expectation",
        message="Front door: account 2 realm is expected to be other.example.net"
        " from now on",
    )


@pytest.mark.usefixtures("init_integration")
async def test_other_options(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    """Expected settings that somebody edits are reported after the reload, once."""
    await change(transport="tcp")
    events = SipEvents(hass)
    expected = {
        **entry.options[CONF_EXPECTED]["second"],
        "realm": "other.example.net",
    }
    del expected["proxy"]
    await reload(
        hass,
        entry,
        **{CONF_EXPECTED: {"second": expected}, CONF_IGNORED: {"second": ["user"]}},
    )

    assert [
        (found["event_type"], found["cause"], found["settings"])
        for found in events.attributes
    ] == [
        ("expectation_updated", "expectation", ["proxy", "realm", "user"]),
        ("drift_changed", "expectation", ["realm"]),
    ]
    assert events.attributes[0]["new"] == {
        "proxy": None,
        "realm": "other.example.net",
        "user": None,
    }
    await reload(hass, entry)
    assert len(events.types) == 2


async def test_account_that_is_no_longer_watched(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """It ends in silence, and begins anew when it is watched again."""
    entry = both_accounts(panel)
    await set_up(entry)
    panel.first_account["realm"] = "other.example.org"
    await poll()
    events = SipEvents(hass)

    await reload(hass, entry, **{CONF_ACCOUNTS: ["second"]})
    await poll()
    panel.first_account["realm"] = "sip.example.org"
    await poll()
    assert events.types == []

    await reload(hass, entry, **{CONF_ACCOUNTS: ["first", "second"]})
    await poll()
    assert events.types == []


@pytest.mark.usefixtures("init_integration")
async def test_registration(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """It is lost or restored whatever lies in between."""
    events = SipEvents(hass)
    for status in ("ERROR", "OFFLINE", "ERROR", "of course", None, "OK", "OK"):
        panel.sip_status = status
        await poll()
    panel.fail(Answer(500), path=STATUS)
    await poll()
    panel.recover()
    panel.sip_status = "OFFLINE"
    await poll()

    whole_panel = {"account": None, "settings": [], "expected": {}}
    assert events.attributes == [
        event(
            "registration_lost",
            old={"registration": "registered"},
            new={"registration": "failed"},
            message="Front door: not registered with the SIP server any more",
            **whole_panel,
        ),
        event(
            "registration_restored",
            old={"registration": "failed"},
            new={"registration": "registered"},
            message="Front door: registered with the SIP server again",
            **whole_panel,
        ),
        event(
            "registration_lost",
            old={"registration": "registered"},
            new={"registration": "disabled"},
            message="Front door: not registered with the SIP server any more",
            **whole_panel,
        ),
    ]


@pytest.mark.usefixtures("init_integration")
async def test_registration_that_two_readings_do_not_agree_on(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    events = SipEvents(hass)
    sip_status = "sensor.front_door_sip_status"
    lost = Answer.json({"sip_status": "ERROR"})
    panel.fail(lost, path=STATUS, times=1)
    await poll()
    assert state_of(hass, sip_status) == "registered"

    # Nor does it count if both are bad, each in its own way.
    panel.fail(lost, path=STATUS, times=1)
    panel.fail(Answer.json({"sip_status": "OFFLINE"}), path=STATUS, times=1)
    await poll()
    assert state_of(hass, sip_status) == "registered"

    # A second reading that fails says nothing.
    panel.fail(lost, path=STATUS, times=1)
    panel.fail(Answer(500), path=STATUS, times=1)
    await poll()
    assert state_of(hass, sip_status) == STATE_UNKNOWN
    await poll()
    assert state_of(hass, sip_status) == "registered"
    assert events.types == []


async def test_registration_of_the_second_account(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """A panel may have a status of it; without the account nobody asks."""
    entry = with_own_status(panel)
    answer_second_status(panel, "OK")
    await set_up(entry)
    events = SipEvents(hass)
    # What says nothing in between changes nothing.
    answer_second_status(panel, "of course")
    await poll()
    panel.fail(Answer(500), path=SECOND_STATUS)
    await poll()
    answer_second_status(panel, "ERROR")
    await poll()

    assert [(found["event_type"], found["account"]) for found in events.attributes] == [
        ("registration_lost", "second")
    ]
    assert state_of(hass, "sensor.front_door_account_2_sip_status") == "failed"

    await reload(hass, entry, **{CONF_ACCOUNTS: ["first"]})
    panel.requests.clear()
    answer_second_status(panel, "OK")
    await poll()
    assert SECOND_STATUS not in [request.path for request in panel.requests]
    await reload(hass, entry, **{CONF_ACCOUNTS: ["first", "second"]})
    assert len(events.types) == 1


@pytest.mark.usefixtures("init_integration")
async def test_firmware(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, change: Change
) -> None:
    """An update comes before what it may have changed."""
    events = SipEvents(hass)
    await panel.switch_off()
    await poll()
    panel.firmware_version = "3.21.0"
    await panel.switch_on()
    await change(realm="")

    assert events.types == ["firmware_updated", "drift_detected"]
    assert events.attributes[0] == event(
        "firmware_updated",
        account=None,
        settings=[],
        old={"firmware": "3.20.0"},
        new={"firmware": "3.21.0"},
        expected={},
        firmware="3.21.0",
        message="Front door: firmware is 3.21.0, it was 3.20.0",
    )
    assert events.attributes[1]["firmware"] == "3.21.0"


@pytest.mark.usefixtures("init_integration")
async def test_firmware_that_a_panel_leaves_out(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, change: Change
) -> None:
    """The last known version counts."""

    async def answer(firmware: str | None) -> None:
        await panel.switch_off()
        await poll()
        panel.firmware_version = firmware
        await panel.switch_on()
        await poll()

    events = SipEvents(hass)
    await answer(None)
    await change(realm="other.example.net")
    assert events.types == ["drift_detected"]
    assert events.attributes[0]["firmware"] == "3.20.0"

    await answer("3.20.0")
    assert events.types == ["drift_detected"]
    await answer("3.21.0")
    assert events.attributes[-1]["old"] == {"firmware": "3.20.0"}


async def test_changes_of_one_poll(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Each has a state of its own, in the order of the record."""
    await set_up(both_accounts(panel))
    events = SipEvents(hass)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account["realm"] = "other.example.net"
    panel.sip_status = "ERROR"
    await poll()

    assert [(found["event_type"], found["account"]) for found in events.attributes] == [
        ("drift_detected", "first"),
        ("drift_detected", "second"),
        ("registration_lost", None),
    ]
    assert events.states == [STATE_UNKNOWN, *sorted(events.states[1:])]
    assert len(set(events.states)) == 4


@pytest.mark.usefixtures("init_integration")
async def test_name_that_a_user_has_given(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entry: MockConfigEntry,
    change: Change,
) -> None:
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    device_registry.async_update_device(device.id, name_by_user="Garden")
    events = SipEvents(hass)
    await change(realm="other.example.net")

    assert events.attributes[0]["message"].startswith("Garden: account 2 realm is ")


@pytest.mark.usefixtures("init_integration")
async def test_disabled_entity(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    change: Change,
) -> None:
    """Nothing old is reported as new when the entity is enabled."""
    entity_registry.async_update_entity(
        SIP_EVENTS, disabled_by=er.RegistryEntryDisabler.USER
    )
    await reload(hass, entry)
    events = SipEvents(hass)
    for number in range(20):
        await change(realm=f"{number}.example.net")
    entity_registry.async_update_entity(SIP_EVENTS, disabled_by=None)
    await reload(hass, entry)
    assert state_of(hass, SIP_EVENTS) == STATE_UNKNOWN

    await change(realm="pbx.example.net")
    assert events.types == ["drift_resolved"]
    state = hass.states.get(LAST_CHANGE)
    assert state
    assert [found["number"] for found in state.attributes["changes"]] == [
        *range(21, 11, -1)
    ]


@pytest.mark.parametrize("is_away", [True, False])
@pytest.mark.usefixtures("init_integration")
async def test_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    change: Change,
    is_away: bool,
) -> None:
    """The entity is never unavailable: triggers pass over what comes after that."""
    events = SipEvents(hass)
    if is_away:
        await panel.switch_off()
        await poll()
        assert state_of(hass, DRIFT) == STATE_UNAVAILABLE
        assert state_of(hass, SIP_EVENTS) == STATE_UNKNOWN
        await panel.switch_on()
    await change(realm="other.example.net")

    assert events.types == ["drift_detected"]


@pytest.mark.usefixtures("init_integration")
async def test_reload(
    hass: HomeAssistant, entry: MockConfigEntry, poll: Poll, change: Change
) -> None:
    """It keeps the last event, and repeats none."""
    await change(realm="other.example.net")
    before = hass.states.get(SIP_EVENTS)
    assert before
    events = SipEvents(hass)
    await reload(hass, entry)
    await poll()

    after = hass.states.get(SIP_EVENTS)
    assert after
    assert (after.state, after.attributes) == (before.state, before.attributes)
    assert events.types == []


@pytest.mark.usefixtures("init_integration")
async def test_change_while_it_is_not_loaded(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, change: Change
) -> None:
    """It is reported at the next set-up, and what was before is not."""
    await change(transport="tcp")
    events = SipEvents(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    panel.second_account["realm"] = "other.example.net"
    panel.sip_status = "ERROR"
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert events.types == ["drift_changed", "registration_lost"]
    await reload(hass, entry)
    assert len(events.types) == 2


async def test_drift_at_the_first_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    events = SipEvents(hass)
    panel.second_account["realm"] = "other.example.net"
    await set_up(entry)

    assert events.types == ["drift_detected"]
    assert events.attributes[0]["old"] == {"realm": None}


async def test_nothing_was_expected(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, change: Change
) -> None:
    """Without expected settings nothing drifts until somebody accepts some."""
    await set_up(entry_of(panel, expect=False))
    events = SipEvents(hass)
    await change(realm="other.example.net")
    assert state_of(hass, DRIFT) == STATE_UNKNOWN
    await accept(hass)
    assert state_of(hass, DRIFT) == "off"
    await change(realm="pbx.example.net")

    assert events.types == ["settings_changed", "expectation_updated", "drift_detected"]


TRIGGERS = [
    pytest.param({"trigger": "state", "entity_id": SIP_EVENTS}, id="state"),
    pytest.param(
        {
            "trigger": "event.received",
            "target": {"entity_id": SIP_EVENTS},
            "options": {"event_type": ["drift_detected", "registration_lost"]},
        },
        id="event.received",
    ),
]


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
                            "type": "{{ trigger.to_state.attributes.event_type }}",
                            "message": "{{ trigger.to_state.attributes.message }}",
                        },
                    }
                ],
                "mode": "queued",
            }
        },
    )
    await hass.async_block_till_done()
    return calls


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.usefixtures("init_integration")
async def test_automation(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    change: Change,
    trigger: dict[str, Any],
) -> None:
    """It runs for each event, those right after an outage among them."""
    calls = await set_up_automation(hass, trigger)
    await panel.switch_off()
    await poll()
    await panel.switch_on()
    panel.sip_status = "ERROR"
    await change(realm="other.example.net")

    assert [(call.data["type"], call.data["message"]) for call in calls] == [
        (
            "drift_detected",
            (
                "Front door: account 2 realm is other.example.net instead of"
                " pbx.example.net"
            ),
        ),
        (
            "registration_lost",
            "Front door: not registered with the SIP server any more",
        ),
    ]


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.usefixtures("init_integration")
async def test_automation_at_the_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    trigger: dict[str, Any],
) -> None:
    """What has changed before the start waits until automations listen."""
    await hass.config_entries.async_unload(entry.entry_id)
    panel.second_account["realm"] = "other.example.net"

    hass.set_state(CoreState.not_running)
    calls = await set_up_automation(hass, trigger)
    events = SipEvents(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, DRIFT) == "on"
    panel.sip_status = "ERROR"
    await poll()
    assert (calls, events.types) == ([], [])

    await hass.async_start()
    await hass.async_block_till_done()
    assert events.types == ["drift_detected", "registration_lost"]
    assert [call.data["type"] for call in calls] == events.types


async def test_unload_before_the_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """What nobody could hear is reported by the set-up after the start, once."""
    await set_up(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    events = SipEvents(hass)
    panel.second_account["realm"] = "other.example.net"
    hass.set_state(CoreState.not_running)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_start()
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert events.types == []

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert events.types == ["drift_detected"]


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

    assert entities(hass, entity_registry, entry) == snapshot
