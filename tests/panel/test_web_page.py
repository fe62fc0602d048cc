"""The panel's own web page, from built ones to hostile ones."""

import asyncio
from collections.abc import AsyncGenerator
import gzip
from pathlib import Path
from time import thread_time

from aiohttp import ClientSession, TCPConnector, web
from hypothesis import given, strategies as st
import pytest
from yarl import URL

from custom_components.bas_ip.panel import web_page as module
from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.web_page import MAX_FILES, MAX_PATHS, read_web_page
from simulator import Answer, Close, Hang, SimulatedPanel, WebPage as Page

from .conftest import MakeClient, unhurried

FOLDER = Path(__file__).parents[1] / "fixtures" / "web_pages"
SECOND = "device/sip/second"
RESERVE_SIP = "device/reserve/sip device/reserve/sip/settings"
RESERVE_PATHS = "device/sip/reserve device/sip/reserve/settings"
RESERVE = {
    "device/sip",
    "device/sip/settings",
    "device/sip/reserve/settings",
    "sip/status",
    "device/sip/reserve/status",
    "device/sip/reserve/enable",
    "device/sip/codecs",
    "device/sip/reregister/start",
    "device/sip/call/start?number=*",
    "sip/second/test",
}
VITE = """
    / /assets/index-D2INU5Q5.js /assets/sip-BSxpCeMJ.js /assets/door-xO-IDgtD.js
"""
WEBPACK_5 = """
    / /js/main.4eb36ed6.js /js/sip.42a73b42.js /js/door.1d2f0c46.js
"""
WEBPACK_4 = """
    / /ui/js/sip.aceb1170.js /ui/js/app.1f5a.js /ui/js/door.77b0e9c4.js
    /ui/js/4.c0ffee12.js
"""
SIMULATED = """
    / /assets/index-4f0c2a91.js /assets/sip-c35a8e12.js /assets/network-9d1b77e0.js
    /assets/access-07be41d3.js
"""


def asked(panel: SimulatedPanel) -> list[str]:
    """Return what was asked of the panel's web page, and nothing else was."""
    assert panel.requests == []
    return [request.path for request in panel.web_requests]


@pytest.mark.parametrize(
    ("page", "paths", "files"),
    [
        ("vite", RESERVE, VITE),
        ("webpack5", RESERVE, WEBPACK_5),
        (
            "webpack4",
            {"device/sip/failover/settings", "device/sip/accounts/*"},
            WEBPACK_4,
        ),
        (
            "single",
            {
                "device/sip/*/settings",
                "device/sip/settings/additional",
                "device/sip/settings?account=2",
                "sip/status",
            },
            "/",
        ),
        (None, {"device/sip2/settings"}, SIMULATED),
    ],
)
async def test_built_page(
    client: PanelClient,
    panel: SimulatedPanel,
    page: str | None,
    paths: set[str],
    files: str,
) -> None:
    panel.behaviour.second_account_path = "device/sip2/settings"
    if page is not None:
        panel.behaviour.web_folder = FOLDER / page
    found = await read_web_page(client)
    assert paths <= set(found)
    assert paths is not RESERVE or set(found) == RESERVE
    assert asked(panel) == files.split()


async def test_hostile_page(client: PanelClient, panel: SimulatedPanel) -> None:
    panel.behaviour.web_folder = FOLDER / "hostile"
    await read_web_page(client)
    assert set(asked(panel)) == {
        "/",
        "/system/reboot/run.js",
        "/itself.js",
        "/missing-1.js",
        "/endless.js",
    }


@pytest.mark.parametrize("page", [Page.MISSING, Page.LOGIN])
async def test_page_that_is_no_help(
    client: PanelClient, panel: SimulatedPanel, page: Page
) -> None:
    panel.behaviour.web_page = page
    assert await read_web_page(client) == ()
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
    assert await read_web_page(client) == ()


