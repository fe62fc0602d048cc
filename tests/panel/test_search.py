"""What set-up reads, and the search for the second account."""

from collections.abc import Callable
from typing import Any

from aiohttp import ClientTimeout
import pytest

from custom_components.bas_ip.panel import (
    request as request_module,
    search as search_module,
)
from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.errors import (
    BlockedError,
    ConnectionFailedError,
    ForbiddenError,
    LoginRejectedError,
    NotAPanelError,
    PanelError,
    ResponseError,
    SecondAccountNotFoundError,
)
from custom_components.bas_ip.panel.models import Account, Setting
from custom_components.bas_ip.panel.search import (
    GUESSES,
    MAX_ASKED,
    Discovery,
    discover,
)
from simulator import VARIANTS, Answer, Close, Hang, SimulatedPanel, WebPage, faults

from .conftest import FIRST_PATH as FIRST, SECOND_PATH as SECOND, MakeClient

API = "/api/v1/"
FIRST_GUESS, SECOND_GUESS, *_, LAST_GUESS = GUESSES
LOG_IN = Answer.json({"error": "Log In"}, 401)


def paths(panel: SimulatedPanel) -> list[str]:
    """Return what a panel was asked for."""
    return [request.path.removeprefix(API) for request in panel.requests]


def name(panel: SimulatedPanel, *names: str) -> None:
    """Let the panel's web page name these paths, and nothing else."""
    page = "".join(f'get("/{path}");' for path in names)
    panel.fail(Answer(200, f"<script>{page}</script>".encode(), "text/html"), path="/")


def hide(panel: SimulatedPanel, path: str | None) -> None:
    """Let the second account be at a path that the web page does not name."""
    panel.behaviour.web_page = WebPage.SILENT
    panel.behaviour.second_account_path = path


def users(found: Discovery) -> dict[Account, str | None]:
    """Return who is in which account."""
    return {
        key: account.settings[Setting.USER] for key, account in found.accounts.items()
    }


async def test_what_is_read(client: PanelClient, panel: SimulatedPanel) -> None:
    found = await discover(client)
    assert found.info.serial_number == panel.info["device_serial_number"]
    assert found.mac_address == panel.mac_address
    assert users(found) == {Account.FIRST: "101", Account.SECOND: "201"}
    assert found.second_account_path == SECOND
    assert found.second_status_path is None
    assert found.offered_paths == ()
    assert {FIRST, "sip/status", SECOND, "sip/second/test"} < set(found.page_paths)
    assert found.answers == {FIRST: "first_account", SECOND: "account"}
    assert paths(panel) == ["/api/info", "login", FIRST, SECOND, "network/mac"]


