"""Any answers and any input: nothing unexpected happens, and nothing secret gets out.

`scripts/soak --fuzz N` runs the same with N examples instead of 500.
"""

import json
import logging
import os
from random import Random
import string
from typing import Any

from aiohttp import TCPConnector
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import (
    FlowManager,
    FlowResultType,
    InvalidData,
    UnknownFlow,
    section,
)
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.bas_ip.const import DOMAIN
from simulator import Answer, SimulatedPanel

from .conftest import Poll, SetUp, entry_of

SETTINGS = "/api/v1/device/sip/settings/second"
STATUS = "/api/v1/sip/status"
ENABLE = "/api/v1/device/sip/enable"
INFO = "/api/info"
SECRET = "sEcReT%7"
COMPARED = ("proxy", "realm", "user", "transport", "registration_interval", "outbound")

# Home Assistant runs on through all examples, as it does through the answers of a panel.
fuzz = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "500")),
    deadline=None,
    database=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    # Making a failure simpler takes longer than reading it.
    phases=[Phase.explicit, Phase.generate],
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
            "\ud800",
            "../..",
        ]
    )
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | texts
)
values = st.recursive(
    scalars,
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3)
    ),
    max_leaves=4,
)
fields = {
    SETTINGS: [*COMPARED, "stun"],
    STATUS: ["sip_status", "register_last_attempt"],
    ENABLE: ["sip_enable"],
    INFO: ["firmware_version", "device_serial_number", "device_type"],
}


@st.composite
def answers(draw: st.DrawFn, path: str, panel_answer: dict[str, Any]) -> Answer:
    """Return an answer that is right in parts, or none at all."""
    status = draw(st.sampled_from([200] * 8 + [201, 302, 400, 401, 403, 404, 500]))
    if draw(st.integers(0, 7)) == 0:
        return Answer(status, draw(st.binary(max_size=200)))
    changed = draw(st.dictionaries(st.sampled_from(fields[path]), values, max_size=4))
    missing = draw(st.sets(st.sampled_from(fields[path]), max_size=2))
    answer = {
        key: value
        for key, value in {**panel_answer, **changed}.items()
        if key not in missing
    }
    if path == SETTINGS:
        answer |= {"password": SECRET, "user_id": SECRET}
    return Answer.json(answer, status)


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


def _drift(hass: HomeAssistant, panel: SimulatedPanel) -> Any:
    """Return the state of the drift, whose unique ID has two forms by version."""
    registry = er.async_get(hass)
    serial = panel.info["device_serial_number"]
    for key in ("drift", "configuration_drift"):
        if entity_id := registry.async_get_entity_id(
            "binary_sensor", DOMAIN, f"{serial}_second_account_{key}"
        ):
            return hass.states.get(entity_id)
    return None


def _differs(answer: Answer, setting: str, expected: str) -> bool:
    """Return whether an answer can be said to hold another value."""
    data = json.loads(answer.body)
    return setting in data and str(data[setting]) != expected


