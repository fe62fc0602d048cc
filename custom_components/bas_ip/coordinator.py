"""Data update coordinator for the BAS-IP integration."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
import logging
from typing import Any, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .connection import account_paths, panel_client, panel_session, registration_paths
from .const import (
    CONF_IS_NEW,
    CONF_WATCH_REGISTRATION,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    EARLY_POLL,
    MAX_RETRY_AFTER,
    READING_DISTANCE,
    SETTLED_DISTANCE,
    SETTLING_TIME,
)
from .discovery import async_follow_panel
from .drift.changes import REGISTRATION_CHANGES, Change, changes_between
from .drift.compare import Expected
from .drift.expected import CONF_EXPECTED, expected_settings
from .drift.history import History
from .drift.readings import Agreement, Candidates, with_expectations
from .drift.state import PanelState, PanelStatus, needs_login, panel_status
from .messages import panel_device
from .panel.errors import LoginRejectedError, NotFoundError, PanelError
from .panel.models import Account, PanelInfo, Reading
from .store import PanelStore

_LOGGER = logging.getLogger(__name__)

type BasIpConfigEntry = ConfigEntry[BasIpCoordinator]


class BasIpCoordinator(DataUpdateCoordinator[PanelState]):
    """Class to poll a panel."""

    config_entry: BasIpConfigEntry

    def __init__(self, hass: HomeAssistant, entry: BasIpConfigEntry) -> None:
        """Initialize the coordinator."""
        self._interval = entry.options.get(CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL)
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=timedelta(seconds=self._interval),
            always_update=False,
        )
        self._session = panel_session(hass, entry.data)
        self.client = panel_client(self._session, entry.data, entry)
        self._paths = account_paths(entry.data, entry.options)
        self._registration_paths = registration_paths(entry.data, self._paths)
        self._store = PanelStore(hass, entry.entry_id)
        self.history = History(reported=int(dt_util.utcnow().timestamp()))
        self.reading: Reading | None = None
        """What the panel has answered in the last poll, None if it has failed."""

        self.errors: Mapping[Account, PanelError] = {}
        """Why the last poll did not give these accounts."""

        self.polls_without_second = 0
        """In so many polls in a row the second account was not at its path."""

        self.context: Context | None = None
        """Of the action that the listeners are told about, None after a poll."""

        self.report: Callable[[Sequence[Change]], None] | None = None
        """What the event entity does about changes, when all others are up to date."""

        self._is_new = True
        self._is_shut_down = False
        self._reports_changes = False
        self._candidates: Candidates = {}
        self._settled_at = 0.0

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Return the accounts that are watched."""
        return tuple(self._paths)

    @property
    def watches_registration(self) -> bool:
        """Return whether a lost registration counts as a problem."""
        return bool(self.config_entry.options.get(CONF_WATCH_REGISTRATION, True))

    @property
    def status(self) -> tuple[PanelStatus | None, datetime | None]:
        """Return the status and since when it is a problem; None before a poll."""
        if self.reading is None and not self.errors:
            return None, None
        return panel_status(self.data, watch_registration=self.watches_registration)

    @property
    def _expectations(self) -> Mapping[Account, Expected]:
        options = self.config_entry.options
        return {account: expected_settings(options, account) for account in self._paths}

    async def async_restore(self) -> bool:
        """Restore the stored state, and return whether the panel is known.

        The first reading of a new panel counts at once. That of a known panel does not,
        even if its stored state is lost.
        """
        entry = self.config_entry
        self.data = PanelState()
        if stored := await self._store.async_load():
            self.data, self.history = stored
        self._is_new = not stored and (
            CONF_IS_NEW in entry.data or not entry.options.get(CONF_EXPECTED)
        )
        state = self._compared(self.data)
        if self._is_new:
            self.data = state
        else:
            self._async_keep(state)
        return not self._is_new

    async def async_first_poll(self) -> None:
        """Poll a known panel, and tell the status: before, it was unknown."""
        await self.async_refresh()
        self.async_update_listeners()

    @override
    async def async_shutdown(self) -> None:
        """Stop polling, store the state, and log out of the panel."""
        await super().async_shutdown()
        self._is_shut_down = True
        try:
            if not self._is_new:
                await self._store.async_save(self.data, self.history)
            await self.client.logout()
        finally:
            self._session.detach()

    @override
    async def _async_update_data(self) -> PanelState:
        """Poll the panel."""
        try:
            reading = await self.client.read(self._paths, self._registration_paths)
        except PanelError as err:
            self.errors = dict.fromkeys(self.accounts, err)
            self.reading = None
            self._async_fail(err)
            if self.client.doubt:
                await async_follow_panel(self.hass, self.config_entry)
            if self._is_new and isinstance(err, LoginRejectedError):
                # A set-up that is tried again would send the login again.
                raise ConfigEntryAuthFailed(
                    translation_domain=DOMAIN, translation_key=err.key
                ) from err
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=err.key,
                translation_placeholders={"error": str(err)},
                retry_after=_patience(err),
            ) from err
        self.errors = reading.errors
        return self._async_take(reading)

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        """Count the polls in a row without a second account, and tell of each."""
        if isinstance(self.errors.get(Account.SECOND), NotFoundError):
            self.polls_without_second += 1
            self.async_update_listeners()
        else:
            self.polls_without_second = 0

    @callback
    def _async_fail(self, err: PanelError) -> None:
        """Show at once that a poll has failed; two in a row go into the record."""
        if self._is_new:
            return
        before = self.data
        is_second = not self.last_update_success
        self._plan_next_poll(self._interval if is_second else SETTLING_TIME)
        self._async_keep(before.failed(err.key, dt_util.utcnow(), again=is_second))
        if needs_login(before.failure, self.data.failure):
            self.config_entry.async_start_reauth(self.hass)
        if is_second:
            # Home Assistant tells the listeners of the first failure only, but another
            # device may answer by now.
            self.async_update_listeners()

    @callback
    def _async_take(self, reading: Reading) -> PanelState:
        """Take what counts of a reading, and return the panel's state."""
        last = self.reading
        if last is None or reading.accounts.keys() - last.accounts:
            self._settled_at = self.hass.loop.time() + SETTLED_DISTANCE
            self._async_withdraw_login_request()
        self.reading = reading
        if reading == last and not self._candidates and not self.data.outage:
            self._plan_next_poll(self._interval)
        else:
            self._async_confirm(reading, is_second=last is not None)
        return self.data

    @callback
    def _async_confirm(self, reading: Reading, *, is_second: bool) -> None:
        """Confirm what two readings agree on, and show when the panel is well again."""
        clock = self.hass.loop.time()
        is_settled = clock >= self._settled_at
        distance, early = SETTLED_DISTANCE, SETTLING_TIME
        if is_settled:
            distance, early = READING_DISTANCE, EARLY_POLL
        agreement = Agreement(
            reading,
            self._candidates,
            dt_util.utcnow(),
            clock,
            None if self._is_new else distance,
        )
        self._is_new = False
        state = agreement.next_state(self.data, self._expectations)
        self._candidates = agreement.candidates
        if is_settled or not self._candidates:
            # Else it might be well again a moment before a drift.
            state = state.read(reading.accounts, again=is_second)
        self._async_keep(state)
        self._async_update_device(reading.info)
        # Each new value gets one early poll; those that still wait have had theirs.
        is_early = self.data.outage or (agreement.has_news and self._candidates)
        self._plan_next_poll(early if is_early else self._interval)

    def _plan_next_poll(self, seconds: float) -> None:
        """Let the next poll come after so many seconds, or sooner."""
        self.update_interval = timedelta(seconds=min(seconds, self._interval))

    @callback
    def _async_keep(self, state: PanelState) -> None:
        """Keep a state, and add its changes to the record."""
        if state == self.data or self._is_shut_down:
            return
        left_out = () if self.watches_registration else REGISTRATION_CHANGES
        self.history = self.history.with_changes(
            change
            for change in changes_between(self.data, state, dt_util.utcnow())
            if change.type not in left_out
        )
        self.data = state
        self._store.async_delay_save(state, self.history)

    def _compared(self, state: PanelState) -> PanelState:
        """Return a state compared with what is expected now."""
        return with_expectations(
            state, self._expectations, self._registration_paths, dt_util.utcnow()
        )

    @callback
    def _async_withdraw_login_request(self) -> None:
        """Withdraw the request for another login: the panel is read with this one."""
        flows = self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})
        for flow in list(flows):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])

    @callback
    def _async_update_device(self, info: PanelInfo) -> None:
        """Show the firmware that is confirmed, and what came with it."""
        if info.firmware_version != self.data.firmware:
            return
        if device := panel_device(self.hass, self.config_entry):
            dr.async_get(self.hass).async_update_device(
                device.id,
                hw_version=info.hardware_version,
                model=info.model,
                sw_version=info.firmware_version,
            )

    @callback
    def async_start_reporting(self, _hass: HomeAssistant) -> None:
        """Report changes from now on, first those found while nobody could listen."""
        self._reports_changes = True
        self.async_update_listeners()

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update the entities, then let the event entity report the changes.

        They count as reported even if the event entity is disabled.
        """
        super().async_update_listeners()
        if self._reports_changes and (changes := self.history.unreported):
            if self.report:
                self.report(changes)
            self.history = self.history.as_reported()
            self._store.async_delay_save(self.data, self.history)

    @callback
    def async_set_options(
        self, options: Mapping[str, Any], context: Context | None = None
    ) -> None:
        """Store other expected settings, and compare with them at once."""
        self.hass.config_entries.async_update_entry(self.config_entry, options=options)
        self._async_keep(self._compared(self.data))
        self.context = context
        self.async_update_listeners()
        self.context = None


def _patience(err: PanelError) -> float | None:
    """Return after how many seconds to poll again, if the panel names a time."""
    if err.retry_after is None:
        return None
    return min(max(err.retry_after, SETTLING_TIME), MAX_RETRY_AFTER)
