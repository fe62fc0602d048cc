"""Tests of the config flow where the second account is not found by itself."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from simulator import VARIANTS, Answer, Close, SimulatedPanel

from .conftest import state_of
from .flows import (
    HIDDEN_PATH,
    choose,
    form_of,
    options_of,
    placeholders,
    read,
    submit,
    suggested,
)

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

# The panel's web page names it, but its words are not all known.
PATH = {"second_account_path": HIDDEN_PATH}


async def test_first_account_instead(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    VARIANTS["one-account"](panel)

    result = await read(hass, panel)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "no_second_account"
    assert result["menu_options"] == ["confirm", "path", "user"]

    result = await choose(hass, result, "confirm")
    assert result["step_id"] == "confirm"
    assert options_of(result, "accounts") == ["first"]
    assert "Second account" not in placeholders(result)["accounts"]

    result = await submit(hass, result, {})
    assert result["result"].data["second_account_path"] is None
    assert result["result"].options["accounts"] == ["first"]
    assert list(result["result"].options["expected"]) == ["first"]


async def test_back_to_the_address(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """Nothing has to be typed again."""
    VARIANTS["one-account"](panel)
    form = form_of(panel)

    result = await choose(hass, await read(hass, panel), "user")
    assert not result["errors"]
    assert suggested(result) == {
        **{key: form[key] for key in ("host", "username", "password")},
        "verify_ssl": False,
    }

    panel.behaviour.second_account_path = "device/sip2/settings"
    result = await submit(hass, result, form)
    assert result["step_id"] == "confirm"


@pytest.mark.parametrize(
    ("path", "fault", "password", "errors"),
    [
        ("device/lock/open", None, None, {"second_account_path": "invalid_path"}),
        (
            "device/sip/settings/third",
            None,
            None,
            {"second_account_path": "no_second_account"},
        ),
        (
            "device/sip/settings",
            None,
            None,
            {"second_account_path": "no_second_account"},
        ),
        (HIDDEN_PATH, Close(), None, {"base": "cannot_connect"}),
        (HIDDEN_PATH, None, "new", {"base": "invalid_auth"}),
    ],
)
async def test_path(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    path: str,
    fault: Close | None,
    password: str | None,
    errors: dict[str, str],
) -> None:
    """A path that is wrong can be mended, or the first account be watched instead."""
    panel.behaviour.second_account_path = HIDDEN_PATH
    result = await read(hass, panel)
    assert result["menu_options"] == ["confirm", "path", "user"]

    result = await choose(hass, result, "path")
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "path"
    assert not result["errors"]
    assert options_of(result, "second_account_path") == [HIDDEN_PATH]
    assert f"/api/v1/{HIDDEN_PATH}" not in [each.path for each in panel.requests]

    if fault:
        panel.fail(fault, path="/api/info")
    panel.password = password or panel.password
    result = await submit(hass, result, {"second_account_path": path})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "path"
    assert result["errors"] == errors
    assert suggested(result) == {"second_account_path": path}
    assert not panel.sessions
    panel.recover()
    panel.password = "123456"

    # Back, and there again.
    result = await submit(hass, result, {})
    result = await choose(hass, result, "path")
    assert not result["errors"]
    result = await submit(hass, result, PATH)
    assert result["step_id"] == "confirm"
    result = await submit(hass, result, {"accounts": ["second"]})
    data = result["result"].data
    assert data["second_account_path"] == HIDDEN_PATH
    assert list(result["result"].options["expected"]) == ["second"]


async def test_first_account_after_a_wrong_path(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """Nothing stays of the path."""
    VARIANTS["silent-web-page"](panel)
    panel.behaviour.second_account_path = HIDDEN_PATH
    result = await choose(hass, await read(hass, panel), "path")
    # There is nothing to choose from, so that it is typed.
    assert options_of(result, "second_account_path") == []
    wrong = {"second_account_path": "device/sip/settings/third"}
    result = await submit(hass, result, wrong)
    assert result["errors"] == {"second_account_path": "no_second_account"}

    result = await choose(hass, await submit(hass, result, {}), "confirm")
    result = await submit(hass, result, {})

    data = result["result"].data
    assert data["second_account_path"] is None


async def test_typed_path(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A path is taken in the form in which the user finds it."""
    panel.behaviour.second_account_path = HIDDEN_PATH

    result = await read(
        hass,
        panel,
        advanced={
            "verify_ssl": False,
            "second_account_path": f" /api/v1/{HIDDEN_PATH} ",
        },
    )
    result = await submit(hass, result, {})

    assert result["result"].data["second_account_path"] == HIDDEN_PATH


@pytest.mark.parametrize("path", ["device/sip/reserve/settings", "sip/accounts/2"])
async def test_path_of_the_web_page(
    hass: HomeAssistant, panel: SimulatedPanel, path: str
) -> None:
    """The panel's own web page names the path, and that of the account's status."""
    panel.behaviour.second_account_path = path
    panel.behaviour.second_status_path = "device/sip/reserve/status"

    result = await submit(hass, await read(hass, panel), {})

    data = result["result"].data
    assert data["second_account_path"] == path
    assert data["second_status_path"] == "device/sip/reserve/status"
    assert state_of(hass, "sensor.front_door_account_2_sip_status") == "registered"


async def test_second_account_alone(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A first account that cannot be read does not stand in the way of the second."""
    panel.fail(Answer(500), path="/api/v1/device/sip/settings")

    result = await read(hass, panel)
    assert options_of(result, "accounts") == ["second"]
    assert "First account" not in placeholders(result)["accounts"]
    result = await submit(hass, result, {})

    assert list(result["result"].options["expected"]) == ["second"]
