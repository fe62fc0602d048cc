"""A panel of the soak: its wire, its life, and what has to be shown of it."""

import asyncio
from random import Random
from typing import Any, override

from simulator import Answer, Close, Delay, Fault, Hang, Request, SimulatedPanel, faults

from . import wall
from .model import MEANINGS, Model

SETTINGS = "/api/v1/device/sip/settings/second"
STATUS = "/api/v1/sip/status"
PATHS = (None, None, SETTINGS, STATUS, "/api/v1/login", "/api/info")


def any_fault(random: Random) -> Fault:
    """Return something that can go wrong on the wire."""
    return random.choice(
        (
            Close(),
            Hang(),
            Delay(random.uniform(0.1, 15)),
            faults.TRUNCATED_JSON,
            faults.HTML_PAGE,
            faults.NOT_AN_OBJECT,
            faults.EMPTY_BODY,
            faults.LARGE_BODY,
            faults.ERROR_TRUE,
            Answer(200, random.randbytes(200)),
            Answer.json({"error": "Log In"}, 401),
            Answer.json({"error": "Administrator rights required"}, 403),
            Answer.json({"error": "Not found"}, 404),
            faults.ERROR_OBJECT,
        )
    )


class SoakPanel(SimulatedPanel):
    """A panel at an address of its own, which may move."""

    def __init__(self, number: int, random: Random) -> None:
        """Make a panel with the expected settings."""
        self.number = number
        self.place = 1
        super().__init__(self._address(), name=f"Panel {number}", clock=wall.now)
        self.password = f"canary-password-{number}-0"
        self.behaviour.registers_again = True
        # Polls come at multiples of a second, so a token rarely ends within one.
        self.behaviour.token_lifetime = 7000.5 + number
        self.random = random
        self.model = Model(frozenset({"outbound"} if number % 4 == 0 else ()))
        self.good_polls = 0
        self._is_readable = False
        for setting in MEANINGS:
            self.second_account[setting] = MEANINGS[setting][0][0]

    @override
    def record(self, method: str, path: str) -> Request:
        """Count polls that went well, and keep the last request only."""
        if self.requests:
            last = self.requests.pop()
            if last.path == SETTINGS:
                self._is_readable = last.status == 200
            elif last.path == STATUS and last.status == 200 and self._is_readable:
                self.good_polls += 1
        return super().record(method, path)

    def spell(self, meanings: dict[str, int]) -> None:
        """Write settings in one of the spellings that they have."""
        for setting, meaning in meanings.items():
            self.second_account[setting] = self.random.choice(
                MEANINGS[setting][meaning]
            )

    def lie_once(self) -> None:
        """Let one answer be well formed and wrong."""
        setting = self.random.choice(list(MEANINGS))
        wrong = self.second_account | {setting: "wrong.example.com"}
        self.fail(Answer.json(wrong), path=SETTINGS, times=1)

    async def fail_for_a_while(self) -> None:
        """Run into faults, one after the other, and recover."""
        for _ in range(self.random.randint(1, 4)):
            times = self.random.choice((None, 1, 2, 5))
            self.fail(
                any_fault(self.random), path=self.random.choice(PATHS), times=times
            )
            await asyncio.sleep(self.random.uniform(10, 1200))
            self.recover()

    async def be_off(self, seconds: float) -> None:
        """Be switched off for some time, as in a restart."""
        await self.switch_off()
        await asyncio.sleep(seconds)
        self.reboot()
        await self.switch_on()

    async def move(self) -> None:
        """Get another address."""
        await self.switch_off()
        self.place += 1
        self.host = self._address()
        await self.switch_on()

    def _address(self) -> str:
        return (
            f"127.{self.place % 200 + 1}.{self.number // 250}.{self.number % 250 + 1}"
        )

    def describe(self) -> dict[str, Any]:
        """Return what a config entry needs."""
        return {
            "host": self.host,
            "port": self.port,
            "name": self.info["device_name"],
            "serial": self.info["device_serial_number"],
            "mac": self.mac_address,
            "firmware": self.info["firmware_version"],
            "username": self.username,
            "password": self.password,
            "second_account": self.second_account,
        }
