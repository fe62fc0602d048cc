"""Status and Problem: whether it is all right with a panel, and if not, why."""

from collections.abc import Callable

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Answer, SimulatedPanel

from .conftest import (
    FIRST,
    INFO,
    PANEL_STATUS,
    PROBLEM,
    SECOND,
    SIP_STATUS,
    STATUS,
    Poll,
    SetUp,
    SipEvents,
    both_accounts,
    dies,
    entry_of,
    error_text,
    has_another_password,
    is_replaced,
    problems,
    state_of,
)

OWN_STATUS = "sensor.front_door_account_2_sip_status"

type Trouble = Callable[[SimulatedPanel], None]


def drifts(panel: SimulatedPanel) -> None:
    """Let somebody change a setting."""
    panel.second_account["realm"] = "other.example.net"


def is_not_registered(panel: SimulatedPanel) -> None:
    """Let the SIP server reject the panel."""
    panel.sip_status = "ERROR"


def is_switched_off(panel: SimulatedPanel) -> None:
    """Let somebody switch SIP off."""
    panel.sip_status = "OFFLINE"


def misses_a_setting(panel: SimulatedPanel) -> None:
    """Let the panel no longer send a setting."""
    del panel.second_account["outbound"]


def forbids_one_account(panel: SimulatedPanel) -> None:
    """Let the panel no longer give one of the accounts."""
    panel.fail(Answer(403), path=FIRST)


def forbids(panel: SimulatedPanel) -> None:
    """Let the panel give no account."""
    forbids_one_account(panel)
    panel.fail(Answer(401), path=SECOND)


DRIFTED = "account 2 realm: pbx.example.net → other.example.net"
FORBIDDEN = error_text("permission_denied")


@pytest.mark.parametrize(
    ("troubles", "status", "problem", "lines"),
    [
        ([], "as_expected", STATE_OFF, []),
        (
            [misses_a_setting],
            "not_comparable",
            STATE_UNKNOWN,
            ["account 2 outbound proxy: not known"],
        ),
        (
            [is_not_registered],
            "not_registered",
            STATE_ON,
            ["SIP status: Failed"],
        ),
        ([is_switched_off], "not_registered", STATE_ON, ["SIP status: Off"]),
        ([drifts], "drifted", STATE_ON, [DRIFTED]),
        (
            [forbids_one_account],
            "forbidden",
            STATE_ON,
            [f"First account: {FORBIDDEN}"],
        ),
        ([dies], "not_reachable", STATE_ON, [error_text("cannot_connect")]),
        (
            [is_replaced],
            "another_device",
            STATE_ON,
            [error_text("another_device")],
        ),
        (
            [has_another_password],
            "login_rejected",
            STATE_ON,
            [error_text("invalid_auth")],
        ),
        ([forbids], "forbidden", STATE_ON, [FORBIDDEN]),
        # The gravest counts, and each has its line.
        (
            [misses_a_setting, is_not_registered],
            "not_registered",
            STATE_ON,
            ["account 2 outbound proxy: not known", "SIP status: Failed"],
        ),
        (
            [is_not_registered, drifts],
            "drifted",
            STATE_ON,
            [DRIFTED, "SIP status: Failed"],
        ),
        (
            [drifts, forbids_one_account],
            "forbidden",
            STATE_ON,
            [f"First account: {FORBIDDEN}", DRIFTED],
        ),
    ],
)
async def test_what_is_wrong(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    troubles: list[Trouble],
    status: str,
    problem: str,
    lines: list[str],
) -> None:
    """Each state of Status, what Problem makes of it, and the lines that say why."""
    await set_up(both_accounts(panel))
    for trouble in troubles:
        trouble(panel)
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == status
    assert state_of(hass, PROBLEM) == problem
    assert problems(hass) == lines
    state = hass.states.get(PANEL_STATUS)
    assert state
    assert (state.attributes["since"] is not None) is (problem == STATE_ON)


async def test_nothing_is_expected(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """That is no problem; it is said only if it is true of all accounts."""
    await set_up(entry_of(panel, expect=False))
    assert state_of(hass, PANEL_STATUS) == "nothing_expected"
    assert state_of(hass, PROBLEM) == STATE_OFF
    panel.sip_status = "ERROR"
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "not_registered"


async def test_something_is_expected_of_one_of_two_accounts(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    entry = both_accounts(panel)
    del entry.options["expected"]["second"]
    await set_up(entry)
    assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.parametrize("sip_status", ["ERROR", "OFFLINE"])
async def test_registration_that_never_was(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    sip_status: str,
) -> None:
    """Some panels have SIP off on purpose: it counts once it was registered."""
    panel.sip_status = sip_status
    await set_up(entry_of(panel))
    events = SipEvents(hass)
    await poll(times=3)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert events.types == []

    panel.sip_status = "OK"
    await poll(times=2)
    panel.sip_status = sip_status
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "not_registered"
    assert state_of(hass, PROBLEM) == STATE_ON
    assert events.types == ["registration_restored", "registration_lost"]


async def test_registrations_that_nobody_watches(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """The option switches both off for Status; their own sensors say how it is."""
    panel.behaviour.second_status_path = "device/sip/status/second"
    await set_up(entry_of(panel, watch_registration=False))
    panel.sip_status = "OFFLINE"
    panel.second_registration.change("ERROR")
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert state_of(hass, PROBLEM) == STATE_OFF
    assert problems(hass) == []
    assert state_of(hass, SIP_STATUS) == "disabled"
    assert state_of(hass, OWN_STATUS) == "failed"


async def test_registration_of_the_second_account(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """It counts by itself where the panel has one for it."""
    panel.behaviour.second_status_path = "device/sip/status/second"
    await set_up(entry_of(panel))
    panel.second_registration.change("ERROR")
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "not_registered"
    assert state_of(hass, SIP_STATUS) == "registered"
    assert problems(hass) == ["Account 2 SIP status: Failed"]


@pytest.mark.usefixtures("init_integration")
async def test_unknown_before_the_first_poll(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, reload: SetUp
) -> None:
    """Neither right nor wrong is said of what nobody has looked at."""
    panel.fail(Answer(500), path=INFO)
    panel.fail(Answer(500), path=STATUS)
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(hass, PANEL_STATUS) == state_of(hass, PROBLEM) == STATE_UNKNOWN
    assert problems(hass) == []
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, PANEL_STATUS) == "not_reachable"