@pytest.fixture
async def watched(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> MockConfigEntry:
    """Return the config entry of a panel that has just been set up."""
    entry = entry_of(panel)
    await set_up(entry)
    return entry


async def _recover(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """End what an example has left behind: a fault, or questions to the user."""
    panel.recover()
    for flow in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(flow["flow_id"])
    if not entry.runtime_data.last_update_success:
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    await poll()


@fuzz
@given(data=st.data())
async def test_any_answers(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    poll: Poll,
    data: st.DataObject,
) -> None:
    caplog.clear()
    right = {
        SETTINGS: panel.second_account,
        STATUS: {"sip_status": "OK", "register_last_attempt": 1_700_000_000},
        ENABLE: {"sip_enable": True},
        INFO: panel.info,
    }
    paths = data.draw(st.sets(st.sampled_from(list(right)), min_size=1))
    given_answers = {}
    for path in sorted(paths):
        given_answers[path] = data.draw(answers(path, right[path]))
        panel.fail(given_answers[path], path=path)

    await poll()

    drift = _drift(hass, panel)
    if drift.state == "on":
        answer = given_answers[SETTINGS]
        assert answer.status == 200
        for setting in drift.attributes["settings"]:
            # The user ID is a secret: all that shows is that it has changed.
            if setting != "user_id":
                assert _differs(answer, setting, str(panel.second_account[setting]))
    await _recover(hass, panel, watched, poll)
    assert _drift(hass, panel).state == "off"
    _check_log(caplog)
    assert SECRET not in _shows(hass, caplog)


def _input(schema: vol.Schema, random: Random, values: list[Any]) -> dict[str, Any]:
    """Return any input for the fields of a form, some of which stay empty."""
    filled: dict[str, Any] = {}
    for key, field in schema.schema.items():
        if isinstance(field, section):
            filled[str(key)] = _input(field.schema, random, values)
        elif random.randrange(4):
            is_password = str(key) == "password"
            filled[str(key)] = SECRET if is_password else random.choice(values)
    return filled


async def _go_through(
    manager: FlowManager[Any, Any], result: Any, random: Random, values: list[Any]
) -> None:
    """Go through a flow as somebody would who types anything."""
    for _ in range(6):
        if result["type"] is FlowResultType.MENU:
            options = list(result["menu_options"])
            answer: Any = {"next_step_id": random.choice(options)}
        elif result["type"] is FlowResultType.FORM:
            answer = _input(result["data_schema"] or vol.Schema({}), random, values)
        else:
            return
        try:
            result = await manager.async_configure(result["flow_id"], answer)
        except InvalidData:
            continue
        except UnknownFlow:
            # Another flow of the same panel has ended this one.
            return
    # Whoever has had enough closes the form.
    if result["type"] in (FlowResultType.MENU, FlowResultType.FORM):
        manager.async_abort(result["flow_id"])


@pytest.fixture
def only_the_panel(monkeypatch: pytest.MonkeyPatch, panel: SimulatedPanel) -> None:
    """Let no other address be found, whatever is typed."""
    resolve = TCPConnector._resolve_host

    async def resolve_panel(
        self: TCPConnector, host: str, *args: Any, **kwargs: Any
    ) -> Any:
        if host != panel.host:
            raise OSError("There is nothing")
        return await resolve(self, host, *args, **kwargs)

    monkeypatch.setattr(TCPConnector, "_resolve_host", resolve_panel)


@pytest.mark.skipif(
    "FUZZ_EXAMPLES" not in os.environ,
    reason="Forms depend on what earlier examples have left behind; the soak runs it",
)
@fuzz
@given(data=st.data())
async def test_any_input(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    panel: SimulatedPanel,
    watched: MockConfigEntry,
    only_the_panel: None,
    poll: Poll,
    data: st.DataObject,
) -> None:
    caplog.clear()
    entries, flows = hass.config_entries, hass.config_entries.flow
    kept_data, kept_options = dict(watched.data), dict(watched.options)
    source = data.draw(
        st.sampled_from([SOURCE_USER, SOURCE_REAUTH, SOURCE_RECONFIGURE, "options"])
    )
    if source == "options":
        manager: Any = entries.options
        result: Any = await manager.async_init(watched.entry_id)
    else:
        manager = flows
        context: dict[str, Any] = {"source": source}
        if source != SOURCE_USER:
            context |= {"entry_id": watched.entry_id, "unique_id": watched.unique_id}
        result = await manager.async_init(
            DOMAIN,
            context=context,
            data=kept_data if source == SOURCE_REAUTH else None,
        )

    # What a form asks for depends on what earlier examples have left behind, so that
    # all that Hypothesis decides is decided beforehand.
    values = data.draw(
        st.lists(
            texts
            | scalars
            | st.lists(st.sampled_from(["first", "second", *COMPARED]))
            | st.sampled_from(["127.0.1.1", "http://a:b@c/", "[::1]:1", "a b"]),
            min_size=1,
        )
    )
    random = Random(data.draw(st.integers(0, 2**32)))  # noqa: S311
    await _go_through(manager, result, random, values)

    await hass.async_block_till_done()
    _check_log(caplog)
    assert SECRET not in _shows(hass, caplog)
    entries.async_update_entry(watched, data=kept_data, options=kept_options)
    await entries.async_reload(watched.entry_id)
    await _recover(hass, panel, watched, poll)
    assert _drift(hass, panel).state == "off"
