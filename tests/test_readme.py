"""The README's tables say what the code has, no more and no less."""

import json
from pathlib import Path
import re

import pytest

from custom_components.bas_ip.binary_sensor import (
    ACCOUNT_BINARY_SENSORS,
    PANEL_BINARY_SENSORS,
)
from custom_components.bas_ip.button import ACCEPT_SETTINGS
from custom_components.bas_ip.changes import Change, ChangeType
from custom_components.bas_ip.const import (
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from custom_components.bas_ip.event import SIP_EVENTS
from custom_components.bas_ip.sensor import ACCOUNT_SENSORS, PANEL_SENSORS
from custom_components.bas_ip.services import (
    SERVICE_ACCEPT_SETTINGS,
    SERVICE_COMPARE_SETTINGS,
)

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


def test_panel_entities() -> None:
    platforms = {
        "sensor": PANEL_SENSORS,
        "binary_sensor": PANEL_BINARY_SENSORS,
        "event": (SIP_EVENTS,),
        "button": (ACCEPT_SETTINGS,),
    }
    assert sorted(row[:2] for row in table_after("For the panel:")) == sorted(
        [TEXTS["entity"][platform][description.key]["name"], platform.replace("_", " ")]
        for platform, descriptions in platforms.items()
        for description in descriptions
    )


def test_account_entities() -> None:
    platforms = {"sensor": ACCOUNT_SENSORS, "binary_sensor": ACCOUNT_BINARY_SENSORS}
    assert sorted(row[:2] for row in table_after("For each account")) == sorted(
        [
            TEXTS["entity"][platform][f"first_account_{description.key}"][
                "name"
            ].removeprefix("Account 1 "),
            platform.replace("_", " "),
        ]
        for platform, descriptions in platforms.items()
        for description in descriptions
    )


def test_entities_that_are_disabled() -> None:
    disabled = [
        description.key
        for description in (*PANEL_SENSORS, *ACCOUNT_SENSORS)
        if not description.entity_registry_enabled_default
    ]
    rows = [*table_after("For the panel:"), *table_after("For each account")]
    assert [row[0] for row in rows if "disabled until" in row[2]] == disabled


def test_events() -> None:
    assert [row[0].strip("`") for row in table_after("### Events")] == list(ChangeType)
    attributes = re.findall(
        r"`(\w+)`", README.split("\nAttributes: ")[1].split("\n")[0]
    )
    assert attributes == [
        name for name in Change.__dataclass_fields__ if name != "type"
    ]


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
            f"{section['name']}: {name}"
            for name in ("Use HTTPS", "Check the certificate")
        ),
        f"{section['name']}: {section['data']['second_account_path']}",
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
