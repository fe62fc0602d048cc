"""When the client logs in, and what it does with the token."""

import asyncio
from collections.abc import Awaitable, Callable

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.errors import (
    ConnectionFailedError,
    LoginRejectedError,
    PanelError,
    ResponseError,
    UnsupportedFirmwareError,
)
from custom_components.bas_ip.panel.models import Account
from simulator import Answer, Close, Hang, Login, SimulatedPanel

from ..conftest import FIRST, INFO, LOGIN, SECOND, STATUS, asked
from .conftest import (
    RAW_ACCOUNT,
    RAW_INFO,
    MakeClient,
    arrival,
    raw_answer,
    raw_server,
    read,
)
from .test_client import FAULTS, FORBIDDEN, REFUSED

# Of the password 123456, as the documentation writes it.
HASH = "E10ADC3949BA59ABBE56E057F20F883E"

type Minutes = Callable[[int], Awaitable[list[str]]]


@pytest.fixture
def minutes(
    client: PanelClient, panel: SimulatedPanel, freezer: FrozenDateTimeFactory
) -> Minutes:
    """Return a function that polls each minute, and returns what comes of it."""

    async def minutes(count: int) -> list[str]:
        results: list[str] = []
        for _ in range(count):
            freezer.tick(60)
            try:
                await read(client, registrations=False)
            except PanelError as err:
                results.append(err.key)
            else:
                results.append("well")
        return results

    return minutes


def logins(panel: SimulatedPanel) -> int:
    """Return how many logins there were since the last call, rejected or not."""
    return asked(panel).count(LOGIN)


async def test_hash_of_the_password_is_in_upper_case(make_client: MakeClient) -> None:
    async with raw_server(raw_answer(body=b'{"token": "x"}')) as server:
        await make_client(server.url, username="a&b=c d").login()
    assert server.requests == [
        f"GET {LOGIN}?username=a%26b%3Dc+d&password={HASH} HTTP/1.1"
    ]


async def test_password_outside_of_ascii(
    make_client: MakeClient, panel: SimulatedPanel
) -> None:
    panel.password = "päßwörd €"
    await make_client(panel.url, panel.password).login()
    assert panel.logins == [Login("admin", accepted=True, time=0)]


@pytest.mark.parametrize("expire", [SimulatedPanel.end_sessions, SimulatedPanel.reboot])
async def test_expired_token_costs_one_login(
    client: PanelClient,
    panel: SimulatedPanel,
    expire: Callable[[SimulatedPanel], None],
) -> None:
    await read(client)
    expire(panel)
    panel.requests.clear()
    await read(client)
    assert asked(panel) == [INFO, SECOND, LOGIN, SECOND, STATUS]


@pytest.mark.parametrize("end", FAULTS)
@pytest.mark.parametrize("accounts", [[Account.SECOND], list(Account)])
async def test_session_that_ends_without_a_401(
    client: PanelClient,
    panel: SimulatedPanel,
    end: Answer | Close,
    accounts: list[Account],
) -> None:
    """One poll fails, and the next one logs in if it fails, too."""
    panel.behaviour.ended_session = end
    first = FIRST if Account.FIRST in accounts else SECOND
    await read(client, *accounts)
    for _ in range(3):
        panel.end_sessions()
        with pytest.raises(PanelError):
            await read(client, *accounts)
        panel.requests.clear()
        assert (await read(client, *accounts)).registrations
        assert asked(panel)[:4] == [INFO, first, LOGIN, first]


async def test_flaky_network_costs_no_login(
    client: PanelClient, panel: SimulatedPanel, minutes: Minutes
) -> None:
    await minutes(1)
    for _ in range(10):
        panel.fail(Close(), path=INFO, times=1)
        assert await minutes(2) == ["cannot_connect", "well"]
    assert logins(panel) == 1


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (Answer(404), "invalid_response"),
        (Answer(500), "invalid_response"),
        (Answer.json({}), "invalid_response"),
        (Close(), "cannot_connect"),
        (REFUSED, "permission_denied"),
    ],
)
async def test_path_that_is_gone_for_good(
    panel: SimulatedPanel, minutes: Minutes, fault: Answer | Close, key: str
) -> None:
    """Two logins, then four an hour; meanwhile the reason is the same."""
    await minutes(1)
    panel.requests.clear()
    panel.fail(fault, path=SECOND)
    assert await minutes(4) == [key] * 4
    assert logins(panel) == 2
    assert await minutes(60) == [key] * 60
    assert logins(panel) == 4
    panel.recover()
    results = await minutes(15)
    assert results == [key] * results.count(key) + ["well"] * results.count("well")
    assert logins(panel) <= 1
    # One login has helped, so that the next ones are free again.
    panel.end_sessions()
    assert await minutes(1) == ["well"]


