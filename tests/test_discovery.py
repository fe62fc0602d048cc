"""Tests of the discovery by DHCP: a new panel, and a panel that has moved."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp.resolver import AsyncResolver
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bas_ip.const import DOMAIN
from simulator import VARIANTS, Answer, Close, Delay, SimulatedPanel
from simulator.faults import HTML_PAGE

from .conftest import (
    INFO,
    PANEL_STATUS,
    SECOND,
    Poll,
    SetUp,
    asked,
    by_mac_address,
    entry_like,
    entry_of,
    state_of,
)
from .flows import choose, moved, placeholders, read, submit

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

NEW_MAC = "70:69:79:e0:00:01"
LOGIN = {"username": "admin", "password": "123456"}

type Wait = Callable[[], Awaitable[None]]


async def discover(
    hass: HomeAssistant, host: str, mac: str = NEW_MAC, **context: Any
) -> ConfigFlowResult:
    """Let a MAC address ask for a network address."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP, **context},
        data=DhcpServiceInfo(
            ip=host, hostname="panel", macaddress=mac.replace(":", "")
        ),
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


def address_of(panel: SimulatedPanel) -> str:
    """Return what stands for the address of a new panel: port 80 is not for tests."""
    return f"{panel.host}:{panel.port}"


async def test_new_panel(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """A new panel is offered, and gets a login only from a person."""
    entry_of(other_panel).add_to_hass(hass)
    result = await discover(hass, address_of(panel))
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "discovery_confirm"
    assert placeholders(result) == {"panel": "Front door", "address": panel.url}
    assert not result["errors"]
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "Front door (127.0.1.1)"}
    assert flow["context"]["configuration_url"] == panel.url
    assert asked(panel) == ["/api/info"]

    result = await submit(hass, result, LOGIN | {"password": "wrong"})
    assert result["step_id"] == "discovery_confirm"
    assert result["errors"] == {"password": "invalid_auth"}

    result = await submit(hass, result, LOGIN)
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Front door"
    entry = result["result"]
    assert entry.unique_id == panel.info["device_serial_number"]
    expected = dict(entry_of(panel).data)
    del expected["is_new"], expected["salt"]
    assert {key: entry.data[key] for key in expected} == expected
    assert entry.state is ConfigEntryState.LOADED


async def test_https(hass: HomeAssistant, https_panel: SimulatedPanel) -> None:
    """A panel that only speaks https is found, too."""
    result = await discover(hass, address_of(https_panel))
    assert placeholders(result)["address"] == https_panel.url

    result = await submit(hass, await submit(hass, result, LOGIN), {})

    assert result["result"].data["ssl"] is True
    assert result["result"].state is ConfigEntryState.LOADED


