"""Tests of the report of a panel that Home Assistant fills in."""

import json

from homeassistant.core import HomeAssistant
import pytest
from yarl import URL

from simulator import VARIANTS, Answer, SimulatedPanel

from .conftest import ROOT, load_script
from .flows import HIDDEN_PATH, placeholders, read, submit

CAPTURE = load_script("tools/capture.py")

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")


async def report_link(hass: HomeAssistant, panel: SimulatedPanel) -> URL:
    """Return the link of the step that has found no second account."""
    result = await read(hass, panel)
    assert result["step_id"] == "no_second_account"
    link = placeholders(result)["report_url"]
    # Nothing that would end a link in Markdown.
    assert not set("()<> \"'") & set(link)
    assert len(link) < 8000
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


async def test_link(hass: HomeAssistant, panel: SimulatedPanel) -> None:
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
    assert CAPTURE.fixture(report, simulated=True)["model"] == "aa-07fb"
    for secret in secrets_of(panel):
        assert secret not in link.human_repr()


async def test_unknown_model(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    VARIANTS["one-account"](panel)
    del panel.info["device_model"]

    link = await report_link(hass, panel)

    assert link.query["title"] == "Panel: unknown model"
    assert link.query["model"] == ""


async def test_long_link(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """A link is no longer than GitHub takes, whatever a panel sends."""
    VARIANTS["one-account"](panel)
    panel.info |= {"device_model": "\N{DOOR}" * 300, "api_version": None}
    names = "".join(f'get("/device/sip/{number}{"x" * 90}");' for number in range(64))
    panel.fail(Answer(200, f"<script>{names}</script>".encode(), "text/html"), path="/")

    link = await report_link(hass, panel)

    report = json.loads(link.query["probe"])
    assert len(report["page_paths"]) == 20
    assert report["model"] == link.query["model"] == "\N{DOOR}" * 40
    assert link.query["api"] == ""


async def test_report_is_kept(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    """What the search has found is in the entry, for the diagnostics."""
    result = await submit(hass, await read(hass, panel), {})

    report = result["result"].data["report"]

    assert report["second_account_path"] == "device/sip/settings/second"
    assert report["asked"]["device/sip/settings/second"] == "account"
    assert CAPTURE.fixture({**report, "answers": {}}, simulated=True)
    for secret in secrets_of(panel):
        assert secret not in json.dumps(report)
