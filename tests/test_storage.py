"""The stored file of a panel, as it is on the disk."""

import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from simulator import SimulatedPanel

from .conftest import DRIFT, EXPECTED, REALM, Change, Poll, SetUp, SipEvents, state_of


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Let Home Assistant have a folder for this test."""
    return hass_tmp_config_dir


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let Home Assistant store real files there."""
    return {}


def file_of(hass: HomeAssistant, entry: MockConfigEntry) -> Path:
    """Return the stored file of a panel."""
    return Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}"))


async def settle(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let what is to be written be written, in another thread."""
    for _ in range(5):
        # The clock stands; the timer of the store waits for the next moment.
        freezer.tick(0.001)
        await hass.async_block_till_done()


@pytest.mark.usefixtures("init_integration")
async def test_what_is_stored(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    change: Change,
) -> None:
    """All that is confirmed, and the record, at once and in one private file."""
    await change(realm="other.example.net")
    await settle(hass, freezer)
    file = file_of(hass, entry)
    assert file.stat().st_mode & 0o077 == 0
    content = json.loads(file.read_text("utf-8"))
    assert (content["version"], content["minor_version"]) == (2, 1)
    state, history = content["data"]["state"], content["data"]["history"]
    now = history["changes"][0]["time"]
    comparisons = {
        setting: {
            "expected": value,
            "last_known": value,
            "is_given": True,
            "since": None,
            "status": "in_sync",
        }
        for setting, value in EXPECTED["second"].items()
    }
    comparisons["realm"] |= {
        "last_known": "other.example.net",
        "since": now,
        "status": "drifted",
    }
    assert state == {
        "accounts": {
            "second": {
                "comparisons": comparisons,
                "password_exposed": False,
                "registration": None,
                "failure": None,
            }
        },
        "registration": {
            "last_known": "registered",
            "is_given": True,
            "lost_since": None,
        },
        "firmware": "3.20.0",
        "failure": None,
        "outage": None,
    }
    number = history["reported"]
    assert abs(number - freezer().timestamp()) < 1000
    assert history["changes"] == [
        {
            "type": "drift_detected",
            "time": now,
            "account": "second",
            "settings": ["realm"],
            "ended": [],
            "old": {"realm": "pbx.example.net"},
            "new": {"realm": "other.example.net"},
            "expected": {"realm": "pbx.example.net"},
            "cause": "panel",
            "firmware": "3.20.0",
            "since": None,
            "number": number,
        }
    ]


@pytest.mark.usefixtures("init_integration")
async def test_nothing_is_stored_without_a_change(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    poll: Poll,
    change: Change,
) -> None:
    """The disk is left alone, also while the panel registers again."""
    await settle(hass, freezer)
    file = file_of(hass, entry)
    file.unlink()
    await poll(times=5)
    await settle(hass, freezer)
    assert not file.exists()
    await change(realm="other.example.net")
    await settle(hass, freezer)
    assert file.exists()
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not file.exists()


@pytest.mark.parametrize("content", [b'{"version": 2, "da', b"", b"\xff\xfe\x00"])
async def test_corrupt_file(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    content: bytes,
) -> None:
    """Home Assistant puts it aside and reports it; the panel starts from nothing."""
    file = file_of(hass, entry)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    (aside,) = file.parent.glob(f"{file.name}.corrupt.*")
    assert aside.read_bytes() == content
    assert "storage_corruption" in {
        issue.translation_key for issue in issue_registry.issues.values()
    }
    await poll(times=2)
    assert state_of(hass, DRIFT) == "off"


@pytest.mark.usefixtures("init_integration")
async def test_file_that_lacks_a_setting(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
) -> None:
    """It is read as all others from then on, and nothing has changed by that."""
    events = SipEvents(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass, freezer)
    file = file_of(hass, entry)
    content = json.loads(file.read_text("utf-8"))
    del content["data"]["state"]["accounts"]["second"]["comparisons"]["realm"]
    file.write_text(json.dumps(content), "utf-8")
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await poll()

    assert state_of(hass, REALM) == "pbx.example.net"
    assert state_of(hass, DRIFT) == "off"
    assert events.types == []
    assert entry.runtime_data.history.changes == ()

    panel.second_account["realm"] = "other.example.net"
    await poll(times=2)
    assert events.types == ["drift_detected"]
