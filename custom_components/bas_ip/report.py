"""The report of a panel for the project: where it keeps its accounts, and no secret."""

import json
from typing import Any, Final
from urllib.parse import quote, urlencode

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_loaded_integration

from .connection import async_identify
from .const import DOMAIN
from .coordinator import BasIpConfigEntry
from .panel import PanelError, PanelSurvey, survey

# The next one has other keys.
REPORT_FORMAT: Final = 2
ISSUE_URL: Final = "https://github.com/ha-bas-ip/ha-bas-ip/issues/new"
# GitHub takes about 8 KB.
MAX_URL: Final = 7500
MAX_TEXT: Final = 40


def panel_report(hass: HomeAssistant, read: PanelSurvey) -> dict[str, Any]:
    """Return what the project has to know of a panel.

    Named is what is in it: the answers are words for their kind, never what they hold.
    """
    info = read.info
    return {
        "report": REPORT_FORMAT,
        "integration": str(async_get_loaded_integration(hass, DOMAIN).version),
        "model": _short(info.model),
        "firmware": _short(info.firmware_version),
        "api_version": _short(info.api_version),
        "second_account_path": read.second_account_path,
        "second_status_path": read.second_status_path,
        "page_paths": list(read.page_paths),
        "answers": dict(read.answers),
    }


async def async_panel_report(
    hass: HomeAssistant, entry: BasIpConfigEntry
) -> dict[str, Any] | None:
    """Read a panel that is set up, and return its report if it can be read now."""
    client = entry.runtime_data.client
    try:
        await async_identify(entry, client)
        return panel_report(hass, await survey(client))
    except PanelError:
        return None


def report_url(hass: HomeAssistant, read: PanelSurvey) -> str:
    """Return the address of the project's form, with the report filled in.

    Paths of the web page are left out from the end until GitHub takes the address.
    """
    report = panel_report(hass, read)
    while len(url := _url(report)) > MAX_URL and report["page_paths"]:
        report["page_paths"].pop()
    return url


def _url(report: dict[str, Any]) -> str:
    """Return the address of the form with this report."""
    fields = {
        "template": "panel_report.yml",
        "title": f"Panel: {report['model'] or '?'}",
        "model": report["model"] or "",
        "firmware": report["firmware"] or "",
        "api": report["api_version"] or "",
        "probe": json.dumps(report, separators=(",", ":")),
    }
    # Nothing in it may end the link in a description.
    return f"{ISSUE_URL}?{urlencode(fields, quote_via=quote, safe='/,:')}"


def _short(text: str | None) -> str | None:
    """Return a text that leaves room for the others."""
    return None if text is None else text[:MAX_TEXT]
