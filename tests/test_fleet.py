"""The alerts for many sites go by the entity IDs."""

import re

from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import load_yaml_dict
import pytest

from simulator import SimulatedPanel

from .conftest import ROOT, SetUp, both_accounts

RULES = load_yaml_dict(str(ROOT / "docs/fleet/rules.yml"))["groups"][0]["rules"]


@pytest.mark.usefixtures("enabled_by_default")
async def test_entities(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """A rule takes the entities that it is about, and no others."""
    await set_up(both_accounts(panel))
    entity_ids = hass.states.async_entity_ids()
    prefix = "binary_sensor.front_door_"
    drifts = {f"{prefix}account_1_drift", f"{prefix}account_2_drift"}
    found = {
        rule["record"]: [
            {entity_id for entity_id in entity_ids if re.fullmatch(pattern, entity_id)}
            for pattern in re.findall(r'entity=~"([^"]+)"', rule["expr"])
        ]
        for rule in load_rules("record")
    }
    assert found == {
        "bas_ip:drift": [drifts],
        "bas_ip:problem": [{f"{prefix}problem"}, drifts],
    }


def load_rules(kind: str) -> list[dict[str, str]]:
    """Return the rules of a kind; PromQL writes a backslash as two."""
    return [
        {key: str(value).replace("\\\\", "\\") for key, value in rule.items()}
        for rule in RULES
        if kind in rule
    ]


def test_alerts_are_documented() -> None:
    page = (ROOT / "docs/fleet.md").read_text("utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert documented == [rule["alert"] for rule in load_rules("alert")]
