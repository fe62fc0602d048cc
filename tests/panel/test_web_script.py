"""What is found in the scripts of a web page."""

from time import thread_time

from hypothesis import given, strategies as st
import pytest

from custom_components.bas_ip.panel import web_script as module
from custom_components.bas_ip.panel.web_script import (
    MAX_CHUNKS,
    MAX_PATHS,
    MAX_VALUES,
    read_script,
    sip_path,
)

from .conftest import unhurried

SECOND = "device/sip/second"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        # As they are, in each kind of quotes.
        ('get("/api/v1/device/sip/second")', [SECOND]),
        ("get('/device/sip/second')", [SECOND]),
        ("get(`device/sip/second`)", [SECOND]),
        ('{url:"https://panel/api/v1/device/sip/second",method:"GET"}', [SECOND]),
        (r'get("\/api\/v1\/device\/sip\/second")', [SECOND]),
        # Behind something that only a running script knows.
        ("get(`${t.base}/device/sip/second`)", [SECOND]),
        ('get(t.base+"/device/sip/second")', [SECOND]),
        ('get(e()+"/device/sip/second")', [SECOND]),
        ('get("".concat(t,"/device/sip/second"))', [SECOND]),
        # Behind a text that is too long for a path.
        (f'get("/{"x" * 301}"+"/device/sip/second")', [SECOND]),
        (f'get("/{"x" * 301}"+"/device/sip/"+n)', ["device/sip/{}"]),
        # Around the name of a chunk, and behind a constant that is no path.
        ('get("/device/sip/"+{1:"a"}[e]+"/settings")', ["device/sip/{}/settings"]),
        ('let a="/x y";get(a+"/device/sip/"+n)', ["device/sip/{}"]),
        # Behind constants of the same script.
        ('const a="/api/v1/device";get(a+"/sip/second")', [SECOND]),
        ('var a = "/api/v1";var b = a + "/device";get(`${b}/sip/second`)', [SECOND]),
        ('let a="/device/sip";get(a+"/second")', ["device/sip", SECOND]),
        ('let a={sip:"/device/sip"};get(a.sip+"/second")', ["device/sip", SECOND]),
        ('var a="/device/";get("".concat(a,"sip/").concat(2))', ["device/sip/2"]),
        # A short name stands for several things.
        (
            'var a="/device";(()=>{var a="/x"})();get(a+"/sip/second")',
            ["sip/second", SECOND, "x/sip/second"],
        ),
        # Defined behind its use.
        ('function f(){get(a+"/sip/second")}const a="/device"', [SECOND]),
        # With gaps in the middle or at the end.
        (
            'get("/device/sip/"+n+"/settings")',
            ["device/sip/{}/settings"],
        ),
        ("get(`/device/sip/settings/${n}`)", ["device/sip/settings/{}"]),
        ('get("/device/sip/settings?account=2")', ["device/sip/settings?account=2"]),
        # Next to what could be taken for quotes.
        ("""/["']/.test(x);get("/device/sip/second")""", [SECOND]),
        ("""/* don't */get("/device/sip/second")""", [SECOND]),
        ("""// don't\nget("/device/sip/second")""", [SECOND]),
        (r"""let a="\"",b='\'';get("/device/sip/second")""", [SECOND]),
        ("""x="it's";y='"';get(z+"/device/sip/second")""", [SECOND]),
        # Something else.
        ('k="sip";l="sip.title";m="sip_status"', []),
        ('"sip:101@pbx.example.net";"/sip.svg";"./sip-1.js"', []),
        ('"/network/settings/sip"', []),
        ('"/api/v0/device/sip/second"', []),
        ("", []),
    ],
)
def test_paths(text: str, paths: list[str]) -> None:
    assert list(read_script(text).paths) == paths


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ('import{a as b}from"./a-B_1.js";import"./b.mjs"', ["./a-B_1.js", "./b.mjs"]),
        ('()=>import("../sip.js?v=1.2")', ["../sip.js?v=1.2"]),
        ('m.f=["assets/sip-A.js","assets/sip-A.css"]', ["assets/sip-A.js"]),
        # Webpack 4 and 5, as their runtimes name chunks.
        (
            'i.p+"js/"+({3:"sip"}[e]||e)+"."+{3:"aceb1170",4:"0dd"}[e]+".js"',
            ["js/sip.aceb1170.js", "js/4.0dd.js"],
        ),
        (
            's.p + "" + ({ "sip": "sip-page" }[e] || e) + ".chunk.js"',
            ["sip-page.chunk.js"],
        ),
        ('r.u=e=>({7:"door",9:"sip"}[e]+".js")', ["door.js", "sip.js"]),
        (
            'r.u=e=>(9===e?"sip":e)+"."+{7:"aa",9:"bb"}[e]+".js";r.e(7)',
            ["sip.bb.js", "7.aa.js"],
        ),
        (
            'r.u=e=>"js/"+e+".js?v=3";r.e(12),r.e("log")',
            ["js/12.js?v=3", "js/log.js?v=3"],
        ),
        ('r.u=e=>"js/only.abc.js"', ["js/only.abc.js"]),
        ('r.u=e=>"js/"+e+"."+7+".js";r.e(1)', ["js/1.7.js"]),
        ('import("./a@1.js")', ["./a@1.js"]),
        # Not names.
        ('a=".js";b="x.json";c="a b.js";d="%2e.js"', []),
    ],
)
def test_scripts(text: str, scripts: list[str]) -> None:
    found = read_script(text).scripts
    assert set(scripts) <= set(found)
    assert {name for name in found if name.rpartition("/")[2] != ".js"} >= set(scripts)
    if not scripts:
        assert found == ()


