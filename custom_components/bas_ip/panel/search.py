"""What set-up reads from a panel, and the search for its second account.

The path of the second account is in no public source. It is searched in the panel's own
web page, then in a list of guesses, unless a person gives it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
import re
from typing import Any, Final, final

from .client import FIRST_ACCOUNT_PATH, MAC_PATH, PanelClient
from .errors import (
    ConnectionFailedError,
    FirstAccountError,
    ForbiddenError,
    NotAnAccountError,
    NotFoundError,
    PanelError,
    ResponseError,
    SecondAccountNotFoundError,
)
from .models import (
    Account,
    JsonObject,
    PanelInfo,
    SipAccount,
    SipRegistration,
    text_field,
)
from .paths import UNKNOWN, is_about_second, is_allowed, is_harmless
from .web_page import read_web_page

# Modelled on the known paths, the likeliest first.
GUESSES: Final = (
    "device/sip/second/settings",
    "device/sip2/settings",
    "device/second/sip/settings",
    "device/sip/settings/second",
    "device/sip/settings/2",
    "device/sip/2/settings",
)
MAX_ASKED: Final = 8
# In seconds: paths that do not answer may cost the whole timeout of a request each.
DEADLINE: Final = 20
REPORT_FORMAT: Final = 3
MAX_TEXT: Final = 40
_SETTINGS: Final = re.compile("setting|config|account")


_WORDS: Final = {
    FirstAccountError: "first_account",
    ForbiddenError: "forbidden",
    NotAnAccountError: "other",
    NotFoundError: "not_found",
}

type Take = Callable[[JsonObject], str]
"""Keeps an answer and returns what it is; raises PanelError if it is something else."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """What set-up has read from a panel."""

    info: PanelInfo
    mac_address: str | None
    """As the panel writes it."""

    accounts: Mapping[Account, SipAccount]
    second_account_path: str | None
    second_status_path: str | None
    """Where the panel tells of a registration of the second account's own."""

    offered_paths: tuple[str, ...]
    """Paths of the web page that are asked only if a person chooses one."""

    page_paths: tuple[str, ...]
    """All paths about SIP that the web page names."""

    answers: Mapping[str, str]
    """What came of each path that was asked, in one word."""

    def report(self, version: str) -> dict[str, Any]:
        """Return what may be in a public issue: no secret, no name and no address.

        docs/panel.md describes the format.
        """
        texts = {
            "model": self.info.model,
            "firmware": self.info.firmware_version,
            "api_version": self.info.api_version,
        }
        return {
            "report": REPORT_FORMAT,
            "integration": version,
            **{key: text and text[:MAX_TEXT] for key, text in texts.items()},
            "second_account_path": self.second_account_path,
            "second_status_path": self.second_status_path,
            "page_paths": list(self.page_paths),
            "asked": dict(self.answers),
        }


async def discover(client: PanelClient, given_path: str | None = None) -> Discovery:
    """Read a panel, with a login if there is no token.

    A path that a person gives wins over what the search would find. Raises
    SecondAccountNotFoundError or the errors of the client.
    """
    info = await client.info()
    await client.login()
    search = _Search(client)
    await search.ask(FIRST_ACCOUNT_PATH, search.take_first)
    if given_path is not None:
        await search.ask_given(given_path)
    page_paths = await read_web_page(client)
    named = _account_paths(page_paths)
    account_path = given_path or await search.find_account(named)
    status_path = account_path and await search.find(
        _status_paths(page_paths), _take_status
    )
    await search.check_session()
    mac_address = await search.mac_address()
    if not search.accounts:
        raise search.errors[FIRST_ACCOUNT_PATH]
    allowed = filter(is_allowed, named)
    return Discovery(
        info=info,
        mac_address=mac_address,
        accounts=search.accounts,
        second_account_path=account_path,
        second_status_path=status_path,
        offered_paths=tuple(path for path in allowed if path not in search.answers),
        page_paths=page_paths,
        answers=search.answers,
    )


