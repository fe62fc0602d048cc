"""Tell what a panel answers, as a table for people or as a report without secrets."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterable
from getpass import getpass
import json
import os
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Any

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

USES = {
    panel.PathUse.ASKED: "harmless",
    panel.PathUse.OFFERED: "asked only if you choose it with --second-account-path",
    panel.PathUse.DROPPED: "never asked",
}
ANSWERS = {
    "account": "The second SIP account",
    "first_account": "The first SIP account",
    "status": "A registration status",
    "enable": "Whether SIP is on",
    "not_found": "Not there",
    "refused": "Refused",
    "other": "Something else",
    "error": "Not usable",
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(
        prog="scripts/probe",
        description="Tells what a panel answers, and where its second SIP account is. "
        "Reads only. Asks for the password, or takes it from BAS_IP_PASSWORD.",
    )
    result.add_argument("host", help="IP address, host name, host:port or URL")
    result.add_argument("--username", default="admin", help="default %(default)s")
    result.add_argument("--https", action="store_true", help="use https")
    result.add_argument(
        "--verify-certificate",
        action="store_true",
        help="refuse self-signed certificates",
    )
    result.add_argument(
        "--second-account-path",
        type=panel.second_account_path,
        metavar="PATH",
        help="where the second account is, if it is not found",
    )
    result.add_argument(
        "--json", action="store_true", help="print a report without secrets"
    )
    return result


async def attempt(read: Callable[[], Awaitable[Any]]) -> Any:
    """Return what was read, or the error if only this read failed."""
    try:
        return await read()
    except (panel.PanelPermissionError, panel.PanelResponseError) as err:
        return err


async def probe(
    client: panel.NotingClient, typed_path: str | None
) -> tuple[dict[str, Any], panel.SecondAccountResult]:
    """Return what was read, and what came of the search."""
    info = await panel.read_info(client)
    await client.login()
    first = await attempt(client.first_account)
    readings = {"info": info, "first": first}
    account = None if isinstance(first, panel.PanelError) else first
    found = await panel.find_second_account(client, first=account, path=typed_path)
    readings["registration"] = await attempt(client.registration)
    readings["enabled"] = await attempt(client.sip_enabled)
    readings["mac"] = await attempt(client.mac_address)
    return readings, found


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


def for_people(readings: dict[str, Any], found: panel.SecondAccountResult) -> Group:
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
    if found.account is not None:
        rows += account_rows("Second account", found.account)
    if found.status_path is not None:
        rows.append(("Status of the second account", found.status_path))
    if found.enable_path is not None:
        rows.append(("Switch of the second account", found.enable_path))
    named = [(path, USES[panel.path_use(path)]) for path in found.page_paths]
    asked = [(path, ANSWERS[word]) for path, word in found.answers.items()]
    tables = [
        table("The panel", rows),
        table("Paths about SIP that the panel's web page names", named),
        table("The second account, looked for below /api/v1/", asked),
    ]
    return Group(
        *(part for each in tables if each.row_count for part in (each, "")),
        f"The second account is at {found.path}"
        if found.path
        else "No second account found",
    )


async def run(arguments: argparse.Namespace, url: URL, password: str) -> Group | str:
    """Return what to print; log out in any case."""
    connector = TCPConnector(ssl=arguments.verify_certificate)
    async with ClientSession(connector=connector) as session:
        client = panel.NotingClient(session, url, arguments.username, password)
        try:
            readings, found = await probe(client, arguments.second_account_path)
        finally:
            await client.logout()
    if not arguments.json:
        return for_people(readings, found)
    version = json.loads((INTEGRATION / "manifest.json").read_text())["version"]
    report = panel.panel_report(version, readings["info"], found, client)
    return json.dumps(report, indent=2)


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
    except panel.PanelError as err:
        print(f"probe: {err}", file=sys.stderr)
        return 1
    except EOFError, KeyboardInterrupt:
        print("probe: stopped", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
