"""Names and sentences in Home Assistant's language."""

from collections.abc import Iterator, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.translation import async_get_cached_translations

from .connection import panel_url
from .const import DOMAIN
from .drift import Cause, Change, ChangeType, Comparison, Setting, same_value
from .panel import Account

ACCOUNT_NUMBERS: Mapping[Account, str] = {Account.FIRST: "1", Account.SECOND: "2"}


def panel_name(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the name of a panel, as the user may have changed it."""
    if device := _device(hass, entry):
        return device.name_by_user or device.name or entry.title
    return entry.title


def panel_location(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the area and the address of a panel: several may have one name."""
    address = panel_url(entry.data).host_port_subcomponent or ""
    device = _device(hass, entry)
    if device is None or device.area_id is None:
        return address
    area = ar.async_get(hass).async_get_area(device.area_id)
    return f"{area.name}, {address}" if area else address


def _device(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dr.DeviceEntry | None:
    """Return the device of a panel, None if it was never set up."""
    return dr.async_get(hass).async_get_device(
        identifiers={(DOMAIN, str(entry.unique_id))}
    )


def setting_name(hass: HomeAssistant, setting: Setting) -> str:
    """Return the name of a setting."""
    return _text(hass, "selector", f"setting.options.{setting}")


def value_text(hass: HomeAssistant, value: str | None) -> str:
    """Return a value, or a word in place of an empty one."""
    return value or _text(hass, "common", "empty")


def as_code(value: str | None) -> str:
    """Return a value from a panel as Markdown that only shows it."""
    return f"`{value.replace('`', "'")}`" if value else "-"


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


def markdown_value(hass: HomeAssistant, value: str | None) -> str:
    """Return a value as Markdown; an empty one is not the same as an unknown one."""
    return value_text(hass, value) if value == "" else as_code(value)


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
    """Return a change as one sentence, which begins with the panel's name."""
    return f"{panel}: {'; '.join(_clauses(hass, change))}"


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
    if same_value(setting, new, expected):
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
