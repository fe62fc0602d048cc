"""Options flow for the BAS-IP integration."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_SCAN_INTERVAL, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
)
import voluptuous as vol

from .connection import account_paths, temporary_client
from .const import (
    CONF_ACCOUNTS,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_WATCH_REGISTRATION,
    DEFAULT_SCAN_INTERVAL,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from .coordinator import BasIpCoordinator
from .drift.changes import Change
from .drift.compare import Expected
from .drift.expected import (
    earlier_expectations,
    expected_settings,
    with_earlier_expectation,
)
from .drift.state import AccountState
from .expect import (
    CONF_CHANGE,
    CONF_EXPECT,
    CONF_PANELS,
    EXPECT_NOTHING,
    FormError,
    async_apply,
    expect_schema,
    list_selector,
    other_panels,
    panel_label,
    panel_options,
    panels_to_share,
    settings_fields,
    settings_placeholders,
    shared_expectations,
    still_offered,
    with_choice,
    with_edited,
)
from .forms import form_errors
from .messages import account_name, expectation_line
from .panel.errors import PanelError
from .panel.models import Account, Settings

SCAN_INTERVAL: Final = vol.All(
    NumberSelector(
        NumberSelectorConfig(
            min=MIN_SCAN_INTERVAL,
            max=MAX_SCAN_INTERVAL,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=UnitOfTime.SECONDS,
        )
    ),
    vol.Coerce(int),
)


class BasIpOptionsFlow(OptionsFlowWithReload):
    """Handle the options of a panel.

    Each step writes only what it asks for, into the options as they are by then: a
    drift may be accepted while the form is open.
    """

    _account: Account
    _polling: Mapping[str, Any] = {}
    _shown_changes: list[Change]
    _shown: Expected

    @property
    def _coordinator(self) -> BasIpCoordinator | None:
        """Return the coordinator, None if the panel is not loaded."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return None
        coordinator: BasIpCoordinator = self.config_entry.runtime_data
        return coordinator

    @property
    def _options(self) -> dict[str, Any]:
        """Return the options as they are now, with what is to be polled from now on."""
        return {**self.config_entry.options, **self._polling}

    @property
    def _accounts(self) -> dict[Account, str]:
        """Return where the settings of the accounts are that are watched."""
        return account_paths(self.config_entry.data, self._options)

    @property
    def _earlier(self) -> list[Change]:
        changes = self._coordinator.history.changes if self._coordinator else ()
        return earlier_expectations(changes)

    def _show(
        self,
        step_id: str,
        fields: dict[vol.Marker, Any],
        suggestions: Mapping[str, Any] | None = None,
        error: str | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Show a form that says which panel it is about."""
        schema = vol.Schema(fields)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggestions),
            errors=form_errors(schema, error),
            description_placeholders={
                "panel": panel_label(self.hass, self.config_entry),
                **(placeholders or {}),
            },
        )

    def _save(self, options: Mapping[str, Any]) -> ConfigFlowResult:
        """Save the options; other expected settings count without a reload."""
        if self._coordinator and not self._polling:
            self._coordinator.async_set_options(options)
        return self.async_create_entry(data=dict(options))

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what can be set."""
        steps = ["polling", *(account.value for account in self._accounts)]
        others = other_panels(self.hass, self.config_entry)
        if others and shared_expectations(self.config_entry):
            steps.append("apply")
        if self._earlier:
            steps.append("earlier")
        return self.async_show_menu(
            step_id="init",
            menu_options=steps,
            description_placeholders={
                "panel": panel_label(self.hass, self.config_entry)
            },
        )

    async def async_step_polling(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Set how often the panel is polled, and what is watched."""
        error = None
        if user_input is not None:
            if user_input[CONF_ACCOUNTS]:
                return await self._async_set_polling(user_input)
            error = "no_account"
        return self._show(
            "polling",
            _polling_fields(self.config_entry.data),
            user_input or {**self._options, CONF_ACCOUNTS: list(self._accounts)},
            error,
        )

    async def _async_set_polling(self, polling: Mapping[str, Any]) -> ConfigFlowResult:
        """Save, but first ask what to expect of a new account, if that is not known."""
        known = self._accounts
        self._polling = polling
        for account in self._accounts.keys() - known:
            if not expected_settings(self._options, account):
                self._account = account
                return await self.async_step_nothing_expected()
        return self._save(self._options)

    async def async_step_nothing_expected(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to expect of an account of which nothing is expected yet."""
        error = None
        if user_input is not None:
            current: dict[Account, Settings] = {}
            try:
                if user_input[CONF_EXPECT] != EXPECT_NOTHING:
                    current[self._account] = await self._async_read_account()
                # Only now: a drift may be accepted while the account is read.
                return self._save(
                    with_choice(self.hass, self._options, user_input, current)
                )
            except KeyError, PanelError:
                # The account may have lost its path meanwhile.
                error = "not_read"
            except FormError as err:
                error = str(err)
        panels = panels_to_share(self.hass, [self._account], self.config_entry)
        return self._show(
            "nothing_expected",
            expect_schema(self.hass, panels),
            still_offered(user_input, panels),
            error,
            {"account": account_name(self.hass, self._account)},
        )

    async def _async_read_account(self) -> Settings:
        """Read the account, which may not be watched yet.

        Raises PanelError if it cannot be read.
        """
        entry, account = self.config_entry, self._account
        paths = account_paths(entry.data, {CONF_ACCOUNTS: [account]})
        async with temporary_client(self.hass, entry.data, entry) as client:
            reading = await client.read(paths, {})
        return reading.accounts[account].settings

    async def async_step_first(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Edit what is expected of the first account."""
        return await self._async_edit(Account.FIRST)

    async def async_step_second(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Edit what is expected of the second account."""
        return await self._async_edit(Account.SECOND)

    async def _async_edit(self, account: Account) -> ConfigFlowResult:
        """Edit what is expected of an account, or ask what to expect of it at all."""
        self._account = account
        if expected_settings(self._options, account):
            return await self.async_step_settings()
        return await self.async_step_nothing_expected()

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Edit the expected settings of an account."""
        account, options = self._account, self._options
        if user_input is not None:
            return self._save(with_edited(options, account, self._shown, user_input))
        shown = self._shown = expected_settings(options, account)
        accounts = self._coordinator.data.accounts if self._coordinator else {}
        state = accounts.get(account, AccountState())
        return self._show(
            "settings",
            settings_fields(account),
            {setting.value: value for setting, value in shown.items()},
            placeholders=settings_placeholders(
                self.hass, account, shown, state.comparisons
            ),
        )

    async def async_step_apply(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Expect of other panels what is expected of this one."""
        error = None
        others = other_panels(self.hass, self.config_entry)
        if user_input is not None:
            chosen = user_input[CONF_PANELS]
            selected = [panel for panel in others if panel.entry_id in chosen]
            if selected and len(selected) == len(chosen):
                return self._async_apply_to(selected)
            error = "panel_removed" if selected else "no_panel"
        panels = list_selector(panel_options(self.hass, others), multiple=True)
        fields = {vol.Required(CONF_PANELS, default=[]): panels}
        return self._show("apply", fields, error=error)

    @callback
    def _async_apply_to(self, panels: Iterable[ConfigEntry]) -> ConfigFlowResult:
        """Apply to these panels, and say what has come of it."""
        shared = shared_expectations(self.config_entry)
        outcomes = dict.fromkeys(
            ("drifted", "as_expected", "not_comparable", "left_out"), ""
        )
        for panel in panels:
            outcomes[async_apply(shared, panel)] += (
                f"\n- {panel_label(self.hass, panel)}"
            )
        lines = {key: text or "-" for key, text in outcomes.items()}
        return self._show("applied", {}, placeholders=lines)

    async def async_step_applied(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """End: the other panels have their new expected settings by now."""
        return self.async_create_entry(data=self._options)

    async def async_step_earlier(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go back to what was expected before a change."""
        earlier = self._earlier
        error = None
        if user_input is not None:
            if earlier == self._shown_changes:
                number = int(user_input[CONF_CHANGE])
                return self._save(
                    with_earlier_expectation(self._options, earlier, number)
                )
            error = "changed_meanwhile"
        self._shown_changes = earlier
        changes = list_selector(
            [
                SelectOptionDict(
                    value=str(change.number), label=expectation_line(self.hass, change)
                )
                for change in earlier
            ]
        )
        return self._show("earlier", {vol.Required(CONF_CHANGE): changes}, error=error)


def _polling_fields(data: Mapping[str, Any]) -> dict[vol.Marker, Any]:
    accounts = list(Account) if data[CONF_SECOND_ACCOUNT_PATH] else [Account.FIRST]
    return {
        vol.Required(CONF_SCAN_INTERVAL, default=DEFAULT_SCAN_INTERVAL): SCAN_INTERVAL,
        vol.Required(CONF_ACCOUNTS): list_selector(accounts, "account", multiple=True),
        vol.Required(CONF_WATCH_REGISTRATION, default=True): BooleanSelector(),
    }
