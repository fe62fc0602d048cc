"""What set-up reads, and the search for the second account."""

from collections.abc import Callable
from typing import Any

import pytest

from custom_components.bas_ip.panel import (
    SECOND_ACCOUNT_PATHS,
    Account,
    NoIdentityError,
    NotAPanelError,
    PanelAuthenticationError,
    PanelBlockedError,
    PanelClient,
    PanelConnectionError,
    PanelPermissionError,
    PanelResponseError,
    SecondAccountNotFoundError,
    find_second_account,
    survey,
)
from custom_components.bas_ip.panel.second_account import MAX_ASKED
from simulator import VARIANTS, Answer, Close, Request, SimulatedPanel, WebPage, faults

from .conftest import MakeClient

API = "/api/v1/"
FIRST = "device/sip/settings"
SECOND = "device/sip/settings/second"
LOG_IN = Answer.json({"error": "Log In"}, 401)


def paths(panel: SimulatedPanel) -> list[str]:
    """Return what a panel was asked for."""
    return [request.path.removeprefix(API) for request in panel.requests]


def name(panel: SimulatedPanel, *names: str) -> None:
    """Let the panel's web page name these paths, and nothing else."""
    page = "".join(f'get("/{path}");' for path in names)
    panel.fail(Answer(200, f"<script>{page}</script>".encode(), "text/html"), path="/")


async def test_what_is_read(client: PanelClient, panel: SimulatedPanel) -> None:
    progress: list[float] = []
    found = await survey(client, progress=progress.append)
    assert found.info.serial_number == panel.info["device_serial_number"]
    assert found.mac_address == panel.mac_address
    assert {key: account.user for key, account in found.accounts.items()} == {
        Account.FIRST: "101",
        Account.SECOND: "201",
    }
    assert found.second_account_path == SECOND
    assert (found.second_status_path, found.second_enable_path) == (None, None)
    assert found.offered_paths == ()
    assert set(found.page_paths) == {
        FIRST,
        "sip/status",
        SECOND,
        "device/sip/enable",
        "device/sip/reregister/start",
        "device/sip/call/start",
        "sip/second/test",
    }
    assert found.answers == {FIRST: "first_account", SECOND: "account"}
    assert paths(panel) == ["/api/info", "login", FIRST, SECOND, "network/mac"]
    assert progress == pytest.approx([0.1, 0.5, 0.82, 0.9, 1])


@pytest.mark.parametrize(
    "path",
    [
        *SECOND_ACCOUNT_PATHS,
        "device/sip/reserve/settings",
        "device/sip2/settings",
        "sip/accounts/2",
        "sip/secondary/config",
    ],
)
async def test_path_that_the_web_page_names(
    client: PanelClient, panel: SimulatedPanel, path: str
) -> None:
    panel.behaviour.second_account_path = path
    found = await survey(client)
    assert found.second_account_path == path
    # Not one request more.
    assert paths(panel) == ["/api/info", "login", FIRST, path, "network/mac"]


@pytest.mark.parametrize("page", [WebPage.SILENT, WebPage.LOGIN, WebPage.MISSING])
@pytest.mark.parametrize("path", [None, *SECOND_ACCOUNT_PATHS])
async def test_web_page_that_is_of_no_help(
    client: PanelClient, panel: SimulatedPanel, page: WebPage, path: str | None
) -> None:
    panel.behaviour.web_page = page
    panel.behaviour.second_account_path = path
    found = await survey(client)
    assert found.second_account_path == path
    index = SECOND_ACCOUNT_PATHS.index(path) if path else 3
    assert paths(panel)[3:-1] == list(SECOND_ACCOUNT_PATHS[: index + 1])
    assert found.page_paths == ()


