"""Which paths below /api/v1/ may be asked for a second SIP account.

Some panels open doors and restart on a plain GET: a path is asked by itself only if all
words in it are harmless, and never, whoever chooses it, if it names an action.
"""

import re
from typing import Final

MAX_PATH: Final = 128
# Stands for a part of a path that only a running script would know.
UNKNOWN: Final = "*"

# The longer ones first, as a word is taken as soon as it fits.
_SECOND: Final = """
    secondary second reserve backup additional extra alternate alternative other spare
    fallback failover
"""
_RESOURCE: Final = "settings setting accounts account config status info"
# Anywhere in a word, so that "unlock", "reboot" and "restart" are found, too.
_ACTIONS: Final = """
    call dial door lock open relay boot reset restore default factory register start
    stop test enable disable delete remove clear apply save update exec
"""


def _any_of(words: str) -> str:
    return "|".join(words.split())


_WHICH: Final = f"(?:{_any_of(_SECOND)}|[0-9_-])"
_WORD: Final = f"(?:{_WHICH}|{_any_of(_RESOURCE)})"
_HARMLESS: Final = re.compile(
    f"(?:(?:device|{_WORD})++/){{0,2}}sip{_WORD}*+(?:/{_WORD}++)*+"
)
_ENDING: Final = re.compile(rf"(?:/(?:sip|{_WORD}|\{UNKNOWN})++)++")
_FOLDER: Final = re.compile(
    rf"device|(?:(?:device|{_WHICH}++)/){{0,2}}sip{_WHICH}*+(?:/(?:{_WHICH}++|\{UNKNOWN}))?"
)
_PLAIN: Final = re.compile(
    r"(?:[\w-]++/){0,2}sip[\w-]*+(?:/[\w-]++)*+/?(?:\?[\w&=-]++)?",
    re.ASCII | re.IGNORECASE,
)
_ACTION: Final = re.compile(_any_of(_ACTIONS), re.IGNORECASE)
_ABOUT_SECOND: Final = re.compile(f"{_any_of(_SECOND)}|(?<![0-9])2(?![0-9])")


def is_harmless(path: str) -> bool:
    """Return whether a path may be asked without a person."""
    return len(path) <= MAX_PATH and bool(_HARMLESS.fullmatch(path))


def is_folder(path: str) -> bool:
    """Return whether other parts may be added to a harmless path."""
    return bool(_FOLDER.fullmatch(path))


def is_harmless_ending(text: str) -> bool:
    """Return whether a text is harmless as the last parts of a path."""
    return bool(_ENDING.fullmatch(text))


def is_allowed(path: str) -> bool:
    """Return whether a path may be asked once a person has chosen it."""
    return (
        len(path) <= MAX_PATH
        and bool(_PLAIN.fullmatch(path))
        and not _ACTION.search(path)
    )


def is_about_second(path: str) -> bool:
    """Return whether a path says that it is about the second of several."""
    return bool(_ABOUT_SECOND.search(path))


def second_account_path(text: str) -> str:
    """Return a path that a person typed, in the form that the client uses.

    Raises ValueError if it is no plain path about SIP below /api/v1/, or names an
    action.
    """
    path = text.strip().removeprefix("/").removeprefix("api/v1/").rstrip("/")
    if not is_allowed(path):
        raise ValueError("The path is not one of SIP settings below /api/v1/")
    return path
