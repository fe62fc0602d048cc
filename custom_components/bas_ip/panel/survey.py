"""What set-up reads from a panel, and the search for its second account."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, final

from .client import ENABLE_PATH, FIRST_ACCOUNT_PATH, STATUS_PATH, PanelClient
from .errors import (
    FirstAccountError,
    NoIdentityError,
    NotAnAccountError,
    NotAPanelError,
    PanelBlockedError,
    PanelError,
    PanelNotFoundError,
    PanelPermissionError,
    PanelResponseError,
    SecondAccountNotFoundError,
)
from .models import Account, PanelInfo, SipAccount
from .second_account import (
    MAX_ASKED,
    SECOND_ACCOUNT_PATHS,
    PathUse,
    is_of_second,
    path_use,
    promising_first,
)
from .web_page import read_web_page

# Asked in any case, and not about the second account.
KNOWN_PATHS: Final = (FIRST_ACCOUNT_PATH, STATUS_PATH, ENABLE_PATH)

# After so many refusals, with no account read, a user with more rights is needed.
MAX_REFUSED: Final = 3
# A path right in one of these may be about any account.
SHARED_FOLDERS: Final = ("sip", "device/sip", "device/sip/settings")
REFUSALS: Final = (PanelPermissionError, PanelResponseError)

type Progress = Callable[[float], None]


def no_progress(_: float) -> None:
    """Ignore the progress, a number from 0 to 1."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SecondAccountResult:
    """What came of the search for a second account."""

    path: str | None = None
    account: SipAccount | None = None
    status_path: str | None = None
    """Where the panel tells of a registration of the second account's own."""

    enable_path: str | None = None
    offered_paths: tuple[str, ...] = ()
    """Paths of the web page that are asked only if a person chooses one."""

    page_paths: tuple[str, ...] = ()
    """All paths about SIP that the web page names."""

    answers: Mapping[str, str] = field(default_factory=dict)
    """By path, what it answered: account, first_account, status, enable, not_found,
    refused, other or error.
    """


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class PanelSurvey:
    """What set-up reads from a panel."""

    info: PanelInfo
    mac_address: str | None
    """As the panel writes it."""

    accounts: Mapping[Account, SipAccount]
    second_account_path: str | None
    second_status_path: str | None
    second_enable_path: str | None
    offered_paths: tuple[str, ...]
    page_paths: tuple[str, ...]
    answers: Mapping[str, str]


async def survey(
    client: PanelClient,
    *,
    second_account_path: str | None = None,
    progress: Progress = no_progress,
) -> PanelSurvey:
    """Read a panel; a path that a person gives wins over what the search would find.

    Logs in once, if at all. Raises NotAPanelError, PanelBlockedError, NoIdentityError
    or SecondAccountNotFoundError besides the errors of the client.
    """
    info = await read_info(client)
    # Here, so that a login that goes wrong is not tried again for each account.
    if not client.has_token:
        await client.login()
    progress(0.1)
    accounts: dict[Account, SipAccount] = {}
    error: PanelError | None = None
    try:
        accounts[Account.FIRST] = await client.first_account()
    except REFUSALS as err:
        error = err
    found = await find_second_account(
        client,
        first=accounts.get(Account.FIRST),
        path=second_account_path,
        progress=lambda part: progress(0.1 + 0.8 * part),
    )
    if found.account is not None:
        accounts[Account.SECOND] = found.account
    if error is not None and not accounts:
        raise error
    mac_address = await _optional(client.mac_address)
    if not info.serial_number and not mac_address:
        raise NoIdentityError("The panel gives neither a serial number nor its MAC")
    progress(1)
    return PanelSurvey(
        info=info,
        mac_address=mac_address,
        accounts=MappingProxyType(accounts),
        second_account_path=found.path,
        second_status_path=found.status_path,
        second_enable_path=found.enable_path,
        offered_paths=found.offered_paths,
        page_paths=found.page_paths,
        answers=MappingProxyType(
            {
                FIRST_ACCOUNT_PATH: "first_account" if error is None else _word(error),
                **found.answers,
            }
        ),
    )


async def read_info(client: PanelClient) -> PanelInfo:
    """Return what a panel is; nothing secret is sent.

    Raises PanelBlockedError if it refuses to answer, and NotAPanelError if something
    else answers.
    """
    error: PanelError
    try:
        info = await client.info()
    except PanelPermissionError:
        # This needs no login, so the panel refuses the client itself.
        error = PanelBlockedError("The panel refuses to answer")
    except PanelResponseError as err:
        error = NotAPanelError(f"This is not a BAS-IP panel: {err}")
    else:
        if info.is_panel:
            return info
        error = NotAPanelError("This is not a BAS-IP door panel")
    raise error