@pytest.mark.parametrize("fault", [Answer(503), Answer.json({}), Close(), REFUSED])
async def test_settings_that_are_away_for_some_minutes(
    panel: SimulatedPanel, minutes: Minutes, fault: Answer | Close
) -> None:
    """The session is still there, so that no other login has to be waited for."""
    await minutes(1)
    panel.fail(fault, path=SECOND)
    assert "well" not in await minutes(5)
    panel.recover()
    assert await minutes(5) == ["well"] * 5
    assert logins(panel) == 3


async def test_session_that_ends_while_no_login_may_be_sent(
    panel: SimulatedPanel, minutes: Minutes
) -> None:
    """That the settings are refused then is no other reason."""
    panel.fail(Answer(503), path=SECOND)
    assert await minutes(3) == ["invalid_response"] * 3
    panel.recover()
    panel.end_sessions()
    results = await minutes(15)
    assert set(results) == {"invalid_response", "well"}
    assert results.count("well") >= 2
    assert logins(panel) == 3


@pytest.mark.parametrize("fault", [REFUSED, FORBIDDEN])
async def test_first_of_two_accounts_is_forbidden_for_good(
    client: PanelClient,
    panel: SimulatedPanel,
    freezer: FrozenDateTimeFactory,
    fault: Answer,
) -> None:
    """From the second poll on the other one tells about the session."""
    panel.fail(fault, path=FIRST)
    for minute in range(60):
        freezer.tick(60)
        if minute % 4 == 3:
            panel.end_sessions()
        reading = await read(client, *Account)
        assert list(reading.accounts) == [Account.SECOND]
    assert logins(panel) == 1 + 15


@pytest.mark.parametrize("fault", [Close(), Answer(500), Answer(404), FORBIDDEN])
@pytest.mark.parametrize("failures", [1, 2])
async def test_settings_that_fail_now_and_then(
    panel: SimulatedPanel, minutes: Minutes, fault: Answer | Close, failures: int
) -> None:
    """It is not the session, so that logins stay few."""
    await minutes(1)
    panel.requests.clear()
    for _ in range(20):
        panel.fail(fault, path=SECOND)
        assert "well" not in await minutes(failures)
        panel.recover()
        assert await minutes(1) == ["well"]
    assert logins(panel) <= 2 + 4


async def test_first_of_two_accounts_is_forbidden_now_and_then(
    client: PanelClient, panel: SimulatedPanel, freezer: FrozenDateTimeFactory
) -> None:
    """Logins that do not help stay few, although the other account is given."""
    for _ in range(30):
        for _ in range(2):
            freezer.tick(60)
            assert Account.SECOND in (await read(client, *Account)).accounts
        panel.fail(FORBIDDEN, path=FIRST, times=2)
    assert logins(panel) <= 1 + 2 + 4


async def test_other_failure_while_no_login_may_be_sent(
    panel: SimulatedPanel, minutes: Minutes
) -> None:
    """It is told at once."""
    panel.fail(REFUSED, path=SECOND)
    assert await minutes(4) == ["permission_denied"] * 4
    panel.recover()
    panel.fail(Answer(500), path=SECOND)
    assert await minutes(2) == ["invalid_response"] * 2


async def test_somebody_else_takes_the_only_session(
    panel: SimulatedPanel, minutes: Minutes
) -> None:
    """Twice in a row, and then in each minute."""
    panel.behaviour.single_session = True
    for _ in range(10):
        panel.open_session()
        assert await minutes(1) == ["well"]


async def test_session_that_is_lost_between_login_and_settings(
    panel: SimulatedPanel, minutes: Minutes
) -> None:
    panel.behaviour.token_requests = 0
    assert await minutes(3) == ["permission_denied"] * 3
    assert logins(panel) == 2
    panel.behaviour.token_requests = None
    assert "well" in await minutes(15)


REJECTIONS = [
    Answer.json({"error": "Wrong login or password"}, 400),
    REFUSED,
    FORBIDDEN,
    Answer.json({"error": "Wrong login or password"}),
    Answer.json({"error": {"code": "invalid_authentication"}}),
    Answer.json({"error": True, "token": "x"}, 201),
]


@pytest.mark.parametrize("answer", REJECTIONS)
async def test_rejected_login_is_sent_once(
    client: PanelClient, panel: SimulatedPanel, minutes: Minutes, answer: Answer
) -> None:
    """Who is there is asked on, and nothing else."""
    await minutes(1)
    panel.end_sessions()
    panel.fail(answer, path=LOGIN)
    panel.requests.clear()
    assert await minutes(20) == ["invalid_auth"] * 20
    panel.recover()
    with pytest.raises(LoginRejectedError):
        await client.login()
    await client.logout()
    assert asked(panel) == [INFO, SECOND, LOGIN, *[INFO] * 19]


async def test_changed_password_costs_one_rejected_login(
    panel: SimulatedPanel, minutes: Minutes
) -> None:
    await minutes(1)
    panel.password = "other"
    assert await minutes(3) == ["invalid_auth"] * 3
    assert [login.accepted for login in panel.logins] == [True, False]


