"""Tests of the options flow."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.drift.compare import Status
from custom_components.bas_ip.drift.expected import with_expected
from custom_components.bas_ip.panel.models import Account, Setting
from simulator import Answer, SimulatedPanel

from .conftest import (
    DRIFT,
    EXPECTED,
    FIRST,
    FIRST_DRIFT,
    Change,
    Poll,
    SetUp,
    SipEvents,
    accept,
    asked,
    both_accounts,
    entry_of,
    state_of,
)
from .flows import (
    label,
    open_step,
    options_of,
    placeholders,
    submit,
    suggested,
    watch_first_too,
)

POLLING = {"scan_interval": 60, "watch_registration": True}
WATCH_BOTH = {**POLLING, "accounts": ["first", "second"]}


def watched(hass: HomeAssistant) -> set[str]:
    """Return which accounts have entities, both in the states and in the registry."""
    states = {
        account.value
        for number, account in enumerate(Account, 1)
        if any(f"_account_{number}_" in name for name in hass.states.async_entity_ids())
    }
    registered = {
        account.value
        for number, account in enumerate(Account, 1)
        if any(f"_account_{number}_" in name for name in er.async_get(hass).entities)
    }
    assert states == registered
    return states


@pytest.fixture
def options(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return the options with which the entry starts."""
    return dict(entry.options)


@pytest.mark.parametrize(
    ("expected", "has_other", "steps"),
    [
        (EXPECTED["second"], True, ["polling", "second", "apply"]),
        (EXPECTED["second"], False, ["polling", "second"]),
        ({"user": "201"}, True, ["polling", "second"]),
        ({}, True, ["polling", "second"]),
    ],
)
async def test_menu(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    expected: dict[str, str],
    has_other: bool,
    steps: list[str],
) -> None:
    """There is something to apply only if something can be expected of others."""
    entry = entry_of(panel, expect=False, expected={"second": expected})
    await set_up(entry)
    if has_other:
        entry_of(other_panel, expect=False).add_to_hass(hass)

    result = await hass.config_entries.options.async_init(entry.entry_id)

    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == steps
    assert placeholders(result) == {"panel": label(entry)}


