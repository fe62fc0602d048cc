"""The panel's own web page."""

from pathlib import Path
import re

import aiohttp
import pytest

from simulator import SimulatedPanel, WebPage

from .conftest import Client

PATH = "device/sip/reserve/settings"


async def fetch(client: Client, path: str) -> tuple[int, str, str]:
    """Return status, type and content of a file, which needs no login."""
    async with client.session.get(f"{client.panel.url}{path}") as response:
        return response.status, response.content_type, await response.text()


async def scripts(client: Client) -> str:
    """Return all scripts, found in the way that a browser finds them."""
    _, kind, page = await fetch(client, "/")
    assert kind == "text/html"
    (main,) = re.findall(r'src="([^"]+)"', page)
    status, kind, text = await fetch(client, main)
    assert (status, kind) == (200, "text/javascript")
    names = re.findall(r'import\("\./([^"]+)"\)', text)
    assert len(names) == 3
    for name in names:
        text += (await fetch(client, f"/assets/{name}"))[2]
    return text


async def test_scripts_name_the_paths(stranger: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.second_account_path = PATH
    panel.behaviour.second_status_path = "device/sip/reserve/status"
    panel.behaviour.second_enable_path = "device/sip/reserve/enable"
    text = await scripts(stranger)
    for path in (PATH, "device/sip/reserve/status", "device/sip/reserve/enable"):
        assert f'"/{path}"' in text
    assert '"/device/sip/enable"' in text
    assert '"/system/reboot/run"' in text
    assert panel.requests == []
    assert [request.path for request in panel.web_requests][:2] == [
        "/",
        "/assets/index-4f0c2a91.js",
    ]


async def test_panel_with_less(stranger: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.second_account_path = None
    assert "second/settings" not in await scripts(stranger)


async def test_page_that_names_nothing(stranger: Client, panel: SimulatedPanel) -> None:
    panel.behaviour.web_page = WebPage.SILENT
    assert "/sip/" not in await scripts(stranger)


@pytest.mark.parametrize(
    ("kind", "status"), [(WebPage.MISSING, 404), (WebPage.LOGIN, 401)]
)
async def test_no_page(
    stranger: Client, panel: SimulatedPanel, kind: WebPage, status: int
) -> None:
    panel.behaviour.web_page = kind
    for path in ("/", "/assets/index-4f0c2a91.js"):
        assert (await fetch(stranger, path))[0] == status


async def test_file_that_is_not_there(stranger: Client) -> None:
    assert (await fetch(stranger, "/assets/other.js"))[0] == 404


async def test_page_from_a_folder(
    stranger: Client, panel: SimulatedPanel, tmp_path: Path
) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text("<html></html>")
    (folder / "a.js").write_text("let a;")
    (tmp_path / "secret.js").write_text("let b;")
    panel.behaviour.web_folder = folder
    assert await fetch(stranger, "/") == (200, "text/html", "<html></html>")
    assert await fetch(stranger, "/a.js") == (200, "text/javascript", "let a;")
    assert (await fetch(stranger, "/b.js"))[0] == 404
    assert (await fetch(stranger, "/..%2fsecret.js"))[0] == 404


async def test_page_is_off_with_the_panel(
    stranger: Client, panel: SimulatedPanel
) -> None:
    panel.api_off = True
    with pytest.raises(aiohttp.ClientConnectionError):
        await fetch(stranger, "/")
    assert (await fetch(stranger, "/simulator"))[0] == 200