async def test_panel_that_takes_lower_case_hashes_only(
    panel: SimulatedPanel, minutes: Minutes
) -> None:
    """A second try in lower case would be a second rejected login of a wrong password."""
    panel.behaviour.lower_case_hashes_only = True
    await minutes(2)
    assert panel.logins == [Login("admin", accepted=False, time=0)]


@pytest.mark.parametrize(
    ("fault", "error", "key"),
    [
        (Answer(423), ResponseError, "invalid_response"),
        (Answer(429), ResponseError, "invalid_response"),
        (Answer(503), ResponseError, "invalid_response"),
        (Answer(302, headers={"Location": "/"}), ResponseError, "invalid_response"),
        (Answer(200, b"<html></html>"), ResponseError, "invalid_response"),
        (Answer(404), UnsupportedFirmwareError, "unsupported_firmware"),
        (Close(), ConnectionFailedError, "cannot_connect"),
    ],
)
async def test_login_that_fails_otherwise(
    client: PanelClient,
    panel: SimulatedPanel,
    minutes: Minutes,
    fault: Answer | Close,
    error: type[PanelError],
    key: str,
) -> None:
    """At most six logins in any hour."""
    panel.fail(fault, path=LOGIN)
    with pytest.raises(PanelError) as caught:
        await read(client)
    assert caught.type is error
    assert await minutes(59) == [key] * 59
    assert 5 <= logins(panel) <= 6
    panel.recover()
    assert (await minutes(15))[-1] == "well"


@pytest.mark.parametrize(
    "token", [None, "", "a b", "a\r\nHost: b", "ä", "x" * 5000, True, ["x"], {}]
)
async def test_login_without_a_token(
    client: PanelClient, panel: SimulatedPanel, token: object
) -> None:
    panel.fail(Answer.json({"token": token}), path=LOGIN, times=1)
    with pytest.raises(ResponseError, match="no token"):
        await read(client)
    await read(client)


async def test_login_that_hangs(
    client: PanelClient, panel: SimulatedPanel, freezer: FrozenDateTimeFactory
) -> None:
    panel.fail(Hang(), path=LOGIN, times=1)
    poll = asyncio.create_task(read(client))
    await arrival(panel, LOGIN)
    freezer.tick(11)
    with pytest.raises(ConnectionFailedError, match="within 10 seconds"):
        await poll
    await read(client)


@pytest.mark.parametrize("status", [423, 429, 500, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("600", 600),
        (" 7 ", 7),
        ("0", 0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("9" * 400, None),
        ("Fri, 27 Nov 2026 07:28:00 GMT", None),
    ],
)
async def test_retry_after(
    client: PanelClient,
    panel: SimulatedPanel,
    status: int,
    header: str,
    seconds: float | None,
) -> None:
    panel.fail(Answer(status, headers={"Retry-After": header}), path=LOGIN)
    with pytest.raises(ResponseError) as caught:
        await read(client)
    assert caught.value.retry_after == seconds


async def test_retry_after_counts_once(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """A poll that may send no login has not been asked to wait."""
    panel.fail(Answer(503, headers={"Retry-After": "600"}), path=LOGIN)
    patience: list[float | None] = []
    for _ in range(4):
        with pytest.raises(ResponseError, match="HTTP 503") as caught:
            await read(client)
        patience.append(caught.value.retry_after)
    assert patience == [600, 600, None, None]
    assert logins(panel) == 2


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        (b'{"token": 1234567890123}', "1234567890123"),
        (b'{"token": 7.0}', "7"),
        (b'{"token": "abc\\n"}', "abc"),
        (b'{"token": "abc\n"}', "abc"),
        (b'{"token": " abc "}', "abc"),
        (b'{"token": "' + b"x" * 2000 + b'"}', "x" * 2000),
        (b'{"token": "abc", "error": null}\x00\x00', "abc"),
        (b'\xef\xbb\xbf{"token": "a.b-c_d~e+f/g="}', "a.b-c_d~e+f/g="),
    ],
)
async def test_unusual_token(
    make_client: MakeClient, answer: bytes, token: str
) -> None:
    async with raw_server(RAW_INFO, raw_answer(body=answer), RAW_ACCOUNT) as server:
        await read(make_client(server.url), registrations=False)
    assert f"Authorization: Bearer {token}\r\n" in server.heads[-1]


async def test_failure_that_is_raised_again_does_not_grow(
    client: PanelClient, panel: SimulatedPanel, minutes: Minutes
) -> None:
    """Between two logins a poll fails for the reason of the last one."""
    panel.fail(Answer(500), path=SECOND)
    await minutes(2)
    depths: set[int] = set()
    for _ in range(5):
        with pytest.raises(ResponseError, match="HTTP 500") as caught:
            await read(client)
        depths.add(len(caught.traceback))
    assert len(depths) == 1
