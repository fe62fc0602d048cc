"""The event entity: what it reports, in which order, and that it does so once."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import ATTR_ENTITY_ID, STATE_ON, STATE_UNKNOWN, Platform
from homeassistant.core import (
    Context,
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import CONF_ACCOUNTS, CONF_SECOND_STATUS_PATH
from custom_components.bas_ip.drift.expected import CONF_EXPECTED
from simulator import Answer, SimulatedPanel

from .automations import start_home_assistant, stop_home_assistant
from .conftest import (
    DRIFT,
    PANEL_STATUS,
    Change,
    Poll,
    SetUp,
    SipEvents,
    accept,
    device_of,
    dies,
    entry_of,
    has_another_password,
    is_replaced,
    not_comparing,
    state_of,
)

SIP_EVENTS = "event.front_door_sip_events"


def event(event_type: str, **attributes: Any) -> dict[str, Any]:
    """Return the attributes of an event that is not about an account."""
    return {
        "event_type": event_type,
        "account": None,
        "settings": [],
        "old": {},
        "new": {},
        "expected": {},
        "cause": "panel",
        "firmware": "3.20.0",
        "since": None,
        "accept": None,
        "drift_entity": None,
        **attributes,
    }


def account_event(event_type: str, **attributes: Any) -> dict[str, Any]:
    """Return the attributes of an event of the second account."""
    return event(
        event_type, **{"account": "second", "drift_entity": DRIFT, **attributes}
    )


def numbers(events: SipEvents) -> list[int]:
    """Take the numbers out of the events, and return them."""
    return [attributes.pop("number") for attributes in events.attributes]


async def reload(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Reload a config entry, with other options if there are some."""
    options = {**entry.options, **options}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.usefixtures("init_integration")
async def test_drift(
    hass: HomeAssistant, panel: SimulatedPanel, change: Change, poll: Poll
) -> None:
    """A drift is reported when it begins, when it changes and when it ends."""
    events = SipEvents(hass)
    start = dt_util.utcnow()
    panel.second_account["realm"] = "one.example.net"
    await poll()
    assert events.types == []
    await poll()
    await change(realm="two.example.net", transport="tcp")
    await change(transport="udp")
    await change(realm="pbx.example.net")

    first, *others = numbers(events)
    assert first == int(start.timestamp()) + 1
    assert others == [first + 1, first + 2, first + 3]
    title = "Front door: Drift"
    assert events.attributes == [
        account_event(
            "drift_detected",
            settings=["realm"],
            old={"realm": "pbx.example.net"},
            new={"realm": "one.example.net"},
            expected={"realm": "pbx.example.net"},
            title=f"{title} detected",
            message="Front door: account 2 realm: pbx.example.net → one.example.net",
            accept="Accept",
        ),
        account_event(
            "drift_changed",
            settings=["realm", "transport"],
            old={"realm": "one.example.net", "transport": "udp"},
            new={"realm": "two.example.net", "transport": "tcp"},
            expected={"realm": "pbx.example.net", "transport": "udp"},
            title=f"{title} changed",
            message="Front door: account 2 realm: pbx.example.net → two.example.net;"
            " account 2 transport: udp → tcp",
            accept="Accept",
        ),
        account_event(
            "drift_changed",
            settings=["transport"],
            old={"transport": "tcp"},
            new={"transport": "udp"},
            expected={"transport": "udp"},
            title=f"{title} changed",
            message="Front door: account 2 transport: as expected again",
            accept="Accept",
        ),
        account_event(
            "drift_resolved",
            settings=["realm"],
            old={"realm": "two.example.net"},
            new={"realm": "pbx.example.net"},
            expected={"realm": "pbx.example.net"},
            since=start + timedelta(seconds=244),
            title=f"{title} resolved",
            message="Front door: account 2 realm: as expected again",
        ),
    ]


@pytest.mark.usefixtures("init_integration")
async def test_accept(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    change: Change,
) -> None:
    """First what is expected from now on, then what that does to the drift; and who."""
    await change(realm="other.example.net", user_id="secret")
    events = SipEvents(hass)
    await hass.services.async_call(
        "bas_ip",
        "accept_settings",
        {ATTR_ENTITY_ID: DRIFT, "settings": ["realm"]},
        blocking=True,
        context=Context(user_id=hass_admin_user.id),
    )
    state = hass.states.get(SIP_EVENTS)
    assert state
    assert state.context.user_id == hass_admin_user.id
    await accept(hass)

    numbers(events)
    by_person = {"cause": "expectation", "settings": ["realm"]}
    realm = {"realm": "other.example.net"}
    assert events.attributes[:2] == [
        account_event(
            "expectation_updated",
            old={"realm": "pbx.example.net"},
            new=realm,
            expected=realm,
            title="Front door: Expected settings updated",
            message="Front door: expected settings changed:"
            " account 2 realm: pbx.example.net → other.example.net",
            **by_person,
        ),
        account_event(
            "drift_changed",
            old=realm,
            new=realm,
            expected=realm,
            title="Front door: Drift changed",
            message="Front door: only the expected settings have changed;"
            " account 2 realm: as expected again",
            accept="Accept",
            **by_person,
        ),
    ]
    assert [found["message"] for found in events.attributes[2:]] == [
        "Front door: expected settings changed: account 2 user ID: b42008d0 → 98e5340f",
        (
            "Front door: only the expected settings have changed;"
            " account 2 user ID: as expected again"
        ),
    ]


