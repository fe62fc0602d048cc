"""Tests of the config flow: a new panel, and a panel that has moved."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from copy import deepcopy
from hashlib import sha256
from ssl import SSLError
from typing import Any

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import (
    EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE,
    FlowResultType,
)
from homeassistant.helpers.selector import TextSelector
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.forms.connection import FormError, parse_address
from custom_components.bas_ip.panel import PanelConnectionError
from simulator import VARIANTS, Answer, Behaviour, Close, Hang, SimulatedPanel
from simulator.faults import EMPTY_BODY, HTML_PAGE, LARGE_BODY, TRUNCATED_JSON

from .conftest import entry_like, entry_of

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

SECOND_PATH = "device/sip/settings/second"
HIDDEN_PATH = "device/sip/account-b"
EXPECTED = {
    "proxy": "sip:pbx.example.net",
    "realm": "pbx.example.net",
    "user": "201",
    "transport": "udp",
    "user_id": sha256(b"201").hexdigest(),
    "registration_interval": "60",
    "outbound": "",
}
EXPECTED_FIRST = {
    "proxy": "sip:sip.example.org",
    "realm": "sip.example.org",
    "user": "101",
    "transport": "udp",
    "user_id": sha256(b"101").hexdigest(),
    "registration_interval": "60",
    "outbound": "",
    "stun": "stun.example.org:3478",
}
SECOND_SHOWN = """\
**Second account**
- Proxy: `sip:pbx.example.net`
- Realm: `pbx.example.net`
- User: `201`
- Transport: `udp`
- Registration interval: `60`
- Outbound proxy: empty"""
FIRST_SHOWN = """\
**First account**
- Proxy: `sip:sip.example.org`
- Realm: `sip.example.org`
- User: `101`
- Transport: `udp`
- Registration interval: `60`
- Outbound proxy: empty
- STUN server: `stun.example.org:3478`"""
SHOWN = {
    "panel": "Front door",
    "firmware": "`3.20.0`",
    "settings": f"{SECOND_SHOWN}\n\n{FIRST_SHOWN}",
}

type Form = dict[str, Any]
type Spoil = Callable[[SimulatedPanel, Form], None]


def form_of(panel: SimulatedPanel) -> Form:
    """Return what a user types to set a panel up."""
    return {
        "host": f"{panel.host}:{panel.port}",
        "username": "admin",
        "password": panel.password,
        "advanced": {"ssl": False, "verify_ssl": False},
    }


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, user_input: Form
) -> ConfigFlowResult:
    """Fill a form in, and wait while the panel is read."""
    flow = hass.config_entries.flow
    result = await flow.async_configure(result["flow_id"], user_input)
    if result["type"] is FlowResultType.SHOW_PROGRESS:
        assert (result["step_id"], result["progress_action"]) == ("search", "search")
        await hass.async_block_till_done()
        result = await flow.async_configure(result["flow_id"])
    await hass.async_block_till_done()
    return result


async def choose(
    hass: HomeAssistant, result: ConfigFlowResult, step: str
) -> ConfigFlowResult:
    """Choose an item of a menu."""
    return await submit(hass, result, {"next_step_id": step})


@pytest.fixture
async def https_panel(sockets: None) -> AsyncGenerator[SimulatedPanel]:
    """Return a panel with a self-signed certificate, whose http port redirects."""
    async with SimulatedPanel("127.0.1.1", https=True, http_port=0) as panel:
        yield panel


async def test_user(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    result = await start(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert not result["errors"]

    result = await submit(hass, result, form_of(panel))
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "confirm"
    assert result["description_placeholders"] == SHOWN
    assert [login.accepted for login in panel.logins] == [True]
    assert not panel._sessions

    result = await submit(hass, result, {"accounts": ["second"], "expect": "current"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Front door"
    entry = result["result"]
    assert entry.unique_id == panel.info["device_serial_number"]
    assert (entry.version, entry.minor_version) == (1, 1)
    assert entry.data == {
        "host": "127.0.1.1",
        "port": panel.port,
        "ssl": False,
        "verify_ssl": False,
        "username": "admin",
        "password": "123456",
        "mac": panel.mac_address,
        "second_account_path": SECOND_PATH,
        "second_account_path_typed": False,
        "second_enable_path": None,
        "second_status_path": None,
        "searched_firmware": "3.20.0",
    }
    assert entry.options == {"accounts": ["second"], "expected": {"second": EXPECTED}}


async def test_suggestions(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """The second account is chosen and expected unless the user says otherwise."""
    result = await submit(hass, await start(hass), form_of(panel))

    result = await submit(hass, result, {})

    assert result["result"].options == {
        "accounts": ["second"],
        "expected": {"second": EXPECTED},
    }


async def test_both_accounts(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    result = await submit(hass, await start(hass), form_of(panel))

    result = await submit(
        hass, result, {"accounts": ["second", "first"], "expect": "current"}
    )

    assert result["result"].options == {
        "accounts": ["second", "first"],
        "expected": {"second": EXPECTED, "first": EXPECTED_FIRST},
    }
    assert hass.states.get("sensor.front_door_account_1_proxy")
    assert hass.states.get("sensor.front_door_account_2_proxy")


async def test_nothing_expected(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    result = await submit(hass, await start(hass), form_of(panel))

    result = await submit(hass, result, {"accounts": ["second"], "expect": "nothing"})

    assert result["result"].options == {"accounts": ["second"]}
    state = hass.states.get("binary_sensor.front_door_account_2_drift")
    assert state
    assert state.state == "unknown"


async def test_expected_as_another_panel(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """The other panel gives all but the user and the user ID, which are this panel's."""
    theirs = {**EXPECTED, "proxy": "sip:house.example.net", "user": "301"}
    del theirs["outbound"]
    other = entry_of(other_panel, expect=False, expected={"second": theirs})
    other.add_to_hass(hass)
    entry_of(other_panel, expect=False).add_to_hass(hass)

    result = await submit(hass, await start(hass), form_of(panel))
    assert choices(result, "expect") == [
        {"value": "current", "label": "current"},
        {"value": other.entry_id, "label": "The same as Garage gate"},
        {"value": "nothing", "label": "nothing"},
    ]
    result = await submit(
        hass, result, {"accounts": ["second", "first"], "expect": other.entry_id}
    )

    # Of the first account the other panel expects nothing.
    expected = {**theirs, "user": "201"}
    assert result["result"].options["expected"] == {"first": {}, "second": expected}
    assert hass.states.is_state("binary_sensor.front_door_account_2_drift", "on")


