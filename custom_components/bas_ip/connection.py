"""Client, identification and error keys for the panel of a config entry."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, DummyCookieJar
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    CONF_HOST,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.helpers.device_registry import format_mac
from yarl import URL

from .const import CONF_ACCOUNTS, CONF_SECOND_ACCOUNT_PATH
from .panel import (
    Account,
    NoIdentityError,
    NotAPanelError,
    PanelAuthenticationError,
    PanelBlockedError,
    PanelCertificateError,
    PanelClient,
    PanelConnectionError,
    PanelError,
    PanelInfo,
    PanelPermissionError,
    PanelResponseError,
    PanelUnsupportedError,
    SecondAccountNotFoundError,
    SipAccount,
    read_info,
)


class WrongPanelError(PanelError):
    """What answers is not the panel of the config entry."""


# The first kind that fits gives the text for the user.
ERROR_KEYS: Mapping[type[PanelError], str] = {
    NotAPanelError: "not_a_panel",
    PanelAuthenticationError: "invalid_auth",
    PanelBlockedError: "refused",
    PanelCertificateError: "invalid_certificate",
    PanelConnectionError: "cannot_connect",
    PanelPermissionError: "permission_denied",
    PanelUnsupportedError: "unsupported_firmware",
    WrongPanelError: "wrong_panel",
    PanelResponseError: "invalid_response",
}
# Only set-up meets these.
SURVEY_ERROR_KEYS: Mapping[type[PanelError], str] = {
    NoIdentityError: "no_identity",
    SecondAccountNotFoundError: "no_second_account",
}


def error_key(error: PanelError) -> str:
    """Return the translation key of an error."""
    return next(
        key
        for kind, key in (*SURVEY_ERROR_KEYS.items(), *ERROR_KEYS.items())
        if isinstance(error, kind)
    )


def panel_url(data: Mapping[str, Any]) -> URL:
    """Return the URL of a panel from the data of its config entry."""
    return URL.build(
        scheme="https" if data[CONF_SSL] else "http",
        host=data[CONF_HOST],
        port=data[CONF_PORT],
    )


def panel_session(hass: HomeAssistant, data: Mapping[str, Any]) -> ClientSession:
    """Return a session without cookies, which its owner detaches after the logout.

    Panels behind one host name would share cookies. Home Assistant would detach the
    session before the logout.
    """
    return async_create_clientsession(
        hass,
        verify_ssl=data[CONF_VERIFY_SSL],
        auto_cleanup=False,
        cookie_jar=DummyCookieJar(),
    )


def panel_client(session: ClientSession, data: Mapping[str, Any]) -> PanelClient:
    """Return a client for the panel of a config entry's data."""
    return PanelClient(
        session, panel_url(data), data[CONF_USERNAME], data[CONF_PASSWORD]
    )


@asynccontextmanager
async def temporary_client(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> AsyncIterator[PanelClient]:
    """Yield a client for the panel of a config entry's data, and log out at the end."""
    session = panel_session(hass, data)
    client = panel_client(session, data)
    try:
        yield client
    finally:
        try:
            await client.logout()
        finally:
            session.detach()


def has_known_serial_number(entry: ConfigEntry[Any]) -> bool:
    """Return whether the panel is known by its serial number, not its MAC address."""
    return bool(entry.unique_id != entry.data[CONF_MAC])


async def async_identify(entry: ConfigEntry[Any], client: PanelClient) -> PanelInfo:
    """Return what a panel says of itself if it is the panel of a config entry.

    A serial number is checked before the login is sent. Without one, the MAC address is
    checked, which needs the login; a panel that does not give it is accepted.

    Raises WrongPanelError if it is another device, PanelError if it gives no answer.
    """
    info = await read_info(client)
    if has_known_serial_number(entry):
        is_same = info.serial_number == entry.unique_id
    else:
        is_same = await _mac_address(client) in (None, entry.unique_id)
    if not is_same:
        raise WrongPanelError("Another device answers at the panel's address")
    return info


async def async_read_account(
    data: Mapping[str, Any], client: PanelClient, account: Account
) -> SipAccount:
    """Read an account; the data of the config entry has its path."""
    if account is Account.FIRST:
        return await client.first_account()
    return await client.second_account(data[CONF_SECOND_ACCOUNT_PATH])


async def async_check_login(entry: ConfigEntry[Any], client: PanelClient) -> None:
    """Check that this is the panel, and that the user may read a watched account.

    Raises PanelError if not.
    """
    await async_identify(entry, client)
    errors: list[PanelError] = []
    for account in entry.options[CONF_ACCOUNTS]:
        try:
            await async_read_account(entry.data, client, Account(account))
        except (PanelPermissionError, PanelResponseError) as err:
            errors.append(err)
        else:
            return
    raise errors[0]


async def _mac_address(client: PanelClient) -> str | None:
    """Return the MAC address, None if the panel does not give it."""
    try:
        mac = await client.mac_address()
    except PanelPermissionError, PanelResponseError:
        return None
    return format_mac(mac) if mac else None
