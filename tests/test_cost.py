"""What a poll costs, in things that can be counted."""

from typing import Any
from unittest.mock import patch

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.entity import Entity
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.drift import readings
from simulator import SimulatedPanel

from .conftest import (
    FIRST,
    INFO,
    SECOND,
    STATUS,
    Poll,
    SetUp,
    asked,
    both_accounts,
    state_of,
)

POLLS = 20
REALM = "sensor.front_door_account_1_realm"


class Costs:
    """What Home Assistant has to do for the polls of a panel."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Count from now on."""
        self.written: list[str] = []
        self.runs = 0
        for event_type in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
            hass.bus.async_listen(event_type, self._write, event_filter=self._any)
        entry.runtime_data.async_add_listener(self._run)

    @callback
    def _any(self, data: Any) -> bool:
        return True

    @callback
    def _write(self, event: Event[Any]) -> None:
        self.written.append(event.data["entity_id"])

    @callback
    def _run(self) -> None:
        self.runs += 1


@pytest.fixture
async def polled(panel: SimulatedPanel, set_up: SetUp, poll: Poll) -> MockConfigEntry:
    """Return the entry of a panel that was polled, and keeps its session."""
    panel.behaviour.token_lifetime = None
    entry = both_accounts(panel)
    await set_up(entry)
    await poll()
    asked(panel)
    panel.logins.clear()
    return entry


async def test_requests(
    panel: SimulatedPanel, polled: MockConfigEntry, poll: Poll
) -> None:
    """Four for two accounts, on one connection."""
    connections: set[Any] = set()
    respond = panel._handle

    async def handle(request: Any) -> Any:
        connections.add(request.transport)
        return await respond(request)

    await panel.switch_off()
    with patch.object(panel, "_handle", handle):
        await panel.switch_on()
        await poll()
    assert asked(panel) == [INFO, FIRST, SECOND, STATUS]
    assert len(connections) == 1
    await poll(times=POLLS)
    assert asked(panel) == [INFO, FIRST, SECOND, STATUS] * POLLS
    assert panel.logins == []


@pytest.mark.parametrize("registers_again", [True, False])
async def test_unchanged_polls(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    polled: MockConfigEntry,
    poll: Poll,
    registers_again: bool,
) -> None:
    """They write nothing, run no listener and compare no setting."""
    panel.behaviour.registers_again = registers_again
    costs = Costs(hass, polled)
    hass_storage.clear()
    with (
        patch.object(Entity, "async_write_ha_state", autospec=True) as write,
        patch.object(readings, "compare", wraps=readings.compare) as compared,
    ):
        await poll(times=POLLS)
        write.assert_not_called()
        compared.assert_not_called()
        assert costs.written == []
        assert costs.runs == 0
        assert f"{DOMAIN}.{polled.entry_id}" not in hass_storage

        # The same, seen from the other side: once for each account, with each reading.
        panel.first_account["realm"] = "other.example.org"
        await poll()
        assert compared.call_count == 2
        assert costs.runs == 0
        await poll()
        assert compared.call_count == 4
        assert costs.runs == 1
        assert write.called
    await poll()
    assert f"{DOMAIN}.{polled.entry_id}" in hass_storage
    assert state_of(hass, REALM) == "sip.example.org"


async def test_expired_session(
    hass: HomeAssistant, panel: SimulatedPanel, polled: MockConfigEntry, poll: Poll
) -> None:
    """Nobody but the panel notices."""
    costs = Costs(hass, polled)
    panel.end_sessions()
    await poll()
    assert len(panel.logins) == 1
    assert costs.written == []
    assert costs.runs == 0