async def test_session_that_is_there_is_used(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    await discover(client)
    await discover(client)
    assert len(panel.logins) == 1


@pytest.mark.parametrize(
    "path",
    [
        *(FIRST_GUESS, LAST_GUESS, "device/sip/reserve/settings"),
        *("sip/accounts/2", "sip/secondary/config"),
    ],
)
async def test_path_that_the_web_page_names(
    client: PanelClient, panel: SimulatedPanel, path: str
) -> None:
    panel.behaviour.second_account_path = path
    assert (await discover(client)).second_account_path == path
    # Not one request more.
    assert paths(panel) == ["/api/info", "login", FIRST, path, "network/mac"]


async def test_number_that_the_web_page_does_not_tell(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.second_account_path = "device/sip/account/2/settings"
    page = "get(`/device/sip/account/${n}/settings`),get(`/device/sip/trunk?n=${n}`)"
    panel.fail(Answer(200, f"<script>{page}</script>".encode(), "text/html"), path="/")
    found = await discover(client)
    assert found.second_account_path == "device/sip/account/2/settings"
    assert found.offered_paths == ("device/sip/trunk?n=2",)
    assert found.page_paths == ("device/sip/account/*/settings", "device/sip/trunk?n=*")


@pytest.mark.parametrize("path", [*GUESSES, None])
async def test_web_page_that_is_of_no_help(
    client: PanelClient, panel: SimulatedPanel, path: str | None
) -> None:
    hide(panel, path)
    found = await discover(client)
    assert found.second_account_path == path
    index = GUESSES.index(path) if path else len(GUESSES)
    assert paths(panel)[3:-1] == list(GUESSES[: index + 1])
    assert found.page_paths == ()


async def test_only_eight_paths_of_the_web_page_are_asked(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.second_account_path = None
    promising = {f"device/sip/settings/second/{number}" for number in range(3, 23)}
    name(panel, "sip/a", "sip/status/2", *promising, "device/sip/trunk", "sip/call/2")
    found = await discover(client)
    asked = paths(panel)[3:-1]
    assert asked[MAX_ASKED:] == list(GUESSES)
    assert set(asked[:MAX_ASKED]) < promising
    # What was not asked by itself can be chosen, but nothing that might do something.
    others = {*promising, "sip/a", "device/sip/trunk"} - set(asked)
    assert set(found.offered_paths) == others
    assert set(found.answers) == {FIRST, *asked}


async def test_promising_paths_come_first(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.second_account_path = None
    first, last = ["sip/2/account", "sip/second/config", "sip/2"], ["sip", "sip/info"]
    name(panel, *reversed([*first, "sip/settings/1", *last]))
    await discover(client)
    assert paths(panel)[3:9] == [*first, "sip/settings/1", *last]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("device/sip/backup/settings", "device/sip/backup/status"),
        ("device/sip/account/settings/2", "sip/status/2"),
        # It may be about any account, or be an action.
        ("device/sip/extra/config", "sip/status/1"),
        ("device/sip/extra/config", "device/sip/extra/status/reset"),
    ],
)
async def test_status_of_the_second_account(
    client: PanelClient, panel: SimulatedPanel, path: str, status: str
) -> None:
    panel.behaviour.second_account_path = path
    panel.behaviour.second_status_path = status
    # Never asked; the requests of all tests are looked at in the end.
    panel.behaviour.second_enable_path = "device/sip/second/enable"
    is_taken = not status.endswith(("1", "reset"))
    found = await discover(client)
    assert found.second_account_path == path
    assert found.second_status_path == (status if is_taken else None)
    assert found.answers.get(status) == ("status" if is_taken else None)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer.json({"sip_status": "BUSY"}), "other"),
        (Answer(404), "not_found"),
        (LOG_IN, "forbidden"),
        (faults.HTML_PAGE, "not_found"),
        (Close(), "error"),
    ],
)
async def test_status_of_another_shape(
    client: PanelClient,
    panel: SimulatedPanel,
    answer: Answer | Close,
    outcome: str,
) -> None:
    VARIANTS["second-registration"](panel)
    panel.fail(answer, path=f"{API}device/sip/status/second")
    found = await discover(client)
    assert found.answers["device/sip/status/second"] == outcome
    assert found.second_status_path is None
    assert found.second_account_path == SECOND


@pytest.mark.parametrize("stun", ["server", "none", "empty"])
async def test_first_account_under_another_path(
    client: PanelClient, panel: SimulatedPanel, stun: str
) -> None:
    """What is the same is the same account, however little there is in it."""
    if stun == "none":
        del panel.first_account["stun"]
    elif stun == "empty":
        unset = dict.fromkeys(("proxy", "realm", "user"), "")
        panel.first_account |= {**unset, "stun": {}}
    VARIANTS["unknown-suffixes"](panel)
    found = await discover(client)
    assert found.second_account_path is None
    assert found.answers[SECOND] == "first_account"
    with pytest.raises(SecondAccountNotFoundError, match="the first SIP account"):
        await discover(client, SECOND)


