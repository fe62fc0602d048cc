"""Config flow for the BAS-IP integration."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import (
    CONF_HOST,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.util.network import is_ip_address
import voluptuous as vol

from .connection import async_identify, error_key, panel_client, panel_url
from .const import CONF_ACCOUNTS, CONF_SECOND_ACCOUNT_PATH, DOMAIN
from .drift import Setting, account_values, with_expected
from .options_flow import BasIpOptionsFlow
from .panel import (
    Account,
    PanelClient,
    PanelError,
    PanelInfo,
    PanelPermissionError,
    PanelResponseError,
    SipAccount,
    panel_address,
    second_account_path,
)
from .texts import as_code

CONF_ADVANCED = "advanced"
CONF_TAKE_AS_EXPECTED = "take_as_expected"

PASSWORD_SELECTOR = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
# Where an error is shown that is not one of the address; a section shows the errors of
# its fields as its own.
ERROR_FIELDS = {
    "invalid_auth": CONF_PASSWORD,
    "invalid_certificate": CONF_ADVANCED,
    "invalid_path": CONF_ADVANCED,
    "no_second_account": CONF_ADVANCED,
    "permission_denied": CONF_USERNAME,
}


class FlowError(Exception):
    """Something that the user can correct, named by its translation key."""

    def __init__(self, key: str) -> None:
        """Initialize the error."""
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the flow has read from a panel."""

    info: PanelInfo
    mac: str | None
    accounts: Mapping[Account, SipAccount]
    second_account_path: str | None

    @property
    def panel_id(self) -> str | None:
        """Return what tells the panel from all others."""
        return self.info.serial_number or self.mac


def connection_schema(*, password_required: bool, expanded: bool) -> vol.Schema:
    """Return the form for the connection to a panel."""
    password = vol.Required if password_required else vol.Optional
    return vol.Schema(
        {
            vol.Required(CONF_HOST): TextSelector(),
            vol.Required(CONF_USERNAME, default="admin"): TextSelector(
                TextSelectorConfig(autocomplete="username")
            ),
            password(CONF_PASSWORD): PASSWORD_SELECTOR,
            vol.Required(CONF_ADVANCED): section(
                vol.Schema(
                    {
                        vol.Required(CONF_SSL, default=False): BooleanSelector(),
                        vol.Required(CONF_VERIFY_SSL, default=False): BooleanSelector(),
                        vol.Optional(CONF_SECOND_ACCOUNT_PATH): TextSelector(),
                    }
                ),
                {"collapsed": not expanded},
            ),
        }
    )


def parse_address(text: str, *, ssl: bool) -> dict[str, Any]:
    """Return host, port and scheme of an address, host:port or URL.

    Raises FlowError if it is none.
    """
    try:
        url = panel_address(text, https=ssl)
    except ValueError:
        raise FlowError("invalid_address") from None
    return {
        CONF_HOST: url.raw_host,
        CONF_PORT: url.port,
        CONF_SSL: url.scheme == "https",
    }


