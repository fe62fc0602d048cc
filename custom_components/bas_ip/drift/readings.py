"""What counts of a reading: a value that two readings in a row agree on."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from operator import eq
from typing import Any

from ..panel.models import (
    ACCOUNT_SETTINGS,
    Account,
    Holder,
    Reading,
    RegistrationStatus,
    Setting,
)
from .compare import NOTHING_KNOWN, Comparison, Expected, compare, transport_of
from .normalise import same_value
from .state import AccountState, PanelState, Registration, next_failure

type Key = tuple[Holder, str]
"""Whose value it is, and which."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that was read once."""

    value: object
    counts_from: float
    """From this second of a steady clock on, a reading that agrees confirms it."""


type Candidates = Mapping[Key, Candidate]


class Agreement:
    """What counts of a reading, after those before it."""

    def __init__(
        self,
        reading: Reading,
        candidates: Candidates,
        now: datetime,
        clock: float,
        distance: float | None,
    ) -> None:
        """Take a reading, and what was read once before it.

        The clock is a steady one, in seconds. A second reading confirms what is read
        now if it comes at least this distance later; without a distance, what is read
        counts at once.
        """
        self.candidates = dict(candidates)
        """What was read once, this reading included."""

        self.has_news = False
        """Whether a value was confirmed, or waits that did not wait before."""

        self._reading = reading
        self._now = now
        self._clock = clock
        self._distance = distance

    def next_state(
        self, before: PanelState, expectations: Mapping[Account, Expected]
    ) -> PanelState:
        """Return what is confirmed after the reading of the watched accounts."""
        return replace(
            before,
            accounts={
                account: self._account(account, before.accounts[account], expected)
                for account, expected in expectations.items()
            },
            registration=self._registration(None, before.registration),
            firmware=self._confirm(
                (None, "firmware"),
                before.firmware,
                self._reading.info.firmware_version,
            ),
        )

    def _account(
        self, account: Account, before: AccountState, expected: Expected
    ) -> AccountState:
        """Return an account; one that is not given stays as it was.

        The end of a failure is not decided here, but in `PanelState.read`.
        """
        registration = before.registration and self._registration(
            account, before.registration
        )
        if error := self._reading.errors.get(account):
            return replace(
                before,
                failure=next_failure(before.failure, error.key, self._now),
                registration=registration,
            )
        read = self._reading.accounts[account]
        transport = read.settings[Setting.TRANSPORT]
        if transport is None:
            transport = transport_of(before.comparisons)
        known: dict[Setting, Comparison] = {}
        for setting, value in read.settings.items():
            old = before.comparisons[setting]
            is_same = partial(same_value, setting, transport=transport)
            new = self._follow((account, setting), old, value, is_same)
            # A drift begins with the value that has drifted.
            is_old = new.last_known == old.last_known
            known[setting] = new if is_old else replace(new, since=None)
        return replace(
            before,
            comparisons=compare(expected, known, self._now),
            password_exposed=self._confirm(
                (account, "password_exposed"),
                before.password_exposed,
                read.password_exposed,
            ),
            registration=registration,
        )

    def _registration(self, holder: Holder, before: Registration) -> Registration:
        answer = self._reading.registrations.get(holder)
        read = answer.status if answer else None
        after = self._follow((holder, "registration"), before, read)
        registered = RegistrationStatus.REGISTERED
        if after.last_known is registered:
            return replace(after, lost_since=None)
        if before.last_known is registered:
            return replace(after, lost_since=self._now)
        return after

    def _follow[Known: (Comparison, Registration)](
        self,
        key: Key,
        before: Known,
        read: Any,
        is_same: Callable[[Any, Any], bool] = eq,
    ) -> Known:
        """Return what is known of a value that may be missing.

        Once missing, it is given again when a reading equals the last known value, or
        when a new value is confirmed.
        """
        last_known = self._confirm(key, before.last_known, read, is_same)
        is_given = before.is_given or key not in self.candidates
        return replace(
            before, last_known=last_known, is_given=is_given and read is not None
        )

    def _confirm[T](
        self,
        key: Key,
        known: T | None,
        read: T | None,
        is_same: Callable[[Any, Any], bool] = eq,
    ) -> T | None:
        """Return the value that counts: the known one, unless two readings agree."""
        if read is None:
            return known
        candidate = self.candidates.pop(key, None)
        if known is not None and is_same(known, read):
            return known
        if self._distance is None:
            return read
        if candidate is None or not is_same(candidate.value, read):
            self.has_news |= candidate is None
            candidate = Candidate(read, self._clock + self._distance)
        elif self._clock >= candidate.counts_from:
            self.has_news = True
            return read
        self.candidates[key] = candidate
        return known


def with_expectations(
    state: PanelState,
    expectations: Mapping[Account, Expected],
    registrations: Collection[Holder],
    now: datetime,
) -> PanelState:
    """Return a state of these accounts, compared with what is expected of them.

    The holders of a registration of their own are given, too.
    """
    accounts: dict[Account, AccountState] = {}
    for account, expected in expectations.items():
        before = state.accounts.get(account, AccountState())
        known = {
            setting: before.comparisons.get(setting, NOTHING_KNOWN)
            for setting in ACCOUNT_SETTINGS[account]
        }
        own = before.registration or Registration()
        accounts[account] = replace(
            before,
            comparisons=compare(expected, known, now),
            registration=own if account in registrations else None,
        )
    return replace(state, accounts=accounts)
