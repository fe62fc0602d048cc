"""A single request to a panel."""

from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import (
    ClientConnectorCertificateError,
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
)
from yarl import URL

from .errors import CertificateError, ConnectionFailedError, ResponseError


class Answer(NamedTuple):
    """An answer of a panel."""

    status: int
    text: str
    headers: Mapping[str, str]


async def get(
    session: ClientSession,
    url: URL,
    query: Mapping[str, str] | None,
    *,
    token: str,
    max_body: int,
    timeout: float,
) -> Answer:
    """Send one request and return the answer.

    One with a query, which is a login, never goes out twice. Raises
    ConnectionFailedError if there is no answer after this number of seconds.
    """
    try:
        async with session.get(
            url,
            params=query,
            headers={"Authorization": f"Bearer {token}"} if token else None,
            allow_redirects=False,
            timeout=ClientTimeout(total=timeout),
            middlewares=(_once,) if query else None,
        ) as response:
            text = await _read_text(response, max_body)
            return Answer(response.status, text, response.headers)
    except TimeoutError:
        failure = ConnectionFailedError(f"No answer within {timeout} seconds")
    except ClientError as err:
        failure = _failure(err)
    # Raised outside of the except block: the error of aiohttp may contain the URL of
    # the login, and must not become the context.
    raise failure


async def _once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from repeating a request whose connection was closed."""
    try:
        return await handler(request)
    except ClientError as err:
        failure = _failure(err)
    raise failure


def _failure(err: ClientError) -> ConnectionFailedError:
    if isinstance(err, ClientConnectorCertificateError):
        return CertificateError("The panel's certificate is not trusted")
    return ConnectionFailedError(f"Connection failed ({type(err).__name__})")


async def _read_text(response: ClientResponse, max_size: int) -> str:
    """Return the body of an answer as text, whatever charset it names.

    Raises ResponseError if it is larger than this number of bytes.
    """
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
        if len(body) > max_size:
            raise ResponseError(f"The answer is larger than {max_size // 1024} KiB")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")
