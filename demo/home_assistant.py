"""A real Home Assistant in a process of its own."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
import signal
import sys
from types import TracebackType
from typing import Self

from aiohttp import ClientConnectionError, ClientError, ClientSession

from .api import LOOK_AGAIN, HomeAssistantApi, HomeAssistantError
from .configuration import HOST, forget_user, write_configuration

ROOT = Path(__file__).parent.parent
START_TIMEOUT = 180
STOP_TIMEOUT = 15
LAST_LINES = 15


class HomeAssistant(HomeAssistantApi):
    """A Home Assistant with one user, which runs as long as its context lasts."""

    def __init__(self, config: Path, port: int, components: Sequence[str]) -> None:
        """Take the configuration folder, the port and what else is to be loaded."""
        super().__init__(f"http://{HOST}:{port}")
        self.config = config
        self.port = port
        self.components = components
        self.log = config / "output.log"
        self._token_file = config / "token"
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
        # The token is written last, so without it there was no complete first start.
        is_first = not self._token_file.exists()
        if is_first:
            forget_user(self.config)
        else:
            self.token = self._token_file.read_text(encoding="utf-8")
        with self.log.open("wb") as log:
            self._process = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "demo.launch"),
                *("--config", self.config, "--skip-pip", "--log-no-color"),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal goes to the whole group: not to this one.
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._wait_for_answer(process)
                if is_first:
                    await self.add_first_user()
                    await self.log_in()
                await self._wait_until_running()
                if is_first:
                    self.token = await self.create_long_lived_token()
                    self._token_file.write_text(self.token, encoding="utf-8")
        except (ClientError, HomeAssistantError, TimeoutError) as error:
            reason = str(error) or f"not ready after {START_TIMEOUT} seconds"
            raise self._failure(f"Home Assistant did not start: {reason}") from None

    async def stop(self) -> None:
        """Stop the process, by force when it takes too long."""
        if (process := self._process) is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        self._process = None

    async def wait(self) -> None:
        """Wait until the process ends by itself, which it should not."""
        if self._process is not None:
            await self._process.wait()
        raise self._failure("Home Assistant is not running any more")

    async def _wait_for_answer(self, process: asyncio.subprocess.Process) -> None:
        """Wait until there is any answer, or no process that could give one."""
        async with ClientSession(self.url) as session:
            while process.returncode is None:
                try:
                    async with session.get("/manifest.json"):
                        return
                except ClientConnectionError:
                    await asyncio.sleep(LOOK_AGAIN)
        raise HomeAssistantError("the process has ended")

    async def _wait_until_running(self) -> None:
        """Wait until Home Assistant has loaded everything."""
        while True:
            config = await self.rest("GET", "config")
            if config["state"] == "RUNNING":
                break
            await asyncio.sleep(LOOK_AGAIN)
        if config["recovery_mode"]:
            raise HomeAssistantError("its configuration is not valid")

    def _failure(self, message: str) -> HomeAssistantError:
        """Return an error that tells what the process said last."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        last = "\n".join(lines[-LAST_LINES:])
        return HomeAssistantError(f"{message}. The end of {self.log}:\n{last}")
