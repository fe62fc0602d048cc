"""Tests of the discovery by DHCP: a new panel, and a panel that has moved."""

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from simulator import VARIANTS, Answer, Close, SimulatedPanel
from simulator.faults import HTML_PAGE

from .conftest import SetUp, by_mac_address, entry_of
from .test_config_flow import form_of, moved, start, submit

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

NEW_MAC = "70:69:79:e0:00:01"


@pytest.fixture(autouse=True)
def port(panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for new panels where the simulated one is; port 80 is not for tests."""
    monkeypatch.setattr(
        "custom_components.bas_ip.config_flow.DISCOVERY_PORT", panel.port
    )


async def discover(
    hass: HomeAssistant, panel: SimulatedPanel, mac: str = NEW_MAC
) -> ConfigFlowResult:
    """Let a MAC address ask for the network address of a panel."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(
            ip=panel.host, hostname="panel", macaddress=mac.replace(":", "")
        ),
    )
    await hass.async_block_till_done()
    return result


async def use_port_of(panel: SimulatedPanel, other_panel: SimulatedPanel) -> None:
    """Let two panels have the same port, as real ones do."""
    await other_panel.switch_off()
    other_panel.port = panel.port
    await other_panel.switch_on()


def asked(panel: SimulatedPanel) -> list[str]:
    """Return what a panel was asked."""
    return [request.path for request in panel.requests]


async def test_new_panel(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """A new panel is offered, and gets a login only from a person."""
    entry_of(other_panel).add_to_hass(hass)
    result = await discover(hass, panel)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "discovery_confirm"
    assert result["description_placeholders"] == {
        "panel": "Front door",
        "host": "127.0.1.1",
    }
    assert not result["errors"]
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "Front door (127.0.1.1)"}
    assert flow["context"]["configuration_url"] == panel.url
    assert asked(panel) == ["/api/info"]

    login = {"username": "admin", "password": "wrong"}
    result = await submit(hass, result, login)
    assert result["step_id"] == "discovery_confirm"
    assert result["errors"] == {"password": "invalid_auth"}

    result = await submit(hass, result, {"username": "admin", "password": "123456"})
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Front door"
    entry = result["result"]
    assert entry.unique_id == panel.info["device_serial_number"]
    assert entry.data == entry_of(panel).data
    assert entry.state is ConfigEntryState.LOADED


async def test_another_panel_has_the_address_by_now(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """What was typed for one panel is not sent to another."""
    result = await discover(hass, panel)
    serial_number = panel.info["device_serial_number"]
    panel.info["device_serial_number"] = "another"

    login = {"username": "admin", "password": "123456"}
    result = await submit(hass, result, login)
    assert result["errors"] == {"base": "wrong_panel"}
    assert not panel.logins

    panel.info["device_serial_number"] = serial_number
    result = await submit(hass, result, login)
    assert result["step_id"] == "confirm"


async def test_new_panel_without_serial_number(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    VARIANTS["no-serial-number"](panel)

    result = await discover(hass, panel, panel.mac_address)
    assert result["step_id"] == "discovery_confirm"
    result = await submit(hass, result, {"username": "admin", "password": "123456"})
    result = await submit(hass, result, {})

    assert result["result"].unique_id == panel.mac_address


@pytest.mark.parametrize(
    "fault", [Close(), HTML_PAGE, Answer(403), Answer.json({"name": "router"})]
)
async def test_no_panel(
    hass: HomeAssistant, panel: SimulatedPanel, fault: Answer | Close
) -> None:
    """What is no panel is dropped after one question."""
    panel.fail(fault)

    result = await discover(hass, panel)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_a_panel"
    assert set(asked(panel)) == {"/api/info"}


async def test_monitor(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    VARIANTS["monitor"](panel)

    result = await discover(hass, panel)

    assert result["reason"] == "not_a_panel"


async def test_ignored(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A panel that the user ignores is not offered again."""
    MockConfigEntry(
        domain=DOMAIN,
        source=SOURCE_IGNORE,
        unique_id=panel.info["device_serial_number"],
    ).add_to_hass(hass)

    result = await discover(hass, panel)

    assert result["reason"] == "already_configured"


async def test_offered_once(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    await discover(hass, panel)

    result = await discover(hass, panel)

    assert result["reason"] == "already_in_progress"


async def test_set_up_by_hand(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A panel that was offered and is set up by its address is not offered any more."""
    await discover(hass, panel)

    result = await submit(hass, await start(hass), form_of(panel))
    result = await submit(hass, result, {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()


@pytest.mark.parametrize("has_mac", [True, False])
async def test_known_panel_is_followed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    has_mac: bool,
) -> None:
    """A panel that was away at its old address is back at the new one.

    It is known by its MAC address, or else by the serial number that it gives.
    """
    entry = moved(entry, **({} if has_mac else {"mac": None}))
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY

    result = await discover(hass, panel, panel.mac_address)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data["host"] == "127.0.1.1"
    assert entry.state is ConfigEntryState.LOADED
    # That of the entry.
    assert len(panel.logins) == 1


async def test_panel_that_is_where_it_was_is_not_followed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """Nobody gets the login of a healthy panel, whatever it says of itself."""
    await use_port_of(panel, other_panel)
    await set_up(entry)
    other_panel.info["device_serial_number"] = panel.info["device_serial_number"]

    result = await discover(hass, other_panel, panel.mac_address)

    assert result["reason"] == "already_configured"
    assert entry.data["host"] == "127.0.1.1"
    assert not other_panel.requests


async def test_panel_whose_old_address_has_another_is_followed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """The old address may belong to another device by now."""
    await use_port_of(panel, other_panel)
    entry = moved(entry, host=other_panel.host)
    entry.add_to_hass(hass)

    await discover(hass, panel, panel.mac_address)

    assert entry.data["host"] == "127.0.1.1"
    assert not other_panel.logins


@pytest.mark.parametrize("serial_number", [None, "another"])
async def test_mac_address_alone_proves_nothing(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    serial_number: str | None,
) -> None:
    entry = moved(entry)
    entry.add_to_hass(hass)
    panel.info["device_serial_number"] = serial_number

    result = await discover(hass, panel, panel.mac_address)

    assert result["reason"] == "already_configured"
    assert entry.data["host"] == "127.0.0.1"
    assert asked(panel) == ["/api/info"]


@pytest.mark.parametrize("serial_number", [None, "of newer firmware"])
async def test_panel_without_serial_number_is_not_followed(
    hass: HomeAssistant, panel: SimulatedPanel, serial_number: str | None
) -> None:
    """Only a login could prove that it is the one."""
    entry = moved(by_mac_address(panel))
    entry.add_to_hass(hass)
    panel.info["device_serial_number"] = serial_number

    result = await discover(hass, panel, panel.mac_address)

    assert result["reason"] == "already_configured"
    assert entry.data["host"] == "127.0.0.1"
    assert not panel.requests


@pytest.mark.parametrize("host", ["panel.local", "127.0.1.1"])
async def test_nothing_to_follow(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, host: str
) -> None:
    """A host name is followed by the network itself."""
    entry = moved(entry, host=host)
    entry.add_to_hass(hass)

    result = await discover(hass, panel, panel.mac_address)

    assert result["reason"] == "already_configured"
    assert entry.data["host"] == host
    assert not panel.requests
