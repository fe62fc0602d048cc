"""The Home Assistant of the tests."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, override

from aiohttp import ClientError
import pytest

from demo.api import HomeAssistantError
from demo.home_assistant import HomeAssistant

from .panel import WatchedPanel

SCAN_INTERVAL = 1
PATIENCE = 20
LOOK_AGAIN = 0.1
AREAS = ("Entrance", "Courtyard")


class Home(HomeAssistant):
    """What tests do in a Home Assistant, and what they ask of it."""

    @override
    def __init__(self, config: Path, port: int, components: Sequence[str]) -> None:
        """Take what a Home Assistant needs."""
        super().__init__(config, port, components)
        self.tokens: set[str] = set()

    async def restart(self) -> None:
        """Restart as a user does, and wait until everything runs again."""
        with suppress(ClientError):
            await self.rest("POST", "services/homeassistant/restart")
        with suppress(ClientError, HomeAssistantError):
            while True:
                await self.rest("GET", "config")
                await asyncio.sleep(LOOK_AGAIN)
        assert self._process
        await self._wait_for_answer(self._process)
        await self._wait_until_running()

    async def add(self, panel: WatchedPanel) -> None:
        """Set up a panel, polled as often as it goes."""
        login = {
            "host": panel.address,
            "username": panel.username,
            "password": panel.password,
            "advanced": {},
        }
        confirm = {"accounts": ["second"]}
        result = await self.flow("bas_ip", login, confirm)
        assert result["type"] == "create_entry", result
        menu = {"next_step_id": "polling"}
        polling = {
            "scan_interval": SCAN_INTERVAL,
            "accounts": ["second"],
            "watch_registration": True,
        }
        await self.options_flow(result["result"]["entry_id"], menu, polling)

    async def remove(self, name: str) -> None:
        """Remove the panel of this name, if it is there."""
        if entry := await self.entry(name):
            entry_id = entry["entry_id"]
            await self.rest("DELETE", f"config/config_entries/entry/{entry_id}")
            # The next panel of this name has a life of its own.
            name = name.lower().replace(" ", "_")
            past = {"keep_days": 0, "entity_globs": [f"*.{name}_*"]}
            await self.rest("POST", "services/recorder/purge_entities", past)

    async def entry(self, name: str) -> dict[str, Any] | None:
        """Return the config entry of the panel of this name."""
        entries = await self.rest("GET", "config/config_entries/entry?domain=bas_ip")
        return next((entry for entry in entries if entry["title"] == name), None)

    async def device(self, name: str) -> dict[str, Any]:
        """Return the device of the panel of this name."""
        devices: list[dict[str, Any]] = await self.websocket(
            {"type": "config/device_registry/list"}
        )
        return next(device for device in devices if device["name"] == name)

    @asynccontextmanager
    async def houses(self, names: Mapping[str, Sequence[str]]) -> AsyncGenerator[None]:
        """Put panels into houses, each with an entrance and a courtyard."""
        made: list[tuple[str, str]] = []
        for house, panels in names.items():
            floor_id = await self._create("floor", name=house)
            made.append(("floor", floor_id))
            for number, area in enumerate(AREAS):
                name = f"{area} {house.rpartition(' ')[2]}"
                area_id = await self._create("area", name=name, floor_id=floor_id)
                made.append(("area", area_id))
                for panel in panels[number :: len(AREAS)]:
                    device = await self.device(panel)
                    await self.websocket(
                        {
                            "type": "config/device_registry/update",
                            "device_id": device["id"],
                            "area_id": area_id,
                        }
                    )
        yield
        for kind, made_id in reversed(made):
            message = {"type": f"config/{kind}_registry/delete", f"{kind}_id": made_id}
            await self.websocket(message)

    async def _create(self, kind: str, **values: str) -> str:
        """Create a floor or an area, and return its ID."""
        message = {"type": f"config/{kind}_registry/create", **values}
        made_id: str = (await self.websocket(message))[f"{kind}_id"]
        return made_id

    async def state(self, entity_id: str) -> dict[str, Any]:
        """Return a state, also of an entity that is not there."""
        missing: dict[str, Any] = {"state": None, "attributes": {}}
        return (await self.states()).get(entity_id, missing)

    async def state_where(
        self, entity_id: str, condition: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """Wait until a state is as it should be, and return it."""
        state: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition(state := await self.state(entity_id)):  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            pytest.fail(f"{entity_id} stays {state}")
        return state

    @asynccontextmanager
    async def automation(
        self, blueprint: str, **inputs: Any
    ) -> AsyncGenerator[dict[str, Any]]:
        """Make an automation from a blueprint, which notifies, and return its state."""
        notify = {
            "action": "persistent_notification.create",
            "data": {"title": "{{ title }}", "message": "{{ message }}"},
        }
        path = f"config/automation/config/{blueprint}"
        automation = {
            "alias": blueprint,
            "use_blueprint": {
                "path": f"bas_ip/{blueprint}.yaml",
                "input": {**inputs, "other_actions": [notify]},
            },
        }
        await self.rest("POST", path, automation)
        yield await self.state_where(
            f"automation.{blueprint}", lambda state: state["state"] == "on"
        )
        await self.rest("DELETE", path)
        await self.rest("POST", "services/persistent_notification/dismiss_all")

    async def entities(self, panel: WatchedPanel, suffix: str) -> list[str]:
        """Return the entities of a panel whose unique IDs end like this."""
        device = await self.device(panel.info["device_name"])
        entities = await self.websocket({"type": "config/entity_registry/list"})
        return [
            entity["entity_id"]
            for entity in entities
            if entity["device_id"] == device["id"]
            and entity["unique_id"].endswith(suffix)
        ]

    async def accept(self, entity_id: str) -> None:
        """Accept what has drifted, as the action does."""
        path = "services/bas_ip/accept_settings"
        await self.rest("POST", path, {"entity_id": entity_id})

    async def issues(self) -> list[dict[str, Any]]:
        """Return the repairs of the integration."""
        answer = await self.websocket({"type": "repairs/list_issues"})
        return [issue for issue in answer["issues"] if issue["domain"] == "bas_ip"]
