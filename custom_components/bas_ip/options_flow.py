"""Options flow for the BAS-IP integration."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_SCAN_INTERVAL, UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .const import (
    CONF_ACCOUNTS,
    CONF_SECOND_ACCOUNT_PATH,
    DEFAULT_SCAN_INTERVAL,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from .coordinator import BasIpConfigEntry
from .drift import (
    Change,
    Expectation,
    Values,
    earlier_expectations,
    expectation,
    with_earlier_expectation,
    with_expected,
)
from .forms.expect import (
    CONF_EXPECT,
    EXPECT_CURRENT,
    EXPECT_NOTHING,
    async_current_values,
    expect_selector,
    other_panels,
    panel_options,
    panels_with_expectation,
    shared_expectation,
    with_choice,
)
from .forms.settings import (
    settings_placeholders,
    settings_schema,
    settings_suggestions,
    with_edited,
)
from .panel import Account, PanelError
from .texts import account_name, expectation_change

CONF_ACCOUNT = "account"
CONF_CHANGE = "change"
CONF_PANEL = "panel"
CONF_PANELS = "panels"
CONF_WITH_USER = "with_user"


class BasIpOptionsFlow(OptionsFlowWithReload):
    """Handle the options of a panel.

    Each step writes only what the user has changed in it, into the options as they are
    by then: a drift may be accepted while the form is open.
    """

    _account: Account
    _new_options: Mapping[str, Any]
    _shown: Expectation

    @property
    def _entry(self) -> BasIpConfigEntry:
        """Return the config entry."""
        return self.config_entry

    @property
    def _options(self) -> Mapping[str, Any]:
        """Return the options as they are now."""
        return self.config_entry.options

    @property
    def _accounts(self) -> list[Account]:
        """Return the accounts that are watched."""
        return [Account(account) for account in self._options[CONF_ACCOUNTS]]

    @property
    def _other_panels(self) -> list[ConfigEntry]:
        """Return the panels besides this one."""
        return other_panels(self.hass, self.config_entry)

    @property
    def _earlier(self) -> list[Change]:
        """Return the changes of expected settings that can be taken back."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return []
        return earlier_expectations(self._entry.runtime_data.history.changes)

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what can be set."""
        accounts = self._accounts
        steps = ["polling", "expected"]
        if panels_with_expectation(self._other_panels, accounts):
            steps.append("copy")
        if self._other_panels and panels_with_expectation([self._entry], accounts):
            steps.append("apply")
        if self._earlier:
            steps.append("earlier")
        return self.async_show_menu(
            step_id="init",
            menu_options=steps,
            description_placeholders={
                "count": str(
                    sum(
                        len(expectation(self._options, account).values)
                        for account in accounts
                    )
                )
            },
        )

    async def async_step_polling(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Set how often the panel is polled and which accounts are watched."""
        errors: dict[str, str] = {}
        shown = {CONF_SCAN_INTERVAL: DEFAULT_SCAN_INTERVAL, **self._options}
        if user_input is not None:
            if user_input[CONF_ACCOUNTS]:
                changed = {
                    key: value
                    for key, value in (
                        (CONF_SCAN_INTERVAL, int(user_input[CONF_SCAN_INTERVAL])),
                        (CONF_ACCOUNTS, user_input[CONF_ACCOUNTS]),
                    )
                    if value != shown[key]
                }
                self._new_options = changed
                return await self._async_finish_polling()
            errors[CONF_ACCOUNTS] = "no_account"
        accounts = [Account.FIRST]
        if self.config_entry.data[CONF_SECOND_ACCOUNT_PATH]:
            accounts.append(Account.SECOND)
        schema = vol.Schema(
            {
                vol.Required(CONF_SCAN_INTERVAL): NumberSelector(
                    NumberSelectorConfig(
                        min=MIN_SCAN_INTERVAL,
                        max=MAX_SCAN_INTERVAL,
                        mode=NumberSelectorMode.BOX,
                        unit_of_measurement=UnitOfTime.SECONDS,
                    )
                ),
                vol.Required(CONF_ACCOUNTS): SelectSelector(
                    SelectSelectorConfig(
                        options=list(accounts), multiple=True, translation_key="account"
                    )
                ),
            }
        )
        return self.async_show_form(
            step_id="polling",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or shown
            ),
            errors=errors,
        )

    async def _async_finish_polling(self) -> ConfigFlowResult:
        """Save, but first ask what to expect of a new account, if that is not known."""
        options = {**self._options, **self._new_options}
        for account in map(Account, options[CONF_ACCOUNTS]):
            if (
                account not in self._accounts
                and not expectation(options, account).values
            ):
                self._account = account
                return await self.async_step_new_account()
        return self.async_create_entry(data=options)

    async def async_step_new_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to expect of an account that was not watched so far."""
        errors: dict[str, str] = {}
        if user_input is not None:
            choice = user_input[CONF_EXPECT]
            current: dict[Account, Values] = {}
            try:
                if choice != EXPECT_NOTHING:
                    current[self._account] = await async_current_values(
                        self._entry, self._entry.data, self._account
                    )
            except PanelError:
                errors[CONF_EXPECT] = "not_read"
            else:
                # Only now: a drift may be accepted while the account is read.
                options = {**self._options, **self._new_options}
                return self.async_create_entry(
                    data=with_choice(self.hass, options, choice, current)
                )
        panels = panels_with_expectation(self._other_panels, [self._account])
        return self.async_show_form(
            step_id="new_account",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Required(
                            CONF_EXPECT, default=EXPECT_CURRENT
                        ): expect_selector(self.hass, panels)
                    }
                ),
                user_input,
            ),
            description_placeholders={
                "account": account_name(self.hass, self._account)
            },
            errors=errors,
        )

    async def async_step_expected(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose the account whose expected settings are edited."""
        accounts = self._accounts
        if user_input is not None:
            self._account = Account(user_input[CONF_ACCOUNT])
            return await self.async_step_settings()
        if len(accounts) == 1:
            self._account = accounts[0]
            return await self.async_step_settings()
        return self.async_show_form(
            step_id="expected",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_ACCOUNT, default=accounts[0]): SelectSelector(
                        SelectSelectorConfig(
                            options=list(accounts), translation_key="account"
                        )
                    )
                }
            ),
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Edit the expected settings of an account."""
        if user_input is not None:
            return self.async_create_entry(
                data=with_edited(self._options, self._account, self._shown, user_input)
            )
        self._shown = expectation(self._options, self._account)
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(
                settings_schema(self._account), settings_suggestions(self._shown)
            ),
            description_placeholders=settings_placeholders(
                self.hass, self._shown, self._current_values
            ),
        )

    @property
    def _current_values(self) -> Values:
        """Return what the panel has now, as far as that is known."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return {}
        state = self._entry.runtime_data.data.accounts[self._account]
        return {
            setting: comparison.actual
            for setting, comparison in state.comparisons.items()
        }

    async def async_step_copy(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Copy the expected settings of another panel."""
        if user_input is not None:
            other = self.hass.config_entries.async_get_known_entry(
                user_input[CONF_PANEL]
            )
            options = dict(self._options)
            for account in self._accounts:
                expected = (
                    expectation(other.options, account).values
                    if user_input[CONF_WITH_USER]
                    else shared_expectation(other, account)
                )
                if expected:
                    options = with_expected(options, account, expected)
            return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="copy",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_PANEL): SelectSelector(
                        SelectSelectorConfig(
                            options=panel_options(
                                self.hass,
                                panels_with_expectation(
                                    self._other_panels, self._accounts
                                ),
                            )
                        )
                    ),
                    vol.Required(CONF_WITH_USER, default=False): BooleanSelector(),
                }
            ),
        )

    async def async_step_apply(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Expect of other panels what is expected of this one."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if selected := user_input[CONF_PANELS]:
                for entry_id in selected:
                    self._apply_to(
                        self.hass.config_entries.async_get_known_entry(entry_id)
                    )
                return self.async_create_entry(data=dict(self._options))
            errors[CONF_PANELS] = "no_panel"
        return self.async_show_form(
            step_id="apply",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_PANELS, default=[]): SelectSelector(
                        SelectSelectorConfig(
                            options=panel_options(self.hass, self._other_panels),
                            multiple=True,
                            mode=SelectSelectorMode.LIST,
                        )
                    )
                }
            ),
            errors=errors,
        )

    def _apply_to(self, other: BasIpConfigEntry) -> None:
        """Apply the expected settings to the accounts that another panel watches."""
        for account in self._accounts:
            expected = shared_expectation(self._entry, account)
            if not expected or account not in other.options[CONF_ACCOUNTS]:
                continue
            if other.state is ConfigEntryState.LOADED:
                other.runtime_data.async_expect(account, expected)
            else:
                self.hass.config_entries.async_update_entry(
                    other, options=with_expected(other.options, account, expected)
                )

    async def async_step_earlier(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go back to what was expected before a change."""
        if user_input is not None:
            return self.async_create_entry(
                data=with_earlier_expectation(
                    self._options, self._earlier, int(user_input[CONF_CHANGE])
                )
            )
        return self.async_show_form(
            step_id="earlier",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_CHANGE): SelectSelector(
                        SelectSelectorConfig(
                            options=[
                                SelectOptionDict(
                                    value=str(change.number),
                                    label=expectation_change(self.hass, change),
                                )
                                for change in self._earlier
                            ],
                            mode=SelectSelectorMode.LIST,
                        )
                    )
                }
            ),
        )
