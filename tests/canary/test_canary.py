"""What the newest Home Assistant breaks; tools/run canary runs it."""

import asyncio
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
import re
import socket

import pytest

import custom_components.bas_ip
from demo.configuration import HOST
from demo.home_assistant import HomeAssistant
from demo.panels import add_panel
from simulator import SimulatedPanel

MODULES = [
    module.name
    for module in walk_packages(
        custom_components.bas_ip.__path__, "custom_components.bas_ip."
    )
]
DRIFT = "binary_sensor.front_door_account_2_drift"
PATIENCE = 20
LOOK_AGAIN = 0.1
# Home Assistant says it of each integration that is not its own.
ALWAYS_LOGGED = "has not been tested by Home Assistant"


@pytest.mark.parametrize("module", MODULES)
def test_import(module: str) -> None:
    """Home Assistant leaves out a platform that cannot be imported."""
    import_module(module)


async def test_life(tmp_path: Path) -> None:
    """A panel is set up, polled, diagnosed and unloaded, and nothing is logged."""
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
    async with (
        SimulatedPanel("127.0.1.1", name="Front door") as panel,
        HomeAssistant(tmp_path, port, ("config", "diagnostics")) as home,
    ):
        await add_panel(home, panel)
        await wait_for_drift(home, "off")
        (entry,) = await entries(home)
        assert entry["state"] == "loaded"

        panel.second_account["realm"] = "pbx.example.com"
        await wait_for_drift(home, "on")

        path = f"diagnostics/config_entry/{entry['entry_id']}"
        diagnostics = await home.rest("GET", path)
        assert diagnostics["data"]["accounts"]["second"]

        command = {"entry_id": entry["entry_id"], "disabled_by": "user"}
        message = {"type": "config_entries/disable", **command}
        assert await home.websocket(message) == {"require_restart": False}
        (entry,) = await entries(home)
        assert entry["state"] == "not_loaded"
    logged = [
        line
        for line in home.log.read_text("utf-8").splitlines()
        if re.search("bas_ip| ERROR ", line) and ALWAYS_LOGGED not in line
    ]
    assert logged == []


async def wait_for_drift(home: HomeAssistant, state: str) -> None:
    """Wait until a poll has brought this state."""
    async with asyncio.timeout(PATIENCE):
        while (await home.states()).get(DRIFT, {}).get("state") != state:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_AGAIN)


async def entries(home: HomeAssistant) -> list[dict[str, str]]:
    """Return the config entries of the integration."""
    answer: list[dict[str, str]] = await home.rest(
        "GET", "config/config_entries/entry?domain=bas_ip"
    )
    return answer
