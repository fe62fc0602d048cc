"""Triggers of the BAS-IP integration."""

import logging

try:
    from .automation import async_get_triggers  # noqa: F401
except ImportError:
    # Home Assistant would do without the diagnostics and the repairs, too.
    logging.getLogger(__name__).exception("Not made for this version of Home Assistant")
