"""A redirect from http to https at /api/info decides where a poll goes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from hypothesis import given, strategies as st
import pytest
from yarl import URL

from custom_components.bas_ip.panel.answers import https_redirect
from custom_components.bas_ip.panel.errors import ConnectionFailedError, NotAPanelError
from custom_components.bas_ip.panel.request import Answer
from simulator import SimulatedPanel

from ..conftest import INFO, LOGIN, LOGOUT, SECOND, STATUS, asked
from .conftest import (
    RAW_ACCOUNT,
    RAW_INFO,
    RAW_LOGIN,
    MakeClient,
    RawServer,
    raw_answer,
    raw_server,
    read,
    unhurried,
)

NEW_LOGIN = raw_answer(body=b'{"token": "second-token"}')


@pytest.fixture
async def https_panel(sockets: None) -> AsyncGenerator[SimulatedPanel]:
    """Return a panel with https, to which http is redirected."""
    async with SimulatedPanel("127.0.1.1", https=True, http_port=0) as panel:
        yield panel


def moved(to: RawServer) -> bytes:
    """Return the redirect to another server."""
    return raw_answer("301 Moved", f"Location: {to.url}/elsewhere\r\n")


@asynccontextmanager
async def both_servers() -> AsyncGenerator[tuple[RawServer, RawServer]]:
    """Start a server with http and one with https."""
    async with raw_server() as http, raw_server(https=True) as https:
        yield http, https


async def test_panel_that_moved_to_https(
    make_client: MakeClient, https_panel: SimulatedPanel
) -> None:
    """Nothing but who is there is asked over http, in each poll anew."""
    client = make_client(https_panel.http_url)
    for _ in range(2):
        await read(client)
    await client.logout()
    assert [(request.path, request.status) for request in https_panel.requests] == [
        *[(INFO, 301), (INFO, 200), (LOGIN, 200), (SECOND, 200), (STATUS, 200)],
        *[(INFO, 301), (INFO, 200), (SECOND, 200), (STATUS, 200), (LOGOUT, 200)],
    ]
    assert not https_panel.sessions


async def test_set_up_follows_as_well(
    make_client: MakeClient, https_panel: SimulatedPanel
) -> None:
    client = make_client(https_panel.http_url)
    await client.info()
    https_panel.requests.clear()
    await client.login()
    await client.get_object("sip/status")
    assert asked(https_panel) == [LOGIN, STATUS]
    await client.web_file("/", 10_000)
    assert [request.status for request in https_panel.web_requests] == [200]


async def test_panel_whose_https_fails(
    make_client: MakeClient, https_panel: SimulatedPanel
) -> None:
    """The session is still that of before when it is back."""
    client = make_client(https_panel.http_url)
    await read(client)
    await https_panel.switch_off()
    with pytest.raises(ConnectionFailedError):
        await read(client)
    await https_panel.switch_on()
    await read(client)
    assert len(https_panel.logins) == 1


async def test_panel_that_goes_to_https_and_back(make_client: MakeClient) -> None:
    """Nothing is remembered about it, and a token goes only where it is from."""
    async with both_servers() as (http, https):
        client = make_client(http.url)
        http.answers += [RAW_INFO, RAW_LOGIN, RAW_ACCOUNT]
        await read(client, registrations=False)
        http.answers.append(moved(https))
        https.answers += [RAW_INFO, NEW_LOGIN, RAW_ACCOUNT]
        await read(client, registrations=False)
        http.answers += [RAW_INFO, RAW_LOGIN, RAW_ACCOUNT]
        await read(client, registrations=False)
    assert https.paths == [INFO, LOGIN, SECOND]
    assert "first-token" not in "".join(https.heads)
    assert "second-token" in https.heads[-1]
    assert http.paths == [INFO, LOGIN, SECOND, INFO, INFO, LOGIN, SECOND]
    assert "second-token" not in "".join(http.heads)


async def test_log_out_where_the_session_is(make_client: MakeClient) -> None:
    """The last poll went to the other server, and failed."""
    async with both_servers() as (http, https):
        client = make_client(http.url)
        http.answers.append(moved(https))
        https.answers += [RAW_INFO, NEW_LOGIN, RAW_ACCOUNT, raw_answer()]
        await read(client, registrations=False)
        http.answers.append(raw_answer("503 Busy"))
        with pytest.raises(NotAPanelError):
            await read(client)
        http.answers.append(moved(https))
        https.answers.insert(0, RAW_INFO)
        await client.logout()
    assert https.paths == [INFO, LOGIN, SECOND, INFO, LOGOUT]
    assert "second-token" in https.heads[-1]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        raw_answer("503 Wait"),
        raw_answer(),
        raw_answer(body=b'{"device_type":"monitor","firmware_version":"2"}'),
        raw_answer(body=b'{"device_serial_number":"20","firmware_version":"2"}'),
    ],
)
async def test_something_else_behind_the_redirect_gets_no_secret(
    make_client: MakeClient, answer: bytes
) -> None:
    async with both_servers() as (http, https):
        client = make_client(http.url, serial_number="10")
        http.answers.append(moved(https))
        https.answers.append(answer)
        with pytest.raises(Exception, match=r".") as caught:
            await read(client)
        assert type(caught.value).__module__.endswith(".panel.errors")
    assert https.paths == http.paths == [INFO]


async def test_redirect_of_any_other_request_is_an_answer(
    make_client: MakeClient,
) -> None:
    async with both_servers() as (http, https):
        client = make_client(http.url)
        http.answers += [RAW_INFO, moved(https)]
        with pytest.raises(Exception, match="HTTP 301"):
            await read(client)
    assert https.heads == []


async def test_only_one_redirect_is_followed(make_client: MakeClient) -> None:
    async with both_servers() as (http, https):
        http.answers.append(moved(https))
        https.answers.append(
            raw_answer("301 Moved", "Location: https://127.0.0.1:1/\r\n")
        )
        with pytest.raises(NotAPanelError, match="HTTP 301"):
            await make_client(http.url).info()


async def test_nothing_follows_a_redirect_after_the_logout(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with both_servers() as (http, https):
        http.answers.append(moved(https))
        client = make_client(http.url)
        client_send = client._send

        async def send(*args: object, **kwargs: object) -> object:
            response = await client_send(*args, **kwargs)  # type: ignore[arg-type]
            await client.logout()
            return response

        monkeypatch.setattr(client, "_send", send)
        with pytest.raises(ConnectionFailedError, match="closed"):
            await client.info()
    assert https.heads == []


HTTP = URL("http://127.0.0.1:8080")


def target(location: str | None, status: int = 301, origin: URL = HTTP) -> URL | None:
    """Return where an answer leads."""
    headers = {} if location is None else {"Location": location}
    return https_redirect(Answer(status, "", headers), origin)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 399])
@pytest.mark.parametrize(
    ("location", "origin"),
    [
        ("https://127.0.0.1/", "https://127.0.0.1"),
        ("https://127.0.0.1:8443/api/info?a=b", "https://127.0.0.1:8443"),
        ("HTTPS://127.0.0.1", "https://127.0.0.1"),
        # Whoever redirects cannot add a login.
        ("https://a:b@127.0.0.1/", "https://127.0.0.1"),
    ],
)
def test_redirect_that_is_followed(status: int, location: str, origin: str) -> None:
    """Only the origin counts: the path is always the same."""
    assert str(target(location, status)) == origin


@pytest.mark.parametrize("status", [200, 201, 299, 400, 401, 404])
def test_answer_that_is_no_redirect(status: int) -> None:
    assert target("https://127.0.0.1/", status) is None


@pytest.mark.parametrize(
    "location",
    [
        None,
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
        "https://[]@",
        "https://127.0.0.1:99999/",
        "https://127.0.0.1:port/",
        "https://xn--/",
        "https://\udcff/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ],
)
def test_redirect_that_is_not_followed(location: str | None) -> None:
    assert target(location) is None


def test_https_is_never_left() -> None:
    https = URL("https://127.0.0.1")
    assert target("http://127.0.0.1/", origin=https) is None
    assert target("https://127.0.0.1:8443/", origin=https) is None


@unhurried
@given(st.text() | st.text().map("https://{}".format))
def test_any_location_is_judged(location: str) -> None:
    found = target(location)
    assert found is None or (found.scheme, found.host) == ("https", "127.0.0.1")