@pytest.mark.usefixtures("init_integration")
async def test_other_options(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
) -> None:
    """Expected settings that somebody edits are reported after the reload, once."""
    await change(transport="tcp", user="999")
    events = SipEvents(hass)
    expected = {**entry.options[CONF_EXPECTED]["second"], "realm": "other.example.net"}
    del expected["proxy"], expected["user"]
    await reload(hass, entry, **{CONF_EXPECTED: {"second": expected}})
    await reload(hass, entry)

    assert [found["message"] for found in events.attributes] == [
        (
            "Front door: expected settings changed:"
            " account 2 proxy: sip:pbx.example.net → not compared;"
            " account 2 realm: pbx.example.net → other.example.net;"
            " account 2 user: 201 → not compared"
        ),
        (
            "Front door: only the expected settings have changed;"
            " account 2 realm: other.example.net → pbx.example.net;"
            " account 2 user: not compared"
        ),
    ]
    assert events.types == ["expectation_updated", "drift_changed"]


async def test_settings_that_are_not_compared(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
) -> None:
    """A change of them is no drift."""
    await set_up(not_comparing(panel, "realm"))
    events = SipEvents(hass)
    await change(realm="other.example.net")

    numbers(events)
    assert events.attributes == [
        account_event(
            "settings_changed",
            settings=["realm"],
            old={"realm": "pbx.example.net"},
            new={"realm": "other.example.net"},
            expected={"realm": None},
            title="Front door: Settings changed",
            message="Front door: account 2 realm: pbx.example.net → other.example.net",
        )
    ]


async def test_nothing_was_expected(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
) -> None:
    """Without expected settings nothing drifts until somebody accepts some."""
    await set_up(entry_of(panel, expect=False))
    events = SipEvents(hass)
    await change(realm="other.example.net")
    await accept(hass)
    await change(realm="pbx.example.net")
    assert events.types == ["settings_changed", "expectation_updated", "drift_detected"]


@pytest.mark.usefixtures("init_integration")
async def test_old_value_after_a_missing_one(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, change: Change
) -> None:
    """What is missing for some polls is no event, and the last known value counts."""
    events = SipEvents(hass)
    del panel.second_account["outbound"]
    await poll(times=3)
    assert state_of(hass, DRIFT) == STATE_UNKNOWN
    await change(outbound="out.example.net")
    assert [found["message"] for found in events.attributes] == [
        "Front door: account 2 outbound proxy: not set → out.example.net"
    ]
    assert events.attributes[0]["old"] == {"outbound": ""}


@pytest.mark.usefixtures("init_integration")
async def test_spellings_that_mean_the_same(
    hass: HomeAssistant, change: Change, poll: Poll
) -> None:
    """They are no event, and so there is no line that says nothing."""
    events = SipEvents(hass)
    await change(proxy="PBX.example.net:5060", transport="UDP")
    await poll()
    await change(realm="other.example.net")
    await accept(hass)
    assert [found["settings"] for found in events.attributes] == [["realm"]] * 3
    for found in events.attributes:
        old, arrow, new = found["message"].rpartition(" → ")
        assert not arrow or not old.endswith(f" {new}")


