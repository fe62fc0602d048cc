"""Config flow for the BAS-IP integration."""

from asyncio import Task
from collections.abc import Mapping
import logging
from traceback import format_tb
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
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
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.util.network import is_ip_address
import voluptuous as vol

from .connection import (
    WrongPanelError,
    async_check_login,
    async_identify,
    error_key,
    has_known_serial_number,
    panel_url,
    temporary_client,
)
from .const import (
    CONF_ACCOUNTS,
    CONF_SEARCHED_FIRMWARE,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_ACCOUNT_PATH_TYPED,
    CONF_SECOND_ENABLE_PATH,
    CONF_SECOND_STATUS_PATH,
    DOMAIN,
)
from .drift import account_values
from .forms.connection import (
    CONF_ADVANCED,
    LOGIN_SCHEMA,
    FormError,
    connection_data,
    connection_schema,
    form_errors,
    path_data,
    path_schema,
    without_password,
)
from .forms.expect import (
    CONF_EXPECT,
    EXPECT_CURRENT,
    expect_selector,
    other_panels,
    panels_with_expectation,
    with_choice,
)
from .options_flow import BasIpOptionsFlow
from .panel import (
    Account,
    PanelError,
    PanelInfo,
    PanelSurvey,
    read_info,
    survey,
)
from .report import report_url
from .texts import async_load_texts, markdown_settings, markdown_value

_LOGGER = logging.getLogger(__name__)

# Of a panel that is discovered; another port can be set later.
DISCOVERY_PORT: Final = 80


class BasIpConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle a config flow for BAS-IP panels."""

    VERSION = 1
    MINOR_VERSION = 1

    _data: dict[str, Any]
    _discovered: PanelInfo | None = None
    _error: str | None = None
    _form: str
    _suggestions: Mapping[str, Any] | None = None
    _survey: PanelSurvey
    _task: Task[PanelSurvey] | None = None

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
        if user_input is not None:
            self._suggestions = without_password(user_input)
            try:
                return await self._async_search("user", connection_data(user_input))
            except FormError as err:
                self._error = err.key
        return self._show_connection("user", password_required=True)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new address of a panel, or its new login."""
        entry = self._get_reconfigure_entry()
        if user_input is None and self._suggestions is None:
            self._suggestions = {
                CONF_HOST: panel_url(entry.data).host_port_subcomponent,
                CONF_USERNAME: entry.data[CONF_USERNAME],
                CONF_ADVANCED: {
                    key: entry.data[key]
                    for key in (CONF_SSL, CONF_VERIFY_SSL, CONF_SECOND_ACCOUNT_PATH)
                },
            }
        if user_input is not None:
            self._suggestions = without_password(user_input)
            try:
                data = self._reconfigured(entry, connection_data(user_input))
                return await self._async_search("reconfigure", data)
            except FormError as err:
                self._error = err.key
        return self._show_connection(
            "reconfigure", password_required=False, panel=entry.title
        )

    def _reconfigured(self, entry: ConfigEntry, data: dict[str, Any]) -> dict[str, Any]:
        """Return the new data, with the stored password if the field is empty.

        Raises FormError if the stored password would be sent to a new address where the
        panel cannot be identified.
        """
        if data[CONF_PASSWORD] is None:
            if not has_known_serial_number(entry) and panel_url(data) != panel_url(
                entry.data
            ):
                raise FormError("password_required")
            data[CONF_PASSWORD] = entry.data[CONF_PASSWORD]
        if data[CONF_SECOND_ACCOUNT_PATH] == entry.data[
            CONF_SECOND_ACCOUNT_PATH
        ] and not entry.data.get(CONF_SECOND_ACCOUNT_PATH_TYPED):
            # This path was found, not typed: search for it again.
            data |= path_data(None)
        return data

    def _show_connection(
        self, step_id: str, *, password_required: bool, **placeholders: str
    ) -> ConfigFlowResult:
        """Show the form for the address and the login."""
        schema = connection_schema(password_required=password_required, expanded=False)
        errors = form_errors(schema, self._error)
        if CONF_ADVANCED in errors:
            schema = connection_schema(
                password_required=password_required, expanded=True
            )
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, self._suggestions),
            description_placeholders=placeholders,
            errors=errors,
        )

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Follow a known panel to its new address, or offer to set up a new panel."""
        host, mac = discovery_info.ip, format_mac(discovery_info.macaddress)
        entries = self._async_current_entries(include_ignore=False)
        for entry in entries:
            if entry.data[CONF_MAC] == mac:
                return await self._async_follow(entry, host)
        data = {
            CONF_HOST: host,
            CONF_PORT: DISCOVERY_PORT,
            CONF_SSL: False,
            CONF_VERIFY_SSL: False,
            CONF_USERNAME: "",
            CONF_PASSWORD: "",
            **path_data(None),
        }
        try:
            async with temporary_client(self.hass, data) as client:
                info = await read_info(client)
        except PanelError:
            return self.async_abort(reason="not_a_panel")
        panel_id = info.serial_number or mac
        for entry in entries:
            if entry.unique_id == panel_id:
                return await self._async_follow(entry, host)
        await self.async_set_unique_id(panel_id)
        self._abort_if_unique_id_configured()
        self._data, self._discovered = data, info
        # The title is shared with reauthentication, which has only the name.
        self.context["title_placeholders"] = {"name": f"{panel_title(info)} ({host})"}
        self.context["configuration_url"] = str(panel_url(data))
        return await self.async_step_discovery_confirm()

    async def _async_follow(self, entry: ConfigEntry, host: str) -> ConfigFlowResult:
        """Follow a known panel to a new address, once it is gone from the old one.

        Only a panel with a serial number can be identified before the login, and a host
        name leads to the new address anyway.
        """
        if (
            has_known_serial_number(entry)
            and is_ip_address(entry.data[CONF_HOST])
            and entry.data[CONF_HOST] != host
            and not await self._async_is_panel(entry, entry.data[CONF_HOST])
            and await self._async_is_panel(entry, host)
        ):
            return self.async_update_reload_and_abort(
                entry, data_updates={CONF_HOST: host}, reason="already_configured"
            )
        return self.async_abort(reason="already_configured")

    async def _async_is_panel(self, entry: ConfigEntry, host: str) -> bool:
        """Return whether the panel of a config entry answers at an address."""
        try:
            async with temporary_client(
                self.hass, {**entry.data, CONF_HOST: host}
            ) as client:
                await async_identify(entry, client)
        except PanelError:
            return False
        return True

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login of a panel that was discovered."""
        assert self._discovered is not None
        if user_input is not None:
            self._suggestions = without_password(user_input)
            return await self._async_search(
                "discovery_confirm", {**self._data, **user_input}
            )
        return self.async_show_form(
            step_id="discovery_confirm",
            data_schema=self.add_suggested_values_to_schema(
                LOGIN_SCHEMA, self._suggestions
            ),
            description_placeholders={
                "panel": panel_title(self._discovered),
                "host": self._data[CONF_HOST],
            },
            errors=form_errors(LOGIN_SCHEMA, self._error),
        )

    async def _async_search(self, form: str, data: dict[str, Any]) -> ConfigFlowResult:
        """Read the panel, and go back to this form if that fails."""
        self._data, self._form = data, form
        self._error = None
        return await self.async_step_search()

    async def async_step_search(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the progress while the panel is read."""
        if self._task is None:
            # A search that failed at once would take the input again, without end.
            self._task = self.hass.async_create_task(
                self._async_survey(), eager_start=False
            )
        if not self._task.done():
            return self.async_show_progress(
                step_id="search", progress_action="search", progress_task=self._task
            )
        task, self._task = self._task, None
        try:
            self._survey = await task
        except PanelError as err:
            self._error = error_key(err)
        except Exception as err:  # noqa: BLE001
            # Its text may hold the URL of the login; the lines of the code do not.
            lines = "".join(format_tb(err.__traceback__))
            _LOGGER.error("Unexpected %s\n%s", type(err).__name__, lines)  # noqa: TRY400
            self._error = "unknown"
        return self.async_show_progress_done(
            next_step_id=self._form if self._error else "search_done"
        )

    async def _async_survey(self) -> PanelSurvey:
        """Read the panel once it has said that it is the right one."""
        async with temporary_client(self.hass, self._data) as client:
            if self.source == SOURCE_RECONFIGURE:
                await async_identify(self._get_reconfigure_entry(), client)
            elif self._discovered is not None:
                info = await read_info(client)
                if info.serial_number != self._discovered.serial_number:
                    raise WrongPanelError("Another device has the address by now")
            return await survey(
                client,
                second_account_path=self._data[CONF_SECOND_ACCOUNT_PATH],
                progress=self.async_update_progress,
            )

    async def async_step_search_done(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go on with what was read."""
        found = self._survey
        mac = format_mac(found.mac_address) if found.mac_address else None
        self._data |= {
            CONF_MAC: mac,
            CONF_SECOND_ACCOUNT_PATH: found.second_account_path,
            CONF_SECOND_STATUS_PATH: found.second_status_path,
            CONF_SECOND_ENABLE_PATH: found.second_enable_path,
            CONF_SEARCHED_FIRMWARE: found.info.firmware_version,
        }
        if self.source == SOURCE_RECONFIGURE:
            return await self._async_finish_reconfigure()
        # If two flows set up the same panel, the first to finish aborts the other.
        await self.async_set_unique_id(
            found.info.serial_number or mac, raise_on_progress=False
        )
        self._abort_if_unique_id_configured()
        if mac:
            self._async_abort_entries_match({CONF_MAC: mac})
        if Account.SECOND in found.accounts:
            return await self.async_step_confirm()
        return await self.async_step_no_second_account()

    async def _async_finish_reconfigure(self) -> ConfigFlowResult:
        """Change the connection, unless a watched account would be lost."""
        entry = self._get_reconfigure_entry()
        if (
            Account.SECOND in entry.options[CONF_ACCOUNTS]
            and Account.SECOND not in self._survey.accounts
        ):
            self._error = "no_second_account"
            return await self.async_step_reconfigure()
        return self.async_update_reload_and_abort(
            entry,
            data_updates={
                **self._data,
                CONF_MAC: self._data[CONF_MAC] or entry.data[CONF_MAC],
            },
        )

    async def async_step_no_second_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer to watch the first account, or to say where the second one is."""
        return self.async_show_menu(
            step_id="no_second_account",
            menu_options=["confirm", "path"],
            description_placeholders={
                "report_url": report_url(self.hass, self._survey)
            },
        )

    async def async_step_path(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the path of the second account."""
        if user_input is not None:
            self._suggestions = user_input
            try:
                data = self._data | path_data(user_input[CONF_SECOND_ACCOUNT_PATH])
                return await self._async_search("path", data)
            except FormError as err:
                self._error = err.key
        schema = path_schema(self._survey.offered_paths)
        return self.async_show_form(
            step_id="path",
            data_schema=self.add_suggested_values_to_schema(schema, self._suggestions),
            errors=form_errors(schema, self._error),
        )

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was read, and ask what to watch and what to expect."""
        await async_load_texts(self.hass)
        found = self._survey
        # The second one first: it is the one to watch.
        current = {
            account: account_values(account, found.accounts[account])
            for account in reversed(Account)
            if account in found.accounts
        }
        accounts = list(current)
        errors: dict[str, str] = {}
        if user_input is not None:
            watched = [
                Account(account) for account in user_input.get(CONF_ACCOUNTS, accounts)
            ]
            if watched:
                return self.async_create_entry(
                    title=panel_title(found.info),
                    data=self._data,
                    options=with_choice(
                        self.hass,
                        {CONF_ACCOUNTS: [account.value for account in watched]},
                        user_input[CONF_EXPECT],
                        {account: current[account] for account in watched},
                    ),
                )
            errors[CONF_ACCOUNTS] = "no_account"
        fields: dict[vol.Marker, Any] = {}
        if len(accounts) > 1:
            fields[vol.Required(CONF_ACCOUNTS, default=accounts[:1])] = SelectSelector(
                SelectSelectorConfig(
                    options=list(accounts), multiple=True, translation_key="account"
                )
            )
        panels = panels_with_expectation(other_panels(self.hass), accounts)
        fields[vol.Required(CONF_EXPECT, default=EXPECT_CURRENT)] = expect_selector(
            self.hass, panels
        )
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(fields), user_input
            ),
            description_placeholders={
                "panel": panel_title(found.info),
                "firmware": markdown_value(self.hass, found.info.firmware_version),
                "settings": "\n\n".join(
                    markdown_settings(self.hass, account, values)
                    for account, values in current.items()
                ),
            },
            errors=errors,
            last_step=True,
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Ask for another login of a panel that refuses the old one."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try the new login at the same panel."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data = {**entry.data, **user_input}
            try:
                async with temporary_client(self.hass, data) as client:
                    await async_check_login(entry, client)
            except PanelError as err:
                errors = form_errors(LOGIN_SCHEMA, error_key(err))
            else:
                return self.async_update_reload_and_abort(
                    entry, data_updates=user_input
                )
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(
                LOGIN_SCHEMA,
                without_password(user_input)
                if user_input
                else {CONF_USERNAME: entry.data[CONF_USERNAME]},
            ),
            description_placeholders={"panel": entry.title},
            errors=errors,
        )


def panel_title(info: PanelInfo) -> str:
    """Return the name that the panel has, or its model."""
    return info.name or info.model or "BAS-IP"
