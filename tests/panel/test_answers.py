"""Answers that are not as they should be."""

import threading

from aiohttp import ClientSession
import pytest
from yarl import URL

from custom_components.bas_ip.panel.answers import json_object
from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.errors import (
    CertificateError,
    ConnectionFailedError,
    ForbiddenError,
    NotAPanelError,
    NotFoundError,
    PanelError,
    ResponseError,
)
from custom_components.bas_ip.panel.request import Answer as ReadAnswer
from simulator import Answer, Close, SimulatedPanel, faults

from ..conftest import FIRST
from .conftest import FIRST_PATH, MakeClient, raw_answer, raw_server, read


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (faults.TRUNCATED_JSON, "not a JSON object"),
        (faults.HTML_PAGE, "not a JSON object"),
        (faults.NOT_AN_OBJECT, "not a JSON object"),
        (faults.EMPTY_BODY, "not a JSON object"),
        (Answer(200, b"[" * 60_000), "not a JSON object"),
        (Answer(200, b'{"a":' * 10_000), "not a JSON object"),
        (Answer(200, b'{"a":' + b"1" * 5_000 + b"}"), "not a JSON object"),
        (Answer(200, b"\x00\xff"), "not a JSON object"),
        (Answer(200, b'\x00{"proxy":"a"}'), "not a JSON object"),
        (Answer(200, b'{"proxy":"a"}{"proxy":"b"}'), "not a JSON object"),
        (Answer(200, b'{"proxy":"a"} and more'), "not a JSON object"),
        (Answer.json(None), "not a JSON object"),
        (Answer(204), "not a JSON object"),
        (Answer.json({"error": "Log In"}), "is an error"),
        (Answer.json({"error": "Log In", "proxy": "a"}, 201), "is an error"),
        (Answer.json({"error": True, "proxy": "a"}), "is an error"),
        (Answer.json({"error": {"code": "not_valid"}}), "is an error"),
        (Answer.json({"error": [1]}), "is an error"),
        (Answer.json({"proxy": "sip:a"}, 300), "HTTP 300"),
        (Answer.json({"error": "Log In"}, 402), "HTTP 402"),
        (Answer.json({"error": "Too many"}, 429), "HTTP 429"),
        (faults.ERROR_OBJECT, "HTTP 500"),
        (Answer(599), "HTTP 599"),
    ],
)
async def test_answer_that_is_not_usable(
    client: PanelClient, panel: SimulatedPanel, answer: Answer, message: str
) -> None:
    panel.fail(answer, path=FIRST, times=1)
    with pytest.raises(ResponseError, match=message) as caught:
        await client.get_object(FIRST_PATH)
    is_busy = answer.status in (300, 402, 429, 500, 599)
    assert caught.type is (ResponseError if is_busy else NotFoundError)
    assert await client.get_object(FIRST_PATH) == panel.first_account
    assert len(panel.logins) == 1


def test_deep_nesting_where_the_stack_is_small() -> None:
    def parse() -> None:
        try:
            json_object(ReadAnswer(200, "[" * 60_000, {}))
        except BaseException as err:  # noqa: BLE001
            errors.append(err)

    errors: list[BaseException] = []
    size = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=parse)
        thread.start()
    finally:
        threading.stack_size(size)
    thread.join()
    assert [type(error) for error in errors] == [NotFoundError]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (faults.ERROR_TRUE, NotFoundError),
        (Answer.json({"error": {"code": "not_valid"}}, 400), NotFoundError),
        (Answer.json({"error": "Not found"}, 404), NotFoundError),
        (Answer(404, b"Not found", "text/plain"), NotFoundError),
        (Answer.json({"error": "Log In"}, 401), ForbiddenError),
        (Answer.json({"error": {"code": "denied"}}, 403), ForbiddenError),
        (Answer(403), ForbiddenError),
    ],
)
async def test_refusal(
    client: PanelClient, panel: SimulatedPanel, answer: Answer, kind: type[PanelError]
) -> None:
    panel.fail(answer, path=FIRST)
    with pytest.raises(PanelError) as caught:
        await client.get_object(FIRST_PATH)
    assert caught.type is kind


