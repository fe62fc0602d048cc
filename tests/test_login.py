"""Sessions and logins: few of them, and a person is asked when only one can help."""

from collections.abc import Callable

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.panel.models import Account
from simulator import Answer, Close, SimulatedPanel
from simulator.faults import EMPTY_BODY, HTML_PAGE, Fault

from .conftest import (
    DRIFT,
    FIRST,
    INFO,
    LOGIN,
    PANEL_STATUS,
    PROBLEM,
    REALM,
    SECOND,
    STATUS,
    Change,
    Poll,
    SetUp,
    SipEvents,
    Wait,
    asked,
    both_accounts,
    dies,
    entry_of,
    error_text,
    is_replaced,
    state_of,
)

HOUR = 60
ERROR = Answer.json({"error": "Log In"})


def requests_for_a_login(hass: HomeAssistant) -> int:
    """Return how many flows and repairs ask for another login, which belong together."""
    flows = hass.config_entries.flow.async_progress()
    assert {flow["context"]["source"] for flow in flows} <= {SOURCE_REAUTH}
    issues = [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.translation_key == "config_entry_reauth"
    ]
    assert len(issues) == len(flows)
    return len(flows)


# Sessions


@pytest.mark.parametrize("refused", [FIRST, SECOND])
async def test_sessions_that_end_while_an_account_is_forbidden(
    panel: SimulatedPanel, set_up: SetUp, poll: Poll, refused: str
) -> None:
    """The other account is followed, and the next poll is good again."""
    panel.behaviour.token_lifetime = 600
    panel.behaviour.ended_session = Answer(404)
    entry = both_accounts(panel)
    await set_up(entry)
    panel.behaviour.refused = {refused.removeprefix("/api/v1/"): 403}
    failed = 0
    for _ in range(HOUR):
        await poll()
        failed = 0 if entry.runtime_data.reading else failed + 1
        assert failed < 2


@pytest.mark.parametrize(
    "end",
    [
        ERROR,
        Answer(302, headers={"Location": "/login"}),
        *(Answer(status) for status in (400, 404, 419, 440, 500)),
        Answer.json({}),
        HTML_PAGE,
        EMPTY_BODY,
        Close(),
    ],
    ids=str,
)
@pytest.mark.usefixtures("init_integration")
async def test_session_that_ends_without_a_401(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
    end: Fault,
) -> None:
    """A poll that fails gives the session up, so all is well within three polls."""
    panel.end_sessions()
    take = panel.next_fault

    def without_session(path: str) -> Fault | None:
        needs_session = path in (SECOND, STATUS) and not panel.sessions
        return end if needs_session else take(path)

    monkeypatch.setattr(panel, "next_fault", without_session)
    panel.logins.clear()
    await poll()
    assert state_of(hass, PANEL_STATUS) == "not_reachable"
    await poll()
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert state_of(hass, REALM) == "pbx.example.net"
    await poll(times=3)
    assert len(panel.logins) == 1


