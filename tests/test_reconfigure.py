"""Tests of the reconfigure flow: a panel that has moved, or was replaced."""

from typing import Any

from homeassistant.config_entries import (
    SOURCE_DHCP,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.panel.errors import NoIdentityError
from custom_components.bas_ip.panel.models import Account, PanelInfo
from custom_components.bas_ip.replace import async_replace_panel
from simulator import VARIANTS, Answer, Close, SimulatedPanel

from .conftest import (
    DRIFT,
    MAC,
    PANEL_STATUS,
    PROXY,
    Poll,
    SetUp,
    asked,
    by_mac_address,
    device_of,
    entry_of,
    rejected,
    state_of,
)
from .flows import (
    HIDDEN_PATH,
    SECOND_PATH,
    Form,
    form_of,
    moved,
    placeholders,
    submit,
    suggested,
)


def form_without_password(panel: SimulatedPanel, **advanced: Any) -> Form:
    """Return what a user types, who leaves the password empty."""
    form = form_of(panel, **advanced)
    del form["password"]
    return form


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
    address = f"127.0.0.1:{panel.port}"
    assert placeholders(result) == {
        "panel": "Front door",
        "location": address,
        "address": "",
    }
    assert suggested(result) == {
        "host": address,
        "username": "admin",
        "verify_ssl": False,
        "second_account_path": SECOND_PATH,
    }

    result = await submit(hass, result, form_without_password(panel))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["report"]["asked"][SECOND_PATH] == "account"
    data = {**entry_of(panel).data, "report": entry.data["report"]}
    del data["is_new"]
    assert entry.data == data
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, PROXY) == "sip:pbx.example.net"
    # One of the flow, which has logged out, and one of the entry.
    assert len(panel.logins) == 2
    assert len(panel.sessions) == 1


