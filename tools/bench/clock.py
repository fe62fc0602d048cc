"""An event loop whose clock jumps over the times at which nothing happens."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future as ThreadFuture
import selectors
import time
from typing import Any, override

# How soon to look again while others work and there is no jump.
BUSY_WAIT = 0.001


class JumpingSelector(selectors.DefaultSelector):
    """Waits for the sockets a moment only, and then lets the clock jump."""

    def __init__(self, patience: float) -> None:
        """Take the time, in seconds, that has to be quiet before a jump."""
        super().__init__()
        self.patience = patience
        self.jumps: list[tuple[float, float]] = []
        self.offset = 0.0
        self.is_jumping = False
        self.longest_block = 0.0
        self.paused_at: float | None = None
        self.busy: Callable[[], bool] = lambda: False
        self._selected = time.monotonic()

    def now(self) -> float:
        """Return the time of the loop."""
        if self.paused_at is not None:
            return self.paused_at
        return time.monotonic() + self.offset

    def pause(self) -> None:
        """Let the time of the loop stand still."""
        self.paused_at = self.now()

    def go_on(self) -> None:
        """Let the time of the loop pass again."""
        if self.paused_at is not None:
            self.offset = self.paused_at - time.monotonic()
            self.jumps.append((time.monotonic(), self.offset))
            self.paused_at = None

    def offset_at(self, moment: float) -> float:
        """Return how far the loop was ahead of the real clock at a moment."""
        return max((jump for jump in self.jumps if jump[0] <= moment), default=(0, 0))[
            1
        ]

    @override
    def select(self, timeout: float | None = None) -> list[Any]:
        """Wait, but no longer than until something could happen."""
        block = time.monotonic() - self._selected
        self.longest_block = max(self.longest_block, block)
        if self.paused_at is not None:
            events = super().select(0 if timeout == 0 else None)
        elif not self.is_jumping or (timeout is not None and timeout <= self.patience):
            events = super().select(timeout)
        elif self.busy():
            events = super().select(BUSY_WAIT)
        else:
            events = super().select(self.patience) or super().select(0)
            if not events and timeout is not None:
                self.offset += timeout - self.patience
                self.jumps.append((time.monotonic(), self.offset))
        self._selected = time.monotonic()
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps, unless threads or processes work for it."""

    def __init__(self, patience: float) -> None:
        """Make the loop; its clock is an ordinary one until `is_jumping` is set."""
        self.clock = JumpingSelector(patience)
        self.clock.busy = lambda: self.awaited > 0
        self.awaited = 0
        """How many answers are on their way: of threads, or of other processes."""
        super().__init__(self.clock)

    @override
    def time(self) -> float:
        """Return the time of the loop."""
        return self.clock.now()

    @override
    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run something in a thread, and keep the clock from jumping meanwhile."""
        future = super().run_in_executor(executor, func, *args)
        self.awaited += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _future: asyncio.Future[Any] | ThreadFuture[Any]) -> None:
        self.awaited -= 1
