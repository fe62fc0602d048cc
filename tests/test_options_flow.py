"""Tests of the options flow."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.drift import (
    ChangeType,
    Setting,
    Status,
    with_ignored,
)
from custom_components.bas_ip.panel import Account
from simulator import Answer, SimulatedPanel

from .conftest import EXPECTED, Change, Poll, SetUp, entry_of

BOTH = (Account.SECOND, Account.FIRST)
FIRST_DRIFT = "binary_sensor.front_door_account_1_drift"
SECOND_DRIFT = "binary_sensor.front_door_account_2_drift"


async def open_step(
    hass: HomeAssistant, entry: MockConfigEntry, step: str
) -> ConfigFlowResult:
    """Open the options and choose an item of the menu."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "init"
    return await submit(hass, result, {"next_step_id": step})


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, user_input: dict[str, Any]
) -> ConfigFlowResult:
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], user_input
    )
    await hass.async_block_till_done()
    return result


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return the suggested values of a form, of the fields that have one."""
    schema = result["data_schema"]
    assert schema
    return {
        str(key): key.description["suggested_value"]
        for key in schema.schema
        if key.description
    }


def selectable(result: ConfigFlowResult, field: str) -> list[Any]:
    """Return what can be selected in a field."""
    schema = result["data_schema"]
    assert schema
    options: list[Any] = schema.schema[field].config["options"]
    return options


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
    ("expects", "other_expects", "steps"),
    [
        (True, True, ["polling", "expected", "copy", "apply"]),
        (True, False, ["polling", "expected", "apply"]),
        (False, True, ["polling", "expected", "copy"]),
        (False, None, ["polling", "expected"]),
    ],
)
async def test_menu(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    expects: bool,
    other_expects: bool | None,
    steps: list[str],
) -> None:
    """There is something to copy only if a panel expects something."""
    entry = entry_of(panel, expect=expects)
    await set_up(entry)
    if other_expects is not None:
        entry_of(other_panel, expect=other_expects).add_to_hass(hass)

    result = await hass.config_entries.options.async_init(entry.entry_id)

    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == steps
    assert result["description_placeholders"] == {"count": "7" if expects else "0"}


async def test_panel_that_is_not_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, enable_custom_integrations: None
) -> None:
    """What a panel has now, and its history, are not known then."""
    entry.add_to_hass(hass)

    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["menu_options"] == ["polling", "expected"]
    result = await submit(hass, result, {"next_step_id": "expected"})

    assert result["description_placeholders"] == {
        "empty": "Outbound proxy",
        **dict.fromkeys(NOW, "-"),
    }
    result = await submit(hass, result, SHOWN | {"proxy": "sip:new.example.net"})
    assert entry.options["expected"]["second"]["proxy"] == "sip:new.example.net"


@pytest.mark.parametrize("interval", [15, 3600])
async def test_polling(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
    interval: int,
) -> None:
    await set_up(entry)
    # The first interval is a random part of it.
    await entry.runtime_data.async_refresh()
    assert entry.runtime_data.update_interval == timedelta(seconds=60)

    result = await open_step(hass, entry, "polling")
    assert suggested(result) == {"scan_interval": 60, "accounts": ["second"]}
    result = await submit(
        hass, result, {"scan_interval": interval, "accounts": ["second"]}
    )

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {**options, "scan_interval": interval}
    assert isinstance(entry.options["scan_interval"], int)
    assert entry.state is ConfigEntryState.LOADED
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
        await submit(hass, result, {"scan_interval": interval, "accounts": ["second"]})

    result = await submit(hass, result, {"scan_interval": 30, "accounts": ["second"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_accounts(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, options: dict[str, Any]
) -> None:
    """The entities of an account come and go with the choice, its expectations stay."""
    await set_up(entry)
    assert watched(hass) == {"second"}

    result = await open_step(hass, entry, "polling")
    assert selectable(result, "accounts") == ["first", "second"]
    both = {"scan_interval": 60, "accounts": ["first", "second"]}
    result = await submit(hass, result, both)
    assert result["step_id"] == "new_account"
    assert result["description_placeholders"] == {"account": "First account"}
    await submit(hass, result, {"expect": "nothing"})
    assert watched(hass) == {"first", "second"}
    assert entry.options == {**options, "accounts": ["first", "second"]}

    result = await open_step(hass, entry, "polling")
    await submit(hass, result, {"scan_interval": 60, "accounts": ["first"]})
    assert watched(hass) == {"first"}
    assert entry.options == {**options, "accounts": ["first"]}
    assert hass.states.get("sensor.front_door_sip_status")

    # What was expected of the second account still is.
    result = await open_step(hass, entry, "polling")
    result = await submit(hass, result, both)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.states.is_state(SECOND_DRIFT, "off")


async def test_new_account_as_it_is_now(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
) -> None:
    """The account is read before it is expected to stay as it is."""
    await set_up(entry)
    result = await open_step(hass, entry, "polling")
    result = await submit(
        hass, result, {"scan_interval": 30, "accounts": ["second", "first"]}
    )

    panel.fail(Answer(500), path="/api/v1/device/sip/settings")
    result = await submit(hass, result, {"expect": "current"})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"expect": "not_read"}

    panel.recover()
    result = await submit(hass, result, {"expect": "current"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {
        "scan_interval": 30,
        "accounts": ["second", "first"],
        "expected": {**options["expected"], "first": EXPECTED["first"]},
    }
    assert hass.states.is_state(FIRST_DRIFT, "off")


@pytest.mark.usefixtures("init_integration")
async def test_drift_accepted_while_a_new_account_is_read(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, change: Change
) -> None:
    await change(realm="other.example.net")
    result = await open_step(hass, entry, "polling")
    result = await submit(
        hass, result, {"scan_interval": 60, "accounts": ["second", "first"]}
    )

    reading = asyncio.create_task(submit(hass, result, {"expect": "current"}))
    request = await panel.next_request()
    assert request.path == "/api/v1/device/sip/settings"
    assert not reading.done()
    entry.runtime_data.async_accept()
    await reading

    assert entry.options["expected"]["second"]["realm"] == "other.example.net"
    assert entry.options["expected"]["first"] == EXPECTED["first"]
    assert hass.states.is_state(SECOND_DRIFT, "off")


@pytest.mark.usefixtures("init_integration")
async def test_new_account_of_a_panel_that_is_away(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """Nobody knows who would answer at the address."""
    panel.fail(Answer(500))
    await poll()
    panel.recover()
    requests = len(panel.requests)
    result = await open_step(hass, entry, "polling")
    result = await submit(
        hass, result, {"scan_interval": 60, "accounts": ["second", "first"]}
    )

    result = await submit(hass, result, {"expect": "current"})
    assert result["errors"] == {"expect": "not_read"}
    assert len(panel.requests) == requests

    result = await submit(hass, result, {"expect": "nothing"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("init_integration")
async def test_new_account_as_another_panel(
    hass: HomeAssistant, entry: MockConfigEntry, other_panel: SimulatedPanel
) -> None:
    theirs = {**EXPECTED["first"], "realm": "house.example.org", "user": "301"}
    other = entry_of(
        other_panel, (Account.FIRST,), expect=False, expected={"first": theirs}
    )
    other.add_to_hass(hass)

    result = await open_step(hass, entry, "polling")
    result = await submit(
        hass, result, {"scan_interval": 60, "accounts": ["second", "first"]}
    )
    assert selectable(result, "expect") == [
        {"value": "current", "label": "current"},
        {"value": other.entry_id, "label": "The same as Garage gate"},
        {"value": "nothing", "label": "nothing"},
    ]
    await submit(hass, result, {"expect": other.entry_id})

    assert entry.options["expected"]["first"] == {**theirs, "user": "101"}
    assert hass.states.is_state(FIRST_DRIFT, "on")


@pytest.mark.usefixtures("init_integration")
async def test_no_account(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    result = await open_step(hass, entry, "polling")

    result = await submit(hass, result, {"scan_interval": 30, "accounts": []})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"accounts": "no_account"}
    assert suggested(result) == {"scan_interval": 30, "accounts": []}

    result = await submit(hass, result, {"scan_interval": 30, "accounts": ["second"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_panel_of_one_account(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    panel.behaviour.second_account_path = None
    entry = entry_of(panel, (Account.FIRST,))
    await set_up(entry)

    result = await open_step(hass, entry, "polling")

    assert selectable(result, "accounts") == ["first"]


NOW = {
    "proxy": "`sip:pbx.example.net`",
    "realm": "`pbx.example.net`",
    "user": "`201`",
    "transport": "`udp`",
    "registration_interval": "`60`",
    "outbound": "empty",
    "stun": "-",
}
SHOWN = {
    "proxy": "sip:pbx.example.net",
    "realm": "pbx.example.net",
    "user": "201",
    "transport": "udp",
    "registration_interval": "60",
    "outbound": "",
    "ignored": [],
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"proxy": " sip:new.example.net "}, {"proxy": "sip:new.example.net"}),
        ({"registration_interval": 90.0}, {"registration_interval": "90"}),
        ({"registration_interval": 90}, {"registration_interval": "90"}),
        ({"registration_interval": 0}, {"registration_interval": "0"}),
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
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
    changes: dict[str, Any],
    expected: dict[str, str | None],
) -> None:
    """A value is expected as it was typed, and one that was cleared is not compared."""
    await set_up(entry)
    result = await open_step(hass, entry, "expected")
    assert result["step_id"] == "settings"
    assert suggested(result) == SHOWN
    assert result["description_placeholders"] == {"empty": "Outbound proxy", **NOW}

    user_input = {
        key: value for key, value in (SHOWN | changes).items() if value is not None
    }
    result = await submit(hass, result, user_input)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    before = options["expected"]["second"]
    after = {
        key: value for key, value in (before | expected).items() if value is not None
    }
    assert entry.options == {**options, "expected": {"second": after}}
    (setting,) = expected
    comparison = entry.runtime_data.data.accounts[Account.SECOND].comparisons[setting]
    cleared = expected[setting] is None
    assert comparison.status is (Status.NOT_COMPARED if cleared else Status.DRIFTED)


@pytest.mark.parametrize("interval", [-1, 86401, "soon"])
@pytest.mark.usefixtures("init_integration")
async def test_interval_bounds(
    hass: HomeAssistant, entry: MockConfigEntry, interval: Any
) -> None:
    result = await open_step(hass, entry, "expected")

    with pytest.raises(InvalidData):
        await submit(hass, result, SHOWN | {"registration_interval": interval})


@pytest.mark.parametrize("left_out", [[], ["outbound", "ignored"]])
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
    requests = len(panel.requests)

    result = await open_step(hass, entry, "polling")
    await submit(hass, result, suggested(result))
    result = await open_step(hass, entry, "expected")
    shown = suggested(result)
    await submit(
        hass, result, {key: shown[key] for key in shown if key not in left_out}
    )

    assert entry.options == options
    assert options["expected"]["second"]["outbound"] == ""
    assert len(panel.requests) == requests


async def test_unset_interval(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """What a panel has answered can be saved again, whatever it is."""
    panel.second_account["registration_interval"] = 0
    entry = entry_of(panel)
    await set_up(entry)

    result = await open_step(hass, entry, "expected")
    result = await submit(hass, result, suggested(result))

    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_choice_of_the_account(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    entry = entry_of(panel, BOTH)
    await set_up(entry)
    options = dict(entry.options)

    result = await open_step(hass, entry, "expected")
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "expected"
    assert selectable(result, "account") == ["second", "first"]
    result = await submit(hass, result, {"account": "first"})
    assert result["step_id"] == "settings"
    shown = suggested(result)
    assert shown["stun"] == "stun.example.org:3478"
    assert "stun" in selectable(result, "ignored")

    await submit(hass, result, shown | {"stun": "stun.example.com"})
    assert entry.options["expected"] == {
        **options["expected"],
        "first": {**options["expected"]["first"], "stun": "stun.example.com"},
    }
    assert hass.states.is_state(FIRST_DRIFT, "on")
    assert hass.states.is_state(SECOND_DRIFT, "off")


@pytest.mark.usefixtures("init_integration")
async def test_user_id_is_never_shown(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The user ID may be a secret: it can be ignored, but neither seen nor typed."""
    result = await open_step(hass, entry, "expected")

    schema = result["data_schema"]
    assert schema
    assert "user_id" not in schema.schema
    assert selectable(result, "ignored") == [
        setting.value for setting in Setting if setting is not Setting.STUN
    ]
    assert entry.options["expected"]["second"]["user_id"] not in str(suggested(result))


