"""Tests of the config flow: from the address of a new panel to its entry."""

import asyncio
from collections.abc import Callable
from copy import deepcopy
import re
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import (
    FlowResultType,
)
import pytest

from custom_components.bas_ip.panel.errors import ConnectionFailedError
from simulator import VARIANTS, Answer, Behaviour, Close, Hang, SimulatedPanel
from simulator.faults import EMPTY_BODY, HTML_PAGE, LARGE_BODY, TRUNCATED_JSON

from .conftest import EXPECTED, FIRST, asked, entry_of, state_of
from .flows import (
    SECOND_PATH,
    Form,
    form_of,
    options_of,
    placeholders,
    read,
    start,
    submit,
    suggested,
)

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

FIRST_LINE = "**First account**: `101` @ `sip.example.org`, UDP, 60 s"
SECOND_LINE = "**Second account**: `201` @ `pbx.example.net`, UDP, 60 s"
CONFIRM = {"accounts": ["second"], "expect": "current", "add_another": False}

type Spoil = Callable[[SimulatedPanel, Form], None]


async def test_user(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    result = await start(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert not result["errors"]

    result = await submit(hass, result, form_of(panel))
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "confirm"
    assert not result["errors"]
    assert placeholders(result) == {
        "panel": "Front door",
        "accounts": f"{FIRST_LINE}\n\n{SECOND_LINE}",
        "address": f"http://127.0.1.1:{panel.port}, https://127.0.1.1:{panel.port}",
    }
    assert [login.accepted for login in panel.logins] == [True]
    assert not panel.sessions

    result = await submit(hass, result, CONFIRM)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Front door"
    assert "next_flow" not in result
    entry = result["result"]
    assert entry.unique_id == panel.info["device_serial_number"]
    assert (entry.version, entry.minor_version) == (1, 1)
    # The first poll has taken the mark of a new panel away.
    data = dict(entry_of(panel).data)
    del data["is_new"]
    assert re.fullmatch("[0-9a-f]{32}", entry.data["salt"])
    assert entry.data["report"]["asked"][SECOND_PATH] == "account"
    assert entry.data == data | {key: entry.data[key] for key in ("salt", "report")}
    assert entry.options["accounts"] == ["second"]
    expected = entry.options["expected"]["second"]
    # The salt of each entry is another.
    assert expected.pop("user_id") != EXPECTED["second"]["user_id"]
    assert expected | {"user_id": EXPECTED["second"]["user_id"]} == EXPECTED["second"]
    assert state_of(hass, "sensor.front_door") == "as_expected"


@pytest.mark.parametrize(
    ("variant", "filled_in"),
    [
        (None, ["first", "second"]),
        ("unset-account", ["first"]),
        ("unset-account-nulls", ["first"]),
        ("failover-account", ["first", "second"]),
    ],
)
async def test_accounts_that_are_filled_in(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    variant: str | None,
    filled_in: list[str],
) -> None:
    """They are watched unless the user says otherwise."""
    if variant:
        VARIANTS[variant](panel)
    result = await read(hass, panel)
    assert options_of(result, "accounts") == ["first", "second"]

    result = await submit(hass, result, {})

    options = result["result"].options
    assert options["accounts"] == filled_in
    assert list(options["expected"]) == filled_in
    for account, number in (("first", 1), ("second", 2)):
        drift = hass.states.get(f"binary_sensor.front_door_account_{number}_drift")
        assert bool(drift) is (account in filled_in)


async def test_empty_accounts(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """Of a panel that nobody has filled in, both accounts are watched."""
    for account in (panel.first_account, panel.second_account):
        account |= {"proxy": "", "realm": "", "user": "", "user_id": ""}

    result = await submit(hass, await read(hass, panel), {})

    assert result["result"].options["accounts"] == ["first", "second"]


async def test_nothing_expected(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    result = await read(hass, panel)
    # There is no other panel to choose.
    assert options_of(result, "expect") == ["current", "nothing"]

    result = await submit(hass, result, CONFIRM | {"expect": "nothing"})

    assert result["result"].options == {"accounts": ["second"]}
    assert state_of(hass, "sensor.front_door") == "nothing_expected"


async def test_expected_as_another_panel(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """The other panel gives all but the user and the user ID, which are this panel's."""
    theirs = {**EXPECTED["second"], "proxy": "sip:house.example.net", "user": "301"}
    del theirs["outbound"]
    other = entry_of(other_panel, expect=False, expected={"second": theirs})
    other.add_to_hass(hass)

    result = await read(hass, panel)
    assert options_of(result, "expect") == ["current", "other", "nothing"]
    [choice] = options_of(result, "panel")
    assert choice["value"] == other.entry_id
    assert choice["label"].startswith("Garage gate")
    as_other = {"expect": "other", "panel": other.entry_id, "add_another": False}
    # Of the first account the other panel expects nothing.
    result = await submit(hass, result, {"accounts": ["first", "second"], **as_other})
    assert result["errors"] == {"panel": "nothing_shared"}
    assert suggested(result) == {"accounts": ["first", "second"], **as_other}

    result = await submit(hass, result, {"accounts": ["second"], **as_other})

    expected = result["result"].options["expected"]["second"]
    assert expected.pop("user_id")
    assert expected == {
        key: "201" if key == "user" else value
        for key, value in theirs.items()
        if key != "user_id"
    }
    assert state_of(hass, "binary_sensor.front_door_account_2_drift") == "on"


async def test_other_panel_is_removed_meanwhile(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    other = entry_of(other_panel)
    other.add_to_hass(hass)
    result = await read(hass, panel)
    as_other = CONFIRM | {"expect": "other", "panel": other.entry_id}
    await hass.config_entries.async_remove(other.entry_id)

    result = await submit(hass, result, as_other)
    # The field has gone with the panel.
    assert result["errors"] == {"base": "panel_removed"}
    assert options_of(result, "expect") == ["current", "nothing"]
    assert "expect" not in suggested(result)

    result = await submit(hass, result, CONFIRM)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_panels_that_expect_the_same(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """Each account names them; what is compared are addresses, not texts."""
    same = EXPECTED["second"] | {"user": "7", "proxy": "sip:PBX.example.net:5060"}
    for title, expected in (
        ("Yard", {"second": same}),
        ("Garage", {"second": same, "first": EXPECTED["first"]}),
        ("Attic", {"second": same | {"realm": "other.example.net"}}),
    ):
        entry = entry_of(other_panel, expect=False, expected=expected)
        entry.add_to_hass(hass)
        hass.config_entries.async_update_entry(entry, title=title, unique_id=title)

    result = await read(hass, panel)

    assert placeholders(result)["accounts"].splitlines() == [
        f"{FIRST_LINE}, as Garage",
        "",
        f"{SECOND_LINE}, as Yard, Garage",
    ]


async def test_no_account_chosen(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    result = await read(hass, panel)

    typed = {"accounts": [], "expect": "nothing", "add_another": True}
    result = await submit(hass, result, typed)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "confirm"
    assert result["errors"] == {"accounts": "no_account"}
    assert suggested(result) == typed

    result = await submit(hass, result, CONFIRM | {"accounts": ["first"]})
    assert list(result["result"].options["expected"]) == ["first"]


async def test_add_another(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """The next form has the login, and expects the same as the panel before."""
    other_panel.password = panel.password = "654321"
    result = await read(hass, panel, advanced={"verify_ssl": False})
    result = await submit(hass, result, CONFIRM | {"add_another": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    first = result["result"]
    kind, flow_id = result["next_flow"]
    assert kind == "config_flow"
    result = await hass.config_entries.flow.async_configure(flow_id)
    assert result["step_id"] == "user"
    assert suggested(result) == {
        "username": "admin",
        "password": "654321",
        "verify_ssl": False,
    }
    assert not result["errors"]

    result = await submit(hass, result, form_of(other_panel))
    # What nobody changes is sent as it is suggested.
    chosen = suggested(result)
    assert chosen == {
        "accounts": ["second"],
        "expect": "other",
        "panel": first.entry_id,
    }
    result = await submit(hass, result, chosen)
    options = result["result"].options
    assert options["accounts"] == ["second"]
    expected = options["expected"]["second"]
    assert expected["proxy"] == first.options["expected"]["second"]["proxy"]
    # The switch stays on until somebody switches it off.
    assert result["next_flow"]


async def test_add_another_with_an_account_that_is_empty(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """Of those that the last panel watches, only what is filled in is chosen."""
    VARIANTS["unset-account"](other_panel)
    result = await read(hass, panel)
    both = CONFIRM | {"accounts": ["first", "second"], "add_another": True}
    result = await submit(hass, result, both)
    result = await hass.config_entries.flow.async_configure(result["next_flow"][1])

    result = await submit(hass, result, form_of(other_panel))

    assert suggested(result)["accounts"] == ["first"]


async def test_add_another_after_one_that_expects_nothing(
    hass: HomeAssistant, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """There is nothing to expect as the last one."""
    result = await read(hass, panel)
    result = await submit(
        hass, result, CONFIRM | {"expect": "nothing", "add_another": True}
    )
    result = await hass.config_entries.flow.async_configure(result["next_flow"][1])

    result = await submit(hass, result, form_of(other_panel))

    assert suggested(result) == {}
    result = await submit(hass, result, CONFIRM)
    assert result["result"].title == "Garage gate"
    assert "next_flow" not in result


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "http://admin:canary@192.168.1.90",
        "two words",
        "ftp://192.168.1.90",
        "192.168.1.90:99999",
        "192.168.1",
        "[::1",
        "a..b",
        f"{'a' * 64}.example",
    ],
)
async def test_not_an_address(
    hass: HomeAssistant, panel: SimulatedPanel, text: str
) -> None:
    result = await read(hass, panel, host=text)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"host": "invalid_address"}
    assert suggested(result)["host"] == text
    assert not panel.requests

    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"


@pytest.mark.parametrize("text", [" {} ", "http://{}/index.html#/"])
async def test_address_forms(
    hass: HomeAssistant, panel: SimulatedPanel, text: str
) -> None:
    host = text.format(f"{panel.host}:{panel.port}")

    result = await submit(hass, await read(hass, panel, host=host), CONFIRM)

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


def without_identity(panel: SimulatedPanel, form: Form) -> None:
    """Let a panel give addresses that all devices have."""
    panel.info["device_serial_number"] = None
    panel.fail(
        Answer.json({"mac_address": "00:00:00:00:00:00"}), path="/api/v1/network/mac"
    )


ERRORS: dict[str, tuple[Spoil, dict[str, str], int]] = {
    "closes the connection": (
        fault(Close(), "/api/info"),
        {"host": "cannot_connect"},
        0,
    ),
    "password": (typed(password="wrong"), {"password": "invalid_auth"}, 1),
    "user": (typed(username="guest"), {"password": "invalid_auth"}, 1),
    "HTML": (fault(HTML_PAGE, "/api/info"), {"host": "not_a_panel"}, 0),
    "404": (fault(Answer(404), "/api/info"), {"host": "not_a_panel"}, 0),
    "JSON of something else": (
        fault(Answer.json({"name": "router"}), "/api/info"),
        {"host": "not_a_panel"},
        0,
    ),
    "banned": (fault(Answer(403), "/api/info"), {"host": "blocked"}, 0),
    "indoor monitor": (variant("monitor"), {"host": "not_a_panel"}, 0),
    "old firmware": (variant("api-v0"), {"host": "unsupported_firmware"}, 0),
    "manager": (variant("manager"), {"username": "permission_denied"}, 1),
    "path elsewhere": (
        typed_path("device/lock/open"),
        {"advanced": "invalid_path"},
        0,
    ),
    "path that climbs": (
        typed_path("device/sip/../lock/open"),
        {"advanced": "invalid_path"},
        0,
    ),
    "path of nothing": (
        typed_path("device/sip/settings/third"),
        {"advanced": "no_second_account"},
        1,
    ),
    "path of the first account": (
        typed_path("device/sip/settings"),
        {"advanced": "no_second_account"},
        1,
    ),
    "no account readable": (
        both(variant("one-account"), fault(TRUNCATED_JSON, FIRST)),
        {"host": "invalid_response"},
        1,
    ),
    "neither serial number nor MAC": (
        both(variant("no-serial-number"), fault(Answer(404), "/api/v1/network/mac")),
        {"host": "no_identity"},
        1,
    ),
    "MAC that is none": (without_identity, {"host": "no_identity"}, 1),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_errors(hass: HomeAssistant, panel: SimulatedPanel, name: str) -> None:
    """Each error is shown, after one login at most, and can be mended."""
    spoil, errors, logins = ERRORS[name]
    info = deepcopy(panel.info)
    form = form_of(panel)
    spoil(panel, form)

    result = await submit(hass, await start(hass), form)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert result["errors"] == errors
    assert len(panel.logins) == logins
    assert not panel.sessions

    panel.recover()
    panel.behaviour = Behaviour()
    panel.info = info
    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, CONFIRM)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    # One login per attempt, and one of the entry that has been set up since.
    assert len(panel.logins) == logins + 2
    assert len(panel.sessions) == 1


@pytest.mark.parametrize(
    "answer", [Answer(500), EMPTY_BODY, HTML_PAGE, LARGE_BODY, Answer.json({})]
)
async def test_unreadable_login(
    hass: HomeAssistant, panel: SimulatedPanel, answer: Answer
) -> None:
    """A login that is not understood is not sent again for each account."""
    panel.fail(answer, path="/api/v1/login")

    result = await read(hass, panel)
    assert result["errors"] == {"host": "invalid_response"}
    assert asked(panel) == ["/api/info", "/api/info", "/api/v1/login"]

    panel.recover()
    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"


async def test_nothing_listens(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """The error says what was tried."""
    await panel.switch_off()

    result = await read(hass, panel)
    assert result["errors"] == {"host": "cannot_connect"}
    port = panel.port
    assert placeholders(result) == {
        "address": f"http://127.0.1.1:{port}, https://127.0.1.1:{port}"
    }

    await panel.switch_on()
    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"


async def test_search_fails_at_once(
    hass: HomeAssistant, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that fails before it waits for anything is not begun again by itself."""
    errors = [ConnectionFailedError("The network is unreachable")]

    async def fail(*_: Any, **__: Any) -> None:
        raise errors.pop()

    monkeypatch.setattr("custom_components.bas_ip.search_flow.async_find_panel", fail)

    result = await read(hass, panel)
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
        patch.setattr("custom_components.bas_ip.search_flow.discover", fail)
        result = await read(hass, panel)
    assert result["errors"] == {"base": "unknown"}
    assert "Unexpected RuntimeError" in caplog.text
    assert "in _async_read" in caplog.text
    assert "canary" not in caplog.text

    result = await submit(hass, result, form_of(panel))
    assert result["step_id"] == "confirm"


async def test_form_after_an_error(
    hass: HomeAssistant, panel: SimulatedPanel, caplog: pytest.LogCaptureFixture
) -> None:
    """What was typed is still there, the password too, and the error can be seen."""
    advanced = {"verify_ssl": True, "second_account_path": "../x"}

    result = await read(hass, panel, password="canary", advanced=advanced)

    assert suggested(result) == {
        "host": f"127.0.1.1:{panel.port}",
        "username": "admin",
        "password": "canary",
        **advanced,
    }
    schema = result["data_schema"]
    assert schema
    assert schema.schema["advanced"].options == {"collapsed": False}
    assert "canary" not in caplog.text


async def test_closed_while_the_panel_is_read(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """The flow can be closed while the search runs."""
    panel.fail(Hang(), path=FIRST)
    result = await hass.config_entries.flow.async_configure(
        (await start(hass))["flow_id"], form_of(panel)
    )
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    while (await panel.next_request()).path != FIRST:
        pass
    hass.config_entries.flow.async_abort(result["flow_id"])
    async with asyncio.timeout(10):
        assert (await panel.next_request()).path == "/api/v1/logout"


async def test_nothing_stays_of_a_flow(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """Neither a session on the panel, nor one that Home Assistant has to close."""
    flow = await start(hass)
    await submit(hass, flow, form_of(panel) | {"password": "wrong"})
    listeners = hass.bus.async_listeners()
    await submit(hass, flow, form_of(panel) | {"password": "wrong"})
    await submit(hass, flow, form_of(panel))

    assert hass.bus.async_listeners() == listeners
    assert len(panel.logins) == 3
    assert not panel.sessions


async def test_values_are_shown_as_they_are(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """What a panel sends is no Markdown, and the user ID is not shown at all."""
    panel.second_account |= {
        "proxy": "`|<b>**x**",
        "user_id": "canary",
        "transport": "<img>",
        "registration_interval": [],
        "stun": None,
    }
    del panel.second_account["outbound"]

    result = await read(hass, panel)

    shown = placeholders(result)
    assert shown["accounts"].splitlines()[2] == (
        "**Second account**: `201` @ `'|<b>**x**`, <\N{WORD JOINER}IMG>"
    )
    assert "canary" not in str(result)
    result = await submit(hass, result, CONFIRM)
    # What the panel does not tell is not expected.
    expected = dict(result["result"].options["expected"]["second"])
    assert re.fullmatch("[0-9a-f]{8}", expected.pop("user_id"))
    assert expected == {
        "proxy": "`|<b>**x**",
        "realm": "pbx.example.net",
        "user": "201",
        "transport": "<img>",
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

    result = await submit(hass, await read(hass, panel), CONFIRM)

    assert result["title"] == title
    assert result["result"].data["panel_name"] == title


async def test_https(hass: HomeAssistant, https_panel: SimulatedPanel) -> None:
    """A certificate that the panel has signed itself is taken only without the check."""
    port = https_panel.port
    form = form_of(https_panel, verify_ssl=True)

    result = await submit(hass, await start(hass), form)
    assert result["errors"] == {"advanced": "invalid_certificate"}
    # A login at http would be read by others, so it is not even tried.
    assert placeholders(result) == {"address": f"https://127.0.1.1:{port}"}
    assert not https_panel.requests

    form["advanced"]["verify_ssl"] = False
    result = await submit(hass, result, form)
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, CONFIRM)
    data = result["result"].data
    assert (data["port"], data["ssl"], data["verify_ssl"]) == (port, True, False)
    assert result["result"].state is ConfigEntryState.LOADED


async def test_http_to_https(hass: HomeAssistant, https_panel: SimulatedPanel) -> None:
    """The login goes out only after the redirect, where nobody can read it."""
    result = await read(hass, https_panel, host=https_panel.http_url)
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, CONFIRM)

    data = result["result"].data
    assert (data["port"], data["ssl"]) == (https_panel.http_port, False)
    redirected = [
        request.path for request in https_panel.requests if request.status == 301
    ]
    assert set(redirected) == {"/api/info"}
    assert result["result"].state is ConfigEntryState.LOADED