async def test_panel_that_is_not_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, enable_custom_integrations: None
) -> None:
    """What a panel has now, and its history, are not known then."""
    entry.add_to_hass(hass)

    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["menu_options"] == ["polling", "second"]
    result = await submit(hass, result, {"next_step_id": "second"})
    assert placeholders(result)["proxy"] == "not known"
    result = await submit(hass, result, SHOWN | {"proxy": "sip:new.example.net"})
    assert entry.options["expected"]["second"]["proxy"] == "sip:new.example.net"
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("interval", [15, 3600])
async def test_polling(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
    interval: int,
) -> None:
    """The panel is loaded anew, and nothing else is changed."""
    await set_up(entry)
    before = entry.runtime_data

    result = await open_step(hass, entry, "polling")
    assert suggested(result) == {"accounts": ["second"]}
    assert placeholders(result) == {"panel": label(entry)}
    result = await submit(
        hass, result, {"accounts": ["second"], "scan_interval": float(interval)}
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {**options, **POLLING, "scan_interval": interval}
    assert isinstance(entry.options["scan_interval"], int)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is not before
    await entry.runtime_data.async_refresh()
    await entry.runtime_data.async_refresh()
    assert entry.runtime_data.update_interval == timedelta(seconds=interval)

    result = await open_step(hass, entry, "polling")
    assert suggested(result)["scan_interval"] == interval


@pytest.mark.parametrize("interval", [14, 3601, "often"])
@pytest.mark.usefixtures("init_integration")
async def test_polling_bounds(
    hass: HomeAssistant, entry: MockConfigEntry, interval: Any
) -> None:
    result = await open_step(hass, entry, "polling")

    with pytest.raises(InvalidData):
        await submit(hass, result, WATCH_BOTH | {"scan_interval": interval})


async def test_registration_that_is_not_watched(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    options: dict[str, Any],
) -> None:
    await set_up(entry)
    panel.sip_status = "ERROR"
    await poll(2)
    assert hass.states.is_state("sensor.front_door", "not_registered")

    result = await open_step(hass, entry, "polling")
    shown = suggested(result)
    await submit(hass, result, shown | {"watch_registration": False})

    assert entry.options == {**options, **POLLING, "watch_registration": False}
    assert hass.states.is_state("sensor.front_door", "as_expected")
    result = await open_step(hass, entry, "polling")
    assert suggested(result)["watch_registration"] is False


async def test_accounts(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, options: dict[str, Any]
) -> None:
    """The entities of an account come and go with the choice, its expectations stay."""
    await set_up(entry)
    assert watched(hass) == {"second"}

    result = await open_step(hass, entry, "polling")
    assert options_of(result, "accounts") == ["first", "second"]
    result = await submit(hass, result, WATCH_BOTH | {"accounts": []})
    assert result["errors"] == {"accounts": "no_account"}
    assert suggested(result) == WATCH_BOTH | {"accounts": []}
    result = await submit(hass, result, WATCH_BOTH)
    await submit(hass, result, {"expect": "nothing"})
    assert watched(hass) == {"first", "second"}
    assert entry.options == {**options, **WATCH_BOTH}

    result = await open_step(hass, entry, "polling")
    await submit(hass, result, WATCH_BOTH | {"accounts": ["first"]})
    assert watched(hass) == {"first"}
    assert entry.options == {**options, **POLLING, "accounts": ["first"]}

    # What was expected of the second account still is.
    result = await open_step(hass, entry, "polling")
    result = await submit(hass, result, WATCH_BOTH)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {**options, **WATCH_BOTH}


async def test_panel_of_one_account(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    panel.behaviour.second_account_path = None
    entry = entry_of(panel, (Account.FIRST,))
    await set_up(entry)

    result = await open_step(hass, entry, "polling")

    assert options_of(result, "accounts") == ["first"]


async def test_new_account_as_it_is_now(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    options: dict[str, Any],
) -> None:
    """The account is read before it is expected to stay as it is, with a new login."""
    await set_up(entry)
    result = await open_step(hass, entry, "polling")
    user_input = WATCH_BOTH | {"scan_interval": 30, "accounts": ["second", "first"]}
    result = await submit(hass, result, user_input)
    assert "panel" not in suggested(result)
    assert options_of(result, "expect") == ["current", "nothing"]

    panel.fail(Answer(500), path=FIRST)
    result = await submit(hass, result, {"expect": "current"})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"expect": "not_read"}

    panel.recover()
    panel.end_sessions()
    result = await submit(hass, result, {"expect": "current"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {
        **POLLING,
        "scan_interval": 30,
        "accounts": ["second", "first"],
        "expected": {**options["expected"], "first": EXPECTED["first"]},
    }
    await poll(2)
    assert hass.states.is_state(FIRST_DRIFT, "off")


@pytest.mark.usefixtures("init_integration")
async def test_drift_accepted_while_a_new_account_is_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    change: Change,
    poll: Poll,
) -> None:
    await change(realm="other.example.net")
    await poll()
    result = await watch_first_too(hass, entry)

    reading = asyncio.create_task(submit(hass, result, {"expect": "current"}))
    while (await panel.next_request()).path != FIRST:
        pass
    assert not reading.done()
    await accept(hass)
    await reading

    assert entry.options["expected"]["second"]["realm"] == "other.example.net"
    assert entry.options["expected"]["first"] == EXPECTED["first"]


SHOWN = {
    "proxy": "sip:pbx.example.net",
    "realm": "pbx.example.net",
    "user": "201",
    "transport": "udp",
    "registration_interval": "60",
    "outbound": "",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"proxy": "\t sip:new.example.net "}, {"proxy": "sip:new.example.net"}),
        ({"proxy": "sip:201:secret@pbx"}, {"proxy": "sip:201@pbx"}),
        ({"realm": "pbx\u200b.example.net"}, {"realm": r"pbx\u200b.example.net"}),
        ({"registration_interval": "86401"}, {"registration_interval": "86401"}),
        ({"registration_interval": "-1"}, {"registration_interval": "-1"}),
        ({"transport": "tls"}, {"transport": "tls"}),
        ({"transport": "sctp"}, {"transport": "sctp"}),
        ({"outbound": "edge.example.net"}, {"outbound": "edge.example.net"}),
        ({"proxy": ""}, {"proxy": None}),
        ({"proxy": "  "}, {"proxy": None}),
        ({"transport": None}, {"transport": None}),
        ({"registration_interval": None}, {"registration_interval": None}),
    ],
)
async def test_expected(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
    changes: dict[str, Any],
    expected: dict[str, str | None],
) -> None:
    """What was typed counts at once, and a field that was cleared is not compared."""
    await set_up(entry)
    asked(panel)
    result = await open_step(hass, entry, "second")
    assert result["step_id"] == "settings"
    assert suggested(result) == SHOWN
    assert placeholders(result) == {
        "panel": label(entry),
        "account": "Second account",
        "unset": "Outbound proxy",
        "proxy": "`sip:pbx.example.net`",
        "realm": "`pbx.example.net`",
        "user": "`201`",
        "transport": "`udp`",
        "registration_interval": "`60`",
        "outbound": "not set",
    }

    user_input = {
        key: value for key, value in (SHOWN | changes).items() if value is not None
    }
    result = await submit(hass, result, user_input)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    after = {
        key: value
        for key, value in (EXPECTED["second"] | expected).items()
        if value is not None
    }
    assert entry.options == {**options, "expected": {"second": after}}
    (setting,) = expected
    state = entry.runtime_data.data.accounts[Account.SECOND]
    is_cleared = expected[setting] is None
    assert state.comparisons[Setting(setting)].status is (
        Status.NOT_COMPARED if is_cleared else Status.DRIFTED
    )
    assert asked(panel) == []


