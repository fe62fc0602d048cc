"""Session and client for the panel of a config entry, and what it is known by."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

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
from homeassistant.util.ssl import SSLCipherList
from yarl import URL

from .const import (
    CONF_ACCOUNTS,
    CONF_SALT,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_STATUS_PATH,
    DOMAIN,
)
from .panel.client import FIRST_ACCOUNT_PATH, STATUS_PATH, PanelClient
from .panel.errors import ConnectionFailedError, NotAPanelError, PanelError
from .panel.models import Account, Holder, PanelInfo, mac_key, serial_key

# Other errors are more telling: they come from a panel.
_HOW_TELLING: Final = {ConnectionFailedError.key: 0, NotAPanelError.key: 1}


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
    session before the logout. Old firmware has weak ciphers and short keys, which are
    taken where the certificate is not verified.
    """
    verify_ssl = data[CONF_VERIFY_SSL]
    return async_create_clientsession(
        hass,
        verify_ssl=verify_ssl,
        auto_cleanup=False,
        ssl_cipher=(
            SSLCipherList.PYTHON_DEFAULT if verify_ssl else SSLCipherList.INSECURE
        ),
        cookie_jar=DummyCookieJar(),
    )


def panel_client(
    session: ClientSession,
    data: Mapping[str, Any],
    entry: ConfigEntry[Any] | None = None,
) -> PanelClient:
    """Return a client for these data, and only for the panel of the config entry."""
    known: dict[str, str | None] = {}
    if entry:
        known["serial_number"] = known_serial_number(entry)
        known["mac_address"] = entry.data[CONF_MAC]
    return PanelClient(
        session,
        panel_url(data),
        data[CONF_USERNAME],
        data[CONF_PASSWORD],
        data[CONF_SALT],
        **known,
    )


@asynccontextmanager
async def temporary_client(
    hass: HomeAssistant,
    data: Mapping[str, Any],
    entry: ConfigEntry[Any] | None = None,
) -> AsyncIterator[PanelClient]:
    """Yield a client, and log out at the end."""
    session = panel_session(hass, data)
    client = panel_client(session, data, entry)
    try:
        yield client
    finally:
        try:
            await client.logout()
        finally:
            session.detach()


def address_data(url: URL) -> dict[str, Any]:
    """Return the part of a config entry's data that says where a panel is."""
    return {
        CONF_HOST: url.raw_host,
        CONF_PORT: url.port,
        CONF_SSL: url.scheme == "https",
    }


async def async_find_panel(
    hass: HomeAssistant,
    data: Mapping[str, Any],
    urls: Iterable[URL],
    entry: ConfigEntry[Any] | None = None,
) -> tuple[dict[str, Any], PanelInfo]:
    """Return where a panel answers, and what it says of itself.

    With a config entry, only its panel counts. Nothing secret is sent. Raises the most
    telling PanelError if no address is that of a panel.
    """
    errors: list[PanelError] = []
    for url in urls:
        address = address_data(url)
        try:
            async with temporary_client(hass, {**data, **address}, entry) as client:
                return address, await client.info()
        except PanelError as err:
            errors.append(err)
    raise max(errors, key=lambda err: _HOW_TELLING.get(err.key, len(_HOW_TELLING)))


def panel_id(serial_number: str | None, mac_address: str | None) -> str | None:
    """Return what a panel is known by: its serial number, or else its MAC address.

    A serial number that other devices may have, too, is the last resort.
    """
    if serial_key(serial_number):
        return serial_number
    return real_mac(mac_address) or serial_number


def real_mac(mac_address: str | None) -> str | None:
    """Return a MAC address as Home Assistant writes it, None if it is none."""
    key = mac_key(mac_address)
    return format_mac(key) if key else None


def entry_of_panel(
    hass: HomeAssistant, serial_number: str | None, mac_address: str | None
) -> ConfigEntry[Any] | None:
    """Return the config entry that a panel has, None if it has none."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return next(
        (entry for entry in entries if _is_panel_of(entry, serial_number, mac_address)),
        None,
    )


def _is_panel_of(
    entry: ConfigEntry[Any], serial_number: str | None, mac_address: str | None
) -> bool:
    """Return whether this is the panel of a config entry.

    An equal MAC address means nothing where both have a serial number, which may be
    written in another way by now.
    """
    known = serial_key(known_serial_number(entry))
    found = serial_key(serial_number)
    if known and found:
        return known == found
    known_id = entry.data[CONF_MAC] or entry.unique_id
    return bool(known_id == (real_mac(mac_address) or serial_number))


def known_serial_number(entry: ConfigEntry[Any]) -> str:
    """Return the serial number that a panel is known by, empty if it has none."""
    return "" if entry.unique_id == entry.data[CONF_MAC] else str(entry.unique_id)


def account_paths(
    data: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[Account, str]:
    """Return where the settings of the watched accounts are.

    Accounts that another version knows are passed over.
    """
    paths = {
        Account.FIRST: FIRST_ACCOUNT_PATH,
        Account.SECOND: data[CONF_SECOND_ACCOUNT_PATH],
    }
    watched = {
        account: path
        for account, path in paths.items()
        if path and account in options[CONF_ACCOUNTS]
    }
    return watched or {Account.FIRST: FIRST_ACCOUNT_PATH}


def registration_paths(
    data: Mapping[str, Any], accounts: Mapping[Account, str]
) -> dict[Holder, str]:
    """Return where the registrations of the panel and of its accounts are."""
    paths: dict[Holder, str] = {None: STATUS_PATH}
    own = data.get(CONF_SECOND_STATUS_PATH)
    if own and Account.SECOND in accounts:
        paths[Account.SECOND] = own
    return paths
