"""What the client reads, of which panel, and that it logs out."""

import asyncio

from aiohttp import ClientSession, web
from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.errors import (
    AnotherDeviceError,
    BlockedError,
    ConnectionFailedError,
    ForbiddenError,
    NotAnAccountError,
    NotAPanelError,
    NotFoundError,
    PanelError,
    ResponseError,
)
from custom_components.bas_ip.panel.models import (
    Account,
    PanelInfo,
    RegistrationStatus,
    Setting,
    SipRegistration,
)
from custom_components.bas_ip.panel.search import discover
from simulator import (
    VARIANTS,
    Answer,
    Close,
    Delay,
    Fault,
    Hang,
    Request,
    SimulatedPanel,
)

from ..conftest import FIRST, INFO, LOGIN, LOGOUT, MAC, SECOND, STATUS, asked
from .conftest import FIRST_PATH, SECOND_PATH, MakeClient, arrival, read

REFUSED = Answer.json({"error": "Log In"}, 401)
FORBIDDEN = Answer.json({"error": "Administrator rights required"}, 403)
# How panels fail that are not well.
FAULTS = [
    Answer.json({"error": "Log In"}),
    Answer(200, b"<html></html>", "text/html"),
    Answer(200),
    Answer.json({}),
    Answer(302, headers={"Location": "/login"}),
    Answer(400),
    Answer(404),
    Answer(419),
    Answer(440),
    Answer(500),
    Close(),
]


async def test_poll(known: PanelClient, panel: SimulatedPanel) -> None:
    """It asks who is there before anything else, and each path once."""
    panel.register_last_attempt = 1_700_000_000
    reading = await read(known, *Account)
    assert reading.info == PanelInfo(
        api_version="2.11.0",
        firmware_version="3.20.0",
        hardware_version="1.4",
        model="aa-07fb",
        name="Front door",
        serial_number=panel.info["device_serial_number"],
        type="panel",
    )
    first, second = (reading.accounts[account] for account in Account)
    assert first.settings[Setting.PROXY] == "sip:sip.example.org"
    assert first.settings[Setting.STUN] == "stun.example.org:3478"
    assert second.settings == {
        Setting.PROXY: "sip:pbx.example.net",
        Setting.REALM: "pbx.example.net",
        Setting.USER: "201",
        Setting.TRANSPORT: "udp",
        Setting.USER_ID: "b42008d0",
        Setting.REGISTRATION_INTERVAL: "60",
        Setting.OUTBOUND: "",
    }
    assert reading.errors == {}
    assert reading.registrations == {
        None: SipRegistration(status=RegistrationStatus.REGISTERED, last_attempt=None)
    }
    assert reading.registrations[None].last_attempt == "1700000000"
    assert asked(panel) == [INFO, LOGIN, FIRST, SECOND, STATUS]
    assert await read(known, *Account) == reading
    assert asked(panel) == [INFO, FIRST, SECOND, STATUS]


