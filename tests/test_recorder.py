"""What the recorder keeps of the entities: no large or nested attributes."""

from functools import partial

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.history import get_significant_states
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from .conftest import DRIFT, EVENTS, LAST_CHANGE, PANEL_STATUS, Change, SetUp

UNRECORDED = {
    DRIFT: {"differences"},
    EVENTS: {"event_types", "expected", "new", "old"},
    LAST_CHANGE: {"changes"},
    PANEL_STATUS: {"options", "problems"},
}


# The recorder has to be there before Home Assistant.
async def test_recorded_attributes(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    change: Change,
) -> None:
    """What is long, nested or always the same is left out."""
    await set_up(entry)
    await change(realm="other.example.net")
    await async_wait_recording_done(hass)
    recorded = await recorder_mock.async_add_executor_job(
        partial(
            get_significant_states,
            hass,
            dt_util.utc_from_timestamp(0),
            entity_ids=list(UNRECORDED),
            significant_changes_only=False,
        )
    )
    for entity_id, unrecorded in UNRECORDED.items():
        state = hass.states.get(entity_id)
        last = recorded[entity_id][-1]
        assert state
        assert isinstance(last, State)
        assert state.attributes.keys() - last.attributes.keys() == unrecorded
        assert dict not in map(type, last.attributes.values())
