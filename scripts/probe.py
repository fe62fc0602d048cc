"""Tell what a panel answers, as a table for people or as a report without secrets."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from getpass import getpass
import json
import os
from pathlib import Path
import re
import sys
from typing import TYPE_CHECKING, Any, override

from aiohttp import ClientSession, TCPConnector
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text
from yarl import URL

INTEGRATION = Path(__file__).parents[1] / "custom_components" / "bas_ip"

if TYPE_CHECKING:
    from custom_components.bas_ip import panel
else:
    # By itself: the package around it needs Home Assistant.
    sys.path.insert(0, str(INTEGRATION))
    import panel  # noqa: ICN001

REPORT_FORMAT = 1
FIRST_ACCOUNT_PATH = "device/sip/settings"
# Names of fields, as panels write them; others might be anything.
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TRANSPORTS = ("", "udp", "tcp", "tls")
MILLISECONDS = 100_000_000_000

type Shape = str | dict[str, Shape]


class ProbeError(Exception):
    """Ends the probe with a line for the user."""


class Probe(panel.PanelClient):
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
        status, body = await super()._get(path, query)
        path = path.removeprefix("api/v1/")
        if path not in ("login", "logout"):
            self._note(path, status, body)
        return status, body

    def _note(self, path: str, status: int, body: str) -> None:
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


def shape(value: object, depth: int = 2) -> Shape:
    """Return the JSON type of a value, and those of an object's fields."""
    match value:
        case dict() if depth:
            return {
                key: shape(item, depth - 1)
                for key, item in value.items()
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
    match data.get("transport"):
        case str(transport):
            values["transport"] = (
                transport if transport.lower() in TRANSPORTS else "another text"
            )
    match data.get("registration_interval"):
        case int(interval) if -1 <= interval <= 1_000_000:
            values["registration_interval"] = interval
    match data.get("sip_status"):
        case str(status) if re.fullmatch("[A-Za-z]{1,20}", status):
            values["sip_status"] = status
    match data.get("sip_enable"):
        case bool(enabled):
            values["sip_enable"] = enabled
    match data.get("register_last_attempt"):
        case bool():
            pass
        case int(attempt) | float(attempt):
            if attempt > 0:
                unit = "milliseconds" if attempt > MILLISECONDS else "seconds"
                values["register_last_attempt"] = unit
            else:
                values["register_last_attempt"] = "not positive"
    match data.get("password"):
        case str(password):
            # One of three texts of our own, never the password.
            if not password.strip("*"):
                values["password"] = "nothing"
            elif password == "WebPass":
                values["password"] = "placeholder"
            else:
                values["password"] = "something else"
    return values


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    result = argparse.ArgumentParser(
        prog="scripts/probe",
        description="Tells what a panel answers, and where its second SIP account is. "
        "Reads only. Asks for the password, or takes it from BAS_IP_PASSWORD.",
    )
    result.add_argument("host", help="IP address, host name, host:port or URL")
    result.add_argument("--username", default="admin", help="default %(default)s")
    result.add_argument("--https", action="store_true", help="use https")
    result.add_argument(
        "--verify-certificate", action="store_true", help="refuse self-signed ones"
    )
    result.add_argument(
        "--second-account-path",
        type=panel.second_account_path,
        metavar="PATH",
        help="where else to look for the second account",
    )
    result.add_argument(
        "--json", action="store_true", help="print a report without secrets"
    )
    return result


async def attempt(read: Callable[[], Awaitable[Any]]) -> Any:
    """Return what was read, or the error in place of it if the next read may work."""
    try:
        return await read()
    except (panel.PanelPermissionError, panel.PanelResponseError) as err:
        return err


async def probe(
    client: Probe, typed_path: str | None
) -> tuple[dict[str, Any], dict[str, str], str | None]:
    """Return what was read, what each candidate answered, and which one it is."""
    try:
        info = await client.info()
    except panel.PanelResponseError as err:
        raise ProbeError(f"This is not a BAS-IP panel: {err}") from None
    if not info.is_panel:
        raise ProbeError("This is not a BAS-IP door panel")
    await client.login()
    readings = {"info": info, "first": await attempt(client.first_account)}
    verdicts: dict[str, str] = {}
    found = None
    paths = [typed_path] if typed_path else []
    for path in dict.fromkeys([*paths, *panel.SECOND_ACCOUNT_PATHS]):
        reading = await attempt(partial(client.second_account, path, complete=True))
        if isinstance(reading, panel.PanelError):
            verdicts[path] = str(reading)
            continue
        verdicts[path] = "The answer is the second SIP account"
        if found is None:
            found = path
            readings["second"] = reading
    readings["registration"] = await attempt(client.registration)
    readings["enabled"] = await attempt(client.sip_enabled)
    readings["mac"] = await attempt(client.mac_address)
    return readings, verdicts, found


def table(title: str, rows: Iterable[tuple[str, object]]) -> Table:
    """Return a table of two columns."""
    result = Table(title=title, title_justify="left", show_header=False)
    for name, value in rows:
        text = "-" if value is None else str(value) or "(empty)"
        result.add_row(Text(name), Text(text))
    return result


def account_rows(name: str, account: Any) -> list[tuple[str, object]]:
    """Return the rows of one account."""
    if isinstance(account, panel.PanelError):
        return [(name, account)]
    rows: list[tuple[str, object]] = [
        (f"{name} {label}", getattr(account, field))
        for label, field in (
            ("proxy", "proxy"),
            ("realm", "realm"),
            ("user", "user"),
            ("transport", "transport"),
            ("registration interval", "registration_interval"),
            ("outbound proxy", "outbound"),
            ("STUN server", "stun"),
        )
        if field != "stun" or account.stun is not None
    ]
    if account.password_exposed:
        rows.append((f"{name} password", "sent in clear (CVE-2024-39220)"))
    return rows


def for_people(
    readings: dict[str, Any], verdicts: dict[str, str], found: str | None
) -> Group:
    """Return what was read and what came of the search."""
    info, registration = readings["info"], readings["registration"]
    rows: list[tuple[str, object]] = [
        ("Name", info.name),
        ("Model", info.model),
        ("Firmware", info.firmware_version),
        ("API version", info.api_version),
        ("Serial number", info.serial_number),
        ("MAC address", readings["mac"]),
        ("SIP enabled", readings["enabled"]),
    ]
    if isinstance(registration, panel.PanelError):
        rows.append(("SIP registration", registration))
    else:
        rows += [
            ("SIP registration", registration.status),
            ("Last attempt", registration.last_attempt),
        ]
    rows += account_rows("First account", readings["first"])
    if found:
        rows += account_rows("Second account", readings["second"])
    return Group(
        table("The panel", rows),
        "",
        table("The second account, looked for below /api/v1/", verdicts.items()),
        "",
        f"The second account is at {found}" if found else "No second account found",
    )


def report(
    client: Probe, readings: dict[str, Any], verdicts: dict[str, str], found: str | None
) -> dict[str, Any]:
    """Return what may be attached to a public issue."""
    info = readings["info"]
    manifest = json.loads((INTEGRATION / "manifest.json").read_text())
    return {
        "report": REPORT_FORMAT,
        "integration": manifest["version"],
        "model": info.model,
        "firmware": info.firmware_version,
        "api_version": info.api_version,
        "second_account_path": found,
        "candidates": verdicts,
        "answers": client.answers,
        "values": client.values,
    }


async def run(arguments: argparse.Namespace, url: URL, password: str) -> Group | str:
    """Return what to print; log out in any case."""
    connector = TCPConnector(ssl=arguments.verify_certificate)
    async with ClientSession(connector=connector) as session:
        client = Probe(session, url, arguments.username, password)
        try:
            results = await probe(client, arguments.second_account_path)
        finally:
            await client.logout()
    if arguments.json:
        return json.dumps(report(client, *results), indent=2)
    return for_people(*results)


def main() -> int:
    """Probe one panel."""
    arguments_parser = parser()
    arguments = arguments_parser.parse_args()
    try:
        url = panel.panel_address(arguments.host, https=arguments.https)
    except ValueError:
        arguments_parser.error(f"{arguments.host} is not an address")
    try:
        password = os.environ.get("BAS_IP_PASSWORD") or getpass()
        results = asyncio.run(run(arguments, url, password))
        # A report is piped into a file, where no line may be broken.
        if isinstance(results, str):
            print(results)
        else:
            Console().print(results)
    except panel.PanelConnectionError as err:
        print(f"probe: {url.authority} cannot be reached: {err}", file=sys.stderr)
        return 1
    except (ProbeError, panel.PanelError) as err:
        print(f"probe: {err}", file=sys.stderr)
        return 1
    except EOFError, KeyboardInterrupt:
        print("probe: stopped", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
