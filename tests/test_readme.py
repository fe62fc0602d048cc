"""The README's tables list what the code has, no more and no less."""

import json
from pathlib import Path
import re

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import EntityDescription
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.binary_sensor import (
    ACCOUNT_REGISTERED,
    ACCOUNT_SIP_ENABLED,
    DRIFT,
    PANEL_BINARY_SENSORS,
    PASSWORD_EXPOSED,
    REACHABLE,
)
from custom_components.bas_ip.button import ACCEPT_SETTINGS
from custom_components.bas_ip.const import (
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from custom_components.bas_ip.dashboard import MODULE_URL
from custom_components.bas_ip.drift import ChangeType
from custom_components.bas_ip.event import SIP_EVENTS
from custom_components.bas_ip.sensor import (
    ACCOUNT_SIP_STATUS,
    LAST_SETTINGS_CHANGE,
    PANEL_SENSORS,
    SETTING_SENSORS,
)
from custom_components.bas_ip.services import (
    SERVICE_ACCEPT_SETTINGS,
    SERVICE_COMPARE_SETTINGS,
)

from .conftest import Change, SetUp

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TEXTS = json.loads((ROOT / "custom_components/bas_ip/translations/en.json").read_text())


def table_after(text: str) -> list[list[str]]:
    """Return the rows of the first table after a text, without its heading."""
    lines = README[README.index(text) :].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| ---"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


PANEL_ENTITIES = {
    "sensor": (*PANEL_SENSORS, LAST_SETTINGS_CHANGE),
    "binary_sensor": (*PANEL_BINARY_SENSORS, REACHABLE),
    "event": (SIP_EVENTS,),
    "button": (ACCEPT_SETTINGS,),
}
ACCOUNT_ENTITIES = {
    "sensor": (*SETTING_SENSORS, ACCOUNT_SIP_STATUS),
    "binary_sensor": (
        DRIFT,
        PASSWORD_EXPOSED,
        ACCOUNT_REGISTERED,
        ACCOUNT_SIP_ENABLED,
    ),
}


@pytest.mark.parametrize(
    ("heading", "platforms"),
    [("For the panel:", PANEL_ENTITIES), ("For each account", ACCOUNT_ENTITIES)],
)
def test_entities(
    heading: str, platforms: dict[str, tuple[EntityDescription, ...]]
) -> None:
    described = {
        (
            TEXTS["entity"][platform][description.key]["name"].removeprefix(
                "Account {account} "
            ),
            platform.replace("_", " "),
        ): description
        for platform, descriptions in platforms.items()
        for description in descriptions
    }
    rows = {(row[0], row[1]): row[2] for row in table_after(heading)}
    assert rows.keys() == described.keys()
    for row, description in described.items():
        is_disabled = "disabled until you enable it" in rows[row]
        assert is_disabled is not description.entity_registry_enabled_default, row
        # What a setting is needs no word, only how it is marked.
        is_diagnostic = "diagnostic" in rows[row]
        category = description.entity_category
        assert is_diagnostic is (category is EntityCategory.DIAGNOSTIC), row


async def test_events(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, change: Change
) -> None:
    assert [row[0].strip("`") for row in table_after("### Events")] == list(ChangeType)
    attributes = re.findall(
        r"`(\w+)`", README.split("\nAttributes: ")[1].split("\n")[0]
    )
    await set_up(entry)
    await change(realm="other.example.net")
    event = hass.states.get("event.front_door_sip_events")
    assert event
    assert event.attributes.keys() == {
        *attributes,
        "event_type",
        "event_types",
        "friendly_name",
    }


@pytest.mark.usefixtures("init_integration")
async def test_attributes(hass: HomeAssistant) -> None:
    """The attributes of the sensors are in the table, too."""
    rows = {row[0]: row[2] for row in table_after("For each account")}
    drift = hass.states.get("binary_sensor.front_door_account_2_drift")
    assert drift
    assert set(re.findall(r"`(\w+)`", rows["drift"])) == drift.attributes.keys() - {
        "device_class",
        "friendly_name",
    }


def test_actions() -> None:
    assert [row[0].strip("`") for row in table_after("### Actions")] == [
        f"{DOMAIN}.{SERVICE_ACCEPT_SETTINGS}",
        f"{DOMAIN}.{SERVICE_COMPARE_SETTINGS}",
    ]


def test_setup_fields() -> None:
    step = TEXTS["config"]["step"]["user"]
    section = step["sections"]["advanced"]
    assert [row[0] for row in table_after("## Set up")] == [
        *step["data"].values(),
        *(
            f"{section['name']}: {section['data'][field]}"
            for field in ("ssl", "verify_ssl", "second_account_path")
        ),
    ]
    assert len(section["data"]) == 3


def test_options() -> None:
    steps = TEXTS["options"]["step"]
    assert [row[0] for row in table_after("## Options")] == [
        steps["polling"]["data"]["scan_interval"],
        steps["polling"]["data"]["accounts"],
        steps["settings"]["title"],
        steps["settings"]["data"]["ignored"],
        steps["init"]["menu_options"]["copy"],
        steps["init"]["menu_options"]["apply"],
        steps["init"]["menu_options"]["earlier"],
    ]
    interval = table_after("## Options")[0][1]
    assert [int(number) for number in re.findall(r"\d+", interval)] == [
        MIN_SCAN_INTERVAL,
        MAX_SCAN_INTERVAL,
        DEFAULT_SCAN_INTERVAL,
    ]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_within_the_repository(page: str) -> None:
    text = (ROOT / page).read_text()
    targets = re.findall(r'(?:\]\(|srcset="|src=")([^)"]+)', text)
    for target in targets:
        path, _, anchor = target.partition("#")
        if path.startswith("http"):
            continue
        if path:
            assert (ROOT / path).exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
            slugs = [
                re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
                for heading in headings
            ]
            assert anchor in slugs, target


def test_scripts_that_are_named_exist() -> None:
    for page in ("README.md", "CONTRIBUTING.md"):
        for script in re.findall(r"`(scripts/\w+)", (ROOT / page).read_text()):
            assert (ROOT / script).exists(), script


def test_address_of_the_dashboard_module() -> None:
    """Where the resources are YAML, the version is written by hand."""
    manifest = ROOT / "custom_components/bas_ip/manifest.json"
    version = json.loads(manifest.read_text())["version"]
    assert f"{MODULE_URL}?v={version}\n" in README
