"""Panels that people have reported: the simulator answers as theirs, and we read it."""

import json
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant
import pytest
from yarl import URL

from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.search import GUESSES, discover
from simulator import Answer, SimulatedPanel

from .flows import choose, confirm, read, state_by_key as state

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "enabled_by_default")

ATTEMPT = 1_700_000_000
FOLDER = Path(__file__).parent / "fixtures" / "reports"
REPORTS = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))

STATUSES = {"OK": "registered", "ERROR": "failed", "OFFLINE": "disabled"}
SAMPLES: dict[str, Any] = {
    "empty string": "",
    "integer": 7,
    "number": 7.5,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}
# What the report tells of a value in words of its own.
WORDS: dict[tuple[str, Any], Any] = {
    ("register_last_attempt", "seconds"): ATTEMPT,
    ("register_last_attempt", "milliseconds"): ATTEMPT * 1000,
    ("register_last_attempt", "not positive"): 0,
    ("password", "placeholder"): "WebPass",
    ("password", "nothing"): "",
}


def sample(shape: Any, name: str, values: dict[str, Any]) -> Any:
    """Return a value of this shape."""
    if isinstance(shape, dict):
        return {key: sample(item, key, values) for key, item in shape.items()}
    if name in values:
        return WORDS.get((name, values[name]), values[name])
    return SAMPLES.get(shape, f"{name}.example.org")


def play(panel: SimulatedPanel, report: dict[str, Any]) -> None:
    """Make a simulated panel answer as the one that was reported."""
    values: dict[str, dict[str, Any]] = {
        **report["values"],
        "api/info": {
            "api_version": report["api_version"],
            "device_model": report["model"],
            "device_type": "panel",
            "firmware_version": report["firmware"],
        },
        "network/mac": {"mac_address": "02:00:00:00:00:01"},
    }
    page = "".join(f'get("/{path}");' for path in report["page_paths"])
    panel.fail(Answer(200, f"<script>{page}</script>".encode(), "text/html"), path="/")
    for path, answer in report["answers"].items():
        body: Any = "<html></html>"
        if answer["fields"] is not None:
            body = sample(answer["fields"], path, values.get(path, {}))
        panel.fail(
            Answer.json(body, answer["status"]),
            path="/api/info" if path == "api/info" else f"/api/v1/{path}",
        )


def shown(fields: dict[str, Any] | None, name: str) -> str:
    """Return the state that a text of an answer is shown as."""
    match (fields or {}).get(name):
        case "empty string" | "null":
            return "not_set"
        case None | "boolean" | "array" | "object" | dict():
            return "unknown"
        case kind:
            return str(SAMPLES.get(kind, f"{name}.example.org"))


def test_there_are_reports() -> None:
    assert REPORTS


@pytest.mark.parametrize("report", REPORTS, ids=NAMES)
async def test_search_goes_as_reported(
    panel: SimulatedPanel, report: dict[str, Any]
) -> None:
    play(panel, report)
    typed = report["second_account_path"]
    if typed in (*GUESSES, *report["page_paths"]):
        typed = None
    async with ClientSession() as session:
        client = PanelClient(session, URL(panel.url), "admin", "123456", "salt")
        found = await discover(client, given_path=typed)
    assert found.info.model == report["model"]
    assert found.second_account_path == report["second_account_path"]
    assert found.second_status_path == report["second_status_path"]
    assert report["asked"].items() <= found.answers.items()


@pytest.mark.parametrize("report", REPORTS, ids=NAMES)
async def test_panel_is_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, report: dict[str, Any]
) -> None:
    play(panel, report)
    path = report["second_account_path"]
    typed = None if path in GUESSES else path
    advanced = {"verify_ssl": False} | ({"second_account_path": typed} if typed else {})
    result = await read(hass, panel, advanced=advanced)
    if path is None:
        result = await choose(hass, result, "confirm")
    entry = await confirm(hass, result)
    assert entry.data["second_account_path"] == path

    account = "second" if path else "first"
    fields = report["answers"][path or "device/sip/settings"]["fields"]
    for name, key in (
        ("proxy", "proxy"),
        ("realm", "realm"),
        ("outbound", "outbound_proxy"),
    ):
        assert state(hass, entry, f"{account}_account_{key}") == shown(fields, name)
    assert state(hass, entry, f"{account}_account_drift") == "off"

    status = report["values"].get("sip/status", {})
    assert state(hass, entry, "sip_status") == STATUSES.get(
        status.get("sip_status", "").upper(), "unknown"
    )
    reading = entry.runtime_data.reading
    if unit := status.get("register_last_attempt"):
        attempt = WORDS["register_last_attempt", unit]
        assert reading.registrations[None].last_attempt == str(attempt)
