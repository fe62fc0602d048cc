"""What is asked about the expected settings of an account, in the flows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
import voluptuous as vol

from .connection import account_paths
from .const import DOMAIN
from .coordinator import BasIpConfigEntry
from .drift.compare import NOTHING_KNOWN, Comparisons, Expected, Status, gravest
from .drift.expected import PERSONAL_SETTINGS, expected_settings, with_expected
from .messages import (
    account_name,
    markdown_value,
    panel_area,
    panel_location,
    setting_name,
    value_text,
)
from .panel.models import (
    ACCOUNT_SETTINGS,
    Account,
    JsonObject,
    Setting,
    Settings,
    text_field,
)

CONF_CHANGE: Final = "change"
CONF_EXPECT: Final = "expect"
CONF_PANEL: Final = "panel"
CONF_PANELS: Final = "panels"
EXPECT_CURRENT: Final = "current"
EXPECT_NOTHING: Final = "nothing"
EXPECT_OTHER: Final = "other"

# Without limits: whatever a panel has can be expected of it.
SELECTORS: Final[Mapping[Setting, Selector[Any]]] = {
    Setting.REGISTRATION_INTERVAL: TextSelector(
        TextSelectorConfig(suffix=UnitOfTime.SECONDS)
    ),
    Setting.TRANSPORT: SelectSelector(
        SelectSelectorConfig(options=["udp", "tcp", "tls"], custom_value=True)
    ),
}


# What comes of applying expected settings to another panel.
_OUTCOMES: Final = {
    Status.DRIFTED: "drifted",
    Status.IN_SYNC: "as_expected",
    Status.NOT_COMPARED: "not_comparable",
    Status.UNKNOWN: "not_comparable",
}


class FormError(Exception):
    """Something that the user has to correct; its text is its translation key."""


@callback
def other_panels(
    hass: HomeAssistant, entry: ConfigEntry[Any] | None = None
) -> list[ConfigEntry[Any]]:
    """Return the panels besides that of a config entry."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return [other for other in entries if other is not entry]


@callback
def panels_to_share(
    hass: HomeAssistant,
    accounts: Collection[Account],
    entry: ConfigEntry[Any] | None = None,
) -> list[ConfigEntry[Any]]:
    """Return the other panels that expect something of one of these accounts."""
    return [
        other
        for other in other_panels(hass, entry)
        if any(shared_expectation(other, account) for account in accounts)
    ]


