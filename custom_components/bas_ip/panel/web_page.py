"""The panel's own web page, whose scripts name the paths that they ask.

It reads only the page at / and the scripts that it and they name, from the panel
itself, without a login, within limits. If something fails, what was found so far is
kept.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
import heapq
from html import unescape
import re
from typing import Final, TypeIs, final

from yarl import URL

from .client import PanelClient
from .errors import PanelError
from .second_account import has_action
from .web_script import MAX_PATHS, read_script

DEADLINE: Final = 20
MAX_PAGE: Final = 256 * 1024
MAX_SCRIPT: Final = 4 * 1024 * 1024
MAX_BYTES: Final = 2 * MAX_SCRIPT
MAX_SCRIPTS: Final = 48
MAX_REDIRECTS: Final = 3

# A placeholder to resolve names against; only the resulting paths are used.
_ROOT: Final = URL("http://panel/")
_TAG: Final = re.compile(r"<(script|link|base)\b([^<>]{0,2000})", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""\b(src|href|rel|as)\s{0,8}=\s{0,8}(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s"'>]{1,500}))""",
    re.IGNORECASE,
)
_FILE: Final = re.compile(r"(?:/[\w@~-][\w.@~-]{0,100}){1,10}\.m?js", re.ASCII)
_FOLDER: Final = re.compile(r"(?:/[\w@~-][\w.@~-]{0,100}){0,10}/?", re.ASCII)
_VERSION: Final = re.compile(r"[\w.=-]{0,64}", re.ASCII)
# Names of scripts in which the SIP settings are likely.
_LIKELY: Final = ("sip", "account", "setting", "device")


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class WebPage:
    """What the search in a panel's web page has brought."""

    paths: tuple[str, ...] = ()
    """Below /api/v1/ and about SIP; what is not known of them is written as {}."""

    scripts: int = 0
    """How many scripts were read."""


async def read_web_page(client: PanelClient) -> WebPage:
    """Return the paths that the panel's web page names, none if it cannot be read."""
    search = _Search(client)
    with suppress(PanelError, TimeoutError):
        async with asyncio.timeout(DEADLINE):
            await search.run()
    return WebPage(paths=tuple(search.paths)[:MAX_PATHS], scripts=search.scripts)


class _Search:
    """One search, with the scripts that it has still to read."""

    def __init__(self, client: PanelClient) -> None:
        """Start with nothing."""
        self.paths: dict[str, None] = {}
        self.scripts = 0
        self._client = client
        self._bytes_left = MAX_BYTES
        self._base = _ROOT
        self._seen: set[str] = set()
        # Each with the addresses at which it may be.
        self._waiting: list[tuple[int, int, list[str]]] = []

    async def run(self) -> None:
        """Read the page and its scripts, the likely ones first."""
        await self._read_page()
        while self._waiting and self._bytes_left and self.scripts < MAX_SCRIPTS:
            rank, number, paths = heapq.heappop(self._waiting)
            self.scripts += 1
            is_read = False
            with suppress(PanelError):
                is_read = await self._read_script(paths.pop(0))
            if not is_read and paths:
                heapq.heappush(self._waiting, (rank, number, paths))

    async def _read_page(self) -> None:
        """Read the page, and the scripts in it."""
        page = _ROOT
        for _ in range(MAX_REDIRECTS):
            status, text, location = await self._client.web_file(page.path, MAX_PAGE)
            if status == 200:
                break
            target = _join(page, location) if location else None
            if not 300 <= status < 400 or target is None or not _is_page(target):
                return
            page = target
        else:
            return
        self._base = page
        tags = [(tag[1].lower(), _attributes(tag[2])) for tag in _TAG.finditer(text)]
        for tag, attributes in tags:
            if tag == "base" and (base := _join(page, attributes.get("href", ""))):
                self._base = base
                break
        for tag, attributes in tags:
            if tag == "script":
                self._add(attributes.get("src", ""), self._base)
            elif tag == "link" and (
                attributes.get("rel", "").lower() == "modulepreload"
                or attributes.get("as", "").lower() == "script"
            ):
                self._add(attributes.get("href", ""), self._base)
        await self._take(self._base, text)

    async def _read_script(self, path: str) -> bool:
        """Read one script, and return whether there is one."""
        limit = min(MAX_SCRIPT, self._bytes_left)
        # A read that fails may have used up to the limit.
        self._bytes_left -= limit
        status, text, _ = await self._client.web_file(path, limit)
        self._bytes_left += limit - len(text)
        # Some servers answer with the page whatever they are asked for.
        if status != 200 or text.lstrip().startswith("<"):
            return False
        await self._take(_ROOT.join(URL(path)), text)
        return True

    async def _take(self, url: URL, text: str) -> None:
        """Keep what the script at an address names."""
        # In a thread, for a script may be large.
        script = await asyncio.to_thread(read_script, text)
        self.paths |= dict.fromkeys(script.paths)
        for name in script.scripts:
            if name.startswith(("./", "../")):
                self._add(name, url)
            else:
                # Which folder it is in depends on how the page was built.
                folders = (*script.public_paths, "", url.path)
                self._add(name, *(_join(self._base, folder) for folder in folders))

    def _add(self, name: str, *bases: URL | None) -> None:
        """Queue a script, unless it is on another host or already known."""
        urls = [_join(base, name) for base in bases if base is not None and name]
        paths = list(dict.fromkeys(url.raw_path_qs for url in urls if _is_script(url)))
        if not paths or not self._seen.isdisjoint(paths):
            return
        self._seen.update(paths)
        is_likely = any(word in name.lower() for word in _LIKELY)
        heapq.heappush(self._waiting, (0 if is_likely else 1, len(self._seen), paths))


def _join(base: URL, name: str) -> URL | None:
    """Return the address of a name in a page, None if it is not the page's own host."""
    try:
        url = base.join(URL(name))
        return url if url.origin() == _ROOT.origin() else None
    except ValueError:
        return None


def _is_script(url: URL | None) -> TypeIs[URL]:
    """Return whether a URL is a script, and harmless to request."""
    return bool(
        url
        and _FILE.fullmatch(url.raw_path)
        and _VERSION.fullmatch(url.raw_query_string)
        and not has_action(url.raw_query_string)
        and _is_outside_of_the_api(url)
    )


def _is_page(url: URL) -> bool:
    """Return whether an address is one to which a page may have moved."""
    return bool(
        _FOLDER.fullmatch(url.raw_path)
        and not url.raw_query_string
        and not has_action(url.raw_path)
        and _is_outside_of_the_api(url)
    )


def _is_outside_of_the_api(url: URL) -> bool:
    """Return whether an address lies where a panel keeps files."""
    return url.raw_path.split("/")[1].lower() not in ("api", "cgi-bin")


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag that name something."""
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "").strip()
        for found in _ATTRIBUTE.finditer(text)
    }