async def test_no_account_chosen(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    result = await submit(hass, await start(hass), form_of(panel))

    result = await submit(hass, result, {"accounts": [], "expect": "nothing"})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "confirm"
    assert result["errors"] == {"accounts": "no_account"}
    assert result["description_placeholders"] == SHOWN

    result = await submit(hass, result, {"accounts": ["first"], "expect": "current"})
    assert result["result"].options == {
        "accounts": ["first"],
        "expected": {"first": EXPECTED_FIRST},
    }


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.168.1.90", ("192.168.1.90", 80, False)),
        ("\t 192.168.1.90 \n", ("192.168.1.90", 80, False)),
        ("192.168.1.90:8080", ("192.168.1.90", 8080, False)),
        ("192.168.1.90:", ("192.168.1.90", 80, False)),
        ("192.168.1.90/index.html?a=b#/login", ("192.168.1.90", 80, False)),
        ("http://192.168.1.90", ("192.168.1.90", 80, False)),
        ("http://192.168.1.90:81/#/login", ("192.168.1.90", 81, False)),
        ("https://192.168.1.90", ("192.168.1.90", 443, True)),
        ("HTTPS://192.168.1.90:8443/", ("192.168.1.90", 8443, True)),
        ("Panel.local", ("panel.local", 80, False)),
        ("türe.example", ("xn--tre-hoa.example", 80, False)),
        ("::1", ("::1", 80, False)),
        ("2001:DB8::5", ("2001:db8::5", 80, False)),
        ("[2001:db8::5]", ("2001:db8::5", 80, False)),
        ("[2001:db8::5]:8080", ("2001:db8::5", 8080, False)),
        ("https://[2001:db8::5]/", ("2001:db8::5", 443, True)),
        ("fe80::1%eth0", ("fe80::1%eth0", 80, False)),
    ],
)
def test_address(text: str, address: tuple[str, int, bool]) -> None:
    host, port, ssl = address
    assert parse_address(text, ssl=False) == {"host": host, "port": port, "ssl": ssl}


