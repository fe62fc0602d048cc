"""A panel that is read as a coordinator does it, without any I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.bas_ip.drift.changes import Change, changes_between
from custom_components.bas_ip.drift.compare import Comparisons, Expected, Status
from custom_components.bas_ip.drift.readings import (
    Agreement,
    Candidates,
    with_expectations,
)
from custom_components.bas_ip.drift.state import AccountState, PanelState
from custom_components.bas_ip.panel.errors import PanelError
from custom_components.bas_ip.panel.models import (
    Account,
    Holder,
    PanelInfo,
    Reading,
    RegistrationStatus,
    Setting,
    SipAccount,
    SipRegistration,
)

from ..no_loop import configure_event_loop, verify_cleanup  # noqa: F401

PROXY, REALM, USER, TRANSPORT, USER_ID, INTERVAL, OUTBOUND, STUN = Setting
REGISTERED, FAILED, DISABLED = RegistrationStatus
SECOND = Account.SECOND

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
EXPECTED = {
    PROXY: "sip:pbx.example.net",
    REALM: "pbx.example.net",
    USER: "201",
    TRANSPORT: "udp",
    USER_ID: "b42008d0",
    INTERVAL: "60",
}


def expect(**settings: str | None) -> Expected:
    """Return what is usually expected with some other settings; None takes one out."""
    expected = EXPECTED | {Setting(key): value for key, value in settings.items()}
    return {setting: value for setting, value in expected.items() if value is not None}


def reading(
    *,
    firmware: str | None = "3.20.0",
    registration: RegistrationStatus | None = REGISTERED,
    own: RegistrationStatus | None = None,
    exposed: bool | None = False,
    error: PanelError | None = None,
    **settings: str | None,
) -> Reading:
    """Return what a panel answers; None is not given."""
    registrations: Mapping[Holder, RegistrationStatus | None] = {
        None: registration,
        SECOND: own,
    }
    account = SipAccount(
        settings=EXPECTED
        | {OUTBOUND: ""}
        | {Setting(k): v for k, v in settings.items()},
        password_exposed=exposed,
    )
    return Reading(
        info=PanelInfo(
            api_version="2.11.0",
            firmware_version=firmware,
            hardware_version=None,
            model=None,
            name=None,
            serial_number=None,
            type=None,
        ),
        accounts={} if error else {SECOND: account},
        errors={SECOND: error} if error else {},
        registrations={
            holder: SipRegistration(status=status, last_attempt=None)
            for holder, status in registrations.items()
            if status
        },
    )


@dataclass
class Panel:
    """A panel of which the second account is watched; time passes with each reading."""

    holders: set[Holder] = field(default_factory=lambda: {None})
    state: PanelState = field(default_factory=PanelState)
    expected: Expected = field(default_factory=expect)
    candidates: Candidates = field(default_factory=dict)
    has_news: bool = False
    seconds: float = 0

    def __post_init__(self) -> None:
        """Begin without having read anything."""
        self.expect(self.expected)

    @property
    def now(self) -> datetime:
        """The time."""
        return BEGIN + timedelta(seconds=self.seconds)

    @property
    def account(self) -> AccountState:
        """The account."""
        return self.state.accounts[SECOND]

    @property
    def comparisons(self) -> Comparisons:
        """How its settings compare."""
        return self.account.comparisons

    @property
    def realm(self) -> tuple[str | None, Status]:
        """What is shown of the realm."""
        return self.comparisons[REALM].actual, self.comparisons[REALM].status

    def expect(self, expected: Expected) -> list[Change]:
        """Expect something else, and return the changes."""
        self.expected = expected
        return self._take(
            with_expectations(self.state, {SECOND: expected}, self.holders, self.now)
        )

    def read(
        self, *, after: float = 60, distance: float | None = 9, **answers: Any
    ) -> list[Change]:
        """Take a reading so many seconds later, and return the changes."""
        self.seconds += after
        answer = reading(**answers)
        agreement = Agreement(answer, self.candidates, self.now, self.seconds, distance)
        state = agreement.next_state(self.state, {SECOND: self.expected})
        state = state.read(answer.accounts, again=True)
        self.candidates = agreement.candidates
        self.has_news = agreement.has_news
        return self._take(state)

    def count(self, **answers: Any) -> list[Change]:
        """Take a reading that counts at once."""
        return self.read(distance=None, **answers)

    def _take(self, state: PanelState) -> list[Change]:
        before, self.state = self.state, state
        return changes_between(before, state, self.now)


@pytest.fixture
def panel() -> Panel:
    """Return a panel that is as expected."""
    panel = Panel()
    panel.count()
    return panel
