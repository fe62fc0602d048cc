"""A client that reads a BAS-IP panel and never writes to it."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from hashlib import md5
from typing import Final

from aiohttp import ClientSession
from yarl import URL

from .answers import (
    LOGIN_REJECTED,
    ParsedAnswers,
    https_redirect,
    json_object,
    login_token,
)
from .errors import (
    AnotherDeviceError,
    BlockedError,
    ConnectionFailedError,
    ForbiddenError,
    LoginRejectedError,
    NotAPanelError,
    PanelError,
    ResponseError,
)
from .models import (
    Account,
    Holder,
    JsonObject,
    PanelInfo,
    Reading,
    SipAccount,
    SipRegistration,
    mac_key,
    serial_key,
    text_field,
)
from .request import Answer, get

TIMEOUT: Final = 10
LOGOUT_TIMEOUT: Final = 2
MAX_BODY: Final = 64 * 1024

# So many logins in a row may be in vain; after them, one in so many seconds.
FREE_LOGINS: Final = 2
LOGIN_INTERVAL: Final = 15 * 60

FIRST_ACCOUNT_PATH: Final = "device/sip/settings"
STATUS_PATH: Final = "sip/status"
MAC_PATH: Final = "network/mac"
LOGOUT_PATH: Final = "api/v1/logout"


class PanelClient:
    """One panel; its requests go out one after the other, but for the logout."""

    def __init__(
        self,
        session: ClientSession,
        url: URL,
        username: str,
        password: str,
        salt: str,
        *,
        serial_number: str | None = None,
        mac_address: str | None = None,
    ) -> None:
        """Initialize the client; the session decides which certificates are good.

        The salt is the key for the digests of user IDs. Only a panel with this serial
        number, or else with this MAC address, is read; without both, any panel is.
        """
        self.salt = salt
        self._url = url.origin()
        # Where the requests of a poll go: to https, if the panel has sent us there.
        self._origin = self._url
        self._session = session
        self._username = username
        # In upper case, as the documentation says. It is as secret as the password.
        self._password_hash = (
            md5(password.encode(), usedforsecurity=False).hexdigest().upper()
        )
        self._serial_key = serial_key(serial_number)
        self._mac_key = "" if self._serial_key else mac_key(mac_address)
        self._lock = asyncio.Lock()
        self._token = ""
        self._token_origin = self._url
        self._not_given: Collection[Account] = ()
        self._answers = ParsedAnswers()
        self._has_failed = False
        self._logins_in_vain = 0
        self._next_login = 0.0
        self._last_failure = PanelError("The last logins were in vain")
        self._is_login_rejected = False
        # Why it may not be the right panel; nothing secret goes out then.
        self.doubt: PanelError | None = None
        self._is_closed = False

    async def info(self) -> PanelInfo:
        """Read what answers at the configured address; nothing secret is sent.

        Raises BlockedError if it turns us away, NotAPanelError if it is no door panel,
        AnotherDeviceError if it is not the panel that the client is for.
        """
        async with self._lock:
            return await self._read_info()

    async def login(self) -> None:
        """Log in, unless there is a token."""
        async with self._lock:
            if not self._has_token:
                await self._log_in()

    async def get_object(self, path: str) -> JsonObject:
        """Read one object of the API, with a login if there is no token."""
        async with self._lock:
            if not self._has_token:
                await self._log_in()
            return await self._read_object(path)

    async def read(
        self, accounts: Mapping[Account, str], registrations: Mapping[Holder, str]
    ) -> Reading:
        """Poll the panel for accounts and registrations, given by their paths.

        Raises ForbiddenError if all accounts are forbidden, and another PanelError if
        none is given for other reasons.
        """
        async with self._lock:
            info = await self._read_info()
            try:
                found, errors = await self._read_accounts(accounts)
            except PanelError as err:
                self._last_failure, self._has_failed = err, True
                raise
            self._has_failed = False
            statuses = await self._read_registrations(registrations)
            return Reading(
                info=info, accounts=found, errors=errors, registrations=statuses
            )

    async def web_file(self, path: str, max_size: int) -> tuple[int, str, str]:
        """Read a file of the web page without a token: status, content, Location."""
        async with self._lock:
            answer = await self._send(path, max_body=max_size)
        location = answer.headers.get("Location", "")
        return answer.status, answer.text, location.removeprefix(str(self._origin))

    async def logout(self) -> None:
        """Log out; nothing is sent afterwards.

        It does not wait for a request under way, which may hang, and only for some
        seconds for a login.
        """
        self._is_closed = True
        if not self._token:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOGOUT_TIMEOUT), self._lock:
                    pass
        await self._end_session()

    async def _end_session(self) -> None:
        """Log out, if there is a session and the panel answers."""
        token, self._token = self._token, ""
        if not token:
            return
        with suppress(PanelError):
            if self.doubt:
                await self._ask_info(is_logout=True)
            self._origin = self._token_origin
            await self._send(LOGOUT_PATH, token=token, is_logout=True)

    async def _read_info(self) -> PanelInfo:
        """Ask what answers, and keep the doubt if it is not the right panel."""
        try:
            info = await self._ask_info()
        except PanelError as err:
            self.doubt = err
            raise
        self.doubt = None
        return info

    async def _ask_info(self, *, is_logout: bool = False) -> PanelInfo:
        """Ask what answers; raises PanelError if it is not the right panel."""
        self._origin = self._url
        answer = await self._send("api/info", is_logout=is_logout)
        if target := https_redirect(answer, self._url):
            self._origin = target
            answer = await self._send("api/info", is_logout=is_logout)
        try:
            info = self._answers.parse("info", answer, PanelInfo.from_json)
        except ForbiddenError:
            # This needs no login, so it is the client that is not wanted.
            raise BlockedError("The panel turns this client away") from None
        except ResponseError as err:
            raise NotAPanelError(f"This is not a BAS-IP panel: {err}") from None
        if self._serial_key:
            self._check_serial_number(info)
        if not info.is_panel:
            raise NotAPanelError("This is not a BAS-IP door panel")
        return info

    def _check_serial_number(self, info: PanelInfo) -> None:
        """Raise PanelError if the panel does not give the known serial number."""
        found = serial_key(info.serial_number)
        if not found:
            raise ConnectionFailedError("The panel does not give its serial number yet")
        if found != self._serial_key:
            raise AnotherDeviceError(serial_number=info.serial_number)

    async def _read_accounts(
        self, paths: Mapping[Account, str]
    ) -> tuple[dict[Account, SipAccount], dict[Account, PanelError]]:
        """Read the accounts, and why the panel does not give the others.

        Raises PanelError if the panel gives none of them, or if a login fails.
        """
        accounts: dict[Account, SipAccount] = {}
        errors: dict[Account, PanelError] = {}
        # First what was given last time: its failure says most about the token.
        for account in sorted(paths, key=self._not_given.__contains__):
            read = self._read_account if accounts or errors else self._read_first
            try:
                accounts[account] = await read(account, paths[account])
            except PanelError as err:
                if not self._has_token:
                    # It is the login that has failed.
                    raise
                errors[account] = err
        if not accounts:
            # Being forbidden has to be true of all.
            raise min(errors.values(), key=lambda err: isinstance(err, ForbiddenError))
        self._not_given = errors.keys()
        return accounts, errors

    async def _read_first(self, account: Account, path: str) -> SipAccount:
        """Read the account that shows whether the token is good.

        If it is forbidden, one login and one repeat follow, and after any other second
        failure in a row, too: some firmware ends a session without a 401.
        """
        if self._has_token:
            try:
                return await self._read_account(account, path)
            except ForbiddenError:
                # If no login is due, `_log_in` raises the last failure again.
                if not (self._may_log_in or self._has_failed):
                    raise
            except PanelError:
                if not (self._may_log_in and self._has_failed):
                    raise
        await self._log_in()
        found = await self._read_account(account, path)
        self._logins_in_vain = 0
        return found

    async def _read_account(self, account: Account, path: str) -> SipAccount:
        def parse(data: JsonObject) -> SipAccount:
            return SipAccount.from_json(account, data, self.salt)

        answer = await self._send(f"api/v1/{path}", token=self._token)
        return self._answers.parse(account, answer, parse)

    async def _read_registrations(
        self, paths: Mapping[Holder, str]
    ) -> dict[Holder, SipRegistration]:
        registrations: dict[Holder, SipRegistration] = {}
        for holder, path in paths.items():
            with suppress(PanelError):
                data = await self._read_object(path)
                registrations[holder] = SipRegistration.from_json(data)
        return registrations

    @property
    def _has_token(self) -> bool:
        """Return whether there is a token for what answers; nothing else gets it."""
        is_for_origin = self._token_origin == self._origin
        return bool(self._token) and is_for_origin and self.doubt is None

    @property
    def _may_log_in(self) -> bool:
        return self._logins_in_vain < FREE_LOGINS or _clock() >= self._next_login

    async def _log_in(self) -> None:
        """Get a new token; once rejected, a login is not sent again."""
        if self.doubt:
            raise self.doubt.with_traceback(None)
        if self._is_login_rejected:
            raise LoginRejectedError(LOGIN_REJECTED)
        if not self._may_log_in:
            # The panel has been given this time already.
            self._last_failure.retry_after = None
            raise self._last_failure.with_traceback(None)
        self._token = ""
        self._logins_in_vain += 1
        self._next_login = _clock() + LOGIN_INTERVAL
        query = {"username": self._username, "password": self._password_hash}
        answer = await self._send("api/v1/login", query)
        try:
            self._token, self._token_origin = login_token(answer), self._origin
        except LoginRejectedError:
            self._is_login_rejected = True
            raise
        if self._mac_key:
            await self._check_mac_address()

    async def _check_mac_address(self) -> None:
        """Raise AnotherDeviceError if the panel gives another MAC address."""
        try:
            data = await self._read_object(MAC_PATH)
        except PanelError:
            return
        found = text_field(data, "mac_address")
        if mac_key(found) not in ("", self._mac_key):
            await self._end_session()
            self.doubt = AnotherDeviceError(mac_address=found)
            raise self.doubt

    async def _read_object(self, path: str) -> JsonObject:
        return json_object(await self._send(f"api/v1/{path}", token=self._token))

    async def _send(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        token: str = "",
        max_body: int = MAX_BODY,
        is_logout: bool = False,
    ) -> Answer:
        """Send one request and return the answer; the logout is the last one."""
        if self._session.closed or (self._is_closed and not is_logout):
            raise ConnectionFailedError("The client is closed")
        return await get(
            self._session,
            self._origin.join(URL(path)),
            query,
            token=token,
            max_body=max_body,
            timeout=LOGOUT_TIMEOUT if is_logout else TIMEOUT,
        )


def _clock() -> float:
    return asyncio.get_running_loop().time()
