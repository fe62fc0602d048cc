"""The probe and the capture of its reports, as programs."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import md5
import json
import os
from pathlib import Path
import sys
from typing import Any

import pytest

from simulator import VARIANTS, Answer, Ban, SimulatedPanel, faults

from .conftest import LOGIN, ROOT, load_script

FIXTURE = ROOT / "tests/fixtures/reports/aa-07fb-3.20.0-simulated.json"

SCRIPTS = {
    "probe": load_script("scripts/probe.py"),
    "capture": load_script("tools/capture.py"),
}

type Run = Callable[..., Awaitable[tuple[Any, str, str]]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a script, for its exit code and what it prints."""
    monkeypatch.setenv("BAS_IP_PASSWORD", "123456")
    monkeypatch.setenv("COLUMNS", "200")

    def main(script: str) -> Any:
        try:
            return SCRIPTS[script].main()
        except SystemExit as ended:
            return ended.code

    async def run(script: str, *arguments: str | Path) -> tuple[Any, str, str]:
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        # The probe has an event loop of its own.
        with ThreadPoolExecutor() as threads:
            loop = asyncio.get_running_loop()
            code = await loop.run_in_executor(threads, main, script)
        return (code, *capsys.readouterr())

    return run


async def test_without_home_assistant(panel: SimulatedPanel, tmp_path: Path) -> None:
    """The probe runs where Home Assistant cannot be imported."""
    (tmp_path / "homeassistant.py").write_text("raise ImportError('refused')")
    environment = {"BAS_IP_PASSWORD": "123456", "PYTHONPATH": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        ROOT / "scripts/probe.py",
        panel.url,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"The second account is at device/sip/settings/second" in out


async def test_table(panel: SimulatedPanel, run: Run) -> None:
    panel.second_account["outbound"] = "edge.example.net"
    code, out, err = await run("probe", panel.url)
    assert (code, err) == (0, "")
    lines = [" ".join(line.replace("│", " ").split()) for line in out.splitlines()]
    for line in (
        "Name Front door",
        "First account proxy sip:sip.example.org",
        "First account STUN server stun.example.org:3478",
        "First account outbound proxy (empty)",
        "Second account outbound proxy edge.example.net",
        f"MAC address {panel.mac_address}",
        "SIP registration registered",
        "device/sip/settings/second harmless",
        "device/sip/call/start never asked",
        "device/sip/settings/second The second SIP account",
        "The second account is at device/sip/settings/second",
    ):
        assert line in lines
    assert len(panel.logins) == 1
    assert panel.sessions == {}
    assert {request.path for request in panel.requests} == {
        "/api/info",
        LOGIN,
        "/api/v1/device/sip/settings",
        "/api/v1/device/sip/settings/second",
        "/api/v1/sip/status",
        "/api/v1/network/mac",
        "/api/v1/logout",
    }


async def test_report_is_the_fixture(sockets: None, run: Run, tmp_path: Path) -> None:
    """The fixture that the tests play is made by the two scripts, and by no hand."""
    async with SimulatedPanel() as panel:
        code, out, err = await run("probe", panel.url, "--json")
    assert (code, err) == (0, "")
    (tmp_path / "report.json").write_text(out)
    code, out, err = await run(
        "capture",
        tmp_path / "report.json",
        "--simulated",
        "--to",
        tmp_path,
    )
    assert (code, err) == (0, "")
    captured = json.loads((tmp_path / FIXTURE.name).read_text())
    assert captured == json.loads(FIXTURE.read_text()) | {
        "integration": captured["integration"]
    }


@pytest.mark.parametrize(
    "variant", ["api-2.9", "cleartext-password", "lower-case-hashes", "manager"]
)
async def test_report_has_no_secrets(
    panel: SimulatedPanel, run: Run, monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    panel.password = "canary-login"
    panel.sip_password = "canary-sip"
    panel.first_account["user_id"] = "canary-id"
    panel.second_account["canary field"] = "canary-value"
    VARIANTS[variant](panel)
    monkeypatch.setenv("BAS_IP_PASSWORD", panel.password)
    code, out, err = await run("probe", panel.url, "--json")
    assert code == (1 if variant in ("lower-case-hashes", "manager") else 0)
    shown = (out + err).lower()
    for secret in (
        "canary",
        "example.org",
        "example.net",
        '"101"',
        '"201"',
        "3478",
        "front door",
        panel.host,
        panel.mac_address,
        md5(panel.password.encode(), usedforsecurity=False).hexdigest(),
        str(panel.info.get("device_serial_number", "canary")),
        *panel.sessions,
    ):
        assert secret not in shown
    assert len(panel.logins) <= 1


async def test_report_of_an_unusual_panel(panel: SimulatedPanel, run: Run) -> None:
    panel.behaviour.second_account_path = "device/sip/account_b"
    panel.behaviour.second_status_path = "device/sip/status/second"
    panel.second_account |= {
        "transport": "SECRET",
        "registration_interval": "60",
        "outbound": None,
        "user": ["101"],
        "extra": {"a": {"b": "c"}, "x": 1.5},
    }
    panel.fail(
        Answer.json({"sip_status": "a b", "register_last_attempt": 1_700_000_000_000}),
        path="/api/v1/sip/status",
    )
    panel.fail(faults.HTML_PAGE, path="/api/v1/network/mac")
    code, out, _ = await run(
        "probe",
        panel.url,
        "--json",
        "--second-account-path",
        "/api/v1/device/sip/account_b",
    )
    assert code == 0
    report = json.loads(out)
    assert report["second_account_path"] == "device/sip/account_b"
    assert report["second_status_path"] == "device/sip/status/second"
    assert "device/sip/account_b" in report["page_paths"]
    assert report["asked"] == {
        "device/sip/settings": "first_account",
        "device/sip/account_b": "account",
        "device/sip/status/second": "status",
    }
    assert report["answers"]["device/sip/account_b"]["fields"] == {
        "proxy": "string",
        "realm": "string",
        "user": "array",
        "password": "string",
        "transport": "string",
        "user_id": "string",
        "registration_interval": "string",
        "outbound": "null",
        "extra": {"a": "object", "x": "number"},
    }
    assert report["values"]["device/sip/account_b"] == {
        "transport": "another text",
        "password": "placeholder",
    }
    assert report["values"]["sip/status"] == {"register_last_attempt": "milliseconds"}
    assert report["answers"]["network/mac"] == {"status": 200, "fields": None}


@pytest.mark.parametrize(
    ("variant", "line"),
    [
        ("api-v0", "probe: The panel has no API of version 1\n"),
        ("monitor", "probe: This is not a BAS-IP door panel\n"),
        (
            "lower-case-hashes",
            "probe: The panel rejects the user name or the password\n",
        ),
    ],
)
async def test_panel_that_cannot_be_read(
    panel: SimulatedPanel, run: Run, variant: str, line: str
) -> None:
    VARIANTS[variant](panel)
    assert await run("probe", panel.url) == (1, "", line)


async def test_wrong_password_is_sent_once(
    panel: SimulatedPanel, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.behaviour.ban_after = 1
    panel.behaviour.ban = Ban.FORBIDDEN
    monkeypatch.setenv("BAS_IP_PASSWORD", "wrong")
    code, out, err = await run("probe", panel.url)
    assert (code, out) == (1, "")
    assert err == "probe: The panel rejects the user name or the password\n"
    assert [request.path for request in panel.requests] == ["/api/info", LOGIN]


async def test_something_else_gets_no_login(panel: SimulatedPanel, run: Run) -> None:
    panel.fail(faults.HTML_PAGE)
    code, out, err = await run("probe", panel.url)
    assert (code, out) == (1, "")
    assert err.startswith("probe: This is not a BAS-IP panel")
    assert err.count("\n") == 1
    assert len(panel.requests) == 1


async def test_panel_that_is_away(panel: SimulatedPanel, run: Run) -> None:
    await panel.switch_off()
    code, out, err = await run("probe", panel.url)
    assert (code, out) == (1, "")
    assert err.startswith(f"probe: {panel.url} cannot be reached: ")
    assert err.count("\n") == 1


async def test_path_that_has_to_be_chosen(panel: SimulatedPanel, run: Run) -> None:
    panel.behaviour.second_account_path = "device/sip/account_b"
    code, out, _ = await run("probe", panel.url)
    assert code == 0
    assert "asked only if you choose it" in out
    assert out.endswith("No second account found\n")
    choice = ["--second-account-path", "device/sip/account_b"]
    code, out, _ = await run("probe", panel.url, *choice)
    assert code == 0
    assert out.endswith("The second account is at device/sip/account_b\n")


async def test_path_that_is_no_second_account(panel: SimulatedPanel, run: Run) -> None:
    choice = ["--second-account-path", "device/sip/settings"]
    code, out, err = await run("probe", panel.url, *choice)
    assert (code, out) == (1, "")
    assert err == "probe: No second account: The answer is the first SIP account\n"
    assert panel.sessions == {}


async def test_registration_of_the_second_account(
    panel: SimulatedPanel, run: Run
) -> None:
    VARIANTS["second-registration"](panel)
    _, out, _ = await run("probe", panel.url)
    lines = [" ".join(line.replace("│", " ").split()) for line in out.splitlines()]
    assert "Status of the second account device/sip/status/second" in lines


async def test_user_without_rights(panel: SimulatedPanel, run: Run) -> None:
    panel.behaviour.manager = True
    result = await run("probe", panel.url)
    assert result == (1, "", "probe: The panel does not allow this\n")
    assert panel.sessions == {}


async def test_https_is_tried_as_well(sockets: None, run: Run) -> None:
    async with SimulatedPanel("127.0.1.1", https=True) as panel:
        host = f"{panel.host}:{panel.port}"
        code, _, _ = await run("probe", host)
        assert code == 0
        code, _, err = await run("probe", host, "--verify-certificate")
    assert code == 1
    assert err.endswith("The panel's certificate is not trusted\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a b"],
        ["ftp://127.0.1.1"],
        ["127.0.1.1:99999"],
        ["127.0.1.1", "--second-account-path", "system/reboot/run"],
    ],
)
async def test_wrong_command_line(run: Run, arguments: list[str]) -> None:
    code, out, err = await run("probe", *arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"report": 1}',
        '{"report": 3, "model": "a"}',
        json.dumps(json.loads(FIXTURE.read_text()) | {"asked": ["a"]}),
        json.dumps(json.loads(FIXTURE.read_text()) | {"asked": {"a": "something"}}),
    ],
)
async def test_capture_of_something_else(
    run: Run, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "report.json"
    file.write_text(content)
    code, out, err = await run("capture", file, "--to", tmp_path / "to")
    assert (code, out) == (1, "")
    assert err.startswith("capture: ")
    assert err.count("\n") == 1
    assert not (tmp_path / "to").exists()


async def test_capture_of_a_short_report(run: Run, tmp_path: Path) -> None:
    """A report that has to fit into an address has no answers in it."""
    report: dict[str, Any] = json.loads(FIXTURE.read_text())
    del report["answers"], report["values"]
    report["asked"] = {
        "device/sip/settings": "first_account",
        "device/sip/settings/second": "account",
        "device/sip/2": "not_found",
    }
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report))
    code, _, _ = await run("capture", file, "--to", tmp_path / "to")
    assert code == 0
    [captured] = (tmp_path / "to").iterdir()
    answers = json.loads(captured.read_text())["answers"]
    assert answers["device/sip/settings/second"]["fields"]["proxy"] == "string"
    assert answers["device/sip/settings"]["fields"]["stun"]["port"] == "integer"
    assert answers["device/sip/2"]["status"] == 404
    assert answers["api/info"]["status"] == 200


async def test_capture_keeps_to_its_folder(run: Run, tmp_path: Path) -> None:
    report: dict[str, Any] = json.loads(FIXTURE.read_text())
    report |= {"model": "../../AA 07/FB", "firmware": None, "host": "192.0.2.1"}
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report))
    code, _, _ = await run("capture", file, "--to", tmp_path / "to")
    assert code == 0
    [captured] = (tmp_path / "to").iterdir()
    assert captured.name == "aa-07-fb-unknown.json"
    assert json.loads(captured.read_text()) == {
        **json.loads(FIXTURE.read_text()),
        "model": "../../AA 07/FB",
        "firmware": None,
        "simulated": False,
    }
