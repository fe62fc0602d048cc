"""One poll: what a panel is asked, when, and what becomes of what it does not give."""

from datetime import timedelta
from typing import Any

from homeassistant.const import (
    CONF_SCAN_INTERVAL,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import CONF_ACCOUNTS
from custom_components.bas_ip.panel.models import Account
from simulator import Answer, Close, SimulatedPanel
from simulator.faults import EMPTY_BODY, HTML_PAGE, TRUNCATED_JSON

from .conftest import (
    DRIFT,
    FIRST,
    INFO,
    LOGIN,
    PANEL_STATUS,
    REALM,
    SECOND,
    SIP_STATUS,
    STATUS,
    Change,
    Poll,
    SetUp,
    SipEvents,
    Wait,
    asked,
    both_accounts,
    device_of,
    entry_like,
    entry_of,
    error_text,
    problems,
    state_of,
)
from .flows import submit

FIRST_REALM = "sensor.front_door_account_1_realm"
REALM_DRIFT = "account 2 realm: pbx.example.net → other.example.net"
OUTBOUND_DRIFT = "account 2 outbound proxy: not set → out.example.net"
OWN_STATUS = "/api/v1/device/sip/status/second"

FAULTS = [
    Close(),
    Answer(400),
    Answer(401),
    Answer(403),
    Answer(404),
    Answer(500),
    EMPTY_BODY,
    TRUNCATED_JSON,
]


async def test_requests(panel: SimulatedPanel, set_up: SetUp, poll: Poll) -> None:
    """A poll asks who is there, then for the settings, then for the registrations."""
    panel.behaviour.second_status_path = "device/sip/status/second"
    await set_up(both_accounts(panel))
    assert asked(panel) == [INFO, LOGIN, FIRST, SECOND, STATUS, OWN_STATUS]

    for _ in range(3):
        await poll()
        assert asked(panel) == [INFO, FIRST, SECOND, STATUS, OWN_STATUS]


@pytest.mark.parametrize(
    "accounts", [["third", "second"], ["third", "second", "first"], ["third"]]
)
async def test_account_that_this_version_does_not_know(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    accounts: list[str],
) -> None:
    """It is passed over; the first account is watched if there is no other."""
    entry = entry_of(panel)
    options = {**entry.options, CONF_ACCOUNTS: accounts}
    entry = entry_like(entry, options=options)
    await set_up(entry)
    panel.password = "new"
    await poll()
    (flow,) = hass.config_entries.flow.async_progress()
    await submit(hass, flow, {"username": "admin", "password": "new"})
    assert entry.options == options
    asked(panel)
    await poll()

    paths = {"first": FIRST, "second": SECOND}
    watched = [path for account, path in paths.items() if account in accounts]
    assert asked(panel) == [INFO, *(watched or [FIRST]), STATUS]


@pytest.mark.parametrize("interval", [15, 60, 300, 3600])
async def test_interval(
    panel: SimulatedPanel, set_up: SetUp, wait: Wait, interval: int
) -> None:
    """A minute is what an entry has that says nothing else."""
    panel.behaviour.token_lifetime = None
    options = {} if interval == 60 else {CONF_SCAN_INTERVAL: interval}
    await set_up(entry_of(panel, **options))
    for _ in range(3):
        asked(panel)
        await wait(interval - 2)
        assert asked(panel) == []
        await wait(2.5)
        assert asked(panel) == [INFO, SECOND, STATUS]


@pytest.mark.parametrize("interval", [15, 60, 3600])
async def test_early_poll(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    wait: Wait,
    interval: int,
) -> None:
    """One early poll follows a reading that differs, and a change counts with it."""
    entry = entry_of(panel, scan_interval=interval)
    await set_up(entry)
    for _ in range(5):
        await wait(interval + 1)
    panel.second_account["realm"] = "other.example.net"
    await wait(interval + 1)
    assert state_of(hass, DRIFT) == STATE_OFF
    panel.second_account["outbound"] = "out.example.net"
    await wait(16)
    assert problems(hass) == [REALM_DRIFT]
    # What was read once with it gets an early poll of its own.
    await wait(16)
    assert problems(hass) == [REALM_DRIFT, OUTBOUND_DRIFT]
    assert entry.runtime_data.update_interval == timedelta(seconds=interval)


async def test_disabled_polling(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Whoever switches polling off asks for each reading, early ones included."""
    entry = entry_like(entry_of(panel), pref_disable_polling=True)
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    asked(panel)
    await poll(times=3)
    assert asked(panel) == []

    for _ in range(2):
        assert state_of(hass, DRIFT) == STATE_OFF
        await entry.runtime_data.async_refresh()
        await poll()
        assert asked(panel) == [INFO, SECOND, STATUS]
    assert state_of(hass, DRIFT) == STATE_ON


@pytest.mark.usefixtures("init_integration")
async def test_firmware_update(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """It is on the device page after two polls, whatever comes with it."""
    events = SipEvents(hass)

    def versions() -> tuple[str | None, ...]:
        device = device_of(hass, entry)
        return device.sw_version, device.hw_version, device.model

    assert versions() == ("3.20.0", "1.4", "aa-07fb")
    panel.info |= {
        "firmware_version": "3.21.0",
        "mcu_version": "1.5",
        "device_model": "aa-07fbi",
    }
    await poll()
    assert versions() == ("3.20.0", "1.4", "aa-07fb")
    await poll()
    assert versions() == ("3.21.0", "1.5", "aa-07fbi")
    assert events.types == ["firmware_updated"]


# What is not given


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.usefixtures("init_integration")
async def test_registration_that_is_not_given_for_some_polls(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, fault: Answer | Close
) -> None:
    """It is asked for again in each poll, costs no login, and shows two polls later."""
    panel.fail(fault, path=STATUS)
    panel.logins.clear()
    asked(panel)
    for _ in range(3):
        await poll()
        # A connection that is closed is tried once more.
        assert list(dict.fromkeys(asked(panel))) == [INFO, SECOND, STATUS]
        assert state_of(hass, SIP_STATUS) == STATE_UNKNOWN
        assert state_of(hass, PANEL_STATUS) == "as_expected"
    panel.recover()
    await poll()
    assert state_of(hass, SIP_STATUS) == "registered"

    panel.fail(fault, path=STATUS)
    await poll(times=3)
    panel.recover()
    panel.sip_status = "ERROR"
    await poll()
    assert state_of(hass, SIP_STATUS) == STATE_UNKNOWN
    await poll()
    assert state_of(hass, SIP_STATUS) == "failed"
    assert panel.logins == []


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_one_of_two_accounts_is_not_given(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    change: Change,
    fault: Answer | Close,
) -> None:
    """Status says why, its drift keeps its state, and the other one is followed."""
    await set_up(both_accounts(panel))
    await change(realm="other.example.net")
    events = SipEvents(hass)
    panel.fail(fault, path=SECOND)
    panel.first_account["realm"] = "other.example.org"
    await poll()
    panel.logins.clear()
    assert state_of(hass, DRIFT) == STATE_ON
    for _ in range(5):
        await poll()
        assert state_of(hass, REALM) == STATE_UNAVAILABLE
        assert state_of(hass, FIRST_REALM) == "other.example.org"
        assert state_of(hass, SIP_STATUS) == "registered"
        is_forbidden = fault in (Answer(401), Answer(403))
        status = "forbidden" if is_forbidden else "not_reachable"
        assert state_of(hass, PANEL_STATUS) == status
        assert any(line.startswith("Second account: ") for line in problems(hass))
    assert panel.logins == []
    assert hass.config_entries.flow.async_progress() == []

    panel.recover()
    await poll()
    assert state_of(hass, REALM) == "other.example.net"
    assert state_of(hass, PANEL_STATUS) == "drifted"
    assert events.types == ["drift_detected"]


@pytest.mark.parametrize("fault", [Answer(401), Answer(403), Answer(404)], ids=str)
async def test_one_of_two_accounts_is_not_given_at_first(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll, fault: Answer
) -> None:
    """What is read of it later counts after two readings."""
    panel.fail(fault, path=FIRST)
    await set_up(both_accounts(panel))
    assert state_of(hass, FIRST_REALM) == STATE_UNAVAILABLE
    assert state_of(hass, REALM) == "pbx.example.net"

    panel.recover()
    await poll()
    assert state_of(hass, FIRST_REALM) == STATE_UNAVAILABLE
    await poll()
    assert state_of(hass, FIRST_REALM) == "sip.example.org"
    assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.parametrize("accounts", [(Account.SECOND,), tuple(Account)])
@pytest.mark.parametrize(
    ("second", "status"), [(Answer(500), "not_reachable"), (Answer(403), "forbidden")]
)
async def test_no_account_is_given(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    accounts: tuple[Account, ...],
    second: Answer,
    status: str,
) -> None:
    """Being forbidden has to be true of all of them."""
    await set_up(entry_of(panel, accounts))
    panel.fail(Answer(403), path=FIRST)
    panel.fail(second, path=SECOND)
    await poll()
    assert state_of(hass, PANEL_STATUS) == status
    assert state_of(hass, REALM) == STATE_UNAVAILABLE
    assert state_of(hass, SIP_STATUS) == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    "settings",
    [
        {"proxy": "sip:pbx.example.net", "realm": {}, "user": "201"},
        {"proxy": "sip:pbx.example.net", "user": "201"},
    ],
    ids=["of another type", "missing"],
)
@pytest.mark.usefixtures("init_integration")
async def test_missing_setting(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    change: Change,
    poll: Poll,
    settings: dict[str, Any],
) -> None:
    """It is unknown at once and back with its first reading; a drift goes on over it."""
    events = SipEvents(hass)
    await change(realm="other.example.net")
    panel.fail(Answer.json(settings), path=SECOND)
    for _ in range(3):
        await poll()
        assert state_of(hass, REALM) == STATE_UNKNOWN
        assert state_of(hass, DRIFT) == STATE_ON
        assert state_of(hass, PANEL_STATUS) == "drifted"
    panel.recover()
    await poll()
    assert state_of(hass, REALM) == "other.example.net"
    assert events.types == ["drift_detected"]

    # Another value than the last known one is not shown before it counts.
    await change(realm="pbx.example.net")
    panel.fail(Answer.json(settings), path=SECOND, times=1)
    await poll()
    assert state_of(hass, REALM) == state_of(hass, DRIFT) == STATE_UNKNOWN
    assert state_of(hass, PANEL_STATUS) == "not_comparable"
    panel.second_account["realm"] = "another.example.net"
    await poll()
    assert state_of(hass, REALM) == STATE_UNKNOWN
    await poll()
    assert state_of(hass, REALM) == "another.example.net"
    assert events.types == ["drift_detected", "drift_resolved", "drift_detected"]


async def test_missing_transport(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Without it the default port is that of the last known one."""
    panel.second_account |= {"proxy": "sip:pbx.example.net", "transport": "tls"}
    entry = entry_of(panel)
    entry.options["expected"]["second"] |= {
        "proxy": "sip:pbx.example.net:5061",
        "transport": "tls",
    }
    await set_up(entry)
    events = SipEvents(hass)

    del panel.second_account["transport"]
    await poll(times=3)
    assert state_of(hass, PANEL_STATUS) == "not_comparable"
    assert problems(hass) == ["account 2 transport: not known"]
    assert events.types == []


@pytest.mark.usefixtures("init_integration")
async def test_errors_are_in_plain_words(
    panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """Whatever a poll fails with, its message comes from the texts."""
    messages = []
    for path, fault in (
        (INFO, Close()),
        (INFO, Answer(403)),
        (INFO, HTML_PAGE),
        (SECOND, Answer(500)),
        (SECOND, Answer(403)),
    ):
        panel.fail(fault, path=path)
        await poll()
        panel.recover()
        messages.append(str(entry.runtime_data.last_exception))
        await poll()
    assert messages == [
        error_text("cannot_connect", "Connection failed (ServerDisconnectedError)"),
        error_text("blocked"),
        error_text("not_a_panel"),
        error_text("invalid_response", "The panel answers with HTTP 500"),
        error_text("permission_denied"),
    ]
