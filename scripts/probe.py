"""Tell what a panel answers, as a table for people or as a report without secrets."""

import argparse
import asyncio
from collections.abc import Iterable, Mapping
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
    from custom_components.bas_ip.panel import (
        address,
        client,
        errors,
        models,
        paths,
        request,
        search,
    )
else:
    # By itself: the package around it needs Home Assistant.
    sys.path.insert(0, str(INTEGRATION))
    from panel import address, client, errors, models, paths, request, search

OUTCOMES = {
    "account": "The second SIP account",
    "first_account": "The first SIP account",
    "status": "A registration status",
    "not_found": "Not there",
    "forbidden": "Forbidden",
    "other": "Something else",
    "error": "Not usable",
}
SETTINGS = {
    models.Setting.PROXY: "proxy",
    models.Setting.REALM: "realm",
    models.Setting.USER: "user",
    models.Setting.TRANSPORT: "transport",
    models.Setting.REGISTRATION_INTERVAL: "registration interval",
    models.Setting.OUTBOUND: "outbound proxy",
    models.Setting.STUN: "STUN server",
}
# Names of fields, as panels write them; others might be anything.
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_FIELDS = 40
TRANSPORTS = ("", "udp", "tcp", "tls")
# Tells seconds (before the year 5138) from milliseconds.
MAX_SECONDS = 100_000_000_000

type Shape = str | dict[str, Shape]