async def test_script_that_is_broken(
    client: PanelClient, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SCRIPT", 2000)
    panel.fail(Close(), path="/assets/sip-c35a8e12.js", times=1)
    panel.fail(Answer(200, b"x" * 2001), path="/assets/network-9d1b77e0.js")
    assert "sip/second/test" in await read_web_page(client)
    assert asked(panel) == SIMULATED.split()


async def test_limits(
    client: PanelClient, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 2)
    await read_web_page(client)
    assert len(asked(panel)) == 3


async def test_deadline_keeps_what_was_found(
    client: PanelClient, panel: SimulatedPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.fail(Hang(), path="/assets/network-9d1b77e0.js")
    monkeypatch.setattr(module, "DEADLINE", 0.5)
    assert "device/sip/settings/second" in await read_web_page(client)
    # The client is as good as before.
    assert (await client.info()).is_panel


class FilePanel:
    """A server with a web page of any files, which writes down what it was asked."""

    def __init__(self) -> None:
        """Start without files; they are kept by their paths with queries."""
        self.files: dict[str, web.Response] = {}
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
    server = FilePanel()
    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", server.handle)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = URL.build(scheme="http", host="127.0.0.1", port=runner.addresses[0][1])
    yield server
    await runner.cleanup()


@pytest.fixture
def page_client(make_client: MakeClient, server: FilePanel) -> PanelClient:
    """Return a client for the server."""
    return make_client(server.url)


def html(text: str) -> web.Response:
    """Return a page."""
    return web.Response(text=text, content_type="text/html")


def script(text: str = 'get("/device/sip/second")') -> web.Response:
    """Return a script, compressed as small servers keep them."""
    return web.Response(
        body=gzip.compress(text.encode()),
        headers={"Content-Encoding": "gzip", "Content-Type": "text/javascript"},
    )


def moved(location: str, status: int = 302) -> web.Response:
    """Return a redirect."""
    return web.Response(status=status, headers={"Location": location})


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ('<script src="a.js"></script>', "/a.js"),
        ("<SCRIPT defer SRC='/a.js'></SCRIPT>", "/a.js"),
        ("<script src=./js/a.js></script>", "/js/a.js"),
        ("<script src=/api.js></script>", "/api.js"),
        ("<script src=/js/api-client.3f.js></script>", "/js/api-client.3f.js"),
        ('<link rel="modulepreload" href="/a.js">', "/a.js"),
        ("<link rel=preload as=script href=/a.mjs>", "/a.mjs"),
        ('<script src="/a.js?v=1.2"></script>', "/a.js?v=1.2"),
        ('<script src="/a.js?20241124"></script>', "/a.js?20241124"),
        ('<base href="/ui/"><script src="a.js"></script>', "/ui/a.js"),
        ('<base href="//elsewhere/"><script src="a.js"></script>', "/a.js"),
        ("<base target=_top><script src=a.js></script>", "/a.js"),
        ("<script src=' /a.js '></script>", "/a.js"),
        ('<script>import("./a.js")</script>', "/a.js"),
        ("<script src=/js/a.js></script><script>n='/js/a.js'</script>", "/js/a.js"),
        ('<script src="/a.js?action=reboot"></script>', None),
        ("<script src=http://elsewhere/a.js></script>", None),
        ("<script>f('http://elsewhere/a.js')</script>", None),
        ("<script src=/API/a.js></script><script src=/cgi-bin/a.js></script>", None),
        ("<script src=/a.css></script><script src=/.a.js></script>", None),
        ("<script src=/%61pi/a.js></script><script src=/x/../api/a.js></script>", None),
    ],
)
async def test_ways_to_name_a_script(
    page_client: PanelClient, server: FilePanel, page: str, name: str | None
) -> None:
    server.files = {"/": html(f"<html>{page}</html>"), str(name): script()}
    assert await read_web_page(page_client) == ((SECOND,) if name else ())
    assert server.asked[1:] == ([name] if name else [])


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        (
            'import{a}from"./a-B_1.js";()=>import("../b.mjs?v=2")',
            "/js/a-B_1.js /b.mjs?v=2",
        ),
        ('m.f=["js/sip-A.js","js/sip-A.css"]', "/js/sip-A.js"),
        # As the runtimes of webpack 4 and 5 name chunks.
        (
            'return i.p+"js/"+({3:"sip"}[e]||e)+"."+{3:"aceb1170",4:"0dd"}[e]+".js"',
            "/js/sip.aceb1170.js /js/4.0dd.js",
        ),
        (
            's.src = r.p + "" + ({ "sip": "sip-page" }[e] || e) + ".chunk.js"',
            "/js/sip-page.chunk.js",
        ),
        ('r.u=e=>({7:"door",9:"sip"}[e]+".js")', "/js/door.js /js/sip.js"),
        (
            'r.u=e=>(9===e?"sip":e)+"."+{7:"aa",9:"bb"}[e]+".js"',
            "/js/7.aa.js /js/sip.bb.js",
        ),
        (
            't.u=e=>"js/"+(e===593?"sip":e)+"."+{222:"aa",593:"bb"}[e]+".js"',
            "/js/222.aa.js /js/sip.bb.js",
        ),
        ('r.u=e=>"js/"+e+".js?v=3",r.e(12),r.e("log")', "/js/12.js?v=3 /js/log.js?v=3"),
        # The runtime is far from the ID, or lies on the edge of two slices.
        pytest.param(
            'r.u=e=>e+".js";' + "f();" * 10_000 + "r.e(12)", "/js/12.js", id="far"
        ),
        pytest.param(
            ";" * (module.SLICE - 13) + 'r.u=e=>e+"."+{7:"aa",9:"bb"}[e]+".js"',
            "/js/7.aa.js /js/9.bb.js",
            id="edge",
        ),
        ('a=".js";b="x.json";c="a b.js";d="%2e.js"', ""),
    ],
)
async def test_scripts_that_a_script_names(
    page_client: PanelClient, server: FilePanel, text: str, scripts: str
) -> None:
    server.files = {
        "/": html("<script src=js/main.js></script>"),
        "/js/main.js": script(text),
        **dict.fromkeys(scripts.split(), script("")),
    }
    await read_web_page(page_client)
    assert set(server.asked) - {"/", "/js/main.js"} == set(scripts.split())


