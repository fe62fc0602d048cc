"""The form for the expected settings of an account."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
import voluptuous as vol

from ..drift import (
    CONF_IGNORED,
    Expectation,
    Setting,
    Values,
    account_settings,
    expectation,
    with_expected,
    with_ignored,
)
from ..panel import Account
from ..texts import markdown_value, setting_name

SELECTORS: Final[Mapping[Setting, Selector[Any]]] = {
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


def editable_settings(account: Account) -> list[Setting]:
    """Return the settings of an account that can be shown and typed.

    The user ID cannot: it may hold a password.
    """
    return [
        setting
        for setting in account_settings(account)
        if setting is not Setting.USER_ID
    ]


def settings_schema(account: Account) -> vol.Schema:
    """Return the form for an account."""
    fields: dict[vol.Marker, Any] = {
        vol.Optional(setting.value): SELECTORS.get(setting, TextSelector())
        for setting in editable_settings(account)
    }
    fields[vol.Optional(CONF_IGNORED, default=[])] = SelectSelector(
        SelectSelectorConfig(
            options=[str(setting) for setting in account_settings(account)],
            multiple=True,
            translation_key="setting",
        )
    )
    return vol.Schema(fields)


def settings_suggestions(shown: Expectation) -> dict[str, Any]:
    """Return what the form shows at first."""
    return {
        **{setting.value: value for setting, value in shown.values.items()},
        CONF_IGNORED: list(shown.ignored),
    }


def settings_placeholders(
    hass: HomeAssistant, shown: Expectation, current: Values
) -> dict[str, str]:
    """Return what the panel has now, and what is expected to be empty."""
    empty = (
        setting_name(hass, setting)
        for setting, value in shown.values.items()
        if not value
    )
    return {
        "empty": ", ".join(empty) or "-",
        **{
            setting.value: markdown_value(hass, current.get(setting))
            for setting in Setting
            if setting is not Setting.USER_ID
        },
    }


def with_edited(
    options: Mapping[str, Any],
    account: Account,
    shown: Expectation,
    user_input: Mapping[str, Any],
) -> dict[str, Any]:
    """Return options with what the user has changed in the form."""
    result = dict(options)
    changed: dict[Setting, str | None] = {}
    for setting in editable_settings(account):
        value = user_input.get(setting, "")
        text = str(int(value)) if isinstance(value, float) else value.strip()
        if text != shown.values.get(setting, ""):
            changed[setting] = text or None
    if changed:
        result = with_expected(result, account, changed)
    return _with_ignored(result, account, set(shown.ignored), user_input[CONF_IGNORED])


def _with_ignored(
    options: dict[str, Any],
    account: Account,
    shown: set[Setting],
    selected: Collection[str],
) -> dict[str, Any]:
    """Return options with what the user has changed in the ignored settings."""
    ignored = set(map(Setting, selected))
    if ignored == shown:
        return options
    removed = shown - ignored
    added = ignored - shown
    now = set(expectation(options, account).ignored)
    return with_ignored(options, account, (now - removed) | added)
