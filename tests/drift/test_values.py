"""What is passed on between two polls cannot be changed by accident."""

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from custom_components.bas_ip.drift import (
    Change,
    ChangeType,
    Comparison,
    ConfirmedState,
    Expectation,
    History,
    Status,
)

from .conftest import NOW

VALUES = [
    Change(type=ChangeType.DRIFT_DETECTED, time=NOW),
    Comparison(status=Status.IN_SYNC),
    ConfirmedState(),
    Expectation(values={}),
    History(),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_frozen(value: Any) -> None:
    for field in fields(value):
        assert field.kw_only
        with pytest.raises(FrozenInstanceError):
            setattr(value, field.name, None)
    assert not hasattr(value, "__dict__")
