"""The report of a panel for the project: where it keeps its accounts, and no secret."""

import json
from typing import Any, Final
from urllib.parse import quote, urlencode

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_loaded_integration

from .connection import async_identify
from .const import CONF_SECOND_ACCOUNT_PATH, CONF_SECOND_ACCOUNT_PATH_TYPED, DOMAIN
from .coordinator import BasIpConfigEntry
from .panel import PanelError, PanelSurvey, panel_report, survey

ISSUE_URL: Final = "https://github.com/ha-bas-ip/ha-bas-ip/issues/new"
# GitHub takes about 8 KB.
MAX_URL: Final = 7500


async def async_panel_report(
    hass: HomeAssistant, entry: BasIpConfigEntry
) -> dict[str, Any] | None:
    """Repeat the search on a loaded panel and return the report, None if it fails."""
    client = entry.runtime_data.client
    path = None
    if entry.data.get(CONF_SECOND_ACCOUNT_PATH_TYPED):
        path = entry.data[CONF_SECOND_ACCOUNT_PATH]
    try:
        await async_identify(entry, client)
        found = await survey(client, second_account_path=path)
    except PanelError:
        return None
    return panel_report(_version(hass), found.info, found)


def report_url(hass: HomeAssistant, found: PanelSurvey) -> str:
    """Return the address of the project's form, with the report filled in.

    Paths of the web page are dropped from the end until the URL is short enough for
    GitHub.
    """
    report = panel_report(_version(hass), found.info, found)
    while len(url := _url(report)) > MAX_URL and report["page_paths"]:
        report["page_paths"].pop()
    return url


def _version(hass: HomeAssistant) -> str:
    """Return the version of the integration."""
    return str(async_get_loaded_integration(hass, DOMAIN).version)


def _url(report: dict[str, Any]) -> str:
    """Return the address of the form with this report."""
    fields = {
        "template": "panel_report.yml",
        "title": f"Panel: {report['model']}",
        "model": report["model"],
        "firmware": report["firmware"],
        "api": report["api_version"],
        "probe": json.dumps(report, separators=(",", ":")),
    }
    known = {key: value for key, value in fields.items() if value is not None}
    # Encoded so that nothing ends the link in a description.
    return f"{ISSUE_URL}?{urlencode(known, quote_via=quote, safe='/,:')}"
