"""What the tests of the options share."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry


async def open_step(
    hass: HomeAssistant, entry: MockConfigEntry, step: str
) -> ConfigFlowResult:
    """Open the options and choose an item of the menu."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "init"
    return await submit(hass, result, {"next_step_id": step})


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, user_input: dict[str, Any]
) -> ConfigFlowResult:
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], user_input
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def watch_first_too(
    hass: HomeAssistant, entry: MockConfigEntry
) -> ConfigFlowResult:
    """Let a panel of which the second account is watched watch the first one, too."""
    result = await open_step(hass, entry, "polling")
    user_input = suggested(result) | {"accounts": ["first", "second"]}
    result = await submit(hass, result, user_input)
    assert result["step_id"] == "nothing_expected"
    assert placeholders(result) == {
        "panel": label(entry),
        "account": "First account",
    }
    return result


def placeholders(result: ConfigFlowResult) -> dict[str, str]:
    return dict(result["description_placeholders"] or {})


def label(entry: MockConfigEntry, place: str = "") -> str:
    """Return how a panel is named in the forms."""
    return f"{entry.title} ({place}{entry.data['host']}:{entry.data['port']})"


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return the suggested values of a form, of the fields that have one."""
    schema = result["data_schema"]
    assert schema
    return {
        str(key): key.description["suggested_value"]
        for key in schema.schema
        if key.description
    }


def selectable(result: ConfigFlowResult, field: str) -> list[Any]:
    """Return what can be selected in a field."""
    schema = result["data_schema"]
    assert schema
    options: list[Any] = schema.schema[field].config["options"]
    return options
