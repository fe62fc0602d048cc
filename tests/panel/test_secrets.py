"""No secret leaves the client."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
import hashlib
import logging
import traceback
from typing import Any

from aiohttp import ClientSession
import pytest
from yarl import URL

from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.errors import (
    CertificateError,
    PanelError,
    ResponseError,
)
from custom_components.bas_ip.panel.models import Account
from custom_components.bas_ip.panel.search import Discovery, discover
from simulator import Answer, Close, Fault, Hang, SimulatedPanel, faults

from ..conftest import LOGIN, SECOND
from .conftest import MakeClient, raw_answer, raw_server, read

PASSWORD = "canary-of-the-login"
USERNAME = "canary-of-the-user"
SIP_PASSWORD = "canary-of-sip"
ADDRESS_PASSWORD = "canary-of-an-address"
USER_ID = "canary-of-the-user-id"
TOKEN = "canary-of-the-token"
SALT = "canary-of-the-salt"
HASH = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
SECRETS = [
    *(PASSWORD, USERNAME, SIP_PASSWORD, ADDRESS_PASSWORD, USER_ID, TOKEN, SALT, HASH)
]


def assert_no_secret(text: str) -> None:
    """Check that a text holds no secret."""
    for secret in SECRETS:
        assert secret.lower() not in text.lower()


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Return an exception and all that it came of."""
    if error is not None:
        yield error
        yield from chain(error.__cause__)
        yield from chain(error.__context__)


def texts(error: BaseException) -> Iterator[str]:
    """Return all that can be seen of an exception."""
    yield from traceback.format_exception(error, chain=True)
    for part in chain(error):
        yield str(part)
        yield from map(repr, (part, part.args, vars(part)))


@pytest.fixture
async def panel(sockets: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a panel full of secrets."""
    monkeypatch.setattr("simulator.panel.secrets.token_hex", lambda _: TOKEN)
    async with SimulatedPanel("127.0.1.1", password=PASSWORD) as panel:
        panel.username = USERNAME
        panel.sip_password = SIP_PASSWORD
        panel.behaviour.cleartext_password = True
        for account in (panel.first_account, panel.second_account):
            account["user_id"] = USER_ID
            account["proxy"] = f"sip:201:{ADDRESS_PASSWORD}@pbx.example.net"
            account["outbound"] = f"<SIP:201:a@{ADDRESS_PASSWORD}@pbx.example.net>"
        yield panel


@pytest.fixture
def make_client(session: ClientSession) -> MakeClient:
    """Return a function that makes a client with this login."""

    def make_client(url: URL | str) -> PanelClient:
        return PanelClient(session, URL(url), USERNAME, PASSWORD, SALT)

    return make_client


@pytest.fixture
def client(make_client: MakeClient, panel: SimulatedPanel) -> PanelClient:
    """Return a client of this panel."""
    return make_client(panel.url)


async def read_all(client: PanelClient) -> list[Any]:
    """Return all that can be read, and the errors of what cannot."""
    results: list[Any] = []
    asks: list[Callable[[], Awaitable[Any]]] = [
        client.info,
        client.login,
        *[partial(read, client, *Account)] * 3,
        partial(discover, client),
    ]
    for ask in asks:
        try:
            results.append(await ask())
        except PanelError as err:
            results.append(err)
    await client.logout()
    return results


def check(
    client: PanelClient, results: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Check what was read, what was raised and what was logged."""
    for result in results:
        assert_no_secret(repr(result))
        if isinstance(result, Discovery):
            assert_no_secret(repr(result.report("2.0.0")))
        if isinstance(result, PanelError):
            for text in texts(result):
                assert_no_secret(text)
            assert all(isinstance(error, PanelError) for error in chain(result))
    assert_no_secret(repr(client))
    assert_no_secret(str(client))
    for record in caplog.records:
        for text in (record.getMessage(), repr(record.args), str(record.exc_info)):
            assert_no_secret(text)


async def test_all_goes_well(
    client: PanelClient, panel: SimulatedPanel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    results = await read_all(client)
    assert not [result for result in results if isinstance(result, PanelError)]
    assert results[2].accounts[Account.SECOND].password_exposed
    assert len(panel.logins) == 1
    check(client, results, caplog)


LEAKING = Answer.json({"error": " ".join(SECRETS)})


@pytest.mark.parametrize(
    "fault",
    [
        Close(),
        Hang(),
        LEAKING,
        *(Answer(status, LEAKING.body) for status in (400, 401, 403, 404, 429, 500)),
        Answer(200, LEAKING.body[:-5]),
        Answer(200, LEAKING.body, f"{TOKEN}/{HASH}; charset={PASSWORD}"),
        Answer(302, LEAKING.body, headers={"Location": f"https://{HASH}:{TOKEN}@a"}),
        faults.LARGE_BODY,
        faults.WRONG_CHARSET,
    ],
)
@pytest.mark.parametrize("path", [None, LOGIN, SECOND])
async def test_something_goes_wrong(
    client: PanelClient,
    panel: SimulatedPanel,
    fault: Fault,
    path: str | None,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    if isinstance(fault, Hang):
        request.getfixturevalue("hurry")
    caplog.set_level(logging.DEBUG)
    panel.fail(fault, path=path)
    results = await read_all(client)
    if path != SECOND:
        assert [result for result in results if isinstance(result, PanelError)]
    check(client, results, caplog)


async def test_panel_is_away(
    client: PanelClient, panel: SimulatedPanel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await panel.switch_off()
    check(client, await read_all(client), caplog)


async def test_certificate_is_not_trusted(
    sockets: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with SimulatedPanel(https=True) as panel, ClientSession() as session:
        client = PanelClient(session, URL(panel.url), USERNAME, PASSWORD, SALT)
        results = await read_all(client)
    assert type(results[0]) is CertificateError
    check(client, results, caplog)


@pytest.mark.parametrize(
    "answer",
    [
        f"{TOKEN} {HASH}\r\n\r\n".encode(),
        raw_answer(f"{TOKEN} {HASH}"),
        raw_answer(f"200 {HASH}", f"{TOKEN} {HASH}\r\n"),
        raw_answer(headers=f"X: {HASH * 1000}\r\n"),
        raw_answer("301 Moved", f"Location: https://[{HASH}\r\n"),
        raw_answer("301 Moved", f"Location: https://{USERNAME}:{HASH}@a\r\n"),
        raw_answer(headers="Content-Encoding: gzip\r\n", body=HASH.encode()),
    ],
)
async def test_login_is_sent_back(
    make_client: MakeClient, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The errors of aiohttp hold the address of a request and parts of the answer."""
    caplog.set_level(logging.DEBUG)
    async with raw_server(answer) as server:
        client = make_client(server.url)
        with pytest.raises(PanelError) as caught:
            await client.login()
    assert HASH.upper() in server.requests[0]
    check(client, [caught.value], caplog)


async def test_token_of_another_answer(
    client: PanelClient, panel: SimulatedPanel, caplog: pytest.LogCaptureFixture
) -> None:
    panel.fail(Answer.json({"token": f"{TOKEN} {TOKEN}"}), path=LOGIN)
    with pytest.raises(ResponseError) as caught:
        await client.login()
    check(client, [caught.value], caplog)
