"""What the automation editor is given of the triggers and conditions."""

import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import condition, trigger
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components import bas_ip
from custom_components.bas_ip.automation import CONDITIONS, TRIGGERS
from custom_components.bas_ip.const import DOMAIN

FOLDER = Path(bas_ip.__file__).parent
# In quotation marks, which keep the web page from filling it in, and which it drops.
MESSAGE = "'{{ trigger.to_state.attributes.message }}'"
DESCRIPTIONS = {
    "trigger": rf"Triggers when one or more [^.]+\. The message is {re.escape(MESSAGE)}\.",
    "condition": r"Tests if one or more [^.]+\.",
}
ROOT = FOLDER.parents[1]
PLATFORMS: dict[str, dict[str, Any]] = {"trigger": TRIGGERS, "condition": CONDITIONS}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_texts_and_icons(platform: str) -> None:
    """Each has a description, a name, names of its fields, and an icon."""
    described = {
        key: value
        for key, value in load_yaml_dict(str(FOLDER / f"{platform}s.yaml")).items()
        if not key.startswith(".")
    }
    texts = json.loads((FOLDER / "translations/en.json").read_text("utf-8"))
    icons = json.loads((FOLDER / "icons.json").read_text("utf-8"))
    keys = PLATFORMS[platform].keys()
    assert described.keys() == keys
    assert icons[f"{platform}s"].keys() == texts[f"{platform}s"].keys() == keys
    for key, text in texts[f"{platform}s"].items():
        assert re.fullmatch(DESCRIPTIONS[platform], text["description"])
        fields = described[key].get("fields", {})
        assert text.get("fields", {}).keys() == fields.keys()
        assert icons[f"{platform}s"][key].keys() == {platform}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_pages(platform: str) -> None:
    """The README names each, and a page describes it under a heading of its own."""
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    page = (ROOT / "docs/triggers.md").read_text("utf-8")
    texts = json.loads((FOLDER / "translations/en.json").read_text("utf-8"))
    for key, text in texts[f"{platform}s"].items():
        assert text["name"] in readme
        heading = f"### {text['name']}\n\n`{DOMAIN}.{key}`"
        assert heading in page
        assert f"{platform}: {DOMAIN}.{key}\n" in page


async def test_home_assistant_takes_them(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The files are as Home Assistant wants them, or the editor would offer none."""
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    descriptions = {
        **await trigger.async_get_all_descriptions(hass),
        **await condition.async_get_all_descriptions(hass),
    }
    ours = {key: value for key, value in descriptions.items() if DOMAIN in key}
    assert ours.keys() == {f"{DOMAIN}.{key}" for key in (*TRIGGERS, *CONDITIONS)}
    assert all(ours.values())
    assert "Unable to parse" not in caplog.text
    assert "Not made for this version" not in caplog.text
