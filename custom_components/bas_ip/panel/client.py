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

TIMEOUT: Final = 10
LOGOUT_TIMEOUT: Final = 2
MAX_BODY: Final = 64 * 1024

FIRST_ACCOUNT_PATH: Final = "device/sip/settings"
# The path of the second account is in no public source. These are formed after the
# paths around it; the first one that answers as an account is taken.
SECOND_ACCOUNT_PATHS: Final = (
    "device/sip/settings/second",
    "device/sip/second/settings",
    "device/sip/settings/2",
    "device/sip/2/settings",
)
# Some panels open doors and reboot on GET requests elsewhere.
_SECOND_ACCOUNT_PATH: Final = re.compile(r"device/sip/[\w/-]+(\?[\w&=-]+)?", re.ASCII)
_TOKEN: Final = re.compile(r"[!-~]{1,512}")


def second_account_path(text: str) -> str:
    """Return a path that a person typed in the form that the client uses.

    Raises ValueError if it does not lie below /api/v1/device/sip/.
    """
    path = text.strip().removeprefix("/").removeprefix("api/v1/")
    if not _SECOND_ACCOUNT_PATH.fullmatch(path) or "//" in path:
        raise ValueError("The path does not lie below /api/v1/device/sip/")
    return path


class PanelClient:
    """One panel; its requests go out strictly one after the other.

    Every method that reads raises PanelError: PanelConnectionError if the panel cannot
    be reached, PanelAuthenticationError if it refuses the login, PanelPermissionError
    if it wants an administrator, PanelResponseError if its answer is not usable.
    """

    def __init__(
        self, session: ClientSession, url: URL, username: str, password: str
    ) -> None:
        """Initialize the client; the session decides which certificates are good."""
        self._url = url.origin()
        self._current_url = self._url
        self._session = session
        self._username = username
        # As the documentation says, in upper case; it works as a password.
        self._password_hash = (
            md5(password.encode(), usedforsecurity=False).hexdigest().upper()
        )
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._login_refused = False
        self._closed = False

    async def info(self) -> PanelInfo:
        """Read what the panel is; needs no login."""
        async with self._lock:
            return PanelInfo.from_json(_json_object(*await self._get("api/info")))

    async def login(self) -> None:
        """Log in, which a client does by itself when it has to."""
        async with self._lock:
            self._token = await self._new_token()

    async def first_account(self) -> SipAccount:
        """Read the settings of the first SIP account."""
        return SipAccount.from_json(await self._read(FIRST_ACCOUNT_PATH))

    async def second_account(self, path: str, *, complete: bool = False) -> SipAccount:
        """Read the settings of the second SIP account from one of its possible paths.

        Raises PanelResponseError if the answer is not a second account: the first
        one is told by its STUN server, which the second does not have. A path that
        is new has to give a complete account; later, a setting may be missing.
        """
        data = await self._read(second_account_path(path))
        found = {"proxy", "realm", "user"} & data.keys()
        if not found or (complete and len(found) < 3):
            raise PanelResponseError("The answer is not a SIP account")
        if "stun" in data:
            raise PanelResponseError("The answer is the first SIP account")
        return SipAccount.from_json(data)

    async def find_second_account_path(self) -> str | None:
        """Return the first path that answers as the second account, or None."""
        for path in SECOND_ACCOUNT_PATHS:
            try:
                await self.second_account(path, complete=True)
            except PanelPermissionError, PanelResponseError:
                continue
            return path
        return None

    async def registration(self) -> SipRegistration:
        """Read whether the panel is registered with its SIP server."""
        return SipRegistration.from_json(await self._read("sip/status"))

    async def sip_enabled(self) -> bool | None:
        """Read whether SIP is switched on, None if the answer does not say."""
        enabled = (await self._read("device/sip/enable")).get("sip_enable")
        return enabled if isinstance(enabled, bool) else None

    async def mac_address(self) -> str | None:
        """Read the panel's MAC address as the panel writes it."""
        return text_field(await self._read("network/mac"), "mac_address") or None

    async def logout(self) -> None:
        """End the session on the panel, as far as it can be reached, and start none.

        A request that is waiting for its turn would leave a session behind.
        """
        async with self._lock:
            self._closed = True
            if self._token is None:
                return
            with suppress(PanelError):
                await self._get("api/v1/logout", timeout=LOGOUT_TIMEOUT)
            self._token = None

    async def _read(self, path: str) -> JsonObject:
        """Read one object of the API, with one new login if the token has expired."""
        path = f"api/v1/{path}"
        async with self._lock:
            if self._token is not None:
                status, body = await self._get(path)
                if status != HTTPStatus.UNAUTHORIZED:
                    return _json_object(status, body)
            self._token = await self._new_token()
            status, body = await self._get(path)
            if status == HTTPStatus.UNAUTHORIZED:
                self._refuse("The panel refuses a request right after the login")
            return _json_object(status, body)

    async def _new_token(self) -> str:
        """Log in; once the panel has refused a login, none is sent any more."""
        self._token = None
        if self._closed:
            raise PanelConnectionError("The client has logged out")
        if self._login_refused:
            self._refuse("The panel has refused the login")
        status, body = await self._get(
            "api/v1/login",
            {"username": self._username, "password": self._password_hash},
        )
        if status in (
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
        ):
            self._refuse("The panel refuses the user name or the password")
        if status == HTTPStatus.NOT_FOUND:
            raise PanelUnsupportedError("The panel has no API of version 1")
        token = _json_object(status, body).get("token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise PanelResponseError("The answer to the login holds no token")
        return token

    def _refuse(self, message: str) -> NoReturn:
        """Raise the authentication error, now and instead of any further login."""
        self._token = None
        self._login_refused = True
        raise PanelAuthenticationError(message)

    async def _get(
        self, path: str, query: dict[str, str] | None = None, timeout: float = TIMEOUT
    ) -> tuple[int, str]:
        """Return status and body, and follow the panel from http to https once."""
        status, body, location = await self._send(path, query, timeout)
        if 300 <= status < 400 and location and self._moved_to_https(location):
            status, body, _ = await self._send(path, query, timeout)
        return status, body

    async def _send(
        self, path: str, query: dict[str, str] | None, timeout: float
    ) -> tuple[int, str, str | None]:
        """Send one request and return status, body and Location header."""
        url = self._current_url.join(URL(path))
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        failure: PanelError
        try:
            async with self._session.get(
                url,
                params=query,
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=timeout),
            ) as response:
                return (
                    response.status,
                    await _text(response),
                    response.headers.get("Location"),
                )
        except TimeoutError:
            failure = PanelConnectionError(f"No answer within {timeout} seconds")
        except ClientConnectorCertificateError:
            failure = PanelCertificateError("The panel's certificate is not trusted")
        except ClientError as err:
            failure = PanelConnectionError(f"Connection failed ({type(err).__name__})")
        # Raised out here, where the error of aiohttp, which may hold the address of the
        # login, is not its context.
        self._current_url = self._url
        raise failure

    def _moved_to_https(self, location: str) -> bool:
        """Return whether a redirect leads from http to https on the same host."""
        try:
            target = URL(location)
        except ValueError:
            return False
        if (self._current_url.scheme, target.scheme, target.raw_host) != (
            "http",
            "https",
            self._current_url.raw_host,
        ):
            return False
        self._current_url = target.origin()
        return True


async def _text(response: ClientResponse) -> str:
    """Return the body of an answer, which a wrong charset does not make unreadable."""
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
        if len(body) > MAX_BODY:
            raise PanelResponseError("The answer is larger than 64 KiB")
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
