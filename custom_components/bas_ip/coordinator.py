"""Data update coordinator for the BAS-IP integration."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
import logging
from random import uniform
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_MAC, CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .connection import error_key, panel_client, panel_session, panel_url
from .const import DEFAULT_SCAN_INTERVAL, DOMAIN
from .drift import (
    Change,
    Comparisons,
    ConfirmedState,
    History,
    Setting,
    Values,
    acceptable,
    changes_between,
    compare,
    drifted,
    expectation,
    with_expected,
    with_ignored,
)
from .panel import (
    Account,
    PanelAuthenticationError,
    PanelError,
    PanelInfo,
    RegistrationStatus,
    SipAccount,
)
from .poll.reader import PanelReader, SettingsRefusedError
from .poll.reading import PanelReading, confirm
from .storage import PanelStore
from .texts import panel_name

_LOGGER = logging.getLogger(__name__)

LAST_REGISTRATION_ATTEMPT = "last_registration_attempt"
# The start of Home Assistant waits for the first poll of each panel. A panel that does
# not answer in this time is set up again after the start.
START_TIMEOUT = 2

type BasIpConfigEntry = ConfigEntry[BasIpCoordinator]


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountState:
    """One SIP account."""

    settings: SipAccount | None
    """What was read last, None if the panel did not give it."""

    comparisons: Comparisons
    registration: RegistrationStatus | None = None
    """Also None if the panel has no status of its own for the account."""

    sip_enabled: bool | None = None
    """Also None if the panel has no switch of its own for the account."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelState:
    """All that one poll gives."""

    info: PanelInfo
    accounts: Mapping[Account, AccountState]
    registration: RegistrationStatus | None
    sip_enabled: bool | None
    # Changes in nearly every poll.
    last_attempt: datetime | None = field(compare=False)


