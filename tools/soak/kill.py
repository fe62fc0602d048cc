"""A real Home Assistant, killed around the moment of a drift: nothing may get lost.

`python -m tools.soak.kill TIMES` needs a network of its own; tools/run makes one.
"""

import argparse
import asyncio
from contextlib import suppress
from datetime import UTC, datetime
import json
from pathlib import Path
from random import Random
import sys
import tempfile
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession

from demo.api import HomeAssistantError
from demo.home_assistant import HomeAssistant
from demo.panels import add_panel
from simulator import SimulatedPanel

PORT = 8123
COMPONENTS = ("config", "recorder", "history", "repairs")
# Home Assistant writes down what has happened every five seconds.
COMMITTED = 7
POLL = 5
PATIENCE = 60


class MortalHome(HomeAssistant):
    """A Home Assistant that is killed, and heard meanwhile."""

    heard: set[str]

    async def kill(self) -> None:
        """End the process without any warning, wherever it is."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._process = None

    async def listen(self) -> None:
        """Note the new values of all events, whenever there is somebody to hear."""
        while True:
            with suppress(ClientError, TypeError, KeyError):
                await self._listen_once()
            await asyncio.sleep(0.05)

    async def _listen_once(self) -> None:
        async with (
            ClientSession(self.url) as session,
            session.ws_connect("/api/websocket") as connection,
        ):
            await connection.receive_json()
            await connection.send_json({"type": "auth", "access_token": self.token})
            await connection.receive_json()
            await connection.send_json(
                {"id": 1, "type": "subscribe_events", "event_type": "state_changed"}
            )
            async for message in connection:
                event = message.json().get("event")
                if event and event["data"]["entity_id"].startswith("event."):
                    self.hear(event["data"]["new_state"])

    def hear(self, state: dict[str, Any] | None) -> None:
        """Note the new values that an event names."""
        new = (state or {}).get("attributes", {}).get("new") or {}
        self.heard.update(str(value) for value in new.values())

    async def recall(self, entity_id: str, since: datetime) -> None:
        """Note also what was written down of events."""
        query = urlencode({"filter_entity_id": entity_id})
        for states in await self.rest(
            "GET", f"history/period/{since.isoformat().replace('+00:00', 'Z')}?{query}"
        ):
            for state in states:
                self.hear(state)


async def entity(home: MortalHome, platform: str) -> dict[str, Any] | None:
    """Return the state of the panel's event or drift entity."""
    states = await home.states()
    names = [
        name
        for name in states
        if name.startswith(f"{platform}.") and name.endswith(("drift", "sip_events"))
    ]
    return states[names[0]] if names else None


async def wait_for_drift(home: MortalHome, value: str) -> bool:
    """Wait until a value is shown as the drift, and return whether it is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while True:
                drift = await entity(home, "binary_sensor")
                shown = (drift or {}).get("attributes", {}).get("differences", [])
                if any(line.endswith(f" {value}") for line in shown):
                    return True
                await asyncio.sleep(0.2)
    return False


def broken_files(config: Path) -> list[str]:
    """Return the stored files that cannot be read any more."""
    broken = [path.name for path in (config / ".storage").glob("*.corrupt.*")]
    for path in (config / ".storage").glob("bas_ip.*"):
        try:
            json.loads(path.read_text())
        except ValueError:
            broken.append(path.name)
    return broken


async def run(times: int, seed: int, folder: Path) -> list[str]:
    """Kill Home Assistant so many times and return what was found."""
    random = Random(seed)
    findings: list[str] = []
    home = MortalHome(folder / "config", PORT, COMPONENTS)
    home.heard = set()
    async with SimulatedPanel("127.0.0.1", 8081, name="Front door") as panel:
        await home.start()
        await add_panel(home, panel)
        listener = asyncio.create_task(home.listen())
        event = await entity(home, "event")
        assert event
        for number in range(1, times + 1):
            since = datetime.now(UTC)
            value = f"drift-{number}.example.net"
            panel.second_account["outbound"] = value
            await asyncio.sleep(random.uniform(0, 1.5 * POLL))
            await home.kill()
            if random.random() < 0.5:
                start = asyncio.create_task(home.start())
                await asyncio.sleep(random.uniform(0, 5))
                await home.kill()
                await asyncio.gather(start, return_exceptions=True)
            try:
                await home.start()
            except HomeAssistantError as error:
                findings.append(f"{number}: {error}")
                break
            if not await wait_for_drift(home, value):
                findings.append(f"{number}: the drift is not shown")
            await asyncio.sleep(COMMITTED)
            await home.recall(event["entity_id"], since)
            told = "reported" if value in home.heard else "NOT REPORTED"
            if value not in home.heard:
                findings.append(f"{number}: the drift was not reported")
            if broken := broken_files(home.config):
                findings.append(f"{number}: {', '.join(broken)} cannot be read")
            log = home.log.read_text(errors="replace")
            if "Traceback" in log and "bas_ip" in log:
                findings.append(f"{number}: {log[log.index('Traceback') :][:1000]}")
            print(f"soak: killed {number} of {times}, {told}", file=sys.stderr)
        listener.cancel()
        await home.stop()
    return findings


def main() -> int:
    """Return 1 if anything got lost or broken."""
    parser = argparse.ArgumentParser(prog="tools/run soak --kill", description=__doc__)
    parser.add_argument("times", type=int)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        findings = asyncio.run(run(arguments.times, arguments.seed, Path(folder)))
    for finding in findings:
        print("FOUND", finding)
    print(f"{arguments.times} × killed, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