async def test_runtime_is_a_script_of_its_own(
    page_client: PanelClient, server: FilePanel
) -> None:
    server.files = {
        "/": html("<script src=/runtime.js></script><script src=/main.js></script>"),
        "/runtime.js": script('r.u=e=>e+".js"'),
        "/main.js": script("r.e(12)"),
        "/12.js": script(),
    }
    assert await read_web_page(page_client) == (SECOND,)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        # As they are, in each kind of quotes.
        ('get("/api/v1/device/sip/second")', SECOND),
        ("get('/device/sip/second'),get(`device/sip/second`)", SECOND),
        ('{url:"https://panel/api/v1/device/sip/second",method:"GET"}', SECOND),
        (r'get("\/api\/v1\/device\/sip\/second")', SECOND),
        ('get("/device/second/sip/settings")', "device/second/sip/settings"),
        # Behind something that only a running script knows.
        ("get(`${t.base}/device/sip/second`)", SECOND),
        ("get(`${f({a:1})}/device/sip/second`)", SECOND),
        ('get(t.base+"/device/sip/second")', SECOND),
        ('get("".concat(t,"/device/sip/second"))', SECOND),
        # With gaps in it.
        ("get(`/device/sip/${n}/settings`)", "device/sip/*/settings"),
        (
            'get("/device/sip/settings/"+n)',
            "device/sip/settings device/sip/settings/*",
        ),
        (
            'get("/device/sip/settings?account="+n)',
            "device/sip/settings device/sip/settings?account=*",
        ),
        (
            'get("/device/sip/reserve/settings/")',
            "device/sip/reserve/settings device/sip/reserve/settings/*",
        ),
        (
            'b="/api/v1/device/sip/";get(b+"reserve/settings")',
            "device/sip device/sip/* device/sip/*/reserve/settings device/sip/reserve/settings",
        ),
        # Behind constants of the same script.
        ('const a="/api/v1/device";get(a+"/sip/second")', f"sip/second {SECOND}"),
        ('const r="/device/reserve/sip";get(r+"/settings")', RESERVE_SIP),
        ('get("/device/sip/reserve"+"/settings")', RESERVE_PATHS),
        (
            'const r="/sip/reserve";get("/device"+r+"/settings")',
            f"sip/reserve sip/reserve/settings {RESERVE_PATHS}",
        ),
        (
            'r={a:"/device/sip",b:"/reserve"};get(r.a+r.b+"/settings")',
            f"device/sip device/sip/settings {RESERVE_PATHS}",
        ),
        ('let a={sip:"/device/sip"};get(`${a.sip}/second`)', f"device/sip {SECOND}"),
        (
            'var o="/device",i="".concat(o,"/sip");get("".concat(i,"/accounts/").concat(2))',
            """
            sip device/sip sip/accounts sip/accounts/* device/sip/accounts
            device/sip/accounts/*
            """,
        ),
        # Only harmless words are added to constants.
        ('let a="/device/sip";get(a+"/door"),get("/network/settings")', "device/sip"),
        # Next to what could be taken for quotes.
        ("""/["']/.test(x);get("/device/sip/second")""", SECOND),
        ("""/* don't */get("/device/sip/second")""", SECOND),
        (r"""let a="\"",b='\'';get("/device/sip/second")""", SECOND),
        # On the edge of two slices, and far behind.
        pytest.param(
            "a" * (module.SLICE - 5) + 'get("/device/sip/second")', SECOND, id="edge"
        ),
        pytest.param(
            'f("a text","/a/path"),' * 30_000 + 'get("/device/sip/second")',
            SECOND,
            id="far behind",
        ),
        # Something else.
        ('k="sip";l="sip.title";m="sip_status";"sip:101@pbx.example.net"', ""),
        ('"/sip.svg";"./sip-1.css";"/api/v0/device/sip/second";"/a/b/c/sip"', ""),
    ],
)
async def test_paths_that_a_script_names(
    page_client: PanelClient, server: FilePanel, text: str, paths: str
) -> None:
    server.files = {"/": html("<script src=a.js></script>"), "/a.js": script(text)}
    assert set(await read_web_page(page_client)) == set(paths.split())