@pytest.mark.parametrize("left_out", [[], ["outbound"]])
async def test_nothing_changed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
    left_out: list[str],
) -> None:
    """A form that is saved as it is keeps what is expected, empty values among it.

    The browser leaves out a field that is empty.
    """
    await set_up(entry)
    result = await open_step(hass, entry, "polling")
    await submit(hass, result, suggested(result))
    asked(panel)
    result = await open_step(hass, entry, "second")
    shown = suggested(result)
    await submit(
        hass, result, {key: shown[key] for key in shown if key not in left_out}
    )

    assert entry.options == options | POLLING
    assert options["expected"]["second"]["outbound"] == ""
    assert asked(panel) == []


@pytest.mark.parametrize("interval", [0, -1, 86401, "60.5", "soon", ""])
async def test_interval_that_a_panel_has(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, interval: Any
) -> None:
    """What a panel has answered can be saved again, whatever it is."""
    panel.second_account["registration_interval"] = interval
    entry = entry_of(panel, expect=False)
    await set_up(entry)
    await accept(hass)
    before = dict(entry.options)
    assert before["expected"]["second"]["registration_interval"] == str(interval)

    result = await open_step(hass, entry, "second")
    result = await submit(hass, result, suggested(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == before


async def test_choice_of_the_account(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    entry = both_accounts(panel)
    await set_up(entry)
    options = dict(entry.options)

    result = await open_step(hass, entry, "second")
    assert suggested(result) == SHOWN
    result = await open_step(hass, entry, "first")
    assert placeholders(result)["account"] == "First account"
    shown = suggested(result)
    assert shown["stun"] == "stun.example.org:3478"

    await submit(hass, result, shown | {"stun": "stun.example.com"})
    assert entry.options["expected"] == {
        **options["expected"],
        "first": {**options["expected"]["first"], "stun": "stun.example.com"},
    }
    assert hass.states.is_state(FIRST_DRIFT, "on")
    assert hass.states.is_state(DRIFT, "off")


async def test_nothing_is_expected(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """Then all can be expected as it is, which counts without a reload."""
    entry = entry_of(panel, expect=False)
    await set_up(entry)
    before = entry.runtime_data
    assert hass.states.is_state("sensor.front_door", "nothing_expected")

    result = await open_step(hass, entry, "second")
    assert result["step_id"] == "nothing_expected"
    assert placeholders(result)["account"] == "Second account"
    result = await submit(hass, result, {"expect": "nothing"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"accounts": ["second"]}
    result = await open_step(hass, entry, "second")
    await submit(hass, result, {"expect": "current"})

    assert entry.options["expected"] == {"second": EXPECTED["second"]}
    assert entry.runtime_data is before
    assert hass.states.is_state("sensor.front_door", "as_expected")


async def test_path_goes_while_the_form_is_open(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """As when somebody reconfigures the panel."""
    entry = entry_of(panel, expect=False)
    await set_up(entry)
    result = await open_step(hass, entry, "second")
    data = {**entry.data, "second_account_path": None}
    hass.config_entries.async_update_entry(entry, data=data)
    result = await submit(hass, result, {"expect": "current"})
    assert result["errors"] == {"expect": "not_read"}


@pytest.mark.usefixtures("init_integration")
async def test_user_id_is_never_shown(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The user ID may be a secret: it is neither seen nor typed."""
    result = await open_step(hass, entry, "second")

    schema = result["data_schema"]
    assert schema
    assert "user_id" not in schema.schema
    assert EXPECTED["second"]["user_id"] not in str(suggested(result))


@pytest.mark.usefixtures("init_integration")
async def test_form_that_stayed_open(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change, poll: Poll
) -> None:
    """What was accepted, or is no longer compared, meanwhile stays so."""
    await change(proxy="sip:new.example.net", user="999")
    await poll()
    polling = await open_step(hass, entry, "polling")
    result = await open_step(hass, entry, "second")

    await accept(hass, settings=["proxy"])
    entry.runtime_data.async_set_options(
        with_expected(entry.options, Account.SECOND, {Setting.USER: None})
    )
    await submit(hass, result, SHOWN | {"realm": "new.example.net"})
    expected = EXPECTED["second"] | {
        "proxy": "sip:new.example.net",
        "realm": "new.example.net",
    }
    del expected["user"]
    assert entry.options["expected"]["second"] == expected

    await submit(hass, polling, suggested(polling) | {"scan_interval": 30})
    assert entry.options["expected"]["second"]["realm"] == "new.example.net"
    assert entry.options["scan_interval"] == 30


@pytest.mark.parametrize("is_expected", [True, False])
async def test_account_that_is_not_watched_any_more(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, is_expected: bool
) -> None:
    """A form about it keeps what is expected, and does not let it be watched again."""
    entry = both_accounts(panel, expect=is_expected)
    await set_up(entry)
    form = await open_step(hass, entry, "second")
    polling = await open_step(hass, entry, "polling")
    await submit(hass, polling, WATCH_BOTH | {"accounts": ["first"]})
    assert watched(hass) == {"first"}
    await submit(hass, form, SHOWN if is_expected else {"expect": "current"})

    assert entry.options["accounts"] == ["first"]
    assert entry.options["expected"]["second"] == EXPECTED["second"]
    assert entry.state is ConfigEntryState.LOADED
    assert watched(hass) == {"first"}


async def test_earlier(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
    change: Change,
    poll: Poll,
) -> None:
    """What was accepted, edited or taken out can be undone, the user ID as all else."""
    await set_up(entry)
    await change(proxy="sip:new.example.net", user_id="canary")
    await poll()
    await accept(hass)
    user_id = entry.options["expected"]["second"]["user_id"]
    entry.runtime_data.async_set_options(
        with_expected(
            entry.options,
            Account.SECOND,
            dict.fromkeys([Setting.REALM, Setting.USER_ID]),
        )
    )
    before = EXPECTED["second"]["user_id"]
    assert user_id != before

    result = await open_step(hass, entry, "earlier")
    assert placeholders(result) == {"panel": label(entry)}
    lines = [option["label"] for option in options_of(result, "change")]
    assert [line.split(" ", 2)[2] for line in lines] == [
        (
            "account 2 realm: pbx.example.net → not compared;"
            f" account 2 user ID: {user_id} → not compared"
        ),
        (
            "account 2 proxy: sip:pbx.example.net → sip:new.example.net;"
            f" account 2 user ID: {before} → {user_id}"
        ),
    ]
    oldest = options_of(result, "change")[-1]["value"]
    await submit(hass, result, {"change": oldest})

    assert entry.options == options
    assert hass.states.is_state(DRIFT, "on")


@pytest.mark.usefixtures("init_integration")
async def test_one_step_back(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change, poll: Poll
) -> None:
    """Older changes stay, and so does what was accepted since the list was shown."""
    for proxy in ("sip:a.example.net", "sip:b.example.net"):
        await change(proxy=proxy)
        await poll()
        await accept(hass)

    result = await open_step(hass, entry, "earlier")
    newest = options_of(result, "change")[0]["value"]
    await change(proxy="sip:c.example.net")
    await poll()
    await accept(hass)
    result = await submit(hass, result, {"change": newest})
    assert result["errors"] == {"change": "changed_meanwhile"}
    assert entry.options["expected"]["second"]["proxy"] == "sip:c.example.net"

    assert len(options_of(result, "change")) == 3
    await submit(hass, result, {"change": newest})
    assert entry.options["expected"]["second"]["proxy"] == "sip:a.example.net"


@pytest.mark.usefixtures("init_integration")
async def test_account_of_another_version(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """What this version does not know stays as it is."""
    third = {"third": {"proxy": "sip:third.example.net", "codec": "opus"}}
    hass.config_entries.async_update_entry(
        entry,
        options={
            "accounts": ["third", "second"],
            "expected": {**entry.options["expected"], **third},
        },
    )

    result = await open_step(hass, entry, "second")
    await submit(hass, result, SHOWN | {"realm": "new"})
    result = await open_step(hass, entry, "polling")
    assert suggested(result)["accounts"] == ["second"]

    assert entry.options == {
        "accounts": ["third", "second"],
        "expected": {
            "second": EXPECTED["second"] | {"realm": "new"},
            **third,
        },
    }


@pytest.mark.parametrize("realm", ["third.example.net", " other.example.net"])
@pytest.mark.usefixtures("init_integration")
async def test_other_expectation_of_a_drifted_setting_that_is_not_sent(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    change: Change,
    poll: Poll,
    realm: str,
) -> None:
    """It has drifted from that, too, unless it is what the panel had last."""
    await change(realm="other.example.net")
    del panel.second_account["realm"]
    await poll(times=2)
    events = SipEvents(hass)
    step = await open_step(hass, entry, "second")
    await submit(hass, step, suggested(step) | {"realm": realm})

    if realm == "third.example.net":
        assert state_of(hass, DRIFT) == "on"
        assert events.types == ["expectation_updated"]
    else:
        assert state_of(hass, DRIFT) == "unknown"
        assert events.types == ["expectation_updated", "drift_resolved"]
