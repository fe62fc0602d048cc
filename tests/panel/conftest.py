"""Fixtures: clients of simulated panels, and a server that answers with any bytes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import re

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from hypothesis import HealthCheck, settings
import pytest
from yarl import URL

from custom_components.bas_ip.panel import request as request_module
from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.models import Account, Holder, Reading
from simulator import Request, SimulatedPanel
from simulator.certificate import self_signed_context

type MakeClient = Callable[..., PanelClient]

# Decorates tests with any data, so that they may take their time.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

HARMLESS_PATH = re.compile(
    r"/api/info|/api/v1/(login|logout|network/mac)"
    r"|/api/v1/"
    r"(?!.*(call|default|enable|open|reboot|register|reset|start|test|unlock))"
    r"(\w+/){0,2}sip[\w/-]*"
    r"|/(?!api)([\w/.-]+\.js)?"
)
FIRST_PATH = "device/sip/settings"
SECOND_PATH = "device/sip/settings/second"
BOTH = {Account.FIRST: FIRST_PATH, Account.SECOND: SECOND_PATH}
STATUS_OF_PANEL: dict[Holder, str] = {None: "sip/status"}


async def read(
    client: PanelClient, *accounts: Account, registrations: bool = True
) -> Reading:
    """Poll a panel, for the second account if none is named."""
    return await client.read(
        {account: BOTH[account] for account in accounts or [Account.SECOND]},
        STATUS_OF_PANEL if registrations else {},
    )


async def arrival(panel: SimulatedPanel, path: str) -> None:
    """Wait until the panel is asked for a path."""
    while (await panel.next_request()).path != path:
        pass


@dataclass
class RawServer:
    """Answers each request with the next of its answers, byte by byte."""

    answers: list[bytes]
    url: URL = field(default=URL("http://127.0.0.1"))
    heads: list[str] = field(default_factory=list)
    """The requests with their headers."""

    @property
    def requests(self) -> list[str]:
        """The first lines of the requests, with their queries."""
        return [head.partition("\r\n")[0] for head in self.heads]

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [head.split()[1].partition("?")[0] for head in self.heads]

    async def answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request."""
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
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


RAW_INFO = raw_answer(body=b'{"firmware_version": "3.20.0"}')
RAW_LOGIN = raw_answer(body=b'{"token": "first-token"}')
RAW_ACCOUNT = raw_answer(body=b'{"realm": "pbx.example.net"}')


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
    """Return a session that takes every certificate."""
    async with ClientSession(connector=TCPConnector(ssl=False)) as session:
        # Otherwise aiohttp repeats by itself what got no answer, and counts go wrong.
        session._retry_connection = False
        yield session


@pytest.fixture
def make_client(session: ClientSession) -> MakeClient:
    """Return a function that makes a client for an address."""

    def make_client(
        url: URL | str,
        password: str = "123456",
        username: str = "admin",
        **known: str,
    ) -> PanelClient:
        return PanelClient(session, URL(url), username, password, "salt", **known)

    return make_client


@pytest.fixture
def client(make_client: MakeClient, panel: SimulatedPanel) -> PanelClient:
    """Return a client for any panel at the address of the panel."""
    return make_client(panel.url)


@pytest.fixture
def known(make_client: MakeClient, panel: SimulatedPanel) -> PanelClient:
    """Return a client for the panel that is known by its serial number."""
    return make_client(panel.url, serial_number=panel.info["device_serial_number"])


@pytest.fixture
def known_by_mac(make_client: MakeClient, panel: SimulatedPanel) -> PanelClient:
    """Return a client for the panel that is known by its MAC address."""
    del panel.info["device_serial_number"]
    return make_client(panel.url, mac_address=panel.mac_address)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make each second of a timeout last a millisecond, and return the timeouts."""
    timeouts: list[float] = []

    def shorten(total: float) -> ClientTimeout:
        timeouts.append(total)
        return ClientTimeout(total=total / 1000)

    monkeypatch.setattr(request_module, "ClientTimeout", shorten)
    return timeouts
