"""The answers that the documentation gives."""

import re

import pytest

from simulator import Login, Request, SimulatedPanel

from .conftest import Client

SETTINGS = "/api/v1/device/sip/settings"
SECOND_SETTINGS = "/api/v1/device/sip/settings/second"
STATUS = "/api/v1/sip/status"
WITH_LOGIN = [
    SETTINGS,
    SECOND_SETTINGS,
    STATUS,
    "/api/v1/device/sip/enable",
    "/api/v1/network/mac",
    "/api/v1/logout",
]
HASH = "E10ADC3949BA59ABBE56E057F20F883E"


async def test_info_needs_no_login(stranger: Client, panel: SimulatedPanel) -> None:
    status, info = await stranger.ask("/api/info")
    assert status == 200
    assert info == panel.info
    assert info["firmware_version"] == "3.20.0"
    assert info["api_version"] == "2.11.0"
    assert info["device_type"] == "panel"
    assert info["device_model"] == "aa-07fb"


async def test_login_of_the_documents_example(
    stranger: Client, panel: SimulatedPanel
) -> None:
    status, answer = await stranger.ask(f"/api/v1/login?username=admin&password={HASH}")
    assert status == 200
    assert answer["account_type"] == "admin"
    assert re.fullmatch("[0-9a-f]{40}", answer["token"])
    assert panel.logins == [Login("admin", accepted=True, time=0)]


async def test_login_with_a_hash_in_lower_case(stranger: Client) -> None:
    status, _ = await stranger.ask(
        f"/api/v1/login?username=admin&password={HASH.lower()}"
    )
    assert status == 200


@pytest.mark.parametrize(
    "query", ["", "?username=admin", f"?password={HASH}", "?username=&password="]
)
async def test_login_without_parameters(
    stranger: Client, panel: SimulatedPanel, query: str
) -> None:
    assert await stranger.ask(f"/api/v1/login{query}") == (
        400,
        {"error": "Required parameters missed"},
    )
    assert panel.logins == []


@pytest.mark.parametrize(
    ("username", "password"), [("admin", "654321"), ("manager", "123456")]
)
async def test_rejected_login(
    stranger: Client, panel: SimulatedPanel, username: str, password: str
) -> None:
    assert await stranger.log_in(password, username) == (
        400,
        {"error": "Wrong login or password"},
    )
    assert panel.logins == [Login(username, accepted=False, time=0)]


@pytest.mark.parametrize("path", WITH_LOGIN)
@pytest.mark.parametrize("authorization", [None, "Bearer x", "Bearer ", "Basic x"])
async def test_nothing_else_without_a_login(
    client: Client, path: str, authorization: str | None
) -> None:
    client.headers = {"Authorization": authorization} if authorization else {}
    assert await client.ask(path) == (401, {"error": "Log In"})


async def test_first_account(client: Client) -> None:
    assert await client.ask(SETTINGS) == (
        200,
        {
            "proxy": "sip:sip.example.org",
            "realm": "sip.example.org",
            "user": "101",
            "password": "WebPass",
            "transport": "udp",
            "user_id": "101",
            "registration_interval": 60,
            "outbound": "",
            "stun": {"ip": "stun.example.org", "port": 3478},
        },
    )


async def test_second_account_has_no_stun(client: Client) -> None:
    assert await client.ask(SECOND_SETTINGS) == (
        200,
        {
            "proxy": "sip:pbx.example.net",
            "realm": "pbx.example.net",
            "user": "201",
            "password": "WebPass",
            "transport": "udp",
            "user_id": "201",
            "registration_interval": 60,
            "outbound": "",
        },
    )


async def test_registration(client: Client, panel: SimulatedPanel) -> None:
    assert await client.ask(STATUS) == (
        200,
        {"sip_status": "OK", "register_last_attempt": 1_700_000_000},
    )
    panel.sip_status = "ERROR"
    panel.register_last_attempt = None
    assert await client.ask(STATUS) == (
        200,
        {"sip_status": "ERROR", "register_last_attempt": None},
    )


async def test_the_small_ones(client: Client, panel: SimulatedPanel) -> None:
    assert await client.ask("/api/v1/device/sip/enable") == (200, {"sip_enable": True})
    assert await client.ask("/api/v1/network/mac") == (
        200,
        {"mac_address": panel.mac_address},
    )


async def test_logout(client: Client) -> None:
    assert await client.ask("/api/v1/logout") == (200, None)
    assert await client.ask(STATUS) == (401, {"error": "Log In"})


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v1",
        "/api/v0/login",
        "/api/v2/sip/status",
        "/api/v1/api/info",
        f"{SETTINGS}/",
        f"{SETTINGS}/2",
        "/favicon.ico",
    ],
)
async def test_unknown_paths(client: Client, path: str) -> None:
    assert await client.ask(path) == (404, {"error": "Not found"})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [SECOND_SETTINGS, "/api/info", "/api/v1/login"])
async def test_nothing_can_be_written(
    client: Client, panel: SimulatedPanel, method: str, path: str
) -> None:
    status, _ = await client.ask(path, method=method, json={"realm": "x"})
    assert status == 405
    assert panel.requests == [Request(method, path, 405, time=0)]
    assert panel.second_account["realm"] == "pbx.example.net"


async def test_head_is_answered(client: Client) -> None:
    assert await client.ask("/api/info", method="HEAD") == (200, None)


async def test_requests_are_recorded_without_their_queries(
    stranger: Client, panel: SimulatedPanel
) -> None:
    await stranger.ask("/api/info?from=here")
    await stranger.ask(STATUS)
    await stranger.log_in()
    await stranger.ask(STATUS)
    assert panel.requests == [
        Request("GET", "/api/info", 200, time=0),
        Request("GET", STATUS, 401, time=0),
        Request("GET", "/api/v1/login", 200, time=0),
        Request("GET", STATUS, 200, time=0),
    ]


@pytest.mark.parametrize("value", [None, 5060, True, [], {"a": 1}, "😀", "x" * 999])
async def test_accounts_are_sent_as_they_are(
    client: Client, panel: SimulatedPanel, value: object
) -> None:
    panel.second_account["realm"] = value
    del panel.second_account["transport"]
    assert await client.ask(SECOND_SETTINGS) == (200, panel.second_account)


async def test_firmware_version(stranger: Client, panel: SimulatedPanel) -> None:
    panel.firmware_version = "3.21.0"
    _, info = await stranger.ask("/api/info")
    assert info["firmware_version"] == panel.firmware_version == "3.21.0"


async def test_new_password_ends_sessions(
    client: Client, panel: SimulatedPanel
) -> None:
    panel.password = "123456"
    assert (await client.ask(STATUS))[0] == 200
    panel.password = "geheim"
    assert (await client.ask(STATUS))[0] == 401
    assert (await client.log_in("123456"))[0] == 400
    assert (await client.log_in("geheim"))[0] == 200
    assert (await client.ask(STATUS))[0] == 200


async def test_reboot_ends_sessions(client: Client, panel: SimulatedPanel) -> None:
    panel.reboot()
    assert (await client.ask(STATUS))[0] == 401


async def test_sessions_can_be_ended(client: Client, panel: SimulatedPanel) -> None:
    panel.end_sessions()
    assert (await client.ask(STATUS))[0] == 401
