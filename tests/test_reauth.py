"""Tests of the reauth flow: another login for the right panel."""

from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import area_registry as ar, device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import VARIANTS, Answer, Behaviour, Close, SimulatedPanel
from simulator.faults import HTML_PAGE

from .conftest import (
    PANEL_STATUS,
    PROXY,
    Poll,
    SetUp,
    asked,
    both_accounts,
    by_mac_address,
    device_of,
    entry_of,
    rejected,
    state_of,
)
from .flows import placeholders, submit, suggested

LOGIN = {"username": "admin", "password": "new"}
OLD_LOGIN = {"username": "admin", "password": "123456"}


def the_flow(hass: HomeAssistant) -> ConfigFlowResult:
    """Return the only flow in progress."""
    (flow,) = hass.config_entries.flow.async_progress()
    return flow


@pytest.mark.usefixtures("init_integration")
async def test_password_changed(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """One login is rejected, no other is sent, and the right password mends it."""
    panel.password = "new"
    await poll()
    flow = the_flow(hass)
    assert flow["context"]["source"] == "reauth"
    assert flow["step_id"] == "reauth_confirm"
    assert state_of(hass, PANEL_STATUS) == "login_rejected"
    assert state_of(hass, PROXY) == STATE_UNAVAILABLE
    await poll(times=3)
    assert rejected(panel) == 1

    result = await submit(hass, flow, {"username": "admin", "password": "wrong"})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"password": "invalid_auth"}
    assert suggested(result) == {"username": "admin", "password": "wrong"}
    assert entry.data["password"] == "123456"
    assert rejected(panel) == 2

    data = dict(entry.data)
    result = await submit(hass, result, LOGIN)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data == data | LOGIN
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert state_of(hass, PROXY) == "sip:pbx.example.net"
    assert rejected(panel) == 2
    assert len(panel.sessions) == 1
    assert not hass.config_entries.flow.async_progress()


async def test_wrong_password_at_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    panel.password = "new"
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await poll()
    assert rejected(panel) == len(panel.logins) == 1

    result = await submit(hass, the_flow(hass), LOGIN)

    assert result["reason"] == "reauth_successful"
    assert entry.state is ConfigEntryState.LOADED


async def test_two_panels_of_one_name(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
) -> None:
    """Each form says which panel it is about, and where that is."""
    other_panel.info["device_name"] = "Front door"
    area = ar.async_get(hass).async_create("Yard")
    for each in (panel, other_panel):
        entry = entry_of(each)
        await set_up(entry)
        device = device_of(hass, entry)
        dr.async_get(hass).async_update_device(device.id, area_id=area.id)
        address = f"Yard, {each.host}:{each.port}"
        name = "Front door" if each is panel else f"Front door ({address})"

        result = await entry.start_reauth_flow(hass)

        assert placeholders(result) == {
            "address": each.url,
            "location": address,
            "name": "Front door",
            "panel": name,
        }
        assert suggested(result) == {"username": "admin"}
        *_, flow = hass.config_entries.flow.async_progress()
        assert flow["context"]["title_placeholders"] == {"name": name}


@pytest.fixture
async def reauth(
    hass: HomeAssistant, entry: MockConfigEntry, enable_custom_integrations: None
) -> ConfigFlowResult:
    """Return a reauth flow of an entry that is not loaded."""
    entry.add_to_hass(hass)
    return await entry.start_reauth_flow(hass)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda panel: panel.fail(Close()), "cannot_connect"),
        (lambda panel: panel.fail(HTML_PAGE), "not_a_panel"),
        (lambda panel: panel.fail(Answer(403)), "blocked"),
        (VARIANTS["monitor"], "not_a_panel"),
        (VARIANTS["api-v0"], "unsupported_firmware"),
        (
            lambda panel: panel.fail(Answer(500), path="/api/v1/login"),
            "invalid_response",
        ),
        # A panel that has just started does not give its serial number yet.
        (lambda panel: panel.info.update(device_serial_number=""), "cannot_connect"),
    ],
)
async def test_reauth_errors(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    reauth: ConfigFlowResult,
    spoil: Callable[[SimulatedPanel], None],
    error: str,
) -> None:
    """What is not about the password is shown above the form."""
    info = dict(panel.info)
    spoil(panel)
    result = await submit(hass, reauth, OLD_LOGIN)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}

    panel.recover()
    panel.info = info
    panel.behaviour = Behaviour()
    result = await submit(hass, result, OLD_LOGIN)
    assert result["reason"] == "reauth_successful"


