"""Redirects: from http to https on the same host, and nothing else."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from aiohttp import ClientSession, TCPConnector, TraceConfig
from hypothesis import given, strategies as st
import pytest
from yarl import URL

from custom_components.bas_ip.panel import (
    PanelClient,
    PanelConnectionError,
    PanelError,
    PanelPermissionError,
    PanelResponseError,
)
from simulator import SimulatedPanel

from .conftest import MakeClient, RawServer, raw_answer, raw_server, unhurried

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


async def test_failure_of_https_sends_nothing_secret_over_http(
    client: PanelClient, https_panel: SimulatedPanel
) -> None:
    await client.registration()
    for _ in range(2):
        await https_panel.switch_off()
        with pytest.raises(PanelConnectionError):
            await client.registration()
        await https_panel.switch_on()
        https_panel.requests.clear()
        await client.registration()
        assert answers(https_panel) == [(STATUS, 200)]
    https_panel.end_sessions()
    await client.registration()
    assert answers(https_panel)[1:] == [(STATUS, 401), (LOGIN, 200), (STATUS, 200)]


async def test_information_starts_again_at_http_after_a_failure(
    client: PanelClient, https_panel: SimulatedPanel
) -> None:
    await client.registration()
    await https_panel.switch_off()
    with pytest.raises(PanelConnectionError):
        await client.registration()
    await https_panel.switch_on()
    https_panel.requests.clear()
    await client.info()
    await client.info()
    await client.registration()
    assert answers(https_panel) == [
        (INFO, 301),
        (INFO, 200),
        (INFO, 200),
        (STATUS, 200),
    ]
    # The session is still that of before.
    assert len(https_panel.logins) == 1


async def test_http_and_https_take_turns_as_long_as_nothing_answers(
    client: PanelClient, https_panel: SimulatedPanel
) -> None:
    """A panel that no longer redirects is found at https all the same."""
    await client.registration()
    await https_panel.switch_off()
    for _ in range(2):
        with pytest.raises(PanelConnectionError):
            await client.info()
    assert client._failed_at == URL(https_panel.http_url)
    await https_panel.switch_on()
    https_panel.requests.clear()
    await client.info()
    assert answers(https_panel) == [(INFO, 200)]


@asynccontextmanager
async def left_https(
    trusting: ClientSession,
) -> AsyncGenerator[tuple[PanelClient, RawServer]]:
    """Return a client with a token of https, where nobody answers any more, and http."""
    async with raw_server() as http:
        client = PanelClient(trusting, http.url, "admin", "123456")
        async with raw_server(
            raw_answer(body=b'{"token":"old-token"}'), https=True
        ) as https:
            http.answers.append(
                raw_answer("301 Moved", f"Location: {https.url}/elsewhere\r\n")
            )
            await client.login()
        with pytest.raises(PanelConnectionError):
            await client.registration()
        http.heads.clear()
        yield client, http


async def test_panel_that_went_back_to_http(trusting: ClientSession) -> None:
    async with left_https(trusting) as (client, http):
        http.answers += [
            raw_answer(body=b'{"device_type":"panel","firmware_version":"2"}'),
            raw_answer(body=b'{"token":"new-token"}'),
            raw_answer(body=b'{"sip_status":"OK"}'),
        ]
        await client.info()
        await client.registration()
    assert [head.split()[1].partition("?")[0] for head in http.heads] == [
        INFO,
        LOGIN,
        STATUS,
    ]
    assert ["Authorization" in head for head in http.heads] == [False, False, True]
    assert "new-token" in http.heads[-1]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        raw_answer("503 Wait"),
        raw_answer(body=b"{}"),
        raw_answer(body=b'{"device_type":"monitor","firmware_version":"2"}'),
        raw_answer("301 Moved", "Location: http://127.0.0.1/\r\n"),
    ],
)
async def test_something_else_at_http_gets_no_secret(
    trusting: ClientSession, answer: bytes
) -> None:
    async with left_https(trusting) as (client, http):
        http.answers.append(answer)
        with suppress(PanelError):
            assert not (await client.info()).is_panel
        for read in (client.registration, client.login):
            with pytest.raises(PanelConnectionError):
                await read()
        await client.logout()
    assert len(http.heads) == 1
    assert "Authorization" not in http.heads[0]


async def test_information_that_is_cancelled_at_http(trusting: ClientSession) -> None:
    async with left_https(trusting) as (client, http):
        task = asyncio.create_task(client.info())
        await asyncio.sleep(0)
        assert client._origin == http.url
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(PanelConnectionError):
            await client.login()
    assert not [head for head in http.heads if LOGIN in head]


async def test_token_does_not_follow_to_https(trusting: ClientSession) -> None:
    async with raw_server() as http, raw_server(https=True) as https:
        http.answers += [
            raw_answer(body=b'{"token":"old-token"}'),
            raw_answer("301 Moved", f"Location: {https.url}/elsewhere\r\n"),
        ]
        https.answers += [
            raw_answer("401 No"),
            raw_answer(body=b'{"token":"new-token"}'),
            raw_answer(body=b'{"sip_status":"OK"}'),
        ]
        client = PanelClient(trusting, http.url, "admin", "123456")
        await client.login()
        await client.registration()
    assert "old-token" not in "".join(https.heads)
    assert "new-token" in https.heads[-1]


async def test_refusal_at_http_is_none_at_https(trusting: ClientSession) -> None:
    token, refusal = raw_answer(body=b'{"token":"x"}'), raw_answer("401 No")
    async with raw_server() as http, raw_server(https=True) as https:
        http.answers += [
            token,
            refusal,
            raw_answer("301 Moved", f"Location: {https.url}/elsewhere\r\n"),
        ]
        https.answers += [refusal, token, raw_answer(body=b'{"sip_status":"OK"}')]
        client = PanelClient(trusting, http.url, "admin", "123456")
        with pytest.raises(PanelPermissionError):
            await client.registration()
        await client.registration()


async def test_failure_behind_the_redirect(make_client: MakeClient) -> None:
    async with raw_server(
        raw_answer("302 Found", "Location: https://127.0.0.1:1/\r\n"),
        raw_answer(body=b'{"firmware_version":"1"}'),
    ) as server:
        client = make_client(server.url)
        with pytest.raises(PanelConnectionError):
            await client.info()
        assert (await client.info()).firmware_version == "1"


async def test_login_after_an_answer_of_https_that_is_of_no_use(
    trusting: ClientSession,
) -> None:
    async with (
        raw_server() as http,
        raw_server(
            raw_answer("503 Wait"), raw_answer(body=b'{"token":"x"}'), https=True
        ) as https,
    ):
        http.answers.append(
            raw_answer("301 Moved", f"Location: {https.url}/elsewhere\r\n")
        )
        client = PanelClient(trusting, http.url, "admin", "123456")
        with pytest.raises(PanelResponseError, match="HTTP 503"):
            await client.info()
        await client.login()
    assert http.requests == [f"GET {INFO} HTTP/1.1"]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 399])
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
    location = "Location: https://127.0.0.1/\r\n"
    async with raw_server(
        raw_answer("299 No", location),
        raw_answer("400 No", location),
        raw_answer(headers=location, body=b'{"token": "x"}'),
    ) as server:
        client = make_client(server.url)
        for status in (299, 400):
            with pytest.raises(PanelResponseError, match=f"HTTP {status}"):
                await client.info()
        await client.login()
    assert len(server.requests) == 3


async def test_file_behind_the_redirect_may_be_too_large(
    client: PanelClient, https_panel: SimulatedPanel
) -> None:
    with pytest.raises(PanelResponseError, match="larger"):
        await client.web_file("/", 10)
    assert [request.status for request in https_panel.web_requests] == [301, 200]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_https_is_never_left(trusting: ClientSession, scheme: str) -> None:
    moved = raw_answer("301 Moved", f"Location: {scheme}://127.0.0.1:1/\r\n")
    async with raw_server(moved, https=True) as server:
        client = PanelClient(trusting, server.url, "admin", "123456")
        with pytest.raises(PanelResponseError, match="HTTP 301"):
            await client.info()
    assert len(server.requests) == 1


@pytest.mark.usefixtures("sockets")
async def test_nothing_follows_a_redirect_after_the_logout() -> None:
    async def log_out(*_: object) -> None:
        """Log out while the answer is there, and not taken in yet."""
        logouts.append(asyncio.create_task(client.logout()))
        await asyncio.sleep(0)

    logouts: list[asyncio.Task[None]] = []
    trace = TraceConfig()
    trace.on_request_end.append(log_out)
    async with (
        raw_server() as http,
        raw_server(https=True) as https,
        ClientSession(
            connector=TCPConnector(ssl=False), trace_configs=[trace]
        ) as session,
    ):
        http.answers.append(raw_answer("301 Moved", f"Location: {https.url}/\r\n"))
        client = PanelClient(session, http.url, "admin", "123456")
        with pytest.raises(PanelConnectionError, match="closed"):
            await client.login()
        await asyncio.gather(*logouts)
    assert len(http.requests) == len(logouts) == 1
    assert https.requests == []


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
    client._origin = URL("http://127.0.0.1")
    client._refused = set()
    moved = client._moved_to_https(location)
    assert client._origin.scheme == ("https" if moved else "http")
    assert client._origin.host == "127.0.0.1"