class NotingClient(client.PanelClient):
    """A client that notes the shape of each answer, and no values but harmless ones."""

    def __init__(
        self, session: ClientSession, url: URL, username: str, password: str
    ) -> None:
        """Start without any answers."""
        super().__init__(session, url, username, password, salt="")
        self.answers: dict[str, dict[str, Any]] = {}
        self.values: dict[str, dict[str, str | int]] = {}

    @override
    async def _send(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        token: str = "",
        max_body: int = client.MAX_BODY,
        is_logout: bool = False,
    ) -> request.Answer:
        """Send one request, and note what comes of it but a session or a page."""
        answer = await super()._send(
            path, query, token=token, max_body=max_body, is_logout=is_logout
        )
        is_noted = path.startswith("api/") and path != client.LOGOUT_PATH
        if is_noted and query is None:
            self._note(path.removeprefix("api/v1/"), answer)
        return answer

    def _note(self, path: str, answer: request.Answer) -> None:
        """Keep the shape of an answer."""
        try:
            data = json.loads(answer.text)
        except ValueError, RecursionError:
            data = None
        is_object = isinstance(data, dict)
        self.answers[path] = {
            "status": answer.status,
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


def harmless_values(data: dict[str, object]) -> dict[str, str | int]:
    """Return the values that tell nothing of a house or its people."""
    values: dict[str, str | int] = {}
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
        if len(set(password)) <= 1:
            values["password"] = "nothing"
        elif password == models.PASSWORD_PLACEHOLDER:
            values["password"] = "placeholder"
        else:
            values["password"] = "something else"
    return values


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(
        prog="scripts/probe",
        description="Tells what a panel answers, and where its second SIP account is. "
        "Reads only. Asks for the password, or takes it from BAS_IP_PASSWORD.",
    )
    result.add_argument("host", help="IP address, host name, host:port or URL")
    result.add_argument("--username", default="admin", help="default %(default)s")
    result.add_argument(
        "--verify-certificate",
        action="store_true",
        help="use https only, and refuse self-signed certificates",
    )
    result.add_argument(
        "--second-account-path",
        type=paths.second_account_path,
        metavar="PATH",
        help="where the second account is, if it is not found",
    )
    result.add_argument(
        "--json", action="store_true", help="print a report without secrets"
    )
    return result


def table(title: str, rows: Iterable[tuple[str, object]]) -> Table:
    """Return a table of two columns."""
    result = Table(title=title, title_justify="left", show_header=False)
    for name, value in rows:
        text = "-" if value is None else str(value) or "(empty)"
        result.add_row(Text(name), Text(text))
    return result


def account_rows(name: str, account: models.SipAccount) -> list[tuple[str, object]]:
    """Return the rows of one account."""
    rows: list[tuple[str, object]] = [
        (f"{name} {SETTINGS[setting]}", text)
        for setting, text in account.settings.items()
        if setting in SETTINGS
    ]
    if account.password_exposed:
        rows.append((f"{name} password", "sent in clear (CVE-2024-39220)"))
    return rows


def use(path: str) -> str:
    """Return what may be done with a path that the web page names."""
    path = path.replace(paths.UNKNOWN, "2")
    if paths.is_harmless(path):
        return "harmless"
    if paths.is_allowed(path):
        return "asked only if you choose it with --second-account-path"
    return "never asked"


def for_people(found: search.Discovery, registration: object) -> Group:
    """Return what was read and what came of the search."""
    rows: list[tuple[str, object]] = [
        ("Name", found.info.name),
        ("Model", found.info.model),
        ("Firmware", found.info.firmware_version),
        ("API version", found.info.api_version),
        ("Serial number", found.info.serial_number),
        ("MAC address", found.mac_address),
    ]
    if isinstance(registration, models.SipRegistration):
        rows += [
            ("SIP registration", registration.status),
            ("Last attempt", registration.last_attempt),
        ]
    else:
        rows.append(("SIP registration", registration))
    for account, settings in found.accounts.items():
        rows += account_rows(f"{account.capitalize()} account", settings)
    if found.second_status_path is not None:
        rows.append(("Status of the second account", found.second_status_path))
    named = [(path, use(path)) for path in found.page_paths]
    asked = [(path, OUTCOMES[outcome]) for path, outcome in found.answers.items()]
    tables = [
        table("The panel", rows),
        table("Paths about SIP that the panel's web page names", named),
        table("What was looked for below /api/v1/", asked),
    ]
    return Group(
        *(part for each in tables if each.row_count for part in (each, "")),
        f"The second account is at {found.second_account_path}"
        if found.second_account_path
        else "No second account found",
    )


async def read_registration(noting: NotingClient) -> object:
    """Return the panel's registration, or why it is not given."""
    try:
        return models.SipRegistration.from_json(
            await noting.get_object(client.STATUS_PATH)
        )
    except errors.PanelError as err:
        return err


async def probe(noting: NotingClient, arguments: argparse.Namespace) -> Group | str:
    """Return what to print about a panel; log out in any case."""
    try:
        found = await search.discover(noting, arguments.second_account_path)
        registration = await read_registration(noting)
    finally:
        await noting.logout()
    if not arguments.json:
        return for_people(found, registration)
    version = json.loads((INTEGRATION / "manifest.json").read_text())["version"]
    return json.dumps(
        found.report(version) | {"answers": noting.answers, "values": noting.values},
        indent=2,
    )


async def run(
    arguments: argparse.Namespace, urls: list[URL], password: str
) -> Group | str:
    """Return what to print about the panel that is at one of these addresses."""
    failure = errors.ConnectionFailedError("There is no address")
    connector = TCPConnector(ssl=arguments.verify_certificate)
    async with ClientSession(connector=connector) as session:
        for url in urls:
            noting = NotingClient(session, url, arguments.username, password)
            try:
                return await probe(noting, arguments)
            except errors.ConnectionFailedError as err:
                failure = err
    raise failure


def main() -> int:
    """Probe one panel."""
    arguments_parser = parser()
    arguments = arguments_parser.parse_args()
    try:
        urls = address.panel_urls(
            arguments.host, https_only=arguments.verify_certificate
        )
    except ValueError:
        arguments_parser.error(f"{arguments.host} is not an address")
    try:
        password = os.environ.get("BAS_IP_PASSWORD") or getpass()
        results = asyncio.run(run(arguments, urls, password))
        # A report is piped into a file, where no line may be broken.
        if isinstance(results, str):
            print(results)
        else:
            Console().print(results)
    except errors.ConnectionFailedError as err:
        print(f"probe: {arguments.host} cannot be reached: {err}", file=sys.stderr)
        return 1
    except errors.PanelError as err:
        print(f"probe: {err}", file=sys.stderr)
        return 1
    except EOFError, KeyboardInterrupt:
        print("probe: stopped", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
