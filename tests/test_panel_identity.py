"""Which panel it is that answers, before a login or a token leaves."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    CONF_HOST,
    CONF_MAC,
    CONF_PORT,
    STATE_OFF,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from simulator import Answer, Close, SimulatedPanel
from simulator.faults import HTML_PAGE, TRUNCATED_JSON, Fault

from .conftest import (
    DRIFT,
    INFO,
    LOGIN,
    LOGOUT,
    MAC,
    PANEL_STATUS,
    REALM,
    SECOND,
    STATUS,
    Change,
    Poll,
    SetUp,
    SipEvents,
    asked,
    by_mac_address,
    device_of,
    entry_like,
    entry_of,
    error_text,
    state_of,
    swap,
)

OTHER_STATUS = "sensor.garage_gate"


def issues(hass: HomeAssistant) -> set[str | None]:
    """Return the kinds of repairs that stand, ours and Home Assistant's own."""
    return {issue.translation_key for issue in ir.async_get(hass).issues.values()}


@pytest.mark.parametrize("password", ["123456", "654321"], ids=["same", "other"])
async def test_two_panels_swap_their_addresses(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    password: str,
) -> None:
    """Both are another device until they are back, whatever they have as password."""
    other_panel.password = password
    other_panel.second_account["realm"] = "other.example.net"
    other_entry = entry_of(other_panel)
    other_entry.options["expected"]["second"]["realm"] = "other.example.net"
    await set_up(entry_of(panel))
    await set_up(other_entry)
    events = SipEvents(hass), SipEvents(hass, "event.garage_gate_sip_events")
    drifts = DRIFT, "binary_sensor.garage_gate_account_2_drift"
    swap(panel, other_panel)
    for each in (panel, other_panel):
        asked(each)
        each.logins.clear()
    for _ in range(3):
        await poll()
        assert state_of(hass, PANEL_STATUS) == "another_device"
        assert state_of(hass, OTHER_STATUS) == "another_device"
        assert asked(panel) == asked(other_panel) == [INFO]
        assert {state_of(hass, each) for each in drifts} == {STATE_OFF}
    assert issues(hass) == {"known_device"}
    assert hass.config_entries.flow.async_progress() == []

    swap(panel, other_panel)
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert state_of(hass, OTHER_STATUS) == "as_expected"
    assert {state_of(hass, each) for each in drifts} == {STATE_OFF}
    for each in events:
        assert each.types == ["panel_unreachable", "panel_reachable"]
    assert issues(hass) == set()
    assert panel.logins == other_panel.logins == []