async def test_unexpected_error(
    hass: HomeAssistant,
    reauth: ConfigFlowResult,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The form says so, and the log says where it was, not what the error says."""
    secret = "canary"

    async def fail(*_: Any) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("custom_components.bas_ip.panel.client.PanelClient.read", fail)

    result = await submit(hass, reauth, OLD_LOGIN)

    assert result["errors"] == {"base": "unknown"}
    assert "Unexpected RuntimeError" in caplog.text
    assert "canary" not in caplog.text


async def test_reauth_another_panel(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reauth: ConfigFlowResult,
) -> None:
    """Another panel at the address is not even sent the login."""
    serial_number = panel.info["device_serial_number"]
    panel.info["device_serial_number"] = "another"

    result = await submit(hass, reauth, LOGIN)
    assert result["errors"] == {"base": "another_device"}
    assert entry.data["password"] == "123456"
    assert asked(panel) == ["/api/info"]

    # It may write its serial number in another way by now.
    panel.info["device_serial_number"] = serial_number.replace("-", "").upper()
    result = await submit(hass, result, OLD_LOGIN)
    assert result["reason"] == "reauth_successful"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.usefixtures("init_integration")
async def test_user_who_may_not_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    status: int,
) -> None:
    """A right password is no success until its user may read the settings."""
    panel.fail(Answer(status), path="/api/v1/device/sip/settings/second")
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "forbidden"

    result = await submit(hass, the_flow(hass), OLD_LOGIN)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"username": "permission_denied"}
    assert rejected(panel) == 0

    panel.recover()
    panel.username, panel.password = "installer", "new"
    result = await submit(hass, result, {"username": "installer", "password": "new"})
    assert result["reason"] == "reauth_successful"
    assert (entry.data["username"], entry.data["password"]) == ("installer", "new")
    assert entry.state is ConfigEntryState.LOADED


async def test_one_account_is_enough(
    hass: HomeAssistant, panel: SimulatedPanel, enable_custom_integrations: None
) -> None:
    """A login is right if it may read one of the watched accounts."""
    entry = both_accounts(panel)
    entry.add_to_hass(hass)
    panel.fail(Answer(403), path="/api/v1/device/sip/settings")

    result = await submit(hass, await entry.start_reauth_flow(hass), OLD_LOGIN)

    assert result["reason"] == "reauth_successful"


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({}, None),
        ({"mac_address": "70:69:79:e0:00:01"}, {"base": "another_device"}),
        # It gives its MAC address no more, so it is taken for the same one.
        ({"mac_address": None}, None),
    ],
)
@pytest.mark.parametrize("serial_number", [None, "of newer firmware"])
async def test_known_by_mac_address(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    enable_custom_integrations: None,
    serial_number: str | None,
    change: dict[str, str | None],
    errors: dict[str, str] | None,
) -> None:
    """A panel that was set up by its MAC address stays the same one."""
    entry = by_mac_address(panel)
    entry.add_to_hass(hass)
    panel.info["device_serial_number"] = serial_number
    panel.fail(
        Answer.json({"mac_address": panel.mac_address} | change),
        path="/api/v1/network/mac",
    )

    result = await submit(hass, await entry.start_reauth_flow(hass), OLD_LOGIN)

    assert result.get("errors") == errors
    assert (result.get("reason") == "reauth_successful") is (errors is None)
