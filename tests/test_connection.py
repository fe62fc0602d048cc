"""The connection to the panel of a config entry."""

import asyncio

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.connection import temporary_client
from custom_components.bas_ip.panel import PanelClient
from simulator import Hang, SimulatedPanel

LOGOUT = "/api/v1/logout"


async def test_logout_that_is_cancelled(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry
) -> None:
    """The session is detached all the same."""
    clients: list[PanelClient] = []

    async def log_in() -> None:
        async with temporary_client(hass, entry.data) as client:
            clients.append(client)
            await client.login()

    panel.fail(Hang(), path=LOGOUT)
    task = asyncio.create_task(log_in())
    async with asyncio.timeout(5):
        while (await panel.next_request()).path != LOGOUT:
            pass
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert clients[0]._session.closed