async def test_only_eight_paths_of_the_web_page_are_asked(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.second_account_path = None
    promising = [f"device/sip/settings/second/{number}" for number in range(3, 23)]
    name(panel, "sip/status/1", *promising, "device/sip/trunk", "sip/call/2")
    found = await survey(client)
    asked = paths(panel)[3:-1]
    assert len(asked) == MAX_ASKED + len(SECOND_ACCOUNT_PATHS)
    assert set(asked[:MAX_ASKED]) <= set(promising)
    # What was not asked by itself can be chosen, but never what might do something.
    assert set(found.offered_paths) == {
        *promising,
        "sip/status/1",
        "device/sip/trunk",
    } - set(asked)
    assert set(found.answers) == {FIRST, *asked}


async def test_second_registration(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.behaviour.second_account_path = "device/sip/backup/settings"
    VARIANTS["second-registration"](panel)
    found = await survey(client)
    assert found.second_status_path == "device/sip/backup/status"
    assert found.second_enable_path == "device/sip/backup/enable"
    assert found.answers == {
        FIRST: "first_account",
        "device/sip/backup/settings": "account",
        "device/sip/backup/status": "status",
        "device/sip/backup/enable": "enable",
    }


@pytest.mark.parametrize(
    ("path", "status", "is_taken"),
    [
        ("device/sip/extra/config", "device/sip/extra/status", True),
        ("device/sip/account/settings/2", "sip/status/2", True),
        ("device/sip/account/settings", "device/sip/account/status", True),
        ("device/sip/account/settings", "device/sip/accounts/status", False),
        # It may be about any account.
        ("sip/config", "sip/status/1", False),
        ("device/sip/reserve", "device/sip/status", False),
        ("device/sip/settings/account", "device/sip/settings/status", False),
        ("device/sip/extra/config", "sip/status/1", False),
    ],
)
async def test_status_that_may_be_another_ones(
    client: PanelClient, panel: SimulatedPanel, path: str, status: str, is_taken: bool
) -> None:
    panel.behaviour.second_account_path = path
    panel.behaviour.second_status_path = status
    found = await survey(client)
    assert found.second_account_path == path
    assert found.second_status_path == (status if is_taken else None)
    assert found.answers[status] == "status"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Answer.json({"sip_status": "BUSY"}), "other"),
        (Answer.json({}), "other"),
        (Answer.json({"error": "No"}, 404), "not_found"),
        (Answer.json({"error": "No"}, 403), "refused"),
        (LOG_IN, "refused"),
        (faults.HTML_PAGE, "error"),
    ],
)
@pytest.mark.parametrize("kind", ["status", "enable"])
async def test_status_of_another_shape(
    client: PanelClient, panel: SimulatedPanel, kind: str, answer: Answer, word: str
) -> None:
    VARIANTS["second-registration"](panel)
    path = f"device/sip/{kind}/second"
    panel.fail(answer, path=f"{API}{path}")
    found = await survey(client)
    assert found.answers[path] == word
    assert None in (found.second_status_path, found.second_enable_path)
    assert found.second_account_path == SECOND


async def test_first_status_and_enable_of_the_second_account_win(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    name(
        panel,
        *(
            f"device/sip/{path}"
            for path in ("settings/second", "status/second", "second/status")
        ),
        *("device/sip/enable/second", "device/sip/second/enable"),
    )
    for path in ("status/second", "second/status"):
        panel.fail(Answer.json({"sip_status": "OK"}), path=f"{API}device/sip/{path}")
    for path in ("enable/second", "second/enable"):
        panel.fail(Answer.json({"sip_enable": True}), path=f"{API}device/sip/{path}")
    found = await survey(client)
    assert found.second_status_path == "device/sip/second/status"
    assert found.second_enable_path == "device/sip/enable/second"


async def test_no_status_is_asked_of_an_account_that_is_not_found(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.second_account_path = None
    name(panel, "sip/status/2")
    found = await survey(client)
    assert "sip/status/2" not in paths(panel)
    assert found.offered_paths == ("sip/status/2",)


@pytest.mark.parametrize("has_stun", [False, True])
async def test_first_account_under_another_path(
    client: PanelClient, panel: SimulatedPanel, has_stun: bool
) -> None:
    if not has_stun:
        del panel.first_account["stun"]
        panel.first_account["realm"] = ""
    panel.behaviour.answers_unknown_suffixes = True
    panel.behaviour.second_account_path = None
    found = await survey(client)
    assert found.second_account_path is None
    assert (
        found.answers[SECOND]
        == found.answers["device/sip/settings/2"]
        == ("first_account")
    )
    with pytest.raises(SecondAccountNotFoundError, match="the first SIP account"):
        await survey(client, second_account_path=SECOND)


async def test_two_accounts_that_are_not_set(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    VARIANTS["unset-account"](panel)
    panel.first_account |= dict.fromkeys(("proxy", "realm", "user"), "")
    assert (await survey(client)).second_account_path == SECOND


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Answer.json({"proxy": "sip:a", "realm": "a"}), "other"),
        (Answer.json({"sip_enable": True}), "other"),
        (Answer(500), "error"),
        (Answer.json({"error": True}), "error"),
        (Answer(400), "not_found"),
        (LOG_IN, "refused"),
    ],
)
async def test_answer_of_one_path_does_not_end_the_search(
    client: PanelClient, panel: SimulatedPanel, answer: Answer, word: str
) -> None:
    panel.behaviour.web_page = WebPage.SILENT
    first, _, third, _ = SECOND_ACCOUNT_PATHS
    panel.behaviour.second_account_path = third
    panel.fail(answer, path=f"{API}{first}")
    found = await survey(client)
    assert found.second_account_path == third
    assert found.answers[first] == word


