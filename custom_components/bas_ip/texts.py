"""Names and sentences in Home Assistant's language."""

from collections.abc import Iterator, Mapping
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_load_integrations,
)
from homeassistant.util import dt as dt_util

from .connection import panel_url
from .const import DOMAIN
from .drift import (
    Cause,
    Change,
    ChangeType,
    Comparison,
    Setting,
    Values,
    same_value,
)
from .panel import Account

ACCOUNT_NUMBERS: Mapping[Account, str] = {Account.FIRST: "1", Account.SECOND: "2"}

# Where HTML begins, and the middle of a Markdown link or image.
MARKUP: Final = re.compile(r"<(?=[A-Za-z/!?])|\](?=\()")
WORD_JOINER: Final = "\u2060"


async def async_load_texts(hass: HomeAssistant) -> None:
    """Load the texts, for a flow that runs before the first panel is set up."""
    await async_load_integrations(hass, {DOMAIN})


def panel_name(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the name of a panel, as the user may have changed it."""
    if device := _device(hass, entry):
        return device.name_by_user or device.name or entry.title
    return entry.title


def panel_location(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the area and the address of a panel: panels may share a name."""
    address = panel_url(entry.data).host_port_subcomponent or ""
    device = _device(hass, entry)
    if device is None or device.area_id is None:
        return address
    area = ar.async_get(hass).async_get_area(device.area_id)
    return f"{area.name}, {address}" if area else address


def _device(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dr.DeviceEntry | None:
    """Return the device of a panel, None if it was never set up."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return devices[0] if devices else None


def setting_name(hass: HomeAssistant, setting: Setting) -> str:
    """Return the name of a setting."""
    return _text(hass, "selector", f"setting.options.{setting}")


def account_name(hass: HomeAssistant, account: Account) -> str:
    """Return the name of an account."""
    return _text(hass, "selector", f"account.options.{account}")


def same_as_text(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the option to expect the same settings as another panel."""
    return _text(hass, "common", "same_as", panel=panel_name(hass, entry))


def markdown_settings(hass: HomeAssistant, account: Account, values: Values) -> str:
    """Return the settings of an account as a list in Markdown, without the user ID."""
    lines = (
        f"- {setting_name(hass, setting)}: {markdown_value(hass, value)}"
        for setting, value in values.items()
        if setting is not Setting.USER_ID
    )
    return "\n".join((f"**{account_name(hass, account)}**", *lines))


def expectation_change(hass: HomeAssistant, change: Change) -> str:
    """Return a change of expected settings in one line, with the time."""
    time = dt_util.as_local(change.time).strftime("%Y-%m-%d %H:%M")
    assert change.account is not None
    lines = (
        _difference(
            hass,
            change.account,
            setting,
            _expected_text(hass, change.old.get(setting)),
            _expected_text(hass, change.new.get(setting)),
        )
        for setting in change.settings
    )
    return f"{time} {', '.join(lines)}"


def _expected_text(hass: HomeAssistant, value: str | None) -> str:
    """Return an expected value, or words in place of none."""
    if value is None:
        return _text(hass, "common", "not_compared")
    return value_text(hass, value)


def value_text(hass: HomeAssistant, value: str | None) -> str:
    """Return a value, or a word in place of an empty one."""
    return value or _text(hass, "common", "empty")


def markdown_value(hass: HomeAssistant, value: str | None) -> str:
    """Return a value as Markdown that only shows it, or what stands for none."""
    if value is None:
        return "-"
    if not value:
        return value_text(hass, value)
    return f"`{value.replace('`', "'")}`"


def difference(
    hass: HomeAssistant, account: Account, setting: Setting, comparison: Comparison
) -> str:
    """Return what is expected of a setting and what is there, in one line."""
    return _difference(
        hass,
        account,
        setting,
        value_text(hass, comparison.expected),
        value_text(hass, comparison.actual),
    )


def markdown_difference(
    hass: HomeAssistant, account: Account, setting: Setting, comparison: Comparison
) -> str:
    """Return the same line as Markdown."""
    return _difference(
        hass,
        account,
        setting,
        markdown_value(hass, comparison.expected),
        markdown_value(hass, comparison.actual),
    )


def _difference(
    hass: HomeAssistant, account: Account, setting: Setting, expected: str, actual: str
) -> str:
    """Return the line; a changed user ID, which may be a password, is not shown."""
    label = _text(
        hass,
        "common",
        "account_setting",
        account=ACCOUNT_NUMBERS[account],
        setting=_text(hass, "common", f"in_sentence_{setting}"),
    )
    if setting is Setting.USER_ID:
        return f"{label}: {_text(hass, 'common', 'changed')}"
    return f"{label}: {expected} → {actual}"


def change_attributes(
    hass: HomeAssistant, entry: ConfigEntry[Any], change: Change
) -> dict[str, Any]:
    """Return a change as the attributes of an entity."""
    return {
        "account": change.account.value if change.account else None,
        "settings": [setting.value for setting in change.settings],
        "old": dict(change.old),
        "new": dict(change.new),
        "expected": dict(change.expected),
        "cause": change.cause.value,
        "firmware": change.firmware,
        "message": change_message(hass, panel_name(hass, entry), change),
    }


def change_message(hass: HomeAssistant, panel: str, change: Change) -> str:
    """Return a change as one sentence, which begins with the panel's name.

    Phones show it as it is. Persistent notifications render Markdown, so an invisible
    character breaks up links, images and HTML.
    """
    sentence = f"{panel}: {'; '.join(_clauses(hass, change))}"
    return MARKUP.sub(rf"\g<0>{WORD_JOINER}", sentence)


def _clauses(hass: HomeAssistant, change: Change) -> Iterator[str]:
    """Yield the parts of the sentence, one for each setting where there are several."""
    account = ACCOUNT_NUMBERS[change.account] if change.account else ""
    if change.type is ChangeType.DRIFT_RESOLVED:
        yield _text(hass, "common", "message_drift_resolved", account=account)
    elif change.settings:
        for setting in change.settings:
            yield _text(
                hass,
                "common",
                _setting_key(change, setting),
                account=account,
                setting=_text(hass, "common", f"in_sentence_{setting}"),
                **_values(hass, change, setting),
            )
    elif change.type is ChangeType.FIRMWARE_UPDATED:
        yield _text(
            hass, "common", "message_firmware", **_values(hass, change, "firmware")
        )
    else:
        kind = "account" if change.account else "panel"
        yield _text(hass, "common", f"message_{kind}_{change.type}", account=account)


def _setting_key(change: Change, setting: Setting) -> str:
    """Return the key of the sentence about one setting of a change."""
    new, expected = change.new.get(setting), change.expected.get(setting)
    if change.type is ChangeType.EXPECTATION_UPDATED and new is None:
        return "message_not_compared"
    if setting is Setting.USER_ID:
        # It may be a password: what it is, or should be, is in no change.
        is_by_panel = change.cause is Cause.PANEL
        return "message_user_id_changed" if is_by_panel else "message_user_id_expected"
    if change.type is ChangeType.EXPECTATION_UPDATED:
        return "message_expected"
    if change.type is ChangeType.SETTINGS_CHANGED:
        return "message_changed"
    if expected is None:
        return "message_not_compared"
    if same_value(setting, new, expected, change.transport):
        return "message_setting_resolved"
    return "message_drifted"


def _values(hass: HomeAssistant, change: Change, name: str) -> dict[str, str]:
    """Return the old, new and expected value for a sentence."""
    return {
        "old": value_text(hass, change.old.get(name)),
        "new": value_text(hass, change.new.get(name)),
        "expected": value_text(hass, change.expected.get(name)),
    }


def _text(hass: HomeAssistant, category: str, key: str, **values: str) -> str:
    """Return a text in Home Assistant's language, with its placeholders filled in."""
    # A language that was chosen just now is still being loaded.
    texts = async_get_cached_translations(
        hass, hass.config.language, category, DOMAIN
    ) or async_get_cached_translations(hass, "en", category, DOMAIN)
    return texts[f"component.{DOMAIN}.{category}.{key}"].format_map(values)
