"""What is confirmed of a panel: what is shown, stored and compared with next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..panel.errors import AnotherDeviceError, ForbiddenError, LoginRejectedError
from ..panel.models import Account, Holder, RegistrationStatus
from .compare import Comparisons, Status, drifted, gravest


class PanelStatus(StrEnum):
    """Whether it is all right with a panel, and if not, why."""

    AS_EXPECTED = "as_expected"
    DRIFTED = "drifted"
    NOT_REGISTERED = "not_registered"
    NOTHING_EXPECTED = "nothing_expected"
    NOT_COMPARABLE = "not_comparable"
    NOT_REACHABLE = "not_reachable"
    ANOTHER_DEVICE = "another_device"
    LOGIN_REJECTED = "login_rejected"
    FORBIDDEN = "forbidden"


# By the keys of errors; all others mean that the panel is not reachable.
_REASONS = {
    AnotherDeviceError.key: PanelStatus.ANOTHER_DEVICE,
    ForbiddenError.key: PanelStatus.FORBIDDEN,
    LoginRejectedError.key: PanelStatus.LOGIN_REJECTED,
}
_BY_COMPARISON = {
    Status.IN_SYNC: PanelStatus.AS_EXPECTED,
    Status.NOT_COMPARED: PanelStatus.NOTHING_EXPECTED,
    Status.UNKNOWN: PanelStatus.NOT_COMPARABLE,
}
FAILURES = (PanelStatus.NOT_REACHABLE, *_REASONS.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why a panel, or one of its accounts, cannot be read."""

    key: str
    """That of the error."""

    since: datetime

    @property
    def reason(self) -> PanelStatus:
        """Return what the status says of it."""
        return _REASONS.get(self.key, PanelStatus.NOT_REACHABLE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """The registration of the panel, or of an account that has its own."""

    last_known: RegistrationStatus | None = None
    is_given: bool = False
    lost_since: datetime | None = None
    """Since when it is not registered any more, None if it never was."""

    @property
    def status(self) -> RegistrationStatus | None:
        """Return the status, None while the panel does not send it."""
        return self.last_known if self.is_given else None


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountState:
    """One SIP account."""

    comparisons: Comparisons = field(default_factory=dict)
    password_exposed: bool | None = None
    registration: Registration | None = None
    """None without a status of its own."""

    failure: Failure | None = None

    @property
    def status(self) -> Status:
        """Return how the whole account compares."""
        return gravest(comparison.status for comparison in self.comparisons.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelState:
    """A panel with its watched accounts."""

    accounts: Mapping[Account, AccountState] = field(default_factory=dict)
    registration: Registration = field(default_factory=Registration)
    firmware: str | None = None
    failure: Failure | None = None
    """Why the panel cannot be read, shown at once."""

    outage: Failure | None = None
    """What the record says: two failed polls begin it, and two good ones end it."""

    @property
    def failures(self) -> Mapping[Holder, Failure]:
        """Return why the panel cannot be read, or else some of its accounts."""
        if self.failure:
            return {None: self.failure}
        return {
            account: state.failure
            for account, state in self.accounts.items()
            if state.failure
        }

    @property
    def registrations(self) -> Mapping[Holder, Registration]:
        """Return the registrations by their holders, the panel first."""
        registrations: dict[Holder, Registration] = {None: self.registration}
        for account, state in self.accounts.items():
            if state.registration:
                registrations[account] = state.registration
        return registrations

    def read(self, accounts: Collection[Account], *, again: bool) -> PanelState:
        """Return the state after a good poll; `again` if the one before was, too."""
        read = {each: replace(self.accounts[each], failure=None) for each in accounts}
        return replace(
            self,
            accounts={**self.accounts, **read},
            failure=None,
            outage=None if again else self.outage,
        )

    def failed(self, key: str, now: datetime, *, again: bool) -> PanelState:
        """Return the state after a failed poll; `again` if the one before was, too."""
        failure = next_failure(self.failure, key, now)
        outage = self.outage or failure if again else self.outage
        return replace(self, failure=failure, outage=outage)

    def lost_registrations(self) -> Mapping[Holder, datetime]:
        """Return who is not registered any more, and since when."""
        return {
            holder: registration.lost_since
            for holder, registration in self.registrations.items()
            if registration.lost_since
        }


def next_failure(before: Failure | None, key: str, now: datetime) -> Failure:
    """Return a failure that begins now, or goes on."""
    return Failure(key=key, since=before.since if before else now)


def needs_login(before: Failure | None, after: Failure | None) -> bool:
    """Return whether a person has to log in; if forbidden, from the second poll on."""
    reason = after and after.reason
    return reason is PanelStatus.LOGIN_REJECTED or (
        reason is PanelStatus.FORBIDDEN and before == after
    )


def drift_begin(state: AccountState) -> datetime | None:
    """Return when the oldest drift of an account was confirmed."""
    times = (each.since for each in drifted(state.comparisons).values())
    return min(filter(None, times), default=None)


def panel_status(
    state: PanelState, *, watch_registration: bool
) -> tuple[PanelStatus, datetime | None]:
    """Return the gravest of what is wrong, and since when it is."""
    accounts = state.accounts.values()
    comparison = gravest(account.status for account in accounts)
    if failures := list(state.failures.values()):
        return failures[0].reason, failures[0].since
    if comparison is Status.DRIFTED:
        return PanelStatus.DRIFTED, min(filter(None, map(drift_begin, accounts)))
    if watch_registration and (lost := state.lost_registrations()):
        return PanelStatus.NOT_REGISTERED, min(lost.values())
    return _BY_COMPARISON[comparison], None
