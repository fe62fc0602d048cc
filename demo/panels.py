"""The panels of the demonstration, and how Home Assistant gets to know them."""

from typing import Any

from simulator import SimulatedPanel

from .api import HomeAssistantError
from .configuration import HOST
from .home_assistant import HomeAssistant

NAMES = {8081: "Front door", 8082: "Garage gate"}
EVENTS = ("event.front_door_sip_events", "event.garage_gate_sip_events")
ACCOUNTS = ["second"]
# The shortest that a user may set.
SCAN_INTERVAL = 15


def make_panels() -> list[SimulatedPanel]:
    """Return the panels, which are still switched off."""
    return [SimulatedPanel(HOST, port, name=name) for port, name in NAMES.items()]


async def add_panel(home_assistant: HomeAssistant, panel: SimulatedPanel) -> None:
    """Set up a panel as a user would, unless it is there from an earlier start."""
    login = {
        "host": f"{panel.host}:{panel.port}",
        "username": panel.username,
        "password": panel.password,
        "advanced": {},
    }
    confirm = {"accounts": ACCOUNTS}
    result = await home_assistant.flow("bas_ip", login, confirm)
    if result.get("reason") == "already_configured":
        return
    entry = _created(result)["result"]
    menu = {"next_step_id": "polling"}
    polling = {
        "scan_interval": SCAN_INTERVAL,
        "accounts": ACCOUNTS,
        "watch_registration": True,
    }
    _created(await home_assistant.options_flow(entry["entry_id"], menu, polling))


def _created(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a flow that has reached its end."""
    if result["type"] != "create_entry":
        raise HomeAssistantError(f"The flow of bas_ip ended in {result}")
    return result
