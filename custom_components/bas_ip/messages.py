"""Names and sentences in Home Assistant's language."""

from collections.abc import Callable, Iterable, Iterator, Mapping
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .connection import panel_url
from .const import DOMAIN
from .drift.changes import Cause, Change, ChangeType
from .drift.compare import Comparison, Comparisons, drifted, unknown
from .drift.state import Failure, PanelState
from .panel.models import Account, Holder, PanelInfo, Setting, Settings

ACCOUNT_NUMBERS: Final[Mapping[Holder, str]] = {
    None: "",
    Account.FIRST: "1",
    Account.SECOND: "2",
}

# Where HTML or the rest of a web address begins, and the middle of a Markdown link.
_MARKUP: Final = re.compile(r"<(?=[A-Za-z/!?])|\](?=\()|:(?=//)|(?i:www)(?=\.)")
_WORD_JOINER: Final = "\u2060"


def panel_device(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dr.DeviceEntry | None:
    """Return the device of a panel, None if it was never set up."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return devices[0] if devices else None


def panel_name(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the name of a panel, with its place if another panel has the same one."""
    name = _plain(entry.title)
    panels = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    if [panel.title for panel in panels].count(entry.title) > 1:
        return f"{name} ({panel_location(hass, entry)})"
    return name


def panel_title(info: PanelInfo) -> str:
    """Return the name that a panel gives itself, or its model."""
    return info.name or info.model or "BAS-IP"


def panel_area(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str | None:
    """Return the name of the area in which a panel is."""
    device = panel_device(hass, entry)
    if device is None or device.area_id is None:
        return None
    area = ar.async_get(hass).async_get_area(device.area_id)
    return area.name if area else None


def panel_location(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the area and the address of a panel."""
    address = str(panel_url(entry.data).host_port_subcomponent)
    area = panel_area(hass, entry)
    return f"{area}, {address}" if area else address


def account_name(hass: HomeAssistant, account: Account) -> str:
    """Return the name of an account."""
    return _text(hass, "selector", f"account.options.{account}")


def setting_name(hass: HomeAssistant, setting: Setting) -> str:
    """Return the name of a setting."""
    return _text(hass, "selector", f"setting.options.{setting}")


def value_text(hass: HomeAssistant, value: str | None) -> str:
    """Return a value that shows no markup, or a word in place of none."""
    if value:
        return _plain(value)
    return _text(hass, "common", "not_known" if value is None else "not_set")


def markdown_value(hass: HomeAssistant, value: str | None) -> str:
    """Return a value as Markdown that only shows it, or a word in place of none."""
    return f"`{value.replace('`', "'")}`" if value else value_text(hass, value)


def account_line(
    hass: HomeAssistant,
    account: Account,
    settings: Settings,
    panels_alike: Iterable[str] = (),
) -> str:
    """Return an account in one line: "202 @ pbx.example, UDP, 60 s, as Yard"."""
    user = markdown_value(hass, settings[Setting.USER])
    server = settings[Setting.PROXY] or settings[Setting.REALM]
    server = server and server.removeprefix("sip:")
    interval, panels = settings[Setting.REGISTRATION_INTERVAL], ", ".join(panels_alike)
    rest = [
        (settings[Setting.TRANSPORT] or "").upper(),
        f"{interval} s" if interval else "",
        _text(hass, "common", "as_panels", panels=panels) if panels else "",
    ]
    parts = [f"{user} @ {markdown_value(hass, server)}", *map(_plain, rest)]
    return f"**{account_name(hass, account)}**: {', '.join(filter(None, parts))}"


def difference(
    hass: HomeAssistant,
    account: Holder,
    setting: Setting,
    old: str | None,
    new: str | None,
    *,
    markdown: bool = False,
) -> str:
    """Return what a setting should be, or was, and what it is, in one line."""
    show = markdown_value if markdown else value_text
    return f"{_label(hass, account, setting)}: {show(hass, old)} → {show(hass, new)}"


def comparison_line(
    hass: HomeAssistant,
    account: Account,
    setting: Setting,
    comparison: Comparison,
    *,
    markdown: bool = False,
) -> str:
    """Return what is expected of a setting and what is there, in one line."""
    old, new = comparison.expected, comparison.last_known
    return difference(hass, account, setting, old, new, markdown=markdown)


def expectation_line(hass: HomeAssistant, change: Change) -> str:
    """Return a change of expected settings in one line, with the time."""
    time = dt_util.as_local(change.time).strftime("%Y-%m-%d %H:%M")
    return f"{time} {'; '.join(_expectation_parts(hass, change))}"


def problem_lines(
    hass: HomeAssistant, state: PanelState, *, watch_registration: bool
) -> list[str]:
    """Return one line for each thing that is wrong with a panel."""
    lines = [_failure_line(hass, *failure) for failure in state.failures.items()]
    for account, account_state in state.accounts.items():
        lines += _comparison_problems(hass, account, account_state.comparisons)
    if watch_registration:
        lines += [
            _registration_line(hass, holder, state.registrations[holder].last_known)
            for holder in state.lost_registrations()
        ]
    return lines


def _comparison_problems(
    hass: HomeAssistant, account: Account, comparisons: Comparisons
) -> Iterator[str]:
    for setting, comparison in drifted(comparisons).items():
        yield comparison_line(hass, account, setting, comparison)
    for setting in unknown(comparisons):
        yield f"{_label(hass, account, setting)}: {value_text(hass, None)}"


def change_attributes(
    hass: HomeAssistant, entry: ConfigEntry[Any], change: Change
) -> dict[str, Any]:
    """Return a change as the attributes of an entity."""
    name = panel_name(hass, entry)
    type_text = _event_text(hass, f"event_type.state.{change.type}")
    what = "; ".join(_PARTS[change.type](hass, change)) or type_text
    can_accept = change.type in (ChangeType.DRIFT_DETECTED, ChangeType.DRIFT_CHANGED)
    return {
        "account": change.account.value if change.account else None,
        "settings": [setting.value for setting in change.settings],
        "old": dict(change.old),
        "new": dict(change.new),
        "expected": dict(change.expected),
        "cause": change.cause.value,
        "firmware": change.firmware,
        "since": change.since,
        "number": change.number,
        "title": f"{_plain(_name_and_area(hass, entry))}: {type_text}",
        "message": f"{_plain(name)}: {what}",
        "accept": _text(hass, "common", "accept") if can_accept else None,
        "drift_entity": _drift_entity(hass, entry, change.account),
    }


def _name_and_area(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    name, area = panel_name(hass, entry), panel_area(hass, entry)
    # The name of one of two panels has its place already.
    return f"{name}, {area}" if area and name == _plain(entry.title) else name


def _failure_line(hass: HomeAssistant, holder: Holder, failure: Failure) -> str:
    text = _text(hass, "exceptions", f"{failure.key}.message", error="")
    # The error itself is for the log, and in English.
    text = text.partition(":")[0].strip()
    return f"{account_name(hass, holder)}: {text}" if holder else text


def _drift_parts(hass: HomeAssistant, change: Change) -> Iterator[str]:
    """Yield what is expected and what is there now, or that a drift has ended."""
    if change.cause is Cause.EXPECTATION:
        yield _text(hass, "common", "expectation_only")
    for setting in change.settings:
        expected, new = change.expected.get(setting), change.new.get(setting)
        if setting in change.ended:
            key = "not_compared" if expected is None else "as_expected_again"
            label = _label(hass, change.account, setting)
            yield f"{label}: {_text(hass, 'common', key)}"
        else:
            yield difference(hass, change.account, setting, expected, new)


def _expectation_parts(hass: HomeAssistant, change: Change) -> Iterator[str]:
    """Yield what was expected before, and what is expected now."""
    for setting in change.settings:
        old = _expected_text(hass, change.old.get(setting))
        new = _expected_text(hass, change.new.get(setting))
        yield difference(hass, change.account, setting, old, new)


def _expected_text(hass: HomeAssistant, value: str | None) -> str:
    return _text(hass, "common", "not_compared") if value is None else value


def _expectation_change_parts(hass: HomeAssistant, change: Change) -> Iterator[str]:
    parts = "; ".join(_expectation_parts(hass, change))
    yield _text(hass, "common", "expected", what=parts)


def _settings_parts(hass: HomeAssistant, change: Change) -> Iterator[str]:
    for setting in change.settings:
        before, after = change.old.get(setting), change.new.get(setting)
        yield difference(hass, change.account, setting, before, after)


def _firmware_parts(hass: HomeAssistant, change: Change) -> Iterator[str]:
    old = value_text(hass, change.old.get("firmware"))
    new = value_text(hass, change.new.get("firmware"))
    yield f"{_event_text(hass, 'firmware.name')}: {old} → {new}"


def _registration_parts(hass: HomeAssistant, change: Change) -> Iterator[str]:
    yield _registration_line(hass, change.account, change.new.get("registration"))


def _outage_parts(hass: HomeAssistant, change: Change) -> Iterator[str]:
    if status := change.new.get("status"):
        yield _text(hass, "entity", f"sensor.status.state.{status}")


# Without any, the type of the change says it all.
_PARTS: Final[Mapping[ChangeType, Callable[[HomeAssistant, Change], Iterator[str]]]] = {
    ChangeType.DRIFT_CHANGED: _drift_parts,
    ChangeType.DRIFT_DETECTED: _drift_parts,
    ChangeType.DRIFT_RESOLVED: _drift_parts,
    ChangeType.EXPECTATION_UPDATED: _expectation_change_parts,
    ChangeType.FIRMWARE_UPDATED: _firmware_parts,
    ChangeType.PANEL_REACHABLE: _outage_parts,
    ChangeType.PANEL_UNREACHABLE: _outage_parts,
    ChangeType.REGISTRATION_LOST: _registration_parts,
    ChangeType.REGISTRATION_RESTORED: _registration_parts,
    ChangeType.SETTINGS_CHANGED: _settings_parts,
}


def _registration_line(hass: HomeAssistant, holder: Holder, status: str | None) -> str:
    key = "account_sip_status" if holder else "sip_status"
    name = _text(hass, "entity", f"sensor.{key}.name", account=ACCOUNT_NUMBERS[holder])
    return f"{name}: {_text(hass, 'entity', f'sensor.{key}.state.{status}')}"


def _label(hass: HomeAssistant, account: Holder, setting: Setting) -> str:
    """Return the name of a setting with its account, as in the middle of a sentence."""
    return _text(
        hass,
        "common",
        "account_setting",
        account=ACCOUNT_NUMBERS[account],
        setting=_text(hass, "common", f"in_sentence_{setting}"),
    )


def _drift_entity(
    hass: HomeAssistant, entry: ConfigEntry[Any], account: Holder
) -> str | None:
    unique_id = f"{entry.unique_id}_{account}_account_drift"
    return er.async_get(hass).async_get_entity_id("binary_sensor", DOMAIN, unique_id)


def _plain(text: str) -> str:
    """Return a text that shows no markup.

    Notifications and cards render Markdown, so an invisible character breaks up links,
    images and HTML.
    """
    return _MARKUP.sub(rf"\g<0>{_WORD_JOINER}", text)


def _event_text(hass: HomeAssistant, key: str) -> str:
    return _text(hass, "entity", f"event.sip_events.state_attributes.{key}")


def _text(hass: HomeAssistant, category: str, key: str, **values: str) -> str:
    """Return a text in Home Assistant's language, with its placeholders filled in."""
    key = f"component.{DOMAIN}.{category}.{key}"
    texts = async_get_cached_translations(hass, hass.config.language, category, DOMAIN)
    if key not in texts:
        # A language that was chosen just now is still being loaded.
        texts = async_get_cached_translations(hass, "en", category, DOMAIN)
    return texts[key].format_map(values)
