"""The blueprint that tells of lost registrations and panels."""

from collections.abc import Callable

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from custom_components.bas_ip.const import CONF_WATCH_REGISTRATION
from simulator import SimulatedPanel

from ..automations import stop_home_assistant, taken, target_of
from ..conftest import (
    EVENTS,
    SetUp,
    device_of,
    entry_of,
)
from .conftest import (
    CONNECTIVITY,
    Automate,
    Pass,
    be_away,
    be_well,
    lose,
    texts,
)


@pytest.mark.parametrize(
    ("fall", "polls", "status", "what", "message"),
    [
        # Two polls confirm that the registration is lost.
        (
            lose,
            7,
            "Not registered",
            "SIP registration restored",
            "SIP status: Registered",
        ),
        (be_away, 6, "Not reachable", "Reachable again", "Reachable again"),
    ],
)
async def test_trouble(
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    other_calls: list[ServiceCall],
    fall: Callable[[SimulatedPanel], None],
    polls: int,
    status: str,
    what: str,
    message: str,
) -> None:
    """What lasts is reported, and so is its end; what comes and goes is neither."""
    await automate(CONNECTIVITY, minutes=5)
    for _ in range(4):
        fall(panel)
        await minutes(4)
        be_well(panel)
        await minutes(3)
    fall(panel)
    await minutes(polls - 1)
    assert not phone_calls
    await minutes()
    assert texts(other_calls) == [(status, f"Front door: {status}")]
    [bad] = taken(phone_calls)
    assert (bad["title"], bad["message"]) == (status, f"Front door: {status}")
    assert bad["data"] == {"tag": "bas_ip automation.watch", "alert_once": True}
    await minutes(10)
    assert not phone_calls
    be_well(panel)
    await minutes(3)
    [well] = taken(phone_calls)
    assert (well["title"], well["message"]) == (
        f"Front door: {what}",
        f"Front door: {message}",
    )
    assert well["data"] == bad["data"]
    assert texts(other_calls) == [(well["title"], well["message"])]


async def test_trouble_behind_a_drift(
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
) -> None:
    """Status says what is gravest; a drift alone is nothing for this blueprint."""
    await automate(CONNECTIVITY, minutes=5)
    panel.second_account["realm"] = "other.example"
    await minutes(10)
    assert not phone_calls
    lose(panel)
    await minutes(7)
    assert texts(phone_calls) == [("Drifted", "Front door: Drifted")]
    be_well(panel)
    await minutes(3)
    assert texts(phone_calls) == [
        (
            "Front door: SIP registration restored",
            "Front door: SIP status: Registered\nFront door: Drifted",
        )
    ]


@pytest.mark.parametrize("is_watched", [True, False])
async def test_two_registrations(
    automate: Automate,
    minutes: Pass,
    set_up: SetUp,
    panel: SimulatedPanel,
    watch: Callable[[MockConfigEntry], None],
    phone_calls: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    is_watched: bool,
) -> None:
    """Each has its own time; what is no problem for Status is none here."""
    panel.behaviour.second_status_path = "sip/status/second"
    entry = entry_of(panel, **{CONF_WATCH_REGISTRATION: is_watched})
    await set_up(entry)
    watch(entry)
    await automate(CONNECTIVITY, minutes=5)
    lose(panel)
    panel.second_registration.status = "ERROR"
    await minutes(3)
    panel.second_registration.status = "OK"
    await minutes(5)
    assert len(taken(phone_calls)) == is_watched
    be_well(panel)
    await minutes(3)
    assert len(taken(phone_calls)) == is_watched


async def test_twelve_panels_at_once(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    watch: Callable[[MockConfigEntry], None],
    twelve: dict[SimulatedPanel, MockConfigEntry],
    phone_calls: list[ServiceCall],
) -> None:
    """The SIP server is down: one message on the phone names them all.

    A panel that gets the label later counts by itself.
    """
    *panels, last = twelve
    for panel in panels:
        watch(twelve[panel])
    await automate(CONNECTIVITY, minutes=5)
    watch(twelve[last])
    hall = ar.async_get(hass).async_create("Hall").id
    device = device_of(hass, twelve[panels[0]])
    dr.async_get(hass).async_update_device(device.id, area_id=hall)
    for panel in twelve:
        lose(panel)
    be_away(panels[3])
    await minutes(7)
    calls = taken(phone_calls)
    assert len({call["data"]["tag"] for call in calls}) == 1
    assert calls[-1]["title"] == "Not registered, Not reachable"
    assert calls[-1]["message"].split("\n") == [
        "Door 0, Hall: Not registered",
        "Door 1: Not registered",
        "Door 10: Not registered",
        "Door 11: Not registered",
        "Door 2: Not registered",
        "Door 3: Not reachable",
        *(f"Door {number}: Not registered" for number in range(4, 10)),
    ]
    for panel in panels:
        be_well(panel)
    await minutes(3)
    calls = taken(phone_calls)
    assert calls[-1]["message"].split("\n")[1:] == ["Door 11: Not registered"]


