"""The state of one simulated panel."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import secrets
import time
from typing import Any
import uuid

from .behaviour import Behaviour
from .faults import Fault, Faults

# For so many seconds a busy panel answers a path once only.
_BUSY = 5
# A longer interval, which a test may set, is ignored.
_LONGEST_INTERVAL = 86_400


@dataclass
class Request:
    """A request that reached the panel; the status is None when it got no answer."""

    method: str
    path: str
    status: int | None
    time: float = field(compare=False)


@dataclass(frozen=True)
class Login:
    """An attempt to log in."""

    username: str
    accepted: bool
    time: float = field(compare=False)


class Registration:
    """A registration with a SIP server, which the panel renews by itself."""

    def __init__(
        self,
        clock: Callable[[], float],
        interval: Callable[[], Any],
    ) -> None:
        """Start as registered just now."""
        self._clock = clock
        self._interval = interval
        self.enabled = True
        self.status: Any = "OK"
        self.attempt = clock()

    @property
    def attempt(self) -> float | None:
        """The time of the last attempt, as it was set, without those that followed."""
        return self._attempt

    @attempt.setter
    def attempt(self, attempt: float | None) -> None:
        self._attempt: float | None = attempt
        self._attempt_set = self._clock()

    def last_attempt(self) -> float | None:
        """Return the time of the last attempt, in seconds."""
        interval = self._interval()
        if (
            not self.enabled
            or self._attempt is None
            or not isinstance(interval, int)
            or not 0 < interval <= _LONGEST_INTERVAL
        ):
            return self._attempt
        passed = int(self._clock() - self._attempt_set)
        return self._attempt + passed // interval * interval

    def change(self, status: str) -> None:
        """Register now with this result; OFFLINE switches SIP off instead."""
        enabled = status != "OFFLINE"
        self.attempt = self._clock() if enabled else self.last_attempt()
        self.enabled = enabled
        self.status = status


@dataclass
class _Session:
    opened: float
    requests: int = 0


class Panel:
    """A panel as its owner sees it: settings, sessions and what it has been asked.

    The accounts and `info` are sent as they are, so they may hold any JSON value. What
    is asked of the panel's own web page is written down apart from the API's requests.
    """

    def __init__(
        self,
        address: str,
        *,
        name: str = "AA-07FB",
        password: str = "123456",
        behaviour: Behaviour | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make a panel whose serial number and MAC follow from the address."""
        identity = uuid.uuid5(uuid.NAMESPACE_URL, address)
        self.behaviour = behaviour or Behaviour()
        self.clock = clock
        self.username = "admin"
        self._password = password
        self.info: dict[str, Any] = {
            "firmware_version": "3.20.0",
            "framework_version": "3.20.0",
            "frontend_version": "3.20.0",
            "api_version": "2.11.0",
            "mcu_version": "1.4",
            "device_type": "panel",
            "device_name": name,
            "device_model": "aa-07fb",
            "device_serial_number": str(identity),
            "hybrid_enable": False,
            "commit": identity.hex[:8],
        }
        self.mac_address = ":".join(
            ["02", *(f"{byte:02x}" for byte in identity.bytes[:5])]
        )
        self.first_account: dict[str, Any] = {
            **_account("sip.example.org", "101"),
            "stun": {"ip": "stun.example.org", "port": 3478},
        }
        self.second_account: dict[str, Any] = _account("pbx.example.net", "201")
        self.sip_password = "cleartext-secret"
        self.registration = Registration(
            clock, lambda: self._interval_of(self.first_account)
        )
        self.second_registration = Registration(
            clock, lambda: self._interval_of(self.second_account)
        )
        self.api_off = False
        self.bad_logins = 0
        self.requests: list[Request] = []
        self.web_requests: list[Request] = []
        self.logins: list[Login] = []
        self.sessions: dict[str, _Session] = {}
        self._faults = Faults()
        self._asked: dict[str, float] = {}
        self._arrival = asyncio.Event()
        self._latest: Request | None = None

    @property
    def password(self) -> str:
        """The password of the panel's only user."""
        return self._password

    @password.setter
    def password(self, password: str) -> None:
        if password != self._password:
            self._password = password
            self.sessions.clear()

    @property
    def firmware_version(self) -> Any:
        """The firmware version that /api/info tells."""
        return self.info["firmware_version"]

    @firmware_version.setter
    def firmware_version(self, version: Any) -> None:
        self.info["firmware_version"] = version

    @property
    def is_banning(self) -> bool:
        """Tell whether there were too many rejected logins."""
        return (
            self.behaviour.ban_after is not None
            and self.bad_logins >= self.behaviour.ban_after
        )

    @property
    def sip_enabled(self) -> bool:
        """Whether SIP is switched on."""
        return self.registration.enabled

    @sip_enabled.setter
    def sip_enabled(self, enabled: bool) -> None:
        self.registration.enabled = enabled

    @property
    def sip_status(self) -> Any:
        """The status of the registration, as it is sent."""
        return self.registration.status

    @sip_status.setter
    def sip_status(self, status: Any) -> None:
        self.registration.status = status

    @property
    def register_last_attempt(self) -> float | None:
        """The time of the last attempt to register, as it was set."""
        return self.registration.attempt

    @register_last_attempt.setter
    def register_last_attempt(self, attempt: float | None) -> None:
        self.registration.attempt = attempt

    def last_attempt(self) -> float | None:
        """Return the time of the last attempt to register, in seconds."""
        return self.registration.last_attempt()

    def _interval_of(self, account: dict[str, Any]) -> Any:
        """Return the seconds between two attempts, None if it does not try again."""
        if not self.behaviour.registers_again:
            return None
        return account.get("registration_interval")

    def open_session(self) -> str:
        """Return the token of a new session."""
        if self.behaviour.single_session:
            self.sessions.clear()
        token = secrets.token_hex(20)
        self.sessions[token] = _Session(self.clock())
        return token

    def use_session(self, token: str) -> bool:
        """Count a request with this token and tell whether the token is accepted."""
        session = self.sessions.get(token)
        if session is None:
            return False
        session.requests += 1
        lifetime, requests = (
            self.behaviour.token_lifetime,
            self.behaviour.token_requests,
        )
        if (lifetime is not None and self.clock() - session.opened >= lifetime) or (
            requests is not None and session.requests > requests
        ):
            self.end_session(token)
            return False
        return True

    def end_session(self, token: str) -> None:
        """Forget a token."""
        self.sessions.pop(token, None)

    def end_sessions(self) -> None:
        """Forget all tokens, as if they had expired."""
        self.sessions.clear()

    def reboot(self) -> None:
        """Forget what a panel keeps in memory only, and register anew."""
        self.end_sessions()
        self.bad_logins = 0
        self.registration.attempt = self.clock()
        self.second_registration.attempt = self.clock()

    def fail(
        self, fault: Fault, *, path: str | None = None, times: int | None = None
    ) -> None:
        """Make requests fail, until `recover` or so many times.

        With a path, such as /api/v1/sip/status, only the requests for it.
        """
        self._faults.add(fault, path=path, times=times)

    def recover(self) -> None:
        """End all faults."""
        self._faults.clear()

    def next_fault(self, path: str) -> Fault | None:
        """Return the fault that a request for this path runs into."""
        now = self.clock()
        asked, self._asked[path] = self._asked.get(path, now - _BUSY), now
        is_busy = now - asked < _BUSY
        return self._faults.take(path) or (self.behaviour.busy if is_busy else None)

    def record(self, method: str, path: str) -> Request:
        """Write down a request that has come in and is not answered yet."""
        request = Request(method, path, None, self.clock())
        (self.requests if is_api(path) else self.web_requests).append(request)
        self._latest = request
        self._arrival.set()
        return request

    async def next_request(self) -> Request:
        """Wait until another request has come in, which need not be answered yet."""
        self._arrival.clear()
        await self._arrival.wait()
        assert self._latest
        return self._latest

    def record_login(self, username: str, *, accepted: bool) -> None:
        """Write down an attempt to log in."""
        self.bad_logins = 0 if accepted else self.bad_logins + 1
        self.logins.append(Login(username, accepted, self.clock()))


def is_api(path: str) -> bool:
    """Tell whether a path is one of the API, or else one of the panel's web page."""
    return path == "/api" or path.startswith("/api/")


def _account(host: str, user: str) -> dict[str, Any]:
    return {
        "proxy": f"sip:{host}",
        "realm": host,
        "user": user,
        "password": "WebPass",
        "transport": "udp",
        "user_id": user,
        "registration_interval": 60,
        "outbound": "",
    }
