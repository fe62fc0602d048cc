"""No secret leaves the client."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
import hashlib
import logging
import traceback
from typing import Any

from aiohttp import ClientSession
import pytest
from yarl import URL

from custom_components.bas_ip.panel import (
    SECOND_ACCOUNT_PATHS,
    PanelCertificateError,
    PanelClient,
    PanelError,
    PanelResponseError,
    survey,
)
from simulator import Answer, Close, Hang, SimulatedPanel, faults

from .conftest import raw_answer, raw_server

PASSWORD = "canary-of-the-login"
USERNAME = "canary-of-the-user"
SIP_PASSWORD = "canary-of-sip"
USER_ID = "canary-of-the-user-id"
TOKEN = "canary-of-the-token"
HASH = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
SECRETS = [PASSWORD, USERNAME, SIP_PASSWORD, USER_ID, TOKEN, HASH]


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
        panel.first_account["user_id"] = USER_ID
        panel.second_account["user_id"] = USER_ID
        yield panel


@pytest.fixture
def client(session: ClientSession, panel: SimulatedPanel) -> PanelClient:
    """Return a client of this panel."""
    return PanelClient(session, URL(panel.url), USERNAME, PASSWORD)


async def read_all(client: PanelClient) -> list[Any]:
    """Return all that can be read, and the errors of what cannot."""
    results: list[Any] = []
    for read in (
        client.info,
        client.login,
        client.first_account,
        partial(client.second_account, SECOND_ACCOUNT_PATHS[0]),
        client.registration,
        client.sip_enabled,
        client.mac_address,
    ):
        try:
            results.append(await read())
        except PanelError as err:
            results.append(err)
    with suppress(PanelError):
        results.append(await client.second_account("device/sip/settings/second"))
    try:
        results.append(await survey(client))
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
        if isinstance(result, PanelError):
            for text in texts(result):
                assert_no_secret(text)
            assert list(chain(result)) == [result]
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
    assert results[2].password_exposed
    assert len(panel.logins) == 1
    check(client, results, caplog)


LEAKING = Answer.json(
    {"error": f"{PASSWORD} {HASH} {TOKEN} {USERNAME} {SIP_PASSWORD} {USER_ID}"}
)


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    "fault",
    [
        Close(),
        Hang(),
        LEAKING,
        *(Answer(status, LEAKING.body) for status in (400, 401, 403, 404, 429, 500)),
        Answer(200, LEAKING.body[:-5]),
        Answer(200, LEAKING.body, f"{TOKEN}/{HASH}; charset={PASSWORD}"),
        faults.LARGE_BODY,
        faults.WRONG_CHARSET,
    ],
)
@pytest.mark.parametrize("path", [None, "/api/v1/login", "/api/v1/device/sip/settings"])
async def test_something_goes_wrong(
    client: PanelClient,
    panel: SimulatedPanel,
    fault: Any,
    path: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    panel.fail(fault, path=path)
    results = await read_all(client)
    assert [result for result in results if isinstance(result, PanelError)] or (
        fault is faults.WRONG_CHARSET
    )
    check(client, results, caplog)


async def test_panel_is_away(
    client: PanelClient, panel: SimulatedPanel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await panel.switch_off()
    check(client, await read_all(client), caplog)


async def test_certificate_is_not_trusted(
    sockets: None, session: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with SimulatedPanel(https=True) as panel:
        client = PanelClient(session, URL(panel.url), USERNAME, PASSWORD)
        results = await read_all(client)
    assert type(results[0]) is PanelCertificateError
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
    session: ClientSession, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The errors of aiohttp hold the address of a request and parts of the answer."""
    caplog.set_level(logging.DEBUG)
    async with raw_server(answer) as server:
        client = PanelClient(session, server.url, USERNAME, PASSWORD)
        with pytest.raises(PanelError) as caught:
            await client.login()
    assert HASH.upper() in server.requests[0]
    check(client, [caught.value], caplog)


async def test_token_of_another_answer(
    client: PanelClient, panel: SimulatedPanel, caplog: pytest.LogCaptureFixture
) -> None:
    panel.fail(Answer.json({"token": f"{TOKEN}\n"}), path="/api/v1/login")
    with pytest.raises(PanelResponseError) as caught:
        await client.login()
    check(client, [caught.value], caplog)
