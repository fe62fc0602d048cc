"""Fixtures for tests of plain functions: to import both saves their event loops."""

import pytest


@pytest.fixture(autouse=True)
def configure_event_loop() -> None:
    """Start no event loop."""


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Look for nothing that an event loop has left."""
