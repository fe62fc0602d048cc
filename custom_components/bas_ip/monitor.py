"""From readings and expectations to what is known of a panel, and to its changes."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .changes import Change, drift_change, expectation_change, registration_change
from .const import DOMAIN, Account
from .drift import (
    Comparison,
    Comparisons,
    Setting,
    actual_settings,
    compare,
    compare_anew,
    needs_second_reading,
    settle,
)
from .expected import expected_settings, ignored_settings
from .known import KnownState
from .panel import RegistrationStatus, SipAccount

STORAGE_VERSION = 1
# Changes wait here for the event entity, which a user may have disabled.
MAX_CHANGES = 50

type Readings = Mapping[Account, tuple[SipAccount | None, SipAccount | None]]


def known_state_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the store of what is known of a panel."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", private=True)


class DriftMonitor:
    """Knows the confirmed state of a panel and notes what changes it."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], accounts: Iterable[Account]
    ) -> None:
        """Initialize the monitor."""
        self._accounts = tuple(accounts)
        self._closed = False
        self._changes: deque[Change] = deque(maxlen=MAX_CHANGES)
        self._entry = entry
        self._known = KnownState()
        self._store = known_state_store(hass, entry.entry_id)

    async def async_load(self) -> None:
        """Load what was known before the start."""
        if stored := await self._store.async_load():
            self._known = KnownState.from_json(stored)
            self._changes.extend(map(Change.from_json, stored["changes"]))
        self._known = replace(
            self._known,
            comparisons={
                account: self._known.comparisons.get(account)
                or self._compare(account, None)
                for account in self._accounts
            },
        )

    async def async_close(self) -> None:
        """Write down what is known, and learn nothing more from a poll under way."""
        self._closed = True
        await self._store.async_save(self._as_json())

    def needs_second_reading(self, account: Account, reading: SipAccount) -> bool:
        """Return whether a reading begins, changes or ends the drift of an account."""
        return needs_second_reading(
            self._known.comparisons[account], self._compare(account, reading)
        )

    @callback
    def async_learn(
        self,
        readings: Readings,
        registration: RegistrationStatus | None,
        firmware: str | None,
    ) -> Mapping[Account, Comparisons]:
        """Return what the two readings of each account make of what was known."""
        # The options may have changed while this was not loaded. That is noted here and
        # not when loading: a start that fails would tell nobody.
        self.async_compare_anew()
        before = self._known
        now = dt_util.utcnow()
        comparisons = {
            account: settle(
                before.comparisons[account],
                self._compare(account, first),
                self._compare(account, second),
                now,
            )
            for account, (first, second) in readings.items()
        }
        changes = [
            drift_change(account, before.comparisons[account], comparisons[account])
            for account in comparisons
        ]
        self._async_know(
            KnownState(
                comparisons=comparisons,
                registration=registration or before.registration,
                firmware=firmware or before.firmware,
            ),
            [*changes, registration_change(before.registration, registration)],
        )
        return comparisons

    @callback
    def async_compare_anew(self) -> Mapping[Account, Comparisons]:
        """Return how what is known compares with what the options now expect."""
        before = self._known
        now = dt_util.utcnow()
        comparisons = {
            account: compare_anew(
                known,
                expected_settings(self._entry.options, account),
                ignored_settings(self._entry.options, account),
                now,
            )
            for account, known in before.comparisons.items()
        }
        self._async_know(
            replace(before, comparisons=comparisons),
            [
                expectation_change(account, before.comparisons[account], compared)
                for account, compared in comparisons.items()
            ],
        )
        return comparisons

    @callback
    def async_take_change(self) -> Change | None:
        """Return the oldest change that nobody has taken yet."""
        if not self._changes:
            return None
        change = self._changes.popleft()
        # As it is told now, it must not be told again after a restart.
        self._store.async_delay_save(self._as_json)
        return change

    def _as_json(self) -> dict[str, Any]:
        """Return what is stored: a change that nobody has taken is told later."""
        return {
            **self._known.as_json(),
            "changes": [change.as_json() for change in self._changes],
        }

    def _compare(
        self, account: Account, reading: SipAccount | None
    ) -> dict[Setting, Comparison]:
        """Compare a reading with the expected settings."""
        return compare(
            expected_settings(self._entry.options, account),
            ignored_settings(self._entry.options, account),
            actual_settings(account, reading),
        )

    @callback
    def _async_know(self, known: KnownState, changes: Iterable[Change | None]) -> None:
        """Note the changes and keep what is known over a restart."""
        if self._closed:
            return
        before, self._known = self._known, known
        self._changes.extend(
            replace(
                change, firmware_before=before.firmware, firmware_after=known.firmware
            )
            for change in changes
            if change is not None
        )
        if known != before:
            self._store.async_delay_save(self._as_json)
