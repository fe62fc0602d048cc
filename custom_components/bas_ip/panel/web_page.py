"""The panel's own web page, whose scripts name the paths that they ask.

Only the page at / and the scripts that it and they name are read, from the panel
itself, without a token, within limits. Scripts are searched for texts, not run. If
something fails, what was found so far is kept.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import chain, islice, product
import re
from typing import Final, final

from yarl import URL

from .client import PanelClient
from .errors import PanelError
from .paths import UNKNOWN, is_folder, is_harmless, is_harmless_ending

DEADLINE: Final = 20
MAX_PAGE: Final = 256 * 1024
MAX_SCRIPT: Final = 4 * 1024 * 1024
MAX_FILES: Final = 48
MAX_REDIRECTS: Final = 3
MAX_NAMES: Final = 500
MAX_PATHS: Final = 64
MAX_PARTS: Final = 16
# The event loop goes on after each slice. A map of chunks fits into the overlap.
SLICE: Final = 16 * 1024
OVERLAP: Final = 8 * 1024

# A placeholder to resolve names against; only the resulting paths are used.
_ROOT: Final = URL("http://panel/")
_BASE: Final = re.compile(
    r"""<base\b[^<>]*?\bhref=["']?([^\s"'>]{1,200})""", re.IGNORECASE
)
_SOURCE: Final = re.compile(
    r"""\b(?:src|href)=["']?\s*([^\s"'>]{1,200})""", re.IGNORECASE
)
# Where a panel keeps files: outside of its API, and without an escape in the path.
_FOLDER: Final = re.compile(r"(?!/(?i:api|cgi-bin)\b)(?:/\w[\w.-]*)*/?")
_FILE: Final = re.compile(
    r"(?!/(?i:api|cgi-bin)/)(?:/[\w@~-][\w.@~-]*)+\.m?js"
    r"(?:\?(?:(?:\w{1,4}|version|build)=)?[\w.-]*)?"
)
_LIKELY: Final = re.compile("account|setting|device")
# A slash at the end, or what a script adds to keep browsers from remembering.
_END: Final = re.compile(r"(?:/|\?\w{1,12}=)\*$")
_OTHER_FOLDER: Final = re.compile("^[^./:][^:]*/")

_PLACEHOLDER: Final = re.compile(r"\$\{[^{}]{0,80}\}")
# Its last quote may be the first one of the next text.
_TEXT: Final = re.compile(r"""["'`}]([\w/.:?=&*@~-]{3,200}+)(?=["'`])""", re.ASCII)
_SCRIPT_NAME: Final = re.compile(r"\.m?js(?:\?|$)")
_SIP_PATH: Final = re.compile(r"(?:[\w*-]+/){0,2}(?i:sip)[\w/?=&*-]*")

# Webpack names its chunks by a sum of texts, of maps by the chunk's ID, and of the ID.
_CHUNK_START: Final = re.compile(r"=>|\breturn\b|\.src\b")
_CHUNK_END: Final = re.compile(
    r"""\+\s?["'](?:[.-][\w.-]{0,60})?\.m?js(?:\?[\w.=-]*)?["']"""
)
_CHUNK_PART: Final = re.compile(
    r"""(\{[^{}]*\}|\b\w++===?\w++\?["'][^"']*["'])"""
    r"""|["']([^"']{0,60})["']|(?<![\w.])\w++(?=\s?\+)"""
)
_ENTRY: Final = re.compile(
    r"""(?<![\w-])(?:[A-Za-z_$]\w*+===?)?([\w-]{1,60}+)["']?\s?"""
    r"""(?::|(?:===?\w++)?\?)\s?["']([^"']*)["']"""
)
_CHUNK_ID: Final = re.compile(r"""\.e\(["']?([\w-]{1,60})""")

# Names by ID, and the text if there is none.
type _ChunkPart = tuple[dict[str, str], str]