async def test_largest_answer(client: PanelClient, panel: SimulatedPanel) -> None:
    body = b'{"realm":"pbx.example.net"}'
    size = 64 * 1024
    panel.fail(Answer(200, body.ljust(size)), path=FIRST, times=1)
    assert await client.get_object(FIRST_PATH) == {"realm": "pbx.example.net"}
    panel.fail(Answer(200, body.ljust(size + 1)), path=FIRST, times=1)
    with pytest.raises(ResponseError, match="larger than 64 KiB"):
        await client.get_object(FIRST_PATH)


@pytest.mark.parametrize("status", [200, 201, 203, 299])
@pytest.mark.parametrize(
    ("body", "realm"),
    [
        (b'{"realm":"a","error":null}', "a"),
        (b'{"realm":"a","error":false}', "a"),
        (b'{"realm":"a","error":0}', "a"),
        (b'{"realm":"a","error":""}', "a"),
        (b'{"realm":"a","error":{}}', "a"),
        (b' \r\n{"realm":"a"}\n', "a"),
        (b'{"realm":"a"}\x00', "a"),
        (b'{"realm":"a"}\n\x00\x00rest of a buffer', "a"),
        (b'{"realm":"a\tb\nc"}', "a\tb\nc"),
        (b'{"realm":"a\x00b\x1b"}', "a\x00b\x1b"),
        (b'{"realm":"a\\ud800"}', "a\ud800"),
        (b'{"realm":"a","realm":"b","interval":NaN}', "b"),
    ],
)
async def test_answer_that_is_read_all_the_same(
    client: PanelClient, panel: SimulatedPanel, body: bytes, realm: str, status: int
) -> None:
    panel.fail(Answer(status, body), path=FIRST)
    assert (await client.get_object(FIRST_PATH))["realm"] == realm


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=x-none",
        "text/html",
        "text/plain; charset=cp1251",
        "text/plain; charset=punycode",
        "text/plain; charset=hex",
        "text/plain; charset=utf-16",
        "text/plain; charset=undefined",
        'text/plain; charset=""',
        "nonsense",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
async def test_any_charset(
    client: PanelClient, panel: SimulatedPanel, content_type: str, encoding: str
) -> None:
    """A body is UTF-8, or else latin-1, in which no two texts are the same."""
    for realm in ("Tür.example", "Tör.example"):
        body = f'{{"realm":"{realm}"}}'.encode(encoding)
        panel.fail(Answer(200, body, content_type), path=FIRST)
        assert await client.get_object(FIRST_PATH) == {"realm": realm}


async def test_charset_that_would_take_long(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """Decoding half a megabyte of punycode as such would take seconds."""
    body = b"a" * 500_000 + b"-" + b"b9a" * 1000
    panel.fail(Answer(200, body, "text/html; charset=punycode"), path="/")
    assert (await client.web_file("/", 600_000))[1] == body.decode()


async def test_charset_that_is_no_text(make_client: MakeClient) -> None:
    answer = raw_answer(
        headers="Content-Type: text/plain; charset=\udcff\r\n",
        body=b'{"firmware_version":"1"}',
    )
    async with raw_server(answer) as server:
        info = await make_client(server.url).info()
    assert info.firmware_version == "1"


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
        with pytest.raises(ConnectionFailedError):
            await make_client(server.url).info()


async def test_certificate_that_is_not_trusted(
    make_client: MakeClient, sockets: None
) -> None:
    async with SimulatedPanel(https=True) as panel, ClientSession() as session:
        client = PanelClient(session, URL(panel.url), "admin", "123456", "salt")
        with pytest.raises(CertificateError):
            await read(client)
        assert panel.requests == []
        await read(make_client(panel.url))
    assert len(panel.logins) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [(faults.HTML_PAGE, ResponseError), (Close(), ConnectionFailedError)],
)
async def test_every_request_tells_the_same_errors(
    make_client: MakeClient,
    panel: SimulatedPanel,
    fault: Answer | Close,
    error: type[PanelError],
) -> None:
    panel.fail(fault)
    for ask in (
        PanelClient.info,
        PanelClient.login,
        read,
        lambda client: client.get_object(FIRST_PATH),
    ):
        with pytest.raises(PanelError) as caught:
            await ask(make_client(panel.url))
        assert isinstance(caught.value, (error, NotAPanelError))