@pytest.mark.parametrize(
    ("data", "address"),
    [
        ({"host": "panel.local", "port": 80}, "panel.local"),
        # It would be looked for by http first.
        ({"host": "panel.local", "port": 443, "ssl": True}, "https://panel.local"),
        ({"host": "::5", "port": 8443, "ssl": True}, "https://[::5]:8443"),
        ({"host": "panel.local", "port": 443}, "panel.local:443"),
        ({"host": "2001:db8::5", "port": 80}, "[2001:db8::5]"),
        ({"host": "2001:db8::5", "port": 8080}, "[2001:db8::5]:8080"),
    ],
)
async def test_address_that_is_shown(
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


async def test_https_since(
    hass: HomeAssistant,
    https_panel: SimulatedPanel,
    enable_custom_integrations: None,
) -> None:
    """A panel whose https was switched on is found without any word of it."""
    entry = entry_of(https_panel)
    entry.add_to_hass(hass)

    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_without_password(https_panel))

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["ssl"] is True


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"host": "two words"}, {"host": "invalid_address"}),
        ({"username": "admin", "password": "wrong"}, {"password": "invalid_auth"}),
        ({"username": "guest"}, {"password": "invalid_auth"}),
        (
            {
                "advanced": {
                    "verify_ssl": False,
                    "second_account_path": "device/sip/settings",
                }
            },
            {"advanced": "no_second_account"},
        ),
    ],
)
async def test_errors(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """What was typed is kept."""
    form = form_without_password(panel) | changes
    result = await submit(hass, reconfigure, form)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    shown = suggested(result)
    assert shown["host"] == form["host"]
    assert shown["username"] == form["username"]
    assert shown.get("password") == form.get("password")

    result = await submit(hass, result, form_without_password(panel))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["password"] == "123456"


async def test_password(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    panel.password = "new"

    result = await submit(hass, reconfigure, form_of(panel))

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["password"] == "new"


async def test_typed_path(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    """The path that is empty is searched for, and has to be found if it is needed."""
    panel.behaviour.second_account_path = HIDDEN_PATH

    result = await submit(hass, reconfigure, form_without_password(panel))
    assert result["errors"] == {"advanced": "no_second_account"}

    form = form_without_password(panel, second_account_path=f"/api/v1/{HIDDEN_PATH}")
    result = await submit(hass, result, form)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["second_account_path"] == HIDDEN_PATH


async def test_known_path(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    """It is in the form, and counts until the user empties the field."""
    result = reconfigure
    panel.behaviour.second_account_path = "device/sip/second/settings"

    form = form_without_password(panel, second_account_path=SECOND_PATH)
    result = await submit(hass, result, form)
    assert result["errors"] == {"advanced": "no_second_account"}

    result = await submit(hass, result, form_without_password(panel))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["second_account_path"] == "device/sip/second/settings"


async def test_second_account_that_has_come(
    hass: HomeAssistant, panel: SimulatedPanel, enable_custom_integrations: None
) -> None:
    """A panel that had one account needs no second one, but may get it."""
    VARIANTS["one-account"](panel)
    entry = entry_of(panel, (Account.FIRST,))
    entry.add_to_hass(hass)

    for path in (None, "device/sip/second/settings"):
        panel.behaviour.second_account_path = path
        result = await entry.start_reconfigure_flow(hass)
        result = await submit(hass, result, form_without_password(panel))
        assert result["reason"] == "reconfigure_successful"
        assert entry.data["second_account_path"] == path


async def test_watched_account_that_cannot_be_read(
    hass: HomeAssistant, panel: SimulatedPanel, enable_custom_integrations: None
) -> None:
    """That the other one can be read is not enough."""
    entry = entry_of(panel, (Account.FIRST,))
    entry.add_to_hass(hass)
    panel.fail(Answer(403), path="/api/v1/device/sip/settings")

    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_without_password(panel))
    assert result["errors"] == {"username": "permission_denied"}

    panel.recover()
    result = await submit(hass, result, form_without_password(panel))
    assert result["reason"] == "reconfigure_successful"


@pytest.mark.parametrize("serial_number", [None, "of newer firmware"])
async def test_known_by_mac_address(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    enable_custom_integrations: None,
    serial_number: str | None,
) -> None:
    entry = by_mac_address(panel)
    entry.add_to_hass(hass)
    panel.info["device_serial_number"] = serial_number

    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_without_password(panel))

    assert result["reason"] == "reconfigure_successful"
    assert entry.unique_id == panel.mac_address


async def test_mac_address_is_kept(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    panel.fail(Answer(404), path=MAC)

    result = await submit(hass, reconfigure, form_without_password(panel))

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["mac"] == panel.mac_address


async def test_serial_number_that_is_hidden(
    hass: HomeAssistant, panel: SimulatedPanel, reconfigure: ConfigFlowResult
) -> None:
    """A panel that had a serial number has to give it again."""
    serial_number = panel.info.pop("device_serial_number")

    result = await submit(hass, reconfigure, form_without_password(panel))
    assert result["errors"] == {"host": "cannot_connect"}
    assert not panel.logins

    panel.info["device_serial_number"] = serial_number
    result = await submit(hass, result, form_without_password(panel))
    assert result["reason"] == "reconfigure_successful"


async def test_password_stays_where_it_is(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    enable_custom_integrations: None,
) -> None:
    """Without a serial number, a new address is not sent the stored password."""
    VARIANTS["no-serial-number"](other_panel)
    entry = by_mac_address(panel)
    VARIANTS["no-serial-number"](panel)
    entry.add_to_hass(hass)

    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_without_password(other_panel))
    assert result["errors"] == {"password": "password_required"}
    assert not other_panel.requests

    # It is another one, as only the login shows.
    result = await submit(hass, result, form_of(other_panel))
    assert result["step_id"] == "replace"
    assert rejected(other_panel) == 0


# Another panel in the place of the old one


@pytest.fixture
async def named(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> MockConfigEntry:
    """Return the entry of a panel that is named, and whose history begins."""
    await set_up(entry)
    dr.async_get(hass).async_update_device(
        device_of(hass, entry).id,
        area_id=ar.async_get(hass).async_create("Yard").id,
        labels={"house"},
        name_by_user="Main entrance",
    )
    er.async_get(hass).async_update_entity(DRIFT, name="My drift")
    panel.second_account["realm"] = "elsewhere.example.net"
    await poll(times=2)
    panel.second_account["realm"] = "pbx.example.net"
    await poll(times=2)
    return entry


@pytest.mark.parametrize("password", [None, "654321"])
async def test_another_panel_takes_over(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    named: MockConfigEntry,
    poll: Poll,
    password: str | None,
) -> None:
    """Everything that a person has made stays; only the panel is another one."""
    entry = named
    device, entities = device_of(hass, entry), er.async_get(hass)
    entity_ids = {
        each.entity_id: each.unique_id.removeprefix(str(entry.unique_id))
        for each in er.async_entries_for_config_entry(entities, entry.entry_id)
    }
    data, options = dict(entry.data), dict(entry.options)
    changes = entry.runtime_data.history.changes
    assert changes
    if password is None:
        other_panel.password = panel.password
    # The new one was discovered, too.
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(
            ip=f"{other_panel.host}:{other_panel.port}",
            hostname="panel",
            macaddress=other_panel.mac_address.replace(":", ""),
        ),
    )
    asked(other_panel)

    result = await entry.start_reconfigure_flow(hass)
    form = form_without_password(other_panel)
    if password:
        form["password"] = password
    result = await submit(hass, result, form)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "replace"
    assert not result["errors"]
    assert placeholders(result) == {
        "address": other_panel.url,
        "panel": "Main entrance",
        "location": f"Yard, 127.0.1.1:{panel.port}",
        "other": "`Garage gate`",
    }
    # Whatever was typed, it gets no login before the user has agreed.
    assert set(asked(other_panel)) == {"/api/info"}
    assert entry.data == data

    result = await submit(hass, result, {})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert not hass.config_entries.flow.async_progress()

    serial_number = other_panel.info["device_serial_number"]
    assert entry.unique_id == serial_number
    assert entry.title == "Main entrance"
    assert entry.data == data | {
        "host": other_panel.host,
        "port": other_panel.port,
        "password": other_panel.password,
        "mac": other_panel.mac_address,
        "report": entry.data["report"],
    }
    assert entry.options == options
    now = device_of(hass, entry)
    assert now.id == device.id
    assert now.identifiers == {(DOMAIN, serial_number)}
    assert now.connections == {("mac", other_panel.mac_address)}
    assert now.serial_number == serial_number
    assert (now.name_by_user, now.area_id, now.labels) == (
        "Main entrance",
        "yard",
        {"house"},
    )
    assert {
        each.entity_id: each.unique_id.removeprefix(serial_number)
        for each in er.async_entries_for_config_entry(entities, entry.entry_id)
    } == entity_ids
    await poll(times=2)
    assert entry.runtime_data.history.changes[: len(changes)] == changes
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert len(other_panel.sessions) == 1


async def test_panel_that_was_never_set_up(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    reconfigure: ConfigFlowResult,
) -> None:
    """It has neither a device nor entities."""
    result = await submit(hass, reconfigure, form_of(other_panel))
    result = await submit(hass, result, {})

    assert result["reason"] == "reconfigure_successful"
    assert entry.unique_id == other_panel.info["device_serial_number"]
    assert entry.state is ConfigEntryState.LOADED


async def test_panel_without_identity(
    hass: HomeAssistant, named: MockConfigEntry
) -> None:
    """Nothing has changed of the entry."""
    data, unique_id = named.data, named.unique_id
    info = PanelInfo.from_json({})

    with pytest.raises(NoIdentityError):
        await async_replace_panel(hass, named, info, "00:00:00:00:00:00", {})

    assert (named.data, named.unique_id) == (data, unique_id)


async def test_settings_of_the_panel_that_takes_over(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    named: MockConfigEntry,
    poll: Poll,
) -> None:
    """What is expected is expected of the new one."""
    other_panel.second_account["realm"] = "factory.example.net"
    result = await named.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(other_panel))
    await submit(hass, result, {})

    await poll(times=2)

    assert state_of(hass, DRIFT) == "on"


async def test_panel_without_an_account_to_watch(
    hass: HomeAssistant, other_panel: SimulatedPanel, named: MockConfigEntry
) -> None:
    """It does not take over before its second account is found."""
    unique_id = named.unique_id
    other_panel.behaviour.second_account_path = HIDDEN_PATH
    result = await named.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(other_panel))
    result = await submit(hass, result, {})
    assert result["step_id"] == "reconfigure"
    assert result["errors"] == {"advanced": "no_second_account"}
    assert named.unique_id == unique_id

    form = form_of(other_panel, second_account_path=HIDDEN_PATH)
    result = await submit(hass, result, form)
    assert result["step_id"] == "replace"
    result = await submit(hass, result, {})
    assert result["reason"] == "reconfigure_successful"
    assert named.data["second_account_path"] == HIDDEN_PATH


