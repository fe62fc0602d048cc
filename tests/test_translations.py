"""Tests that the code and the texts of the user interface have the same keys."""

from collections.abc import Callable, Iterator, Mapping
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import SOURCE_DHCP
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowHandler, section
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.selector import SelectSelector
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.bas_ip import (
    config_flow,
    options_flow,
    repairs,
    second_account_repair,
)
from custom_components.bas_ip.config_flow import BasIpConfigFlow
from custom_components.bas_ip.connection import ERROR_KEYS, SURVEY_ERROR_KEYS
from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.dashboard import MODULE
from custom_components.bas_ip.drift import Cause, Setting
from custom_components.bas_ip.forms import connection as connection_form
from custom_components.bas_ip.forms.expect import EXPECT_CURRENT, EXPECT_NOTHING
from custom_components.bas_ip.options_flow import BasIpOptionsFlow
from custom_components.bas_ip.panel import Account
from custom_components.bas_ip.repair_issues import ISSUE_DRIFT, ISSUE_PASSWORD
from custom_components.bas_ip.repairs import DriftRepairFlow, async_create_fix_flow
from custom_components.bas_ip.second_account_repair import (
    ISSUE_SECOND_ACCOUNT,
    SecondAccountRepairFlow,
)
from custom_components.bas_ip.sensor import NOT_SET
from simulator import VARIANTS, SimulatedPanel

from .conftest import Change, SetUp, both_accounts, entry_of
from .test_config_flow import form_of, start, submit

FOLDER = Path(config_flow.__file__).parent
LANGUAGES = sorted(path.stem for path in (FOLDER / "translations").glob("*.json"))
# Of Home Assistant's own steps.
OWN_ABORTS = {
    "already_configured",
    "already_in_progress",
    "reauth_successful",
    "reconfigure_successful",
}
BOTH = (Account.SECOND, Account.FIRST)

type Texts = dict[str, Any]


def load(path: str) -> Texts:
    texts: Texts = json.loads((FOLDER / path).read_text("utf-8"))
    return texts


def flat(texts: Texts, prefix: str = "") -> dict[str, str]:
    """Return the texts by their whole keys."""
    result: dict[str, str] = {}
    for key, value in texts.items():
        if isinstance(value, dict):
            result |= flat(value, f"{prefix}{key}.")
        else:
            result[f"{prefix}{key}"] = value
    return result


