"""Config flow for the BAS-IP integration."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
    FlowType,
)
from homeassistant.const import (
    CONF_HOST,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import callback
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.translation import async_load_integrations
import voluptuous as vol

from .connection import (
    account_paths,
    async_find_panel,
    entry_of_panel,
    panel_id,
    panel_url,
    real_mac,
    temporary_client,
)
from .const import (
    CONF_ACCOUNTS,
    CONF_IS_NEW,
    CONF_PANEL_NAME,
    CONF_REPORT,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_STATUS_PATH,
    DOMAIN,
)
from .discovery import (
    SecondDhcpInfo,
    async_ask_again,
    async_end_discovery,
    async_note_host,
)
from .expect import (
    CONF_PANEL,
    FormError,
    panels_to_share,
    still_offered,
    with_choice,
)
from .forms import (
    CONF_ADD_ANOTHER,
    CONF_ADVANCED,
    LOGIN_SCHEMA,
    accounts_text,
    confirm_schema,
    connection_schema,
    connection_suggestions,
    like_last,
    typed_connection,
)
from .messages import markdown_value, panel_name, panel_title
from .options_flow import BasIpOptionsFlow
from .panel.address import panel_urls
from .panel.errors import PanelError
from .panel.models import Account, PanelInfo, Settings
from .replace import async_replace_panel
from .report import report_of
from .search_flow import SearchFlow


class BasIpConfigFlow(SearchFlow, domain=DOMAIN):
    """Handle a config flow for BAS-IP panels."""

    VERSION = 1
    MINOR_VERSION = 1

    _last_panel: str | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> BasIpOptionsFlow:
        """Return the options flow."""
        return BasIpOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the address and the login."""
        if user_input is not None and CONF_HOST not in user_input:
            # What was typed for the last panel, after which this one is added.
            self._suggestions = user_input
            self._last_panel = user_input[CONF_PANEL]
            user_input = None
        return await self._async_step_connection("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new address of a panel, or its new login."""
        entry = self._get_reconfigure_entry()
        self._suggestions = self._suggestions or connection_suggestions(entry)
        return await self._async_step_connection("reconfigure", user_input, entry)

    async def _async_step_connection(
        self,
        step_id: str,
        user_input: dict[str, Any] | None,
        entry: ConfigEntry | None = None,
    ) -> ConfigFlowResult:
        """Show the form for the connection, or look for the panel there."""
        if user_input is not None:
            self._suggestions, self._shown = user_input, None
            with self._keeping_error():
                self._urls, data = typed_connection(user_input, entry)
                self._data |= data
                return await self._async_search(step_id)
        schema = connection_schema(self._error, password_required=entry is None)
        return self._show_form(step_id, schema, entry)

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Note where a known panel is, or offer to set up a new one."""
        host, mac = discovery_info.ip, real_mac(discovery_info.macaddress)
        entry = entry_of_panel(self.hass, None, mac)
        if entry is None:
            try:
                address, info = await async_find_panel(
                    self.hass, self._data, panel_urls(host)
                )
            except PanelError:
                if not isinstance(discovery_info, SecondDhcpInfo):
                    key = self.context.get("discovery_key")
                    async_ask_again(self.hass, discovery_info, key)
                return self.async_abort(reason="not_a_panel")
            entry = entry_of_panel(self.hass, info.serial_number, mac)
            if entry is None:
                self._data |= address
                return await self._async_offer(info, panel_id(info.serial_number, mac))
            host = address[CONF_HOST]
        async_note_host(self.hass, entry, host)
        return self._abort_known(entry)

    async def _async_offer(
        self, info: PanelInfo, unique_id: str | None
    ) -> ConfigFlowResult:
        """Offer to set up a panel that was discovered, where it was last seen."""
        url = panel_url(self._data)
        self._answering = self._shown = info
        self._urls = [url]
        async_end_discovery(self.hass, unique_id)
        await self.async_set_unique_id(unique_id)
        name = panel_title(info)
        self._abort_if_unique_id_configured(description_placeholders={"name": name})
        # The title is shared with reauthentication, which has only the name.
        self.context["title_placeholders"] = {"name": f"{name} ({url.host})"}
        self.context["configuration_url"] = str(url)
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login of a panel that was discovered."""
        if user_input is not None:
            self._suggestions = user_input
            self._data |= user_input
            return await self._async_search("discovery_confirm")
        title = panel_title(self._answering)
        return self._show_form("discovery_confirm", LOGIN_SCHEMA, panel=title)

    async def async_step_search_done(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go on with what was read."""
        found = self._found
        self._data |= {
            CONF_MAC: real_mac(found.mac_address),
            CONF_REPORT: report_of(self.hass, found),
            CONF_SECOND_ACCOUNT_PATH: found.second_account_path,
            CONF_SECOND_STATUS_PATH: found.second_status_path,
        }
        if self.source == SOURCE_RECONFIGURE:
            return await self._async_finish_reconfigure()
        if entry := self._entry_of_found():
            return self._abort_known(entry)
        # If two flows set up the same panel, the first to finish aborts the other.
        await self.async_set_unique_id(self._found_id, raise_on_progress=False)
        if Account.SECOND in found.accounts:
            return await self.async_step_confirm()
        return await self.async_step_no_second_account()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was read, and ask what to watch and what to expect."""
        # This may run before the first panel is set up.
        await async_load_integrations(self.hass, {DOMAIN})
        found = self._found
        current = {key: account.settings for key, account in found.accounts.items()}
        panels = panels_to_share(self.hass, current)
        if user_input is None:
            self._suggestions = like_last(self._last_panel, panels, current)
        else:
            self._suggestions = still_offered(user_input, panels)
            with self._keeping_error():
                return self._create_entry(user_input, current)
        add_another = self._last_panel is not None
        return self._show_form(
            "confirm",
            confirm_schema(self.hass, current, panels, add_another=add_another),
            panel=panel_title(found.info),
            accounts=accounts_text(self.hass, current),
        )

    def _create_entry(
        self, user_input: Mapping[str, Any], current: Mapping[Account, Settings]
    ) -> ConfigFlowResult:
        """Create the entry; raises FormError."""
        watched = {
            account: settings
            for account, settings in current.items()
            if account in user_input[CONF_ACCOUNTS]
        }
        if not watched:
            raise FormError("no_account")
        options = {CONF_ACCOUNTS: [account.value for account in watched]}
        title = panel_title(self._found.info)
        return self.async_create_entry(
            title=title,
            data={**self._data, CONF_PANEL_NAME: title, CONF_IS_NEW: True},
            options=with_choice(self.hass, options, user_input, watched),
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Open the form for another panel, if the user wants to add one."""
        if self._suggestions[CONF_ADD_ANOTHER]:
            flow = await self.hass.config_entries.flow.async_init(
                DOMAIN,
                context={"source": SOURCE_USER},
                data={
                    CONF_USERNAME: self._data[CONF_USERNAME],
                    CONF_PASSWORD: self._data[CONF_PASSWORD],
                    CONF_ADVANCED: {CONF_VERIFY_SSL: self._data[CONF_VERIFY_SSL]},
                    CONF_PANEL: result["result"].entry_id,
                },
            )
            result["next_flow"] = (FlowType.CONFIG_FLOW, flow["flow_id"])
        return result

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Ask for another login of a panel that rejects the old one."""
        self._suggestions = {CONF_USERNAME: entry_data[CONF_USERNAME]}
        name = panel_name(self.hass, self._get_reauth_entry())
        self.context["title_placeholders"] = {"name": name}
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try the new login at the same panel."""
        entry = self._get_reauth_entry()
        self._urls = [panel_url(entry.data)]
        if user_input is not None:
            self._suggestions = user_input
            data = {**entry.data, **user_input}
            with self._keeping_error():
                async with temporary_client(self.hass, data, entry) as client:
                    await client.read(account_paths(data, entry.options), {})
                return self.async_update_reload_and_abort(
                    entry, data_updates=user_input
                )
        return self._show_form("reauth_confirm", LOGIN_SCHEMA, entry)

    async def async_step_replace(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether the panel that answers takes the place of the known one."""
        if user_input is not None:
            return await self._async_search("reconfigure")
        self._error, self._shown = None, self._answering
        self._urls = [panel_url(self._data)]
        if other := entry_of_panel(self.hass, self._shown.serial_number, None):
            return self._abort_known(other)
        return self._show_form(
            "replace",
            vol.Schema({}),
            self._get_reconfigure_entry(),
            other=markdown_value(self.hass, panel_title(self._shown)),
        )

    async def _async_finish_reconfigure(self) -> ConfigFlowResult:
        """Change the connection, unless a watched account would be lost."""
        entry, found = self._get_reconfigure_entry(), self._found
        watched = account_paths(entry.data, entry.options)
        self._error = _error_of_accounts(watched, found.accounts)
        if self._error:
            return await self.async_step_reconfigure()
        if self._shown is None:
            self._data[CONF_MAC] = self._data[CONF_MAC] or entry.data[CONF_MAC]
            return self.async_update_reload_and_abort(entry, data_updates=self._data)
        if other := self._entry_of_found():
            return self._abort_known(other)
        await async_replace_panel(
            self.hass, entry, found.info, found.mac_address, self._data
        )
        return self.async_abort(reason="reconfigure_successful")

    def _entry_of_found(self) -> ConfigEntry | None:
        """Return the config entry that the panel has which was read."""
        found = self._found
        return entry_of_panel(self.hass, found.info.serial_number, found.mac_address)

    def _abort_known(self, entry: ConfigEntry) -> ConfigFlowResult:
        """End the flow, as the panel is set up already."""
        name = markdown_value(self.hass, panel_name(self.hass, entry))
        return self.async_abort(
            reason="already_configured", description_placeholders={"name": name}
        )


def _error_of_accounts(
    watched: Mapping[Account, object], found: Mapping[Account, object]
) -> str | None:
    """Return what is wrong if the panel does not give what is watched."""
    if Account.SECOND in watched.keys() - found:
        return "no_second_account"
    return None if watched.keys() & found else "permission_denied"
