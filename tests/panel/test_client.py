"""What the client reads, and how it logs in."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aiohttp import ClientSession, web
import pytest
from yarl import URL

from custom_components.bas_ip.panel import (
    SECOND_ACCOUNT_PATHS,
    PanelAuthenticationError,
    PanelClient,
    PanelConnectionError,
    PanelInfo,
    PanelNotFoundError,
    PanelPermissionError,
    PanelResponseError,
    PanelUnsupportedError,
    RegistrationStatus,
    SipAccount,
    SipRegistration,
)
from simulator import Answer, Close, Delay, Hang, Login, Request, SimulatedPanel

from .conftest import MakeClient, raw_answer, raw_server

INFO = "/api/info"
LOGIN = "/api/v1/login"
LOGOUT = "/api/v1/logout"
STATUS = "/api/v1/sip/status"
SETTINGS = "/api/v1/device/sip/settings"
ENABLE = "/api/v1/device/sip/enable"

# Of the password 123456, as the documentation writes it.
HASH = "E10ADC3949BA59ABBE56E057F20F883E"


def paths(panel: SimulatedPanel) -> list[str]:
    """Return the paths that a panel was asked for."""
    return [request.path for request in panel.requests]


def sessions(panel: SimulatedPanel) -> int:
    """Return how many sessions are open on a panel."""
    return len(panel._sessions)


async def test_reads_what_the_panel_says(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.register_last_attempt = 1_700_000_000
    assert await client.info() == PanelInfo(
        api_version="2.11.0",
        firmware_version="3.20.0",
        hardware_version="1.4",
        model="aa-07fb",
        name="Front door",
        serial_number=panel.info["device_serial_number"],
        type="panel",
    )
    first = await client.first_account()
    assert (first.proxy, first.stun) == ("sip:sip.example.org", "stun.example.org:3478")
    second = await client.second_account("device/sip/settings/second")
    assert (second.proxy, second.stun) == ("sip:pbx.example.net", None)
    assert await client.registration() == SipRegistration(
        status=RegistrationStatus.REGISTERED,
        last_attempt=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    )
    assert await client.sip_enabled() is True
    panel.sip_enabled = False
    assert await client.sip_enabled() is False
    assert await client.mac_address() == panel.mac_address
    assert paths(panel) == [
        INFO,
        LOGIN,
        SETTINGS,
        f"{SETTINGS}/second",
        STATUS,
        ENABLE,
        ENABLE,
        "/api/v1/network/mac",
    ]


@pytest.mark.parametrize("answer", [{}, {"sip_enable": 1}, {"sip_enable": "yes"}])
async def test_unreadable_sip_enabled(
    client: PanelClient, panel: SimulatedPanel, answer: dict[str, Any]
) -> None:
    panel.fail(Answer.json(answer))
    panel.fail(Answer.json({"token": "x"}), path=LOGIN)
    assert await client.sip_enabled() is None


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        ({}, None),
        ({"mac_address": None}, None),
        ({"mac_address": ""}, None),
        ({"mac_address": []}, None),
        ({"mac_address": " 02:00\x00 "}, "02:00"),
        ({"mac_address": "0" * 1000}, "0" * 255),
    ],
)
async def test_unusual_mac_address(
    client: PanelClient,
    panel: SimulatedPanel,
    answer: dict[str, Any],
    address: str | None,
) -> None:
    panel.fail(Answer.json(answer), path="/api/v1/network/mac")
    assert await client.mac_address() == address


async def test_information_needs_no_login(
    make_client: MakeClient, panel: SimulatedPanel
) -> None:
    client = make_client(panel.url, "wrong")
    await client.info()
    with pytest.raises(PanelAuthenticationError):
        await client.login()
    assert (await client.info()).name == "Front door"
    assert paths(panel) == [INFO, LOGIN, INFO]


async def test_information_that_is_refused_is_no_refused_login(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(Answer.json({"error": "Log In"}, 401), times=1)
    with pytest.raises(PanelPermissionError):
        await client.info()
    await client.login()


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


async def test_panel_that_takes_lower_case_hashes_only(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """A second try in lower case would be a second refused login of a wrong password."""
    panel.behaviour.lower_case_hashes_only = True
    for _ in range(2):
        with pytest.raises(PanelAuthenticationError):
            await client.first_account()
    assert panel.logins == [Login("admin", accepted=False, time=0)]


async def test_token_is_used_again(client: PanelClient, panel: SimulatedPanel) -> None:
    for _ in range(5):
        await client.registration()
    assert paths(panel) == [LOGIN, *[STATUS] * 5]


@pytest.mark.parametrize("expire", [SimulatedPanel.end_sessions, SimulatedPanel.reboot])
async def test_expired_token_costs_one_login(
    client: PanelClient, panel: SimulatedPanel, expire: Any
) -> None:
    await client.registration()
    expire(panel)
    panel.requests.clear()
    await client.registration()
    await client.registration()
    assert paths(panel) == [STATUS, LOGIN, STATUS, STATUS]


async def test_requests_at_once_meet_an_expired_token(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    panel.end_sessions()
    panel.requests.clear()
    readings = await asyncio.gather(*(client.registration() for _ in range(5)))
    assert {reading.status for reading in readings} == {RegistrationStatus.REGISTERED}
    assert Counter(paths(panel)) == {STATUS: 6, LOGIN: 1}


async def test_token_of_one_request(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.behaviour.token_requests = 1
    for _ in range(3):
        await client.registration()
    assert len(panel.logins) == 3


async def test_login_on_request_is_always_a_new_one(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    await client.login()
    await client.registration()
    assert paths(panel) == [LOGIN, LOGIN, STATUS]


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_refused_login_is_not_repeated(
    client: PanelClient, panel: SimulatedPanel, status: int
) -> None:
    panel.fail(Answer.json({"error": "No"}, status), path=LOGIN, times=1)
    for read in (client.first_account, client.registration, client.login):
        with pytest.raises(PanelAuthenticationError):
            await read()
    await client.logout()
    assert paths(panel) == [LOGIN]


async def test_wrong_password_is_sent_once_by_requests_at_once(
    make_client: MakeClient, panel: SimulatedPanel
) -> None:
    client = make_client(panel.url, "wrong")
    errors = await asyncio.gather(
        client.first_account(),
        client.registration(),
        client.second_account(SECOND_ACCOUNT_PATHS[0]),
        return_exceptions=True,
    )
    assert [type(error) for error in errors] == [PanelAuthenticationError] * 3
    assert panel.logins == [Login("admin", accepted=False, time=0)]


async def test_password_that_was_changed_is_refused_once(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.registration()
    panel.password = "other"
    for _ in range(3):
        with pytest.raises(PanelAuthenticationError):
            await client.registration()
    assert [login.accepted for login in panel.logins] == [True, False]


LOG_IN = Answer.json({"error": "Log In"}, 401)
FORBIDDEN = Answer.json({"error": "Administrator rights required"}, 403)


async def test_resource_that_is_no_longer_refused(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """Then a 401 is about the token again."""
    panel.fail(LOG_IN, path=STATUS)
    with pytest.raises(PanelPermissionError):
        await client.registration()
    panel.recover()
    await client.registration()
    panel.end_sessions()
    panel.requests.clear()
    await client.registration()
    assert paths(panel) == [STATUS, LOGIN, STATUS]


async def test_resource_that_is_refused_is_not_the_login(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(LOG_IN, path=STATUS)
    await client.first_account()
    panel.requests.clear()
    with pytest.raises(PanelPermissionError):
        await client.registration()
    assert paths(panel) == [STATUS, LOGIN, STATUS]
    panel.requests.clear()
    for _ in range(3):
        with pytest.raises(PanelPermissionError):
            await client.registration()
        await client.first_account()
    assert paths(panel) == [STATUS, SETTINGS] * 3
    panel.recover()
    await client.registration()
    await client.logout()
    assert sessions(panel) == 1
    assert paths(panel)[-1] == LOGOUT


async def test_first_account_that_was_never_given_is_not_asked_for(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """A user who may read nothing else would get one more refusal each time."""
    panel.fail(LOG_IN, path=STATUS)
    panel.fail(LOG_IN, path=ENABLE)
    for read in (client.registration, client.sip_enabled):
        with pytest.raises(PanelPermissionError):
            await read()
    assert paths(panel) == [LOGIN, STATUS, ENABLE, LOGIN, ENABLE]


async def test_login_for_something_else_gives_a_refused_resource_another_chance(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(LOG_IN, path=STATUS)
    with pytest.raises(PanelPermissionError):
        await client.registration()
    panel.end_sessions()
    await client.first_account()
    panel.requests.clear()
    with pytest.raises(PanelPermissionError):
        await client.registration()
    assert paths(panel) == [STATUS, LOGIN, STATUS]


async def test_token_expires_after_a_refusal(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """The first account tells an expired token from one more refusal."""
    await client.first_account()
    panel.fail(LOG_IN, path=STATUS)
    for read, asked in (
        (client.sip_enabled, [ENABLE, SETTINGS, LOGIN, ENABLE]),
        (client.first_account, [SETTINGS, LOGIN, SETTINGS]),
    ):
        with pytest.raises(PanelPermissionError):
            await client.registration()
        panel.end_sessions()
        panel.requests.clear()
        await read()
        assert paths(panel) == asked


async def test_resource_that_wants_more_rights_costs_no_login(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(FORBIDDEN, path=STATUS)
    for _ in range(2):
        with pytest.raises(PanelPermissionError):
            await client.registration()
    assert paths(panel) == [LOGIN, STATUS, STATUS]


async def test_everything_is_refused_right_after_the_login(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.token_requests = 0
    with pytest.raises(PanelPermissionError):
        await client.first_account()
    assert paths(panel) == [LOGIN, SETTINGS]


async def test_login_that_is_refused_later(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """A panel that bans refuses the login as well as everything else."""
    await client.registration()
    panel.fail(LOG_IN)
    for _ in range(2):
        with pytest.raises(PanelAuthenticationError):
            await client.registration()
    panel.recover()
    with pytest.raises(PanelAuthenticationError):
        await client.registration()
    assert paths(panel) == [LOGIN, STATUS, STATUS, LOGIN]


async def test_status_and_enable_under_other_paths(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(Answer.json({"sip_status": "ERROR"}), path=f"{STATUS}/second")
    panel.fail(Answer.json({"sip_enable": False}), path="/api/v1/device/sip2/enable")
    registration = await client.registration("sip/status/second")
    assert registration.status is RegistrationStatus.FAILED
    assert await client.sip_enabled("device/sip2/enable") is False
    panel.requests.clear()
    for read in (client.registration, client.sip_enabled):
        with pytest.raises(ValueError, match="not one of SIP settings"):
            await read("system/reboot/run")
    assert panel.requests == []


async def test_firmware_without_the_api(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.has_api_v1 = False
    assert (await client.info()).is_panel
    with pytest.raises(PanelUnsupportedError):
        await client.first_account()
    panel.behaviour.has_api_v1 = True
    await client.first_account()


@pytest.mark.parametrize(
    "answer",
    [
        Answer.json({"error": "Too many"}, 429),
        Answer.json({"error": "Busy"}, 500),
        Answer.json({}),
        Answer.json({"token": None}),
        Answer.json({"token": 1}),
        Answer.json({"token": ""}),
        Answer.json({"token": "a b"}),
        Answer.json({"token": "a\r\nHost: b"}),
        Answer.json({"token": "ä"}),
        Answer.json({"token": "x" * 513}),
        Answer(200, b"<html></html>", "text/html"),
    ],
)
async def test_login_without_a_token_is_tried_again(
    client: PanelClient, panel: SimulatedPanel, answer: Answer
) -> None:
    panel.fail(answer, path=LOGIN, times=1)
    with pytest.raises(PanelResponseError):
        await client.registration()
    await client.registration()
    assert paths(panel) == [LOGIN, LOGIN, STATUS]


async def test_user_without_the_rights(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.manager = True
    for read in (
        client.first_account,
        client.registration,
        client.sip_enabled,
        client.mac_address,
        partial(client.second_account, SECOND_ACCOUNT_PATHS[0]),
    ):
        with pytest.raises(PanelPermissionError):
            await read()
    assert len(panel.logins) == 1


async def test_missing_resource(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.behaviour.has_sip_enable = False
    with pytest.raises(PanelNotFoundError, match="HTTP 404"):
        await client.sip_enabled()


async def test_logout_ends_the_session(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.registration()
    assert sessions(panel) == 1
    await client.logout()
    await client.logout()
    assert sessions(panel) == 0
    with pytest.raises(PanelConnectionError, match="closed"):
        await client.registration()
    assert paths(panel) == [LOGIN, STATUS, LOGOUT]


async def test_nothing_is_sent_after_the_logout(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    _, *results = await asyncio.gather(
        client.logout(),
        client.registration(),
        client.info(),
        client.login(),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [PanelConnectionError] * 3
    assert paths(panel) == [LOGIN, LOGOUT]
    assert sessions(panel) == 0


@pytest.mark.parametrize("path", [INFO, LOGIN, STATUS])
async def test_logout_ends_the_request_under_way(
    client: PanelClient, panel: SimulatedPanel, path: str
) -> None:
    await client.login()
    panel.fail(Hang(), path=path)
    read = {INFO: client.info, LOGIN: client.login, STATUS: client.registration}[path]
    under_way = asyncio.create_task(read())
    await panel.next_request()
    waiting = asyncio.create_task(client.first_account())
    await asyncio.sleep(0)
    await asyncio.gather(client.logout(), client.logout())
    for task in (under_way, waiting):
        with pytest.raises(PanelConnectionError, match="closed") as caught:
            await task
        assert caught.value.__context__ is None
    # A login that is under way replaces the token at once.
    assert paths(panel) == [LOGIN, path, *([] if path == LOGIN else [LOGOUT])]
    assert sessions(panel) == (1 if path == LOGIN else 0)


async def test_second_logout_leaves_the_first_one_alone(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    panel.fail(Hang(), path=LOGOUT)
    first = asyncio.create_task(client.logout())
    await panel.next_request()
    second = asyncio.create_task(client.logout())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not first.done()
    await panel.switch_off()
    await asyncio.gather(first, second)
    assert paths(panel) == [LOGIN, LOGOUT]


async def test_logout_after_the_reader_was_cancelled(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    panel.fail(Hang(), path=STATUS)
    task = asyncio.create_task(client.registration())
    await panel.next_request()
    task.cancel()
    await client.logout()
    assert task.cancelled()
    assert paths(panel) == [LOGIN, STATUS, LOGOUT]
    assert sessions(panel) == 0


async def test_logout_within_a_new_login(
    client: PanelClient, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel has answered a login that the client has not taken in yet."""
    await client.login()
    panel.end_sessions()
    opened = asyncio.Event()
    open_session = panel.open_session

    def tell() -> str:
        opened.set()
        return open_session()

    monkeypatch.setattr(panel, "open_session", tell)
    task = asyncio.create_task(client.registration())
    await opened.wait()
    await client.logout()
    with pytest.raises(PanelConnectionError, match="closed"):
        await task
    assert paths(panel)[:3] == [LOGIN, STATUS, LOGIN]
    assert set(paths(panel)[3:]) <= {LOGOUT}


