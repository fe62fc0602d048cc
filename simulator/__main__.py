"""The command line: `python -m simulator`."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from ipaddress import ip_address
from itertools import zip_longest
import os
from pathlib import Path
import signal
import sys

from .behaviour import Behaviour
from .server import SimulatedPanel
from .variants import VARIANTS

_DEFAULT_PORT = 8081


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    try:
        number = int(port or _DEFAULT_PORT)
        ip_address(host)
    except ValueError:
        number = -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an address such as 127.0.1.1 or 127.0.1.1:{_DEFAULT_PORT}"
        )
    return host, number


def _refusal(text: str) -> tuple[str, int]:
    path, _, status = text.partition("=")
    if status not in ("401", "403"):
        raise argparse.ArgumentTypeError(f"{text!r} is not like sip/status=401")
    return path.strip("/"), int(status)


def _parser() -> argparse.ArgumentParser:
    variants = "\n".join(
        f"  {name:20}  {change.__doc__}" for name, change in VARIANTS.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Simulated BAS-IP door panels, each with its API and its web page. "
        "At /simulator is a page to change the panel's settings.",
        epilog=f"variants:\n{variants}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--panel",
        action="append",
        type=_address,
        dest="panels",
        metavar="ADDRESS[:PORT]",
        help=f"one panel (default 127.0.0.1:{_DEFAULT_PORT}); may be repeated",
    )
    parser.add_argument(
        "--name",
        action="append",
        dest="names",
        default=[],
        metavar="NAME",
        help="a panel's name; may be repeated, one for each panel",
    )
    parser.add_argument(
        "--password",
        default="123456",
        help="the password of all panels (default %(default)s)",
    )
    parser.add_argument(
        "--second-account-path",
        metavar="PATH|none",
        help="where the second account is, below /api/v1/ "
        f"(default {Behaviour.second_account_path})",
    )
    for name, what in (("status", "registration"), ("enable", "switch")):
        parser.add_argument(
            f"--second-{name}-path",
            metavar="PATH",
            help=f"where the second account has a {what} of its own, if anywhere",
        )
    parser.add_argument(
        "--refuse",
        action="append",
        dest="refused",
        default=[],
        type=_refusal,
        metavar="PATH=401|403",
        help="what is refused for ever, such as sip/status=401; may be repeated",
    )
    parser.add_argument(
        "--web-page",
        type=Path,
        metavar="FOLDER",
        help="a web page that was built somewhere else, in place of the panel's",
    )
    parser.add_argument(
        "--https", action="store_true", help="https with a self-signed certificate"
    )
    parser.add_argument(
        "--variant",
        action="append",
        dest="variants",
        default=[],
        choices=VARIANTS,
        metavar="NAME",
        help="a kind of panel, see below; may be repeated",
    )
    return parser


def _make_panel(
    arguments: argparse.Namespace, address: tuple[str, int], name: str | None
) -> SimulatedPanel:
    panel = SimulatedPanel(*address, https=arguments.https, password=arguments.password)
    for variant in arguments.variants:
        VARIANTS[variant](panel)
    if name is not None:
        panel.info["device_name"] = name
    if arguments.second_account_path is not None:
        path = arguments.second_account_path.strip("/")
        panel.behaviour.second_account_path = None if path == "none" else path
    if arguments.second_status_path is not None:
        panel.behaviour.second_status_path = arguments.second_status_path.strip("/")
    if arguments.second_enable_path is not None:
        panel.behaviour.second_enable_path = arguments.second_enable_path.strip("/")
    panel.behaviour.refused.update(arguments.refused)
    panel.behaviour.web_folder = arguments.web_page
    return panel


async def _run(arguments: argparse.Namespace) -> int:
    async with AsyncExitStack() as stack:
        addresses = arguments.panels or [("127.0.0.1", _DEFAULT_PORT)]
        for address, name in zip_longest(addresses, arguments.names[: len(addresses)]):
            panel = _make_panel(arguments, address, name)
            try:
                await stack.enter_async_context(panel)
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else str(error)
                print(
                    f"simulator: cannot listen on {panel.host}:{panel.port}: {reason}",
                    file=sys.stderr,
                )
                return 1
            shown_name = panel.info["device_name"]
            login = f"{panel.username} / {panel.password}"
            print(f"{shown_name}: {panel.url}  {login}", flush=True)
        await asyncio.Event().wait()
    return 0


def main() -> int:
    """Run the panels until Ctrl-C."""
    try:
        return asyncio.run(_run(_parser().parse_args()))
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    # A shell lets what it starts in the background ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
