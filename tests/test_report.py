"""Tests of the report of a panel that Home Assistant fills in."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.bas_ip.report import MAX_URL, async_panel_report
from simulator import VARIANTS, Answer, SimulatedPanel

from .conftest import SetUp, entry_of
from .test_config_flow import choose, form_of, start, submit

ROOT = Path(__file__).parents[1]
HIDDEN_PATH = "device/sip/account-b"

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")


@pytest.fixture(scope="module")
def capture() -> ModuleType:
    """Return scripts/capture, which makes a fixture of a report."""
    spec = importlib.util.spec_from_file_location(
        "capture", ROOT / "scripts/capture.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def report_link(hass: HomeAssistant, panel: SimulatedPanel) -> URL:
    """Return the link of the step that has found no second account."""
    result = await submit(hass, await start(hass), form_of(panel))
    assert result["step_id"] == "no_second_account"
    placeholders = result["description_placeholders"]
    assert placeholders
    link = placeholders["report_url"]
    # Nothing that would end a link in Markdown.
    assert not set("()<> \"'") & set(link)
    assert len(link) <= MAX_URL
    return URL(link)


def secrets_of(panel: SimulatedPanel) -> list[str]:
    """Return what must not be in a report."""
    accounts = (panel.first_account, panel.second_account)
    return [
        panel.host,
        panel.mac_address,
        panel.password,
        panel.info["device_name"],
        panel.info["device_serial_number"],
        *(str(account[key]) for account in accounts for key in ("proxy", "realm")),
        *(f'"{account["user"]}"' for account in accounts),
        "WebPass",
    ]


async def test_link(
    hass: HomeAssistant, panel: SimulatedPanel, capture: ModuleType
) -> None:
    """The project's form is filled in, and what it holds makes a fixture."""
    panel.behaviour.second_account_path = HIDDEN_PATH

    link = await report_link(hass, panel)

    assert link.origin() == URL("https://github.com")
    assert link.path == "/ha-bas-ip/ha-bas-ip/issues/new"
    form = (ROOT / ".github/ISSUE_TEMPLATE" / link.query["template"]).read_text("utf-8")
    for field in link.query.keys() - {"template", "title"}:
        assert f"id: {field}\n" in form
    assert link.query["title"] == "Panel: aa-07fb"
    assert link.query["model"] == "aa-07fb"
    assert link.query["firmware"] == "3.20.0"
    assert link.query["api"] == "2.11.0"
    report = json.loads(link.query["probe"])
    assert HIDDEN_PATH in report["page_paths"]
    assert report["second_account_path"] is None
    assert report["asked"]["device/sip/settings"] == "first_account"
    assert report["asked"]["device/sip/settings/2"] == "not_found"
    assert capture.fixture(report, simulated=True)["model"] == "aa-07fb"
    for secret in secrets_of(panel):
        assert secret not in link.human_repr()


async def test_long_link(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A link is no longer than GitHub takes, whatever a panel sends."""
    VARIANTS["one-account"](panel)
    panel.info |= {"device_model": "\N{DOOR}" * 300, "api_version": None}
    names = "".join(f'get("/device/sip/{number}{"x" * 90}");' for number in range(64))
    panel.fail(Answer(200, f"<script>{names}</script>".encode(), "text/html"), path="/")

    link = await report_link(hass, panel)

    assert len(str(link)) > MAX_URL - 200
    report = json.loads(link.query["probe"])
    assert 0 < len(report["page_paths"]) < 64
    assert report["model"] == link.query["model"] == "\N{DOOR}" * 40
    assert "api" not in link.query


async def test_panel_with_one_account_is_set_up(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    """The link is an offer: the flow goes on beside it."""
    VARIANTS["one-account"](panel)
    result = await submit(hass, await start(hass), form_of(panel))

    result = await choose(hass, result, "confirm")

    assert result["step_id"] == "confirm"


async def test_report_of_a_panel_that_is_set_up(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    capture: ModuleType,
) -> None:
    await set_up(entry)

    report = await async_panel_report(hass, entry)

    assert report
    assert report["second_account_path"] == "device/sip/settings/second"
    assert report["asked"]["device/sip/settings/second"] == "account"
    assert capture.fixture(report, simulated=True)
    for secret in secrets_of(panel):
        assert secret not in json.dumps(report)
    # The session that the polls use.
    assert len(panel._sessions) == 1


async def test_report_of_a_path_that_was_typed(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    panel.behaviour.second_account_path = HIDDEN_PATH
    entry = entry_of(panel)
    await set_up(entry)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "second_account_path_typed": True}
    )

    report = await async_panel_report(hass, entry)

    assert report
    assert report["second_account_path"] == HIDDEN_PATH
    assert report["asked"][HIDDEN_PATH] == "account"


@pytest.mark.parametrize(
    ("fault", "path"),
    [(Answer(500), "/api/info"), (Answer(403), "/api/v1/device/sip/settings")],
)
async def test_no_report(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    fault: Any,
    path: str,
) -> None:
    """A panel that does not answer, or refuses everything, has no report."""
    await set_up(entry)
    panel.behaviour.second_account_path = None
    panel.fail(fault, path=path)

    assert await async_panel_report(hass, entry) is None


async def test_another_panel_is_not_reported(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.info["device_serial_number"] = "another"
    logins = len(panel.logins)

    assert await async_panel_report(hass, entry) is None
    assert len(panel.logins) == logins
