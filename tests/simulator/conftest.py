"""Fixtures: a panel that listens, and a client that shares no code with the integration's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
import hashlib
from typing import Any

import aiohttp
import pytest
import pytest_socket

from simulator import SimulatedPanel


class Clock:
    """A clock that moves only when it is told to."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@dataclass
class Client:
    """Asks one panel."""

    panel: SimulatedPanel
    session: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, path: str, *, method: str = "GET", **kwargs: Any
    ) -> tuple[int, Any]:
        """Return the status and the JSON of an answer."""
        async with self.session.request(
            method, f"{self.panel.url}{path}", headers=self.headers, **kwargs
        ) as response:
            return response.status, await response.json(content_type=None)

    async def log_in(
        self, password: str = "123456", username: str = "admin"
    ) -> tuple[int, Any]:
        """Log in and use the token from now on."""
        digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
        query = {"username": username, "password": digest.upper()}
        status, answer = await self.ask("/api/v1/login", params=query)
        if status == 200:
            self.headers = {"Authorization": f"Bearer {answer['token']}"}
        return status, answer


@pytest.fixture(autouse=True)
def loopback(socket_enabled: None) -> None:
    """Allow the addresses that the panels listen on."""
    pytest_socket._remove_restrictions()
    # Each by itself: pytest-socket 0.7, which comes with the oldest Home Assistant that is
    # supported, knows no networks.
    pytest_socket.socket_allow_hosts(["127.0.0.1", "127.0.1.1", "127.0.1.2"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def panel(clock: Clock) -> AsyncIterator[SimulatedPanel]:
    async with SimulatedPanel(clock=clock) as panel:
        yield panel


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        # Otherwise aiohttp repeats by itself what got no answer, and counts go wrong.
        session._retry_connection = False
        yield session


@pytest.fixture
def stranger(panel: SimulatedPanel, session: aiohttp.ClientSession) -> Client:
    """Return a client that has not logged in."""
    return Client(panel, session)


@pytest.fixture
async def client(stranger: Client) -> Client:
    """Return a client that has logged in; that much is not counted."""
    await stranger.log_in()
    stranger.panel.requests.clear()
    stranger.panel.logins.clear()
    return stranger