async def read_web_page(client: PanelClient) -> tuple[str, ...]:
    """Return the paths below /api/v1/ and about SIP that the panel's web page names.

    A part of them that only a running script would know is written as *.
    """
    search = _Search(client)
    with suppress(PanelError, TimeoutError):
        async with asyncio.timeout(DEADLINE):
            await search.run()
    return tuple(islice(search.paths, MAX_PATHS))


@final
class _Search:
    """One search, with the scripts that it has still to read."""

    def __init__(self, client: PanelClient) -> None:
        """Start with nothing."""
        self.paths: dict[str, None] = {}
        self._client = client
        self._base = _ROOT
        self._chunks: list[list[_ChunkPart]] = []
        self._chunk_ids: dict[str, None] = {}
        self._known: set[str] = set()
        # Each with the paths at which it may be.
        self._waiting: list[list[str]] = []

    async def run(self) -> None:
        """Read the page and its scripts, the likely ones first."""
        await self._read_page(await self._page())
        for _ in range(MAX_FILES):
            if not self._waiting:
                return
            self._waiting.sort(key=_likeliness)
            paths, *self._waiting = self._waiting[:MAX_NAMES]
            if not await self._read_script(paths.pop(0)) and paths:
                self._waiting.insert(0, paths)

    async def _page(self) -> str:
        """Return the page, which may have moved within the panel."""
        for _ in range(MAX_REDIRECTS):
            status, text, location = await self._client.web_file(
                self._base.path, MAX_PAGE
            )
            if status == HTTPStatus.OK:
                return text
            target = _join(self._base, location, _FOLDER) if location else None
            if target is None:
                break
            self._base = target
        return ""

    async def _read_page(self, page: str) -> None:
        if base := _BASE.search(page):
            self._base = _join(self._base, base[1], _FOLDER) or self._base
        names = filter(_SCRIPT_NAME.search, _SOURCE.findall(page))
        for name in islice(names, MAX_NAMES):
            self._add(_join(self._base, name, _FILE))
        await self._take(self._base, page)

    async def _read_script(self, path: str) -> bool:
        """Read the script at a path, and return whether there is one."""
        try:
            status, text, _ = await self._client.web_file(path, MAX_SCRIPT)
        except PanelError:
            return False
        # Some servers answer with the page whatever they are asked for.
        if status != HTTPStatus.OK or text[:100].lstrip().startswith("<"):
            return False
        await self._take(_ROOT.join(URL(path)), text)
        return True

    async def _take(self, url: URL, text: str) -> None:
        """Keep what the script at an address names."""
        # A runtime that names chunks may be a script of its own.
        script = _Script(chunks=self._chunks, chunk_ids=self._chunk_ids)
        await script.read(text)
        self.paths |= script.paths
        for name in script.names:
            # Bundlers write scripts beside each other, whatever folder they name.
            beside = _join(url, _OTHER_FOLDER.sub("", name), _FILE)
            base = url if name.startswith(".") else self._base
            self._add(beside, _join(base, name, _FILE))

    def _add(self, *urls: URL | None) -> None:
        """Queue a script that is at one of these addresses, unless it is known."""
        paths = list(dict.fromkeys(url.raw_path_qs for url in urls if url))
        if paths and self._known.isdisjoint(paths):
            self._known.update(paths)
            self._waiting.append(paths)