async def test_back_to_the_login(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A discovered panel without a second account: its address is not asked for."""
    VARIANTS["one-account"](panel)
    result = await submit(hass, await discover(hass, address_of(panel)), LOGIN)
    assert result["menu_options"] == ["confirm", "path", "discovery_confirm"]

    result = await choose(hass, result, "discovery_confirm")

    assert result["step_id"] == "discovery_confirm"


async def test_another_panel_has_the_address_by_now(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """What was typed for one panel is not sent to another."""
    result = await discover(hass, address_of(panel))
    serial_number = panel.info["device_serial_number"]
    panel.info["device_serial_number"] = "another"

    result = await submit(hass, result, LOGIN)
    assert result["errors"] == {"base": "another_device"}
    assert not panel.logins

    panel.info["device_serial_number"] = serial_number.upper()
    result = await submit(hass, result, LOGIN)
    assert result["step_id"] == "confirm"


async def test_discovered_elsewhere(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """A panel that was seen at one address and then at another is set up there."""
    other_panel.info = panel.info
    other_panel.password = "123456"
    await discover(hass, address_of(panel))
    await panel.switch_off()

    result = await discover(hass, address_of(other_panel))

    assert placeholders(result)["address"] == other_panel.url
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["flow_id"] == result["flow_id"]
    result = await submit(hass, await submit(hass, result, LOGIN), {})
    assert result["result"].data["host"] == other_panel.host


async def test_new_panel_without_serial_number(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    VARIANTS["no-serial-number"](panel)

    result = await discover(hass, address_of(panel), panel.mac_address)
    assert result["step_id"] == "discovery_confirm"
    result = await submit(hass, await submit(hass, result, LOGIN), {})

    assert result["result"].unique_id == panel.mac_address


@pytest.fixture
def some_minutes(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Wait:
    """Return a function that lets some minutes pass."""

    async def some_minutes() -> None:
        freezer.tick(190)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    return some_minutes


@pytest.mark.parametrize(
    "fault", [Close(), HTML_PAGE, Answer(403), Answer.json({"name": "router"})]
)
async def test_no_panel(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    some_minutes: Wait,
    fault: Answer | Close,
) -> None:
    """What is no panel is asked once more, for a panel may be starting."""
    panel.fail(fault)

    result = await discover(hass, address_of(panel))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_a_panel"
    assert set(asked(panel)) == {"/api/info"}

    await some_minutes()
    assert set(asked(panel)) == {"/api/info"}
    await some_minutes()
    assert not asked(panel)
    assert not hass.config_entries.flow.async_progress()


async def test_panel_that_starts(
    hass: HomeAssistant, panel: SimulatedPanel, some_minutes: Wait
) -> None:
    """It is the same discovery, so that it is offered again once it is removed."""
    key = DiscoveryKey(domain="dhcp", key=NEW_MAC, version=1)
    for _ in range(2):
        panel.fail(Close())
        await discover(hass, address_of(panel), discovery_key=key)
        panel.recover()

        await some_minutes()

        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["step_id"] == "discovery_confirm"
        assert flow["context"]["discovery_key"] == key
        hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_monitor(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    VARIANTS["monitor"](panel)

    result = await discover(hass, address_of(panel))

    assert result["reason"] == "not_a_panel"


async def test_ignored(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A panel that the user ignores is not offered again."""
    MockConfigEntry(
        domain=DOMAIN,
        source=SOURCE_IGNORE,
        unique_id=panel.info["device_serial_number"],
    ).add_to_hass(hass)

    result = await discover(hass, address_of(panel))

    assert result["reason"] == "already_configured"


async def test_offered_once(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    await discover(hass, address_of(panel))

    result = await discover(hass, address_of(panel))

    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["flow_id"] == result["flow_id"]


async def test_set_up_by_hand(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A panel that was offered and is set up by its address is not offered any more."""
    await discover(hass, address_of(panel))

    result = await submit(hass, await read(hass, panel), {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()


@pytest.fixture
def swap(panel: SimulatedPanel, other_panel: SimulatedPanel) -> Wait:
    """Return a function that gives the address of a panel to another one."""

    async def swap() -> None:
        await panel.switch_off()
        await other_panel.switch_off()
        panel.host, other_panel.host = other_panel.host, panel.host
        # Real ones have the same port.
        other_panel.port = panel.port
        await panel.switch_on()
        await other_panel.switch_on()

    return swap


@pytest.mark.parametrize("has_mac", [True, False])
@pytest.mark.parametrize("is_up", [True, False])
@pytest.mark.parametrize("has_state", [True, False])
async def test_known_panel_is_followed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    swap: Wait,
    poll: Poll,
    has_mac: bool,
    is_up: bool,
    has_state: bool,
) -> None:
    """A panel that restarts is found at its new address when it is up.

    It is known by its MAC address, or else by the serial number that it gives. What is
    at the old address by then gets no login.
    """
    if not has_mac:
        entry = moved(entry, host=panel.host, mac=None)
    if has_state:
        await set_up(entry)
    await swap()
    if has_state:
        await poll(times=2)
        assert state_of(hass, PANEL_STATUS) == "another_device"
    else:
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    panel.logins.clear()
    if not is_up:
        panel.fail(Close())

    result = await discover(
        hass, panel.host if has_mac else address_of(panel), panel.mac_address
    )
    assert result["type"] is FlowResultType.ABORT
    is_known = has_mac or is_up
    assert result["reason"] == ("already_configured" if is_known else "not_a_panel")
    if not is_up:
        await poll(times=8 if is_known else 2)
        assert entry.data["host"] == other_panel.host
        panel.recover()
    await poll(times=6)

    assert not other_panel.logins
    assert (entry.data["host"], entry.data["port"]) == (panel.host, panel.port)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert len(panel.logins) == 1


@pytest.mark.parametrize(
    "serial_number", [None, "another", "0000000000"], ids=["none", "another", "filler"]
)
async def test_only_the_known_panel_is_followed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    swap: Wait,
    poll: Poll,
    serial_number: str | None,
) -> None:
    """Its MAC address alone proves nothing; it is asked who it is, and nothing else."""
    await swap()
    panel.info["device_serial_number"] = serial_number
    await set_up(entry)
    await discover(hass, panel.host, panel.mac_address)

    await poll(times=3)

    assert entry.data["host"] == "127.0.1.1"
    assert set(asked(panel)) == {"/api/info"}


async def test_panel_without_serial_number_is_not_followed(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Only a login could prove that it is the one."""
    entry = moved(by_mac_address(panel))
    await set_up(entry)
    await discover(hass, panel.host, panel.mac_address)

    await poll(times=3)

    assert entry.data["host"] == "127.0.0.1"
    assert not panel.requests


async def test_disabled_panel_is_not_followed(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry
) -> None:
    """Nothing is asked or changed while a person does not want the panel."""
    disabled = entry_like(moved(entry), disabled_by=ConfigEntryDisabler.USER)
    disabled.add_to_hass(hass)

    result = await discover(hass, panel.host, panel.mac_address)

    assert result["reason"] == "already_configured"
    assert disabled.data["host"] == "127.0.0.1"
    assert not panel.requests


async def test_healthy_panel_is_not_followed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """What is at the address that was told of is not even asked."""
    await other_panel.switch_off()
    other_panel.info, other_panel.port = panel.info, panel.port
    await other_panel.switch_on()
    await set_up(entry)
    await discover(hass, other_panel.host, panel.mac_address)
    panel.fail(Answer(500), path=SECOND)
    await poll()
    assert state_of(hass, PANEL_STATUS) == "not_reachable"
    panel.password = "new"
    panel.end_sessions()
    panel.recover()

    await poll(times=3)

    assert state_of(hass, PANEL_STATUS) == "login_rejected"
    assert entry.data["host"] == "127.0.1.1"
    assert not other_panel.requests


async def test_panel_that_is_unloaded_while_it_is_looked_for(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    swap: Wait,
) -> None:
    """It stays unloaded, where it was."""
    await set_up(entry)
    await swap()
    await discover(hass, panel.host, panel.mac_address)
    panel.fail(Delay(0.05), path=INFO)
    task = hass.async_create_background_task(entry.runtime_data.async_refresh(), "poll")
    while (await panel.next_request()).path != INFO:
        pass
    await hass.config_entries.async_unload(entry.entry_id)
    await task
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.state is ConfigEntryState.NOT_LOADED
    assert entry.data["host"] == other_panel.host


async def test_host_name(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is followed by the network itself."""

    async def resolve(*_: Any, **__: Any) -> None:
        raise OSError("The panel is away")

    monkeypatch.setattr(AsyncResolver, "resolve", resolve)
    entry = moved(entry, host="panel.local")
    await set_up(entry)
    assert "DNSError" in str(entry.reason)
    await discover(hass, panel.host, panel.mac_address)

    await poll(times=3)

    assert entry.data["host"] == "panel.local"
    assert not panel.requests