@pytest.mark.parametrize(
    ("status", "text"),
    [(200, "<html></html>"), (200, "\n <html></html>"), (404, "let a")],
)
async def test_script_that_is_in_another_folder(
    page_client: PanelClient, server: FilePanel, status: int, text: str
) -> None:
    """A script is beside the one that names it, or where the page says."""
    server.files = {
        "/": html('<script src="/js/main.js"></script>'),
        "/js/main.js": script('f("pages/sip.js")'),
        "/js/sip.js": web.Response(status=status, text=text),
        "/pages/sip.js": script(),
    }
    assert await read_web_page(page_client) == (SECOND,)
    assert server.asked == ["/", "/js/main.js", "/js/sip.js", "/pages/sip.js"]


async def test_each_place_of_a_script_counts(
    page_client: PanelClient, server: FilePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 2)
    server.files = {
        "/": html('<script src="/js/main.js"></script>'),
        "/js/main.js": script('f("pages/sip.js")'),
        "/pages/sip.js": script(),
    }
    assert await read_web_page(page_client) == ()
    assert server.asked == ["/", "/js/main.js", "/js/sip.js"]


async def test_likely_scripts_come_first(
    page_client: PanelClient, server: FilePanel
) -> None:
    names = ("a", "Settings", "b", "SIP")
    server.files = {
        "/": html("".join(f"<script src=/{name}.js></script>" for name in names))
    }
    await read_web_page(page_client)
    assert server.asked == ["/", "/SIP.js", "/Settings.js", "/a.js", "/b.js"]


