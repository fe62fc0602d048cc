"""The command line."""

from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import hashlib
import re
import signal
import sys

import aiohttp
import pytest

from simulator import VARIANTS, SimulatedPanel
from simulator.__main__ import main


@asynccontextmanager
async def simulator(*arguments: str) -> AsyncIterator[Process]:
    """Run the simulator and end it as Ctrl-C does."""
    process = await create_subprocess_exec(
        sys.executable, "-m", "simulator", *arguments, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
    assert process.returncode == 0
    assert errors == b""


async def lines(process: Process, count: int) -> list[str]:
    assert process.stdout
    return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


async def test_several_panels(session: aiohttp.ClientSession) -> None:
    arguments = ["--panel", "127.0.1.1:0", "--panel", "127.0.1.2:0", "--name", "Gate"]
    arguments += ["--variant", "one-account", "--variant", "api-v0"]
    async with simulator(*arguments, "--password", "geheim") as process:
        gate, other = await lines(process, 2)
        url = re.fullmatch(r"Gate: (http://127\.0\.1\.1:\d+)  admin / geheim", gate)
        assert url
        assert re.fullmatch(r"AA-07FB: http://127\.0\.1\.2:\d+  admin / geheim", other)
        async with session.get(f"{url[1]}/simulator/state") as response:
            state = await response.json()
    assert state["info"]["api_version"] == "1.8.0"
    assert state["second_account"] is None


async def test_https_and_other_path(session: aiohttp.ClientSession) -> None:
    arguments = ["--https", "--second-account-path", "/device/sip/2"]
    async with simulator("--panel", "127.0.1.1:0", *arguments) as process:
        (line,) = await lines(process, 1)
        url = line.split()[1]
        assert url.startswith("https://127.0.1.1:")
        async with session.get(f"{url}/api/v1/device/sip/2", ssl=False) as response:
            assert response.status == 401


async def test_options_of_the_second_account(session: aiohttp.ClientSession) -> None:
    arguments = [
        "--second-status-path",
        "/sip/status/2",
        "--second-enable-path",
        "/sip/on",
    ]
    arguments += ["--refuse", "/sip/status=403", "--web-page", "simulator"]
    async with simulator("--panel", "127.0.1.1:0", *arguments) as process:
        (line,) = await lines(process, 1)
        url = line.split()[1]
        digest = hashlib.md5(b"123456", usedforsecurity=False).hexdigest()
        async with session.get(
            f"{url}/api/v1/login?username=admin&password={digest}"
        ) as response:
            token = (await response.json())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        for path, status in (
            ("/api/v1/sip/status/2", 200),
            ("/api/v1/sip/on", 200),
            ("/api/v1/sip/status", 403),
            ("/page.html", 200),
        ):
            async with session.get(f"{url}{path}", headers=headers) as response:
                assert response.status == status


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["simulator", *arguments])
    return main()


def test_help_lists_the_variants(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "--help")
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"  {name}  " in shown for name in VARIANTS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--panel", "127.0.1.1:x"],
        ["--panel", "127.0.1.1:65536"],
        ["--panel", "gate"],
        ["--variant", "none-such"],
        ["--refuse", "sip/status=404"],
        ["--refuse", "sip/status"],
    ],
)
def test_wrong_arguments(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *arguments)
    assert ended.value.code == 2
    assert arguments[1] in capsys.readouterr().err


async def test_port_in_use(panel: SimulatedPanel) -> None:
    process = await create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        "--panel",
        f"{panel.host}:{panel.port}",
        stderr=PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode() == (
        f"simulator: cannot listen on {panel.host}:{panel.port}: Address already in use\n"
    )
