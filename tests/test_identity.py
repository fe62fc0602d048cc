"""Tests of the config flow: which panels are the same one."""

from homeassistant.config_entries import SOURCE_IGNORE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from simulator import VARIANTS, Answer, SimulatedPanel

from .conftest import MAC, SetUp, by_mac_address, device_of, entry_like
from .flows import placeholders, read, submit

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")


async def test_already_configured(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """It is named as the user has named it."""
    await set_up(entry)
    device = device_of(hass, entry)
    dr.async_get(hass).async_update_device(device.id, name_by_user="Main entrance")

    result = await read(hass, panel)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert placeholders(result) == {"name": "`Main entrance`"}


@pytest.mark.parametrize(
    "serial_number",
    ["3B9E0A7C-5A", "3b9e0a7c5a", " 3b9e0a7c-5a ", "3B:9E:0A:7C:5A"],
)
async def test_serial_number_in_another_form(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    serial_number: str,
) -> None:
    entry_like(entry, unique_id="3b9e0a7c-5a").add_to_hass(hass)
    panel.info["device_serial_number"] = serial_number

    result = await read(hass, panel)

    assert result["reason"] == "already_configured"


async def test_serial_number_since_an_update(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """A panel that was known by its MAC address is not another one."""
    by_mac_address(panel).add_to_hass(hass)

    result = await read(hass, panel)

    assert result["reason"] == "already_configured"


async def test_serial_number_that_is_gone(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry
) -> None:
    entry.add_to_hass(hass)
    panel.info["device_serial_number"] = "unknown"

    result = await read(hass, panel)

    assert result["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("serial_number", "mac", "other_mac"),
    [
        # Each its own, as it is.
        ("0000000000", "70:69:79:e0:00:01", "70:69:79:e0:00:02"),
        ("unknown", "70:69:79:e0:00:01", "70:69:79:e0:00:02"),
        (None, "70:69:79:e0:00:01", "70:69:79:e0:00:02"),
        # Both have a serial number, so that an equal MAC address means nothing.
        ("own", "02:00:00:00:00:00", "02:00:00:00:00:00"),
        ("own", "00:00:00:00:00:00", "00:00:00:00:00:00"),
        ("own", "ff:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"),
        ("own", "70:69:79:e0:00:01", "70:69:79:e0:00:01"),
    ],
)
async def test_two_panels(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    serial_number: str | None,
    mac: str,
    other_mac: str,
) -> None:
    """They are two panels with a device each, and no address of all devices."""
    entries = []
    for each, mac_address in ((panel, mac), (other_panel, other_mac)):
        if serial_number != "own":
            each.info["device_serial_number"] = serial_number
        each.mac_address = mac_address
        result = await submit(hass, await read(hass, each), {})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        entries.append(result["result"])

    devices = [device_of(hass, entry) for entry in entries]
    assert devices[0].id != devices[1].id
    connections = [connection for each in devices for connection in each.connections]
    real = {mac, other_mac} if mac.startswith("70") else set()
    assert sorted(connections) == [("mac", each) for each in sorted(real)]

    # And each is known again.
    for each in (panel, other_panel):
        result = await read(hass, each)
        assert result["reason"] == "already_configured"


async def test_filler_without_a_mac_address(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """It is the last resort."""
    panel.info["device_serial_number"] = "0123456789ABCDEF"
    panel.fail(Answer(404), path=MAC)

    result = await submit(hass, await read(hass, panel), {})

    assert result["result"].unique_id == "0123456789ABCDEF"
    result = await read(hass, panel)
    assert result["reason"] == "already_configured"


async def test_no_serial_number(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """The MAC address stands in for the serial number, however it is written."""
    VARIANTS["no-serial-number"](panel)
    panel.mac_address = "02-AA-BB-CC-DD-EE"

    result = await submit(hass, await read(hass, panel), {})

    assert result["result"].unique_id == "02:aa:bb:cc:dd:ee"
    assert result["result"].data["mac"] == "02:aa:bb:cc:dd:ee"


@pytest.mark.parametrize("answer", [Answer(404), Answer.json({"mac_address": None})])
async def test_no_mac_address(
    hass: HomeAssistant, panel: SimulatedPanel, answer: Answer
) -> None:
    panel.fail(answer, path=MAC)

    result = await submit(hass, await read(hass, panel), {})

    assert result["result"].unique_id == panel.info["device_serial_number"]
    assert result["result"].data["mac"] is None


async def test_two_flows(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A flow that was left open does not keep another from its end."""
    await read(hass, panel)

    result = await submit(hass, await read(hass, panel), {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()


async def test_ignored(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """What was ignored when it was discovered can be set up by hand."""
    MockConfigEntry(
        domain=DOMAIN,
        source=SOURCE_IGNORE,
        unique_id=panel.info["device_serial_number"],
    ).add_to_hass(hass)

    result = await submit(hass, await read(hass, panel), {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.config_entries.async_entries(DOMAIN) == [result["result"]]