def test_chunk_that_is_not_in_the_map() -> None:
    text = 'r.u=e=>({7:"door"}[e]+".js");r.e(5)'
    assert read_script(text).scripts == ("door.js",)


def test_public_paths() -> None:
    assert read_script('r.p="/ui/";i.p = "",n.p="auto"').public_paths == (
        "/ui/",
        "",
        "auto",
    )


def test_bounds() -> None:
    text = "".join(
        f'get("/sip/{number}"),import("./{number}.js"),' for number in range(600)
    )
    script = read_script(text)
    assert (len(script.paths), len(script.scripts)) == (MAX_PATHS, MAX_CHUNKS)
    text = "".join(f'r.p="/{number}/",' for number in range(20))
    assert len(read_script(text).public_paths) == MAX_VALUES


def test_only_so_many_texts_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_EXPRESSIONS", 1)
    text = 'get("/device/"+a),get(`${a}/device/sip/${b}`)'
    assert read_script(text).paths == ()
    # What cannot be part of a path does not count.
    text = 'get("text"+a),get(`${a}/device/sip/${b}`)'
    assert read_script(text).paths == ("device/sip/{}",)


def test_what_is_far_behind() -> None:
    text = 'f("some text","/a/path"),' * 30_000 + 'get("/device/sip/second")'
    assert read_script(text).paths == (SECOND,)


HOSTILE = [
    *(
        '"',
        '\\"',
        '"\\',
        "`",
        "${",
        "/*",
        "/*a",
        "//",
        "(/[",
        "(/",
        "/\\",
        "a",
        "a.",
        " ",
    ),
    *(
        "a+",
        "a= ",
        "a=a:",
        "({",
        '({1:"',
        '{a:"b",',
        '(a==1?"a":',
        "(1==",
        '"a"+',
        "x.e(",
    ),
    *('"".concat(', '"".concat(a,', "a  +  ", "'\n", '"sip/', "sip/", 'x.p="', '"/'),
    *('a="/",', 'a="/sip/"+a,', 'a+a+"/"+a+a,', "a=`/${a}`,", '({1:"a"}[e]||e)+".js",'),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_only(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        start = thread_time()
        read_script(text)
        return thread_time() - start

    # Quadratic would be 64 times as long.
    assert seconds(400_000) < 24 * max(seconds(50_000), 0.01)


PIECES = st.sampled_from(
    [*HOSTILE, '"/device/sip"', "]", "}", ")", "\n", ".js", '"x.js"', "[e]", "||", "1"]
)


@unhurried
@given(st.text() | st.lists(PIECES).map("".join))
def test_any_text_is_read(text: str) -> None:
    script = read_script(text)
    for path in script.paths:
        assert not path.startswith("/")
        assert not set(path) & set(" .:%#\\\"'`\n")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("api/v1/sip", "sip"),
        ("/sip", None),
        ("sip/2", "sip/2"),
        ("{}{}/sip/2", "sip/2"),
        ("/api/v1//sip/2", "sip/2"),
        ("api/v1/device/SIP/2", "device/SIP/2"),
        ("sip?a=/2", None),
        ("api/v1/a?b=/sip", None),
        ("device/voip/2", None),
        ("a/b/sip", None),
        ("device/sip/" + "a" * 128, None),
    ],
)
def test_sip_path(text: str, path: str | None) -> None:
    assert sip_path(text) == path
