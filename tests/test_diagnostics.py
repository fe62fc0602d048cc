"""The diagnostics, which must not say where or who a panel is."""

import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.panel import Account
from simulator import Answer, SimulatedPanel

from .conftest import Poll, SetUp, entry_of

FIRST = "/api/v1/device/sip/settings"
STATUS = "/api/v1/sip/status"


def assert_nothing_private(diagnostics: Any, panel: SimulatedPanel) -> None:
    """Check that no private value is there."""
    text = json.dumps(diagnostics)
    for value in (
        panel.host,
        panel.mac_address,
        panel.password,
        panel.sip_password,
        panel.info["device_serial_number"],
        panel.info["device_name"],
        "example",
        "101",
        "201",
        "admin",
    ):
        assert value not in text


async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    snapshot: SnapshotAssertion,
) -> None:
    panel.register_last_attempt = 1_790_000_000
    panel.behaviour.registers_again = False
    panel.behaviour.cleartext_password = True
    entry = entry_of(panel, (Account.FIRST, Account.SECOND))
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    panel.sip_status = "ERROR"
    panel.firmware_version = "3.21.0"
    del panel.second_account["outbound"]
    await poll()

    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    for change in diagnostics["changes"]:
        assert dt_util.parse_datetime(change.pop("time"), raise_on_error=True)
    version = async_get_loaded_integration(hass, DOMAIN).version
    assert diagnostics["report"].pop("integration") == version
    assert_nothing_private(diagnostics, panel)
    assert diagnostics == snapshot(extension_class=HomeAssistantSnapshotExtension)


async def test_unreadable_answers(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
) -> None:
    entry = entry_of(panel, (Account.FIRST, Account.SECOND))
    await set_up(entry)
    for path in (FIRST, STATUS):
        panel.fail(Answer(500), path=path)
    await poll()

    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert diagnostics["last_update_success"] is True
    assert diagnostics["registration"] is None
    first = diagnostics["accounts"]["first"]
    assert first["status"] == "unknown"
    assert first["transport"] is None
    assert first["settings"]["proxy"] == {"known": False, "status": "unknown"}
    assert diagnostics["accounts"]["second"]["status"] == "in_sync"


async def test_panel_is_away(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    await set_up(entry)
    await panel.switch_off()
    await poll()

    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert diagnostics["last_update_success"] is False
    assert diagnostics["report"] is None
    assert diagnostics["accounts"]["second"]["status"] == "in_sync"


@pytest.mark.parametrize(
    ("options", "scan_interval"), [({}, 60), ({CONF_SCAN_INTERVAL: 300}, 300)]
)
async def test_not_loaded(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    panel: SimulatedPanel,
    set_up: SetUp,
    options: dict[str, int],
    scan_interval: int,
) -> None:
    await panel.switch_off()
    entry = entry_of(panel, **options)
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY

    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert_nothing_private(diagnostics, panel)
    assert diagnostics == {
        "entry": {
            "accounts": ["second"],
            "has_mac": True,
            "scan_interval": scan_interval,
            "second_account_path": "device/sip/settings/second",
            "second_enable_path": None,
            "second_status_path": None,
            "ssl": False,
            "state": "setup_retry",
            "verify_ssl": False,
        }
    }
