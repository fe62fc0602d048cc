"""Processes that are told what to do by lines of JSON, and answer in the same way."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import json
from pathlib import Path
import subprocess
import sys
from typing import Any, Self

type Commands = Mapping[str, Callable[..., Awaitable[Any]]]

ROOT = Path(__file__).parents[2]


class Child:
    """A process of this package, as long as its context lasts."""

    def __init__(self, module: str, *arguments: str, core: int, log: Path) -> None:
        """Start it on one of the machine's cores, and write its errors to a file."""
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                ["taskset", "-c", str(core), sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def __enter__(self) -> Self:
        """Return the process."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def ask(self, command: str, **arguments: Any) -> Any:
        """Let the process do something and return its answer."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([command, arguments]), file=self._process.stdin, flush=True)
        if not (answer := self._process.stdout.readline()):
            raise RuntimeError(f"The process has ended; see {self._log}")
        return json.loads(answer)


async def obey(commands: Commands) -> None:
    """Do what the parent process says until it closes its end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        command, arguments = json.loads(line)
        answer = await commands[command](**arguments)
        print(json.dumps(answer), flush=True)