class BasIpCoordinator(DataUpdateCoordinator[PanelState]):
    """Class to poll a panel."""

    config_entry: BasIpConfigEntry

    def __init__(self, hass: HomeAssistant, entry: BasIpConfigEntry) -> None:
        """Initialize the coordinator."""
        self._interval = timedelta(
            seconds=entry.options.get(CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL)
        )
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            # Until the second poll only: spreads the polls of panels that are set up
            # together.
            update_interval=self._interval * uniform(0, 1),  # noqa: S311
            always_update=False,
        )
        # Polls that fall into the same second begin together: the event loop wakes up
        # once for all of them.
        self._microsecond = 0.05
        self._session = panel_session(hass, entry.data)
        self.client = panel_client(self._session, entry.data)
        self._reader = PanelReader(entry, self.client)
        self.accounts = self._reader.accounts
        self.history = History()
        self._store = PanelStore(hass, entry.entry_id)
        self._confirmed = ConfirmedState()
        self._reports_changes = False

    @cached_property
    def device_info(self) -> DeviceInfo:
        """Return the panel as a device, made once for all its entities."""
        data = self.config_entry.data
        info = self.data.info
        return DeviceInfo(
            configuration_url=str(panel_url(data)),
            connections=(
                {(CONNECTION_NETWORK_MAC, data[CONF_MAC])} if data[CONF_MAC] else set()
            ),
            hw_version=info.hardware_version,
            # A config entry of this integration always has a unique ID.
            identifiers={(DOMAIN, str(self.config_entry.unique_id))},
            manufacturer="BAS-IP",
            model=info.model,
            name=self.config_entry.title,
            serial_number=info.serial_number,
            sw_version=info.firmware_version,
        )

    @override
    async def _async_setup(self) -> None:
        """Load what was confirmed before the start."""
        self._confirmed, self.history = await self._store.async_load()

    @override
    async def async_shutdown(self) -> None:
        """Stop polling, cancel the poll under way, and log out of the panel."""
        await super().async_shutdown()
        try:
            await self.client.logout()
        finally:
            self._session.detach()

    async def async_save(self) -> None:
        """Save what is confirmed, and the history."""
        await self._store.async_save(self._confirmed, self.history)

    @override
    async def _async_update_data(self) -> PanelState:
        """Poll the panel."""
        if self._is_set_up:
            self.update_interval = self._interval
        waits = self._is_set_up or self.hass.is_running
        try:
            async with asyncio.timeout(None if waits else START_TIMEOUT):
                reading = await self._read()
        except TimeoutError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="cannot_connect",
                translation_placeholders={
                    "error": f"No answer within {START_TIMEOUT} seconds"
                },
            ) from err
        except PanelError as err:
            if self._shutdown_requested:
                # The shutdown has cancelled the request; this logs nothing.
                raise asyncio.CancelledError from err
            if self._needs_other_login(err):
                raise ConfigEntryAuthFailed(
                    translation_domain=DOMAIN, translation_key=error_key(err)
                ) from err
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=error_key(err),
                translation_placeholders={"error": str(err)},
            ) from err
        if self._shutdown_requested:
            # The state may be stored already, and must not change any more.
            raise asyncio.CancelledError
        # Nothing is awaited from here on, so no setting can be accepted in between.
        state = self._async_confirm(reading)
        # A new last attempt alone updates the entities only if the sensor that shows it
        # is enabled.
        self.always_update = (
            LAST_REGISTRATION_ATTEMPT in self.async_contexts()
            and state.last_attempt != self.data.last_attempt
        )
        return state

    async def _read(self) -> PanelReading:
        """Read the panel; at the set-up, settings that are refused are read again.

        Somebody else's login may have ended our session between two requests.
        """
        try:
            return await self._reader.read(
                self._confirmed, after_outage=not self.last_update_success
            )
        except SettingsRefusedError:
            if self._is_set_up:
                raise
        return await self._reader.read(self._confirmed, after_outage=False)

    @property
    def _is_set_up(self) -> bool:
        """Return whether the entry is set up, and this is not its first poll."""
        return self.config_entry.state is ConfigEntryState.LOADED

    def _needs_other_login(self, err: PanelError) -> bool:
        """Return whether only another user or password can help."""
        if isinstance(err, SettingsRefusedError):
            return self._reader.refused_polls > 1
        return isinstance(err, PanelAuthenticationError)

    @callback
    def _async_confirm(self, reading: PanelReading) -> PanelState:
        """Store what a reading confirms, and return the panel's new state."""
        now = dt_util.utcnow()
        before = self._confirmed
        confirmed = confirm(reading, before, self.config_entry.options, now)
        self._async_keep(confirmed, now)
        if confirmed.firmware != before.firmware:
            self._async_update_device(confirmed.firmware)
        registration, second = reading.registration, reading.second_registration
        accounts = {
            account: AccountState(
                settings=account_reading.second if account_reading else None,
                comparisons=confirmed.accounts[account],
            )
            for account, account_reading in reading.accounts.items()
        }
        if Account.SECOND in accounts:
            accounts[Account.SECOND] = replace(
                accounts[Account.SECOND],
                registration=second.status if second else None,
                sip_enabled=reading.second_sip_enabled,
            )
        return PanelState(
            info=reading.info,
            accounts=accounts,
            registration=registration.status if registration else None,
            sip_enabled=reading.sip_enabled,
            last_attempt=registration.last_attempt if registration else None,
        )

    @callback
    def _async_update_device(self, firmware: str | None) -> None:
        """Show the firmware version of the panel."""
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(
            registry, self.config_entry.entry_id
        ):
            registry.async_update_device(device.id, sw_version=firmware)

    @callback
    def _async_keep(self, confirmed: ConfirmedState, now: datetime) -> None:
        """Store a confirmed state, and add its changes to the history."""
        if confirmed == self._confirmed:
            return
        changes = changes_between(self._confirmed, confirmed, now)
        self.history = self.history.with_changes(changes)
        self._confirmed = confirmed
        self._store.async_delay_save(confirmed, self.history)

    @property
    def changes_to_report(self) -> tuple[Change, ...]:
        """Return what the event entity reports now: nothing until automations run."""
        return self.history.unreported if self._reports_changes else ()

    @callback
    def async_start_reporting(self, _hass: HomeAssistant) -> None:
        """Report changes from now on, first those found while nobody could listen."""
        self._reports_changes = True
        if self.changes_to_report:
            self.async_update_listeners()

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update the entities, and mark the changes as reported.

        They count as reported even if the event entity is disabled. After a shutdown
        nothing is reported until the next start.
        """
        if self._shutdown_requested:
            return
        super().async_update_listeners()
        if self.changes_to_report:
            self.history = self.history.as_reported()
            self._store.async_delay_save(self._confirmed, self.history)

    @callback
    def async_expect(self, account: Account, expected: Values) -> None:
        """Expect these values of an account from now on."""
        self._async_update_options(
            with_expected(self.config_entry.options, account, expected)
        )

    @callback
    def async_raise_if_not_reachable(self) -> None:
        """Raise ServiceValidationError if nobody can say what the panel has now."""
        if not self.last_update_success:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_reachable",
                translation_placeholders={
                    "panel": panel_name(self.hass, self.config_entry)
                },
            )

    @callback
    def async_accept(self, settings: Collection[Setting] | None = None) -> bool:
        """Expect the current values of settings, and return whether there were any.

        Without settings, accept those that have drifted; if none has, accept all
        settings of the accounts of which nothing is expected.
        """
        accounts = {
            account: state.comparisons for account, state in self.data.accounts.items()
        }
        has_drift = any(drifted(comparisons) for comparisons in accounts.values())
        options: Mapping[str, Any] = self.config_entry.options
        accepts_any = False
        for account, comparisons in accounts.items():
            accepted = settings
            if settings is None and has_drift:
                accepted = list(drifted(comparisons))
            if values := acceptable(comparisons, accepted):
                options = with_expected(options, account, values)
                accepts_any = True
        if accepts_any:
            self._async_update_options(options)
        return accepts_any

    @callback
    def async_ignore(self, account: Account, settings: Iterable[Setting]) -> None:
        """Stop comparing these settings of an account."""
        options = self.config_entry.options
        ignored = {*expectation(options, account).ignored, *settings}
        self._async_update_options(with_ignored(options, account, ignored))

    @callback
    def _async_update_options(self, options: Mapping[str, Any]) -> None:
        """Store other expected settings and compare with them at once."""
        self.hass.config_entries.async_update_entry(self.config_entry, options=options)
        now = dt_util.utcnow()
        accounts = {
            account: compare(
                expectation(options, account),
                {
                    setting: comparison.actual
                    for setting, comparison in comparisons.items()
                },
                comparisons,
                now,
            )
            for account, comparisons in self._confirmed.accounts.items()
        }
        self._async_keep(replace(self._confirmed, accounts=accounts), now)
        # async_set_updated_data would count as a successful poll.
        self.data = replace(
            self.data,
            accounts={
                account: replace(state, comparisons=accounts[account])
                for account, state in self.data.accounts.items()
            },
        )
        self.async_update_listeners()
