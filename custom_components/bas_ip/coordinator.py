"""Data update coordinator for the BAS-IP integration."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    CONF_HOST,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SCAN_INTERVAL,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util
from yarl import URL

from .const import (
    CONF_ACCOUNTS,
    CONF_SECOND_ACCOUNT_PATH,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    Account,
)
from .drift import Comparisons, Setting, acceptable, drifted
from .expected import ignored_settings, with_expected, with_ignored
from .monitor import DriftMonitor, Readings
from .panel import (
    PanelAuthenticationError,
    PanelCertificateError,
    PanelClient,
    PanelConnectionError,
    PanelError,
    PanelInfo,
    PanelNotFoundError,
    PanelPermissionError,
    PanelResponseError,
    PanelUnsupportedError,
    SipAccount,
    SipRegistration,
)

_LOGGER = logging.getLogger(__name__)

INFO_INTERVAL = timedelta(hours=1)

type BasIpConfigEntry = ConfigEntry[BasIpCoordinator]


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountState:
    """One SIP account: its settings, None if unreadable, and how they compare."""

    settings: SipAccount | None
    comparisons: Comparisons


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelState:
    """All that one poll makes known of a panel."""

    info: PanelInfo
    accounts: Mapping[Account, AccountState]
    registration: SipRegistration | None
    sip_enabled: bool | None


class WrongPanelError(PanelError):
    """Another panel answers at the address."""


# The first kind that fits is the one that is told to the user.
ERROR_KEYS: Mapping[type[PanelError], str] = {
    PanelAuthenticationError: "invalid_auth",
    PanelCertificateError: "invalid_certificate",
    PanelConnectionError: "cannot_connect",
    PanelPermissionError: "permission_denied",
    PanelUnsupportedError: "unsupported_firmware",
    WrongPanelError: "wrong_panel",
    PanelResponseError: "invalid_response",
}


def error_key(error: PanelError) -> str:
    """Return the translation key of an error."""
    return next(key for kind, key in ERROR_KEYS.items() if isinstance(error, kind))


async def is_same_panel(
    entry: ConfigEntry[Any], client: PanelClient, info: PanelInfo
) -> bool:
    """Return whether nothing speaks against a panel being that of a config entry.

    One that had no serial number at set-up is known by its MAC address, which only a
    login shows.
    """
    if entry.unique_id != entry.data[CONF_MAC]:
        return info.serial_number in (None, entry.unique_id)
    try:
        mac = await client.mac_address()
    except PanelPermissionError, PanelResponseError:
        return True
    return mac is None or format_mac(mac) == entry.unique_id


def panel_url(data: Mapping[str, Any]) -> URL:
    """Return the address of the panel of a config entry's data."""
    return URL.build(
        scheme="https" if data[CONF_SSL] else "http",
        host=data[CONF_HOST],
        port=data[CONF_PORT],
    )


def panel_client(hass: HomeAssistant, data: Mapping[str, Any]) -> PanelClient:
    """Return a client for the panel of a config entry's data."""
    return PanelClient(
        async_get_clientsession(hass, verify_ssl=data[CONF_VERIFY_SSL]),
        panel_url(data),
        data[CONF_USERNAME],
        data[CONF_PASSWORD],
    )