@pytest.mark.usefixtures("init_integration")
async def test_session_that_ends_with_a_401(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """It costs one login, and no failed poll."""
    panel.end_sessions()
    asked(panel)
    await poll()
    assert asked(panel) == [INFO, SECOND, LOGIN, SECOND, STATUS]
    assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.usefixtures("init_integration")
async def test_401_behind_the_settings_is_about_its_path(
    panel: SimulatedPanel, poll: Poll
) -> None:
    panel.fail(Answer(401), path=STATUS)
    panel.logins.clear()
    await poll(times=10)
    assert panel.logins == []


@pytest.mark.parametrize("fault", [Close(), Answer(500), HTML_PAGE], ids=str)
@pytest.mark.usefixtures("init_integration")
async def test_flaky_network_causes_no_login(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, fault: Fault
) -> None:
    """Every second poll gets no answer to its first request."""
    panel.logins.clear()
    for _ in range(10):
        panel.fail(fault, path=INFO)
        await poll()
        panel.recover()
        await poll()
        assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert panel.logins == []


@pytest.mark.parametrize(
    "raw", [12345678, "token\n", "x" * 2000], ids=["", "n", "long"]
)
async def test_token_in_any_form(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    raw: str | int,
) -> None:
    """A number, one with a newline behind it, and a long one."""
    panel.sessions[str(raw).strip()] = panel.sessions.pop(panel.open_session())
    panel.fail(Answer.json({"token": raw}), path=LOGIN)
    await set_up(entry)
    assert state_of(hass, REALM) == "pbx.example.net"


# Logins in vain


@pytest.mark.parametrize(
    ("status", "accounts"), [(401, (Account.SECOND,)), (404, tuple(Account))]
)
async def test_settings_that_are_gone_for_good(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    accounts: tuple[Account, ...],
    status: int,
) -> None:
    """At most two logins, and then four an hour; Status keeps its reason."""
    await set_up(entry_of(panel, accounts))
    for path in (FIRST, SECOND):
        panel.fail(Answer(status), path=path)
    panel.logins.clear()
    reason = "forbidden" if status in (401, 403) else "not_reachable"
    numbers = []
    for _ in range(2):
        for _ in range(HOUR):
            await poll()
            assert state_of(hass, PANEL_STATUS) == reason
        numbers.append(len(panel.logins))
        panel.logins.clear()
    assert numbers[0] <= 2 + 4
    assert numbers[1] <= 4
    panel.recover()
    await poll(times=16)
    assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.parametrize(
    ("answer", "patience", "interval"),
    [
        (Answer(423), 30, 30),
        (Answer(503, headers={"Retry-After": "1"}), 1, 60),
        (Answer(429, headers={"Retry-After": "600"}), 600, 60),
        (Close(), 60, 60),
    ],
)
async def test_panel_that_does_not_take_logins(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    reload: SetUp,
    wait: Wait,
    answer: Answer | Close,
    patience: int,
    interval: int,
) -> None:
    """Six in any hour at most, and none as long as the panel asks for patience."""
    entry = entry_of(panel, scan_interval=interval)
    await set_up(entry)
    panel.fail(answer, path=LOGIN)
    panel.end_sessions()
    panel.requests.clear()
    for _ in range(2 * 3600 // interval):
        await wait(interval)
    logins = [each.time for each in panel.requests if each.path == LOGIN]
    assert len(logins) >= 6
    for login in logins:
        assert len([each for each in logins if 0 <= each - login < 3600]) <= 6
    assert logins[1] - logins[0] >= patience - 1
    assert state_of(hass, PANEL_STATUS) == "not_reachable"
    assert requests_for_a_login(hass) == 0

    # A start counts anew.
    panel.recover()
    await reload(entry)
    assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.usefixtures("init_integration")
async def test_retry_after_holds_all_requests(
    panel: SimulatedPanel, wait: Wait
) -> None:
    """It counts at once, and for an hour at most."""
    panel.end_sessions()
    patience = Answer(429, headers={"Retry-After": "100000"})
    panel.fail(patience, path=LOGIN)
    await wait(61)
    asked(panel)
    await wait(3590)
    assert asked(panel) == []
    await wait(15)
    assert asked(panel)[0] == INFO


@pytest.mark.usefixtures("init_integration")
async def test_retry_after_counts_once(panel: SimulatedPanel, wait: Wait) -> None:
    """Polls go on as usual while no login may be sent after two in vain."""
    panel.end_sessions()
    panel.fail(Answer(503, headers={"Retry-After": "600"}), path=LOGIN)
    await wait(61)
    await wait(605)
    assert asked(panel).count(LOGIN) == 3
    await wait(605)
    for _ in range(4):
        assert asked(panel) == [INFO]
        await wait(61)


# Rejected logins


@pytest.mark.usefixtures("init_integration")
async def test_rejected_login(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reload: SetUp,
    poll: Poll,
) -> None:
    """Another password costs one login, and a person is asked; a start costs one more."""
    panel.password = "another"
    panel.logins.clear()
    await poll()
    assert state_of(hass, PANEL_STATUS) == "login_rejected"
    assert state_of(hass, PROBLEM) == STATE_ON
    assert requests_for_a_login(hass) == 1
    asked(panel)
    await poll(times=20)
    assert set(asked(panel)) == {INFO}
    assert [login.accepted for login in panel.logins] == [False]

    await reload(entry)
    await poll(times=5)
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, PANEL_STATUS) == "login_rejected"
    assert [login.accepted for login in panel.logins] == [False, False]
    assert requests_for_a_login(hass) == 1

    # Whoever sets the old password again loads it anew.
    panel.password = "123456"
    await reload(entry)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert requests_for_a_login(hass) == 0


@pytest.mark.parametrize(
    "rejection", [ERROR, Answer(400), Answer(401), Answer(403)], ids=str
)
@pytest.mark.usefixtures("init_integration")
async def test_forms_of_a_rejection(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, rejection: Answer
) -> None:
    """Some panels reject with 200 and an error."""
    panel.end_sessions()
    panel.fail(rejection, path=LOGIN)
    asked(panel)
    await poll(times=5)
    assert asked(panel) == [INFO, SECOND, LOGIN, *([INFO] * 4)]
    assert state_of(hass, PANEL_STATUS) == "login_rejected"
    assert requests_for_a_login(hass) == 1


async def test_rejected_login_at_the_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """A new panel is not tried again, for each time would send the login again."""
    entry = entry_of(panel)
    panel.password = "another"
    await set_up(entry)
    await poll(times=5)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason == error_text("invalid_auth")
    assert asked(panel) == [INFO, LOGIN]
    assert requests_for_a_login(hass) == 1


@pytest.mark.parametrize(
    ("happens", "status"), [(dies, "not_reachable"), (is_replaced, "another_device")]
)
@pytest.mark.usefixtures("init_integration")
async def test_what_happens_after_a_rejected_login(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    happens: Callable[[SimulatedPanel], None],
    status: str,
) -> None:
    """A panel that dies or is replaced is shown as such, and asked for no login."""
    panel.password = "another"
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "login_rejected"
    panel.logins.clear()
    happens(panel)
    await poll()
    assert state_of(hass, PANEL_STATUS) == status
    await poll(times=5)
    assert panel.logins == []


# Settings that are forbidden


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("accounts", [(Account.SECOND,), tuple(Account)], ids=len)
async def test_settings_that_are_forbidden_for_some_polls(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    change: Change,
    poll: Poll,
    accounts: tuple[Account, ...],
    status: int,
) -> None:
    """A person is asked from the second poll on, until they are given again."""
    await set_up(entry_of(panel, accounts))
    for path in (FIRST, SECOND):
        panel.fail(Answer(status), path=path)
    for number in range(3):
        asked(panel)
        await poll()
        assert state_of(hass, PANEL_STATUS) == "forbidden"
        assert requests_for_a_login(hass) == (1 if number else 0)
        assert INFO in asked(panel)
    panel.recover()
    await poll()
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert requests_for_a_login(hass) == 0
    events = SipEvents(hass)
    await change(realm="other.example.net")
    assert state_of(hass, DRIFT) == STATE_ON
    assert events.types == ["panel_reachable", "drift_detected"]


@pytest.mark.usefixtures("init_integration")
async def test_settings_that_are_forbidden_now_and_then(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """Nobody is asked for another login if it is only one poll in a row."""
    for fault in (Answer(403), Answer(500), Answer(403), None, Answer(403)):
        if fault:
            panel.fail(fault, path=SECOND)
        await poll()
        panel.recover()
        assert requests_for_a_login(hass) == 0


async def test_somebody_else_takes_the_only_session(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    """Twice in a row even, and between our login and what it is for."""
    panel.behaviour.single_session = True
    await set_up(entry)
    for _ in range(2):
        panel.open_session()
        panel.fail(Answer(401), path=SECOND, times=2)
        await poll()
        assert state_of(hass, PANEL_STATUS) == "forbidden"
    assert requests_for_a_login(hass) == 1
    panel.open_session()
    # The next login may be sent in a quarter of an hour.
    await poll(times=16)
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    assert requests_for_a_login(hass) == 0
    for _ in range(3):
        panel.open_session()
        await poll()
        assert state_of(hass, PANEL_STATUS) == "as_expected"


@pytest.mark.usefixtures("init_integration")
async def test_request_for_a_login_after_a_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    reload: SetUp,
    poll: Poll,
) -> None:
    """What was forbidden before a start, and still is, is asked for at once."""
    panel.fail(Answer(403), path=SECOND)
    await poll()
    assert requests_for_a_login(hass) == 0
    await reload(entry)
    assert requests_for_a_login(hass) == 1
