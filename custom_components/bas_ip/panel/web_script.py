"""What a script of a panel's web page names: other scripts, and paths of the API.

A script is searched, not run. Names of scripts and paths are put together from texts,
from constants of the same script and from the maps in which webpack keeps the names of
its chunks. All repetitions in the expressions are bounded or possessive, so that the
time a script takes grows with its length only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, product
import re
from typing import Final, final

MAX_PATHS: Final = 64
MAX_VALUES: Final = 16
MAX_TEXTS: Final = 64
MAX_CHUNKS: Final = 500
MAX_EXPRESSIONS: Final = 10_000
MAX_TEXT: Final = 300
# Stands for what only a running script would know.
UNKNOWN: Final = "{}"

_TEXT = r"""(?:"(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+'|`(?:[^`\\]++|\\.)*+`)"""
_NAME = r"(?:[A-Za-z_$][\w$]{0,60}+(?:\.[A-Za-z_$][\w$]{0,60}+){0,6}+)"
# A map of names by the ids of chunks, and the id that is looked up.
_MAP = (
    rf"(?:\{{(?:\s{{0,8}}+(?:[\w$]{{1,60}}+|{_TEXT})\s{{0,8}}+:\s{{0,8}}+{_TEXT}"
    rf"\s{{0,8}}+,?+){{1,{MAX_CHUNKS}}}+\s{{0,8}}+\}}\[{_NAME}\])"
)
# Webpack's ways to name a chunk: a map; a map, or else the chunk's id; one chunk of its
# own, and the id of all others.
_CHUNK = (
    rf"(?:{_MAP}|\(\s{{0,8}}+{_MAP}\s{{0,8}}+\|\|\s{{0,8}}+{_NAME}\s{{0,8}}+\)"
    rf"|\(\s{{0,8}}+(?:{_NAME}\s{{0,8}}+={{2,3}}\s{{0,8}}+(?:\d{{1,9}}+|{_TEXT})"
    rf"|(?:\d{{1,9}}+|{_TEXT})\s{{0,8}}+={{2,3}}\s{{0,8}}+{_NAME})"
    rf"\s{{0,8}}+\?\s{{0,8}}+{_TEXT}\s{{0,8}}+:\s{{0,8}}+{_NAME}\s{{0,8}}+\))"
)
_PLUS = r"\s{0,8}+\+\s{0,8}+"
_PART = rf"(?:{_TEXT}|{_CHUNK}|\d{{1,9}}+|{_NAME}(?![\w$(\[]))"

# A sum of texts, names and chunk names with at least one text in it. Comments, regular
# expressions and escapes are passed over, for there are quotes in them, too.
_EXPRESSION: Final = re.compile(
    r"//[^\n]{0,2000}"
    r"|/\*[^*]{0,2000}(?:\*(?!/)[^*]{0,2000}){0,10}\*/"
    r"|(?<=[(,=:\[!&|?{};])/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,100}+\]){1,300}+/"
    r"|\\."
    rf"|(?<![\w$.])(?:(?P<name>{_NAME})\s{{0,8}}+[=:]\s{{0,8}}+)?+"
    rf"(?P<sum>(?:(?:{_CHUNK}|{_NAME}){_PLUS}){{0,6}}+{_TEXT}"
    rf"(?:{_PLUS}{_PART}"
    rf"|\s{{0,8}}+\.concat\(\s{{0,8}}+{_PART}"
    rf"(?:\s{{0,8}}+,\s{{0,8}}+{_PART}){{0,6}}+\s{{0,8}}+\)){{0,12}}+)",
    re.DOTALL,
)
_PARTS: Final = re.compile(
    rf"(?P<text>{_TEXT})|(?P<chunk>{_CHUNK})"
    rf"|(?<![\w$.])(?:(?P<number>\d{{1,9}}+)|(?P<name>{_NAME}))",
    re.DOTALL,
)
_ENTRIES: Final = re.compile(
    rf"(?P<key>[\w$]{{1,60}}+|{_TEXT})\s{{0,8}}+:\s{{0,8}}+(?P<value>{_TEXT})",
    re.DOTALL,
)
_CONDITION: Final = re.compile(rf"(?<![\w$])\d{{1,9}}+(?![\w$])|{_TEXT}", re.DOTALL)
_SLASH_OR_SCRIPT: Final = re.compile(r"/|\.m?js")
_PLACEHOLDER: Final = re.compile(r"\$\{([^{}]{0,80}+)\}")
# A text by itself, also where the quotes before it could not be made out.
_PLAIN: Final = re.compile(r"""["'`}]([\w/.?=&-]{3,200}+)(?=["'`])""", re.ASCII)
_CHUNK_ID: Final = re.compile(
    r"""\.e\(\s{0,8}+(\d{1,9}+|"[\w-]{1,60}+"|'[\w-]{1,60}+')"""
)
_PUBLIC_PATH: Final = re.compile(
    r"""\b[\w$]{1,20}+\.p\s{0,8}+=\s{0,8}+["']([^"'\\\s]{0,200}+)["']"""
)
_SCRIPT: Final = re.compile(
    r"(?:[\w./@~-]{0,200}/)?[\w@~][\w.@~-]{0,100}\.m?js(?:\?[\w.=-]{0,64}+)?", re.ASCII
)
_SCRIPT_END: Final = re.compile(r"\.m?js(?:\?[\w.=-]{0,64}+)?$", re.ASCII)
_PREFIX: Final = re.compile(r"[\w/?=&{}.:-]{1,128}", re.ASCII)
_API_PATH: Final = re.compile(r"[\w/?=&{}-]{1,128}", re.ASCII)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """What one script names."""

    scripts: tuple[str, ...]
    """As they are written: with ./ in front they are beside this script."""

    public_paths: tuple[str, ...]
    """Where webpack looks for its chunks."""

    paths: tuple[str, ...]
    """Below /api/v1/ and about SIP; what is not known of them is written as {}."""


def read_script(text: str) -> Script:
    """Return what a script names."""
    scripts: dict[str, None] = {}
    paths: dict[str, None] = {}
    for value in _Expressions(text).values():
        if _SCRIPT.fullmatch(value):
            scripts[value] = None
        elif (path := sip_path(value)) is not None:
            paths[path] = None
    whole = tuple(paths)
    for value in _PLAIN.findall(text):
        if _SCRIPT.fullmatch(value):
            scripts[value] = None
        elif (
            not value.endswith(("/", "="))
            and (path := sip_path(value)) is not None
            # Not the end of a path that is already known.
            and not any(other.endswith(f"/{path}") for other in whole[:MAX_PATHS])
        ):
            paths[path] = None
    return Script(
        scripts=tuple(islice(scripts, MAX_CHUNKS)),
        public_paths=tuple(dict.fromkeys(_PUBLIC_PATH.findall(text)))[:MAX_VALUES],
        paths=tuple(islice(paths, MAX_PATHS)),
    )


def sip_path(text: str) -> str | None:
    """Return the path below /api/v1/ that a text is, None if it is none about SIP."""
    while text.startswith(UNKNOWN):
        text = text.removeprefix(UNKNOWN)
    is_whole = "api/v1/" in text
    if is_whole:
        text = text.partition("api/v1/")[2]
    path = text.lstrip("/")
    segments = path.partition("?")[0].split("/")
    # A single word is the name of something else.
    if (
        not _API_PATH.fullmatch(path)
        or not (is_whole or len(segments) > 1)
        or not any(name.lower().startswith("sip") for name in segments[:2])
    ):
        return None
    return path


class _Expressions:
    """The sums of texts in a script, and what its constants stand for."""

    def __init__(self, text: str) -> None:
        """Find them."""
        self._chunk_ids = list(
            dict.fromkeys(key.strip("\"'") for key in _CHUNK_ID.findall(text))
        )[:MAX_CHUNKS]
        self._constants: dict[str, list[str]] = {}
        self._sums: list[str] = []
        for found in _EXPRESSION.finditer(text):
            if (expression := found["sum"]) is None or not _SLASH_OR_SCRIPT.search(
                expression
            ):
                continue
            self._sums.append(expression)
            if len(self._sums) == MAX_EXPRESSIONS:
                break
            if found["name"] is not None and len(expression) <= MAX_TEXT:
                self._add_constant(found["name"], expression)

    def values(self) -> Iterator[str]:
        """Return what the sums may be."""
        for expression in self._sums:
            parts = list(_PARTS.finditer(expression))
            if len(parts) > 1 and _SCRIPT_END.search(_unquote(parts[-1][0])):
                yield from self._chunks(parts)
            else:
                yield from self._texts(parts)

    def _add_constant(self, name: str, expression: str) -> None:
        """Keep what a name stands for; short names stand for many things."""
        values = self._constants.setdefault(_last(name), [])
        for value in self._texts(list(_PARTS.finditer(expression))):
            if len(values) < MAX_VALUES and _PREFIX.fullmatch(value):
                values.append(value)

    def _texts(self, parts: list[re.Match[str]]) -> Iterator[str]:
        """Return the texts that a sum may give, for each meaning of its names."""
        options = [option for part in parts for option in self._options(part)]
        return islice(map("".join, product(*options)), MAX_TEXTS)

    def _options(self, part: re.Match[str]) -> Iterator[list[str]]:
        """Return what a part may be, bit by bit where it is a template."""
        if part["name"]:
            yield self._meanings(part["name"])
        elif part["chunk"] or len(part[0]) > MAX_TEXT:
            yield [UNKNOWN]
        elif part[0].startswith("`"):
            for number, bit in enumerate(_PLACEHOLDER.split(part[0][1:-1])):
                yield self._meanings(bit) if number % 2 else [bit]
        else:
            yield [_unquote(part[0])]

    def _meanings(self, name: str) -> list[str]:
        """Return what a name may stand for."""
        values = self._constants.get(_last(name), [])
        return values if len(values) == 1 else [UNKNOWN, *values]

    def _chunks(self, parts: list[re.Match[str]]) -> Iterator[str]:
        """Return the names that webpack's runtime would make for its chunks."""
        maps = [_map(part["chunk"]) if part["chunk"] else {} for part in parts]
        ids = dict.fromkeys(chain(*maps, self._chunk_ids))
        for chunk_id in islice(ids, MAX_CHUNKS):
            name = ""
            for part, names in zip(parts, maps, strict=True):
                if part["text"] or part["number"]:
                    name += _unquote(part[0])
                elif part["chunk"]:
                    is_complete = part["chunk"].startswith("{")
                    name += names.get(chunk_id, "" if is_complete else chunk_id)
                elif not part["name"].endswith(".p"):
                    name += chunk_id
            yield name


def _map(text: str) -> dict[str, str]:
    """Return the names that webpack keeps in a map or a condition, by chunk."""
    if "{" in text:
        return {
            _unquote(entry["key"]): _unquote(entry["value"])
            for entry in _ENTRIES.finditer(text)
        }
    condition, _, names = text.partition("?")
    key = _CONDITION.search(condition)
    value = _PARTS.search(names)
    return {_unquote(key[0]): _unquote(value[0])} if key and value else {}


def _last(name: str) -> str:
    """Return the part of a name behind its last dot."""
    return name.rpartition(".")[2]


def _unquote(text: str) -> str:
    """Return the content of a text in a script."""
    return text.strip("\"'`").replace("\\/", "/")
