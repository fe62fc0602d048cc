"""Which paths may be asked for the second account, and which never.

Its path is in no public source, so it is taken from the panel's own web page, from
a list of guesses, or from a person. Some panels open doors and restart on a plain GET:
a path is asked only if each word in it is harmless, or if a person has chosen it.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
import re
from typing import Final

# Guesses, modelled on the known paths, for panels whose web page does not name it.
SECOND_ACCOUNT_PATHS: Final = (
    "device/sip/settings/second",
    "device/sip/second/settings",
    "device/sip/settings/2",
    "device/sip/2/settings",
)
MAX_ASKED: Final = 8
MAX_LENGTH: Final = 128

SECOND_WORDS: Final = frozenset(
    {
        "second",
        "secondary",
        "reserve",
        "backup",
        "additional",
        "extra",
        "alternate",
        "alternative",
        "other",
        "spare",
        "fallback",
        "failover",
    }
)
RESOURCE_WORDS: Final = frozenset(
    {
        "sip",
        "device",
        "settings",
        "setting",
        "account",
        "accounts",
        "config",
        "status",
        "enable",
        "info",
    }
)
# Wherever they are part of a word: "unregister" and "autostart" are actions, too.
ACTIONS: Final = (
    "abort",
    "accept",
    "action",
    "activate",
    "answer",
    "apply",
    "assign",
    "attach",
    "call",
    "cancel",
    "change",
    "clean",
    "clear",
    "click",
    "close",
    "cmd",
    "command",
    "commit",
    "connect",
    "create",
    "default",
    "delete",
    "deny",
    "destroy",
    "detach",
    "dial",
    "disable",
    "door",
    "download",
    "drop",
    "echo",
    "emergency",
    "erase",
    "exec",
    "execute",
    "export",
    "factory",
    "flash",
    "flush",
    "force",
    "generate",
    "grant",
    "halt",
    "hangup",
    "import",
    "insert",
    "install",
    "invite",
    "invoke",
    "kick",
    "kill",
    "launch",
    "login",
    "logout",
    "lock",
    "make",
    "migrate",
    "modify",
    "notify",
    "open",
    "perform",
    "play",
    "power",
    "press",
    "provision",
    "publish",
    "purge",
    "pulse",
    "push",
    "reboot",
    "record",
    "refresh",
    "register",
    "reject",
    "relay",
    "release",
    "reload",
    "remove",
    "rename",
    "renew",
    "replace",
    "reset",
    "resync",
    "restart",
    "restore",
    "resume",
    "revoke",
    "rollback",
    "rotate",
    "save",
    "scan",
    "send",
    "shut",
    "start",
    "stop",
    "store",
    "submit",
    "suspend",
    "swap",
    "switch",
    "sync",
    "talk",
    "terminate",
    "test",
    "toggle",
    "trigger",
    "unlock",
    "update",
    "upgrade",
    "upload",
    "wake",
    "wipe",
    "write",
)
# Short ones only as a whole word: "settings", "address" and "trunk" are no actions.
SHORT_ACTIONS: Final = frozenset(
    {
        "add",
        "del",
        "do",
        "end",
        "format",
        "go",
        "new",
        "off",
        "on",
        "ping",
        "put",
        "ring",
        "run",
        "set",
    }
)

_SEGMENT: Final = re.compile(r"[\w-]+", re.ASCII)
_QUERY: Final = re.compile(r"[\w&=-]+", re.ASCII)
# In a name such as "sipAccount_2": the words and the numbers.
_WORD: Final = re.compile(r"[A-Z]*[a-z]+|[A-Z]+|[0-9]+")


class PathUse(StrEnum):
    """What may be done with a path below /api/v1/ that a web page names."""

    ASKED = "asked"
    """Asked without a person: each of its words is one for an account or a resource."""

    OFFERED = "offered"
    """Asked only after a person has chosen it."""

    DROPPED = "dropped"
    """Never asked: not about SIP, not a plain path, or with an action in it."""


def path_use(path: str) -> PathUse:
    """Return what may be done with a path, given without the /api/v1/ in front."""
    plain, has_query, query = path.partition("?")
    segments = plain.removesuffix("/").split("/")
    if (
        len(path) > MAX_LENGTH
        or not all(map(_SEGMENT.fullmatch, segments))
        or (has_query and not _QUERY.fullmatch(query))
        or not any(name.lower().startswith("sip") for name in segments[:2])
        or any(map(has_action, [*segments, query]))
    ):
        return PathUse.DROPPED
    if (
        not has_query
        and not plain.endswith("/")
        and path == path.lower()
        and all(
            _is_resource(name) or (number < 2 and name.startswith("sip"))
            for number, name in enumerate(segments)
        )
    ):
        return PathUse.ASKED
    return PathUse.OFFERED


def has_action(name: str) -> bool:
    """Return whether a part of a path or a query has an action in it."""
    words = _words(name)
    # Also over the gaps of "re_boot" and "hang-up".
    joined = "".join(words)
    return not SHORT_ACTIONS.isdisjoint(words) or any(
        action in joined for action in ACTIONS
    )


# Each poll asks for the same few paths.
@lru_cache
def second_account_path(text: str) -> str:
    """Return a path that a person typed in the form that the client uses.

    Raises ValueError if it does not lie below /api/v1/sip or /api/v1/device/sip, or the
    like, or if it looks like an action.
    """
    path = text.strip().removeprefix("/").removeprefix("api/v1/")
    if path_use(path) is PathUse.DROPPED:
        raise ValueError("The path is not one of SIP settings below /api/v1/")
    return path


def promising_first(paths: Iterable[str]) -> list[str]:
    """Return the paths in the order in which to ask them."""
    return sorted(dict.fromkeys(paths), key=lambda path: (-_rank(path), path))


def is_of_second(path: str) -> bool:
    """Return whether a path says that it is about the second of several."""
    return any(word in SECOND_WORDS or word == "2" for word in _words(path))


def _rank(path: str) -> int:
    """Return how likely a path is that of the second account's settings."""
    words = _words(path)
    rank = 0
    if is_of_second(path):
        rank += 4
    if any(word in ("settings", "setting", "config") for word in words):
        rank += 2
    if any(word in ("account", "accounts") for word in words):
        rank += 1
    if any(word in ("status", "enable", "info") for word in words):
        rank -= 2
    return rank


def _words(text: str) -> list[str]:
    """Return the words and the numbers in a path or a part of it, in lower case."""
    return [word.lower() for word in _WORD.findall(text)]


def _is_resource(name: str) -> bool:
    """Return whether a part of a path consists of known words and numbers only."""
    return all(
        word in RESOURCE_WORDS or word in SECOND_WORDS or word.isdecimal()
        for word in _words(name)
    )
