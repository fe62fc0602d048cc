"""A report of a panel for a public issue, without a secret, a name or an address.

`scripts/probe --json` prints one, Home Assistant makes one when set-up finds no second
account and in the diagnostics, and `scripts/capture` turns either into a fixture of the
tests. It is an object with:

- `report`: the version of this format, 2
- `integration`: the version of the integration
- `model`, `firmware`, `api_version`: texts of /api/info, or null
- `second_account_path`, `second_status_path`, `second_enable_path`: as found, or null
- `page_paths`: the paths about SIP that the panel's web page names
- `asked`: what came of each path that was asked in the search, in one word
- `answers`: by path, the HTTP status and the types of the fields; null for no object
- `values`: by path, values that tell nothing of a house or its people

A path is given without the /api/v1/ in front. `answers` and `values` may be left out
where there is little room.
"""

import json
import re
from typing import Any, Final, override

from aiohttp import ClientSession
from yarl import URL

from .client import PanelClient
from .models import MAX_SECONDS, PASSWORD_PLACEHOLDER, PanelInfo
from .survey import PanelSurvey, SecondAccountResult

REPORT_FORMAT: Final = 2
MAX_TEXT: Final = 40
# Names of fields, as panels write them; others might be anything.
FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_FIELDS: Final = 40
TRANSPORTS: Final = ("", "udp", "tcp", "tls")

type Shape = str | dict[str, Shape]


class NotingClient(PanelClient):
    """A client that notes the shape of each answer, and no values but harmless ones."""

    def __init__(
        self, session: ClientSession, url: URL, username: str, password: str
    ) -> None:
        """Start without any answers."""
        super().__init__(session, url, username, password)
        self.answers: dict[str, dict[str, Any]] = {}
        self.values: dict[str, dict[str, str | int | bool]] = {}

    @override
    async def _get(
        self, path: str, query: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Return status and body, and note their shape."""
        status, body = await super()._get(path, query)
        path = path.removeprefix("api/v1/")
        if path != "login":
            self._note(path, status, body)
        return status, body

    def _note(self, path: str, status: int, body: str) -> None:
        """Keep the shape of an answer."""
        try:
            data = json.loads(body)
        except ValueError, RecursionError:
            data = None
        is_object = isinstance(data, dict)
        self.answers[path] = {
            "status": status,
            "fields": shape(data) if is_object else None,
        }
        self.values.pop(path, None)
        if is_object and (values := harmless_values(data)):
            self.values[path] = values


def panel_report(
    version: str,
    info: PanelInfo,
    found: PanelSurvey | SecondAccountResult,
    client: PanelClient | None = None,
) -> dict[str, Any]:
    """Return the report of a panel; a client that notes answers gives them, too."""
    if isinstance(found, PanelSurvey):
        path = found.second_account_path
        status_path, enable_path = found.second_status_path, found.second_enable_path
    else:
        path = found.path
        status_path, enable_path = found.status_path, found.enable_path
    report = {
        "report": REPORT_FORMAT,
        "integration": version,
        "model": _short(info.model),
        "firmware": _short(info.firmware_version),
        "api_version": _short(info.api_version),
        "second_account_path": path,
        "second_status_path": status_path,
        "second_enable_path": enable_path,
        "page_paths": list(found.page_paths),
        "asked": dict(found.answers),
    }
    if isinstance(client, NotingClient):
        report |= {"answers": client.answers, "values": client.values}
    return report


def _short(text: str | None) -> str | None:
    """Return a text that is no longer than those of panels are."""
    return None if text is None else text[:MAX_TEXT]


def shape(value: object, depth: int = 2) -> Shape:
    """Return the JSON type of a value, and those of an object's fields."""
    match value:
        case dict() if depth:
            return {
                key: shape(item, depth - 1)
                for key, item in list(value.items())[:MAX_FIELDS]
                if FIELD_NAME.fullmatch(key)
            }
        case dict():
            return "object"
        case list():
            return "array"
        case str():
            return "string" if value else "empty string"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case _:
            return "null"


def harmless_values(data: dict[str, object]) -> dict[str, str | int | bool]:
    """Return the values that tell nothing of a house or its people."""
    values: dict[str, str | int | bool] = {}
    transport = data.get("transport")
    if isinstance(transport, str):
        is_known = transport.lower() in TRANSPORTS
        values["transport"] = transport if is_known else "another text"
    interval = data.get("registration_interval")
    if isinstance(interval, int) and -1 <= interval <= 1_000_000:
        values["registration_interval"] = interval
    status = data.get("sip_status")
    if isinstance(status, str) and re.fullmatch("[A-Za-z]{1,20}", status):
        values["sip_status"] = status
    enabled = data.get("sip_enable")
    if isinstance(enabled, bool):
        values["sip_enable"] = enabled
    match data.get("register_last_attempt"):
        case bool():
            pass
        case int(attempt) | float(attempt):
            if attempt > 0:
                unit = "milliseconds" if attempt > MAX_SECONDS else "seconds"
                values["register_last_attempt"] = unit
            else:
                values["register_last_attempt"] = "not positive"
    password = data.get("password")
    if isinstance(password, str):
        # One of three texts of our own, never the password.
        if not password.strip("*"):
            values["password"] = "nothing"
        elif password == PASSWORD_PLACEHOLDER:
            values["password"] = "placeholder"
        else:
            values["password"] = "something else"
    return values
