"""The panels, in a process of their own: `python -m tools.bench.panels NUMBER`."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path
import sys
import time
from typing import Any, override

from simulator import Behaviour, Request, SimulatedPanel

from .child import obey

INTERVAL = 60


class BenchPanel(SimulatedPanel):
    """A panel that registers again before each poll, as real ones do."""

    arrivals: list[float] = []

    def __init__(self, number: int) -> None:
        """Make a panel whose clock moves on with each look at it."""
        super().__init__(
            f"127.0.{number // 250 + 1}.{number % 250 + 1}",
            8080,
            name=f"Panel {number}",
            behaviour=Behaviour(registers_again=True, token_lifetime=None),
            clock=partial(next, count(1_700_000_000, INTERVAL)),
        )

    @override
    def record(self, method: str, path: str) -> Request:
        """Note when a request comes in, and keep no list of all."""
        self.arrivals.append(time.monotonic())
        self.requests.clear()
        return super().record(method, path)

    def describe(self) -> dict[str, Any]:
        """Return what has to be known to read this panel, with a session for it."""
        return {
            "host": self.host,
            "port": self.port,
            "name": self.info["device_name"],
            "serial": self.info["device_serial_number"],
            "mac": self.mac_address,
            "firmware": self.info["firmware_version"],
            "username": self.username,
            "password": self.password,
            "second_account": self.second_account,
            "token": self.open_session(),
        }


def connections() -> int:
    """Return how many connections this network namespace has taken so far."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    names, values = (line.split() for line in lines if line.startswith("Tcp:"))
    return int(values[names.index("PassiveOpens")])


async def main(number: int) -> None:
    """Run the panels until the parent process is gone."""
    async with AsyncExitStack() as stack:
        panels = [
            await stack.enter_async_context(BenchPanel(index))
            for index in range(number)
        ]

        async def describe() -> list[dict[str, Any]]:
            return [panel.describe() for panel in panels]

        async def take() -> dict[str, Any]:
            """Return what has come in since this was asked the last time."""
            arrivals = BenchPanel.arrivals.copy()
            BenchPanel.arrivals.clear()
            return {"arrivals": arrivals, "connections": connections()}

        async def change(panels_: int, outbound: str) -> None:
            for panel in panels[:panels_]:
                panel.second_account["outbound"] = outbound

        await obey({"describe": describe, "take": take, "change": change})


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
