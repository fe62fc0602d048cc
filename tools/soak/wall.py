"""A wall clock that follows the jumping clock of the event loop.

Imported before anything of Home Assistant, which keeps the functions that it finds.
"""

from datetime import UTC, datetime, tzinfo
import time

from homeassistant.util import dt as dt_util

from tools.bench.clock import JumpingLoop

# All panels and Home Assistant live in one process: an answer is there at once.
PATIENCE = 0.0
BEGIN = 1_800_000_000.0

loop = JumpingLoop(PATIENCE)
_start = loop.time()


def now() -> float:
    """Return the simulated time."""
    return BEGIN + loop.time() - _start


def _now(zone: tzinfo | None = None) -> datetime:
    return datetime.fromtimestamp(now(), zone or dt_util.get_default_time_zone())


def _utcnow() -> datetime:
    return datetime.fromtimestamp(now(), UTC)


time.time = now
dt_util.now = _now  # type: ignore[assignment]
dt_util.utcnow = _utcnow  # type: ignore[assignment]
