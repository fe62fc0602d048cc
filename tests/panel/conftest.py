"""Fixtures: clients of simulated panels, and a server that answers with any bytes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import re

from aiohttp import ClientSession, ClientTimeout
from hypothesis import HealthCheck, settings
import pytest
from yarl import URL

from custom_components.bas_ip.panel import PanelClient, client as client_module
from simulator import Request, SimulatedPanel
from simulator.certificate import self_signed_context

type MakeClient = Callable[..., PanelClient]

# Decorates tests with any data, so that they may take their time.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

HARMLESS_PATH = re.compile(
    r"/api/info|/api/v1/(login|logout|network/mac)"
    r"|/api/v1/(?!.*(call|default|open|reboot|register|reset|start|test|unlock))"
    r"(\w+/)?sip[\w/-]*"
    r"|/(?!api)([\w/.-]+\.js)?"
)


@dataclass
class RawServer:
    """Answers each request with the next of its answers, byte by byte."""

    answers: list[bytes]
    url: URL = field(default=URL("http://127.0.0.1"))
    requests: list[str] = field(default_factory=list)
    """The first lines of the requests, with their queries."""

    heads: list[str] = field(default_factory=list)
    """The requests with their headers."""

    async def answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        self.requests.append(head.decode().partition("\r\n")[0])
        writer.write(self.answers.pop(0))
        writer.close()


@asynccontextmanager
async def raw_server(*answers: bytes, https: bool = False) -> AsyncGenerator[RawServer]:
    """Start a server that closes the connection after each answer."""
    raw = RawServer(list(answers))
    context = self_signed_context("127.0.0.1") if https else None
    server = await asyncio.start_server(raw.answer, "127.0.0.1", 0, ssl=context)
    raw.url = URL.build(
        scheme="https" if https else "http",
        host="127.0.0.1",
        port=server.sockets[0].getsockname()[1],
    )
    async with server:
        yield raw
    assert not raw.answers


def raw_answer(
    status: str = "200 OK", headers: str = "", body: bytes = b"{}", *, length: int = -1
) -> bytes:
    """Return an answer, with another length than it has if one is given."""
    length = len(body) if length < 0 else length
    headers += f"Connection: close\r\nContent-Length: {length}\r\n"
    head = f"HTTP/1.1 {status}\r\n{headers}\r\n"
    return head.encode("utf-8", "surrogateescape") + body


@pytest.fixture(autouse=True)
def requests(monkeypatch: pytest.MonkeyPatch) -> Generator[list[Request]]:
    """Return what all panels of a test are asked, and allow only harmless requests."""
    requests: list[Request] = []
    record = SimulatedPanel.record

    def record_here(panel: SimulatedPanel, method: str, path: str) -> Request:
        requests.append(record(panel, method, path))
        return requests[-1]

    monkeypatch.setattr(SimulatedPanel, "record", record_here)
    yield requests
    for request in requests:
        assert request.method == "GET"
        assert HARMLESS_PATH.fullmatch(request.path), request.path


@pytest.fixture
async def session(sockets: None) -> AsyncGenerator[ClientSession]:
    async with ClientSession() as session:
        # Otherwise aiohttp repeats by itself what got no answer, and counts go wrong.
        session._retry_connection = False
        yield session


@pytest.fixture
def make_client(session: ClientSession) -> MakeClient:
    """Return a function that makes a client for an address."""

    def make_client(
        url: URL | str, password: str = "123456", username: str = "admin"
    ) -> PanelClient:
        return PanelClient(session, URL(url), username, password)

    return make_client


@pytest.fixture
def client(make_client: MakeClient, panel: SimulatedPanel) -> PanelClient:
    """Return a client for the panel."""
    return make_client(panel.url)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make each second of a timeout last a millisecond, and return the timeouts."""
    timeouts: list[float] = []

    def shorten(total: float) -> ClientTimeout:
        timeouts.append(total)
        return ClientTimeout(total=total / 1000)

    monkeypatch.setattr(client_module, "ClientTimeout", shorten)
    return timeouts
