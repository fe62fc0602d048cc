"""The question what to expect of an account: its own settings, or another panel's."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..connection import async_read_account
from ..const import DOMAIN
from ..coordinator import BasIpConfigEntry
from ..drift import (
    PERSONAL_SETTINGS,
    Values,
    account_values,
    expectation,
    with_expected,
)
from ..panel import Account, PanelConnectionError
from ..texts import panel_name, same_as_text

CONF_EXPECT: Final = "expect"
EXPECT_CURRENT: Final = "current"
EXPECT_NOTHING: Final = "nothing"


@callback
def other_panels(
    hass: HomeAssistant, entry: ConfigEntry[Any] | None = None
) -> list[ConfigEntry[Any]]:
    """Return the panels besides that of a config entry."""
    return [
        other
        for other in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if other is not entry
    ]


def panels_with_expectation(
    entries: Iterable[ConfigEntry[Any]], accounts: Iterable[Account]
) -> list[ConfigEntry[Any]]:
    """Return the panels that expect something of one of these accounts."""
    accounts = tuple(accounts)
    return [
        entry
        for entry in entries
        if any(expectation(entry.options, account).values for account in accounts)
    ]


def panel_options(
    hass: HomeAssistant, entries: Iterable[ConfigEntry[Any]]
) -> list[SelectOptionDict]:
    """Return panels to choose from."""
    return [
        SelectOptionDict(value=entry.entry_id, label=panel_name(hass, entry))
        for entry in entries
    ]


def expect_selector(
    hass: HomeAssistant, panels: Iterable[ConfigEntry[Any]]
) -> SelectSelector:
    """Return what to expect to choose from."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                # Their texts are those of the translation key.
                SelectOptionDict(value=EXPECT_CURRENT, label=EXPECT_CURRENT),
                *(
                    SelectOptionDict(
                        value=panel.entry_id, label=same_as_text(hass, panel)
                    )
                    for panel in panels
                ),
                SelectOptionDict(value=EXPECT_NOTHING, label=EXPECT_NOTHING),
            ],
            mode=SelectSelectorMode.LIST,
            translation_key="expect",
        )
    )


@callback
def with_choice(
    hass: HomeAssistant,
    options: Mapping[str, Any],
    choice: str,
    current: Mapping[Account, Values],
) -> dict[str, Any]:
    """Return options that expect of these accounts what the user has chosen."""
    result = dict(options)
    if choice == EXPECT_NOTHING:
        return result
    for account, values in current.items():
        expected = values
        if choice != EXPECT_CURRENT:
            panel = hass.config_entries.async_get_known_entry(choice)
            expected = shared_expectation(panel, account)
            if expected:
                personal = {setting: values[setting] for setting in PERSONAL_SETTINGS}
                expected = {**personal, **expected}
        result = with_expected(result, account, expected)
    return result


def shared_expectation(entry: ConfigEntry[Any], account: Account) -> Values:
    """Return what a panel expects of an account, without user and user ID."""
    return {
        setting: value
        for setting, value in expectation(entry.options, account).values.items()
        if setting not in PERSONAL_SETTINGS
    }


async def async_current_values(
    entry: BasIpConfigEntry, data: Mapping[str, Any], account: Account
) -> Values:
    """Read an account that is not watched yet; the data says where it is.

    Raises PanelError if it cannot be read.
    """
    if (
        entry.state is not ConfigEntryState.LOADED
        or not entry.runtime_data.last_update_success
    ):
        raise PanelConnectionError("The panel cannot be reached")
    return account_values(
        account, await async_read_account(data, entry.runtime_data.client, account)
    )
