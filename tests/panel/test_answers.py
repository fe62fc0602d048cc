"""Answers that are not as they should be."""

from collections.abc import Awaitable, Callable
import threading

from aiohttp import ClientSession, TCPConnector
import pytest
from yarl import URL

from custom_components.bas_ip.panel import (
    PanelCertificateError,
    PanelClient,
    PanelConnectionError,
    PanelError,
    PanelNotFoundError,
    PanelPermissionError,
    PanelResponseError,
    client as client_module,
)
from simulator import Answer, SimulatedPanel, faults

from .conftest import MakeClient, raw_answer, raw_server

SETTINGS = "/api/v1/device/sip/settings"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (faults.TRUNCATED_JSON, "not a JSON object"),
        (faults.HTML_PAGE, "not a JSON object"),
        (faults.NOT_AN_OBJECT, "not a JSON object"),
        (faults.EMPTY_BODY, "not a JSON object"),
        (faults.LARGE_BODY, "larger than 64 KiB"),
        (Answer(200, b"[" * 60_000), "not a JSON object"),
        (Answer(200, b'{"a":' * 10_000), "not a JSON object"),
        (Answer(200, b"1" * 5_000), "not a JSON object"),
        (Answer(200, b"\x00\xff"), "not a JSON object"),
        (Answer.json(None), "not a JSON object"),
        (Answer.json({"error": "Log In"}), "is an error"),
        (Answer.json({"error": {"code": "not_valid"}}), "is an error"),
        (Answer.json({"error": None}), "is an error"),
        (Answer.json({"proxy": "sip:a"}, 201), "HTTP 201"),
        (Answer(204), "HTTP 204"),
        (Answer.json({"error": "Log In"}, 402), "HTTP 402"),
        (Answer.json({"error": "Too many"}, 429), "HTTP 429"),
        (faults.ERROR_OBJECT, "HTTP 500"),
        (Answer(599), "HTTP 599"),
    ],
)
async def test_answer_that_is_not_usable(
    client: PanelClient, panel: SimulatedPanel, answer: Answer, message: str
) -> None:
    panel.fail(answer, path=SETTINGS, times=1)
    with pytest.raises(PanelResponseError, match=message) as caught:
        await client.first_account()
    assert caught.type is PanelResponseError
    assert (await client.first_account()).realm == "sip.example.org"
    assert len(panel.logins) == 1


def test_deep_nesting_where_the_stack_is_small() -> None:
    def read() -> None:
        try:
            client_module._json_object(200, "[" * 60_000)
        except BaseException as err:  # noqa: BLE001
            errors.append(err)

    errors: list[BaseException] = []
    size = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=read)
        thread.start()
    finally:
        threading.stack_size(size)
    thread.join()
    assert [type(error) for error in errors] == [PanelResponseError]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (faults.ERROR_TRUE, PanelNotFoundError),
        (Answer.json({"error": {"code": "not_valid"}}, 400), PanelNotFoundError),
        (Answer.json({"error": "Not found"}, 404), PanelNotFoundError),
        (Answer(404, b"<html></html>", "text/html"), PanelNotFoundError),
        (Answer.json({"error": {"code": "denied"}}, 403), PanelPermissionError),
        (Answer(403), PanelPermissionError),
    ],
)
async def test_refusal(
    client: PanelClient, panel: SimulatedPanel, answer: Answer, kind: type[PanelError]
) -> None:
    panel.fail(answer, path=SETTINGS)
    with pytest.raises(PanelError) as caught:
        await client.first_account()
    assert caught.type is kind


async def test_largest_answer(client: PanelClient, panel: SimulatedPanel) -> None:
    body = b'{"realm":"pbx.example.net"}'
    size = 64 * 1024
    panel.fail(Answer(200, body.ljust(size)), path=SETTINGS, times=1)
    assert (await client.first_account()).realm == "pbx.example.net"
    panel.fail(Answer(200, body.ljust(size + 1)), path=SETTINGS, times=1)
    with pytest.raises(PanelResponseError, match="64 KiB"):
        await client.first_account()


