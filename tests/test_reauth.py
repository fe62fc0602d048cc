"""Tests of the reauth and the reconfigure flow."""

from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.panel import Account
from simulator import VARIANTS, Answer, Behaviour, Close, SimulatedPanel
from simulator.faults import HTML_PAGE

from .conftest import Poll, SetUp, both_accounts, by_mac_address, entry_of
from .test_config_flow import moved, submit, suggested

PROXY = "sensor.front_door_account_2_proxy"
HIDDEN_PATH = "device/sip/account-b"
LOGIN = {"username": "admin", "password": "new"}
OLD_LOGIN = {"username": "admin", "password": "123456"}


def rejected(panel: SimulatedPanel) -> int:
    """Return the number of logins that the panel has rejected."""
    return sum(not login.accepted for login in panel.logins)


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    state = hass.states.get(entity_id)
    assert state
    return state.state


def the_flow(hass: HomeAssistant) -> ConfigFlowResult:
    """Return the only flow in progress."""
    (flow,) = hass.config_entries.flow.async_progress()
    return flow


@pytest.mark.usefixtures("init_integration")
async def test_password_changed(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """One login is rejected, nothing more is sent, and the right password mends it."""
    assert state_of(hass, PROXY) == "sip:pbx.example.net"

    panel.password = "new"
    await poll()
    flow = the_flow(hass)
    assert flow["context"]["source"] == "reauth"
    assert flow["step_id"] == "reauth_confirm"
    assert state_of(hass, PROXY) == STATE_UNAVAILABLE
    assert rejected(panel) == 1

    requests = len(panel.requests)
    await poll(times=3)
    assert len(panel.requests) == requests
    await entry.runtime_data.async_refresh()
    assert rejected(panel) == 1

    result = await submit(hass, flow, {"username": "admin", "password": "wrong"})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"password": "invalid_auth"}
    assert result["description_placeholders"] == {
        "name": "Front door",
        "panel": "Front door",
    }
    assert entry.data["password"] == "123456"
    assert rejected(panel) == 2

    result = await submit(hass, result, LOGIN)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data == {**entry_of(panel).data, "password": "new"}
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, PROXY) == "sip:pbx.example.net"
    assert rejected(panel) == 2
    assert len(panel._sessions) == 1
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
        (lambda panel: panel.fail(Answer(403)), "refused"),
        (VARIANTS["monitor"], "not_a_panel"),
        (VARIANTS["api-v0"], "unsupported_firmware"),
        (
            lambda panel: panel.fail(Answer(500), path="/api/v1/login"),
            "invalid_response",
        ),
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
    spoil(panel)
    result = await submit(hass, reauth, OLD_LOGIN)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}

    panel.recover()
    panel.info["device_type"] = "panel"
    panel.behaviour = Behaviour()
    result = await submit(hass, result, OLD_LOGIN)
    assert result["reason"] == "reauth_successful"


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
    assert result["errors"] == {"base": "wrong_panel"}
    assert entry.data["password"] == "123456"
    assert [request.path for request in panel.requests] == ["/api/info"]

    panel.info["device_serial_number"] = serial_number
    result = await submit(hass, result, OLD_LOGIN)
    assert result["reason"] == "reauth_successful"


@pytest.mark.parametrize("status", [401, 403])
async def test_user_who_may_not_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    status: int,
) -> None:
    """A right password is no success until its user may read the settings."""
    settings = "/api/v1/device/sip/settings/second"
    panel.fail(Answer(status), path=settings)
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR

    result = await submit(hass, the_flow(hass), OLD_LOGIN)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"username": "permission_denied"}
    assert rejected(panel) == 0
    assert not panel._sessions

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


@pytest.mark.parametrize("serial_number", [None, "of newer firmware"])
async def test_reauth_known_by_mac_address(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    enable_custom_integrations: None,
    serial_number: str | None,
) -> None:
    """A panel that was set up by its MAC address stays the same one."""
    entry = by_mac_address(panel)
    entry.add_to_hass(hass)
    panel.info["device_serial_number"] = serial_number

    result = await submit(
        hass,
        await entry.start_reauth_flow(hass),
        {"username": "admin", "password": "123456"},
    )

    assert result["reason"] == "reauth_successful"