async def test_login_of_the_panel_that_takes_over(
    hass: HomeAssistant, other_panel: SimulatedPanel, named: MockConfigEntry
) -> None:
    """A stored password that it rejects is asked for."""
    result = await named.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_without_password(other_panel))
    result = await submit(hass, result, {})
    assert result["step_id"] == "reconfigure"
    assert result["errors"] == {"password": "invalid_auth"}
    assert rejected(other_panel) == 1

    result = await submit(hass, result, form_of(other_panel))
    result = await submit(hass, result, {})
    assert result["reason"] == "reconfigure_successful"


async def test_third_panel_meanwhile(
    hass: HomeAssistant, other_panel: SimulatedPanel, named: MockConfigEntry
) -> None:
    """The user has agreed to the one that was shown."""
    result = await named.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(other_panel))
    other_panel.info["device_serial_number"] = "third"

    result = await submit(hass, result, {})

    assert result["step_id"] == "reconfigure"
    assert result["errors"] == {"host": "another_device"}
    assert not other_panel.logins


async def test_panel_with_an_entry_of_its_own(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    named: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """Two panels that have swapped their addresses are never merged."""
    other = entry_of(other_panel)
    await set_up(other)
    other_panel.logins.clear()

    result = await named.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(other_panel))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert placeholders(result) == {"name": "`Garage gate`"}
    assert not other_panel.logins


