"""Show the integration in a Home Assistant that watches simulated panels."""

import argparse
import asyncio
from contextlib import AsyncExitStack
import os
import shutil
import signal
import socket
import sys

from aiohttp import ClientError

from .api import HomeAssistantError
from .configuration import HOST
from .home_assistant import ROOT, HomeAssistant
from .panels import EVENTS, NAMES, add_panel, make_panels

CONFIG = ROOT / ".demo"
COMPONENTS = ("config", "frontend", "history", "logbook", "recorder")
DASHBOARD = {"strategy": {"type": "custom:bas-ip"}}
DASHBOARD_PATH = "door-panels"
AUTOMATION = {
    "alias": "Door panels: show a notification when the SIP settings drift",
    "mode": "queued",
    "triggers": [
        {
            "trigger": "bas_ip.sip_settings_drifted",
            "target": {"entity_id": list(EVENTS)},
        }
    ],
    "actions": [
        {
            "action": "persistent_notification.create",
            "data": {
                "title": "SIP settings have drifted",
                "message": "{{ trigger.to_state.attributes.message }}",
            },
        }
    ],
}


def main() -> int:
    """Run the demonstration until it is stopped, and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8123, help="port of Home Assistant (%(default)s)"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="forget everything from earlier starts"
    )
    arguments = parser.parse_args()
    try:
        check_port(arguments.port, "; --port takes another one")
        for port in NAMES:
            check_port(port)
        if arguments.fresh and CONFIG.exists():
            shutil.rmtree(CONFIG)
        asyncio.run(run(arguments.port))
    except (ClientError, HomeAssistantError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def check_port(port: int, hint: str = "") -> None:
    """Make sure that nobody listens on a port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
    except OverflowError as error:
        reason = str(error)
    else:
        return
    raise HomeAssistantError(f"port {port} cannot be used: {reason}{hint}")


async def run(port: int) -> None:
    """Run everything until a signal comes."""
    task = asyncio.create_task(show(port))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, task)
    try:
        await task
    except asyncio.CancelledError:
        say("Stopped.")


def stop(task: asyncio.Task[None]) -> None:
    """Stop, but leave the stopping alone when it is asked for again."""
    if not task.cancelling():
        say("Stopping…")
        task.cancel()


async def show(port: int) -> None:
    """Start the panels and Home Assistant, and say where they are."""
    async with AsyncExitStack() as stack:
        panels = [await stack.enter_async_context(panel) for panel in make_panels()]
        hint = "" if CONFIG.exists() else " (longer the first time)"
        say(f"Starting Home Assistant…{hint}")
        home_assistant = HomeAssistant(CONFIG, port, COMPONENTS)
        await stack.enter_async_context(home_assistant)
        for panel in panels:
            await add_panel(home_assistant, panel)
        await add_dashboard(home_assistant)
        await home_assistant.rest(
            "POST", "config/automation/config/bas_ip_drift", AUTOMATION
        )
        for panel in panels:
            page = f"{panel.url}/simulator"
            say(f"{NAMES[panel.port]}: change its settings at {page}")
        say(f"Open {home_assistant.url}/ (Ctrl-C stops everything)")
        await home_assistant.wait()


async def add_dashboard(home_assistant: HomeAssistant) -> None:
    """Add the integration's dashboard as the one that opens first."""
    await home_assistant.add_dashboard(DASHBOARD_PATH, "Door panels", DASHBOARD)
    await home_assistant.websocket(
        {
            "type": "frontend/set_system_data",
            "key": "core",
            "value": {"default_panel": DASHBOARD_PATH},
        }
    )


def say(text: str) -> None:
    """Print a line, also into a pipe, at once."""
    print(text, flush=True)
