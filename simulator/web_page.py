"""The panel's own web page: a single-page application that asks the panel's API.

Its scripts are small, and named and linked as bundlers do it: the page names the first
one, which names the others, and one of these has the paths of the SIP settings in it.
"""

from .behaviour import WebPage
from .faults import Answer
from .panel import Panel

_INDEX = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Panel</title>
<script type="module" crossorigin src="/assets/index-4f0c2a91.js"></script>
</head>
<body><div id="app"></div></body>
</html>
"""
_MAIN = """\
const a="/api/v1",s=()=>sessionStorage.getItem("token");\
async function g(t){const r=await fetch(`${a}${t}`,\
{headers:{Authorization:`Bearer ${s()}`}});return r.json()}\
const p={network:()=>import("./network-9d1b77e0.js"),\
sip:()=>import("./sip-c35a8e12.js"),\
access:()=>import("./access-07be41d3.js")};\
async function o(t){const r=await p[t]();\
document.querySelector("#app").textContent=JSON.stringify(await r.load())}\
addEventListener("hashchange",()=>o(location.hash.slice(1)));export{g};
"""
_NETWORK = """\
import{g as t}from"./index-4f0c2a91.js";\
const e=()=>Promise.all([t("/network/settings"),t("/network/mac")]);export{e as load};
"""
_SILENT = """\
import{g as t}from"./index-4f0c2a91.js";const e=()=>t("/dashboard");export{e as load};
"""
# Requests that would do something, as they stand beside harmless ones in a real page.
_ACCESS = """\
import{g as t}from"./index-4f0c2a91.js";\
const e=()=>t("/access/door/status"),\
n=r=>t(`/access/general/lock/open/remote/accepted/${r}`),i=()=>t("/system/reboot/run"),\
c=()=>t("/device/sip/call/start"),d=()=>t("/sip/second/test");\
export{d as a,c as call,e as load,n as open,i as reboot};
"""
_NOT_FOUND = Answer.json({"error": "Not found"}, 404)
_TYPES = {".html": "text/html", ".js": "text/javascript"}
_LOGIN_PAGE = "<!DOCTYPE html><html><body>Log in</body></html>"


def web_file(panel: Panel, path: str) -> Answer:
    """Return the file of the panel's web page at a path."""
    behaviour = panel.behaviour
    if behaviour.web_folder is not None:
        return _from_folder(panel, path)
    if behaviour.web_page is WebPage.MISSING:
        return _NOT_FOUND
    if behaviour.web_page is WebPage.LOGIN:
        return Answer(401, _LOGIN_PAGE.encode(), "text/html")
    is_silent = behaviour.web_page is WebPage.SILENT
    scripts = {
        "/assets/index-4f0c2a91.js": _MAIN,
        "/assets/network-9d1b77e0.js": _NETWORK,
        "/assets/sip-c35a8e12.js": _SILENT if is_silent else _sip_script(panel),
        "/assets/access-07be41d3.js": _SILENT if is_silent else _ACCESS,
    }
    if path in ("/", "/index.html"):
        return Answer(200, _INDEX.encode(), "text/html")
    if path in scripts:
        return Answer(200, scripts[path].encode(), "text/javascript")
    return _NOT_FOUND


def _from_folder(panel: Panel, path: str) -> Answer:
    """Return a file of a page that was built somewhere else."""
    assert panel.behaviour.web_folder is not None
    folder = panel.behaviour.web_folder.resolve()
    file = (folder / path.lstrip("/")).resolve()
    if file.is_dir():
        file /= "index.html"
    if not file.is_relative_to(folder) or not file.is_file():
        return _NOT_FOUND
    return Answer(200, file.read_bytes(), _TYPES.get(file.suffix, "text/plain"))


def _sip_script(panel: Panel) -> str:
    """Return the script of the SIP settings, with all paths that this panel has."""
    behaviour = panel.behaviour
    paths = [
        "device/sip/settings",
        "sip/status",
        behaviour.second_account_path,
        behaviour.second_status_path,
        behaviour.second_enable_path,
        "device/sip/enable",
    ]
    requests = ",".join(f't("/{path}")' for path in paths if path is not None)
    return (
        'import{g as t}from"./index-4f0c2a91.js";'
        f"const e=()=>Promise.all([{requests}]),"
        'n=()=>t("/device/sip/reregister/start");export{e as load,n as register};\n'
    )
