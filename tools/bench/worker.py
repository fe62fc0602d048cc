"""The Home Assistant that is measured.

`python -m tools.bench.worker SUBJECT CONFIG PANELS [trace]`; with `trace` it counts its
objects.
"""

import asyncio
import ctypes
import gc
import json
import os
from pathlib import Path
import sqlite3
import sys
import time
import traceback
import tracemalloc
from typing import Any

from aiohttp import ClientResponse, ClientSession, connector
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util.executor import InterruptibleThreadPoolExecutor

from .child import obey
from .clock import JumpingLoop
from .home import make_home, start_home
from .subjects import INTERVAL, Panel, start_floor

PATIENCE = 0.001
QUIET = 1.0
# More than the time between two commits of the recorder.
COMMIT = 6
PAGE = 4096


class Worker:
    """Does what the benchmark says, and stands still in between."""

    def __init__(self, subject: str, folder: Path, panels: list[Panel]) -> None:
        """Take what is to be read, and how."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        wait_for_answers(loop)
        self.clock = loop.clock
        self.subject = subject
        self.folder = folder
        self.panels = panels
        self.written = 0
        self.reported = 0
        self.last_write = 0.0
        self.event_times: list[float] = []
        self.hass: HomeAssistant

    async def start(self) -> dict[str, Any]:
        """Start, and return how long it took until there was nothing more to show."""
        begin = time.monotonic()
        self.hass = hass = make_home(self.folder)
        stop_listening = hass.bus.async_listen(EVENT_STATE_CHANGED, self._note_write)
        await start_home(hass)
        if self.subject == "floor":
            await asyncio.gather(
                *(start_floor(hass, p, n) for n, p in enumerate(self.panels))
            )
            self.last_write = time.monotonic()
        while self.last_write and time.monotonic() - self.last_write < QUIET:  # noqa: ASYNC110
            await asyncio.sleep(QUIET / 10)
        await hass.async_block_till_done(wait_background_tasks=True)
        stop_listening()
        self.clock.is_jumping = True
        await asyncio.sleep(INTERVAL / 2)
        self.clock.pause()
        return {
            "seconds": self.last_write - begin if self.last_write else None,
            "longest_block": self.clock.longest_block,
            "states": len(hass.states.async_all()),
            "away": sum(
                state.state == "unavailable" for state in hass.states.async_all()
            ),
        }

    async def run(self, intervals: int) -> dict[str, float]:
        """Let polling intervals pass and return what they have taken."""
        gc.collect()
        await asyncio.sleep(0)
        self.clock.longest_block = 0
        cpu = time.process_time()
        self.clock.go_on()
        begin = self.clock.now()
        await asyncio.sleep(INTERVAL * intervals)
        end = self.clock.now()
        self.clock.pause()
        return {
            "cpu": time.process_time() - cpu,
            "longest_block": self.clock.longest_block,
            "begin": begin,
            "end": end,
        }

    async def count(self, intervals: int) -> dict[str, int]:
        """Return what is written in so many polling intervals."""
        self.written = self.reported = 0
        rows = await self._rows()
        stops = [
            self.hass.bus.async_listen(EVENT_STATE_CHANGED, self._note_write),
            self.hass.bus.async_listen(
                EVENT_STATE_REPORTED,
                self._note_report,
                event_filter=callback(lambda _: True),
            ),
        ]
        await self.run(intervals)
        for stop in stops:
            stop()
        rows = await self._rows() - rows
        return {"written": self.written, "reported": self.reported, "rows": rows}

    async def watch_event(self) -> dict[str, Any]:
        """Let two intervals pass and return when events of panels were shown."""
        self.event_times.clear()
        stop = self.hass.bus.async_listen(EVENT_STATE_CHANGED, self._note_event)
        taken = await self.run(2)
        stop()
        return {**taken, "events": self.event_times}

    async def memory(self) -> int:
        """Return the memory of the process in bytes, without what could be given back.

        Of a process that traces its memory: what its objects take.
        """
        gc.collect()
        if tracemalloc.is_tracing():
            return tracemalloc.get_traced_memory()[0]
        ctypes.CDLL(None).malloc_trim(0)
        return resident_memory()

    async def offsets(self, moments: list[float]) -> list[float]:
        """Return what the clock of the loop has shown at these moments."""
        return [moment + self.clock.offset_at(moment) for moment in moments]

    async def stop(self) -> None:
        """Stop as Home Assistant does, so that it can start again."""
        self.clock.go_on()
        await self.hass.async_stop(force=True)

    async def _rows(self) -> int:
        """Return how many states the recorder has written down."""
        self.clock.go_on()
        await asyncio.sleep(COMMIT)
        # The thread that writes does not follow the clock of this loop.
        self.clock.is_jumping = False
        await asyncio.sleep(QUIET)
        self.clock.is_jumping = True
        self.clock.pause()
        path = self.folder / "home-assistant_v2.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            return int(database.execute("SELECT count(*) FROM states").fetchone()[0])

    @callback
    def _note_write(self, _event: Event[Any]) -> None:
        self.written += 1
        self.last_write = time.monotonic()

    @callback
    def _note_report(self, _event: Event[Any]) -> None:
        self.reported += 1

    @callback
    def _note_event(self, event: Event[Any]) -> None:
        domain, _, name = event.data["entity_id"].partition(".")
        # A sensor of `rest:` is the nearest it has to an event.
        if domain == "event" or (self.subject == "rest" and name.endswith("outbound")):
            self.event_times.append(time.monotonic())


def resident_memory() -> int:
    """Return the memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def wait_for_answers(loop: JumpingLoop) -> None:
    """Keep the clock from jumping while the panels, elsewhere, have not answered."""
    send = ClientSession._request  # noqa: SLF001

    async def request(self: ClientSession, *args: Any, **kwargs: Any) -> ClientResponse:
        loop.awaited += 1
        try:
            return await send(self, *args, **kwargs)
        finally:
            loop.awaited -= 1

    # Idle connections grow old by this clock, too.
    connector.monotonic = loop.time  # type: ignore[attr-defined]
    ClientSession._request = request  # type: ignore[method-assign]  # noqa: SLF001


async def main(subject: str, folder: Path, panels: list[Panel]) -> None:
    """Obey until the parent process is gone."""
    asyncio.get_running_loop().set_default_executor(
        InterruptibleThreadPoolExecutor(max_workers=64)
    )
    worker = Worker(subject, folder, panels)
    commands = ("start", "run", "count", "watch_event", "memory", "offsets", "stop")
    await obey({name: getattr(worker, name) for name in commands})


if __name__ == "__main__":
    if "trace" in sys.argv[4:]:
        tracemalloc.start()
    with asyncio.Runner(loop_factory=lambda: JumpingLoop(PATIENCE)) as runner:
        try:
            panels = json.loads(Path(sys.argv[3]).read_text())
            runner.run(main(sys.argv[1], Path(sys.argv[2]), panels))
        except Exception:  # noqa: BLE001
            traceback.print_exc()
        # There are threads that nobody ends otherwise.
        os._exit(1)