def panel_label(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return a panel with its place; the address tells those of one name apart."""
    return f"{value_text(hass, entry.title)} ({panel_location(hass, entry)})"


def panel_options(
    hass: HomeAssistant, entries: Iterable[ConfigEntry[Any]]
) -> list[SelectOptionDict]:
    """Return panels to choose from, by place and name, those without a place last."""

    def place(entry: ConfigEntry[Any]) -> tuple[bool, str, str]:
        area = panel_area(hass, entry) or ""
        return not area, area.casefold(), entry.title.casefold()

    return [
        SelectOptionDict(value=entry.entry_id, label=panel_label(hass, entry))
        for entry in sorted(entries, key=place)
    ]


def list_selector(
    options: Sequence[SelectOptionDict] | Sequence[str],
    translation_key: str = "",
    *,
    multiple: bool = False,
) -> SelectSelector:
    """Return a selector that shows all options."""
    return SelectSelector(
        SelectSelectorConfig(
            options=options,
            mode=SelectSelectorMode.LIST,
            multiple=multiple,
            translation_key=translation_key,
        )
    )


def expect_schema(
    hass: HomeAssistant, panels: Iterable[ConfigEntry[Any]]
) -> dict[vol.Marker, Any]:
    """Return the fields that ask what to expect, and the same as which panel."""
    options = panel_options(hass, panels)
    choices = [EXPECT_CURRENT, *([EXPECT_OTHER] if options else []), EXPECT_NOTHING]
    fields: dict[vol.Marker, Any] = {
        vol.Required(CONF_EXPECT, default=EXPECT_CURRENT): list_selector(
            choices, CONF_EXPECT
        )
    }
    if options:
        fields[vol.Required(CONF_PANEL, default=options[0]["value"])] = SelectSelector(
            SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
        )
    return fields


def still_offered(
    user_input: Mapping[str, Any] | None, panels: Collection[ConfigEntry[Any]]
) -> Mapping[str, Any]:
    """Return what was typed, but not as which panel if there is none any more."""
    typed = dict(user_input or {})
    if not panels and typed.get(CONF_EXPECT) == EXPECT_OTHER:
        del typed[CONF_EXPECT]
    return typed


@callback
def with_choice(
    hass: HomeAssistant,
    options: Mapping[str, Any],
    user_input: Mapping[str, Any],
    current: Mapping[Account, Settings],
) -> dict[str, Any]:
    """Return options that expect of these accounts what the user has chosen.

    User and user ID always are the panel's own. Raises FormError if the chosen panel
    was removed, or expects nothing that could be shared of one of the accounts.
    """
    result = dict(options)
    choice = user_input[CONF_EXPECT]
    if choice == EXPECT_NOTHING:
        return result
    for account, settings in current.items():
        expected = dict(settings)
        if choice == EXPECT_OTHER:
            shared = _chosen_expectation(hass, user_input[CONF_PANEL], account)
            own = {each: settings[each] for each in PERSONAL_SETTINGS}
            expected = {**own, **shared}
        result = with_expected(result, account, expected)
    return result


def _chosen_expectation(
    hass: HomeAssistant, entry_id: str, account: Account
) -> Settings:
    """Return what a chosen panel expects of an account."""
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is None:
        raise FormError("panel_removed")
    if not (shared := shared_expectation(entry, account)):
        raise FormError("nothing_shared")
    return shared


def shared_expectation(entry: ConfigEntry[Any], account: Account) -> Settings:
    """Return what a panel expects of an account, without user and user ID."""
    return {
        setting: value
        for setting, value in expected_settings(entry.options, account).items()
        if setting not in PERSONAL_SETTINGS
    }


def shared_expectations(entry: ConfigEntry[Any]) -> dict[Account, Settings]:
    """Return what a panel expects of the accounts that it watches, for other panels."""
    expected = {
        account: shared_expectation(entry, account)
        for account in account_paths(entry.data, entry.options)
    }
    return {account: settings for account, settings in expected.items() if settings}


@callback
def async_apply(shared: Mapping[Account, Settings], other: BasIpConfigEntry) -> str:
    """Expect this of another panel, as far as it watches these accounts.

    Returns what has come of it.
    """
    accounts = shared.keys() & account_paths(other.data, other.options)
    if not accounts or other.state is not ConfigEntryState.LOADED:
        return "left_out"
    options: Mapping[str, Any] = other.options
    for account in accounts:
        options = with_expected(options, account, shared[account])
    coordinator = other.runtime_data
    coordinator.async_set_options(options)
    if coordinator.data.failures.keys() & {None, *accounts}:
        return "not_comparable"
    states = coordinator.data.accounts
    return _OUTCOMES[gravest(states[account].status for account in accounts)]


def typed_settings(account: Account) -> list[Setting]:
    """Return the settings that can be typed: of the user ID there is only a digest."""
    settings = ACCOUNT_SETTINGS[account]
    return [setting for setting in settings if setting is not Setting.USER_ID]


def settings_fields(account: Account) -> dict[vol.Marker, Any]:
    """Return the fields for an account."""
    return {
        vol.Optional(setting.value): SELECTORS.get(setting, TextSelector())
        for setting in typed_settings(account)
    }


def settings_placeholders(
    hass: HomeAssistant, account: Account, shown: Expected, comparisons: Comparisons
) -> dict[str, str]:
    """Return the account, what is expected to be empty, and what the panel has now."""
    unset = [
        setting_name(hass, setting) for setting, value in shown.items() if not value
    ]
    actual = {
        setting.value: comparisons.get(setting, NOTHING_KNOWN).actual
        for setting in typed_settings(account)
    }
    return {
        "account": account_name(hass, account),
        "unset": ", ".join(unset) or "-",
        **{name: markdown_value(hass, value) for name, value in actual.items()},
    }


def with_edited(
    options: Mapping[str, Any],
    account: Account,
    shown: Expected,
    user_input: Mapping[str, Any],
) -> dict[str, Any]:
    """Return options with what the user has changed in the form."""
    # What is typed is cleaned as what the panel sends.
    stripped: JsonObject = {key: user_input.get(key, "").strip() for key in Setting}
    typed = {key: text_field(stripped, key) for key in typed_settings(account)}
    changed = {
        setting: text or None
        for setting, text in typed.items()
        if text != shown.get(setting, "")
    }
    return with_expected(options, account, changed)