@pytest.mark.parametrize(
    "change",
    [
        {"outbound": "backup.example.org"},
        {"transport": "tcp"},
        {"registration_interval": 300},
    ],
)
@pytest.mark.parametrize("typed", [None, "device/sip/account_b"])
async def test_failover_account(
    client: PanelClient,
    panel: SimulatedPanel,
    change: dict[str, Any],
    typed: str | None,
) -> None:
    panel.second_account = {**panel.first_account, **change, "stun": None}
    panel.first_account["stun"] = None
    panel.behaviour.second_account_path = typed or SECOND
    found = await discover(client, typed)
    assert found.second_account_path == (typed or SECOND)
    assert users(found)[Account.SECOND] == "101"


@pytest.mark.parametrize("stun", [None, {}, "", {"ip": "", "port": 3478}])
async def test_stun_server_that_is_none(
    client: PanelClient, panel: SimulatedPanel, stun: object
) -> None:
    panel.second_account["stun"] = stun
    found = await discover(client)
    assert users(found)[Account.SECOND] == "201"
    assert Setting.STUN not in found.accounts[Account.SECOND].settings


@pytest.mark.parametrize("variant", ["unset-account", "unset-account-nulls"])
async def test_two_accounts_that_are_not_set(
    client: PanelClient, panel: SimulatedPanel, variant: str
) -> None:
    """They differ by the first one's key for the STUN server."""
    VARIANTS[variant](panel)
    unset = None if variant.endswith("nulls") else ""
    panel.first_account = dict.fromkeys(panel.first_account, unset)
    assert (await discover(client)).second_account_path == SECOND


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer.json({"proxy": "sip:a", "realm": "a"}), "other"),
        (Answer.json({"sip_enable": True}), "other"),
        (Answer.json({}), "other"),
        (Answer(500), "error"),
        (Answer.json({"error": True}), "not_found"),
        (Answer(400), "not_found"),
        (LOG_IN, "forbidden"),
        (Answer(403), "forbidden"),
        (Close(), "error"),
    ],
)
async def test_answer_of_one_path_does_not_end_the_search(
    client: PanelClient,
    panel: SimulatedPanel,
    answer: Answer | Close,
    outcome: str,
) -> None:
    hide(panel, LAST_GUESS)
    panel.fail(answer, path=f"{API}{FIRST_GUESS}")
    found = await discover(client)
    assert found.second_account_path == LAST_GUESS
    assert found.answers[FIRST_GUESS] == outcome
    assert len(panel.logins) == 1