async def test_panel_with_an_entry_by_its_mac_address(
    hass: HomeAssistant, other_panel: SimulatedPanel, named: MockConfigEntry
) -> None:
    """That it has one shows only after the login."""
    by_mac_address(other_panel).add_to_hass(hass)
    unique_id = named.unique_id

    result = await named.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(other_panel))
    assert result["step_id"] == "replace"
    result = await submit(hass, result, {})

    assert result["reason"] == "already_configured"
    assert placeholders(result) == {"name": "`Garage gate`"}
    assert named.unique_id == unique_id


async def test_other_panel_that_goes_away(
    hass: HomeAssistant, panel: SimulatedPanel, reconfigure: ConfigFlowResult
) -> None:
    """There is nothing to take over, so the form stays."""
    other = panel.info | {"device_serial_number": "another"}
    panel.fail(Answer.json(other), path="/api/info", times=1)
    panel.fail(Close(), path="/api/info")

    result = await submit(hass, reconfigure, form_without_password(panel))
    assert result["step_id"] == "reconfigure"
    assert result["errors"] == {"host": "cannot_connect"}

    panel.recover()
    result = await submit(hass, result, form_without_password(panel))
    assert result["reason"] == "reconfigure_successful"


@pytest.mark.parametrize("serial_number", ["0000000000", None])
async def test_panel_without_serial_number_in_place_of_one_with(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    named: MockConfigEntry,
    serial_number: str | None,
) -> None:
    """It might be the known one, which has just started."""
    other_panel.info["device_serial_number"] = serial_number

    result = await named.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(other_panel))

    assert result["errors"] == {"host": "cannot_connect"}
    assert not other_panel.logins
