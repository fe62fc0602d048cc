"""Comparing does nothing else: no I/O and no clock."""

import ast
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from custom_components.bas_ip.drift.changes import Change, ChangeType
from custom_components.bas_ip.drift.compare import Comparison, Status
from custom_components.bas_ip.drift.history import History
from custom_components.bas_ip.drift.readings import Candidate
from custom_components.bas_ip.drift.state import (
    AccountState,
    Failure,
    PanelState,
    Registration,
)

from ..conftest import INTEGRATION
from .conftest import BEGIN

MODULES = sorted((INTEGRATION / "drift").glob("*.py"))

# All that is imported, from the standard library and the client.
STANDARD_LIBRARY = {
    "collections.abc",
    "contextlib",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "ipaddress",
    "operator",
    "re",
    "typing",
}
CLIENT = {"panel.errors", "panel.models"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_input_or_output(path: Path) -> None:
    """Each import is one of those above, and no built-in opens anything."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= STANDARD_LIBRARY
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module in STANDARD_LIBRARY
        elif isinstance(node, ast.ImportFrom) and node.level == 2:
            assert node.module in CLIENT
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1
        elif isinstance(node, ast.Name):
            assert node.id not in ("open", "print", "input", "__import__")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_clock(path: Path) -> None:
    """Time comes in as an argument."""
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert called.isdisjoint({"monotonic", "now", "time", "today", "utcnow"})


@pytest.mark.parametrize(
    "value",
    [
        AccountState(),
        Candidate(None, 0),
        Change(type=ChangeType.DRIFT_DETECTED, time=BEGIN),
        Comparison(status=Status.IN_SYNC),
        Failure(key="x", since=BEGIN),
        History(),
        PanelState(),
        Registration(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_frozen(value: Any) -> None:
    """What is passed on between two polls cannot be changed by accident."""
    for field in fields(value):
        with pytest.raises(FrozenInstanceError):
            setattr(value, field.name, None)
    assert not hasattr(value, "__dict__")
