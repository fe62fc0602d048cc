"""A real Prometheus reads a real Home Assistant with the files of the documentation."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
import shutil
import socket
from typing import Any

from aiohttp import ClientConnectionError, ClientSession
from homeassistant.util.yaml import load_yaml_dict, save_yaml

from demo.configuration import HOST
from demo.home_assistant import HomeAssistant
from demo.panels import add_panel
from simulator import SimulatedPanel

FLEET = Path(__file__).parents[2] / "docs/fleet"
PATIENCE = 40
LOOK_AGAIN = 0.2
# What the rules make of the entities: the value of each panel.
SERIES = {
    "bas_ip:drift": {"front_door": "1", "garage_gate": "0"},
    "bas_ip:problem": {"front_door": "1", "garage_gate": "0"},
}


def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
    return port


@asynccontextmanager
async def prometheus(
    folder: Path, home: HomeAssistant
) -> AsyncGenerator[ClientSession]:
    """Run Prometheus as the documentation says, for one site, and return its API."""
    config = load_yaml_dict(FLEET / "prometheus.yml")
    job = config["scrape_configs"][0]
    job["static_configs"][0]["targets"] = [f"{HOST}:{home.port}"]
    config["scrape_configs"] = [job]
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    save_yaml(str(folder / "prometheus.yml"), config)
    shutil.copy(FLEET / "rules.yml", folder)
    token = folder / job["authorization"]["credentials_file"]
    token.write_text(home.token or "", encoding="utf-8")
    address = f"{HOST}:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    )
    try:
        async with ClientSession(f"http://{address}") as session:
            yield session
    finally:
        process.terminate()
        await process.wait()


async def answer_where(
    session: ClientSession, path: str, condition: Callable[[Any], bool]
) -> Any:
    """Ask Prometheus until its answer is as it should be."""
    answer: Any = None
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition(answer := await ask(session, path)):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError:
        raise AssertionError(f"{path} still answers {answer}") from None
    return answer


async def ask(session: ClientSession, path: str) -> Any:
    """Ask Prometheus, which may not have started."""
    try:
        async with session.get(f"/api/v1/{path}") as response:
            return (await response.json()).get("data")
    except ClientConnectionError:
        return None


async def test_one_alert(tmp_path: Path) -> None:
    """Of two panels one drifts: one alert names it and the site."""
    components = ("config", "prometheus")
    async with (
        SimulatedPanel("127.0.1.1", name="Front door") as front_door,
        SimulatedPanel("127.0.1.2", name="Garage gate") as garage_gate,
        HomeAssistant(tmp_path / "config", free_port(), components) as home,
        prometheus(tmp_path, home) as server,
    ):
        await add_panel(home, front_door)
        await add_panel(home, garage_gate)
        front_door.second_account["realm"] = "pbx.example.com"

        found = await answer_where(
            server, "alerts", lambda data: bool(data and data["alerts"])
        )
        (alert,) = found["alerts"]
        assert alert["state"] == "firing"
        labels = alert["labels"]
        assert labels["alertname"] == "BasIpDrift"
        assert labels["site"] == "Garden Street"
        assert labels["panel"] == "front_door"
        assert labels["account"] == "2"
        assert alert["annotations"]["summary"] == (
            "Garden Street: account 2 of front_door has drifted"
        )
        for name, values in SERIES.items():
            data = await ask(server, f"query?query={name}")
            assert {
                series["metric"]["panel"]: series["value"][1]
                for series in data["result"]
            } == values

        front_door.second_account["realm"] = "pbx.example.net"
        await answer_where(
            server,
            "query?query=sum(bas_ip:drift)",
            lambda data: [each["value"][1] for each in data["result"]] == ["0"],
        )
