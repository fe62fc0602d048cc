"""The diagnostics, which must not say where or who a panel is."""

import json
import re
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import CONF_REPORT, CONF_WATCH_REGISTRATION
from simulator import VARIANTS, Answer, SimulatedPanel

from .conftest import (
    EXPECTED,
    FIRST,
    SALT,
    STATUS,
    Poll,
    SetUp,
    asked,
    both_accounts,
    entry_like,
    entry_of,
)

REPORT = {"report": 3, "model": "aa-07fb", "second_account_path": None}


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
        EXPECTED["first"]["user_id"],
        EXPECTED["second"]["user_id"],
        f'"{SALT}"',
        "example",
        "101",
        "201",
        "admin",
    ):
        # Digits may be a part of a time.
        assert not re.search(rf"(?<!\d){re.escape(value)}(?!\d)", text)


@pytest.mark.freeze_time("2026-11-22 12:00:00+00:00")
async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    snapshot: SnapshotAssertion,
) -> None:
    """They say what is wrong, with the report that is kept, and ask nothing."""
    VARIANTS["second-registration"](panel)
    panel.register_last_attempt = 1_790_000_000
    panel.behaviour.registers_again = False
    panel.behaviour.cleartext_password = True
    entry = both_accounts(panel)
    entry = entry_like(entry, data={**entry.data, CONF_REPORT: REPORT})
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    panel.sip_status = "ERROR"
    panel.firmware_version = "3.21.0"
    await poll(times=2)
    del panel.second_account["outbound"]
    panel.fail(Answer(403), path=FIRST)
    await poll()
    asked(panel)

    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert asked(panel) == []
    assert_nothing_private(diagnostics, panel)
    assert diagnostics == snapshot


@pytest.mark.usefixtures("init_integration")
async def test_panel_is_away(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    reload: SetUp,
) -> None:
    """They say why, and what was confirmed last; after a start, too."""
    panel.fail(Answer(404), path=STATUS)
    await poll()
    await panel.switch_off()
    await poll(times=2)
    for _ in range(2):
        diagnostics: Any = await get_diagnostics_for_config_entry(
            hass, hass_client, entry
        )
        assert diagnostics["status"] == "not_reachable"
        assert diagnostics["failure"]["key"] == "cannot_connect"
        assert diagnostics["accounts"]["second"]["status"] == "in_sync"
        assert diagnostics["registration"] is None
        assert diagnostics["report"] is None
        assert_nothing_private(diagnostics, panel)
        await reload(entry)
    assert diagnostics["panel"] is None


@pytest.mark.parametrize(
    ("options", "scan_interval"), [({}, None), ({CONF_SCAN_INTERVAL: 300}, 300)]
)
async def test_not_loaded(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    panel: SimulatedPanel,
    set_up: SetUp,
    options: dict[str, int],
    scan_interval: int | None,
) -> None:
    """They have what is known of the entry, and the report."""
    await panel.switch_off()
    entry = entry_of(panel, **options, **{CONF_WATCH_REGISTRATION: False})
    entry = entry_like(entry, data={**entry.data, CONF_REPORT: REPORT})
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY

    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert_nothing_private(diagnostics, panel)
    assert diagnostics == {
        "entry": {
            "accounts": ["second"],
            "has_mac": True,
            "has_serial_number": True,
            "scan_interval": scan_interval,
            "second_account_path": "device/sip/settings/second",
            "second_status_path": None,
            "ssl": False,
            "state": "setup_retry",
            "verify_ssl": False,
            "watch_registration": False,
        },
        "report": REPORT,
    }