def connection_data(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a config entry from the form for the connection.

    Raises FlowError if the address or the path cannot be one.
    """
    advanced = user_input[CONF_ADVANCED]
    path = advanced.get(CONF_SECOND_ACCOUNT_PATH)
    return {
        **parse_address(user_input[CONF_HOST], ssl=advanced[CONF_SSL]),
        CONF_VERIFY_SSL: advanced[CONF_VERIFY_SSL],
        CONF_USERNAME: user_input[CONF_USERNAME],
        CONF_PASSWORD: user_input.get(CONF_PASSWORD),
        CONF_SECOND_ACCOUNT_PATH: parse_path(path) if path else None,
    }


def parse_path(path: str) -> str:
    """Return the path of the second account; raises FlowError if it cannot be one."""
    try:
        return second_account_path(path)
    except ValueError:
        raise FlowError("invalid_path") from None


async def read_info(client: PanelClient) -> PanelInfo:
    """Return what answers at an address; raises FlowError if it is not a panel."""
    try:
        info = await client.info()
    except PanelPermissionError:
        # Without a login there is nothing to refuse but Home Assistant itself.
        raise FlowError("refused") from None
    except PanelResponseError:
        raise FlowError("not_a_panel") from None
    if not info.is_panel:
        raise FlowError("not_a_panel")
    return info


async def read_panel(client: PanelClient, path: str | None) -> Reading:
    """Read a panel; without a path of the second account it is searched for.

    Raises FlowError, or PanelError if the panel cannot be reached or read.
    """
    info = await read_info(client)
    # Here, so that a login that goes wrong is not tried again for each account.
    await client.login()
    accounts: dict[Account, SipAccount] = {}
    if path is None:
        path = await client.find_second_account_path()
    if path is not None:
        try:
            accounts[Account.SECOND] = await client.second_account(path, complete=True)
        except PanelResponseError:
            raise FlowError("no_second_account") from None
    try:
        accounts[Account.FIRST] = await client.first_account()
    except PanelResponseError:
        if not accounts:
            raise
    mac = None
    with suppress(PanelPermissionError, PanelResponseError):
        mac = await client.mac_address()
    reading = Reading(
        info=info,
        mac=format_mac(mac) if mac else None,
        accounts=accounts,
        second_account_path=path,
    )
    if reading.panel_id is None:
        raise FlowError("no_identity")
    return reading


class BasIpConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle a config flow for BAS-IP panels."""

    VERSION = 1
    MINOR_VERSION = 1

    _data: dict[str, Any]
    _reading: Reading

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return BasIpOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the address and the login."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                await self._async_read(connection_data(user_input))
            except FlowError as err:
                errors = _errors(err.key)
            except PanelError as err:
                errors = _errors(error_key(err))
            else:
                # The first of two flows that ends closes the other.
                await self.async_set_unique_id(
                    self._reading.panel_id, raise_on_progress=False
                )
                self._abort_if_unique_id_configured()
                if self._reading.mac:
                    self._async_abort_entries_match({CONF_MAC: self._reading.mac})
                if Account.SECOND in self._reading.accounts:
                    return await self.async_step_confirm()
                return await self.async_step_no_second_account()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                connection_schema(
                    password_required=True, expanded=CONF_ADVANCED in errors
                ),
                user_input and _without_password(user_input),
            ),
            errors=errors,
        )

    async def async_step_no_second_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer to watch the first account, or to say where the second one is."""
        return self.async_show_menu(
            step_id="no_second_account", menu_options=["confirm", "path"]
        )

    async def async_step_path(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the path of the second account."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                path = parse_path(user_input[CONF_SECOND_ACCOUNT_PATH])
                await self._async_read({**self._data, CONF_SECOND_ACCOUNT_PATH: path})
            except FlowError as err:
                errors = {CONF_SECOND_ACCOUNT_PATH: err.key}
            except PanelError as err:
                errors = {"base": error_key(err)}
            else:
                return await self.async_step_confirm()
        return self.async_show_form(
            step_id="path",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required(CONF_SECOND_ACCOUNT_PATH): TextSelector()}),
                user_input,
            ),
            errors=errors,
        )

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was read, and ask what to watch and what to expect."""
        errors: dict[str, str] = {}
        accounts = list(self._reading.accounts)
        if user_input is not None:
            watched = user_input.get(CONF_ACCOUNTS, accounts)
            if watched:
                return self._async_create_panel(
                    [Account(account) for account in watched],
                    expect=user_input[CONF_TAKE_AS_EXPECTED],
                )
            errors[CONF_ACCOUNTS] = "no_account"
        fields: dict[vol.Marker, Any] = {}
        if len(accounts) > 1:
            fields[vol.Required(CONF_ACCOUNTS, default=accounts[:1])] = SelectSelector(
                SelectSelectorConfig(
                    options=list(accounts), multiple=True, translation_key="account"
                )
            )
        fields[vol.Required(CONF_TAKE_AS_EXPECTED, default=True)] = BooleanSelector()
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(fields), user_input
            ),
            description_placeholders={
                "panel": self._title,
                "firmware": self._reading.info.firmware_version or "-",
                **{
                    f"{account}_{setting}": as_code(value)
                    for account in Account
                    for setting, value in account_values(
                        account, self._reading.accounts.get(account)
                    ).items()
                    if setting is not Setting.USER_ID
                },
            },
            errors=errors,
            last_step=True,
        )

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Follow a panel to its new address, once it has said that it is the one."""
        mac = format_mac(discovery_info.macaddress)
        entry = next(
            (
                entry
                for entry in self._async_current_entries(include_ignore=False)
                if entry.data[CONF_MAC] == mac
            ),
            None,
        )
        # A name is followed by the network itself.
        if (
            entry is None
            or not is_ip_address(entry.data[CONF_HOST])
            or entry.data[CONF_HOST] == discovery_info.ip
        ):
            return self.async_abort(reason="already_configured")
        client = panel_client(self.hass, {**entry.data, CONF_HOST: discovery_info.ip})
        try:
            info = await client.info()
        except PanelError:
            return self.async_abort(reason="cannot_connect")
        if entry.unique_id not in (info.serial_number, mac):
            return self.async_abort(reason="wrong_panel")
        return self.async_update_reload_and_abort(
            entry,
            data_updates={CONF_HOST: discovery_info.ip},
            reason="already_configured",
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Ask for the new password of a panel that refuses the old one."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try the new password at the same panel."""
        errors: dict[str, str] = {}
        entry = self._get_reauth_entry()
        if user_input is not None:
            client = panel_client(self.hass, {**entry.data, **user_input})
            try:
                await async_identify(entry, client)
                await client.login()
            except FlowError as err:
                errors = {"base": err.key}
            except PanelError as err:
                key = error_key(err)
                errors = {CONF_PASSWORD if key == "invalid_auth" else "base": key}
            else:
                return self.async_update_reload_and_abort(
                    entry, data_updates=user_input
                )
            finally:
                await client.logout()
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=vol.Schema({vol.Required(CONF_PASSWORD): PASSWORD_SELECTOR}),
            description_placeholders={
                "panel": entry.title,
                "username": entry.data[CONF_USERNAME],
            },
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new address of a panel, or its new login."""
        errors: dict[str, str] = {}
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            try:
                data = connection_data(user_input)
                data[CONF_PASSWORD] = data[CONF_PASSWORD] or entry.data[CONF_PASSWORD]
                await self._async_read(data)
                if entry.unique_id not in (
                    self._reading.info.serial_number,
                    self._reading.mac,
                ):
                    raise FlowError("wrong_panel")
                if (
                    Account.SECOND in entry.options[CONF_ACCOUNTS]
                    and Account.SECOND not in self._reading.accounts
                ):
                    raise FlowError("no_second_account")
            except FlowError as err:
                errors = _errors(err.key)
            except PanelError as err:
                errors = _errors(error_key(err))
            else:
                return self.async_update_reload_and_abort(
                    entry,
                    data_updates={
                        **self._data,
                        CONF_MAC: self._reading.mac or entry.data[CONF_MAC],
                    },
                )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                connection_schema(
                    password_required=False, expanded=CONF_ADVANCED in errors
                ),
                _without_password(user_input)
                if user_input
                else {
                    CONF_HOST: panel_url(entry.data).host_port_subcomponent,
                    CONF_USERNAME: entry.data[CONF_USERNAME],
                    CONF_ADVANCED: {
                        key: entry.data[key]
                        for key in (
                            CONF_SSL,
                            CONF_VERIFY_SSL,
                            CONF_SECOND_ACCOUNT_PATH,
                        )
                    },
                },
            ),
            description_placeholders={"panel": entry.title},
            errors=errors,
        )

    async def _async_read(self, data: dict[str, Any]) -> None:
        """Read the panel of a config entry's data, and keep both for the next steps."""
        client = panel_client(self.hass, data)
        try:
            self._reading = await read_panel(client, data[CONF_SECOND_ACCOUNT_PATH])
        finally:
            await client.logout()
        self._data = {
            **data,
            CONF_MAC: self._reading.mac,
            CONF_SECOND_ACCOUNT_PATH: self._reading.second_account_path,
        }

    @property
    def _title(self) -> str:
        """Return the name that the panel has, or its model."""
        info = self._reading.info
        return info.name or info.model or "BAS-IP"

    def _async_create_panel(
        self, accounts: list[Account], *, expect: bool
    ) -> ConfigFlowResult:
        """Create the config entry."""
        options: dict[str, Any] = {
            CONF_ACCOUNTS: [account.value for account in accounts]
        }
        if expect:
            for account in accounts:
                options = with_expected(
                    options,
                    account,
                    account_values(account, self._reading.accounts[account]),
                )
        return self.async_create_entry(
            title=self._title, data=self._data, options=options
        )


def _without_password(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form that is shown again suggests: no password goes back."""
    return {key: value for key, value in user_input.items() if key != CONF_PASSWORD}


def _errors(key: str) -> dict[str, str]:
    """Return an error at the field that it is about."""
    return {ERROR_FIELDS.get(key, CONF_HOST): key}
