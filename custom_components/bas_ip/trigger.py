"""Triggers of the BAS-IP integration."""

import logging

try:
    from .automation import async_get_triggers  # noqa: F401
except ImportError:
    # If this were raised, Home Assistant would load neither diagnostics nor repairs.
    logging.getLogger(__name__).exception("Not made for this version of Home Assistant")