async def test_refused_paths_cost_one_login(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """Some servers answer 401 where there is nothing."""
    *wrong, right = SECOND_ACCOUNT_PATHS
    panel.behaviour.web_page = WebPage.SILENT
    panel.behaviour.second_account_path = right
    for path in wrong:
        panel.fail(LOG_IN, path=f"{API}{path}")
    found = await survey(client)
    assert found.second_account_path == right
    assert [login.accepted for login in panel.logins] == [True, True]


async def test_token_that_expires_within_the_search(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.web_page = WebPage.SILENT
    panel.behaviour.second_account_path = SECOND_ACCOUNT_PATHS[-1]
    panel.fail(LOG_IN, path=f"{API}{SECOND_ACCOUNT_PATHS[0]}")
    panel.behaviour.token_requests = 3
    found = await survey(client)
    assert found.second_account_path == SECOND_ACCOUNT_PATHS[-1]


async def test_search_ends_with_the_connection(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(Close(), path=f"{API}{SECOND}")
    with pytest.raises(PanelConnectionError):
        await survey(client)
    assert paths(panel)[-1] == SECOND


async def test_path_that_a_person_gives_wins(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    VARIANTS["second-registration"](panel)
    panel.fail(
        Answer.json({"proxy": "sip:c", "realm": "c", "user": "3"}),
        path=f"{API}device/sip/account_c",
    )
    found = await survey(client, second_account_path="device/sip/account_c")
    assert found.second_account_path == "device/sip/account_c"
    assert found.accounts[Account.SECOND].user == "3"
    assert SECOND not in found.answers
    assert SECOND in found.offered_paths


@pytest.mark.parametrize("path", ["device/sip/account_b", FIRST, "sip/status"])
async def test_path_that_is_no_second_account(
    client: PanelClient, panel: SimulatedPanel, path: str
) -> None:
    with pytest.raises(SecondAccountNotFoundError, match="No second account: The"):
        await survey(client, second_account_path=path)
    assert panel.web_requests == []


@pytest.mark.parametrize("status", [401, 403])
async def test_path_that_is_refused(
    client: PanelClient, panel: SimulatedPanel, status: int
) -> None:
    panel.behaviour.refused[SECOND] = status
    with pytest.raises(PanelPermissionError):
        await survey(client, second_account_path=SECOND)


@pytest.mark.parametrize("status", [401, 403])
async def test_every_account_is_refused(
    client: PanelClient, panel: SimulatedPanel, status: int
) -> None:
    refused = [FIRST, SECOND, *SECOND_ACCOUNT_PATHS]
    panel.behaviour.refused = dict.fromkeys(refused, status)
    with pytest.raises(PanelPermissionError):
        await survey(client)
    assert all(login.accepted for login in panel.logins)
    assert len(panel.logins) <= 5
    assert set(paths(panel)[2:]) - {"login", FIRST} == set(SECOND_ACCOUNT_PATHS[:3])


async def test_every_path_is_asked_if_the_first_account_is_not_refused(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.refused = dict.fromkeys(SECOND_ACCOUNT_PATHS, 403)
    found = await survey(client)
    assert list(found.accounts) == [Account.FIRST]
    assert paths(panel)[3:-1] == list(SECOND_ACCOUNT_PATHS)


async def test_login_that_goes_wrong_is_not_tried_again(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(Answer(500), path=f"{API}login")
    with pytest.raises(PanelResponseError, match="HTTP 500"):
        await survey(client)
    assert paths(panel) == ["/api/info", "login"]


async def test_first_account_is_refused(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.refused = {FIRST: 401}
    found = await survey(client)
    assert list(found.accounts) == [Account.SECOND]
    assert found.answers == {FIRST: "refused", SECOND: "account"}


async def test_first_account_is_refused_and_the_second_is_far_behind(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.web_page = WebPage.SILENT
    panel.behaviour.second_account_path = SECOND_ACCOUNT_PATHS[-1]
    panel.behaviour.refused = {FIRST: 403}
    found = await survey(client)
    assert found.second_account_path == SECOND_ACCOUNT_PATHS[-1]


async def test_no_account_is_readable(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.second_account_path = None
    panel.fail(faults.HTML_PAGE, path=f"{API}{FIRST}")
    with pytest.raises(PanelResponseError, match="not a JSON object"):
        await survey(client)


@pytest.mark.parametrize("path", ["network/mac", "sip/status", "device/sip/enable"])
@pytest.mark.parametrize("answer", [LOG_IN, Answer(403), Answer(404), Answer.json({})])
async def test_what_may_be_missing(
    client: PanelClient, panel: SimulatedPanel, path: str, answer: Answer
) -> None:
    panel.fail(answer, path=f"{API}{path}")
    found = await survey(client)
    assert len(found.accounts) == 2
    assert (found.mac_address is None) == (path == "network/mac")


async def test_panel_without_identity(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    VARIANTS["no-serial-number"](panel)
    assert (await survey(client)).mac_address == panel.mac_address
    panel.fail(LOG_IN, path=f"{API}network/mac")
    with pytest.raises(NoIdentityError):
        await survey(client)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (VARIANTS["monitor"], NotAPanelError),
        (lambda panel: panel.fail(faults.HTML_PAGE), NotAPanelError),
        (lambda panel: panel.fail(Answer(404)), NotAPanelError),
        (lambda panel: panel.fail(Answer.json({})), NotAPanelError),
        (lambda panel: panel.fail(Answer(401)), PanelBlockedError),
        (lambda panel: panel.fail(Answer(403)), PanelBlockedError),
        (lambda panel: panel.fail(Close()), PanelConnectionError),
    ],
)
async def test_something_else_gets_no_login(
    client: PanelClient,
    panel: SimulatedPanel,
    change: Callable[[SimulatedPanel], Any],
    error: type[Exception],
) -> None:
    change(panel)
    with pytest.raises(error) as caught:
        await survey(client)
    assert caught.type is error
    assert set(paths(panel)) == {"/api/info"}
    assert panel.web_requests == []


async def test_wrong_password_is_sent_once(
    make_client: MakeClient, panel: SimulatedPanel
) -> None:
    with pytest.raises(PanelAuthenticationError):
        await survey(make_client(panel.url, "wrong"))
    assert [login.accepted for login in panel.logins] == [False]
    assert paths(panel) == ["/api/info", "login"]
    assert panel.web_requests == []


async def test_searching_again(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.behaviour.second_account_path = None
    first = (await survey(client)).accounts[Account.FIRST]
    panel.behaviour.second_account_path = "device/sip/extra/settings"
    panel.requests.clear()
    found = await find_second_account(client, first=first)
    assert found.path == "device/sip/extra/settings"
    assert found.account is not None
    assert panel.requests == [Request("GET", f"{API}{found.path}", 200, 0)]
