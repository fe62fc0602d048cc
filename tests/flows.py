"""What the tests of the config flow and of the options share."""

from typing import Any

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from simulator import SimulatedPanel

from .conftest import entry_like, state_of

SECOND_PATH = "device/sip/settings/second"
HIDDEN_PATH = "device/sip/account-b"

type Form = dict[str, Any]


def form_of(panel: SimulatedPanel, **advanced: Any) -> Form:
    """Return what a user types to set a panel up."""
    return {
        "host": f"{panel.host}:{panel.port}",
        "username": "admin",
        "password": panel.password,
        "advanced": {"verify_ssl": False, **advanced},
    }


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, user_input: Form
) -> ConfigFlowResult:
    """Fill a form of a flow or of the options in, and wait while the panel is read."""
    is_set_up = result["handler"] == DOMAIN
    flow = hass.config_entries.flow if is_set_up else hass.config_entries.options
    result = await flow.async_configure(result["flow_id"], user_input)
    if result["type"] is FlowResultType.SHOW_PROGRESS:
        assert (result["step_id"], result["progress_action"]) == ("search", "search")
        await hass.async_block_till_done()
        result = await flow.async_configure(result["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def read(
    hass: HomeAssistant, panel: SimulatedPanel, **changes: Any
) -> ConfigFlowResult:
    """Fill in the form for a new panel, but for these changes, and return the next."""
    return await submit(hass, await start(hass), form_of(panel) | changes)


async def choose(
    hass: HomeAssistant, result: ConfigFlowResult, step: str
) -> ConfigFlowResult:
    """Choose an item of the menu that comes when no second account is found."""
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "no_second_account"
    return await submit(hass, result, {"next_step_id": step})


def placeholders(result: ConfigFlowResult) -> dict[str, str]:
    """Return what is filled in to the texts of a form."""
    return dict(result["description_placeholders"] or {})


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return what is filled in to a form and its section, of the fields that are."""
    schema = result["data_schema"]
    assert schema
    fields = dict(schema.schema)
    if "advanced" in fields:
        fields |= fields.pop("advanced").schema.schema
    values = {
        str(key): key.description.get("suggested_value")
        for key in fields
        if key.description
    }
    return {name: value for name, value in values.items() if value is not None}


def options_of(result: ConfigFlowResult, field: str) -> list[Any]:
    """Return what can be chosen in a field."""
    schema = result["data_schema"]
    assert schema
    options: list[Any] = schema.schema[field].config["options"]
    return options


def moved(entry: MockConfigEntry, **data: Any) -> MockConfigEntry:
    """Return the config entry of a panel that had another address before."""
    return entry_like(entry, data={**entry.data, "host": "127.0.0.1", **data})


async def confirm(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigEntry:
    """Watch all accounts that were read, and return the entry that comes of it."""
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "confirm"
    accounts = options_of(result, "accounts")
    result = await submit(hass, result, {"accounts": accounts, "expect": "current"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry: ConfigEntry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry


def state_by_key(hass: HomeAssistant, entry: ConfigEntry, key: str) -> str | None:
    """Return the state of a panel's entity, None if there is no such entity."""
    registry = er.async_get(hass)
    for platform in ("binary_sensor", "sensor"):
        if entity_id := registry.async_get_entity_id(
            platform, DOMAIN, f"{entry.unique_id}_{key}"
        ):
            return state_of(hass, entity_id)
    return None


def label(entry: MockConfigEntry, place: str = "") -> str:
    """Return how a panel is named in the forms."""
    return f"{entry.title} ({place}{entry.data['host']}:{entry.data['port']})"


async def open_step(
    hass: HomeAssistant, entry: MockConfigEntry, step: str
) -> ConfigFlowResult:
    """Open the options and choose an item of the menu."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "init"
    return await submit(hass, result, {"next_step_id": step})


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