@pytest.mark.parametrize(
    ("text", "port", "ssl"),
    [
        ("192.168.1.90", 443, True),
        ("::1", 443, True),
        ("192.168.1.90:8443", 8443, True),
        ("http://192.168.1.90", 80, False),
    ],
)
def test_https_switched_on(text: str, port: int, ssl: bool) -> None:
    """The scheme of a URL counts more than the switch."""
    address = parse_address(text, ssl=True)
    assert (address["port"], address["ssl"]) == (port, ssl)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "http://",
        "http:///index.html",
        "//192.168.1.90",
        "admin@192.168.1.90",
        "http://admin:secret@192.168.1.90",
        "two words",
        "http://two words/",
        "ftp://192.168.1.90",
        "javascript://192.168.1.90",
        "192.168.1.90:99999",
        "192.168.1.90:-1",
        "192.168.1.90:port",
        "192.168.1",
        "192.168.1.900",
        "[::1",
        "::1]",
        "1::2::3",
        "panel,gate",
        "panel%",
        "a%b",
        "192.168.1.90%25",
        "\N{RIGHT-TO-LEFT OVERRIDE}panel",
        "a" * 300,
    ],
)
async def test_not_an_address(
    hass: HomeAssistant, panel: SimulatedPanel, text: str
) -> None:
    result = await submit(hass, await start(hass), {**form_of(panel), "host": text})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"host": "invalid_address"}
    assert not panel.requests

    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"


def test_error_holds_no_credentials() -> None:
    with pytest.raises(FormError) as raised:
        parse_address("http://admin:canary@192.168.1.90:99999", ssl=False)
    assert "canary" not in repr(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("text", ["{}", " {} ", "http://{}", "http://{}/index.html#/"])
async def test_address_forms(
    hass: HomeAssistant, panel: SimulatedPanel, text: str
) -> None:
    form = form_of(panel) | {"host": text.format(f"{panel.host}:{panel.port}")}
    result = await submit(hass, await start(hass), form)

    result = await submit(hass, result, {})

    data = result["result"].data
    assert (data["host"], data["port"], data["ssl"]) == ("127.0.1.1", panel.port, False)


def variant(name: str) -> Spoil:
    return lambda panel, form: VARIANTS[name](panel)


def typed(**changes: str) -> Spoil:
    return lambda panel, form: form.update(changes)


def typed_path(path: str) -> Spoil:
    return lambda panel, form: form["advanced"].update(second_account_path=path)


def fault(fault: Answer | Close, path: str) -> Spoil:
    return lambda panel, form: panel.fail(fault, path=path)


def both(*spoils: Spoil) -> Spoil:
    def spoil(panel: SimulatedPanel, form: Form) -> None:
        for one in spoils:
            one(panel, form)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "errors", "logins"),
    [
        pytest.param(
            fault(Close(), "/api/info"),
            {"host": "cannot_connect"},
            0,
            id="closes the connection",
        ),
        pytest.param(
            fault(Close(), "/api/v1/device/sip/settings"),
            {"host": "cannot_connect"},
            1,
            id="goes away",
        ),
        pytest.param(
            typed(password="wrong"), {"password": "invalid_auth"}, 1, id="password"
        ),
        pytest.param(
            typed(username="guest"), {"password": "invalid_auth"}, 1, id="user"
        ),
        pytest.param(
            fault(HTML_PAGE, "/api/info"), {"host": "not_a_panel"}, 0, id="HTML"
        ),
        pytest.param(
            fault(Answer(404), "/api/info"), {"host": "not_a_panel"}, 0, id="404"
        ),
        pytest.param(
            fault(Answer.json({"name": "router"}), "/api/info"),
            {"host": "not_a_panel"},
            0,
            id="JSON of something else",
        ),
        pytest.param(
            fault(Answer(403), "/api/info"), {"host": "refused"}, 0, id="banned"
        ),
        pytest.param(
            variant("monitor"), {"host": "not_a_panel"}, 0, id="indoor monitor"
        ),
        pytest.param(
            variant("api-v0"), {"host": "unsupported_firmware"}, 0, id="old firmware"
        ),
        pytest.param(
            variant("manager"), {"username": "permission_denied"}, 1, id="manager"
        ),
        pytest.param(
            typed_path("device/lock/open"),
            {"advanced": "invalid_path"},
            0,
            id="path elsewhere",
        ),
        pytest.param(
            typed_path("device/sip/../lock/open"),
            {"advanced": "invalid_path"},
            0,
            id="path that climbs",
        ),
        pytest.param(
            typed_path("device/sip/settings/third"),
            {"advanced": "no_second_account"},
            1,
            id="path of nothing",
        ),
        pytest.param(
            typed_path("device/sip/enable"),
            {"advanced": "no_second_account"},
            1,
            id="path of something else",
        ),
        pytest.param(
            typed_path("device/sip/settings"),
            {"advanced": "no_second_account"},
            1,
            id="path of the first account",
        ),
        pytest.param(
            both(
                variant("one-account"),
                fault(TRUNCATED_JSON, "/api/v1/device/sip/settings"),
            ),
            {"host": "invalid_response"},
            1,
            id="no account readable",
        ),
        pytest.param(
            both(
                variant("no-serial-number"),
                fault(Answer(404), "/api/v1/network/mac"),
            ),
            {"host": "no_identity"},
            1,
            id="neither serial number nor MAC",
        ),
    ],
)
async def test_errors(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    spoil: Spoil,
    errors: dict[str, str],
    logins: int,
) -> None:
    """Each error is shown at its field, after one login at most, and can be mended."""
    info = deepcopy(panel.info)
    form = form_of(panel)
    spoil(panel, form)

    result = await submit(hass, await start(hass), form)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert result["errors"] == errors
    assert len(panel.logins) == logins
    assert not panel._sessions

    panel.recover()
    panel.behaviour = Behaviour()
    panel.info = info
    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    # One login per attempt, and one of the entry that has been set up since.
    assert len(panel.logins) == logins + 2
    assert len(panel._sessions) == 1


