"""The second account that comes with new firmware, or is no longer at its path."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import CONF_REPORT, CONF_SECOND_ACCOUNT_PATH
from custom_components.bas_ip.issues import (
    ISSUE_SECOND_ACCOUNT,
    ISSUE_SECOND_ACCOUNT_GONE,
)
from custom_components.bas_ip.panel.models import Account
from simulator import VARIANTS, Answer, Close, SimulatedPanel, UnsetAccount
from simulator.faults import HTML_PAGE

from .conftest import (
    DRIFT,
    EXPECTED,
    FIRST,
    LOGIN,
    PANEL_STATUS,
    SECOND,
    Poll,
    SetUp,
    Wait,
    asked,
    both_accounts,
    device_of,
    entry_like,
    entry_of,
    issues,
    state_of,
)

PATH = "device/sip/second/settings"
GUESS = f"/api/v1/{PATH}"
STATUS_PATH = "device/sip/second/status"
DAY = 24 * 3600

type Update = Callable[[str | None], Awaitable[None]]


@pytest.fixture
def entry(panel: SimulatedPanel) -> MockConfigEntry:
    """Return the config entry of a panel that had one account when it was set up."""
    VARIANTS["one-account"](panel)
    entry = entry_of(panel, (Account.FIRST,))
    report = {"firmware": panel.firmware_version, "second_account_path": None}
    return entry_like(entry, data={**entry.data, CONF_REPORT: report})


@pytest.fixture
def update(panel: SimulatedPanel, poll: Poll) -> Update:
    """Return a function that lets the panel restart with other firmware."""

    async def update(firmware: str | None) -> None:
        panel.reboot()
        panel.firmware_version = firmware
        await poll(times=2)

    return update


@pytest.mark.usefixtures("init_integration")
async def test_account_that_appears(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    update: Update,
    reload: SetUp,
) -> None:
    """The user is told; it is watched once it is added in the options."""
    before = dict(entry.options)
    panel.behaviour.second_account_path = PATH
    panel.behaviour.second_status_path = STATUS_PATH
    await poll(times=2)
    # No search: the firmware is that of the set-up.
    assert GUESS not in asked(panel)

    await update("4.0.0")
    issue = issues(hass)[ISSUE_SECOND_ACCOUNT]
    assert not issue.is_fixable
    assert issue.is_persistent
    assert issue.translation_placeholders == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
    }
    assert entry.options == before
    assert entry.data[CONF_SECOND_ACCOUNT_PATH] == PATH
    assert entry.data["second_status_path"] == STATUS_PATH
    assert entry.data[CONF_REPORT]["firmware"] == "4.0.0"

    # It stays over polls and restarts until the account is watched.
    await poll()
    await reload(entry)
    assert issues(hass).keys() == {ISSUE_SECOND_ACCOUNT}
    hass.config_entries.async_update_entry(
        entry,
        options={
            **before,
            "accounts": ["first", "second"],
            "expected": {**before["expected"], "second": EXPECTED["second"]},
        },
    )
    await reload(entry)
    assert issues(hass) == {}
    await poll()
    assert state_of(hass, DRIFT) == "off"


@pytest.mark.usefixtures("init_integration")
async def test_account_that_does_not_appear(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    update: Update,
    reload: SetUp,
) -> None:
    """One search for each firmware, also over a restart."""
    await update("4.0.0")
    assert GUESS in asked(panel)
    assert issues(hass) == {}
    assert entry.data[CONF_REPORT]["firmware"] == "4.0.0"

    panel.behaviour.second_account_path = PATH
    await reload(entry)
    assert GUESS not in asked(panel)
    await update("4.0.1")
    assert issues(hass).keys() == {ISSUE_SECOND_ACCOUNT}


@pytest.mark.usefixtures("init_integration")
async def test_search_that_fails(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    update: Update,
    reload: SetUp,
) -> None:
    """It is made up for after the next start, as soon as the panel answers."""
    panel.behaviour.second_account_path = PATH
    panel.behaviour.token_requests = 1
    await update("4.0.0")
    assert issues(hass) == {}
    assert entry.data[CONF_REPORT]["firmware"] == "3.20.0"

    panel.behaviour.token_requests = None
    await panel.switch_off()
    await reload(entry)
    assert issues(hass) == {}
    await panel.switch_on()
    await poll()
    assert issues(hass).keys() == {ISSUE_SECOND_ACCOUNT}


@pytest.mark.usefixtures("init_integration")
async def test_panel_without_a_firmware_version(
    panel: SimulatedPanel, update: Update
) -> None:
    """Whether it has changed is not known."""
    panel.behaviour.second_account_path = PATH
    await update(None)

    assert GUESS not in asked(panel)


async def test_account_that_was_chosen_before(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    update: Update,
) -> None:
    """Who wanted to watch it already is not asked again."""
    entry = entry_like(
        entry, options={**entry.options, "accounts": ["first", "second"]}
    )
    await set_up(entry)
    assert hass.states.get(DRIFT) is None
    panel.behaviour.second_account_path = PATH
    await update("4.0.0")

    assert issues(hass) == {}
    assert hass.states.get(DRIFT) is not None


@pytest.fixture(params=[(Account.SECOND,), tuple(Account)], ids=["alone", "both"])
async def watched(
    request: pytest.FixtureRequest, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> MockConfigEntry:
    """Set up a panel whose second account is watched, alone or with the first."""
    entry = entry_of(panel, request.param)
    await set_up(entry)
    await poll()
    asked(panel)
    return entry


async def test_path_that_has_moved(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    poll: Poll,
) -> None:
    """The second poll that misses the account starts a search, which is enough."""
    panel.behaviour.second_account_path = PATH
    panel.behaviour.second_status_path = STATUS_PATH
    await poll()
    assert GUESS not in asked(panel)
    await poll()

    assert issues(hass) == {}
    assert watched.data[CONF_SECOND_ACCOUNT_PATH] == PATH
    assert watched.data["second_status_path"] == STATUS_PATH
    assert watched.data[CONF_REPORT]["second_account_path"] == PATH
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert state_of(hass, DRIFT) == "off"


@pytest.mark.parametrize(
    "answer",
    [
        *(Answer(status) for status in (404, 400, 405, 410, 501, 204)),
        *(Answer.json(data) for data in ([], None, {"id": 1}, {"error": "Not found"})),
        HTML_PAGE,
        "first account",
    ],
)
async def test_account_that_is_gone(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    poll: Poll,
    wait: Wait,
    reload: SetUp,
    answer: Answer | str,
) -> None:
    """The repair says so until the account is at its path again."""
    if isinstance(answer, str):
        answer = Answer.json(panel.first_account)
    panel.fail(answer, path=SECOND)
    await poll(times=2)
    issue = issues(hass)[ISSUE_SECOND_ACCOUNT_GONE]
    assert not issue.is_fixable
    assert issue.is_persistent
    assert issue.translation_placeholders == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
    }
    assert watched.data[CONF_SECOND_ACCOUNT_PATH] == "device/sip/settings/second"
    assert watched.data[CONF_REPORT]["second_account_path"] is None

    # One search a day, while the known path is asked in each poll.
    asked(panel)
    await poll(times=3)
    paths = asked(panel)
    assert SECOND in paths
    assert GUESS not in paths
    await wait(DAY)
    assert GUESS in asked(panel)
    await reload(watched)
    assert issues(hass) == {ISSUE_SECOND_ACCOUNT_GONE: issue}

    panel.recover()
    await poll(times=2)
    assert issues(hass) == {}
    assert state_of(hass, PANEL_STATUS) == "as_expected"


async def test_account_that_is_gone_again(
    hass: HomeAssistant, panel: SimulatedPanel, watched: MockConfigEntry, poll: Poll
) -> None:
    """The search of the same day has not found it."""
    for _ in range(2):
        panel.fail(Answer(404), path=SECOND)
        await poll(times=3)
        assert issues(hass).keys() == {ISSUE_SECOND_ACCOUNT_GONE}
        panel.recover()
        await poll(times=2)
        assert issues(hass) == {}
    assert asked(panel).count(GUESS) == 1


async def test_search_that_meets_a_failure(
    panel: SimulatedPanel, watched: MockConfigEntry, poll: Poll
) -> None:
    """It is made again, not only on the next day."""
    panel.behaviour.second_account_path = PATH
    panel.behaviour.busy = Answer(503)
    await poll(times=3)
    assert watched.data[CONF_SECOND_ACCOUNT_PATH] != PATH
    panel.behaviour.busy = None
    await poll(times=20)
    assert watched.data[CONF_SECOND_ACCOUNT_PATH] == PATH


async def test_logins(
    panel: SimulatedPanel, watched: MockConfigEntry, poll: Poll, wait: Wait
) -> None:
    """A search may log in although the logins of the polls are in vain."""
    panel.fail(Answer(404), path=SECOND)
    await poll(times=12)
    panel.recover()
    panel.behaviour.second_account_path = PATH
    logins = asked(panel).count(LOGIN)
    assert logins <= 4
    await wait(DAY)

    assert GUESS in asked(panel)
    assert watched.data[CONF_SECOND_ACCOUNT_PATH] == PATH


@pytest.mark.parametrize(
    "fault", [*(Answer(status) for status in (500, 403, 408, 429, 503)), Close()]
)
async def test_account_that_cannot_be_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    poll: Poll,
    fault: Any,
) -> None:
    """That is no reason for a search."""
    panel.fail(fault, path=SECOND)
    await poll(times=4)

    assert GUESS not in asked(panel)
    assert issues(hass) == {}


async def test_account_that_is_missed_once(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    poll: Poll,
) -> None:
    """A poll that gives it lies in between."""
    for _ in range(3):
        panel.fail(Answer(404), path=SECOND, times=2)
        await poll()
        panel.recover()
        await poll()

    assert GUESS not in asked(panel)
    assert issues(hass) == {}


@pytest.mark.parametrize("fault", [Close(), Answer(500), Answer(429)])
async def test_account_that_is_missed_once_after_other_failures(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    poll: Poll,
    fault: Answer | Close,
) -> None:
    for answer in (fault, Answer(404), fault, Answer(404), fault):
        panel.fail(answer, path=SECOND)
        await poll()
        panel.recover()

    assert GUESS not in asked(panel)
    assert issues(hass) == {}


async def test_search_while_the_first_account_cannot_be_read(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Without it nobody can say which account is the second one."""
    await set_up(both_accounts(panel))
    panel.fail(Answer(404), path=SECOND)
    panel.fail(Answer(500), path=FIRST)
    await poll(times=3)

    assert issues(hass) == {}


async def test_account_that_is_empty(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    poll: Poll,
) -> None:
    """Firmware that answers 404 for an account that nobody has filled in."""
    panel.behaviour.unset_account = UnsetAccount.NOT_FOUND
    await poll(times=2)

    assert issues(hass).keys() == {ISSUE_SECOND_ACCOUNT_GONE}


async def test_disabled_device(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    poll: Poll,
) -> None:
    """It is searched for, without a repair."""
    device_registry.async_update_device(
        device_of(hass, watched).id, disabled_by=dr.DeviceEntryDisabler.USER
    )
    panel.fail(Answer(404), path=SECOND)
    await poll(times=2)

    assert watched.data[CONF_REPORT]["second_account_path"] is None
    assert issues(hass) == {}