@pytest.mark.parametrize(
    ("answer", "realm"),
    [
        (faults.WRONG_CHARSET, "caf�"),
        (faults.UNKNOWN_CHARSET, "pbx.example.net"),
        (Answer(200, '{"realm":"дом"}'.encode("cp1251"), "a/b; charset=cp1251"), "дом"),
        (Answer(200, '{"realm":"дом"}'.encode(), "text/html"), "дом"),
        (Answer(200, '{"realm":"дом"}'.encode("utf-8-sig")), "дом"),
        (Answer(200, b'{"realm":"a"}', "text/plain; charset=hex"), "a"),
        (Answer(200, b'{"realm":"a"}', "text/plain; charset=undefined"), "a"),
        (Answer(200, b'{"realm":"a"}', 'text/plain; charset=""'), "a"),
        (Answer(200, b'{"realm":"a"}', "nonsense"), "a"),
        (Answer(200, b'{"realm":"a\\ud800"}'), "a"),
        (Answer(200, b'{"realm":NaN}'), "nan"),
        (Answer(200, b'{"realm":"a","realm":"b"}'), "b"),
        (Answer(200, b'{"realm":"a","registration_interval":Infinity}'), "a"),
    ],
)
async def test_answer_that_is_read_all_the_same(
    client: PanelClient, panel: SimulatedPanel, answer: Answer, realm: str
) -> None:
    panel.fail(answer, path=SETTINGS)
    account = await client.first_account()
    assert account.realm == realm
    assert account.registration_interval is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x16\x03\x01\x00\x05", id="other protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="half of the head"),
        pytest.param(raw_answer(length=1000), id="half of the body"),
        pytest.param(
            raw_answer(headers="Content-Encoding: gzip\r\n", body=b"not compressed"),
            id="not compressed",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
            id="wrong chunk",
        ),
        pytest.param(raw_answer(headers=f"X: {'x' * 20_000}\r\n"), id="long header"),
        pytest.param(raw_answer("xyz OK"), id="no status"),
    ],
)
async def test_answer_that_is_not_http(make_client: MakeClient, answer: bytes) -> None:
    async with raw_server(answer) as server:
        with pytest.raises(PanelConnectionError):
            await make_client(server.url).info()


async def test_charset_that_is_no_text(make_client: MakeClient) -> None:
    answer = raw_answer(
        headers="Content-Type: text/plain; charset=\udcff\r\n",
        body=b'{"firmware_version":"1"}',
    )
    async with raw_server(answer) as server:
        info = await make_client(server.url).info()
    assert info.firmware_version == "1"


async def test_certificate_that_is_not_trusted(
    sockets: None, session: ClientSession
) -> None:
    async with SimulatedPanel(https=True) as panel:
        client = PanelClient(session, URL(panel.url), "admin", "123456")
        with pytest.raises(PanelCertificateError):
            await client.first_account()
        async with ClientSession(connector=TCPConnector(ssl=False)) as trusting:
            client = PanelClient(trusting, URL(panel.url), "admin", "123456")
            await client.first_account()
    assert len(panel.logins) == 1


READS: list[Callable[[PanelClient], Awaitable[object]]] = [
    PanelClient.info,
    PanelClient.login,
    PanelClient.first_account,
    PanelClient.registration,
    PanelClient.sip_enabled,
    PanelClient.mac_address,
]


@pytest.mark.parametrize("read", READS)
async def test_every_read_tells_the_same_errors(
    client: PanelClient,
    panel: SimulatedPanel,
    read: Callable[[PanelClient], Awaitable[object]],
) -> None:
    panel.fail(faults.HTML_PAGE)
    with pytest.raises(PanelResponseError):
        await read(client)
    await panel.switch_off()
    with pytest.raises(PanelConnectionError):
        await read(client)
