"""Faults between a client and the panel."""

import asyncio
import json

import aiohttp
import pytest

from simulator import Answer, Close, Delay, Hang, Request, SimulatedPanel, faults

from .conftest import Client
from .test_api import SETTINGS, STATUS

INFO = "/api/info"


async def test_closed_connection(client: Client, panel: SimulatedPanel) -> None:
    panel.fail(Close())
    for _ in range(2):
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.ask(INFO)
    panel.recover()
    assert (await client.ask(INFO))[0] == 200
    assert [request.status for request in panel.requests] == [None, None, 200]


async def test_fault_of_one_path_for_some_requests(
    client: Client, panel: SimulatedPanel
) -> None:
    panel.fail(Answer.json({"error": "Busy"}, 503), path=STATUS, times=2)
    assert (await client.ask(INFO))[0] == 200
    assert await client.ask(STATUS) == (503, {"error": "Busy"})
    assert (await client.ask(STATUS))[0] == 503
    assert (await client.ask(STATUS))[0] == 200


async def test_counted_faults_come_in_order_and_before_lasting_ones(
    client: Client, panel: SimulatedPanel
) -> None:
    panel.fail(Answer(500), path=STATUS)
    panel.fail(Answer(501), times=1)
    panel.fail(Answer(502), path=STATUS, times=1)
    panel.fail(Answer(504))
    statuses = [(await client.ask(STATUS))[0] for _ in range(4)]
    assert statuses == [501, 502, 500, 500]
    assert (await client.ask(SETTINGS))[0] == 504


async def test_late_answer(client: Client, panel: SimulatedPanel) -> None:
    panel.fail(Delay(0.001))
    assert await client.ask(INFO) == (200, panel.info)


@pytest.mark.parametrize("fault", [Hang(), Delay(3600)])
async def test_client_gives_up_waiting(
    client: Client, panel: SimulatedPanel, fault: Hang | Delay
) -> None:
    panel.fail(fault, times=1)
    with pytest.raises(TimeoutError):
        await client.ask(INFO, timeout=aiohttp.ClientTimeout(total=0.05))
    assert (await client.ask(INFO))[0] == 200


@pytest.mark.parametrize("fault", [Hang(), Delay(3600)])
async def test_switching_off_ends_the_wait(
    client: Client, panel: SimulatedPanel, fault: Hang | Delay
) -> None:
    panel.fail(fault)
    asked = asyncio.create_task(client.ask(INFO))
    assert await panel.next_request() == Request("GET", INFO, None, time=0)
    await panel.switch_off()
    with pytest.raises(aiohttp.ClientConnectionError):
        await asked
    assert panel.requests == [Request("GET", INFO, None, time=0)]


async def test_any_answer(client: Client, panel: SimulatedPanel) -> None:
    panel.fail(Answer(418, b"\x00\xff", "image/webp", {"Retry-After": "7"}))
    async with client.session.get(f"{panel.url}{INFO}") as response:
        assert response.status == 418
        assert response.headers["Retry-After"] == "7"
        assert response.content_type == "image/webp"
        assert await response.read() == b"\x00\xff"


async def test_answers_that_a_client_should_survive(
    client: Client, panel: SimulatedPanel
) -> None:
    panel.fail(faults.EMPTY_BODY, times=1)
    assert await client.ask(INFO) == (200, None)
    for broken in (faults.TRUNCATED_JSON, faults.HTML_PAGE):
        panel.fail(broken, times=1)
        with pytest.raises(json.JSONDecodeError):
            await client.ask(INFO)
    panel.fail(faults.WRONG_CHARSET, times=1)
    with pytest.raises(UnicodeDecodeError):
        await client.ask(INFO)
    panel.fail(faults.NOT_AN_OBJECT, times=1)
    assert await client.ask(INFO) == (200, ["OK"])
    panel.fail(faults.ERROR_TRUE, times=1)
    assert await client.ask(INFO) == (400, {"error": True})
    panel.fail(faults.ERROR_OBJECT, times=1)
    assert (await client.ask(INFO))[1]["error"]["code"] == "system_error"
    assert len(faults.LARGE_BODY.body) > 70 * 1024
    assert b"x-none" in faults.UNKNOWN_CHARSET.content_type.encode()


async def test_panel_without_power(client: Client, panel: SimulatedPanel) -> None:
    panel.api_off = True
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask(INFO)
    panel.api_off = False
    assert (await client.ask(STATUS))[0] == 200
