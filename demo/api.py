"""What to ask of a Home Assistant over the network."""

import asyncio
from collections.abc import Sequence
import secrets
from typing import Any

from aiohttp import ClientSession

# Seconds between two looks at something that takes a moment.
LOOK_AGAIN = 0.1


class HomeAssistantError(Exception):
    """Home Assistant did not do what was asked of it."""


class HomeAssistantApi:
    """The REST API and the websocket commands of a Home Assistant."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """Take the address and a token, which may follow later."""
        self.url = url
        self.token = token

    async def rest(self, method: str, path: str, json: Any = None) -> Any:
        """Send a request to the REST API and return the answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with (
            ClientSession(self.url, headers=headers) as session,
            session.request(method, f"/api/{path}", json=json) as response,
        ):
            if not response.ok:
                text = await response.text()
                raise HomeAssistantError(f"{method} {path}: {response.status} {text}")
            return await response.json()

    async def websocket(self, message: dict[str, Any]) -> Any:
        """Send a command over a websocket of its own and return the result."""
        async with (
            ClientSession(self.url) as session,
            session.ws_connect("/api/websocket") as connection,
        ):
            await connection.receive_json()
            await connection.send_json({"type": "auth", "access_token": self.token})
            await connection.receive_json()
            await connection.send_json({"id": 1, **message})
            answer = await connection.receive_json()
        if not answer["success"]:
            raise HomeAssistantError(f"{message['type']}: {answer['error']['message']}")
        return answer["result"]

    async def flow(self, handler: str, *steps: dict[str, Any]) -> dict[str, Any]:
        """Go through a config flow and return the last answer."""
        return await self._flow("flow", handler, steps)

    async def options_flow(
        self, entry_id: str, *steps: dict[str, Any]
    ) -> dict[str, Any]:
        """Go through the options flow of a config entry and return the last answer."""
        return await self._flow("options/flow", entry_id, steps)

    async def _flow(
        self, kind: str, handler: str, steps: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        """Go through a flow, one form after the other, as far as it goes."""
        path = f"config/config_entries/{kind}"
        result: dict[str, Any] = await self.rest("POST", path, {"handler": handler})
        for step in steps:
            if result["type"] in ("abort", "create_entry"):
                break
            result = await self.rest("POST", f"{path}/{result['flow_id']}", step)
            while result["type"] == "progress":
                await asyncio.sleep(LOOK_AGAIN)
                result = await self.rest("GET", f"{path}/{result['flow_id']}")
        return result

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return the states by entity id."""
        return {state["entity_id"]: state for state in await self.rest("GET", "states")}

    async def add_dashboard(
        self, url_path: str, title: str, config: dict[str, Any]
    ) -> None:
        """Add a dashboard, or replace the one at this address."""
        dashboards = await self.websocket({"type": "lovelace/dashboards/list"})
        if url_path not in [dashboard["url_path"] for dashboard in dashboards]:
            await self.websocket(
                {
                    "type": "lovelace/dashboards/create",
                    "url_path": url_path,
                    "title": title,
                }
            )
        await self.websocket(
            {"type": "lovelace/config/save", "url_path": url_path, "config": config}
        )

    async def add_first_user(self) -> None:
        """Add a user whose password nobody needs: this machine is trusted."""
        user = {
            "name": "Demo",
            "username": "demo",
            "password": secrets.token_hex(),
            "language": "en",
            "client_id": self.url,
        }
        await self.rest("POST", "onboarding/users", user)

    async def log_in(self) -> None:
        """Get a token for half an hour, in the way that a browser gets one."""
        login = {
            "client_id": self.url,
            "redirect_uri": self.url,
            "handler": ["trusted_networks", None],
        }
        grant = {"client_id": self.url, "grant_type": "authorization_code"}
        async with ClientSession(self.url, raise_for_status=True) as session:
            async with session.post("/auth/login_flow", json=login) as response:
                grant["code"] = (await response.json())["result"]
            async with session.post("/auth/token", data=grant) as response:
                self.token = (await response.json())["access_token"]

    async def create_long_lived_token(self) -> str:
        """Return a token for as long as this Home Assistant is needed."""
        message = {"client_name": "Demo", "lifespan": 3650}
        token: str = await self.websocket(
            {"type": "auth/long_lived_access_token", **message}
        )
        return token
