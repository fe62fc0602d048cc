"""The panel's own web page, from built ones to hostile ones."""

import asyncio
from collections.abc import AsyncGenerator
import gzip
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, web
import pytest
from yarl import URL

from custom_components.bas_ip.panel import PanelClient, web_page as module
from custom_components.bas_ip.panel.web_page import WebPage, read_web_page
from custom_components.bas_ip.panel.web_script import MAX_PATHS
from simulator import Answer, Close, Hang, SimulatedPanel, WebPage as Page

from .conftest import MakeClient

FOLDER = Path(__file__).parents[1] / "fixtures" / "web_pages"
RESERVE = {
    "device/sip",
    "device/sip/settings",
    "device/sip/reserve/settings",
    "sip/status",
    "device/sip/reserve/status",
    "device/sip/reserve/enable",
    "device/sip/codecs",
    "device/sip/reregister/start",
    "device/sip/call/start?number={}",
    "sip/second/test",
}


def asked(panel: SimulatedPanel) -> list[str]:
    """Return what was asked of the panel's web page, and nothing else was."""
    assert panel.requests == []
    assert {request.method for request in panel.web_requests} <= {"GET"}
    return [request.path for request in panel.web_requests]


@pytest.mark.parametrize(
    ("page", "paths", "files"),
    [
        (
            "vite",
            RESERVE,
            [
                "/",
                "/assets/index-D2INU5Q5.js",
                "/assets/sip-BSxpCeMJ.js",
                "/assets/door-xO-IDgtD.js",
            ],
        ),
        (
            "webpack5",
            RESERVE,
            [
                "/",
                "/js/main.4eb36ed6.js",
                "/js/sip.42a73b42.js",
                "/js/door.1d2f0c46.js",
            ],
        ),
        (
            "single",
            {
                "device/sip/{}/settings",
                "device/sip/settings",
                "device/sip/settings/additional",
                "device/sip/settings?account=2",
                "sip/status",
            },
            ["/"],
        ),
    ],
)
async def test_built_page(
    client: PanelClient,
    panel: SimulatedPanel,
    page: str,
    paths: set[str],
    files: list[str],
) -> None:
    panel.behaviour.web_folder = FOLDER / page
    found = await read_web_page(client)
    assert set(found.paths) == paths
    assert asked(panel) == files
    assert found.scripts == len(files) - 1


