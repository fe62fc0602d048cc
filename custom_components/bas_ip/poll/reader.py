"""The requests of one poll, strictly one after the other."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util

from ..connection import async_identify, async_read_account
from ..const import CONF_ACCOUNTS, CONF_SECOND_ENABLE_PATH, CONF_SECOND_STATUS_PATH
from ..drift import ConfirmedState, account_values, expectation, needs_second_reading
from ..panel import (
    ENABLE_PATH,
    STATUS_PATH,
    Account,
    PanelAuthenticationError,
    PanelClient,
    PanelConnectionError,
    PanelError,
    PanelInfo,
    PanelNotFoundError,
    PanelPermissionError,
    PanelResponseError,
    RegistrationStatus,
    SipAccount,
    SipRegistration,
)
from .reading import AccountReading, PanelReading

INFO_INTERVAL = timedelta(hours=1)


class SettingsRefusedError(PanelPermissionError):
    """The panel refuses the settings of all accounts that are watched."""


class PanelReader:
    """Reads all that is watched of a panel."""

    def __init__(self, entry: ConfigEntry[Any], client: PanelClient) -> None:
        """Initialize the reader."""
        self.accounts = tuple(
            account for account in Account if account in entry.options[CONF_ACCOUNTS]
        )
        self.refused_polls = 0
        """In how many polls in a row the panel has refused the settings."""

        self._client = client
        self._entry = entry
        # The last reading of each account, where both readings agreed.
        self._last_readings: dict[Account, SipAccount] = {}
        self._info: PanelInfo | None = None
        self._info_read_at = dt_util.utc_from_timestamp(0)
        # What the panel does not have, or does not let this user read.
        self._missing_paths: set[str] = set()
        # What it has given the last time that it was asked.
        self._answering_paths: set[str] = set()

    async def read(
        self, confirmed: ConfirmedState, *, after_outage: bool
    ) -> PanelReading:
        """Read the panel; a difference from what is confirmed is read twice.

        Raises SettingsRefusedError if the panel refuses all that is watched, another
        PanelError if it cannot be reached, is another device, or gives no account.
        """
        refused_polls = self.refused_polls
        self.refused_polls = 0
        info = await self._read_info(after_outage=after_outage)
        if refused_polls:
            # Somebody else's login may have ended our session: log in anew.
            await self._client.end_session()
        try:
            accounts = await self._read_accounts(confirmed)
        except SettingsRefusedError:
            self.refused_polls = refused_polls + 1
            raise
        registration = await self._read_registration(
            STATUS_PATH, confirmed.registration
        )
        sip_enabled = await self._read_optional(ENABLE_PATH, self._client.sip_enabled)
        second_registration, second_sip_enabled = None, None
        if path := self._second_account_path(CONF_SECOND_STATUS_PATH):
            second_registration = await self._read_registration(
                path, confirmed.second_registration
            )
        if path := self._second_account_path(CONF_SECOND_ENABLE_PATH):
            second_sip_enabled = await self._read_optional(
                path, self._client.sip_enabled
            )
        # Only now: a poll that fails on its way confirms nothing.
        self._last_readings = {
            account: reading.first
            for account, reading in accounts.items()
            if reading and reading.first == reading.second
        }
        return PanelReading(
            info=info,
            accounts=accounts,
            registration=registration,
            second_registration=second_registration,
            sip_enabled=sip_enabled,
            second_sip_enabled=second_sip_enabled,
        )

    def _second_account_path(self, key: str) -> str | None:
        """Return a path that only the second account has.

        None without one or if the account is not watched.
        """
        if Account.SECOND not in self.accounts:
            return None
        path: str | None = self._entry.data.get(key)
        return path

    async def _read_info(self, *, after_outage: bool) -> PanelInfo:
        """Read what the panel is, hourly and whenever it was away."""
        now = dt_util.utcnow()
        if (
            self._info is None
            or after_outage
            or now - self._info_read_at >= INFO_INTERVAL
        ):
            self._info = await async_identify(self._entry, self._client)
            self._info_read_at = now
            self._missing_paths.clear()
        return self._info

    async def _read_accounts(
        self, confirmed: ConfirmedState
    ) -> Mapping[Account, AccountReading | None]:
        """Read each account; raise the first error if none of them can be read."""
        readings: dict[Account, AccountReading | None] = {}
        errors: list[PanelError] = []
        for account in self.accounts:
            readings[account] = None
            try:
                readings[account] = await self._read_account(account, confirmed)
            except (PanelPermissionError, PanelResponseError) as err:
                errors.append(err)
        if len(errors) < len(self.accounts):
            return readings
        if all(isinstance(err, PanelPermissionError) for err in errors):
            raise SettingsRefusedError(str(errors[0]))
        raise errors[0]

    async def _read_account(
        self, account: Account, confirmed: ConfirmedState
    ) -> AccountReading:
        """Read an account, twice if a value has changed or a drift begins or ends."""
        first = await async_read_account(self._entry.data, self._client, account)
        if first == self._last_readings.get(account):
            return AccountReading(first=first, second=first, is_unchanged=True)
        second = first
        if needs_second_reading(
            confirmed.accounts.get(account, {}),
            expectation(self._entry.options, account),
            account_values(account, first),
        ):
            second = await async_read_account(self._entry.data, self._client, account)
        return AccountReading(first=first, second=second, is_unchanged=False)

    async def _read_registration(
        self, path: str, confirmed: RegistrationStatus | None
    ) -> SipRegistration | None:
        """Read a registration, twice if its status is not the confirmed one."""
        first = await self._read_optional(path, self._client.registration)
        if confirmed is None or first is None or first.status in (None, confirmed):
            return first
        second = await self._read_optional(path, self._client.registration)
        if second is None or second.status is first.status:
            return second
        return replace(second, status=confirmed)

    async def _read_optional[T](
        self, path: str, read: Callable[[str], Awaitable[T]]
    ) -> T | None:
        """Read what not every panel has, None if this one does not give it.

        A path that the panel does not have, or refuses, is skipped until api/info is
        read again; one that has answered may be missing once, while a panel starts.
        After a connection error the panel is identified again: another device may have
        its address.
        """
        if path in self._missing_paths:
            return None
        try:
            value = await read(path)
        except PanelAuthenticationError:
            raise
        except PanelPermissionError:
            self._missing_paths.add(path)
        except PanelNotFoundError:
            if path in self._answering_paths:
                self._answering_paths.remove(path)
            else:
                self._missing_paths.add(path)
        except PanelConnectionError:
            self._info = None
        except PanelError:
            pass
        else:
            self._answering_paths.add(path)
            return value
        return None