def placeholders(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def found_in(module: Any, *patterns: str) -> set[str]:
    """Return what the patterns capture in the source of a module."""
    source = Path(module.__file__).read_text("utf-8")
    return {match for pattern in patterns for match in re.findall(pattern, source)}


ENGLISH = load("translations/en.json")
ICONS = load("icons.json")


@pytest.mark.parametrize("language", LANGUAGES)
def test_language(language: str) -> None:
    """Every language has the same keys, placeholders and tables as English."""
    english, texts = flat(ENGLISH), flat(load(f"translations/{language}.json"))
    assert texts.keys() == english.keys()
    for key, text in texts.items():
        assert placeholders(text) == placeholders(english[key]), key
        for character in "|\n`":
            assert text.count(character) == english[key].count(character), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts(language: str) -> None:
    """The texts follow the rules that Home Assistant's validation has for its own."""
    for key, text in flat(load(f"translations/{language}.json")).items():
        assert text.strip() == text != "", key
        assert not re.search(r"https?://|www\.|<[a-zA-Z/]|\[%|'\{\w+\}'", text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_name_in_markdown(language: str) -> None:
    """No description names the panel: its name could be an image in Markdown."""
    for key, text in flat(load(f"translations/{language}.json")).items():
        assert not (key.endswith("description") and "{panel}" in text), key


class Recorder:
    """Writes down what flows show."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self.forms: dict[str, Texts] = {}
        self.selectors: set[str] = set()

    def show(self, step_id: str, **shown: Any) -> None:
        """Note a form or a menu."""
        schema = shown.get("data_schema")
        form: Texts = {}
        if schema:
            form["data"] = set(self._fields(schema.schema))
            if sections := {
                str(key): set(self._fields(value.schema.schema))
                for key, value in schema.schema.items()
                if isinstance(value, section)
            }:
                form["sections"] = sections
        if options := shown.get("menu_options"):
            form["menu_options"] = set(options)
        form["placeholders"] = set(shown.get("description_placeholders") or ())
        before = self.forms.setdefault(step_id, form)
        for key in ("data", "menu_options"):
            before.setdefault(key, set()).update(form.get(key, ()))

    def _fields(self, schema: Mapping[Any, Any]) -> Iterator[str]:
        for key, value in schema.items():
            if isinstance(value, SelectSelector):
                self.selectors.add(value.config.get("translation_key", ""))
            if not isinstance(value, section):
                yield str(key)

    def check(self, steps: Texts) -> None:
        """Compare what was shown with the texts of the steps."""
        assert self.forms.keys() == steps.keys()
        for step_id, texts in steps.items():
            form = self.forms[step_id]
            assert set(texts.get("data", ())) == form["data"], step_id
            assert set(texts.get("menu_options", ())) == form["menu_options"], step_id
            assert {
                key: set(part["data"])
                for key, part in texts.get("sections", {}).items()
            } == form.get("sections", {}), step_id
            used = placeholders(
                texts["title"],
                texts.get("description", ""),
                *texts.get("data_description", {}).values(),
            )
            assert used == form["placeholders"], step_id


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[FlowHandler]], Recorder]:
    """Return a function that lets the flows of a class be written down."""

    def record(flow: type[FlowHandler]) -> Recorder:
        recorder = Recorder()
        for name in ("async_show_form", "async_show_menu"):
            show = getattr(flow, name)

            def shown(
                self: Any, *, step_id: str, show: Any = show, **kwargs: Any
            ) -> Any:
                recorder.show(step_id, **kwargs)
                return show(self, step_id=step_id, **kwargs)

            monkeypatch.setattr(flow, name, shown)
        return recorder

    return record


async def test_config_flow(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    enable_custom_integrations: None,
    monkeypatch: pytest.MonkeyPatch,
    record: Callable[[type[FlowHandler]], Recorder],
) -> None:
    recorder = record(BasIpConfigFlow)
    monkeypatch.setattr(config_flow, "DISCOVERY_PORT", panel.port)
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(
            ip=panel.host,
            hostname="panel",
            macaddress=panel.mac_address.replace(":", ""),
        ),
    )
    await submit(hass, await start(hass), form_of(panel))
    VARIANTS["one-account"](panel)
    result = await submit(hass, await start(hass), form_of(panel))
    await submit(hass, result, {"next_step_id": "path"})
    entry = entry_of(other_panel)
    entry.add_to_hass(hass)
    await entry.start_reauth_flow(hass)
    await entry.start_reconfigure_flow(hass)

    recorder.check(ENGLISH["config"]["step"])
    assert recorder.selectors == {"account", "expect"}
    assert ENGLISH["config"]["progress"].keys() == {"search"}
    assert placeholders(ENGLISH["config"]["flow_title"]) == {"name"}


async def test_options_flow(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
    record: Callable[[type[FlowHandler]], Recorder],
) -> None:
    recorder = record(BasIpOptionsFlow)
    entry = entry_of(panel, BOTH)
    await set_up(entry)
    await change(realm="other.example.net")
    entry.runtime_data.async_accept()
    other_entry = entry_of(other_panel)
    other_entry.add_to_hass(hass)
    flow = hass.config_entries.options
    for each, *user_inputs in (
        (entry, {"next_step_id": "copy"}),
        (entry, {"next_step_id": "apply"}),
        (entry, {"next_step_id": "earlier"}),
        (entry, {"next_step_id": "expected"}, {"account": "first"}),
        (
            other_entry,
            {"next_step_id": "polling"},
            {"scan_interval": 60, "accounts": ["first", "second"]},
        ),
    ):
        result = await flow.async_init(each.entry_id)
        for user_input in user_inputs:
            result = await flow.async_configure(result["flow_id"], user_input)

    recorder.check(ENGLISH["options"]["step"])
    # Panels and earlier changes have names of their own.
    assert recorder.selectors == {"account", "expect", "setting", ""}


async def test_repairs_flow(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    record: Callable[[type[FlowHandler]], Recorder],
) -> None:
    recorder = record(DriftRepairFlow)
    entry = entry_of(panel)
    panel.second_account["user"] = "999"
    await set_up(entry)
    flow = await async_create_fix_flow(hass, "", {"entry_id": entry.entry_id})
    assert isinstance(flow, RepairsFlow)
    flow.hass = hass
    flow.flow_id, flow.handler = "flow", DOMAIN
    await flow.async_step_init()
    for step in ("accept_some", "ignore"):
        await getattr(flow, f"async_step_{step}")()

    recorder.check(ENGLISH["issues"][ISSUE_DRIFT]["fix_flow"]["step"])


async def test_second_account_repair_flow(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    record: Callable[[type[FlowHandler]], Recorder],
) -> None:
    recorder = record(SecondAccountRepairFlow)
    entry = entry_of(panel, (Account.FIRST,))
    await set_up(entry)
    flow = SecondAccountRepairFlow(
        entry,
        {
            "second_account_path": "device/sip/x",
            "second_status_path": None,
            "second_enable_path": None,
        },
    )
    flow.hass = hass
    flow.flow_id, flow.handler = "flow", DOMAIN
    await flow.async_step_init()

    recorder.check(ENGLISH["issues"][ISSUE_SECOND_ACCOUNT]["fix_flow"]["step"])
    assert recorder.selectors == {"expect"}


@pytest.mark.parametrize("flow", ["config", "options"])
def test_fields_are_described(flow: str) -> None:
    for step in ENGLISH[flow]["step"].values():
        for part in (step, *step.get("sections", {}).values()):
            assert (
                part.get("data_description", {}).keys() == part.get("data", {}).keys()
            )


def test_errors_and_aborts() -> None:
    raised = (
        r'FormError\("(\w+)"\)',
        r'errors\[\w+\] = "(\w+)"',
        r'self\._error = "(\w+)"',
    )
    aborted = (r'reason="(\w+)"',)
    config, options = ENGLISH["config"], ENGLISH["options"]
    issues = ENGLISH["issues"]
    fix_flow = issues[ISSUE_DRIFT]["fix_flow"]

    errors = (
        found_in(config_flow, *raised)
        | found_in(connection_form, *raised)
        | set(ERROR_KEYS.values())
        | set(SURVEY_ERROR_KEYS.values())
    )
    assert config["error"].keys() == errors
    assert config["abort"].keys() == found_in(config_flow, *aborted) | OWN_ABORTS
    assert options["error"].keys() == found_in(options_flow, *raised)
    assert options.keys() == {"step", "error"}
    assert fix_flow["error"].keys() == found_in(repairs, r'\{CONF_SETTINGS: "(\w+)"\}')
    assert fix_flow["abort"].keys() == found_in(repairs, *aborted)
    assert issues[ISSUE_SECOND_ACCOUNT]["fix_flow"]["error"].keys() == found_in(
        second_account_repair, *raised
    )
    assert set(connection_form.ERROR_FIELDS) <= errors


def test_exceptions() -> None:
    expected: dict[str, set[str]] = {key: set() for key in ERROR_KEYS.values()}
    # The others say it all.
    expected |= {"cannot_connect": {"error"}, "invalid_response": {"error"}}
    for path in FOLDER.glob("*.py"):
        for key, given in re.findall(
            r'translation_domain=DOMAIN,\s*translation_key="(\w+)"'
            r"(?:,\s*translation_placeholders=\{(.*?)\})?",
            path.read_text("utf-8"),
            re.DOTALL,
        ):
            expected[key] = set(re.findall(r'"(\w+)":', given))

    assert ENGLISH["exceptions"].keys() == expected.keys()
    for key, text in ENGLISH["exceptions"].items():
        # A text may leave out what went wrong in particular.
        assert placeholders(text["message"]) in (
            expected[key],
            expected[key] - {"error"},
        )


async def test_issues(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    entry = entry_of(panel)
    panel.second_account["user"] = "999"
    VARIANTS["cleartext-password"](panel)
    await set_up(entry)

    issues = {
        str(issue.translation_key): issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN
    }
    assert issues.keys() == {ISSUE_DRIFT, ISSUE_PASSWORD}
    assert ENGLISH["issues"].keys() == issues.keys() | {ISSUE_SECOND_ACCOUNT}
    for key, issue in issues.items():
        texts = ENGLISH["issues"][key]
        assert ("fix_flow" in texts) is issue.is_fixable
        assert ("description" in texts) is not issue.is_fixable
        given = issue.translation_placeholders or {}
        # A title has no room for where the panel is.
        used = placeholders(texts["title"], texts.get("description", ""))
        assert {"panel"} <= used <= given.keys()


def test_services() -> None:
    services = load_yaml_dict(str(FOLDER / "services.yaml"))
    assert ENGLISH["services"].keys() == services.keys() == ICONS["services"].keys()
    for name, texts in ENGLISH["services"].items():
        service_fields = services[name].get("fields", {})
        assert texts.get("fields", {}).keys() == service_fields.keys()
        for field in service_fields.values():
            selector = field["selector"]["select"]
            assert selector["translation_key"] == "setting"
            assert selector["options"] == list(Setting)


def test_selectors() -> None:
    assert ENGLISH["selector"].keys() == {"account", "dashboard", "expect", "setting"}
    assert ENGLISH["selector"]["expect"]["options"].keys() == {
        EXPECT_CURRENT,
        EXPECT_NOTHING,
    }
    assert ENGLISH["selector"]["account"]["options"].keys() == set(Account)
    assert ENGLISH["selector"]["setting"]["options"].keys() == set(Setting)


def test_dashboard() -> None:
    """The module has a text for each sentence, and there are no others."""
    source = MODULE.read_text("utf-8")
    options = ENGLISH["selector"]["dashboard"]["options"]
    assert {key for key in options if f'"{key}"' in source} == options.keys()
    assert set(re.findall(r'texts\.text\(\s*"(\w+)"', source)) <= options.keys()


def test_sections_of_the_file() -> None:
    """Each part of the file is the subject of a test here."""
    assert ENGLISH.keys() == {
        "common",  # tests/test_texts.py
        "conditions",  # tests/test_condition.py
        "config",
        "options",
        "entity",
        "exceptions",
        "issues",
        "selector",
        "services",
        "triggers",  # tests/test_trigger.py
    }
    assert ICONS.keys() == {"conditions", "entity", "services", "triggers"}


def states_of(entity: er.RegistryEntry) -> set[str]:
    """Return the states of an entity that have a text."""
    if options := (entity.capabilities or {}).get("options"):
        return set(options)
    # All other sensors without a class show a text that may not be set.
    if entity.domain == Platform.SENSOR and entity.original_device_class is None:
        return {NOT_SET}
    return set()


# What Home Assistant gives to entities of a kind.
COMMON_ATTRIBUTES = {
    "device_class",
    "event_types",
    "friendly_name",
    "options",
    "unit_of_measurement",
}


def attributes_of(hass: HomeAssistant, entity: er.RegistryEntry) -> set[str]:
    """Return the attributes of an entity, of those that are its own."""
    state = hass.states.get(entity.entity_id)
    return set(state.attributes) - COMMON_ATTRIBUTES if state else set()


async def test_entities(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, change: Change
) -> None:
    VARIANTS["second-registration"](panel)
    entry = both_accounts(panel)
    await set_up(entry)
    await change(realm="other.example.net")
    entities = {
        (entity.domain, str(entity.translation_key)): entity
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
    }

    def keys(texts: Texts) -> set[tuple[str, str]]:
        return {(domain, key) for domain, part in texts.items() for key in part}

    assert keys(ENGLISH["entity"]) == entities.keys()
    assert keys(ICONS["entity"]) == entities.keys()
    for (domain, key), entity in entities.items():
        texts = ENGLISH["entity"][domain][key]
        of_account = "_account_" in entity.unique_id
        assert placeholders(texts["name"]) == ({"account"} if of_account else set())
        assert set(texts.get("state", ())) == states_of(entity), key
        attributes = texts.get("state_attributes", {})
        assert set(attributes) == attributes_of(hass, entity), key
        if domain == Platform.EVENT:
            assert set(attributes["event_type"]["state"]) == set(
                (entity.capabilities or {})["event_types"]
            )
            assert set(attributes["account"]["state"]) == set(Account)
            assert set(attributes["cause"]["state"]) == set(Cause)
        icons = ICONS["entity"][domain][key]
        states = (
            {"on", "off"} if domain == Platform.BINARY_SENSOR else states_of(entity)
        )
        assert set(icons.get("state", ())) <= states, key
        assert all(
            icon.startswith("mdi:")
            for icon in (icons["default"], *icons.get("state", {}).values())
        )
