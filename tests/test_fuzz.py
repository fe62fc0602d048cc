"""Any answers and any input: nothing unexpected happens, and nothing secret gets out.

Each example begins anew, and all its choices are made before it begins.
`tools/run soak --fuzz N` runs the same with N examples instead of 50.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
import json
import logging
import os
import random
import string
from typing import Any

from aiohttp import TCPConnector
import freezegun
from homeassistant.components.repairs.const import DOMAIN as REPAIRS_DOMAIN
from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import (
    FlowManager,
    FlowResultType,
    InvalidData,
    UnknownFlow,
    section,
)
from homeassistant.helpers import (
    issue_registry as ir,
    restore_state,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    SelectSelector,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.setup import async_setup_component
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.drift.compare import drifted
from custom_components.bas_ip.panel.models import Account
from simulator import Answer, SimulatedPanel

from .conftest import (
    DRIFT,
    INFO,
    PANEL_STATUS,
    SECOND as SETTINGS,
    STATUS,
    Poll,
    SetUp,
    entry_of,
    state_of,
)
from .flows import SECOND_PATH

type Start = Callable[[], Awaitable[None]]

SECRET = "sEcReT%7"
COMPARED = ("proxy", "realm", "user", "transport", "registration_interval", "outbound")

# Hypothesis makes a failure simpler for five minutes, which are over with a few polls.
freezegun.configure(extend_ignore_list=["hypothesis"])

# Home Assistant runs on through all examples, as it does through the answers of a panel.
fuzz = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "50")),
    deadline=None,
    database=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)

texts = (
    st.text(max_size=40)
    | st.text(string.printable, min_size=250, max_size=300)
    | st.sampled_from(
        [
            "sip:pbx.example.net",
            "SIP:PBX.example.net:5060",
            "sip:[::1]:99999",
            "<b>x</b>",
            "{{ states() }}",
            "`|`",
            "\u202eabc",
            "../..",
        ]
    )
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
# Only a panel can send half a character, or such numbers: Home Assistant's JSON refuses
# them, or makes a float of a large one.
values = st.recursive(
    scalars | st.just("\ud800") | st.integers(-(10**400), 10**400) | st.floats(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3)
    ),
    max_leaves=4,
)
fields = {
    SETTINGS: [*COMPARED, "stun"],
    STATUS: ["sip_status", "register_last_attempt"],
    INFO: ["firmware_version", "device_serial_number", "device_type"],
}


@dataclass(frozen=True, kw_only=True)
class Spoiled:
    """How an answer of the panel is spoiled."""

    status: int
    body: bytes | None
    changed: dict[str, Any]
    missing: set[str]

    def answer(self, right: dict[str, Any]) -> Answer:
        """Return what is left of a right answer."""
        if self.body is not None:
            return Answer(self.status, self.body)
        return Answer.json(
            {
                key: value
                for key, value in {**right, **self.changed}.items()
                if key not in self.missing
            },
            self.status,
        )


def spoiled(path: str) -> st.SearchStrategy[Spoiled]:
    """Return answers that are right in parts, or none at all."""
    return st.builds(
        Spoiled,
        status=st.sampled_from([200] * 24 + [201, 302, 400, 401, 403, 404, 500]),
        body=st.sampled_from(range(16)).flatmap(
            lambda number: st.none() if number else st.binary(max_size=200)
        ),
        changed=st.dictionaries(st.sampled_from(fields[path]), values, max_size=4),
        missing=st.sets(st.sampled_from(fields[path]), max_size=2),
    )


@st.composite
def answers_of_a_poll(draw: st.DrawFn) -> dict[str, Spoiled]:
    """Return some spoiled answers; without a good one about itself a panel is not read."""
    paths = draw(
        st.sampled_from(
            [
                [SETTINGS],
                [SETTINGS, STATUS],
                [STATUS],
                [INFO],
                list(fields),
            ]
        )
    )
    return {path: draw(spoiled(path)) for path in paths}


def _shows(hass: HomeAssistant, log: pytest.LogCaptureFixture) -> str:
    """Return all that a user can see."""
    return "\n".join(
        (
            *(str(state.as_dict()) for state in hass.states.async_all()),
            *(str(issue) for issue in ir.async_get(hass).issues.values()),
            log.text,
        )
    )


def _check_log(log: pytest.LogCaptureFixture) -> None:
    """Check that nothing was raised that nobody had expected."""
    # Home Assistant's coordinator shows what was expected in its debug messages.
    unexpected = [
        record
        for record in log.records
        if record.exc_info and record.levelno >= logging.WARNING
    ]
    assert not unexpected, unexpected[0].exc_text or unexpected[0].getMessage()


def _objects(answer: Answer) -> list[dict[str, Any]]:
    """Return the JSON object of an answer that counts, if it has one."""
    try:
        data = json.loads(answer.body)
    except ValueError:
        return []
    return [data] if answer.status < 300 and isinstance(data, dict) else []


@pytest.fixture
def start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    caplog: pytest.LogCaptureFixture,
) -> Start:
    """Return a function that ends all that an example has left behind."""
    # Most of the time would go into the stacks that asyncio keeps for its messages.
    hass.loop.set_debug(False)

    async def start() -> None:
        for manager in _flow_managers(hass):
            for flow in manager.async_progress():
                manager.async_abort(flow["flow_id"])
        for entry in hass.config_entries.async_entries(DOMAIN):
            await hass.config_entries.async_remove(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        restore_state.async_get(hass).last_states.clear()
        ir.async_get(hass).issues.clear()
        for one in (panel, other_panel):
            one.recover()
            one.end_sessions()
            for asked in (one.requests, one.web_requests, one.logins):
                asked.clear()
            one.password = SECRET
            one.behaviour.second_account_path = SECOND_PATH
        # Hypothesis repeats the luck from which Home Assistant makes its IDs.
        random.seed()
        # With what pytest keeps for its report: a failure shows its own example.
        for handler in logging.getLogger().handlers:
            if isinstance(handler, type(caplog.handler)):
                handler.clear()

    return start


@fuzz
@given(
    polls=st.lists(
        st.tuples(answers_of_a_poll(), st.integers(1, 2)), min_size=1, max_size=3
    )
)
async def test_any_answers(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    panel: SimulatedPanel,
    start: Start,
    set_up: SetUp,
    poll: Poll,
    polls: list[tuple[dict[str, Spoiled], int]],
) -> None:
    """What is shown as drift was read twice, and when all is well again, it shows."""
    await start()
    entry = entry_of(panel)
    await set_up(entry)
    right = {
        SETTINGS: {**panel.second_account, "password": SECRET, "user_id": SECRET},
        STATUS: {"sip_status": "OK", "register_last_attempt": 1_700_000_000},
        INFO: panel.info,
    }
    read: list[dict[str, Any]] = []
    for spoiled_answers, times in polls:
        panel.recover()
        for path, spoiled_answer in spoiled_answers.items():
            answer = spoiled_answer.answer(right[path])
            panel.fail(answer, path=path)
            if path == SETTINGS:
                read += _objects(answer) * times
        await poll(times)
        state = entry.runtime_data.data.accounts[Account.SECOND]
        for setting in drifted(state.comparisons):
            # The user ID is a secret: all that shows is that it has changed.
            expected = str(panel.second_account[setting])
            others = [
                one for one in read if str(one.get(setting, expected)) != expected
            ]
            assert len(others) > 1, setting
        assert SECRET not in _shows(hass, caplog)

    panel.recover()
    if not entry.runtime_data.last_update_success:
        # The next login may be sent in a quarter of an hour only.
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    await poll(times=3)
    assert state_of(hass, DRIFT) == "off"
    assert state_of(hass, PANEL_STATUS) == "as_expected"
    _check_log(caplog)
    assert SECRET not in _shows(hass, caplog)


@pytest.fixture
def only_the_panels(
    monkeypatch: pytest.MonkeyPatch, panel: SimulatedPanel, other_panel: SimulatedPanel
) -> None:
    """Let no other address be found, whatever is typed."""
    resolve = TCPConnector._resolve_host

    async def resolve_panel(
        self: TCPConnector, host: str, *args: Any, **kwargs: Any
    ) -> Any:
        if host not in (panel.host, other_panel.host):
            raise OSError("There is nothing")
        return await resolve(self, host, *args, **kwargs)

    monkeypatch.setattr(TCPConnector, "_resolve_host", resolve_panel)


class Choices:
    """Choices that are made beforehand, the first one of all when there are no more."""

    def __init__(self, numbers: bytes) -> None:
        """Begin with the first choice."""
        self._numbers = iter(numbers)

    def of[T](self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[next(self._numbers, 0) % len(options)]


@dataclass(kw_only=True)
class Person:
    """Somebody who types what fits, or anything, or nothing."""

    choices: Choices
    anything: list[Any]
    fitting: dict[str, Any]

    def fill_in(self, schema: vol.Schema) -> dict[str, Any]:
        """Return the input for the fields of a form."""
        filled: dict[str, Any] = {}
        for key, field in schema.schema.items():
            if isinstance(field, section):
                filled[str(key)] = self.fill_in(field.schema)
                continue
            match self.choices.of(["fits", "fits", "fits", "fits", "any", "nothing"]):
                case "fits":
                    filled[str(key)] = self._fitting(str(key), field)
                case "any":
                    filled[str(key)] = self.choices.of(self.anything)
        return filled

    def _fitting(self, key: str, field: Any) -> Any:
        """Return what fits into a field, most of the time."""
        match field:
            case BooleanSelector():
                return False
            case NumberSelector():
                return self.choices.of([30, 60.0, 86400])
            case SelectSelector():
                options = [
                    option if isinstance(option, str) else option["value"]
                    for option in field.config["options"]
                ]
                if not options:
                    return []
                option = self.choices.of(options)
                return [option] if field.config["multiple"] else option
        return self.fitting.get(key, self.choices.of(self.anything))


async def _go_through(
    hass: HomeAssistant, manager: FlowManager[Any, Any], result: Any, person: Person
) -> None:
    """Go through a flow, and close it at last."""
    flow_id = result["flow_id"]
    _check_result(result)
    # Another flow of the same panel may end this one.
    with suppress(UnknownFlow):
        for _ in range(8):
            answer: Any = None
            match result["type"]:
                case FlowResultType.MENU:
                    options = list(result["menu_options"])
                    answer = {"next_step_id": person.choices.of(options)}
                case FlowResultType.FORM:
                    answer = person.fill_in(result["data_schema"])
                case FlowResultType.SHOW_PROGRESS:
                    await hass.async_block_till_done()
                case _:
                    return
            with suppress(InvalidData):
                result = await manager.async_configure(flow_id, answer)
            # What was typed is in the form again if there is something wrong with it.
            _check_result(result, typed="password")
        manager.async_abort(flow_id)


def _check_result(result: Any, typed: str | None = None) -> None:
    """Check that no secret goes back to whoever fills a form in."""
    if result["type"] is not FlowResultType.CREATE_ENTRY:
        assert SECRET not in str(result)
    if result["type"] is FlowResultType.FORM:
        for key in result["data_schema"].schema:
            assert str(key) == typed or SECRET not in str(key.description)


@pytest.fixture
async def repairs(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    """Let issues be repaired."""
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})


@fuzz
@given(
    form=st.sampled_from(
        [
            SOURCE_USER,
            SOURCE_DHCP,
            SOURCE_REAUTH,
            SOURCE_RECONFIGURE,
            # These are more than one form.
            "options",
            "options",
            "repairs",
        ]
    ),
    accounts=st.sampled_from([(Account.SECOND,), (Account.FIRST,), tuple(Account)]),
    has_other_second=st.booleans(),
    is_other_loaded=st.booleans(),
    anything=st.lists(
        texts
        | scalars
        | st.lists(st.sampled_from(["first", "second", *COMPARED]))
        | st.sampled_from(["127.0.1.1", "http://a:b@c/", "[::1]:1", "a b"]),
        min_size=1,
        max_size=8,
    ),
    choices=st.binary(min_size=100, max_size=100),
)
async def test_any_input(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    start: Start,
    set_up: SetUp,
    only_the_panels: None,
    repairs: None,
    poll: Poll,
    form: str,
    accounts: tuple[Account, ...],
    has_other_second: bool,
    is_other_loaded: bool,
    anything: list[Any],
    choices: bytes,
) -> None:
    await start()
    entry = await _watched(hass, panel, accounts, set_up)
    if form in (SOURCE_USER, SOURCE_DHCP):
        if not has_other_second:
            other_panel.behaviour.second_account_path = None
    elif is_other_loaded:
        await set_up(entry_of(other_panel))
    else:
        entry_of(other_panel).add_to_hass(hass)
    person = Person(
        choices=Choices(choices),
        anything=anything,
        fitting={
            "host": f"{other_panel.host}:{other_panel.port}",
            "username": "admin",
            "password": SECRET,
            "second_account_path": SECOND_PATH,
        },
    )

    manager, result = await _open(hass, form, entry, other_panel, person)
    await _go_through(hass, manager, result, person)

    # What was typed can be lived with.
    await hass.async_block_till_done()
    for one in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_reload(one.entry_id)
    await poll()
    _check_log(caplog)
    assert SECRET not in _shows(hass, caplog)


async def _watched(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    accounts: tuple[Account, ...],
    set_up: SetUp,
) -> MockConfigEntry:
    """Return the entry of a panel with a drift, and with something to go back to.

    If it is only the first account that is watched, no second one is known.
    """
    if Account.SECOND not in accounts:
        panel.behaviour.second_account_path = None
    entry = entry_of(panel, accounts)
    panel.behaviour.second_account_path = SECOND_PATH
    expected = entry.options["expected"][accounts[0].value]
    expected |= {"realm": "earlier.example.net", "transport": "tls"}
    await set_up(entry)
    number = "1" if accounts[0] is Account.FIRST else "2"
    await hass.services.async_call(
        DOMAIN,
        "accept_settings",
        {
            "entity_id": DRIFT.replace("2", number),
            "settings": ["transport"],
        },
        blocking=True,
    )
    return entry


def _flow_managers(hass: HomeAssistant) -> list[FlowManager[Any, Any]]:
    """Return all that may have a flow in progress."""
    managers: list[Any] = [hass.config_entries.flow, hass.config_entries.options]
    if REPAIRS_DOMAIN in hass.data:
        managers.append(hass.data[REPAIRS_DOMAIN]["flow_manager"])
    return managers


async def _open(
    hass: HomeAssistant,
    form: str,
    entry: MockConfigEntry,
    other_panel: SimulatedPanel,
    person: Person,
) -> tuple[FlowManager[Any, Any], Any]:
    """Open a form, and return what manages it with what it shows at first."""
    flows, options, repairs = _flow_managers(hass)
    match form:
        case "options":
            return options, await options.async_init(entry.entry_id)
        case "repairs":
            issues = [
                issue.issue_id
                for issue in ir.async_get(hass).issues.values()
                if issue.domain == DOMAIN and issue.is_fixable
            ]
            return repairs, await repairs.async_init(
                DOMAIN, data={"issue_id": person.choices.of(issues)}
            )
    context: dict[str, Any] = {"source": form}
    data: Any = None
    if form in (SOURCE_REAUTH, SOURCE_RECONFIGURE):
        context |= {"entry_id": entry.entry_id, "unique_id": entry.unique_id}
        person.fitting["host"] = f"{entry.data['host']}:{entry.data['port']}"
    if form == SOURCE_REAUTH:
        data = dict(entry.data)
    if form == SOURCE_DHCP:
        data = DhcpServiceInfo(
            # What stands for the address of a new panel: port 80 is not for tests.
            ip=f"{other_panel.host}:{other_panel.port}",
            hostname="panel",
            macaddress="706979e00001",
        )
    return flows, await flows.async_init(DOMAIN, context=context, data=data)