async def test_session_that_ends_during_the_search(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """That all guesses are forbidden then says nothing."""
    hide(panel, LAST_GUESS)
    panel.behaviour.token_requests = 3
    with pytest.raises(ForbiddenError):
        await discover(client)


async def test_paths_that_hang(
    client: PanelClient, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them are waited for, each as long as one request may take."""
    monkeypatch.setattr(
        request_module,
        "ClientTimeout",
        lambda total: ClientTimeout(total=total / 50),
    )
    monkeypatch.setattr(search_module, "DEADLINE", 0.4)
    hide(panel, LAST_GUESS)
    for path in (*GUESSES, "network/mac"):
        panel.fail(Hang(), path=f"{API}{path}")
    found = await discover(client)
    assert list(found.accounts) == [Account.FIRST]
    assert found.mac_address is None
    assert found.answers[SECOND_GUESS] == "error"
    assert paths(panel)[3:] == [
        *(FIRST_GUESS, "/api/info", SECOND_GUESS, "/api/info"),
        *("network/mac", "/api/info"),
    ]


@pytest.mark.parametrize("path", [FIRST, FIRST_GUESS, "network/mac"])
async def test_panel_that_goes_away(
    client: PanelClient, panel: SimulatedPanel, path: str
) -> None:
    panel.behaviour.second_account_path = None
    panel.fail(Close(), path=f"{API}{path}")
    panel.fail(Answer.json(panel.info), path="/api/info", times=1)
    panel.fail(Close(), path="/api/info")
    with pytest.raises(ConnectionFailedError):
        await discover(client)
    assert paths(panel)[-2:] == [path, "/api/info"]


async def test_path_that_a_person_gives_wins(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    VARIANTS["second-registration"](panel)
    account = {"proxy": "sip:c", "realm": "c", "user": "3"}
    panel.fail(Answer.json(account), path=f"{API}device/sip/account_c")
    found = await discover(client, "device/sip/account_c")
    assert found.second_account_path == "device/sip/account_c"
    assert found.second_status_path == "device/sip/status/second"
    assert users(found) == {Account.FIRST: "101", Account.SECOND: "3"}
    assert SECOND not in found.answers
    assert found.offered_paths == (SECOND,)


@pytest.mark.parametrize("path", ["device/sip/account_b", FIRST, "sip/status"])
async def test_path_that_is_no_second_account(
    client: PanelClient, panel: SimulatedPanel, path: str
) -> None:
    with pytest.raises(SecondAccountNotFoundError, match="No second account: The"):
        await discover(client, path)
    assert panel.web_requests == []


@pytest.mark.parametrize("status", [401, 403])
async def test_path_that_is_forbidden(
    client: PanelClient, panel: SimulatedPanel, status: int
) -> None:
    panel.behaviour.refused[SECOND] = status
    with pytest.raises(ForbiddenError):
        await discover(client, SECOND)


@pytest.mark.parametrize("status", [401, 403])
async def test_every_account_is_forbidden(
    client: PanelClient, panel: SimulatedPanel, status: int
) -> None:
    panel.behaviour.refused = dict.fromkeys([FIRST, SECOND, *GUESSES], status)
    with pytest.raises(ForbiddenError):
        await discover(client)
    assert [login.accepted for login in panel.logins] == [True]


async def test_first_account_is_forbidden(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.refused = {FIRST: 401}
    found = await discover(client)
    assert list(found.accounts) == [Account.SECOND]
    assert found.answers == {FIRST: "forbidden", SECOND: "account"}


@pytest.mark.parametrize("answer", [faults.HTML_PAGE, Answer.json({}), Close()])
async def test_no_account_is_readable(
    client: PanelClient, panel: SimulatedPanel, answer: Answer | Close
) -> None:
    panel.behaviour.second_account_path = None
    panel.fail(answer, path=f"{API}{FIRST}")
    with pytest.raises(ResponseError):
        await discover(client)


@pytest.mark.parametrize(
    "answer",
    [LOG_IN, Answer(403), Answer(404), Answer(500), Answer.json({}), Close()],
)
async def test_panel_without_mac_address(
    client: PanelClient, panel: SimulatedPanel, answer: Answer | Close
) -> None:
    panel.fail(answer, path=f"{API}network/mac")
    found = await discover(client)
    assert len(found.accounts) == 2
    assert found.mac_address is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (VARIANTS["monitor"], NotAPanelError),
        (lambda panel: panel.fail(faults.HTML_PAGE), NotAPanelError),
        (lambda panel: panel.fail(Answer(403)), BlockedError),
        (lambda panel: panel.fail(Close()), ConnectionFailedError),
    ],
)
async def test_something_else_gets_no_login(
    client: PanelClient,
    panel: SimulatedPanel,
    change: Callable[[SimulatedPanel], None],
    error: type[PanelError],
) -> None:
    change(panel)
    with pytest.raises(error):
        await discover(client)
    assert paths(panel) == ["/api/info"]
    assert panel.web_requests == []


@pytest.mark.parametrize(
    ("password", "answer", "error"),
    [
        ("wrong", None, LoginRejectedError),
        ("123456", Answer(500), ResponseError),
        ("123456", Close(), ConnectionFailedError),
    ],
)
async def test_login_that_fails_is_sent_once(
    make_client: MakeClient,
    panel: SimulatedPanel,
    password: str,
    answer: Answer | Close | None,
    error: type[PanelError],
) -> None:
    if answer is not None:
        panel.fail(answer, path=f"{API}login")
    with pytest.raises(error):
        await discover(make_client(panel.url, password))
    assert paths(panel) == ["/api/info", "login"]
    assert panel.web_requests == []