@final
class _Search:
    """What was asked so far, and what came of it."""

    def __init__(self, client: PanelClient) -> None:
        """Start with nothing."""
        self.accounts: dict[Account, SipAccount] = {}
        self.answers: dict[str, str] = {}
        self.errors: dict[str, PanelError] = {}
        self._client = client
        self._first: JsonObject = {}

    async def ask(self, path: str, take: Take) -> bool:
        """Ask a path, and return whether it gives what is searched for."""
        try:
            self.answers[path] = take(await self._read(path))
        except (ForbiddenError, ResponseError) as err:
            self.errors[path] = err
            self.answers[path] = _WORDS.get(type(err), "error")
            return False
        return True

    async def ask_given(self, path: str) -> None:
        """Ask a path that a person has given; raises if it is no second account."""
        if not await self.ask(path, self.take_second):
            error = self.errors[path]
            if isinstance(error, ForbiddenError):
                raise error
            raise SecondAccountNotFoundError(f"No second account: {error}")

    async def find_account(self, named: Iterable[str]) -> str | None:
        """Return where the second account is: what the web page names comes first."""
        harmless = islice(filter(is_harmless, named), MAX_ASKED)
        return await self.find(dict.fromkeys([*harmless, *GUESSES]), self.take_second)

    async def check_session(self) -> None:
        """Raise ForbiddenError if paths were forbidden as the session has ended."""
        if Account.FIRST in self.accounts and "forbidden" in self.answers.values():
            await self._client.get_object(FIRST_ACCOUNT_PATH)

    async def find(self, paths: Iterable[str], take: Take) -> str | None:
        """Return the first of these paths that gives what is searched for."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + DEADLINE
        for path in paths:
            if clock() >= deadline:
                break
            if await self.ask(path, take):
                return path
        return None

    async def mac_address(self) -> str | None:
        """Return the panel's MAC address, None if it does not give any."""
        with suppress(ForbiddenError, ResponseError):
            return text_field(await self._read(MAC_PATH), "mac_address") or None
        return None

    async def _read(self, path: str) -> JsonObject:
        """Return what a path answers.

        Raises ResponseError if the panel gives no answer to this path only.
        """
        try:
            return await self._client.get_object(path)
        except ConnectionFailedError as err:
            await self._client.info()
            raise ResponseError(str(err)) from err

    def take_first(self, data: JsonObject) -> str:
        """Keep the first account, from which the second one has to differ."""
        self._first = data
        self._keep(Account.FIRST, data)
        return "first_account"

    def take_second(self, data: JsonObject) -> str:
        """Keep the second account.

        It may have proxy, realm and user of the first one, as a failover account does.
        """
        if not {"proxy", "realm", "user"} <= data.keys():
            raise NotAnAccountError("The answer is not a SIP account")
        if data == self._first:
            raise FirstAccountError("The answer is the first SIP account")
        self._keep(Account.SECOND, data)
        return "account"

    def _keep(self, account: Account, data: JsonObject) -> None:
        self.accounts[account] = SipAccount.from_json(account, data, self._client.salt)


def _take_status(data: JsonObject) -> str:
    if SipRegistration.from_json(data).status is None:
        raise NotAnAccountError("The answer is not a registration")
    return "status"


def _account_paths(page_paths: Iterable[str]) -> list[str]:
    """Return the paths that may be those of an account, the promising ones first."""
    return sorted(
        _numbered(path for path in page_paths if "status" not in path)
        - {FIRST_ACCOUNT_PATH},
        key=lambda path: (not is_about_second(path), not _SETTINGS.search(path), path),
    )


def _status_paths(page_paths: Iterable[str]) -> list[str]:
    """Return the harmless paths that may be those of the second account's status."""
    named = _numbered(path for path in page_paths if "status" in path)
    return sorted(filter(is_about_second, filter(is_harmless, named)))[:MAX_ASKED]


def _numbered(paths: Iterable[str]) -> set[str]:
    """Return the paths with the second account's number for what is not known."""
    return {path.replace(UNKNOWN, "2") for path in paths}
