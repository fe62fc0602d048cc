"""A real Home Assistant in a process of its own, and what to ask of it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
import secrets
import signal
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientConnectionError, ClientSession

from .configuration import HOST, write_configuration

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv/demo/bin/python"
START_TIMEOUT = 180
STOP_TIMEOUT = 15
LOOK_AGAIN = 0.1
LAST_LINES = 15


class HomeAssistantError(Exception):
    """Home Assistant did not do what was asked of it."""


class HomeAssistant:
    """A Home Assistant with one user, to be used as a context manager."""

    def __init__(self, config: Path, port: int, components: Sequence[str]) -> None:
        """Take the configuration folder, the port and what else is to be loaded."""
        self.config = config
        self.port = port
        self.components = components
        self.url = f"http://{HOST}:{port}"
        self.log = config / "output.log"
        self._token_file = config / "token"
        self._token: str | None = None
        self._session: ClientSession | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Start the process and wait until everything in it is running."""
        write_configuration(self.config, self.port, self.components)
        self._session = ClientSession(self.url)
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(PYTHON, "-m", "demo.launch"),
                *("--config", str(self.config), "--skip-pip", "--log-no-color"),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal goes to the whole group: not to this one.
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._onboard()
                self._token = await self._get_token()
                await self._wait_until_running()
        except TimeoutError:
            message = f"Home Assistant was not ready after {START_TIMEOUT} seconds"
            raise HomeAssistantError(self._with_log(message)) from None

    async def stop(self) -> None:
        """Stop the process, by force when it takes too long."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._process = None

    async def wait(self) -> None:
        """Wait until the process ends by itself, which it should not."""
        await self._running_process.wait()
        raise HomeAssistantError(self._with_log("Home Assistant stopped"))

    async def rest(self, method: str, path: str, json: Any = None) -> Any:
        """Send a request to the REST API and return the answer."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._running_session.request(
            method, f"/api/{path}", json=json, headers=headers
        ) as response:
            if not response.ok:
                message = f"{method} {path}: {response.status} {await response.text()}"
                raise HomeAssistantError(self._with_log(message))
            return await response.json()

    async def websocket(self, message: dict[str, Any]) -> Any:
        """Send a command over a websocket of its own and return the result."""
        return await self._websocket(message, self._token)

    async def flow(self, handler: str, *steps: dict[str, Any]) -> dict[str, Any]:
        """Go through a config flow and return the last answer."""
        return await self._flow("flow", handler, steps)

    async def options_flow(
        self, entry_id: str, *steps: dict[str, Any]
    ) -> dict[str, Any]:
        """Go through the options flow of a config entry and return the last answer."""
        return await self._flow("options/flow", entry_id, steps)

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

    @property
    def _running_session(self) -> ClientSession:
        if self._session is None:
            raise HomeAssistantError("Home Assistant was not started")
        return self._session

    @property
    def _running_process(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise HomeAssistantError("Home Assistant was not started")
        return self._process

    async def _flow(
        self, kind: str, handler: str, steps: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        """Go through a flow, one form after the other."""
        path = f"config/config_entries/{kind}"
        result: dict[str, Any] = await self.rest("POST", path, {"handler": handler})
        for step in steps:
            if result["type"] in ("abort", "create_entry"):
                break
            result = await self.rest("POST", f"{path}/{result['flow_id']}", step)
        return result

    async def _onboard(self) -> None:
        """Wait for the first answer and make the user if there is none yet."""
        if not await self._needs_user():
            return
        user = {
            "name": "Demo",
            "username": "demo",
            # Nobody needs it: this machine is a trusted network.
            "password": secrets.token_hex(),
            "language": "en",
            "client_id": self.url,
        }
        await self.rest("POST", "onboarding/users", user)

    async def _needs_user(self) -> bool:
        """Return whether there is no user yet, as soon as there is an answer."""
        while True:
            self._check_process()
            try:
                async with self._running_session.get("/api/onboarding") as response:
                    # It is there only as long as something is left to do.
                    return response.ok
            except ClientConnectionError:
                await asyncio.sleep(LOOK_AGAIN)

    async def _get_token(self) -> str:
        """Return the token of the first start, or make one."""
        if self._token_file.exists():
            return self._token_file.read_text(encoding="utf-8")
        token: str = await self._websocket(
            {
                "type": "auth/long_lived_access_token",
                "client_name": f"Demo {secrets.token_hex(4)}",
                "lifespan": 3650,
            },
            await self._log_in(),
        )
        self._token_file.write_text(token, encoding="utf-8")
        return token

    async def _log_in(self) -> str:
        """Log in as a browser does, and return a token for half an hour."""
        login = {
            "client_id": self.url,
            "redirect_uri": self.url,
            "handler": ["trusted_networks", None],
        }
        async with self._running_session.post("/auth/login_flow", json=login) as answer:
            code = (await answer.json())["result"]
        grant = {
            "client_id": self.url,
            "grant_type": "authorization_code",
            "code": code,
        }
        async with self._running_session.post("/auth/token", data=grant) as answer:
            token: str = (await answer.json())["access_token"]
        return token

    async def _websocket(self, message: dict[str, Any], token: str | None) -> Any:
        """Send a command as the owner of the token and return the result."""
        async with self._running_session.ws_connect("/api/websocket") as connection:
            await connection.receive_json()
            await connection.send_json({"type": "auth", "access_token": token})
            await connection.receive_json()
            await connection.send_json({"id": 1, **message})
            answer = await connection.receive_json()
        if not answer["success"]:
            raise HomeAssistantError(f"{message['type']}: {answer['error']['message']}")
        return answer["result"]

    async def _wait_until_running(self) -> None:
        """Wait until Home Assistant has started everything."""
        while (config := await self.rest("GET", "config"))["state"] != "RUNNING":
            self._check_process()
            await asyncio.sleep(LOOK_AGAIN)
        if config["recovery_mode"]:
            message = "Home Assistant could not load its configuration"
            raise HomeAssistantError(self._with_log(message))

    def _check_process(self) -> None:
        """Give up waiting for a process that has ended."""
        if self._running_process.returncode is not None:
            raise HomeAssistantError(self._with_log("Home Assistant did not start"))

    def _with_log(self, message: str) -> str:
        """Add to a message what the process said last."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([f"{message}. The end of {self.log}:", *lines[-LAST_LINES:]])
