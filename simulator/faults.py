"""What can go wrong between a client and a panel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import json


@dataclass(frozen=True)
class Delay:
    """The right answer comes late."""

    seconds: float


@dataclass(frozen=True)
class Hang:
    """No answer comes until the client goes or the panel is switched off."""


@dataclass(frozen=True)
class Close:
    """The connection is closed without an answer."""


@dataclass(frozen=True)
class Answer:
    """An answer of any status, body and content type."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(
        cls, value: object, status: int = 200, content_type: str = "application/json"
    ) -> Answer:
        """Make the answer that sends a value as JSON."""
        return cls(status, json.dumps(value).encode(), content_type)


type Fault = Delay | Hang | Close | Answer

TRUNCATED_JSON = Answer(200, b'{"proxy":"sip:pbx.exam')
HTML_PAGE = Answer(
    200, b"<!DOCTYPE html><html><body>Please wait</body></html>", "text/html"
)
NOT_AN_OBJECT = Answer.json(["OK"])
EMPTY_BODY = Answer(200)
LARGE_BODY = Answer.json({"realm": "x" * 70 * 1024})
WRONG_CHARSET = Answer(
    200, '{"realm":"café"}'.encode("latin-1"), "application/json; charset=utf-8"
)
UNKNOWN_CHARSET = Answer(
    200, b'{"realm":"pbx.example.net"}', "application/json; charset=x-none"
)
ERROR_TRUE = Answer.json({"error": True}, 400)
ERROR_OBJECT = Answer.json(
    {"error": {"code": "system_error", "message": "Try again later"}}, 500
)


@dataclass
class _Counted:
    fault: Fault
    path: str | None
    times: int


class Faults:
    """The faults that the next requests run into."""

    def __init__(self) -> None:
        """Start without any."""
        self._counted: list[_Counted] = []
        self._lasting: dict[str | None, Fault] = {}

    def add(self, fault: Fault, *, path: str | None, times: int | None) -> None:
        """Plan a fault; see `Panel.fail`."""
        if times is None:
            self._lasting[path] = fault
        else:
            self._counted.append(_Counted(fault, path, times))

    def clear(self) -> None:
        """Forget all faults."""
        self._counted.clear()
        self._lasting.clear()

    def take(self, path: str) -> Fault | None:
        """Return the fault of a request for this path: counted ones first, in order."""
        for counted in self._counted:
            if counted.path in (None, path):
                counted.times -= 1
                if not counted.times:
                    self._counted.remove(counted)
                return counted.fault
        return self._lasting.get(path, self._lasting.get(None))