async def test_more_than_is_kept(page_client: PanelClient, server: FilePanel) -> None:
    texts = (
        "".join(f'get("/sip/{x}{n}"),"./{x}{n}.js",' for n in range(40)) for x in "ab"
    )
    server.files = {
        "/": html('<script src="/a.js"></script><script src="/b.js"></script>'),
        **{f"/{x}.js": script(text) for x, text in zip("ab", texts, strict=True)},
    }
    found = await read_web_page(page_client)
    assert (len(found), found[40]) == (MAX_PATHS, "sip/b0")
    assert len(set(server.asked)) == len(server.asked) == MAX_FILES + 1


@pytest.mark.parametrize(
    ("location", "is_followed"),
    [
        ("/ui/", True),
        ("index.html", True),
        ("/a/b.c/", True),
        ("/api/v1/system/info", False),
        ("http://127.0.0.1/ui/", False),
        ("//elsewhere/ui/", False),
        ("/ui/?a=b", False),
        ("/%61pi/v1", False),
        ("/.ui/", False),
        ("https://[::1", False),
        ("//[]@", False),
        ("", False),
    ],
)
async def test_page_that_has_moved(
    page_client: PanelClient, server: FilePanel, location: str, is_followed: bool
) -> None:
    server.files = {
        "/": moved(location),
        str(URL("/").join(URL(location))) if is_followed else "/none": html(
            '<script src="a.js"></script>'
        ),
    }
    await read_web_page(page_client)
    # A script is beside the page that has moved.
    assert len(server.asked) == (3 if is_followed else 1)


async def test_page_that_moves_on_and_on(
    page_client: PanelClient, server: FilePanel
) -> None:
    server.files = {"/": moved("/")}
    assert await read_web_page(page_client) == ()
    assert server.asked == ["/"] * 3


