"""Panels on sockets."""

import aiohttp
import pytest

from simulator import Request, SimulatedPanel

from .conftest import Client
from .test_api import STATUS


async def test_panels_side_by_side(session: aiohttp.ClientSession) -> None:
    async with SimulatedPanel("127.0.1.1") as one, SimulatedPanel("127.0.1.2") as two:
        assert one.url == f"http://127.0.1.1:{one.port}"
        assert one.port > 0
        one.second_account["realm"] = "one"
        assert two.second_account["realm"] == "pbx.example.net"
        assert one.mac_address != two.mac_address
        for panel in (one, two):
            _, info = await Client(panel, session).ask("/api/info")
            assert info == panel.info
            assert len(panel.requests) == 1
        assert one.info["device_serial_number"] != two.info["device_serial_number"]


def test_identity_follows_from_the_address() -> None:
    one, again = SimulatedPanel("127.0.1.1", 80), SimulatedPanel("127.0.1.1", 80)
    assert one.info == again.info
    assert one.mac_address == again.mac_address
    assert one.mac_address.startswith("02:")
    assert len(one.mac_address) == 17


async def test_off_and_on_again(client: Client, panel: SimulatedPanel) -> None:
    url = panel.url
    await panel.switch_off()
    await panel.switch_off()
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask(STATUS)
    assert panel.requests == []
    await panel.switch_on()
    await panel.switch_on()
    assert panel.url == url
    assert (await client.ask(STATUS))[0] == 200


async def test_port_in_use(panel: SimulatedPanel) -> None:
    other = SimulatedPanel(panel.host, panel.port)
    with pytest.raises(OSError, match="in use"):
        await other.switch_on()
    await other.switch_off()


async def test_https_with_a_self_signed_certificate(
    session: aiohttp.ClientSession,
) -> None:
    async with SimulatedPanel("127.0.1.1", https=True) as panel:
        client = Client(panel, session)
        assert panel.url == f"https://127.0.1.1:{panel.port}"
        assert (await client.ask("/api/info", ssl=False))[0] == 200
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await client.ask("/api/info")


async def test_redirect_to_https(session: aiohttp.ClientSession) -> None:
    async with SimulatedPanel("127.0.1.1", https=True, http_port=0) as panel:
        async with session.get(f"{panel.http_url}/api/info?a=b", ssl=False) as response:
            assert str(response.url) == f"{panel.url}/api/info?a=b"
            assert await response.json() == panel.info
        assert panel.requests == [
            Request("GET", "/api/info", 301, time=0),
            Request("GET", "/api/info", 200, time=0),
        ]