async def test_two_panels_without_serial_number_swap_their_addresses(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Only a login tells, and then the repairs name the other panel."""
    other_panel.password = panel.password
    for each in (panel, other_panel):
        each.info["device_serial_number"] = ""
        await set_up(by_mac_address(each))
    swap(panel, other_panel)
    for each in (panel, other_panel):
        each.info["device_serial_number"] = ""
        each.end_sessions()
    await poll(times=3)

    assert state_of(hass, PANEL_STATUS) == "another_device"
    assert issues(hass) == {"known_device"}


@pytest.mark.parametrize(
    ("info", "fault", "status"),
    [
        ({"device_serial_number": "another"}, None, "another_device"),
        # A panel that has just started.
        ({"device_serial_number": ""}, None, "not_reachable"),
        ({"device_serial_number": None}, None, "not_reachable"),
        ({"device_serial_number": "0000-0000"}, None, "not_reachable"),
        ({"device_serial_number": "unknown"}, None, "not_reachable"),
        # Something else.
        ({}, Answer(401), "not_reachable"),
        ({}, Answer(403), "not_reachable"),
        ({}, HTML_PAGE, "not_reachable"),
        ({"device_type": "monitor"}, None, "not_reachable"),
    ],
)
@pytest.mark.usefixtures("init_integration")
async def test_stranger_gets_no_login(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    info: dict[str, str | None],
    fault: Fault | None,
    status: str,
) -> None:
    """Nor a token, whatever it answers to anything else."""
    panel.info = {**panel.info, **info}
    if fault:
        panel.fail(fault, path=INFO)
    panel.fail(Answer(401), path=SECOND)
    panel.fail(Answer(400), path=LOGIN)
    asked(panel)
    await poll(times=3)
    assert asked(panel) == [INFO] * 3
    assert state_of(hass, PANEL_STATUS) == status
    assert state_of(hass, REALM) == STATE_UNAVAILABLE
    assert hass.config_entries.flow.async_progress() == []


@pytest.mark.parametrize(
    "stranger",
    [
        Answer.json({"device_serial_number": "another", "firmware_version": "1"}),
        Answer.json({"device_serial_number": "0000", "firmware_version": "1"}),
        Answer.json({"firmware_version": "1"}),
        *(Answer(status) for status in (401, 403, 404, 500)),
        Answer(302, headers={"Location": "http://127.0.0.1:1/"}),
        HTML_PAGE,
        Close(),
    ],
)
@pytest.mark.usefixtures("init_integration")
async def test_stranger_gets_no_logout(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    with_token: list[str],
    stranger: Answer | Close,
) -> None:
    """Nor anything else with a token, when the panel is unloaded."""
    await poll()
    assert with_token == [SECOND, STATUS]
    panel.fail(stranger, path=INFO)
    asked(panel)
    with_token.clear()
    await poll()
    await hass.config_entries.async_unload(entry.entry_id)
    assert set(asked(panel)) == {INFO}
    assert with_token == []


@pytest.mark.usefixtures("init_integration")
async def test_panel_that_is_back_is_logged_out_of(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """Although nothing was known of it in the last poll."""
    panel.fail(Close(), path=INFO)
    await poll()
    panel.recover()
    asked(panel)
    await hass.config_entries.async_unload(entry.entry_id)
    assert asked(panel) == [INFO, LOGOUT]
    assert not panel.sessions


@pytest.mark.usefixtures("init_integration")
async def test_serial_number_in_another_spelling(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    serial_number = panel.info["device_serial_number"]
    panel.info["device_serial_number"] = serial_number.upper().replace("-", "")
    await poll(times=3)
    assert state_of(hass, PANEL_STATUS) == "as_expected"


# Panels without a serial number


async def test_panel_that_is_known_by_its_mac_address(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """It is asked right after each login, which the panel needs for it."""
    entry = by_mac_address(panel)
    del panel.info["device_serial_number"]
    await set_up(entry)
    assert asked(panel) == [INFO, LOGIN, MAC, SECOND, STATUS]
    await poll()
    assert asked(panel) == [INFO, SECOND, STATUS]

    own, panel.mac_address = panel.mac_address, "02:00:00:00:00:01"
    panel.end_sessions()
    await poll()
    assert state_of(hass, PANEL_STATUS) == "another_device"
    assert asked(panel) == [INFO, SECOND, LOGIN, MAC, LOGOUT]
    panel.mac_address = own
    await poll()
    assert state_of(hass, PANEL_STATUS) == "as_expected"


async def test_another_mac_address_at_the_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    entry = by_mac_address(panel)
    panel.mac_address = "02:00:00:00:00:01"
    await set_up(entry)
    assert entry.reason == error_text("another_device")
    assert asked(panel) == [INFO, LOGIN, MAC, LOGOUT]
    assert not panel.sessions


@pytest.mark.parametrize("fault", [Answer(404), Answer(403), TRUNCATED_JSON], ids=str)
async def test_mac_address_that_is_not_given(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll, fault: Answer
) -> None:
    """It proves nothing then, neither that it is the panel nor that it is another."""
    panel.fail(fault, path=MAC)
    await set_up(by_mac_address(panel))
    await poll()
    assert state_of(hass, PANEL_STATUS) == "as_expected"


# Devices and entities


async def test_two_panels_with_one_mac_address(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    reload: SetUp,
) -> None:
    """They are two devices, and only the first one has the connection."""
    other_panel.mac_address = panel.mac_address
    entries = [entry_of(panel), entry_of(other_panel)]
    for entry in entries:
        await set_up(entry)
    for _ in range(2):
        one, other = (device_of(hass, entry) for entry in entries)
        assert one.id != other.id
        assert one.connections == {(dr.CONNECTION_NETWORK_MAC, panel.mac_address)}
        assert other.connections == set()
        for entry in entries:
            await reload(entry)


@pytest.mark.parametrize("has_mac", [True, False])
async def test_device_and_unique_ids(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, has_mac: bool
) -> None:
    """They begin with what the panel is known by, and never change."""
    entry = entry_of(panel)
    mac = panel.mac_address if has_mac else None
    entry = entry_like(entry, data={**entry.data, CONF_MAC: mac})
    await set_up(entry)
    serial_number = panel.info["device_serial_number"]
    device = device_of(hass, entry)
    assert device.identifiers == {(DOMAIN, serial_number)}
    assert device.serial_number == serial_number
    assert device.configuration_url == panel.url
    assert len(device.connections) == has_mac
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert sorted(each.unique_id for each in entities) == sorted(
        f"{serial_number}_{key}"
        for key in (
            *("status", "problem", "sip_status", "last_settings_change", "sip_events"),
            *(
                f"second_account_{key}"
                for key in (
                    *("drift", "password_exposed", "outbound_proxy", "proxy"),
                    *("realm", "registration_interval", "transport", "user"),
                )
            ),
        )
    )


@pytest.mark.usefixtures("init_integration")
async def test_title_follows_the_name_of_the_device(
    hass: HomeAssistant, entry: MockConfigEntry, reload: SetUp
) -> None:
    """Home Assistant's own lists and repairs show the title."""
    registry = dr.async_get(hass)
    for name, title in (("North gate", "North gate"), (None, "Front door")):
        registry.async_update_device(device_of(hass, entry).id, name_by_user=name)
        await hass.async_block_till_done()
        assert entry.title == title
    registry.async_update_device(device_of(hass, entry).id, name_by_user="Lobby")
    await reload(entry)
    assert entry.title == "Lobby"


@pytest.mark.usefixtures("init_integration")
async def test_device_that_is_removed_by_hand(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """The panel is polled on, and the device is back after a reload."""
    dr.async_get(hass).async_remove_device(device_of(hass, entry).id)
    await hass.async_block_till_done()
    asked(panel)
    await entry.runtime_data.async_refresh()
    assert asked(panel) == [INFO, SECOND, STATUS]
    assert entry.title == "Front door"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert device_of(hass, entry).sw_version == "3.20.0"
    await poll()
    assert state_of(hass, PANEL_STATUS) == "as_expected"


# Clocks and addresses


@pytest.mark.parametrize(
    "jump",
    [timedelta(days=366), timedelta(days=2), timedelta(days=-2), timedelta(-366)],
)
@pytest.mark.usefixtures("init_integration")
async def test_clock_that_jumps(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    change: Change,
    poll: Poll,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    jump: timedelta,
) -> None:
    """Home Assistant's clock is for texts only: nothing is polled or judged by it."""
    panel.clock = lambda: freezer().timestamp()
    events = SipEvents(hass)
    monkeypatch.setattr(dt_util, "utcnow", lambda: datetime.now(UTC) + jump)
    asked(panel)
    await poll()
    assert asked(panel) == [INFO, SECOND, STATUS]
    panel.firmware_version = "3.21.0"
    await change(realm="other.example.net")
    assert events.types == ["firmware_updated", "drift_detected"]
    assert state_of(hass, PANEL_STATUS) == "drifted"

    # A stranger is still one, and an outage an outage.
    panel.info = {**panel.info, "device_serial_number": "another"}
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "another_device"
    assert events.types[2:] == ["panel_unreachable"]


async def test_redirect_to_https(
    hass: HomeAssistant, sockets: None, set_up: SetUp
) -> None:
    """It counts for one poll, and a token goes only to where it came from.

    The time is not stopped here: a certificate that is made then would be the last one.
    """
    async with SimulatedPanel(
        "127.0.1.1", https=True, http_port=0, name="Front door"
    ) as panel:
        entry = entry_of(panel)
        data = {**entry.data, CONF_HOST: panel.host, CONF_PORT: panel.http_port}
        entry = entry_like(entry, data=data)
        await set_up(entry)
        await entry.runtime_data.async_refresh()
        assert state_of(hass, REALM) == "pbx.example.net"
        assert [login.accepted for login in panel.logins] == [True]
        redirected = [each.path for each in panel.requests if each.status == 301]
        assert redirected == [INFO, INFO]


@pytest.mark.parametrize("fault", [Close(), Answer(500)], ids=str)
async def test_session_of_a_set_up_that_fails(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp, fault: Fault
) -> None:
    """It is ended, where the panel takes the logout."""
    panel.fail(fault, path=SECOND)
    await set_up(entry)
    assert panel.logins
    assert not panel.sessions
    assert LOGOUT in asked(panel)


@pytest.mark.usefixtures("init_integration")
async def test_entities_before_anything_is_read(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, reload: SetUp
) -> None:
    """A device keeps its versions while its panel is away at the start."""
    before = device_of(hass, entry)
    await panel.switch_off()
    await reload(entry)
    after = device_of(hass, entry)
    assert (after.sw_version, after.model, after.serial_number) == (
        before.sw_version,
        before.model,
        before.serial_number,
    )
    assert state_of(hass, REALM) == STATE_UNAVAILABLE
    assert state_of(hass, PANEL_STATUS) != STATE_UNKNOWN
