"""The code, the texts of the user interface and the icons have the same keys."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

import custom_components.bas_ip
from custom_components.bas_ip.binary_sensor import DRIFT, PASSWORD_EXPOSED
from custom_components.bas_ip.config_flow import BasIpConfigFlow
from custom_components.bas_ip.drift.changes import Cause, ChangeType
from custom_components.bas_ip.drift.state import PanelStatus
from custom_components.bas_ip.event import SIP_EVENTS
from custom_components.bas_ip.options_flow import BasIpOptionsFlow
from custom_components.bas_ip.panel import errors
from custom_components.bas_ip.panel.models import Account, RegistrationStatus, Setting
from custom_components.bas_ip.sensor import (
    ACCOUNT_SIP_STATUS,
    LAST_SETTINGS_CHANGE,
    SETTING_SENSORS,
    SIP_STATUS,
    STATUS,
)

FOLDER = Path(custom_components.bas_ip.__file__).parent
LANGUAGES = sorted(path.stem for path in (FOLDER / "translations").glob("*.json"))
SOURCE = "\n".join(
    path.read_text("utf-8")
    for pattern in ("**/*.py", "**/*.js", "*.yaml")
    for path in FOLDER.glob(pattern)
)
# What Home Assistant itself says at the end of a flow, and what it asks by these names.
OWN_ABORTS = {
    "already_configured",
    "already_in_progress",
    "reauth_successful",
    "reconfigure_successful",
}

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


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


ENGLISH = load("translations/en.json")
ICONS = load("icons.json")


@pytest.mark.parametrize("language", LANGUAGES)
def test_language(language: str) -> None:
    """What is there has the placeholders and the lines of the English text.

    What is missing is shown in English.
    """
    english = flat(ENGLISH)
    for key, text in flat(load(f"translations/{language}.json")).items():
        assert key in english, key
        assert placeholders(text) == placeholders(english[key]), key
        for character in "|\n`":
            assert text.count(character) == english[key].count(character), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts(language: str) -> None:
    """The texts follow the rules that Home Assistant's validation has for its own."""
    for key, text in flat(load(f"translations/{language}.json")).items():
        assert text.strip() == text != "", key
        assert not re.search(r"https?://|www\.|<[a-zA-Z/]|\[%|'\{\w+\}'", text), key


def test_errors_of_the_panel() -> None:
    """Each error of a panel has a text, in set-up and in the log."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.PanelError)
    ]
    assert {kind.key for kind in kinds} <= ENGLISH["config"]["error"].keys()
    only_set_up = {errors.NoIdentityError.key, errors.SecondAccountNotFoundError.key}
    polls = {kind.key for kind in kinds} - only_set_up
    assert ENGLISH["exceptions"].keys() >= polls


def test_entities() -> None:
    sensors = (STATUS, SIP_STATUS, ACCOUNT_SIP_STATUS, LAST_SETTINGS_CHANGE)
    keys = {
        "binary_sensor": {DRIFT.key, PASSWORD_EXPOSED.key},
        "event": {SIP_EVENTS.key},
        "sensor": {each.key for each in (*sensors, *SETTING_SENSORS)},
    }
    for texts in (ENGLISH["entity"], ICONS["entity"]):
        assert {platform: set(texts[platform]) for platform in texts} == keys
    states = {
        name: set(texts.get("state", ()))
        for name, texts in ENGLISH["entity"]["sensor"].items()
    }
    assert states["status"] == set(PanelStatus)
    assert states["sip_status"] == states["account_sip_status"]
    assert states["sip_status"] == set(RegistrationStatus)
    attributes = ENGLISH["entity"]["event"]["sip_events"]["state_attributes"]
    assert set(attributes["event_type"]["state"]) == set(ChangeType)
    assert set(attributes["account"]["state"]) == set(Account)
    assert set(attributes["cause"]["state"]) == set(Cause)


def test_names_fit_a_phone() -> None:
    """The page of a device on a phone shows 26 to 28 characters of a name."""
    for language in LANGUAGES:
        for platform in load(f"translations/{language}.json")["entity"].values():
            for entity in platform.values():
                assert len(entity.get("name", "").format(account=2)) <= 28, entity


def test_settings() -> None:
    assert set(ENGLISH["selector"]["setting"]["options"]) == set(Setting)
    assert set(ENGLISH["selector"]["account"]["options"]) == set(Account)
    for setting in Setting:
        assert f"in_sentence_{setting}" in ENGLISH["common"]


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_automations(kind: str) -> None:
    described = load_yaml_dict(str(FOLDER / f"{kind}.yaml"))
    described = {key: each for key, each in described.items() if key[0] != "."}
    assert described.keys() == ENGLISH[kind].keys() == ICONS[kind].keys()
    for key, each in described.items():
        fields = (each or {}).get("fields", {})
        assert fields.keys() == ENGLISH[kind][key].get("fields", {}).keys()


@pytest.mark.parametrize(
    ("flow", "category"),
    [(BasIpConfigFlow, "config"), (BasIpOptionsFlow, "options")],
)
def test_steps(flow: type, category: str) -> None:
    """Each step with texts is there, and so is what its menu offers."""
    for name, step in ENGLISH[category]["step"].items():
        assert hasattr(flow, f"async_step_{name}"), name
        for option in step.get("menu_options", ()):
            assert hasattr(flow, f"async_step_{option}"), option


def used_keys() -> Iterator[str]:
    """Return the keys of texts that only our own code asks for."""
    yield from (key for key in ENGLISH["common"] if "in_sentence" not in key)
    yield from ENGLISH["exceptions"]
    yield from ENGLISH["issues"]
    for category in ("config", "options"):
        yield from ENGLISH[category].get("error", ())
        yield from set(ENGLISH[category].get("abort", ())) - OWN_ABORTS
        for step in ENGLISH[category]["step"].values():
            yield from step.get("data", ())
    for issue in ENGLISH["issues"].values():
        flow = issue.get("fix_flow", {})
        yield from (*flow.get("step", ()), *flow.get("error", ()))
        yield from flow.get("abort", ())
    for selector in ENGLISH["selector"].values():
        yield from selector["options"]


def test_no_text_is_left_over() -> None:
    left = {
        key
        for key in used_keys()
        if not re.search(rf"\b({key}|CONF_{key.upper()})\b", SOURCE)
    }
    assert left == set()