async def test_own_registration_of_an_account(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    VARIANTS["second-registration"](panel)
    panel.second_registration.change("ERROR")
    path = panel.behaviour.second_status_path
    assert path
    reading = await client.read(
        {Account.SECOND: SECOND_PATH}, {None: "sip/status", Account.SECOND: path}
    )
    assert {
        holder: registration.status
        for holder, registration in reading.registrations.items()
    } == {
        None: RegistrationStatus.REGISTERED,
        Account.SECOND: RegistrationStatus.FAILED,
    }


@pytest.mark.parametrize("fault", [*FAULTS[:3], *FAULTS[4:], REFUSED, FORBIDDEN])
async def test_status_that_is_not_given(
    client: PanelClient, panel: SimulatedPanel, fault: Answer | Close
) -> None:
    """Nothing is remembered about it: it costs no login and is asked again."""
    panel.fail(fault, path=STATUS)
    for _ in range(3):
        assert (await read(client)).registrations == {}
    panel.recover()
    assert None in (await read(client)).registrations
    assert asked(panel) == [INFO, LOGIN, *[SECOND, STATUS, INFO] * 3, SECOND, STATUS]


@pytest.mark.parametrize("account", Account)
@pytest.mark.parametrize("fault", [*FAULTS, REFUSED, FORBIDDEN])
async def test_one_of_two_accounts_is_not_given(
    client: PanelClient,
    panel: SimulatedPanel,
    fault: Answer | Close,
    account: Account,
) -> None:
    """The other one is read, and then tells more about the session.

    Being forbidden at the first request may be about the session.
    """
    await read(client, *Account)
    path = FIRST if account is Account.FIRST else SECOND
    panel.fail(fault, path=path)
    reading = await read(client, *Account)
    assert list(reading.accounts) == [each for each in Account if each is not account]
    is_forbidden = fault in (REFUSED, FORBIDDEN)
    assert isinstance(reading.errors[account], ForbiddenError) is is_forbidden
    assert None in reading.registrations
    panel.recover()
    panel.requests.clear()
    assert not (await read(client, *Account)).errors
    is_first = account is Account.FIRST
    order = [SECOND, FIRST] if is_first else [FIRST, SECOND]
    assert asked(panel) == [INFO, *order, STATUS]
    may_be_session = is_forbidden and is_first
    assert len(panel.logins) == (2 if may_be_session else 1)


async def test_no_account_is_given(client: PanelClient, panel: SimulatedPanel) -> None:
    """It is forbidden only if all are."""
    panel.fail(FORBIDDEN, path=FIRST)
    panel.fail(Answer(500), path=SECOND)
    with pytest.raises(ResponseError):
        await read(client, *Account)
    panel.fail(FORBIDDEN, path=SECOND)
    with pytest.raises(ForbiddenError):
        await read(client, *Account)


async def test_user_without_the_rights(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.manager = True
    for _ in range(3):
        with pytest.raises(ForbiddenError):
            await read(client)
    tried = [LOGIN, SECOND]
    assert asked(panel) == [INFO, *tried, INFO, SECOND, *tried, INFO, SECOND]


async def test_object_of_the_api(client: PanelClient, panel: SimulatedPanel) -> None:
    """As set-up reads it, with one login."""
    assert not client._has_token
    first = await client.get_object(FIRST_PATH)
    assert first == panel.first_account
    with pytest.raises(NotFoundError):
        await client.get_object("device/sip/2/settings")
    await client.get_object("sip/status")
    assert client._has_token
    assert asked(panel)[:2] == [LOGIN, FIRST]
    assert len(panel.logins) == 1


async def test_information_needs_no_login(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    assert (await client.info()).name == "Front door"
    assert asked(panel) == [INFO]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (REFUSED, BlockedError),
        (FORBIDDEN, BlockedError),
        (Answer(404), NotAPanelError),
        (Answer(500), NotAPanelError),
        (Answer(200, b"<html></html>", "text/html"), NotAPanelError),
        (Answer.json({"error": "Not found"}), NotAPanelError),
        (Answer.json({"device_type": "monitor", "api_version": "1"}), NotAPanelError),
        (Answer.json({}), NotAPanelError),
        (Close(), ConnectionFailedError),
    ],
)
async def test_something_else_answers(
    client: PanelClient,
    panel: SimulatedPanel,
    answer: Answer | Close,
    error: type[PanelError],
) -> None:
    """It gets no login, and a session that there is goes on afterwards."""
    await read(client)
    panel.requests.clear()
    panel.fail(answer, path=INFO)
    for ask in (client.info(), read(client)):
        with pytest.raises(PanelError) as caught:
            await ask
        assert caught.type is error
    assert asked(panel) == [INFO, INFO]
    panel.recover()
    await read(client)
    assert asked(panel) == [INFO, SECOND, STATUS]


@pytest.mark.parametrize(
    ("found", "error"),
    [
        ("6c4e0f3e-0000-4000-8000-000000000002", AnotherDeviceError),
        (12345678, AnotherDeviceError),
        (None, ConnectionFailedError),
        ("", ConnectionFailedError),
        ("0000000000", ConnectionFailedError),
        ("unknown", ConnectionFailedError),
        ("N/A", ConnectionFailedError),
        ([], ConnectionFailedError),
    ],
)
async def test_stranger(
    known: PanelClient, panel: SimulatedPanel, found: object, error: type[PanelError]
) -> None:
    """Nothing but who it is is asked, with a token or without."""
    serial_number = panel.info["device_serial_number"]
    for _ in range(2):
        panel.info["device_serial_number"] = found
        with pytest.raises(PanelError) as caught:
            await read(known)
        assert caught.type is error
        assert asked(panel) == [INFO]
        panel.info["device_serial_number"] = serial_number
        await read(known)
        panel.requests.clear()
    assert len(panel.logins) == 1


async def test_stranger_gets_no_token(
    known: PanelClient, panel: SimulatedPanel, with_token: list[str]
) -> None:
    """It is asked who it is, and the panel gets the same token when it is back."""
    await read(known)
    serial_number = panel.info["device_serial_number"]
    panel.info["device_serial_number"] = "another"
    asked(panel)
    with_token.clear()
    for ask in (
        read(known),
        known.get_object(FIRST_PATH),
        known.login(),
        discover(known),
        known.get_object(FIRST_PATH),
    ):
        with pytest.raises(AnotherDeviceError):
            await ask
    assert asked(panel) == [INFO, INFO]
    assert with_token == []

    panel.info["device_serial_number"] = serial_number
    await known.info()
    await known.get_object(FIRST_PATH)
    assert asked(panel) == [INFO, FIRST]
    panel.info["device_serial_number"] = "another"
    with pytest.raises(AnotherDeviceError):
        await read(known)
    await known.logout()
    assert asked(panel) == [INFO, INFO]
    assert with_token == [FIRST]


async def test_stranger_that_comes_during_a_search(
    known: PanelClient,
    panel: SimulatedPanel,
    freezer: FrozenDateTimeFactory,
    with_token: list[str],
) -> None:
    """A poll finds it out, and the search ends there."""
    panel.fail(Hang(), path="/", times=1)
    search = asyncio.create_task(discover(known))
    await arrival(panel, "/")
    panel.info["device_serial_number"] = "another"
    poll = asyncio.create_task(read(known))
    await asyncio.sleep(0)
    asked(panel)
    with_token.clear()
    freezer.tick(11)
    for task in (poll, search):
        with pytest.raises(AnotherDeviceError):
            await task
    assert asked(panel) == [INFO]
    assert with_token == []


@pytest.mark.parametrize("answers", [{}, {"device_serial_number": "another"}])
async def test_stranger_that_refuses_everything(
    known: PanelClient, panel: SimulatedPanel, answers: dict[str, str]
) -> None:
    panel.fail(REFUSED)
    if answers:
        panel.fail(Answer.json(answers), path=INFO)
    for _ in range(3):
        with pytest.raises(PanelError):
            await read(known)
    assert asked(panel) == [INFO] * 3


@pytest.mark.parametrize(
    ("known_as", "found"),
    [
        ("6C4E0F3E-A1B2", "6c4e0f3ea1b2"),
        ("6c4e0f3ea1b2", "6C:4E:0F:3E:A1:B2 "),
        ("12345678", 12345678.0),
        # A filler is no serial number that any panel could be known by.
        ("0000000000", "12345678"),
        ("", "12345678"),
        ("unknown", None),
    ],
)
async def test_known_panel(
    make_client: MakeClient, panel: SimulatedPanel, known_as: str, found: object
) -> None:
    panel.info["device_serial_number"] = found
    await read(make_client(panel.url, serial_number=known_as))


async def test_panel_that_is_known_by_its_mac_address(
    known_by_mac: PanelClient, panel: SimulatedPanel
) -> None:
    """It is asked after each new login."""
    await read(known_by_mac)
    await read(known_by_mac)
    assert asked(panel) == [
        *[INFO, LOGIN, MAC, SECOND, STATUS],
        *[INFO, SECOND, STATUS],
    ]
    panel.end_sessions()
    await read(known_by_mac)
    assert asked(panel) == [INFO, SECOND, LOGIN, MAC, SECOND, STATUS]


async def test_another_panel_than_the_one_that_is_known_by_its_mac_address(
    known_by_mac: PanelClient, panel: SimulatedPanel
) -> None:
    """Its settings are not read, and it gets no login each minute."""
    panel.mac_address = "b0:0c:d1:00:00:02"
    for _ in range(4):
        with pytest.raises(AnotherDeviceError):
            await read(known_by_mac)
    assert asked(panel) == [*[INFO, LOGIN, MAC, LOGOUT] * 2, INFO, INFO]
    assert not panel.sessions


@pytest.mark.parametrize(
    "answer",
    [
        Answer.json({"mac_address": "B0-0C-D1-00-00-01"}),
        Answer.json({"mac_address": "02:00:00:00:00:00"}),
        Answer.json({"mac_address": None}),
        Answer.json({}),
        Answer(404),
        FORBIDDEN,
        Close(),
    ],
)
async def test_mac_address_that_is_not_given(
    make_client: MakeClient, panel: SimulatedPanel, answer: Answer | Close
) -> None:
    panel.fail(answer, path=MAC)
    await read(make_client(panel.url, mac_address="b0:0c:d1:00:00:01"))


async def test_serial_number_counts_more_than_the_mac_address(
    make_client: MakeClient, panel: SimulatedPanel
) -> None:
    await read(
        make_client(
            panel.url,
            serial_number=panel.info["device_serial_number"],
            mac_address="b0:0c:d1:00:00:01",
        )
    )
    assert asked(panel) == [INFO, LOGIN, SECOND, STATUS]


async def test_answer_that_is_no_account(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(Answer.json({"sip_status": "OK"}), path=SECOND)
    with pytest.raises(NotAnAccountError):
        await read(client)


async def test_file_of_the_web_page(client: PanelClient, panel: SimulatedPanel) -> None:
    """No token goes there."""
    await client.login()
    status, text, location = await client.web_file("/", 10_000)
    assert (status, location) == (200, "")
    assert "<html" in text
    with pytest.raises(ResponseError, match="larger"):
        await client.web_file("/", 10)


async def test_only_the_origin_of_the_address_counts(
    make_client: MakeClient, panel: SimulatedPanel
) -> None:
    await make_client(URL(panel.url) / "system/reboot/run" % {"a": "b"}).info()
    assert panel.requests == [Request("GET", INFO, 200, 0)]


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
        await asyncio.gather(client.info(), make_client(panel.url).info())
        assert panel.most_at_once == 2
        panel.most_at_once = 0
        await asyncio.gather(
            client.info(),
            read(client),
            client.login(),
            client.get_object(FIRST_PATH),
            client.web_file("/", 10_000),
        )
    assert panel.most_at_once == 1


async def test_panel_that_is_away(client: PanelClient, panel: SimulatedPanel) -> None:
    await panel.switch_off()
    with pytest.raises(ConnectionFailedError, match="ClientConnectorError"):
        await client.info()
    await panel.switch_on()
    await client.info()


async def test_panel_that_hangs(
    client: PanelClient, panel: SimulatedPanel, freezer: FrozenDateTimeFactory
) -> None:
    panel.fail(Hang(), times=1)
    task = asyncio.create_task(client.info())
    await arrival(panel, INFO)
    freezer.tick(11)
    with pytest.raises(ConnectionFailedError, match="within 10 seconds"):
        await task


async def test_answer_that_comes_late(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(Delay(0))
    assert (await read(client)).accounts


async def test_cancelled_poll_leaves_the_client_usable(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await read(client)
    panel.fail(Hang(), path=SECOND, times=1)
    task = asyncio.create_task(read(client))
    await arrival(panel, SECOND)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await read(client)
    assert len(panel.logins) == 1


@pytest.mark.parametrize("path", [INFO, SECOND, STATUS])
async def test_logout_does_not_wait(
    client: PanelClient, panel: SimulatedPanel, path: str
) -> None:
    """The request that hangs ends later, and nothing is sent afterwards."""
    await read(client)
    panel.requests.clear()
    panel.fail(Hang(), path=path)
    poll = asyncio.create_task(read(client))
    await arrival(panel, path)
    others = [asyncio.create_task(each) for each in (client.info(), client.login())]
    await client.logout()
    assert not poll.done()
    assert not panel.sessions
    assert asked(panel)[-2:] == [path, LOGOUT]
    await panel.switch_off()
    results = await asyncio.gather(poll, *others, return_exceptions=True)
    failed = [result for result in results if isinstance(result, Exception)]
    assert {type(result) for result in failed} == {ConnectionFailedError}
    assert panel.requests == []


async def test_answer_that_is_as_the_last_one(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """It is not parsed again, whatever has come in between."""
    first = await read(client, *Account)
    panel.fail(Answer(500), path=FIRST)
    await read(client, *Account)
    panel.recover()
    again = await read(client, *Account)
    assert again.info is first.info
    for account in Account:
        assert again.accounts[account] is first.accounts[account]
    panel.second_account["realm"] = "other.example.net"
    other = await read(client, *Account)
    assert other.accounts[Account.FIRST] is first.accounts[Account.FIRST]
    assert other.accounts[Account.SECOND] != first.accounts[Account.SECOND]


async def test_logout_waits_for_a_login(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    """Or else its session would stay on the panel."""
    panel.fail(Delay(0.01), path=LOGIN)
    poll = asyncio.create_task(read(client))
    await arrival(panel, LOGIN)
    await client.logout()
    assert panel.logins
    assert not panel.sessions
    with pytest.raises(ConnectionFailedError, match="closed"):
        await poll


async def test_logout_ends_the_session_once(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.logout()
    assert panel.requests == []
    with pytest.raises(ConnectionFailedError, match="closed"):
        await client.login()
    await client.logout()
    assert panel.requests == []


@pytest.mark.parametrize("fault", [REFUSED, Answer(500), Close(), Hang()])
async def test_logout_that_fails(
    client: PanelClient,
    panel: SimulatedPanel,
    freezer: FrozenDateTimeFactory,
    fault: Fault,
) -> None:
    """It takes two seconds at most."""
    await client.login()
    panel.fail(fault, path=LOGOUT)
    logout = asyncio.create_task(client.logout())
    await arrival(panel, LOGOUT)
    freezer.tick(3)
    await logout
    await client.logout()
    assert asked(panel) == [LOGIN, LOGOUT]


async def test_session_that_was_closed(
    client: PanelClient, session: ClientSession, panel: SimulatedPanel
) -> None:
    """Home Assistant closes the connections of all sessions at its end."""
    await client.login()
    await session.close()
    with pytest.raises(ConnectionFailedError, match="closed"):
        await client.info()
    await client.logout()
    assert asked(panel) == [LOGIN]
