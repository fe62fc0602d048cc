"""The answers to single requests: their JSON, and what a login gives."""

from collections.abc import Callable
from http import HTTPStatus
import json
import re
from typing import Any, Final

from yarl import URL

from .errors import (
    ForbiddenError,
    LoginRejectedError,
    NotFoundError,
    ResponseError,
    UnsupportedFirmwareError,
)
from .models import JsonObject, plain_text
from .request import Answer

_FORBIDDEN: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_MISSING: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.GONE,
    HTTPStatus.NOT_IMPLEMENTED,
)
LOGIN_REJECTED: Final = "The panel rejects the user name or the password"
_TOKEN: Final = re.compile(r"[!-~]{1,4096}")
_AROUND_TOKEN: Final = "\0\ufeff\t\r\n "
# Panels send raw control characters inside of texts.
_DECODER: Final = json.JSONDecoder(strict=False)


def json_object(answer: Answer) -> JsonObject:
    """Return the object in an answer.

    Raises ForbiddenError, NotFoundError, or ResponseError if there is none.
    """
    if answer.status in _FORBIDDEN:
        raise ForbiddenError("The panel does not allow this")
    if answer.status in _MISSING:
        raise NotFoundError(f"The panel does not have this (HTTP {answer.status})")
    if not _is_success(answer):
        raise ResponseError(f"The panel answers with HTTP {answer.status}")
    data = _parse(answer.text)
    if data is None:
        raise NotFoundError("The answer is not a JSON object")
    if data.get("error"):
        raise NotFoundError("The answer is an error")
    return data


class ParsedAnswers:
    """Parses answers, but not one that is like the last one: most polls are alike."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._last: dict[str, tuple[int, Any]] = {}

    def parse[T](
        self, name: str, answer: Answer, parse: Callable[[JsonObject], T]
    ) -> T:
        """Return what an answer of this name says; raises as `json_object`.

        Its text is not kept, for it may hold a password.
        """
        digest = hash((answer.status, answer.text))
        if name not in self._last or self._last[name][0] != digest:
            self._last[name] = digest, parse(json_object(answer))
        parsed: T = self._last[name][1]
        return parsed


def login_token(answer: Answer) -> str:
    """Return the token in the answer to a login.

    Raises LoginRejectedError if the login is rejected, another PanelError if it fails
    otherwise.
    """
    _check_login(answer)
    data = _parse(answer.text) or {}
    if data.get("error"):
        raise LoginRejectedError(LOGIN_REJECTED)
    token = (plain_text(data.get("token")) or "").strip(_AROUND_TOKEN)
    if not _TOKEN.fullmatch(token):
        raise ResponseError("The answer to the login holds no token")
    return token


def _check_login(answer: Answer) -> None:
    if answer.status in (*_FORBIDDEN, HTTPStatus.BAD_REQUEST):
        raise LoginRejectedError(LOGIN_REJECTED)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise UnsupportedFirmwareError("The panel has no API of version 1")
    if not _is_success(answer):
        raise ResponseError(
            f"The panel answers the login with HTTP {answer.status}",
            retry_after=_seconds(answer.headers.get("Retry-After", "")),
        )


def https_redirect(answer: Answer, origin: URL) -> URL | None:
    """Return where a redirect leads, if from http to https on the same host."""
    try:
        target = URL(answer.headers.get("Location", "")).origin()
    except IndexError, ValueError:
        # IndexError is what yarl raises for "https://[]@".
        return None
    is_redirect = 300 <= answer.status < 400
    change = (origin.scheme, target.scheme, target.raw_host)
    is_to_https = change == ("http", "https", origin.raw_host)
    return target if is_redirect and is_to_https else None


def _is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _parse(text: str) -> JsonObject | None:
    """Return the object in a text, None if there is none.

    Some panels send a NUL and more behind it.
    """
    text = text.strip()
    try:
        data, end = _DECODER.raw_decode(text)
    except ValueError, RecursionError:
        return None
    is_whole = text[end:].lstrip()[:1] in ("", "\0")
    return data if isinstance(data, dict) and is_whole else None


def _seconds(text: str) -> float | None:
    """Return the seconds of a Retry-After header, None if it does not give any."""
    return float(text) if re.fullmatch("[0-9]{1,9}", text.strip()) else None
