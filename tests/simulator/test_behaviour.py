"""What the documentation leaves open."""

import aiohttp
import pytest

from simulator import (
    VARIANTS,
    Answer,
    Ban,
    Close,
    Login,
    SimulatedPanel,
    Timestamp,
    UnsetAccount,
)
from simulator.settings import set_registration

from .conftest import Client, Clock
from .test_api import HASH, SECOND_SETTINGS, SETTINGS, STATUS

NOT_FOUND = (404, {"error": "Not found"})
LOG_IN = (401, {"error": "Log In"})


async def test_other_path_of_the_second_account(
    client: Client, panel: SimulatedPanel
) -> None:
    panel.behaviour.second_account_path = "device/sip2/settings"
    assert await client.ask(SECOND_SETTINGS) == NOT_FOUND
    assert await client.ask("/api/v1/device/sip2/settings") == (
        200,
        panel.second_account,
    )


async def test_no_second_account(client: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.second_account_path = None
    assert await client.ask(SECOND_SETTINGS) == NOT_FOUND


async def test_unknown_suffixes(client: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.answers_unknown_suffixes = True
    assert await client.ask(f"{SETTINGS}/2") == (200, panel.first_account)
    assert await client.ask(SECOND_SETTINGS) == (200, panel.second_account)
    assert await client.ask(f"{SETTINGS}2") == NOT_FOUND


async def test_unset_account_of_empty_values(
    client: Client, panel: SimulatedPanel
) -> None:
    panel.behaviour.unset_account = UnsetAccount.EMPTY_STRINGS
    assert await client.ask(SECOND_SETTINGS) == (
        200,
        dict.fromkeys(panel.second_account, ""),
    )
    panel.behaviour.unset_account = UnsetAccount.NULLS
    assert await client.ask(SECOND_SETTINGS) == (
        200,
        dict.fromkeys(panel.second_account),
    )
    assert await client.ask(SETTINGS) == (200, panel.first_account)


@pytest.mark.parametrize(
    ("unset", "status"),
    [(UnsetAccount.NOT_FOUND, 404), (UnsetAccount.BAD_REQUEST, 400)],
)
async def test_unset_account_as_an_error(
    client: Client, panel: SimulatedPanel, unset: UnsetAccount, status: int
) -> None:
    panel.behaviour.unset_account = unset
    assert (await client.ask(SECOND_SETTINGS))[0] == status


@pytest.mark.parametrize(
    ("timestamp", "sent"),
    [
        (Timestamp.SECONDS, {"register_last_attempt": 1_700_000_000}),
        (Timestamp.MILLISECONDS, {"register_last_attempt": 1_700_000_000_000}),
        (Timestamp.NULL, {"register_last_attempt": None}),
        (Timestamp.ABSENT, {}),
    ],
)
async def test_timestamps(
    client: Client, panel: SimulatedPanel, timestamp: Timestamp, sent: dict[str, object]
) -> None:
    panel.behaviour.timestamp = timestamp
    assert await client.ask(STATUS) == (200, {"sip_status": "OK", **sent})


async def test_no_attempt_yet(client: Client, panel: SimulatedPanel) -> None:
    panel.register_last_attempt = None
    panel.behaviour.timestamp = Timestamp.MILLISECONDS
    assert (await client.ask(STATUS))[1]["register_last_attempt"] is None


async def test_registering_again(
    client: Client, panel: SimulatedPanel, clock: Clock
) -> None:
    clock.now += 150
    assert (await client.ask(STATUS))[1]["register_last_attempt"] == 1_700_000_120
    set_registration(panel, "OFFLINE")
    clock.now += 1000
    assert panel.last_attempt() == 1_700_000_120
    set_registration(panel, "ERROR")
    clock.now += 61
    assert panel.last_attempt() == 1_700_001_210
    panel.register_last_attempt = 1_600_000_000
    assert panel.last_attempt() == 1_600_000_000
    clock.now += 60
    assert panel.last_attempt() == 1_600_000_060
    panel.first_account["registration_interval"] = "soon"
    assert panel.last_attempt() == 1_600_000_000
    panel.first_account["registration_interval"] = 60
    panel.behaviour.registers_again = False
    assert panel.last_attempt() == 1_600_000_000


async def test_second_registration(
    client: Client, panel: SimulatedPanel, clock: Clock
) -> None:
    VARIANTS["second-registration"](panel)
    panel.second_account["registration_interval"] = 100
    panel.second_registration.change("ERROR")
    clock.now += 150
    assert await client.ask("/api/v1/device/sip/status/second") == (
        200,
        {"sip_status": "ERROR", "register_last_attempt": 1_700_000_100},
    )
    assert (await client.ask(STATUS))[1] == {
        "sip_status": "OK",
        "register_last_attempt": 1_700_000_120,
    }
    panel.second_registration.change("OFFLINE")
    enable = "/api/v1/device/sip/enable"
    assert await client.ask(f"{enable}/second") == (200, {"sip_enable": False})
    assert await client.ask(enable) == (200, {"sip_enable": True})


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_resource(
    client: Client, panel: SimulatedPanel, status: int
) -> None:
    panel.behaviour.refused["sip/status"] = status
    for _ in range(2):
        assert (await client.ask(STATUS))[0] == status
    assert (await client.ask(SETTINGS))[0] == 200


async def test_token_lifetime(
    client: Client, panel: SimulatedPanel, clock: Clock
) -> None:
    clock.now += 7199
    assert (await client.ask(STATUS))[0] == 200
    clock.now += 1
    assert await client.ask(STATUS) == LOG_IN
    panel.behaviour.token_lifetime = None
    await client.log_in()
    clock.now += 1e9
    assert (await client.ask(STATUS))[0] == 200


async def test_token_for_some_requests(client: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.token_requests = 2
    statuses = [(await client.ask(STATUS))[0] for _ in range(4)]
    assert statuses == [200, 200, 401, 401]


async def test_session_that_ends_without_a_401(
    client: Client, panel: SimulatedPanel
) -> None:
    panel.behaviour.ended_session = Answer.json({"error": "Log In"})
    panel.end_sessions()
    assert await client.ask(STATUS) == (200, {"error": "Log In"})
    panel.behaviour.ended_session = Close()
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask(STATUS)
    await client.log_in()
    assert (await client.ask(STATUS))[0] == 200


async def test_busy_panel(client: Client, panel: SimulatedPanel, clock: Clock) -> None:
    """It answers each path once in five seconds."""
    panel.behaviour.busy = Answer(429, headers={"Retry-After": "5"})
    assert (await client.ask(STATUS))[0] == 200
    clock.now += 4
    assert (await client.ask(STATUS))[0] == 429
    assert (await client.ask(SETTINGS))[0] == 200
    clock.now += 5
    assert (await client.ask(STATUS))[0] == 200


@pytest.mark.parametrize(("single", "status"), [(False, 200), (True, 401)])
async def test_login_and_other_sessions(
    client: Client, panel: SimulatedPanel, single: bool, status: int
) -> None:
    panel.behaviour.single_session = single
    other = Client(panel, client.session)
    assert (await other.log_in())[0] == 200
    assert (await other.ask(STATUS))[0] == 200
    assert (await client.ask(STATUS))[0] == status


@pytest.mark.parametrize(
    ("ban", "answer"),
    [(Ban.FORBIDDEN, (403, {"error": "Banned"})), (Ban.UNAUTHORIZED, LOG_IN)],
)
async def test_ban(
    client: Client, panel: SimulatedPanel, ban: Ban, answer: tuple[int, object]
) -> None:
    panel.behaviour.ban_after = 2
    panel.behaviour.ban = ban
    await client.log_in("wrong")
    assert (await client.log_in())[0] == 200
    await client.log_in("wrong")
    assert (await client.ask(STATUS))[0] == 200
    await client.log_in("wrong")
    assert await client.ask(STATUS) == answer
    assert await client.ask("/api/info") == answer
    assert await client.log_in() == answer
    assert panel.logins[-1] == Login("admin", accepted=False, time=0)
    panel.reboot()
    assert (await client.log_in())[0] == 200


async def test_ban_by_closing(client: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.ban_after = 1
    panel.behaviour.ban = Ban.CLOSED
    await client.log_in("wrong")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask(STATUS)


async def test_status_without_login(stranger: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.status_without_login = True
    assert (await stranger.ask(STATUS))[0] == 200
    assert await stranger.ask(SETTINGS) == LOG_IN


async def test_manager(stranger: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.manager = True
    _, answer = await stranger.log_in()
    assert answer["account_type"] == "manager"
    for path in (SETTINGS, SECOND_SETTINGS, STATUS):
        assert await stranger.ask(path) == (
            403,
            {"error": "Administrator rights required"},
        )
    assert (await stranger.ask("/api/v1/logout"))[0] == 200


async def test_cleartext_password(client: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.cleartext_password = True
    for path in (SETTINGS, SECOND_SETTINGS):
        assert (await client.ask(path))[1]["password"] == panel.sip_password
    assert panel.first_account["password"] == "WebPass"


async def test_lower_case_hashes_only(stranger: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.lower_case_hashes_only = True
    assert (await stranger.log_in())[0] == 400
    path = f"/api/v1/login?username=admin&password={HASH.lower()}"
    assert (await stranger.ask(path))[0] == 200


async def test_other_content_type(client: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.content_type = "text/html"
    async with client.session.get(f"{panel.url}/api/info") as response:
        assert response.content_type == "text/html"
        assert await response.json(content_type=None) == panel.info


@pytest.mark.parametrize("name", VARIANTS)
async def test_every_variant_tells_what_it_is(name: str, panel: SimulatedPanel) -> None:
    def state() -> str:
        """Return what a variant may change."""
        account = panel.second_account
        return str((panel.info, panel.behaviour, panel.sip_status, account))

    before = state()
    VARIANTS[name](panel)
    assert state() != before
    assert VARIANTS[name].__doc__


async def test_variant_api_v0(stranger: Client, panel: SimulatedPanel) -> None:
    VARIANTS["api-v0"](panel)
    status, info = await stranger.ask("/api/info")
    assert (status, info["api_version"]) == (200, "1.8.0")
    assert await stranger.log_in() == NOT_FOUND
    assert await stranger.ask("/api/v0/login") == NOT_FOUND


async def test_variant_api_2_9(client: Client, panel: SimulatedPanel) -> None:
    VARIANTS["api-2.9"](panel)
    status, account = await client.ask(SETTINGS)
    assert status == 200
    assert "outbound" not in account
    assert await client.ask(SECOND_SETTINGS) == NOT_FOUND
    assert await client.ask(STATUS) == (200, {"sip_status": "OK"})


async def test_variant_camdroid(client: Client, panel: SimulatedPanel) -> None:
    VARIANTS["camdroid"](panel)
    _, info = await client.ask("/api/info")
    assert (info["api_version"], info["device_model"]) == ("1.3.5", "av03bd")
    assert (await client.ask(SETTINGS))[0] == 200


async def test_variants_of_the_info(stranger: Client, panel: SimulatedPanel) -> None:
    VARIANTS["monitor"](panel)
    VARIANTS["no-serial-number"](panel)
    _, info = await stranger.ask("/api/info")
    assert info["device_type"] == "monitor"
    assert "device_serial_number" not in info