@pytest.mark.parametrize("status", [403, 404])
async def test_reauth_without_proof(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    enable_custom_integrations: None,
    status: int,
) -> None:
    """A panel that gives its MAC address no more is taken for the same one."""
    panel.info["device_serial_number"] = panel.mac_address
    entry = entry_of(panel)
    entry.add_to_hass(hass)
    panel.fail(Answer(status), path="/api/v1/network/mac")

    result = await submit(hass, await entry.start_reauth_flow(hass), OLD_LOGIN)

    assert result["reason"] == "reauth_successful"


def form_of(panel: SimulatedPanel, **advanced: Any) -> dict[str, Any]:
    """Return what a user types, who leaves the password empty."""
    return {
        "host": f"{panel.host}:{panel.port}",
        "username": "admin",
        "advanced": {"ssl": False, "verify_ssl": False, **advanced},
    }


async def test_reconfigure(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A panel that was away at its old address is back at the new one."""
    entry = moved(entry)
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY

    result = await entry.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reconfigure"
    assert not result["errors"]
    assert result["description_placeholders"] == {"panel": "Front door"}
    assert suggested(result) == {
        "host": f"127.0.0.1:{panel.port}",
        "username": "admin",
        "password": None,
        "ssl": False,
        "verify_ssl": False,
        "second_account_path": "device/sip/settings/second",
    }

    result = await submit(hass, result, form_of(panel))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == entry_of(panel).data
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, PROXY) == "sip:pbx.example.net"
    # One of the flow, which has logged out, and one of the entry.
    assert len(panel.logins) == 2
    assert len(panel._sessions) == 1


@pytest.mark.parametrize(
    ("data", "address"),
    [
        ({"host": "panel.local", "port": 80}, "panel.local"),
        ({"host": "panel.local", "port": 443, "ssl": True}, "panel.local"),
        ({"host": "panel.local", "port": 443}, "panel.local:443"),
        ({"host": "2001:db8::5", "port": 80}, "[2001:db8::5]"),
        ({"host": "2001:db8::5", "port": 8080}, "[2001:db8::5]:8080"),
    ],
)
async def test_reconfigure_shows_the_address(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    enable_custom_integrations: None,
    data: dict[str, Any],
    address: str,
) -> None:
    entry = moved(entry, **data)
    entry.add_to_hass(hass)

    result = await entry.start_reconfigure_flow(hass)

    assert suggested(result)["host"] == address


@pytest.fixture
async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, enable_custom_integrations: None
) -> ConfigFlowResult:
    """Return a reconfigure flow of an entry that is not loaded."""
    entry.add_to_hass(hass)
    return await entry.start_reconfigure_flow(hass)


@pytest.mark.parametrize("typed", [{}, {"password": "654321"}])
async def test_reconfigure_another_panel(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
    typed: dict[str, str],
) -> None:
    """Another panel gets no login, neither the stored one nor one that was typed."""
    data = entry.data

    form = form_of(other_panel, verify_ssl=True) | typed
    result = await submit(hass, reconfigure, form)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"host": "wrong_panel"}
    assert suggested(result) == {
        "host": form["host"],
        "username": "admin",
        "password": None,
        "ssl": False,
        "verify_ssl": True,
        "second_account_path": None,
    }
    assert [request.path for request in other_panel.requests] == ["/api/info"]
    assert not other_panel.logins
    assert entry.data == data

    result = await submit(hass, result, form_of(panel))
    assert result["reason"] == "reconfigure_successful"


async def test_reconfigure_panel_that_hides_its_serial_number(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    reconfigure: ConfigFlowResult,
) -> None:
    """A panel that had a serial number has to give it again."""
    serial_number = panel.info.pop("device_serial_number")

    result = await submit(hass, reconfigure, form_of(panel))
    assert result["errors"] == {"host": "wrong_panel"}
    assert not panel.logins

    panel.info["device_serial_number"] = serial_number
    result = await submit(hass, result, form_of(panel))
    assert result["reason"] == "reconfigure_successful"


async def test_reconfigure_without_proof(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    enable_custom_integrations: None,
) -> None:
    """The stored password of a panel without serial number stays at its address."""
    VARIANTS["no-serial-number"](panel)
    VARIANTS["no-serial-number"](other_panel)
    panel.info["device_serial_number"] = panel.mac_address
    entry = entry_of(panel)
    entry.add_to_hass(hass)
    VARIANTS["no-serial-number"](panel)

    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(other_panel))
    assert result["errors"] == {"password": "password_required"}
    assert not other_panel.requests

    form = form_of(other_panel) | {"password": "654321"}
    result = await submit(hass, result, form)
    assert result["errors"] == {"host": "wrong_panel"}
    assert rejected(other_panel) == 0

    result = await submit(hass, result, form_of(panel))
    assert result["reason"] == "reconfigure_successful"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"host": "two words"}, {"host": "invalid_address"}),
        ({"username": "admin", "password": "wrong"}, {"password": "invalid_auth"}),
        ({"username": "guest"}, {"password": "invalid_auth"}),
        (
            {
                "advanced": {
                    "ssl": False,
                    "verify_ssl": False,
                    "second_account_path": "device/sip/settings",
                }
            },
            {"advanced": "no_second_account"},
        ),
    ],
)
async def test_reconfigure_errors(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    result = await submit(hass, reconfigure, form_of(panel) | changes)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors

    result = await submit(hass, result, form_of(panel))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == entry_of(panel).data


async def test_reconfigure_password(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    panel.password = "new"

    result = await submit(hass, reconfigure, form_of(panel) | {"password": "new"})

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["password"] == "new"


async def test_reconfigure_path(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    """The path that is empty is searched for, and has to be found if it is needed."""
    panel.behaviour.second_account_path = HIDDEN_PATH

    result = await submit(hass, reconfigure, form_of(panel))
    assert result["errors"] == {"advanced": "no_second_account"}

    form = form_of(panel, second_account_path=f"/api/v1/{HIDDEN_PATH}")
    result = await submit(hass, result, form)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["second_account_path"] == HIDDEN_PATH


async def test_reconfigure_found_path(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    """A path that was found, and is shown in the form, is not taken for a typed one."""
    panel.behaviour.second_account_path = "device/sip/second/settings"

    form = form_of(panel, second_account_path="device/sip/settings/second")
    result = await submit(hass, reconfigure, form)

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["second_account_path"] == "device/sip/second/settings"
    assert entry.data["second_account_path_typed"] is False


async def test_reconfigure_typed_path(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    enable_custom_integrations: None,
) -> None:
    """A path that was typed counts until the user empties the field."""
    path = "device/sip/settings/second"
    entry = moved(entry, host=panel.host, second_account_path_typed=True)
    entry.add_to_hass(hass)
    panel.behaviour.second_account_path = "device/sip/second/settings"

    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(panel, second_account_path=path))
    assert result["errors"] == {"advanced": "no_second_account"}

    result = await submit(hass, result, form_of(panel))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["second_account_path"] == "device/sip/second/settings"
    assert entry.data["second_account_path_typed"] is False


async def test_reconfigure_finds_the_second_account(
    hass: HomeAssistant, panel: SimulatedPanel, enable_custom_integrations: None
) -> None:
    """A panel that had one account needs no second one, but may get it."""
    VARIANTS["one-account"](panel)
    entry = entry_of(panel, (Account.FIRST,))
    entry.add_to_hass(hass)

    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(panel))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["second_account_path"] is None

    panel.behaviour.second_account_path = "device/sip/second/settings"
    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(panel))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["second_account_path"] == "device/sip/second/settings"


@pytest.mark.parametrize("serial_number", [None, "of newer firmware"])
async def test_reconfigure_known_by_mac_address(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    enable_custom_integrations: None,
    serial_number: str | None,
) -> None:
    entry = by_mac_address(panel)
    entry.add_to_hass(hass)
    panel.info["device_serial_number"] = serial_number

    result = await submit(
        hass, await entry.start_reconfigure_flow(hass), form_of(panel)
    )

    assert result["reason"] == "reconfigure_successful"
    assert entry.unique_id == panel.mac_address


async def test_reconfigure_keeps_the_mac_address(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    panel.fail(Answer(404), path="/api/v1/network/mac")

    result = await submit(hass, reconfigure, form_of(panel))

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["mac"] == panel.mac_address
