"""The alerts for many sites go by the names that the entities have."""

import json
from pathlib import Path
import re

from homeassistant.util.yaml import load_yaml_dict
import pytest

ROOT = Path(__file__).parents[1]
RULES = load_yaml_dict(ROOT / "docs/fleet/rules.yml")["groups"][0]["rules"]
TEXTS = json.loads(
    (ROOT / "custom_components/bas_ip/translations/en.json").read_text("utf-8")
)
NAMES = {
    text["name"].replace("{account}", account)
    for text in TEXTS["entity"]["binary_sensor"].values()
    for account in "12"
}


@pytest.mark.parametrize(
    ("record", "names"),
    [
        ("bas_ip:drift", {"Account 1 drift", "Account 2 drift"}),
        (
            "bas_ip:registered",
            {"SIP registered", "Account 1 SIP registered", "Account 2 SIP registered"},
        ),
        ("bas_ip:reachable", {"Reachable"}),
    ],
)
def test_names(record: str, names: set[str]) -> None:
    """A rule takes the entities that it is about, and no others."""
    (expression,) = [rule["expr"] for rule in RULES if rule.get("record") == record]
    (pattern,) = set(re.findall(r'friendly_name=~"([^"]+)"', expression))
    found = {name for name in NAMES if re.fullmatch(pattern, f"Front door {name}")}
    assert found == names


def test_alerts_are_documented() -> None:
    page = (ROOT / "docs/fleet.md").read_text("utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert documented == [rule["alert"] for rule in RULES if "alert" in rule]