@pytest.mark.parametrize(
    "answer", [Answer(500), EMPTY_BODY, HTML_PAGE, LARGE_BODY, Answer.json({})]
)
async def test_unreadable_login(
    hass: HomeAssistant, panel: SimulatedPanel, answer: Answer
) -> None:
    """A login that is not understood is not sent again for each account."""
    panel.fail(answer, path="/api/v1/login")

    result = await submit(hass, await start(hass), form_of(panel))
    assert result["errors"] == {"host": "invalid_response"}
    paths = [request.path for request in panel.requests]
    assert paths == ["/api/info", "/api/v1/login"]

    panel.recover()
    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"


async def test_nothing_listens(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    await panel.switch_off()

    result = await submit(hass, await start(hass), form_of(panel))
    assert result["errors"] == {"host": "cannot_connect"}

    await panel.switch_on()
    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"


async def test_search_fails_at_once(
    hass: HomeAssistant, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that fails before it waits for anything is not begun again by itself."""
    errors = [PanelConnectionError("The network is unreachable")]

    async def fail(*_: Any, **__: Any) -> None:
        raise errors.pop()

    monkeypatch.setattr("custom_components.bas_ip.config_flow.survey", fail)

    result = await submit(hass, await start(hass), form_of(panel))
    assert result["errors"] == {"host": "cannot_connect"}


async def test_unexpected_error(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The dialog goes on, and the log says where it was, without what the error says."""
    panel.password = "canary"

    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(panel.password)

    with monkeypatch.context() as patch:
        patch.setattr("custom_components.bas_ip.config_flow.survey", fail)
        result = await submit(hass, await start(hass), form_of(panel))
    assert result["errors"] == {"base": "unknown"}
    assert "Unexpected RuntimeError" in caplog.text
    assert "in _async_survey" in caplog.text
    assert "canary" not in caplog.text

    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"


async def test_form_after_an_error(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """What was typed is still there, except for the password."""
    form = form_of(panel) | {
        "password": "canary",
        "advanced": {"ssl": False, "verify_ssl": True, "second_account_path": "../x"},
    }

    result = await submit(hass, await start(hass), form)

    assert suggested(result) == {
        "host": form["host"],
        "username": "admin",
        "password": None,
        "ssl": False,
        "verify_ssl": True,
        "second_account_path": "../x",
    }
    schema = result["data_schema"]
    assert schema
    assert schema.schema["advanced"].options == {"collapsed": False}


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return the suggested values of a form, those of its section among them."""
    schema = result["data_schema"]
    assert schema
    keys = [*schema.schema, *schema.schema["advanced"].schema.schema]
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in keys
        if key != "advanced"
    }


def choices(result: ConfigFlowResult, field: str) -> list[Any]:
    """Return what can be chosen in a field."""
    schema = result["data_schema"]
    assert schema
    options: list[Any] = schema.schema[field].config["options"]
    return options


async def test_typed_path(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A path is taken in the form in which the user finds it."""
    panel.behaviour.second_account_path = HIDDEN_PATH
    form = form_of(panel)
    form["advanced"]["second_account_path"] = f" /api/v1/{HIDDEN_PATH} "

    result = await submit(hass, await start(hass), form)
    result = await submit(hass, result, {})

    assert result["result"].data["second_account_path"] == HIDDEN_PATH
    assert result["result"].data["second_account_path_typed"] is True


async def test_progress(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """The flow shows how far the search is, and can be closed while it runs."""
    updates = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE)
    await submit(hass, await start(hass), form_of(panel))
    progress = [event.data["progress"] for event in updates]
    assert progress == sorted(progress)
    assert progress[-1] == 1

    panel.fail(Hang(), path="/api/v1/device/sip/settings")
    result = await hass.config_entries.flow.async_configure(
        (await start(hass))["flow_id"], form_of(panel)
    )
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    while panel.requests[-1].path != "/api/v1/device/sip/settings":
        await panel.next_request()
    hass.config_entries.flow.async_abort(result["flow_id"])
    async with asyncio.timeout(10):
        assert (await panel.next_request()).path == "/api/v1/logout"


async def test_first_account_instead(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    VARIANTS["one-account"](panel)

    result = await submit(hass, await start(hass), form_of(panel))
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "no_second_account"
    assert result["menu_options"] == ["confirm", "path"]

    result = await choose(hass, result, "confirm")
    assert result["step_id"] == "confirm"
    assert result["description_placeholders"] == SHOWN | {"settings": FIRST_SHOWN}
    assert result["data_schema"]
    assert list(result["data_schema"].schema) == ["expect"]

    result = await submit(hass, result, {"expect": "current"})
    assert result["result"].data["second_account_path"] is None
    assert result["result"].options == {
        "accounts": ["first"],
        "expected": {"first": EXPECTED_FIRST},
    }


@pytest.mark.parametrize(
    ("path", "spoil", "errors"),
    [
        (
            "device/lock/open",
            None,
            {"second_account_path": "invalid_path"},
        ),
        (
            "device/sip/settings/third",
            None,
            {"second_account_path": "no_second_account"},
        ),
        (
            "device/sip/settings",
            None,
            {"second_account_path": "no_second_account"},
        ),
        (HIDDEN_PATH, fault(Close(), "/api/info"), {"base": "cannot_connect"}),
        (
            HIDDEN_PATH,
            lambda panel, form: setattr(panel, "password", "new"),
            {"base": "invalid_auth"},
        ),
    ],
)
async def test_path_instead(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    path: str,
    spoil: Spoil | None,
    errors: dict[str, str],
) -> None:
    panel.behaviour.second_account_path = HIDDEN_PATH
    result = await submit(hass, await start(hass), form_of(panel))

    result = await choose(hass, result, "path")
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "path"
    assert not result["errors"]
    # The panel's web page names it, but its words are not all known.
    assert choices(result, "second_account_path") == [HIDDEN_PATH]
    assert f"/api/v1/{HIDDEN_PATH}" not in [r.path for r in panel.requests]

    if spoil:
        spoil(panel, {})
    result = await submit(hass, result, {"second_account_path": path})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert not panel._sessions

    panel.recover()
    panel.password = "123456"
    result = await submit(hass, result, {"second_account_path": HIDDEN_PATH})
    assert result["step_id"] == "confirm"
    assert result["description_placeholders"] == SHOWN

    result = await submit(hass, result, {"accounts": ["second"]})
    assert result["result"].data["second_account_path"] == HIDDEN_PATH
    assert result["result"].options == {
        "accounts": ["second"],
        "expected": {"second": EXPECTED},
    }


async def test_path_that_the_web_page_does_not_name(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """There is nothing to choose from, so that it is typed."""
    VARIANTS["silent-web-page"](panel)
    panel.behaviour.second_account_path = HIDDEN_PATH
    result = await submit(hass, await start(hass), form_of(panel))

    result = await choose(hass, result, "path")
    schema = result["data_schema"]
    assert schema
    assert isinstance(schema.schema["second_account_path"], TextSelector)
    result = await submit(hass, result, {"second_account_path": HIDDEN_PATH})

    assert result["step_id"] == "confirm"


@pytest.mark.parametrize("path", ["device/sip/reserve/settings", "sip/accounts/2"])
async def test_path_of_the_web_page(
    hass: HomeAssistant, panel: SimulatedPanel, path: str
) -> None:
    """The panel's own web page names the path, and that of the account's status."""
    panel.behaviour.second_account_path = path
    panel.behaviour.second_status_path = "device/sip/reserve/status"
    panel.behaviour.second_enable_path = "device/sip/reserve/enable"

    result = await submit(hass, await start(hass), form_of(panel))
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, {})

    data = result["result"].data
    assert data["second_account_path"] == path
    assert data["second_account_path_typed"] is False
    assert data["second_status_path"] == "device/sip/reserve/status"
    assert data["second_enable_path"] == "device/sip/reserve/enable"
    assert hass.states.is_state("sensor.front_door_account_2_sip_status", "registered")
    assert hass.states.is_state("binary_sensor.front_door_account_2_sip_enabled", "on")


async def test_nothing_stays_of_a_flow(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """Neither a session on the panel, nor one that Home Assistant has to close."""
    flow = await start(hass)
    await submit(hass, flow, {**form_of(panel), "password": "wrong"})
    listeners = hass.bus.async_listeners()
    await submit(hass, flow, {**form_of(panel), "password": "wrong"})
    await submit(hass, flow, form_of(panel))

    assert hass.bus.async_listeners() == listeners
    assert len(panel.logins) == 3
    assert not panel._sessions


async def test_second_account_alone(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A first account that cannot be read does not stand in the way of the second."""
    panel.fail(Answer(500), path="/api/v1/device/sip/settings")

    result = await submit(hass, await start(hass), form_of(panel))
    assert result["description_placeholders"] == SHOWN | {"settings": SECOND_SHOWN}
    result = await submit(hass, result, {"expect": "current"})

    assert result["result"].options == {
        "accounts": ["second"],
        "expected": {"second": EXPECTED},
    }


async def test_values_are_shown_as_they_are(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """What a panel sends is no Markdown, and the user ID is not shown at all."""
    panel.second_account |= {
        "proxy": "`|<b>**x**",
        "user_id": "canary",
        "transport": None,
        "registration_interval": "soon",
    }
    del panel.second_account["outbound"]
    del panel.info["firmware_version"]

    result = await submit(hass, await start(hass), form_of(panel))

    placeholders = result["description_placeholders"]
    assert placeholders
    assert placeholders["firmware"] == "-"
    shown = placeholders["settings"].splitlines()
    assert shown[:7] == [
        "**Second account**",
        "- Proxy: `'|<b>**x**`",
        "- Realm: `pbx.example.net`",
        "- User: `201`",
        "- Transport: empty",
        "- Registration interval: -",
        "- Outbound proxy: -",
    ]
    assert "canary" not in str(result)
    result = await submit(hass, result, {})
    # What the panel does not tell is not expected, what it tells to be empty is.
    assert result["result"].options["expected"]["second"] == {
        "proxy": "`|<b>**x**",
        "realm": "pbx.example.net",
        "user": "201",
        "transport": "",
        "user_id": sha256(b"canary").hexdigest(),
    }


@pytest.mark.parametrize(
    ("missing", "title"),
    [
        (["device_name"], "aa-07fb"),
        (["device_name", "device_model"], "BAS-IP"),
    ],
)
async def test_title(
    hass: HomeAssistant, panel: SimulatedPanel, missing: list[str], title: str
) -> None:
    for key in missing:
        del panel.info[key]

    result = await submit(hass, await start(hass), form_of(panel))
    result = await submit(hass, result, {})

    assert result["title"] == title


async def test_no_serial_number(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """The MAC address stands in for the serial number, however it is written."""
    VARIANTS["no-serial-number"](panel)
    panel.mac_address = "02-AA-BB-CC-DD-EE"

    result = await submit(hass, await start(hass), form_of(panel))
    result = await submit(hass, result, {})

    assert result["result"].unique_id == "02:aa:bb:cc:dd:ee"
    assert result["result"].data["mac"] == "02:aa:bb:cc:dd:ee"


@pytest.mark.parametrize("answer", [Answer(404), Answer.json({"mac_address": None})])
async def test_no_mac_address(
    hass: HomeAssistant, panel: SimulatedPanel, answer: Answer
) -> None:
    panel.fail(answer, path="/api/v1/network/mac")

    result = await submit(hass, await start(hass), form_of(panel))
    result = await submit(hass, result, {})

    assert result["result"].unique_id == panel.info["device_serial_number"]
    assert result["result"].data["mac"] is None


async def test_already_configured(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry
) -> None:
    entry.add_to_hass(hass)

    result = await submit(hass, await start(hass), form_of(panel))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_already_configured_by_its_mac_address(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry
) -> None:
    """A panel that tells a serial number since an update is not another one."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, unique_id=panel.mac_address)

    result = await submit(hass, await start(hass), form_of(panel))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_two_flows(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A flow that was left open does not keep another from its end."""
    await submit(hass, await start(hass), form_of(panel))
    result = await submit(hass, await start(hass), form_of(panel))

    result = await submit(hass, result, {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()


@pytest.fixture
async def handshakes_may_fail(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Let it be no error of the simulated panel that its certificate is rejected."""
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    assert handler

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), SSLError | ConnectionResetError):
            handler(loop, context)

    loop.set_exception_handler(handle)
    yield
    loop.set_exception_handler(handler)


@pytest.mark.usefixtures("handshakes_may_fail")
async def test_https(hass: HomeAssistant, https_panel: SimulatedPanel) -> None:
    """A certificate that the panel has signed itself is taken only without the check."""
    form = form_of(https_panel)
    form["advanced"] = {"ssl": True, "verify_ssl": True}

    result = await submit(hass, await start(hass), form)
    assert result["errors"] == {"advanced": "invalid_certificate"}
    assert not https_panel.requests

    form["advanced"]["verify_ssl"] = False
    result = await submit(hass, result, form)
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, {})
    data = result["result"].data
    assert (data["port"], data["ssl"], data["verify_ssl"]) == (
        https_panel.port,
        True,
        False,
    )
    assert result["result"].state is ConfigEntryState.LOADED


async def test_https_by_url(hass: HomeAssistant, https_panel: SimulatedPanel) -> None:
    form = form_of(https_panel) | {"host": https_panel.url}

    result = await submit(hass, await start(hass), form)
    result = await submit(hass, result, {})

    assert result["result"].data["ssl"] is True
    assert result["result"].state is ConfigEntryState.LOADED


async def test_http_to_https(hass: HomeAssistant, https_panel: SimulatedPanel) -> None:
    """The login goes out only after the redirect, where nobody can read it."""
    form = form_of(https_panel) | {"host": https_panel.http_url}

    result = await submit(hass, await start(hass), form)
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, {})

    data = result["result"].data
    assert (data["port"], data["ssl"]) == (https_panel.http_port, False)
    redirected = [
        request.path for request in https_panel.requests if request.status == 301
    ]
    assert set(redirected) == {"/api/info"}
    assert result["result"].state is ConfigEntryState.LOADED


def moved(entry: MockConfigEntry, **data: Any) -> MockConfigEntry:
    """Return the config entry of a panel that had another address before."""
    return entry_like(entry, data={**entry.data, "host": "127.0.0.1", **data})