@final
@dataclass(slots=True)
class _Script:
    """What is found in one script."""

    chunks: list[list[_ChunkPart]]
    chunk_ids: dict[str, None]
    names: dict[str, None] = field(default_factory=dict)
    paths: dict[str, None] = field(default_factory=dict)
    # What constants hold, and what may be added to it.
    folders: dict[str, None] = field(default_factory=dict)
    endings: dict[str, None] = field(default_factory=dict)

    async def read(self, text: str) -> None:
        """Search a script, a slice at a time."""
        for start in range(0, len(text), SLICE):
            part = text[start : start + SLICE + OVERLAP].replace("\\/", "/")
            self._take_texts(_PLACEHOLDER.sub(UNKNOWN, part))
            self._take_chunks(part)
            await asyncio.sleep(0)
        joined = _joined(self.folders, self.endings)
        inner = islice(filter(is_folder, joined), MAX_PARTS)
        self.paths |= dict.fromkeys([*joined, *_joined(inner, self.endings)])
        for chunk in self.chunks:
            _keep(self.names, MAX_NAMES, *_chunk_names(chunk, self.chunk_ids))

    def _take_texts(self, part: str) -> None:
        """Keep the texts in quotes that name something."""
        for text in dict.fromkeys(_TEXT.findall(part)):
            if _SCRIPT_NAME.search(text):
                _keep(self.names, MAX_NAMES, text)
            elif "/" in text:
                self._take_path(text)

    def _take_path(self, text: str) -> None:
        """Keep a path about SIP, and what may be a part of one."""
        if text.endswith(("/", "=")):
            text += UNKNOWN
        path = text.rpartition("api/v1/")[2].lstrip(f"/{UNKNOWN}")
        whole = _END.sub("", path)
        if _SIP_PATH.fullmatch(path):
            _keep(self.paths, MAX_PATHS, path)
        if is_harmless(whole):
            _keep(self.paths, MAX_PATHS, whole)
        _keep(self.folders, MAX_PARTS, *filter(is_folder, [path, whole]))
        ends = ("/" + each.lstrip(f"/{UNKNOWN}") for each in (text, _END.sub("", text)))
        _keep(self.endings, MAX_PATHS, *filter(is_harmless_ending, ends))

    def _take_chunks(self, part: str) -> None:
        """Keep how webpack's runtime names its chunks, and their IDs."""
        _keep(self.chunk_ids, MAX_NAMES, *_CHUNK_ID.findall(part))
        for end in islice(_CHUNK_END.finditer(part), MAX_PARTS):
            *before, sum_of_parts = _CHUNK_START.split(part[: end.end()])
            chunk = [_chunk_part(found) for found in _CHUNK_PART.finditer(sum_of_parts)]
            if before and len(chunk) <= MAX_PARTS >= len(self.chunks):
                self.chunks.append(chunk)


def _likeliness(paths: Iterable[str]) -> tuple[bool, bool]:
    """Return how to sort scripts: first those that may be about SIP."""
    names = "".join(paths).lower()
    return "sip" not in names, not _LIKELY.search(names)


def _joined(folders: Iterable[str], endings: Iterable[str]) -> list[str]:
    """Return the harmless paths that constants and texts make together."""
    parts = product(folders, endings)
    joined = [folder + ending for folder, ending in parts if ending not in folder]
    return [path for path in joined if is_harmless(path.replace(UNKNOWN, "2"))]


def _chunk_part(found: re.Match[str]) -> _ChunkPart:
    """Return a part of the names of chunks; where there is none, the ID is the name."""
    names, text = found.groups()
    return dict(_ENTRY.findall(names or "")), UNKNOWN if text is None else text


def _chunk_names(parts: list[_ChunkPart], chunk_ids: Iterable[str]) -> Iterator[str]:
    """Return the names of chunks, with these IDs or those in the maps."""
    ids = dict.fromkeys(chain(chunk_ids, *(names for names, _ in parts)))
    for chunk_id in islice(ids, MAX_NAMES):
        name = "".join(names.get(chunk_id, text) for names, text in parts)
        yield name.replace(UNKNOWN, chunk_id)


def _keep(found: dict[str, None], limit: int, *texts: str) -> None:
    """Add what was found, up to a limit."""
    found |= dict.fromkeys(islice(texts, max(0, limit - len(found))))


def _join(base: URL, name: str, pattern: re.Pattern[str]) -> URL | None:
    """Return the address of a name, None if it is no harmless one of the same host."""
    if not name.isascii():
        return None
    try:
        url = base.join(URL(name))
        is_here = url.origin() == _ROOT.origin() and pattern.fullmatch(url.raw_path_qs)
    except IndexError, ValueError:
        return None
    return url if is_here else None