@pytest.mark.usefixtures("init_integration")
async def test_registration(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """It is lost or restored once, whatever lies in between, such as no answer."""
    events = SipEvents(hass)
    panel.fail(Answer(500), path="/api/v1/sip/status")
    await poll()
    panel.recover()
    panel.sip_status = "ERROR"
    await poll(times=2)
    lost = dt_util.utcnow()
    for status in ("OFFLINE", "ERROR", "of course", "OK"):
        panel.sip_status = status
        await poll(times=2)
    panel.sip_status = "OFFLINE"
    await poll(times=2)

    numbers(events)
    assert events.attributes == [
        event(
            "registration_lost",
            old={"registration": "registered"},
            new={"registration": "failed"},
            title="Front door: SIP registration lost",
            message="Front door: SIP status: Failed",
        ),
        event(
            "registration_restored",
            old={"registration": "failed"},
            new={"registration": "registered"},
            since=lost,
            title="Front door: SIP registration restored",
            message="Front door: SIP status: Registered",
        ),
        event(
            "registration_lost",
            old={"registration": "registered"},
            new={"registration": "disabled"},
            title="Front door: SIP registration lost",
            message="Front door: SIP status: Off",
        ),
    ]


async def test_registration_of_the_second_account(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """A panel may have a status of it."""
    panel.behaviour.second_status_path = "sip/status/second"
    entry = entry_of(panel)
    assert entry.data[CONF_SECOND_STATUS_PATH]
    await set_up(entry)
    events = SipEvents(hass)
    panel.second_registration.status = "ERROR"
    await poll(times=2)

    numbers(events)
    assert events.attributes == [
        account_event(
            "registration_lost",
            old={"registration": "registered"},
            new={"registration": "failed"},
            title="Front door: SIP registration lost",
            message="Front door: Account 2 SIP status: Failed",
        )
    ]


def without_rights(panel: SimulatedPanel) -> None:
    panel.behaviour.manager = True


@pytest.mark.parametrize(
    ("become", "status", "text"),
    [
        (dies, "not_reachable", "Not reachable"),
        (is_replaced, "another_device", "Another device"),
        (has_another_password, "login_rejected", "Login rejected"),
        (without_rights, "forbidden", "Forbidden"),
    ],
)
@pytest.mark.usefixtures("init_integration")
async def test_outage(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    freezer: FrozenDateTimeFactory,
    become: Any,
    status: str,
    text: str,
) -> None:
    """A panel that cannot be read is reported once, with the reason, and so is its end."""
    before = vars(panel.behaviour).copy(), panel.info.copy(), panel.password
    events = SipEvents(hass)
    become(panel)
    await poll()
    begin = dt_util.utcnow()
    assert events.types == []
    assert state_of(hass, PANEL_STATUS) == status
    await poll(times=3)
    await reload(hass, entry)
    await poll(times=2)
    assert events.types == ["panel_unreachable"]

    panel.recover()
    vars(panel.behaviour).update(before[0])
    panel.info, panel.password = before[1:]
    await reload(hass, entry)
    await poll(times=3)
    first, second = numbers(events)
    assert second == first + 1
    assert events.attributes == [
        event(
            "panel_unreachable",
            new={"status": status},
            title="Front door: Unreachable",
            message=f"Front door: {text}",
        ),
        event(
            "panel_reachable",
            old={"status": status},
            since=begin,
            title="Front door: Reachable again",
            message="Front door: Reachable again",
        ),
    ]


@pytest.mark.usefixtures("init_integration")
async def test_one_failed_poll(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """It is shown, and no event; nor is what an empty panel answers after a start."""
    events = SipEvents(hass)
    for _ in range(3):
        panel.api_off = True
        await poll()
        assert state_of(hass, PANEL_STATUS) == "not_reachable"
        panel.api_off = False
        settings = dict(panel.second_account)
        panel.second_account = dict.fromkeys(settings, "")
        await poll()
        panel.second_account = settings
        await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert events.types == []


@pytest.mark.usefixtures("init_integration")
async def test_drift_that_a_panel_brings_back(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
) -> None:
    """Never well again before a drift; and an update comes before what it may explain."""
    events = SipEvents(hass)
    panel.api_off = True
    await poll(times=2)
    assert state_of(hass, SIP_EVENTS) != STATE_UNKNOWN
    panel.api_off = False
    panel.firmware_version = "3.21.0"
    panel.sip_status = "ERROR"
    panel.second_account["realm"] = ""
    await poll()
    assert events.types == ["panel_unreachable"]
    await poll(times=3)
    assert events.types == [
        "panel_unreachable",
        "firmware_updated",
        "drift_detected",
        "registration_lost",
        "panel_reachable",
    ]
    _, updated, drifted, *_ = events.attributes
    assert updated["message"] == "Front door: Firmware: 3.20.0 → 3.21.0"
    assert updated["title"] == "Front door: Firmware updated"
    assert drifted["firmware"] == "3.21.0"
    # Each has a state of its own, in the order of the record.
    assert events.states == [STATE_UNKNOWN, *sorted(events.states[1:])]
    assert len(set(events.states)) == 6
    first, *others = numbers(events)
    assert others == [first + 1, first + 2, first + 3, first + 4]


async def test_names(
    hass: HomeAssistant,
    area_registry: Any,
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """Panels are called as people call them, and told apart by their place."""
    devices = [device_of(hass, entry).id for entry in loaded_entries]
    entrance = area_registry.async_create("Entrance").id
    device_registry.async_update_device(devices[0], area_id=entrance)
    events = SipEvents(hass)
    other_events = SipEvents(hass, "event.garage_gate_sip_events")
    for name in ("North", "South"):
        for device, name_by_user in zip(devices, ("North", name), strict=True):
            device_registry.async_update_device(device, name_by_user=name_by_user)
        for each, status in ((panel, "ERROR"), (other_panel, "ERROR")):
            each.sip_status = "OK" if each.sip_status == status else status
        await poll(times=2)

    places = [f"{each.host}:{each.port}" for each in (panel, other_panel)]
    what = "SIP registration"
    assert [found["title"] for found in events.attributes] == [
        f"North (Entrance, {places[0]}): {what} lost",
        f"North, Entrance: {what} restored",
    ]
    assert [found["message"] for found in events.attributes] == [
        f"North (Entrance, {places[0]}): SIP status: Failed",
        "North: SIP status: Registered",
    ]
    assert [found["title"] for found in other_events.attributes] == [
        f"North ({places[1]}): {what} lost",
        f"South: {what} restored",
    ]


async def test_the_other_entities_are_up_to_date(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, change: Change
) -> None:
    """What an automation reads when an event starts it fits the event."""
    # Event entities of another integration may have been there first.
    assert await async_setup_component(hass, "event", {})
    await set_up(entry_of(panel))
    found = []

    @callback
    def note(_event: Event[EventStateChangedData]) -> None:
        state = hass.states.get(DRIFT)
        assert state
        found.append((state_of(hass, PANEL_STATUS), state.attributes["number"]))

    async_track_state_change_event(hass, [SIP_EVENTS], note)
    events = SipEvents(hass)
    await change(realm="other.example.net")
    assert found == [("drifted", *numbers(events))]


@pytest.mark.usefixtures("init_integration")
async def test_account_that_is_no_longer_watched(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """It ends in silence, and begins anew when it is watched again."""
    await reload(hass, entry, **{CONF_ACCOUNTS: ["first", "second"]})
    await poll(times=2)
    events = SipEvents(hass)
    panel.first_account["realm"] = "other.example.org"
    await poll(times=2)
    assert events.types == ["settings_changed"]
    await reload(hass, entry, **{CONF_ACCOUNTS: ["second"]})
    panel.first_account["realm"] = "sip.example.org"
    await poll(times=3)
    await reload(hass, entry, **{CONF_ACCOUNTS: ["first", "second"]})
    await poll(times=3)
    assert events.types == ["settings_changed"]


@pytest.mark.usefixtures("init_integration")
async def test_disabled_entity(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    change: Change,
    poll: Poll,
) -> None:
    """Nothing old is reported as new when the entity is enabled."""
    entity_registry.async_update_entity(
        SIP_EVENTS, disabled_by=er.RegistryEntryDisabler.USER
    )
    await reload(hass, entry)
    events = SipEvents(hass)
    await change(realm="other.example.net")
    await poll()
    entity_registry.async_update_entity(SIP_EVENTS, disabled_by=None)
    await reload(hass, entry)
    assert state_of(hass, SIP_EVENTS) == STATE_UNKNOWN
    await change(realm="pbx.example.net")
    await poll()
    assert events.types == ["drift_resolved"]


@pytest.mark.usefixtures("init_integration")
async def test_restart(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """What was reported stays; what changed meanwhile waits until automations listen."""
    panel.sip_status = "ERROR"
    await poll(times=2)
    before = hass.states.get(SIP_EVENTS)
    assert before
    events = SipEvents(hass)
    await reload(hass, entry)
    await poll(times=2)
    after = hass.states.get(SIP_EVENTS)
    assert after
    assert (after.state, after.attributes) == (before.state, before.attributes)
    assert events.types == []

    await stop_home_assistant(hass, entry)
    panel.second_account["realm"] = "other.example.net"
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await poll(times=2)
    assert state_of(hass, DRIFT) == STATE_ON
    # It may stop again before it has started.
    await hass.config_entries.async_unload(entry.entry_id)
    assert events.types == []
    await start_home_assistant(hass, entry)
    assert hass.state is CoreState.running
    assert events.types == ["drift_detected"]
    await reload(hass, entry)
    await poll(times=2)
    assert events.types == ["drift_detected"]


async def test_drift_at_the_first_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The first reading of a new panel counts at once."""
    events = SipEvents(hass)
    panel.second_account["realm"] = "other.example.net"
    await set_up(entry)
    assert [found["old"] for found in events.attributes] == [{"realm": None}]
    assert events.types == ["drift_detected"]


async def test_language_that_is_still_being_loaded(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """What is found meanwhile is said in English."""
    await set_up(entry_of(panel))
    hass.config.language = "sv"
    events = SipEvents(hass)
    panel.sip_status = "OFFLINE"
    await poll(times=2)
    assert [found["title"] for found in events.attributes] == [
        "Front door: SIP registration lost"
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
    await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)
