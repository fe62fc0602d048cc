"""A day on which everything happens to a panel but a change of its settings."""

from collections.abc import Callable
from itertools import cycle
import random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from simulator import Answer, Close, SimulatedPanel
from simulator.faults import (
    EMPTY_BODY,
    ERROR_OBJECT,
    HTML_PAGE,
    LARGE_BODY,
    NOT_AN_OBJECT,
    TRUNCATED_JSON,
)

from .conftest import (
    DRIFT,
    FIRST,
    INFO,
    PANEL_STATUS,
    SECOND,
    STATUS,
    SetUp,
    SipEvents,
    both_accounts,
    state_of,
)

MINUTES = 10 * 60


class BadDay:
    """What may happen to a panel without anybody changing its settings."""

    def __init__(self, panel: SimulatedPanel) -> None:
        """Begin a day that is the same each time."""
        self.panel = panel
        self.accounts = {FIRST: panel.first_account, SECOND: panel.second_account}
        self.as_set = {path: dict(account) for path, account in self.accounts.items()}
        # Each of them once, and then again.
        self.kinds = cycle(
            [
                self.closed_connections,
                self.unreadable_answers,
                self.one_unreadable_answer,
                self.expired_token,
                self.another_order,
                self.another_spelling,
                self.missing_settings,
                self.one_empty_answer,
                self.one_answer_of_factory_settings,
                self.reboot,
            ]
        )
        self.random = random.Random(20261122)  # noqa: S311

    async def next_minute(self) -> None:
        """Let something happen until the next call, often nothing."""
        await self.end()
        if self.random.random() < 0.5:
            kind: Callable[[], Any] = next(self.kinds)
            await kind()

    async def end(self) -> None:
        """Let all be as it should be."""
        self.panel.recover()
        await self.panel.switch_on()
        for path, account in self.accounts.items():
            account.clear()
            account.update(self.as_set[path])

    def _path(self) -> str:
        return self.random.choice([INFO, *self.accounts, STATUS])

    def _account(self) -> dict[str, Any]:
        return self.accounts[self.random.choice([FIRST, SECOND])]

    async def closed_connections(self) -> None:
        """The panel closes connections, as one that hangs looks from outside."""
        self.panel.fail(Close(), path=self.random.choice([None, self._path()]))

    async def unreadable_answers(self) -> None:
        """A page of the panel is broken."""
        faults = [TRUNCATED_JSON, HTML_PAGE, LARGE_BODY, NOT_AN_OBJECT, ERROR_OBJECT]
        self.panel.fail(self.random.choice(faults), path=self._path())

    async def one_unreadable_answer(self) -> None:
        """One answer breaks off, or is an error."""
        faults = [TRUNCATED_JSON, Answer(401), Answer(500), EMPTY_BODY]
        self.panel.fail(self.random.choice(faults), path=self._path(), times=1)

    async def expired_token(self) -> None:
        """The token is no longer accepted."""
        self.panel.end_sessions()

    async def another_order(self) -> None:
        """The settings come in another order."""
        account = self._account()
        items = list(account.items())
        self.random.shuffle(items)
        account.clear()
        account.update(items)

    async def another_spelling(self) -> None:
        """The same values are written differently."""
        account = self._account()
        account["proxy"] = self.random.choice(
            [account["proxy"].upper(), account["realm"], f"{account['realm']}.:5060"]
        )
        account["realm"] = f" {account['realm']} "
        account["transport"] = "UDP"
        account["registration_interval"] = "60"
        account["outbound"] = None

    async def missing_settings(self) -> None:
        """An answer holds only a part of the settings."""
        account = self._account()
        for key in self.random.sample(sorted(account), 4):
            if key not in ("proxy", "realm", "user", "stun"):
                del account[key]
            elif self.random.random() < 0.5 and key != "stun":
                account[key] = {}

    async def one_empty_answer(self) -> None:
        """A panel that is still starting answers once with nothing set."""
        path = self.random.choice(sorted(self.accounts))
        empty = dict.fromkeys(self.accounts[path], "")
        self.panel.fail(Answer.json(empty), path=path, times=1)

    async def one_answer_of_factory_settings(self) -> None:
        """The same, with what it had when it was new."""
        path = self.random.choice(sorted(self.accounts))
        factory = {**self.as_set[path], "proxy": "sip:0.0.0.0", "realm": "*"}
        self.panel.fail(Answer.json(factory), path=path, times=1)

    async def reboot(self) -> None:
        """The panel is away for a moment."""
        self.panel.reboot()
        await self.panel.switch_off()


async def test_bad_day(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """No drift, no login too many, no repair; and the next change is seen as usual."""
    entry = both_accounts(panel)
    await set_up(entry)
    # It would take most of the time to write down where each call came from.
    hass.loop.set_debug(False)
    events = SipEvents(hass)
    day = BadDay(panel)
    drifts = [DRIFT, DRIFT.replace("2", "1")]
    seen: set[str] = set()
    statuses: set[str] = set()
    for _ in range(MINUTES):
        freezer.tick(60)
        await day.next_minute()
        await entry.runtime_data.async_refresh()
        seen |= {state_of(hass, entity_id) for entity_id in drifts}
        statuses.add(state_of(hass, PANEL_STATUS))

    assert seen == {STATE_OFF, STATE_UNKNOWN}
    assert statuses == {"as_expected", "not_comparable", "not_reachable", "forbidden"}
    assert set(events.types) <= {"panel_unreachable", "panel_reachable"}
    assert all(login.accepted for login in panel.logins)
    assert len(panel.logins) < MINUTES / 5
    assert hass.config_entries.flow.async_progress() == []
    assert ir.async_get(hass).issues == {}

    await day.end()
    panel.second_account["realm"] = "other.example.net"
    for _ in range(3):
        freezer.tick(60)
        await entry.runtime_data.async_refresh()
    assert state_of(hass, DRIFT) == STATE_ON
    assert state_of(hass, PANEL_STATUS) == "drifted"
    assert events.types[-1] in ("drift_detected", "panel_reachable")