async def test_page_of_webpack_4(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.behaviour.web_folder = FOLDER / "webpack4"
    found = await read_web_page(client)
    assert set(found.paths) == {
        "device/sip",
        "device/sip/settings",
        "device/sip/accounts/2",
        "device/sip/failover/settings",
        "device/sip/settings/default",
        "sip/status",
        "sip/reserve/unlock",
    }
    assert asked(panel) == [
        "/",
        "/ui/js/sip.aceb1170.js",
        "/ui/js/app.1f5a.js",
        "/ui/js/door.77b0e9c4.js",
        "/ui/js/4.c0ffee12.js",
    ]


async def test_page_of_the_simulated_panel(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.behaviour.second_account_path = "device/sip2/settings"
    assert "device/sip2/settings" in (await read_web_page(client)).paths
    assert asked(panel) == [
        "/",
        "/assets/index-4f0c2a91.js",
        "/assets/sip-c35a8e12.js",
        "/assets/network-9d1b77e0.js",
        "/assets/access-07be41d3.js",
    ]


async def test_hostile_page(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.behaviour.web_folder = FOLDER / "hostile"
    await read_web_page(client)
    assert set(asked(panel)) == {
        "/",
        "/itself.js",
        "/missing-1.js",
        "/endless.js",
    }


@pytest.mark.parametrize("page", [Page.MISSING, Page.LOGIN])
async def test_page_that_is_no_help(
    client: PanelClient, panel: SimulatedPanel, page: Page
) -> None:
    panel.behaviour.web_page = page
    assert await read_web_page(client) == WebPage()
    assert asked(panel) == ["/"]


@pytest.mark.parametrize(
    "fault",
    [
        Close(),
        Answer(500),
        Answer(200, b"\x00\xff" * 1000, "image/png"),
        Answer(200, b"x" * 300 * 1024, "text/html"),
        Answer.json({"error": "Log In"}),
    ],
)
async def test_page_that_is_broken(
    client: PanelClient, panel: SimulatedPanel, fault: Answer | Close
) -> None:
    panel.fail(fault, path="/")
    assert await read_web_page(client) == WebPage()


async def test_script_that_is_broken(
    client: PanelClient, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SCRIPT", 2000)
    panel.fail(Answer(200, b"x" * 2001), path="/assets/network-9d1b77e0.js")
    panel.fail(Close(), path="/assets/access-07be41d3.js")
    found = await read_web_page(client)
    assert "device/sip/settings/second" in found.paths
    assert found.scripts == 4


async def test_bounds(
    client: PanelClient, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SCRIPTS", 2)
    await read_web_page(client)
    assert len(asked(panel)) == 3
    monkeypatch.undo()
    panel.web_requests.clear()
    monkeypatch.setattr(module, "MAX_BYTES", 600)
    await read_web_page(client)
    assert len(asked(panel)) < 5


async def test_deadline_keeps_what_was_found(
    client: PanelClient, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.fail(Hang(), path="/assets/network-9d1b77e0.js")
    timeout = asyncio.timeout

    def end_by_hand(seconds: float | None) -> asyncio.Timeout:
        """Give the deadline, which alone has seconds, an end that does not come."""
        if seconds is None:
            return timeout(None)
        assert seconds == module.DEADLINE
        deadlines.append(timeout(None))
        return deadlines[-1]

    deadlines: list[asyncio.Timeout] = []
    monkeypatch.setattr(module.asyncio, "timeout", end_by_hand)
    task = asyncio.create_task(read_web_page(client))
    while not panel.web_requests or "network" not in panel.web_requests[-1].path:
        await panel.next_request()
    deadlines[0].reschedule(asyncio.get_running_loop().time())
    found = await task
    assert "device/sip/settings/second" in found.paths
    # The client is as good as before.
    assert (await client.info()).is_panel


async def test_logout_ends_the_search(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.fail(Hang(), path="/assets/index-4f0c2a91.js")
    task = asyncio.create_task(read_web_page(client))
    while len(panel.web_requests) < 2:
        await panel.next_request()
    await client.logout()
    assert await task == WebPage(scripts=1)
    assert len(asked(panel)) == 2


class FilePanel:
    """A server with a web page of any files, which writes down what it was asked."""

    def __init__(self, files: dict[str, web.Response]) -> None:
        """Take the files by their paths with queries."""
        self.files = files
        self.requests: list[web.Request] = []
        self.url = URL()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        self.requests.append(request)
        file = self.files.get(request.path_qs) or web.Response(status=404)
        return web.Response(status=file.status, body=file.body, headers=file.headers)

    @property
    def asked(self) -> list[str]:
        """Return the paths that were asked."""
        return [request.path_qs for request in self.requests]


@pytest.fixture
async def server(sockets: None) -> AsyncGenerator[FilePanel]:
    """Return a server without any files."""
    server = FilePanel({})
    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", server.handle)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = URL.build(scheme="http", host="127.0.0.1", port=runner.addresses[0][1])
    yield server
    await runner.cleanup()


def html(text: str) -> web.Response:
    """Return a page."""
    return web.Response(text=text, content_type="text/html")


def script(text: str = 'get("/device/sip/second")') -> web.Response:
    """Return a script, compressed as small servers keep them."""
    return web.Response(
        body=gzip.compress(text.encode()),
        headers={"Content-Encoding": "gzip", "Content-Type": "text/javascript"},
    )


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ('<script src="a.js"></script>', "/a.js"),
        ("<SCRIPT defer SRC='/a.js'></SCRIPT>", "/a.js"),
        ("<script src=./js/a.js></script>", "/js/a.js"),
        ('<link rel="modulepreload" href="/a.js">', "/a.js"),
        ('<link rel=preload as=script href="/a.mjs">', "/a.mjs"),
        ('<script src="/a.js?v=1.2&amp;x=3"></script>', None),
        ('<script src="/a.js?v=1.2"></script>', "/a.js?v=1.2"),
        ('<script src="/a.js?20241124"></script>', "/a.js?20241124"),
        ('<base href="/ui/"><script src="a.js"></script>', "/ui/a.js"),
        ("<base href=/ui/><base href=/b/><script src=a.js></script>", "/ui/a.js"),
        ('<base href="//elsewhere/"><script src="a.js"></script>', "/a.js"),
        ("<base target=_top><script src=a.js></script>", "/a.js"),
        ("<link rel=next href=/ui/><script src=a.js></script>", "/a.js"),
        ("<link rel=modulepreload href=/a.js>", "/a.js"),
        ("<LINK REL=MODULEPRELOAD HREF=/a.js>", "/a.js"),
        ("<link as=script href=/a.js>", "/a.js"),
        ("<link rel=preload as=Script href=/a.js>", "/a.js"),
        ("<link rel=prefetch href=/a.js>", None),
        ("<link rel=preload as=image href=/a.js>", None),
        ("<link rel=modulepreload src=/a.js>", None),
        ("<base as=script href=/a.js>", None),
        ("<script href=/a.js></script>", None),
        ('<script src=" /a.js "></script>', "/a.js"),
        ("<script src=' /a.js'></script>", "/a.js"),
        ('<script src=""></script><script src=/a.js></script>', "/a.js"),
        ("<script src=/a.css></script>", None),
        ("<script src=/.a.js></script>", None),
        ('<script>import("./a.js")</script>', "/a.js"),
        ('<script type="module">import "/js/a.js"</script>', "/js/a.js"),
        ('<link rel="stylesheet" href="/a.css"><script>let a</script>', None),
    ],
)
async def test_ways_to_name_a_script(
    make_client: MakeClient, server: FilePanel, page: str, name: str | None
) -> None:
    server.files = {"/": html(f"<html>{page}</html>"), str(name): script()}
    found = await read_web_page(make_client(server.url))
    assert found.paths == (("device/sip/second",) if name else ())
    assert server.asked[1:] == ([name] if name else [])


@pytest.mark.parametrize(
    ("status", "text"),
    [(200, "<html></html>"), (200, "\n <html></html>"), (404, "let a")],
)
async def test_script_that_is_in_another_folder(
    make_client: MakeClient, server: FilePanel, status: int, text: str
) -> None:
    """Names without a folder are beside the page or beside the script."""
    server.files = {
        "/": html('<script src="/js/main.js"></script>'),
        "/js/main.js": script('r.u=e=>e+".js",r.e("sip"),r.e("log")'),
        "/sip.js": web.Response(status=status, text=text),
        "/js/sip.js": script(),
        "/log.js": script(""),
    }
    found = await read_web_page(make_client(server.url))
    assert found.paths == ("device/sip/second",)
    assert server.asked == ["/", "/js/main.js", "/sip.js", "/js/sip.js", "/log.js"]


async def test_script_that_is_too_large_in_one_folder(
    make_client: MakeClient, server: FilePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SCRIPT", 1000)
    server.files = {
        "/": html('<script src="/js/main.js"></script>'),
        "/js/main.js": script('r.u=e=>e+".js",r.e("sip")'),
        "/sip.js": script(" " * 1001),
        "/js/sip.js": script(),
    }
    found = await read_web_page(make_client(server.url))
    assert found.paths == ("device/sip/second",)
    assert server.asked == ["/", "/js/main.js", "/sip.js", "/js/sip.js"]


async def test_script_above_another_one(
    make_client: MakeClient, server: FilePanel
) -> None:
    server.files = {
        "/": html('<script src="/ui/js/main.js"></script>'),
        "/ui/js/main.js": script('import"../a.js"'),
        "/ui/a.js": script(),
    }
    found = await read_web_page(make_client(server.url))
    assert found.paths == ("device/sip/second",)
    assert server.asked == ["/", "/ui/js/main.js", "/ui/a.js"]


async def test_chunks_that_are_on_another_host(
    make_client: MakeClient, server: FilePanel
) -> None:
    server.files = {
        "/": html('<script src="/js/main.js"></script>'),
        "/js/main.js": script('r.p="https://cdn.example.org/",r.u=e=>e+".js",r.e("a")'),
        "/a.js": script(),
    }
    found = await read_web_page(make_client(server.url))
    assert found.paths == ("device/sip/second",)
    assert server.asked == ["/", "/js/main.js", "/a.js"]


async def test_likely_scripts_come_first(
    make_client: MakeClient, server: FilePanel
) -> None:
    names = ("a", "Settings", "b", "SIP")
    server.files = {
        "/": html("".join(f"<script src=/{name}.js></script>" for name in names))
    }
    await read_web_page(make_client(server.url))
    assert server.asked == ["/", "/Settings.js", "/SIP.js", "/a.js", "/b.js"]


async def test_more_paths_than_are_kept(
    make_client: MakeClient, server: FilePanel
) -> None:
    server.files = {
        "/": html('<script src="/a.js"></script><script src="/b.js"></script>')
    }
    for letter in "ab":
        server.files[f"/{letter}.js"] = script(
            "".join(f'get("/sip/{letter}{number}"),' for number in range(40))
        )
    found = await read_web_page(make_client(server.url))
    assert len(found.paths) == MAX_PATHS
    assert found.paths[40] == "sip/b0"


async def test_scripts_without_end(make_client: MakeClient, server: FilePanel) -> None:
    class Endless(dict[str, web.Response]):
        """A server of which each script names another one."""

        def get(self, path: str, default: object = None) -> web.Response:  # type: ignore[override]
            number = len(server.requests)
            text = f'<script src="/{number}.js"></script>'
            return html(text if path == "/" else f'import "./{number}.js"')

    server.files = Endless()
    found = await read_web_page(make_client(server.url))
    assert found.scripts == module.MAX_SCRIPTS
    assert len(set(server.asked)) == len(server.asked) == module.MAX_SCRIPTS + 1


@pytest.mark.parametrize(
    ("location", "is_followed"),
    [
        ("/ui/", True),
        ("index.html", True),
        ("/a/b.c/", True),
        ("/login", False),
        ("/api/v1/system/info", False),
        ("/system/reboot/run", False),
        ("http://127.0.0.1/ui/", False),
        ("//elsewhere/ui/", False),
        ("/ui/?a=b", False),
        ("/%61pi/v1", False),
        ("/a%20b/", False),
        ("/.ui/", False),
        ("https://[::1", False),
        ("", False),
    ],
)
async def test_page_that_has_moved(
    make_client: MakeClient, server: FilePanel, location: str, is_followed: bool
) -> None:
    server.files = {"/": web.Response(status=302, headers={"Location": location})}
    await read_web_page(make_client(server.url))
    assert len(server.asked) == 1 + is_followed


@pytest.mark.parametrize(
    ("status", "is_followed"),
    [(201, False), (299, False), (300, True), (399, True), (400, False), (404, False)],
)
async def test_status_of_a_page_that_has_moved(
    make_client: MakeClient, server: FilePanel, status: int, is_followed: bool
) -> None:
    server.files = {"/": web.Response(status=status, headers={"Location": "/ui/"})}
    await read_web_page(make_client(server.url))
    assert server.asked == ["/", "/ui/"][: 1 + is_followed]


async def test_scripts_are_beside_the_page_that_has_moved(
    make_client: MakeClient, server: FilePanel
) -> None:
    server.files = {
        "/": web.Response(status=302, headers={"Location": "/ui/"}),
        "/ui/": html('<script src="a.js"></script>'),
        "/ui/a.js": script(),
    }
    found = await read_web_page(make_client(server.url))
    assert found.paths == ("device/sip/second",)


async def test_page_that_moves_on_and_on(
    make_client: MakeClient, server: FilePanel
) -> None:
    server.files = {
        "/": web.Response(
            status=302,
            headers={"Location": "/"},
            text='<script>get("/device/sip/second")</script>',
        )
    }
    assert await read_web_page(make_client(server.url)) == WebPage()
    assert server.asked == ["/"] * 3


async def test_no_token_goes_to_the_page(
    make_client: MakeClient, server: FilePanel
) -> None:
    client = make_client(server.url)
    server.files = {
        "/api/v1/login": web.json_response({"token": "secret-token"}),
        "/": html('<script src="/a.js"></script>'),
        "/a.js": script(),
    }
    client._password_hash = ""
    server.files["/api/v1/login?username=admin&password="] = server.files[
        "/api/v1/login"
    ]
    await client.login()
    await read_web_page(client)
    assert server.asked[1:] == ["/", "/a.js"]
    for request in server.requests:
        assert "Authorization" not in request.headers


async def test_page_behind_https(sockets: None) -> None:
    async with (
        SimulatedPanel("127.0.1.1", https=True, http_port=0) as panel,
        ClientSession(connector=TCPConnector(ssl=False)) as session,
    ):
        client = PanelClient(session, URL(panel.http_url), "admin", "123456")
        await client.info()
        found = await read_web_page(client)
        assert "device/sip/settings/second" in found.paths
        assert {request.status for request in panel.web_requests} == {200}


@pytest.mark.parametrize(
    "path", ["", "a.js", "//elsewhere/a.js", "http://elsewhere/a.js"]
)
async def test_file_of_somewhere_else(
    client: PanelClient, panel: SimulatedPanel, path: str
) -> None:
    with pytest.raises(ValueError, match="not one of the panel's own"):
        await client.web_file(path, 1000)
    assert panel.web_requests == []


def test_files_that_were_built_here_name_no_other_host() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert not {"package-lock.json", "node_modules"} & {path.name for path in files}
    for path in files:
        text = path.read_text()
        assert "resolved" not in text
        assert len(text) < 5000
