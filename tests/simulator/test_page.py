"""The page on which a person changes the settings."""

import re
from typing import Any

import aiohttp
import pytest

from simulator import SimulatedPanel, UnsetAccount

from .conftest import Client
from .test_api import SECOND_SETTINGS, STATUS


async def post(client: Client, path: str, body: object) -> tuple[int, Any]:
    return await client.ask(f"/simulator/{path}", method="POST", json=body)


async def test_page_needs_nothing_from_elsewhere(
    stranger: Client, panel: SimulatedPanel
) -> None:
    async with stranger.session.get(f"{panel.url}/simulator") as response:
        assert response.content_type == "text/html"
        page = await response.text()
    assert "Simulated panel" in page
    addresses = set(re.findall(r"https?://[^\s\"')]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert panel.requests == []


async def test_state(client: Client, panel: SimulatedPanel) -> None:
    await client.log_in("wrong")
    await client.ask("/api/info")
    panel.requests[-1].status = None
    status, state = await client.ask("/simulator/state")
    assert status == 200
    assert state["info"] == panel.info
    assert state["second_account"] == panel.second_account
    assert state["sip_status"] == "OK"
    assert state["last_attempt"] == 1_700_000_000
    assert state["on"] is True
    assert [request["path"] for request in state["requests"]] == [
        "/api/info",
        "/api/v1/login",
    ]
    assert [request["status"] for request in state["requests"]] == [None, 400]
    assert [login["accepted"] for login in state["logins"]] == [False]


async def test_saving_an_account(client: Client) -> None:
    changes = {"realm": "other.example.net", "registration_interval": 300}
    status, state = await post(client, "settings", {"second_account": changes})
    assert status == 200
    assert state["second_account"]["realm"] == "other.example.net"
    _, account = await client.ask(SECOND_SETTINGS)
    assert account["realm"] == "other.example.net"
    assert account["registration_interval"] == 300
    assert account["user"] == "201"


async def test_saving_password_and_firmware(
    client: Client, panel: SimulatedPanel
) -> None:
    changes = {"password": "geheim", "firmware_version": "3.21.0"}
    assert (await post(client, "settings", changes))[0] == 200
    assert (await client.ask(STATUS))[0] == 401
    assert (await client.log_in("geheim"))[0] == 200
    assert panel.info["firmware_version"] == "3.21.0"


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("proxy", "", "Enter the SIP server"),
        ("proxy", "sip: pbx", "Blanks"),
        ("realm", "  ", "Blanks"),
        ("realm", "", "Enter the realm"),
        ("realm", "x" * 256, "At most 255"),
        ("user", "", "Enter the number"),
        ("user", "x" * 32, "At most 31"),
        ("user", 201, "Enter a text"),
        ("user_id", "x" * 32, "At most 31"),
        ("transport", "sctp", "Choose"),
        ("outbound", "a b", "Blanks"),
        ("registration_interval", 29, "30 to 900"),
        ("registration_interval", 901, "30 to 900"),
        ("registration_interval", "60", "30 to 900"),
        ("registration_interval", True, "30 to 900"),
        ("color", "red", "no such setting"),
    ],
)
async def test_wrong_account_settings(
    client: Client, panel: SimulatedPanel, setting: str, value: object, message: str
) -> None:
    before = dict(panel.second_account)
    body = {"second_account": {"user": "202", setting: value}}
    status, answer = await post(client, "settings", body)
    assert status == 400
    assert list(answer["errors"]) == [f"second_account.{setting}"]
    assert message in answer["errors"][f"second_account.{setting}"]
    assert panel.second_account == before


@pytest.mark.parametrize(
    ("setting", "value"),
    [("password", ""), ("firmware_version", " "), ("color", 1), ("first_account", 1)],
)
async def test_wrong_panel_settings(
    client: Client, setting: str, value: object
) -> None:
    status, answer = await post(client, "settings", {setting: value})
    assert status == 400
    assert list(answer["errors"]) == [setting]


@pytest.mark.parametrize(
    "setting", [{"user_id": ""}, {"outbound": ""}, {"registration_interval": 30}]
)
async def test_settings_that_may_be_empty_or_just_fit(
    client: Client, setting: dict[str, object]
) -> None:
    assert (await post(client, "settings", {"first_account": setting}))[0] == 200


async def test_saving_an_unset_account(client: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.unset_account = UnsetAccount.NOT_FOUND
    _, state = await client.ask("/simulator/state")
    assert set(state["second_account"].values()) == {""}
    await post(client, "settings", {"second_account": {"user": "202"}})
    assert (await client.ask(SECOND_SETTINGS))[1]["user"] == "202"


async def test_panel_with_one_account(client: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.second_account_path = None
    _, state = await client.ask("/simulator/state")
    assert state["second_account"] is None


@pytest.mark.parametrize(
    ("status", "enabled"), [("OK", True), ("ERROR", True), ("OFFLINE", False)]
)
async def test_registration(client: Client, status: str, enabled: bool) -> None:
    assert (await post(client, "registration", {"sip_status": status}))[0] == 200
    assert (await client.ask(STATUS))[1]["sip_status"] == status
    assert await client.ask("/api/v1/device/sip/enable") == (
        200,
        {"sip_enable": enabled},
    )


async def test_power(client: Client) -> None:
    _, state = await post(client, "power", {"on": False})
    assert state["on"] is False
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask(STATUS)
    await post(client, "power", {"on": True})
    assert (await client.ask(STATUS))[0] == 200


async def test_reboot(client: Client) -> None:
    assert (await post(client, "reboot", {}))[0] == 200
    assert (await client.ask(STATUS))[0] == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("registration", {"sip_status": "WELL"}),
        ("registration", {}),
        ("power", {"on": "yes"}),
        ("settings", []),
    ],
)
async def test_nonsense(client: Client, path: str, body: object) -> None:
    status, answer = await post(client, path, body)
    assert status == 400
    assert answer["errors"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
async def test_no_json(client: Client, body: bytes) -> None:
    status, _ = await client.ask("/simulator/settings", method="POST", data=body)
    assert status == 400