@pytest.mark.parametrize("kind", ["device", "area", "floor", "label", "entity"])
async def test_targets(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    loaded_entries: list[MockConfigEntry],
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
    kind: str,
) -> None:
    """The message names the panels of the target, and no others."""
    target = {"entity_id": "event.front_door_sip_events"}
    if kind != "entity":
        target = target_of(hass, kind, loaded_entries[0])
    await automate(CONNECTIVITY, panels=target, minutes=5)
    lose(other_panel)
    await minutes(3)
    lose(panel)
    await minutes(7)
    [(title, message)] = texts(phone_calls)
    assert title == "Not registered"
    place = "" if kind == "entity" else ", Entrance"
    assert message == f"Front door{place}: Not registered"


@pytest.mark.parametrize(
    ("fall", "status"), [(lose, "Not registered"), (be_away, "Not reachable")]
)
@pytest.mark.parametrize("is_over", [False, True])
async def test_trouble_over_a_restart(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    fall: Callable[[SimulatedPanel], None],
    status: str,
    is_over: bool,
) -> None:
    """What lasts over a restart is reported after it, and so is that all is well."""
    fall(panel)
    await minutes(6)
    await stop_home_assistant(hass, watched)
    await automate(CONNECTIVITY, minutes=5)
    await hass.config_entries.async_setup(watched.entry_id)
    await hass.async_start()
    if not is_over:
        await minutes(4)
        assert not phone_calls
        await minutes(1)
        assert texts(phone_calls) == [(status, f"Front door: {status}")]
        await minutes(10)
        assert not phone_calls
    be_well(panel)
    await minutes(3)
    [(title, _)] = texts(phone_calls)
    assert str(title).endswith(" again" if fall is be_away else " restored")


@pytest.mark.parametrize("fall", [lose, be_away])
async def test_restart_without_trouble(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    phone_calls: list[ServiceCall],
    fall: Callable[[SimulatedPanel], None],
) -> None:
    """A start is no news, nor is a drift or what begins and ends soon after it."""
    panel.second_account["realm"] = "other.example"
    await minutes(2)
    await stop_home_assistant(hass, watched)
    await automate(CONNECTIVITY, minutes=5)
    await hass.config_entries.async_setup(watched.entry_id)
    await hass.async_start()
    await minutes(2)
    fall(panel)
    await minutes(3)
    be_well(panel)
    await minutes(6)
    assert not phone_calls


@pytest.mark.parametrize("gap", [1, 20])
async def test_away_when_home_assistant_starts(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    other_calls: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    gap: int,
) -> None:
    """What was well before the stop is told by its own event only."""
    await stop_home_assistant(hass, watched)
    be_away(panel)
    freezer.tick(gap * 60)
    await automate(CONNECTIVITY, minutes=5)
    await hass.config_entries.async_setup(watched.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    # Home Assistant has started some seconds after the first poll.
    freezer.tick(3)
    await hass.async_start()
    await minutes(20)
    assert texts(other_calls) == [("Not reachable", "Front door: Not reachable")]


@pytest.mark.usefixtures("watched")
async def test_event_entity_that_is_renamed(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
) -> None:
    """A run that waits for it does not stay behind, and tell of a later outage."""
    await automate(CONNECTIVITY, minutes=5)
    lose(panel)
    await minutes(3)
    er.async_get(hass).async_update_entity(EVENTS, new_entity_id="event.renamed")
    await minutes()
    be_well(panel)
    await minutes(20)
    be_away(panel)
    await minutes(2)
    assert not phone_calls


@pytest.mark.usefixtures("watched")
async def test_well_for_one_poll_only(
    automate: Automate,
    minutes: Pass,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
) -> None:
    """A good poll just when the minutes are over does not end a long outage."""
    await automate(CONNECTIVITY, minutes=5)
    be_away(panel)
    await minutes(4)
    be_well(panel)
    await minutes(1)
    be_away(panel)
    await minutes(5)
    assert [title for title, _ in texts(phone_calls)] == ["Not reachable"]


async def test_area_of_the_event_entity(
    hass: HomeAssistant,
    automate: Automate,
    minutes: Pass,
    watched: MockConfigEntry,
    panel: SimulatedPanel,
    phone_calls: list[ServiceCall],
) -> None:
    """The panel itself is elsewhere."""
    area = ar.async_get(hass).async_create("Switchboard")
    er.async_get(hass).async_update_entity(
        "event.front_door_sip_events", area_id=area.id
    )
    await automate(CONNECTIVITY, panels={"area_id": area.id}, minutes=5)
    lose(panel)
    await minutes(8)
    assert [title for title, _ in texts(phone_calls)] == ["Not registered"]
