"""What a poll costs, in things that can be counted."""

from collections.abc import Callable

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedPanel

from .conftest import Poll, SetUp

POLLS = 5
REQUESTS = [
    "/api/v1/device/sip/settings/second",
    "/api/v1/sip/status",
    "/api/v1/device/sip/enable",
]


@pytest.fixture
def written(hass: HomeAssistant) -> Callable[[], list[str]]:
    """Return a function that returns which states were written so far."""
    entities: list[str] = []

    @callback
    def note(event: Event) -> None:
        entities.append(event.data["entity_id"])

    @callback
    def every(_data: object) -> bool:
        return True

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    hass.bus.async_listen(EVENT_STATE_REPORTED, note, event_filter=every)
    return lambda: entities


@pytest.fixture
async def polled(
    panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp, poll: Poll
) -> SimulatedPanel:
    """Return a panel that registers again before each poll, after the first poll."""
    panel.behaviour.registers_again = True
    await set_up(entry)
    await poll()
    panel.requests.clear()
    panel.logins.clear()
    return panel


async def test_requests(polled: SimulatedPanel, poll: Poll) -> None:
    await poll(times=POLLS)
    assert [request.path for request in polled.requests] == REQUESTS * POLLS
    assert polled.logins == []


async def _poll_with_another_attempt(panel: SimulatedPanel, poll: Poll) -> None:
    for number in range(POLLS):
        panel.register_last_attempt = 1_700_000_000 + 60 * number
        await poll()


async def test_nothing_is_written_for_the_time_of_an_attempt(
    polled: SimulatedPanel, poll: Poll, written: Callable[[], list[str]]
) -> None:
    written().clear()
    await _poll_with_another_attempt(polled, poll)
    assert written() == []


async def test_one_more_reading_for_a_change(
    polled: SimulatedPanel, poll: Poll
) -> None:
    polled.second_account["outbound"] = "backup.example.net"
    await poll()
    first, *rest = REQUESTS
    assert [request.path for request in polled.requests] == [first, first, *rest]
    polled.requests.clear()
    await poll()
    assert [request.path for request in polled.requests] == REQUESTS
