"""Where `python -m tools.soak` begins."""

from . import wall  # isort: skip

import argparse
import asyncio
import os
from pathlib import Path
import sys
import tempfile

from homeassistant.util.executor import InterruptibleThreadPoolExecutor

from .week import Verdict, Week


def main() -> int:
    """Run the soak and return 1 if the judge has found anything."""
    parser = argparse.ArgumentParser(prog="tools/run soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--panels", type=int, default=20, help="(%(default)s)")
    parser.add_argument("--days", type=float, default=7, help="(%(default)s)")
    parser.add_argument(
        "--interval", type=int, default=300, help="seconds between polls (%(default)s)"
    )
    arguments = parser.parse_args()
    wall.loop.set_default_executor(InterruptibleThreadPoolExecutor(max_workers=8))
    asyncio.set_event_loop(wall.loop)
    with tempfile.TemporaryDirectory() as folder:
        week = Week(
            Path(folder) / "config",
            seed=arguments.seed,
            panels=arguments.panels,
            days=arguments.days,
            interval=arguments.interval,
        )
        verdict = wall.loop.run_until_complete(week.run())
    show(verdict)
    return 1 if verdict.findings else 0


def show(verdict: Verdict) -> None:
    """Print what has happened and what was found."""
    for name, number in sorted(verdict.actions.items()):
        print(f"{number:6} × {name}")
    print("reported:", dict(sorted(verdict.reported.items())))
    print(f"logins: {verdict.logins}, rejected: {verdict.rejected}")
    for day, growth in enumerate(verdict.growth, 1):
        print(
            f"day {day}: {growth.tasks} tasks, {growth.files} open files,"
            f" {growth.issues} issues, {growth.objects} objects,"
            f" {growth.memory / 2**20:.0f} MiB"
        )
    for finding in verdict.findings:
        print("FOUND", finding)
    print(f"{len(verdict.findings)} findings")


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Some threads would never end.
    os._exit(code)
