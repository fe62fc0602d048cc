"""Redirects: from http to https on the same host, and nothing else."""

from collections.abc import AsyncGenerator

from aiohttp import ClientSession, TCPConnector
from hypothesis import given, strategies as st
import pytest
from yarl import URL

from custom_components.bas_ip.panel import (
    PanelClient,
    PanelConnectionError,
    PanelResponseError,
)
from simulator import SimulatedPanel

from .conftest import MakeClient, raw_answer, raw_server, unhurried

INFO = "/api/info"
LOGIN = "/api/v1/login"
STATUS = "/api/v1/sip/status"


@pytest.fixture
async def https_panel(sockets: None) -> AsyncGenerator[SimulatedPanel]:
    """Return a panel with https, to which http is redirected."""
    async with SimulatedPanel("127.0.1.1", https=True, http_port=0) as panel:
        yield panel


@pytest.fixture
async def trusting(session: ClientSession) -> AsyncGenerator[ClientSession]:
    """Return a session that takes every certificate."""
    async with ClientSession(connector=TCPConnector(ssl=False)) as trusting:
        trusting._retry_connection = False
        yield trusting


@pytest.fixture
def client(trusting: ClientSession, https_panel: SimulatedPanel) -> PanelClient:
    """Return a client that begins with http."""
    return PanelClient(trusting, URL(https_panel.http_url), "admin", "123456")


def answers(panel: SimulatedPanel) -> list[tuple[str, int | None]]:
    """Return what a panel was asked for and answered."""
    return [(request.path, request.status) for request in panel.requests]


async def test_panel_that_moved_to_https(
    client: PanelClient, https_panel: SimulatedPanel
) -> None:
    await client.first_account()
    await client.registration()
    await client.logout()
    assert answers(https_panel) == [
        (LOGIN, 301),
        (LOGIN, 200),
        ("/api/v1/device/sip/settings", 200),
        (STATUS, 200),
        ("/api/v1/logout", 200),
    ]
    assert len(https_panel.logins) == 1


async def test_http_is_tried_again_after_a_failure(
    client: PanelClient, https_panel: SimulatedPanel
) -> None:
    await client.registration()
    await https_panel.switch_off()
    with pytest.raises(PanelConnectionError):
        await client.registration()
    await https_panel.switch_on()
    https_panel.requests.clear()
    await client.registration()
    await client.registration()
    assert answers(https_panel) == [(STATUS, 301), (STATUS, 200), (STATUS, 200)]
    assert len(https_panel.logins) == 1


async def test_failure_behind_the_redirect(make_client: MakeClient) -> None:
    async with raw_server(
        raw_answer("302 Found", "Location: https://127.0.0.1:1/\r\n"),
        raw_answer(body=b'{"firmware_version":"1"}'),
    ) as server:
        client = make_client(server.url)
        with pytest.raises(PanelConnectionError):
            await client.info()
        assert (await client.info()).firmware_version == "1"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_kind_of_redirect(trusting: ClientSession, status: int) -> None:
    """The path is kept, whatever the redirect says."""
    async with raw_server(
        raw_answer(body=b'{"firmware_version":"1"}'), https=True
    ) as second:
        moved = raw_answer(f"{status} Moved", f"Location: {second.url}/elsewhere\r\n")
        async with raw_server(moved) as first:
            client = PanelClient(trusting, first.url, "admin", "123456")
            assert (await client.info()).firmware_version == "1"
    assert second.requests == [f"GET {INFO} HTTP/1.1"]


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/login",
        "nonsense",
        "//127.0.0.1/",
        "http://127.0.0.1/",
        "https://127.0.0.2/",
        "https://127.0.0.1.example.org/",
        "https://127.0.0.1@example.org/",
        "https://localhost/",
        "https:///",
        "https://[::1",
        "https://127.0.0.1:99999/",
        "https://127.0.0.1:port/",
        "https://xn--/",
        "https://\udcff/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ],
)
async def test_redirect_that_is_not_followed(
    make_client: MakeClient, location: str
) -> None:
    async with raw_server(
        raw_answer("301 Moved", f"Location: {location}\r\n"),
        raw_answer(body=b'{"firmware_version":"1"}'),
    ) as server:
        client = make_client(server.url)
        with pytest.raises(PanelResponseError, match="HTTP 301"):
            await client.info()
        assert (await client.info()).firmware_version == "1"
    assert server.requests == [f"GET {INFO} HTTP/1.1"] * 2


async def test_redirect_without_a_location(make_client: MakeClient) -> None:
    async with raw_server(raw_answer("301 Moved")) as server:
        with pytest.raises(PanelResponseError, match="HTTP 301"):
            await make_client(server.url).info()


async def test_location_of_an_answer_that_is_no_redirect(
    make_client: MakeClient,
) -> None:
    async with raw_server(
        raw_answer(headers="Location: https://127.0.0.1/\r\n", body=b'{"token": "x"}')
    ) as server:
        await make_client(server.url).login()
    assert len(server.requests) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_https_is_never_left(trusting: ClientSession, scheme: str) -> None:
    moved = raw_answer("301 Moved", f"Location: {scheme}://127.0.0.1:1/\r\n")
    async with raw_server(moved, https=True) as server:
        client = PanelClient(trusting, server.url, "admin", "123456")
        with pytest.raises(PanelResponseError, match="HTTP 301"):
            await client.info()
    assert len(server.requests) == 1


async def test_only_one_redirect_is_followed(trusting: ClientSession) -> None:
    moved_on = raw_answer("301 Moved", "Location: https://127.0.0.1:1/\r\n")
    async with raw_server(moved_on, https=True) as second:
        moved = raw_answer("301 Moved", f"Location: {second.url}/elsewhere\r\n")
        async with raw_server(moved) as first:
            client = PanelClient(trusting, first.url, "admin", "123456")
            with pytest.raises(PanelResponseError, match="HTTP 301"):
                await client.login()
    assert first.requests == second.requests
    assert len(first.requests) == 1


@unhurried
@given(st.text() | st.text().map("https://{}".format))
def test_any_location_is_judged(location: str) -> None:
    client = PanelClient.__new__(PanelClient)
    client._current_url = URL("http://127.0.0.1")
    moved = client._moved_to_https(location)
    assert client._current_url.scheme == ("https" if moved else "http")
    assert client._current_url.host == "127.0.0.1"