class BasIpCoordinator(DataUpdateCoordinator[PanelState]):
    """Class to poll a panel."""

    config_entry: BasIpConfigEntry

    def __init__(self, hass: HomeAssistant, entry: BasIpConfigEntry) -> None:
        """Initialize the coordinator."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=timedelta(
                seconds=entry.options.get(CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL)
            ),
            always_update=False,
        )
        self.accounts = tuple(map(Account, entry.options[CONF_ACCOUNTS]))
        self.client = panel_client(hass, entry.data)
        self.has_sip_enable = True
        self.monitor = DriftMonitor(hass, entry, self.accounts)
        self._info_read_at: datetime | None = None

    @override
    async def _async_setup(self) -> None:
        """Load what was known of the panel before the start."""
        await self.monitor.async_load()

    @override
    async def _async_update_data(self) -> PanelState:
        """Poll the panel."""
        try:
            return await self._poll()
        except PanelAuthenticationError as err:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=error_key(err)
            ) from err
        except PanelError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=error_key(err),
                translation_placeholders={"error": str(err)},
            ) from err

    @callback
    def async_expect(
        self, account: Account, expected: Mapping[Setting, str | None]
    ) -> None:
        """Expect these settings of an account from now on."""
        self._async_update_options(
            with_expected(self.config_entry.options, account, expected)
        )

    @callback
    def async_accept(self, settings: Collection[Setting] | None = None) -> bool:
        """Expect what has drifted, or these settings, and return whether any could be.

        If nothing has drifted, all is expected from now on in accounts of which nothing
        was expected so far.
        """
        accounts = {
            account: state.comparisons for account, state in self.data.accounts.items()
        }
        only_drift = settings is None and any(map(drifted, accounts.values()))
        accepted = {
            account: expected
            for account, comparisons in accounts.items()
            if (
                expected := acceptable(
                    comparisons, drifted(comparisons) if only_drift else settings
                )
            )
        }
        for account, expected in accepted.items():
            self.async_expect(account, expected)
        return bool(accepted)

    @callback
    def async_ignore(self, account: Account, settings: Iterable[Setting]) -> None:
        """Compare these settings of an account no more."""
        options = self.config_entry.options
        self._async_update_options(
            with_ignored(
                options, account, {*ignored_settings(options, account), *settings}
            )
        )

    @callback
    def _async_update_options(self, options: Mapping[str, Any]) -> None:
        """Keep other expected settings and compare with them at once."""
        self.hass.config_entries.async_update_entry(self.config_entry, options=options)
        comparisons = self.monitor.async_compare_anew()
        # Not async_set_updated_data, which would count as a poll that succeeded.
        self.data = replace(
            self.data,
            accounts={
                account: replace(state, comparisons=comparisons[account])
                for account, state in self.data.accounts.items()
            },
        )
        self.async_update_listeners()

    async def _poll(self) -> PanelState:
        """Read all that is watched, one request after the other."""
        info = await self._read_info()
        readings = await self._read_accounts()
        registration = await _optional(self.client.registration)
        sip_enabled = await _optional(self._read_sip_enabled)
        # Nothing waits from here on: the readings are compared with the settings that
        # are expected now, even if these have changed during the poll.
        comparisons = self.monitor.async_learn(
            readings, registration and registration.status, info.firmware_version
        )
        return PanelState(
            info=info,
            accounts={
                account: AccountState(
                    settings=second or first, comparisons=comparisons[account]
                )
                for account, (first, second) in readings.items()
            },
            registration=registration,
            sip_enabled=sip_enabled,
        )

    async def _read_info(self) -> PanelInfo:
        """Read what the panel is, hourly and whenever it was away."""
        now = dt_util.utcnow()
        if (
            self._info_read_at is not None
            and self.last_update_success
            and now - self._info_read_at < INFO_INTERVAL
        ):
            return self.data.info
        info = await self.client.info()
        if not await is_same_panel(self.config_entry, self.client, info):
            raise WrongPanelError("Another panel answers at the address")
        self._info_read_at = now
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(
            registry, self.config_entry.entry_id
        ):
            registry.async_update_device(device.id, sw_version=info.firmware_version)
        return info

    async def _read_accounts(self) -> Readings:
        """Read each account, twice if its drift begins, changes or ends.

        A reading is None if it gave no usable answer; the last error is raised if none
        of the accounts did.
        """
        readings: dict[Account, tuple[SipAccount | None, SipAccount | None]] = {}
        error: PanelResponseError | None = None
        for account in self.accounts:
            first = second = None
            try:
                first = second = await self._read_account(account)
                if self.monitor.needs_second_reading(account, first):
                    second = None
                    second = await self._read_account(account)
            except PanelResponseError as err:
                error = err
            readings[account] = (first, second)
        if error and not any(first for first, _ in readings.values()):
            raise error
        return readings

    async def _read_account(self, account: Account) -> SipAccount:
        """Read the settings of an account."""
        if account is Account.FIRST:
            return await self.client.first_account()
        return await self.client.second_account(
            self.config_entry.data[CONF_SECOND_ACCOUNT_PATH]
        )

    async def _read_sip_enabled(self) -> bool | None:
        """Read whether SIP is switched on, on a panel that can tell."""
        if not self.has_sip_enable:
            return None
        try:
            return await self.client.sip_enabled()
        except PanelNotFoundError:
            self.has_sip_enable = False
            return None


async def _optional[T](read: Callable[[], Awaitable[T]]) -> T | None:
    """Read what the rest is worth having without, None if this alone fails."""
    try:
        return await read()
    except PanelAuthenticationError:
        raise
    except PanelError:
        return None
