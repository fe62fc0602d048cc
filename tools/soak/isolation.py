"""A hundred panels, forty of which fail: the others must not notice."""

from . import wall  # isort: skip

import asyncio
from contextlib import AsyncExitStack
import os
from pathlib import Path
from random import Random
import sys
import tempfile
from typing import override

from aiohttp import connector

from simulator import Answer, Hang, Request
from tools.bench.home import config_entry, make_home, start_home, write_config

from .panel import STATUS, SoakPanel
from .witness import Witness

PANELS, HANGING, REFUSING, TALKING_NONSENSE = 100, 20, 10, 10
INTERVAL = 60
INTERVALS = 10
# What a machine with other work may add.
LATE = 5
# What panels that hang may add to the start of Home Assistant.
LONGEST_WAIT = 0.5


class TimedPanel(SoakPanel):
    """A panel that notes when it is polled."""

    def __init__(self, number: int) -> None:
        """Make the panel."""
        super().__init__(number, Random(number))
        self.polls: list[float] = []

    @override
    def record(self, method: str, path: str) -> Request:
        """Note a poll by the request that every one ends with."""
        if path == STATUS:
            self.polls.append(wall.now())
        return super().record(method, path)


async def fail(panels: list[TimedPanel]) -> None:
    """Let the first forty panels fail."""
    hanging, refusing = panels[:HANGING], panels[HANGING : HANGING + REFUSING]
    for panel in hanging:
        panel.fail(Hang())
    for panel in refusing:
        await panel.switch_off()
    nonsense = HANGING + REFUSING
    for panel in panels[nonsense : nonsense + TALKING_NONSENSE]:
        panel.fail(Answer(200, panel.random.randbytes(300)))


async def run(
    folder: Path, panels: list[TimedPanel], findings: list[str], *, is_first: bool
) -> float:
    """Return how long Home Assistant took to start; at the first one all is well."""
    good = panels[HANGING + REFUSING + TALKING_NONSENSE :]
    witness = Witness()
    wall.loop.clock.is_jumping = True
    begin = wall.now()
    hass = make_home(folder)
    witness.attend(hass)
    await start_home(hass)
    start = wall.now() - begin
    await asyncio.sleep(2 * INTERVAL)
    if is_first:
        await fail(panels)
    for panel in good:
        panel.polls.clear()
    await asyncio.sleep(INTERVALS * INTERVAL)
    gaps = [
        after - before
        for panel in good
        for before, after in zip(panel.polls, panel.polls[1:], strict=False)
    ]
    shown = [
        witness.state(panel.info["device_serial_number"], "sensor", "status")
        for panel in good
    ]
    when = "fail while it runs" if is_first else "failed from the start"
    print(
        f"40 of 100 panels {when}: Home Assistant started in {start:.1f} s,"
        f" the other {len(good)} were polled {len(gaps) + len(good)} times,"
        f" {min(gaps):.1f} to {max(gaps):.1f} s apart"
    )
    if max(gaps) > INTERVAL + LATE:
        findings.append(f"a poll came {max(gaps) - INTERVAL:.1f} s late")
    if any(state is None or state.state != "as_expected" for state in shown):
        findings.append("a good panel is not shown as good")
    findings.extend({error[:1000] for error in witness.errors})
    await hass.async_stop(force=True)
    wall.loop.clock.is_jumping = False
    return start


async def main() -> int:
    """Return 1 if a panel that fails is in the way of another."""
    connector.monotonic = wall.loop.time  # type: ignore[attr-defined]
    findings: list[str] = []
    panels = [TimedPanel(number) for number in range(PANELS)]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "config"
        for panel in panels:
            await stack.enter_async_context(panel)
        entries = [
            config_entry(panel.describe(), scan_interval=INTERVAL) for panel in panels
        ]
        write_config(folder, {}, entries)
        usual = await run(folder, panels, findings, is_first=True)
        # All panels are known by now, so the start waits for none of them.
        start = await run(folder, panels, findings, is_first=False)
    if start > usual + LONGEST_WAIT:
        findings.append(f"the start took {start - usual:.1f} s longer")
    for finding in findings:
        print("FOUND", finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    asyncio.set_event_loop(wall.loop)
    code = wall.loop.run_until_complete(main())
    sys.stdout.flush()
    # Some threads would never end.
    os._exit(code)
