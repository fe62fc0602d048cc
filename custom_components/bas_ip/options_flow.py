"""Options flow for the BAS-IP integration."""

from collections.abc import Collection, Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigEntry,
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
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
import voluptuous as vol

from .const import (
    CONF_ACCOUNTS,
    CONF_SECOND_ACCOUNT_PATH,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from .drift import (
    CONF_IGNORED,
    PERSONAL_SETTINGS,
    Setting,
    account_settings,
    expectation,
    with_expected,
    with_ignored,
)
from .panel import Account
from .texts import setting_name

CONF_ACCOUNT = "account"
CONF_PANEL = "panel"
CONF_WITH_USER = "with_user"

SELECTORS: Mapping[Setting, Selector[Any]] = {
    Setting.REGISTRATION_INTERVAL: NumberSelector(
        NumberSelectorConfig(
            min=0,
            max=86400,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=UnitOfTime.SECONDS,
        )
    ),
    Setting.TRANSPORT: SelectSelector(
        SelectSelectorConfig(options=["udp", "tcp", "tls"], custom_value=True)
    ),
}


def _editable(account: Account) -> list[Setting]:
    """Return the settings of an account that can be shown and typed.

    The user ID cannot: it may hold a password.
    """
    return [
        setting
        for setting in account_settings(account)
        if setting is not Setting.USER_ID
    ]


class BasIpOptionsFlow(OptionsFlowWithReload):
    """Handle the options of a panel.

    Each step writes only what the user has changed in it, into the options as they are
    by then: a drift may be accepted while the form is open.
    """

    _account: Account
    _shown: Mapping[Setting, str]
    _shown_ignored: Collection[Setting]

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
        """Return the panels whose expected settings can be copied."""
        return [
            entry
            for entry in self.hass.config_entries.async_entries(
                DOMAIN, include_ignore=False
            )
            if entry is not self.config_entry
            and any(
                expectation(entry.options, account).values for account in self._accounts
            )
        ]

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what can be set."""
        return self.async_show_menu(
            step_id="init",
            menu_options=[
                "polling",
                "expected",
                *(["copy"] if self._other_panels else []),
            ],
            description_placeholders={
                "count": str(
                    sum(
                        len(expectation(self._options, account).values)
                        for account in self._accounts
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
                return self.async_create_entry(data={**self._options, **changed})
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

    async def async_step_expected(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose the account whose expected settings are edited."""
        accounts = self._accounts
        if user_input is not None or len(accounts) == 1:
            self._account = Account((user_input or {}).get(CONF_ACCOUNT, accounts[0]))
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
            return self.async_create_entry(data=self._edited(user_input))
        self._shown = expectation(self._options, self._account).values
        self._shown_ignored = expectation(self._options, self._account).ignored
        schema: dict[vol.Marker, Any] = {
            vol.Optional(setting.value): SELECTORS.get(setting, TextSelector())
            for setting in _editable(self._account)
        }
        schema[vol.Optional(CONF_IGNORED, default=[])] = SelectSelector(
            SelectSelectorConfig(
                options=[str(setting) for setting in account_settings(self._account)],
                multiple=True,
                translation_key="setting",
            )
        )
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(schema),
                {
                    **{str(s): value for s, value in self._shown.items()},
                    CONF_IGNORED: self._shown_ignored,
                },
            ),
            description_placeholders={
                "empty": ", ".join(
                    setting_name(self.hass, setting)
                    for setting, value in self._shown.items()
                    if not value
                )
                or "-"
            },
        )

    def _edited(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options with what the user has changed."""
        changed: dict[Setting, str | None] = {}
        for setting in _editable(self._account):
            value = user_input.get(setting, "")
            text = str(int(value)) if isinstance(value, float) else value.strip()
            if text != self._shown.get(setting, ""):
                changed[setting] = text or None
        options = dict(self._options)
        if changed:
            options = with_expected(options, self._account, changed)
        ignored, shown = set(user_input[CONF_IGNORED]), set(self._shown_ignored)
        if ignored != shown:
            before = set(expectation(options, self._account).ignored)
            options = with_ignored(
                options, self._account, before - (shown - ignored) | (ignored - shown)
            )
        return options

    async def async_step_copy(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Copy the expected settings of another panel."""
        if user_input is not None:
            other = self.hass.config_entries.async_get_known_entry(
                user_input[CONF_PANEL]
            )
            options: dict[str, Any] = {**self._options}
            for account in self._accounts:
                expected = expectation(other.options, account).values
                options = with_expected(
                    options,
                    account,
                    {
                        Setting(setting): value
                        for setting, value in expected.items()
                        if user_input[CONF_WITH_USER]
                        or setting not in PERSONAL_SETTINGS
                    },
                )
            return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="copy",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_PANEL): SelectSelector(
                        SelectSelectorConfig(
                            options=[
                                SelectOptionDict(
                                    value=entry.entry_id, label=entry.title
                                )
                                for entry in self._other_panels
                            ]
                        )
                    ),
                    vol.Required(CONF_WITH_USER, default=False): BooleanSelector(),
                }
            ),
        )