async def test_no_token_goes_to_the_page(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    await client.login()
    tokens: list[str | None] = []
    panel_answer = panel._answer

    async def answer(request: web.Request) -> Answer | None:
        tokens.append(request.headers.get("Authorization"))
        return await panel_answer(request)

    panel._answer = answer  # type: ignore[method-assign]
    await read_web_page(client)
    assert tokens == [None] * 5
    await client.get_object("sip/status")
    assert tokens[-1]


async def test_page_behind_https(sockets: None) -> None:
    async with (
        SimulatedPanel("127.0.1.1", https=True, http_port=0) as panel,
        ClientSession(connector=TCPConnector(ssl=False)) as session,
    ):
        client = PanelClient(session, URL(panel.http_url), "admin", "123456", "salt")
        await client.info()
        assert "device/sip/settings/second" in await read_web_page(client)
        assert {request.status for request in panel.web_requests} == {200}


async def read_in_steps(client: PanelClient) -> tuple[tuple[str, ...], float]:
    """Return what is found, and how long the longest step of the event loop takes."""
    longest, last = 0.0, thread_time()
    task = asyncio.create_task(read_web_page(client))
    while not task.done():
        await asyncio.sleep(0)
        now = thread_time()
        longest, last = max(longest, now - last), now
    return await task, longest


HOSTILE = """
    " \\" "\\ ` ${ } */ *} /* // a a. ({ ({1:" {a:"b", (a==1?"a": a==b?" "a"+ .e(a
    "".concat(a, "sip/ "/ "/sip/ a="/", a="/sip/"+a, a+a+"/"+a+a, a=`/${a}`, "api/v1/
    ({1:"a"}[e]||e)+".js", +".js" =>+".js" =>{1:"b"}[e]+".js" return "/device "../ src=
    <base <script> "/second","/device/sip" href=a.js
"""


# Long words where the name of a chunk is looked for.
LONG = (
    "=>" + "a" * 20_000 + ',+".js"',
    "=>{" + "a" * 8000 + '}[e]+".js"',
    '=>"' + "*" * 7000 + '"+e+".js";' + "".join(f".e({n})" for n in range(500)),
    "=>" + "+".join([f'"{"*" * 60}"'] * 14) + f'+{{{"k" * 7000}:"a"}}[e]+".js";',
)


@pytest.mark.parametrize(
    "piece", [*HOSTILE.split(), *LONG], ids=lambda piece: piece[:20]
)
async def test_hostile_script_does_not_stop_the_loop(
    page_client: PanelClient, server: FilePanel, piece: str
) -> None:
    server.files = {
        "/": html(f"<script src=a.js></script>{piece * (200_000 // len(piece))}"),
        "/a.js": web.Response(text=f"/**/{piece * (400_000 // len(piece))}"),
    }
    _, seconds = await read_in_steps(page_client)
    assert seconds < 0.05
    assert "/a.js" in server.asked


# Pages whose names are long or many: an address is only made of what may be one.
PAGES = (
    f"<base href=/{'a/' * 60_000}>"
    + "".join(f"<script src=b{n}.js></script>" for n in range(4000)),
    f"<script src=//{'ü.' * 80_000}/b.js>",
    "".join(f"<script src=//ü{n}{('.' + 'ö' * 20) * 3}/a.js>" for n in range(1000)),
)


@pytest.mark.parametrize("page", PAGES, ids=["base", "name", "names"])
async def test_hostile_page_does_not_stop_the_loop(
    page_client: PanelClient, server: FilePanel, page: str
) -> None:
    server.files = {"/": html(page)}
    _, seconds = await read_in_steps(page_client)
    assert seconds < 0.05


async def test_own_address(page_client: PanelClient, server: FilePanel) -> None:
    """Old servers move to an address with the host in it."""
    moved = web.Response(status=302, headers={"Location": f"{server.url}ui/"})
    server.files = {"/": moved, "/ui/": html('get("/device/sip/2/settings")')}
    assert await read_web_page(page_client) == ("device/sip/2/settings",)


LARGE = """
    "/sip/{}" "/second/{}" "a{}.js" "//elsewhere/a{}.js" .e({}) .e({}),=>e+".{}.js"
"""


@pytest.mark.parametrize("piece", LARGE.split())
async def test_large_script_does_not_stop_the_loop(
    page_client: PanelClient, server: FilePanel, piece: str
) -> None:
    size = module.MAX_SCRIPT - 100
    text = '"/device/sip","/device","/sip"'
    text += "".join(piece.replace("{}", str(n)) for n in range(size // len(piece)))
    server.files = {
        "/": html("<script src=a.js></script>"),
        "/a.js": web.Response(
            body=text.encode()[:size] + b"\xff",
            headers={"Content-Type": "text/javascript; charset=punycode"},
        ),
    }
    found, seconds = await read_in_steps(page_client)
    assert seconds < 0.05
    assert "device/sip" in found


PIECES = st.sampled_from(
    [*HOSTILE.split(), '"/device/sip"', "]", "}", ")", "\n", "[e]", "||", "1", " "]
)


@unhurried
@given(st.text() | st.lists(PIECES).map("".join))
def test_any_text_is_read(text: str) -> None:
    found = module._Script(chunks=[], chunk_ids={})
    asyncio.run(found.read(text))
    for path in found.paths:
        assert not path.startswith("/")
        assert not set(path) & set(" .:%#\\\"'`\n{}")


def test_files_that_were_built_here_name_no_other_host() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert not {"package-lock.json", "node_modules"} & {path.name for path in files}
    for path in files:
        text = path.read_text()
        assert "resolved" not in text
        assert len(text) < 5000
