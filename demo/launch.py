"""Start Home Assistant for the demonstration: on its own, and polling often."""

import os
import signal
import sys
from threading import Thread

from homeassistant import bootstrap
from homeassistant.__main__ import main
from homeassistant.components import brands
from homeassistant.const import RESTART_EXIT_CODE

from custom_components.bas_ip import const, coordinator

SHORTEST_SCAN_INTERVAL = 1
# Seconds, so that what is changed on a panel shows after two polls, also at first.
SHORT_TIMES = {
    "READING_DISTANCE": 0.5,
    "SETTLED_DISTANCE": 0.5,
    "SETTLING_TIME": 1,
    "EARLY_POLL": 1,
}
NOWHERE = "http://127.0.0.1:9"
# Home Assistant loads them unless told otherwise. The first two use the internet, and
# the rest would need more packages or programs, or is in the way.
NOT_LOADED = {
    "analytics",
    "marketplace",
    "ai_task",
    "assist_satellite",
    "backup",
    "camera",
    "conversation",
    "image_processing",
    "infrared",
    "radio_frequency",
    "tts",
}


def shorten_times() -> None:
    """Poll more often than users can, and wait less between two readings."""
    const.MIN_SCAN_INTERVAL = SHORTEST_SCAN_INTERVAL  # type: ignore[misc]
    for name, seconds in SHORT_TIMES.items():
        setattr(coordinator, name, seconds)


def load_less() -> None:
    """Leave out what is not needed, and the download of other integrations' icons."""
    bootstrap.DEFAULT_INTEGRATIONS.difference_update(NOT_LOADED)
    brands.BRANDS_CDN_URL = NOWHERE  # type: ignore[misc]


def stop_with_parent() -> None:
    """Stop when the process that holds the other end of stdin is gone."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    shorten_times()
    load_less()
    Thread(target=stop_with_parent, daemon=True).start()
    if (exit_code := main()) == RESTART_EXIT_CODE:
        os.execv(sys.executable, sys.orig_argv)
    sys.exit(exit_code)