async def test_logout_without_a_login(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.logout()
    assert panel.requests == []


@pytest.mark.parametrize(
    "fault", [Answer.json({"error": "Log In"}, 401), Answer(500), Close()]
)
async def test_logout_that_fails(
    client: PanelClient, panel: SimulatedPanel, fault: Answer | Close
) -> None:
    await client.login()
    panel.fail(fault, path=LOGOUT)
    await client.logout()
    assert paths(panel)[:2] == [LOGIN, LOGOUT]
    assert set(paths(panel)[2:]) <= {LOGOUT}


async def test_logout_from_a_panel_that_is_away(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    await panel.switch_off()
    await client.logout()
    assert paths(panel) == [LOGIN]


async def test_logout_from_a_panel_that_hangs(
    client: PanelClient, panel: SimulatedPanel, request: pytest.FixtureRequest
) -> None:
    await client.login()
    panel.fail(Hang())
    timeouts = request.getfixturevalue("hurry")
    await client.logout()
    assert timeouts == [2]
    assert paths(panel) == [LOGIN, LOGOUT]


async def test_session_that_was_closed(
    client: PanelClient, session: ClientSession, panel: SimulatedPanel
) -> None:
    """Home Assistant closes the connections of all sessions at its end."""
    await client.login()
    await session.close()
    with pytest.raises(PanelConnectionError):
        await client.info()
    await client.logout()
    assert paths(panel) == [LOGIN]


async def test_panel_that_is_away(client: PanelClient, panel: SimulatedPanel) -> None:
    await panel.switch_off()
    with pytest.raises(PanelConnectionError, match="ClientConnectorError"):
        await client.info()
    await panel.switch_on()
    await client.info()


@pytest.mark.usefixtures("hurry")
async def test_panel_that_hangs(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.fail(Hang())
    with pytest.raises(PanelConnectionError, match="within 10 seconds"):
        await client.info()


async def test_connection_that_is_closed_without_an_answer(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    panel.fail(Close(), times=1)
    with pytest.raises(PanelConnectionError, match="Disconnected"):
        await client.registration()
    await client.registration()
    assert paths(panel) == [LOGIN, STATUS, STATUS]


async def test_aiohttp_repeats_what_gets_no_answer(
    client: PanelClient, panel: SimulatedPanel, session: ClientSession
) -> None:
    """What aiohttp does by itself, so that a panel counts one request more than we do."""
    session._retry_connection = True
    await client.login()
    panel.fail(Close(), times=1)
    await client.registration()
    panel.fail(Close(), times=2)
    with pytest.raises(PanelConnectionError):
        await client.registration()
    assert paths(panel) == [LOGIN, *[STATUS] * 4]


async def test_answer_that_comes_late(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(Delay(0), path=STATUS, times=1)
    assert (await client.registration()).status is RegistrationStatus.REGISTERED


async def test_cancelled_request_leaves_the_client_usable(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    panel.fail(Hang(), path=STATUS, times=1)
    task = asyncio.create_task(client.registration())
    await panel.next_request()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await client.registration()
    assert len(panel.logins) == 1


class BusyPanel(SimulatedPanel):
    """Takes its time over each request, and counts how many there are at once."""

    at_once = 0
    most_at_once = 0

    async def _answer(self, request: web.Request) -> Answer | None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        # Room for all other requests that a client has under way to come in.
        for _ in range(1000):
            await asyncio.sleep(0)
        self.at_once -= 1
        return await super()._answer(request)


async def test_one_request_at_a_time(make_client: MakeClient) -> None:
    async with BusyPanel() as panel:
        client = make_client(panel.url)
        other_client = make_client(panel.url)
        await asyncio.gather(client.info(), other_client.info())
        assert panel.most_at_once == 2
        panel.most_at_once = 0
        await asyncio.gather(
            client.info(),
            client.first_account(),
            client.second_account(SECOND_ACCOUNT_PATHS[0]),
            client.registration(),
            client.mac_address(),
            client.sip_enabled(),
            client.login(),
        )
    assert panel.most_at_once == 1


async def test_only_the_origin_of_the_address_counts(
    make_client: MakeClient, panel: SimulatedPanel
) -> None:
    client = make_client(URL(panel.url) / "system/reboot/run" % {"a": "b"})
    await client.info()
    assert panel.requests == [Request("GET", INFO, 200, 0)]


async def test_account_of_the_panel(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.second_account = {
        "proxy": "sip:192.168.1.200:5061",
        "realm": "*",
        "user": 201,
        "transport": "TLS",
        "registration_interval": "900",
        "outbound": None,
    }
    assert await client.second_account("device/sip/settings/second") == SipAccount(
        proxy="sip:192.168.1.200:5061",
        realm="*",
        user="201",
        transport="TLS",
        user_id_digest=None,
        registration_interval=900,
        outbound="",
        stun=None,
        password_exposed=False,
    )
