"""Tests of the second account that a firmware update brings."""

import asyncio

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.panel import Account
from custom_components.bas_ip.second_account_repair import second_account_issue_id
from simulator import VARIANTS, Answer, Close, SimulatedPanel

from .conftest import EXPECTED, Poll, entry_of
from .test_repairs import Answer as AnswerStep, Open, answer, client, open_dialog

__all__ = ["answer", "client", "open_dialog"]

PATH = "device/sip/second/settings"
STATUS_PATH = "device/sip/second/status"
ENABLE_PATH = "device/sip/second/enable"
DRIFT = "binary_sensor.front_door_account_2_drift"
FIRST_DRIFT = "binary_sensor.front_door_account_1_drift"


@pytest.fixture
def entry(panel: SimulatedPanel) -> MockConfigEntry:
    """Return the config entry of a panel that has one account."""
    VARIANTS["one-account"](panel)
    return entry_of(panel, (Account.FIRST,))


async def update(panel: SimulatedPanel, poll: Poll, firmware: str) -> None:
    """Let a panel restart with other firmware."""
    await panel.switch_off()
    await poll()
    panel.reboot()
    panel.firmware_version = firmware
    await panel.switch_on()
    await poll()


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Load an entry again, and wait for the search that may follow."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def issue_of(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the issue about a second account."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, second_account_issue_id(entry))
    return issue if issue and issue.active else None


@pytest.mark.usefixtures("init_integration")
async def test_account_that_appears(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    open_dialog: Open,
    answer: AnswerStep,
) -> None:
    """The user is told, and adds it; nothing changes by itself."""
    before = dict(entry.options)
    requests = len(panel.requests)
    await poll()
    # No search: the firmware is that of the set-up.
    assert len(panel.requests) == requests + 3

    panel.behaviour.second_account_path = PATH
    panel.behaviour.second_status_path = STATUS_PATH
    panel.behaviour.second_enable_path = ENABLE_PATH
    await update(panel, poll, "4.0.0")
    issue = issue_of(hass, entry)
    assert issue
    assert issue.is_fixable
    assert issue.translation_placeholders == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
    }
    assert entry.options == before
    assert entry.data["second_account_path"] is None

    # It stays over polls and restarts until it is added.
    await poll()
    await reload(hass, entry)
    assert issue_of(hass, entry)

    step = await open_dialog(second_account_issue_id(entry))
    assert step["step_id"] == "confirm"
    assert step["description_placeholders"] == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
    }
    panel.fail(Answer(500), path=f"/api/v1/{PATH}")
    step = await answer(step, {"expect": "current"})
    assert step["errors"] == {"expect": "not_read"}
    panel.recover()
    step = await answer(step, {"expect": "current"})
    assert step["type"] == "create_entry"

    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["second_account_path"] == PATH
    assert entry.data["second_status_path"] == STATUS_PATH
    assert entry.data["second_enable_path"] == ENABLE_PATH
    assert entry.options == {
        "accounts": ["first", "second"],
        "expected": {"first": EXPECTED["first"], "second": EXPECTED["second"]},
    }
    assert hass.states.is_state(DRIFT, "off")
    assert issue_of(hass, entry) is None


@pytest.mark.usefixtures("init_integration")
async def test_nothing_expected(
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    open_dialog: Open,
    answer: AnswerStep,
) -> None:
    """An account may be added while the panel is away."""
    panel.behaviour.second_account_path = PATH
    await update(panel, poll, "4.0.0")

    await panel.switch_off()
    step = await open_dialog(second_account_issue_id(entry))
    step = await answer(step, {"expect": "nothing"})

    assert step["type"] == "create_entry"
    assert entry.options["accounts"] == ["first", "second"]
    assert "second" not in entry.options["expected"]


@pytest.mark.usefixtures("init_integration")
async def test_what_changes_while_the_dialog_is_open(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    open_dialog: Open,
    answer: AnswerStep,
) -> None:
    """Another login, and an acceptance, stay as they are."""
    panel.behaviour.second_account_path = PATH
    await update(panel, poll, "4.0.0")
    step = await open_dialog(second_account_issue_id(entry))
    panel.password = "new"
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "password": "new"}
    )
    panel.first_account["realm"] = "other.example.net"
    await reload(hass, entry)
    assert hass.states.is_state(FIRST_DRIFT, "on")

    answering = asyncio.create_task(answer(step, {"expect": "current"}))
    request = await panel.next_request()
    assert request.path == f"/api/v1/{PATH}"
    entry.runtime_data.async_accept()
    await answering
    await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["password"] == "new"
    assert entry.data["second_account_path"] == PATH
    assert entry.options["expected"] == {
        "first": {**EXPECTED["first"], "realm": "other.example.net"},
        "second": EXPECTED["second"],
    }


@pytest.mark.usefixtures("init_integration")
async def test_two_dialogs(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    open_dialog: Open,
    answer: AnswerStep,
) -> None:
    """The account is added once."""
    panel.behaviour.second_account_path = PATH
    await update(panel, poll, "4.0.0")
    steps = [await open_dialog(second_account_issue_id(entry)) for _ in range(2)]

    for step in steps:
        await answer(step, {"expect": "current"})
        await hass.async_block_till_done()

    assert entry.options["accounts"] == ["first", "second"]


@pytest.mark.usefixtures("init_integration")
async def test_account_that_does_not_appear(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """One search for each firmware, also over a reload."""
    await update(panel, poll, "4.0.0")
    assert issue_of(hass, entry) is None
    assert entry.data["searched_firmware"] == "4.0.0"

    # It may have been a moment in which the panel was busy: the next firmware decides.
    panel.behaviour.second_account_path = PATH
    await reload(hass, entry)
    assert issue_of(hass, entry) is None
    await update(panel, poll, "4.0.1")
    assert issue_of(hass, entry)


@pytest.mark.usefixtures("init_integration")
async def test_search_that_fails(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """It is made up for after the next start."""
    panel.behaviour.second_account_path = PATH
    panel.fail(Close(), path=f"/api/v1/{PATH}")
    await update(panel, poll, "4.0.0")
    assert f"/api/v1/{PATH}" in [request.path for request in panel.requests]
    assert issue_of(hass, entry) is None
    assert entry.data["searched_firmware"] == "3.20.0"

    panel.recover()
    await reload(hass, entry)
    assert issue_of(hass, entry)


@pytest.mark.usefixtures("init_integration")
async def test_account_that_is_added_otherwise(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    panel.behaviour.second_account_path = PATH
    await update(panel, poll, "4.0.0")
    assert issue_of(hass, entry)

    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "second_account_path": PATH}
    )
    await reload(hass, entry)

    assert issue_of(hass, entry) is None


@pytest.mark.parametrize("firmware", [None, ""])
@pytest.mark.usefixtures("init_integration")
async def test_panel_without_a_firmware_version(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    firmware: str | None,
) -> None:
    """Whether it has changed is not known."""
    panel.behaviour.second_account_path = PATH
    await update(panel, poll, firmware)  # type: ignore[arg-type]
    assert issue_of(hass, entry) is None