async def find_second_account(
    client: PanelClient,
    *,
    first: SipAccount | None,
    path: str | None = None,
    progress: Progress = no_progress,
) -> SecondAccountResult:
    """Search a panel for its second account, which has to be another than the first.

    It asks the path that the user has given. Without one, it asks the harmless paths
    from the panel's web page, then some guesses.
    """
    search = _Search(client, first)
    if path is not None:
        await search.ask_given(path)
    page = await read_web_page(client)
    progress(0.5)
    named = [path for path in promising_first(page.paths) if path not in KNOWN_PATHS]
    asked = [path for path in named if path_use(path) is PathUse.ASKED][:MAX_ASKED]
    others = [path for path in asked if _kind(path) != "account"]
    accounts = [path for path in asked if path not in others]
    for candidate in dict.fromkeys([*accounts, *SECOND_ACCOUNT_PATHS]):
        if search.account is not None or search.is_refused:
            break
        await search.ask_account(candidate)
    progress(0.9)
    if search.account is not None:
        for candidate in others:
            await search.ask_other(candidate)
    progress(1)
    return SecondAccountResult(
        path=search.path,
        account=search.account,
        status_path=search.status_path,
        enable_path=search.enable_path,
        offered_paths=tuple(
            path
            for path in named
            if path_use(path) is not PathUse.DROPPED and path not in search.answers
        ),
        page_paths=page.paths,
        answers=MappingProxyType(search.answers),
    )


class _Search:
    """What was asked so far, and what came of it."""

    def __init__(self, client: PanelClient, first: SipAccount | None) -> None:
        """Start with nothing but the first account."""
        self._client = client
        self._first = first
        self.path: str | None = None
        self.account: SipAccount | None = None
        self.status_path: str | None = None
        self.enable_path: str | None = None
        self.answers: dict[str, str] = {}

    @property
    def is_refused(self) -> bool:
        """Return whether to stop the search.

        The panel has refused several paths, and the first account was not read.
        """
        refused = [word for word in self.answers.values() if word == "refused"]
        return self._first is None and len(refused) >= MAX_REFUSED

    async def ask_given(self, path: str) -> None:
        """Ask a path that a person has given; raises if it is no second account."""
        error = await self.ask_account(path)
        if isinstance(error, PanelPermissionError):
            raise error
        if error is not None:
            raise SecondAccountNotFoundError(f"No second account: {error}")

    async def ask_account(self, path: str) -> PanelError | None:
        """Ask a path for the second account; return the error if it is not there."""
        try:
            account = await self._client.second_account(path, complete=True)
            if self._first is not None and _is_same(account, self._first):
                raise FirstAccountError("The answer is the first SIP account")
        except REFUSALS as err:
            self.answers[path] = _word(err)
            return err
        self.answers[path] = "account"
        self.path, self.account = path, account
        return None

    async def ask_other(self, path: str) -> None:
        """Ask a path for the status of the second account, or whether it is on."""
        kind = _kind(path)
        try:
            if kind == "status":
                is_right = (await self._client.registration(path)).status is not None
            else:
                is_right = await self._client.sip_enabled(path) is not None
        except REFUSALS as err:
            self.answers[path] = _word(err)
            return
        self.answers[path] = kind if is_right else "other"
        if not is_right or not self._is_of_account(path):
            return
        if kind == "status":
            self.status_path = self.status_path or path
        else:
            self.enable_path = self.enable_path or path

    def _is_of_account(self, path: str) -> bool:
        """Return whether a path is about the second account that was found."""
        folder = (self.path or "").rpartition("/")[0]
        return is_of_second(path) or (
            folder not in SHARED_FOLDERS and path.startswith(f"{folder}/")
        )


def _kind(path: str) -> str:
    """Return what a path may answer with."""
    names = path.split("/")
    for word in ("status", "enable"):
        if word in names:
            return word
    return "account"


def _is_same(one: SipAccount, other: SipAccount) -> bool:
    """Return whether two answers are one account, and not just both not set."""
    identity = (one.proxy, one.realm, one.user)
    return any(identity) and identity == (other.proxy, other.realm, other.user)


def _word(error: PanelError) -> str:
    """Return a word for what a path was answered with in place of an account."""
    match error:
        case PanelPermissionError():
            return "refused"
        case PanelNotFoundError():
            return "not_found"
        case FirstAccountError():
            return "first_account"
        case NotAnAccountError():
            return "other"
        case _:
            return "error"


async def _optional[T](read: Callable[[], Awaitable[T]]) -> T | None:
    """Return what was read, None if the panel does not give it."""
    try:
        return await read()
    except REFUSALS:
        return None
