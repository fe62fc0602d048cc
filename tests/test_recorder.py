"""What the recorder keeps of the entities: no large or nested attributes."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.history import get_significant_states
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from simulator import SimulatedPanel

from .conftest import Poll, SetUp

DRIFT = "binary_sensor.front_door_account_2_drift"
EVENTS = "event.front_door_sip_events"
LAST_CHANGE = "sensor.front_door_last_settings_change"


@pytest.fixture
async def recorded(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> Mapping[str, Mapping[str, Any]]:
    """Return the attributes that are recorded after a drift, by entity."""
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    del panel.second_account["outbound"]
    await poll()
    await async_wait_recording_done(hass)

    def last_states() -> Mapping[str, Mapping[str, Any]]:
        states = get_significant_states(
            hass,
            dt_util.utc_from_timestamp(0),
            None,
            [DRIFT, EVENTS, LAST_CHANGE],
            significant_changes_only=False,
        )
        return {
            entity_id: history[-1].attributes  # type: ignore[union-attr]
            for entity_id, history in states.items()
        }

    return await recorder_mock.async_add_executor_job(last_states)


# The recorder has to be there before Home Assistant.
async def test_recorded_attributes(
    recorded: Mapping[str, Mapping[str, Any]], hass: HomeAssistant
) -> None:
    assert {entity_id: recorded[entity_id].keys() for entity_id in recorded} == {
        DRIFT: {"device_class", "friendly_name", "unknown"},
        EVENTS: {
            "account",
            "cause",
            "event_type",
            "firmware",
            "friendly_name",
            "message",
            "settings",
        },
        LAST_CHANGE: {"device_class", "friendly_name"},
    }
    assert recorded[DRIFT]["unknown"] == ["outbound"]
    state = hass.states.get(LAST_CHANGE)
    assert state
    assert state.attributes["changes"]
