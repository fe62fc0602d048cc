"""The report of a panel for the project: where it keeps its accounts, and no secret."""

from collections.abc import Mapping
import json
from typing import Any, Final
from urllib.parse import quote, urlencode

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_loaded_integration

from .const import DOMAIN
from .panel.search import Discovery

ISSUE_URL: Final = "https://github.com/ha-bas-ip/ha-bas-ip/issues/new"
# GitHub takes links of about 8 KB.
MAX_PATHS: Final = 20


def report_of(hass: HomeAssistant, found: Discovery) -> dict[str, Any]:
    """Return the report of a panel that was searched."""
    version = async_get_loaded_integration(hass, DOMAIN).version
    return found.report(str(version))


def report_url(report: Mapping[str, Any]) -> str:
    """Return the address of the project's form, with the report filled in."""
    short = {**report, "page_paths": report["page_paths"][:MAX_PATHS]}
    keys = {"model": "model", "firmware": "firmware", "api": "api_version"}
    fields = {
        "template": "panel_report.yml",
        "title": f"Panel: {report['model'] or 'unknown model'}",
        **{field: report[key] or "" for field, key in keys.items()},
        "probe": json.dumps(short, separators=(",", ":")),
    }
    # Encoded so that nothing ends the link in a description.
    return f"{ISSUE_URL}?{urlencode(fields, quote_via=quote, safe='/,:')}"
