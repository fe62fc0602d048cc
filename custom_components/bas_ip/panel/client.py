"""A client that reads a BAS-IP panel and never writes to it."""

import asyncio
from contextlib import suppress
from hashlib import md5
from http import HTTPStatus
import json
import re
from typing import Final, NoReturn

from aiohttp import (
    ClientConnectorCertificateError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
)
from yarl import URL

from .errors import (
    FirstAccountError,
    NotAnAccountError,
    PanelAuthenticationError,
    PanelCertificateError,
    PanelConnectionError,
    PanelError,
    PanelNotFoundError,
    PanelPermissionError,
    PanelResponseError,
    PanelUnsupportedError,
)
from .models import JsonObject, PanelInfo, SipAccount, SipRegistration, text_field
from .second_account import second_account_path

TIMEOUT: Final = 10
LOGOUT_TIMEOUT: Final = 2
MAX_BODY: Final = 64 * 1024

FIRST_ACCOUNT_PATH: Final = "device/sip/settings"
STATUS_PATH: Final = "sip/status"
ENABLE_PATH: Final = "device/sip/enable"
_TOKEN: Final = re.compile(r"[!-~]{1,512}")


class PanelClient:
    """One panel; its requests go out strictly one after the other.

    Every method that reads raises PanelError: PanelConnectionError if the panel cannot
    be reached or the client is closed, PanelAuthenticationError if the login is
    refused, PanelPermissionError if anything else is refused, PanelResponseError if an
    answer is not usable.
    """

    def __init__(
        self, session: ClientSession, url: URL, username: str, password: str
    ) -> None:
        """Initialize the client; the session decides which certificates are good."""
        self._url = url.origin()
        # Where the requests go: https, once the panel has sent us there.
        self._origin = self._url
        self._failed_at: URL | None = None
        self._session = session
        self._username = username
        # In upper case, as the documentation says. It is as secret as the password.
        self._password_hash = (
            md5(password.encode(), usedforsecurity=False).hexdigest().upper()
        )
        self._lock = asyncio.Lock()
        self._under_way: asyncio.Timeout | None = None
        self._token: str | None = None
        self._token_origin: URL | None = None
        # What the panel has refused although the token is good.
        self._refused: set[str] = set()
        self._has_first_account = False
        self._login_refused = False
        self._closed = False

    async def info(self) -> PanelInfo:
        """Read what the panel is; needs no login.

        After https has failed, this tries the configured address again, without a
        token: the panel may have gone back to http.
        """
        async with self._lock:
            origin = self._origin
            is_panel = False
            if self._failed_at == origin:
                self._origin = self._url
            try:
                info = PanelInfo.from_json(_json_object(*await self._get("api/info")))
                is_panel = info.is_panel
                return info
            finally:
                if self._origin == self._url and not is_panel:
                    self._origin = origin

    async def login(self) -> None:
        """Log in, which a client does by itself when it has to."""
        async with self._lock:
            await self._log_in()

    async def end_session(self) -> None:
        """Log out, if the panel answers; the next request needs a new login."""
        async with self._lock:
            if not self.has_token or self._session.closed:
                return
            with suppress(PanelError):
                await self._send("api/v1/logout", timeout=LOGOUT_TIMEOUT)
            self._token = None

    async def first_account(self) -> SipAccount:
        """Read the settings of the first SIP account."""
        data = await self._read(FIRST_ACCOUNT_PATH)
        self._has_first_account = True
        return SipAccount.from_json(data)

    async def second_account(self, path: str, *, complete: bool = False) -> SipAccount:
        """Read the settings of the second SIP account.

        Raises PanelResponseError if the answer is not a second account. A STUN server
        marks the first account. With `complete`, proxy, realm and user have to be
        there.
        """
        data = await self._read(second_account_path(path))
        found = {"proxy", "realm", "user"} & data.keys()
        if not found or (complete and len(found) < 3):
            raise NotAnAccountError("The answer is not a SIP account")
        if "stun" in data:
            raise FirstAccountError("The answer is the first SIP account")
        return SipAccount.from_json(data)

    async def registration(self, path: str = STATUS_PATH) -> SipRegistration:
        """Read whether the panel, or its second account, is registered."""
        return SipRegistration.from_json(await self._read(second_account_path(path)))

    async def sip_enabled(self, path: str = ENABLE_PATH) -> bool | None:
        """Read whether SIP is switched on, None if the answer does not say."""
        enabled = (await self._read(second_account_path(path))).get("sip_enable")
        return enabled if isinstance(enabled, bool) else None

    async def mac_address(self) -> str | None:
        """Read the panel's MAC address as the panel writes it."""
        return text_field(await self._read("network/mac"), "mac_address") or None

    async def web_file(self, path: str, max_size: int) -> tuple[int, str, str | None]:
        """Read a file of the panel's web page: status, content and Location header.

        No token goes with it, and the path has to begin with one slash.
        """
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError("The path is not one of the panel's own")
        async with self._lock:
            return await self._follow(path, max_body=max_size)

    async def logout(self) -> None:
        """Cancel the request under way, and log out if the panel answers.

        Nothing is sent afterwards: a waiting request would open a new session.
        """
        # A second logout leaves the request of the first one alone.
        if not self._closed and self._under_way:
            self._under_way.reschedule(asyncio.get_running_loop().time())
        self._closed = True
        await self.end_session()

    @property
    def has_token(self) -> bool:
        """Return whether there is a token for the current origin; no other gets it."""
        return self._token is not None and self._token_origin == self._origin

    async def _read(self, path: str) -> JsonObject:
        """Read one object of the API, with one new login if the token has expired.

        A path that is refused right after a login counts as refused until it is given,
        or until the next login.
        """
        path = f"api/v1/{path}"
        async with self._lock:
            if self.has_token:
                status, body = await self._get(path)
                if status != HTTPStatus.UNAUTHORIZED:
                    self._refused.discard(path)
                    return _json_object(status, body)
                if await self._is_refused(path):
                    return _json_object(status, body)
            await self._log_in()
            status, body = await self._get(path)
            if status == HTTPStatus.UNAUTHORIZED:
                self._refused.add(path)
            return _json_object(status, body)

    async def _is_refused(self, path: str) -> bool:
        """Return whether a 401 is about this path rather than about the token.

        A panel that refuses one path may refuse others. The first account shows whether
        the token is still valid, which saves a login for each of them.
        """
        if path in self._refused:
            return True
        first = f"api/v1/{FIRST_ACCOUNT_PATH}"
        if not self._refused or not self._has_first_account or path == first:
            return False
        status, _ = await self._get(first)
        if status != HTTPStatus.OK:
            return False
        self._refused.add(path)
        return True

    async def _log_in(self) -> None:
        """Get a new token; after a refused login, no other login is sent."""
        self._token = None
        self._refused.clear()
        if self._login_refused:
            self._raise_login_refused()
        status, body = await self._get(
            "api/v1/login",
            {"username": self._username, "password": self._password_hash},
        )
        if status in (
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
        ):
            self._raise_login_refused()
        if status == HTTPStatus.NOT_FOUND:
            raise PanelUnsupportedError("The panel has no API of version 1")
        token = _json_object(status, body).get("token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise PanelResponseError("The answer to the login holds no token")
        self._token = token
        self._token_origin = self._origin

    def _raise_login_refused(self) -> NoReturn:
        """Raise PanelAuthenticationError.

        From now on `_log_in` does so without a request.
        """
        self._login_refused = True
        raise PanelAuthenticationError(
            "The panel refuses the user name or the password"
        )

    async def _get(
        self, path: str, query: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Return status and body."""
        status, body, _ = await self._follow(path, query)
        return status, body

    async def _follow(
        self, path: str, query: dict[str, str] | None = None, max_body: int = MAX_BODY
    ) -> tuple[int, str, str | None]:
        """Send one request, and follow the panel from http to https once."""
        self._check_open()
        answer = await self._send(path, query, max_body=max_body)
        status, _, location = answer
        if 300 <= status < 400 and location and self._moved_to_https(location):
            self._check_open()
            answer = await self._send(path, query, max_body=max_body)
        return answer

    def _check_open(self) -> None:
        """Raise PanelConnectionError after the logout, or if the session is closed."""
        if self._closed or self._session.closed:
            raise PanelConnectionError("The client is closed")

    async def _send(
        self,
        path: str,
        query: dict[str, str] | None = None,
        *,
        timeout: float = TIMEOUT,
        max_body: int = MAX_BODY,
    ) -> tuple[int, str, str | None]:
        """Send one request and return status, body and Location header."""
        url = self._origin.join(URL(path))
        headers = {}
        if self.has_token and path.startswith("api/v1/"):
            headers["Authorization"] = f"Bearer {self._token}"
        failure: PanelError
        try:
            async with (
                # It has no deadline until logout() sets one to cancel the request.
                asyncio.timeout(None) as self._under_way,
                self._session.get(
                    url,
                    params=query,
                    headers=headers,
                    allow_redirects=False,
                    timeout=ClientTimeout(total=timeout),
                ) as response,
            ):
                answer = (
                    response.status,
                    await _text(response, max_body),
                    response.headers.get("Location"),
                )
                self._failed_at = None
                return answer
        except TimeoutError:
            failure = PanelConnectionError(f"No answer within {timeout} seconds")
        except ClientConnectorCertificateError:
            failure = PanelCertificateError("The panel's certificate is not trusted")
        except ClientError as err:
            failure = PanelConnectionError(f"Connection failed ({type(err).__name__})")
        finally:
            self._under_way = None
        # Raised outside of the except block: the error of aiohttp may contain the URL
        # of the login, and must not become the context.
        self._check_open()
        self._failed_at = self._origin
        raise failure

    def _moved_to_https(self, location: str) -> bool:
        """Return whether a redirect leads from http to https on the same host."""
        try:
            target = URL(location)
        except ValueError:
            return False
        if (self._origin.scheme, target.scheme, target.raw_host) != (
            "http",
            "https",
            self._origin.raw_host,
        ):
            return False
        self._origin = target.origin()
        self._refused.clear()
        return True


async def _text(response: ClientResponse, max_body: int) -> str:
    """Return the body of an answer as text, even if its charset is wrong."""
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
        if len(body) > max_body:
            raise PanelResponseError(
                f"The answer is larger than {max_body // 1024} KiB"
            )
    try:
        text = body.decode(response.charset or "utf-8")
    except LookupError, ValueError:
        text = body.decode(errors="replace")
    return text.removeprefix("\ufeff")


def _json_object(status: int, body: str) -> JsonObject:
    """Return the object in the body of an answer."""
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise PanelPermissionError("The panel does not allow this")
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        raise PanelNotFoundError(f"The panel does not have this (HTTP {status})")
    if status != HTTPStatus.OK:
        raise PanelResponseError(f"The panel answers with HTTP {status}")
    try:
        data = json.loads(body)
    except ValueError, RecursionError:
        data = None
    if not isinstance(data, dict):
        raise PanelResponseError("The answer is not a JSON object")
    if "error" in data:
        raise PanelResponseError("The answer is an error")
    return data