async def test_ignored(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.second_account |= {"proxy": "sip:other.example.net", "user": "999"}
    await set_up(entry)
    assert hass.states.is_state(SECOND_DRIFT, "on")

    result = await open_step(hass, entry, "expected")
    await submit(hass, result, SHOWN | {"ignored": ["user", "proxy"]})
    assert entry.options["ignored"] == {"second": ["proxy", "user"]}
    assert hass.states.is_state(SECOND_DRIFT, "off")

    result = await open_step(hass, entry, "expected")
    assert suggested(result)["ignored"] == ["proxy", "user"]
    await submit(hass, result, SHOWN | {"ignored": ["user"]})
    assert entry.options["ignored"] == {"second": ["user"]}
    assert hass.states.is_state(SECOND_DRIFT, "on")


@pytest.mark.usefixtures("init_integration")
async def test_drift_accepted_meanwhile(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    """Two changes that meet both survive."""
    await change(proxy="sip:new.example.net", user="999")
    result = await open_step(hass, entry, "expected")

    coordinator = entry.runtime_data
    coordinator.async_accept([Setting.PROXY])
    coordinator.async_ignore(Account.SECOND, [Setting.USER])
    await submit(
        hass, result, SHOWN | {"realm": "new.example.net", "ignored": ["outbound"]}
    )

    expected = entry.options["expected"]["second"]
    assert expected["proxy"] == "sip:new.example.net"
    assert expected["realm"] == "new.example.net"
    assert entry.options["ignored"] == {"second": ["outbound", "user"]}


@pytest.mark.usefixtures("init_integration")
async def test_same_setting_ignored_meanwhile(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    result = await open_step(hass, entry, "expected")

    entry.runtime_data.async_ignore(Account.SECOND, [Setting.USER])
    await submit(hass, result, SHOWN | {"ignored": ["user"]})

    assert entry.options["ignored"] == {"second": ["user"]}


@pytest.mark.usefixtures("init_integration")
async def test_accepted_while_polling_is_set(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    await change(user="999")
    result = await open_step(hass, entry, "polling")

    entry.runtime_data.async_accept()
    await submit(hass, result, {"scan_interval": 30, "accounts": ["second"]})

    assert entry.options["expected"]["second"]["user"] == "999"
    assert entry.options["scan_interval"] == 30


@pytest.mark.parametrize("with_user", [False, True])
async def test_copy(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
    with_user: bool,
) -> None:
    """Panels of one house share the server, and rarely the user."""
    theirs = {
        **EXPECTED["second"],
        "proxy": "sip:house.example.net",
        "user": "301",
        "user_id": "a digest",
        "outbound": "edge.example.net",
    }
    other = entry_of(other_panel, expect=False, expected={"second": theirs})
    await set_up(entry)
    other.add_to_hass(hass)

    result = await open_step(hass, entry, "copy")
    assert selectable(result, "panel") == [
        {"value": other.entry_id, "label": "Garage gate"}
    ]
    user_input = {"panel": other.entry_id} | ({"with_user": True} if with_user else {})
    result = await submit(hass, result, user_input)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    personal = () if with_user else ("user", "user_id")
    assert entry.options["expected"]["second"] == {
        **options["expected"]["second"],
        **{key: value for key, value in theirs.items() if key not in personal},
    }
    assert hass.states.is_state(SECOND_DRIFT, "on")


async def test_copy_of_the_accounts_that_both_have(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
) -> None:
    """What the other panel does not expect stays as it is."""
    entry = entry_of(panel, BOTH)
    options = dict(entry.options)
    theirs = {**EXPECTED["second"], "proxy": "sip:house.example.net"}
    del theirs["outbound"]
    other = entry_of(other_panel, expect=False, expected={"second": theirs})
    await set_up(entry)
    other.add_to_hass(hass)

    result = await open_step(hass, entry, "copy")
    await submit(hass, result, {"panel": other.entry_id})

    assert entry.options["expected"] == {
        "first": options["expected"]["first"],
        "second": {
            **options["expected"]["second"],
            "proxy": "sip:house.example.net",
        },
    }


OTHER_DRIFT = "binary_sensor.garage_gate_account_2_drift"


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_apply(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    options: dict[str, Any],
    is_loaded: bool,
) -> None:
    """Other panels are expected to have the same; their drift shows who has not yet."""
    entry, other = entry_of(panel, BOTH), entry_of(other_panel)
    await set_up(entry)
    if is_loaded:
        await hass.config_entries.async_add(other)
        await hass.async_block_till_done()
    else:
        other.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry,
        options={
            **entry.options,
            "expected": {
                "first": EXPECTED["first"],
                "second": EXPECTED["second"]
                | {"proxy": "sip:new.example.net", "user": "999", "user_id": "x"},
            },
        },
    )
    before = dict(entry.options)

    result = await open_step(hass, entry, "apply")
    assert selectable(result, "panels") == [
        {"value": other.entry_id, "label": "Garage gate"}
    ]
    result = await submit(hass, result, {"panels": []})
    assert result["errors"] == {"panels": "no_panel"}
    result = await submit(hass, result, {"panels": [other.entry_id]})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == before
    # Of the first account, which it does not watch, nothing is expected.
    assert other.options["expected"] == {
        "second": {**EXPECTED["second"], "proxy": "sip:new.example.net"}
    }
    if is_loaded:
        assert hass.states.is_state(OTHER_DRIFT, "on")
        change = other.runtime_data.history.changes[-2]
        assert change.type is ChangeType.EXPECTATION_UPDATED


async def test_earlier(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    options: dict[str, Any],
    change: Change,
) -> None:
    """What was accepted, edited and ignored can be taken back."""
    await set_up(entry)
    await change(proxy="sip:new.example.net", user_id="canary")
    entry.runtime_data.async_accept()
    entry.runtime_data.async_ignore(Account.SECOND, [Setting.REALM, Setting.OUTBOUND])
    hass.config_entries.async_update_entry(
        entry,
        options=with_ignored(
            entry.options,
            Account.SECOND,
            [Setting.REALM, Setting.OUTBOUND, Setting.TRANSPORT],
        ),
    )

    result = await open_step(hass, entry, "earlier")
    lines = [option["label"] for option in selectable(result, "change")]
    assert [line.partition(" ")[2].partition(" ")[2] for line in lines] == [
        (
            "Account 2 realm: pbx.example.net → not compared,"
            " Account 2 outbound proxy: empty → not compared"
        ),
        (
            "Account 2 proxy: sip:pbx.example.net → sip:new.example.net,"
            " Account 2 user ID: changed"
        ),
    ]
    user_id = entry.options["expected"]["second"]["user_id"]
    assert user_id not in str(result)
    oldest = selectable(result, "change")[-1]["value"]
    await submit(hass, result, {"change": oldest})

    assert entry.options == {
        **options,
        # The record does not have the value of the user ID.
        "expected": {"second": {**EXPECTED["second"], "user_id": user_id}},
        "ignored": {"second": ["transport"]},
    }
    assert hass.states.is_state(SECOND_DRIFT, "on")


@pytest.mark.usefixtures("init_integration")
async def test_one_step_back(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    """Older changes stay."""
    for proxy in ("sip:a.example.net", "sip:b.example.net"):
        await change(proxy=proxy)
        entry.runtime_data.async_accept()

    result = await open_step(hass, entry, "earlier")
    newest = selectable(result, "change")[0]["value"]
    await submit(hass, result, {"change": newest})

    assert entry.options["expected"]["second"]["proxy"] == "sip:a.example.net"
    assert "ignored" not in entry.options
