"""Tests of the options flow: what is expected of several panels."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import area_registry as ar, device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.panel.models import Account
from simulator import SimulatedPanel

from .conftest import (
    EXPECTED,
    FIRST_DRIFT,
    OTHER_DRIFT,
    Poll,
    SetUp,
    entry_like,
    entry_of,
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


def place(hass: HomeAssistant, entry: MockConfigEntry, area: str) -> None:
    """Put a panel into an area."""
    registry = dr.async_get(hass)
    device = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("bas_ip", str(entry.unique_id))}
    )
    area_id = ar.async_get(hass).async_get_or_create(area).id
    registry.async_update_device(device.id, area_id=area_id)


@pytest.mark.usefixtures("init_integration")
async def test_new_account_as_another_panel(
    hass: HomeAssistant, entry: MockConfigEntry, other_panel: SimulatedPanel, poll: Poll
) -> None:
    """The user is the panel's own, and the other one shares only what it compares."""
    theirs = {**EXPECTED["first"], "realm": "house.example.org", "user": "301"}
    del theirs["registration_interval"]
    other = entry_of(
        other_panel,
        (Account.FIRST,),
        expect=False,
        expected={"first": theirs},
    )
    other.add_to_hass(hass)

    result = await watch_first_too(hass, entry)
    assert options_of(result, "expect") == ["current", "other", "nothing"]
    assert options_of(result, "panel") == [
        {"value": other.entry_id, "label": label(other)}
    ]
    await submit(hass, result, {"expect": "other", "panel": other.entry_id})

    assert entry.options["expected"]["first"] == {**theirs, "user": "101"}
    await poll(2)
    assert hass.states.is_state(FIRST_DRIFT, "on")


@pytest.mark.usefixtures("init_integration")
async def test_other_panel_that_shares_nothing_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, other_panel: SimulatedPanel
) -> None:
    """It never ends in nothing being expected."""
    other = entry_of(other_panel, (Account.FIRST,))
    other.add_to_hass(hass)
    as_other = {"expect": "other", "panel": other.entry_id}
    result = await watch_first_too(hass, entry)

    hass.config_entries.async_update_entry(
        other, options={**other.options, "expected": {"first": {"user": "301"}}}
    )
    result = await submit(hass, result, as_other)
    assert result["errors"] == {"base": "nothing_shared"}
    assert options_of(result, "expect") == ["current", "nothing"]

    hass.config_entries.async_update_entry(
        other, options={**other.options, "expected": {"first": EXPECTED["first"]}}
    )
    result = await watch_first_too(hass, entry)
    await hass.config_entries.async_remove(other.entry_id)
    result = await submit(hass, result, as_other)
    # What is left to choose from is shown.
    assert result["errors"] == {"base": "panel_removed"}
    assert "expect" not in suggested(result)
    assert "first" not in entry.options["accounts"]


@pytest.mark.parametrize("two_names", [True, False])
async def test_order_of_panels(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    two_names: bool,
) -> None:
    """By place and name; those without a place come last, and all can be told apart."""
    await set_up(entry)
    others = []
    for title, port, area in (
        ("Yard", 81, ""),
        ("Gate", 82, "Lindenhof"),
        ("door", 83, "Lindenhof"),
        ("Yard", 84, "annexe"),
    ):
        like = entry_of(other_panel, (Account.FIRST,))
        other = entry_like(
            like,
            title=title if two_names else "AA-07",
            unique_id=str(port),
            data={**like.data, "port": port},
        )
        other.add_to_hass(hass)
        if area:
            place(hass, other, area)
        others.append(other)
    yard, gate, door, annexe = others
    in_place = [door, gate] if two_names else [gate, door]

    result = await watch_first_too(hass, entry)

    assert options_of(result, "panel") == [
        {"value": other.entry_id, "label": label(other, area)}
        for other, area in (
            (annexe, "annexe, "),
            (in_place[0], "Lindenhof, "),
            (in_place[1], "Lindenhof, "),
            (yard, ""),
        )
    ]


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_apply(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    is_loaded: bool,
) -> None:
    """Other panels are expected to have the same; their drift shows who has not yet."""
    new = {"proxy": "sip:new.example.net", "user": "999", "user_id": "x"}
    entry = entry_of(
        panel,
        tuple(Account),
        expect=False,
        expected={**EXPECTED, "second": EXPECTED["second"] | new},
    )
    await set_up(entry)
    other = entry_of(other_panel)
    if is_loaded:
        await set_up(other)
    else:
        other.add_to_hass(hass)
    same = entry_like(
        other, title="Yard", unique_id="same", options={"accounts": ["third"]}
    )
    same.add_to_hass(hass)
    before = dict(entry.options)

    result = await open_step(hass, entry, "apply")
    assert placeholders(result) == {"panel": label(entry)}
    assert options_of(result, "panels") == [
        {"value": each.entry_id, "label": label(each)} for each in (other, same)
    ]
    result = await submit(hass, result, {"panels": []})
    assert result["errors"] == {"panels": "no_panel"}
    result = await submit(hass, result, {"panels": [same.entry_id, other.entry_id]})

    assert result["step_id"] == "applied"
    gate, yard = f"\n- {label(other)}", f"\n- {label(same)}"
    assert placeholders(result) == {
        "panel": label(entry),
        "drifted": gate if is_loaded else "-",
        "as_expected": "-",
        "not_comparable": "-",
        "left_out": yard if is_loaded else gate + yard,
    }
    result = await submit(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == before
    assert same.options == {"accounts": ["third"]}
    if is_loaded:
        # Nothing is expected of the first account, which it does not watch.
        second = {**EXPECTED["second"], "proxy": "sip:new.example.net"}
        assert other.options["expected"] == {"second": second}
        assert hass.states.is_state(OTHER_DRIFT, "on")


@pytest.mark.parametrize("is_known", [True, False])
async def test_apply_to_a_panel_that_is_away(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    is_known: bool,
) -> None:
    """It does not count as fine, whether it was read once or never."""
    await set_up(entry)
    other = entry_of(other_panel)
    if not is_known:
        await other_panel.switch_off()
        data = {key: other.data[key] for key in other.data if key != "is_new"}
        other = entry_like(other, data=data)
    await set_up(other)
    await other_panel.switch_off()
    await poll()

    result = await open_step(hass, entry, "apply")
    result = await submit(hass, result, {"panels": [other.entry_id]})

    outcome = placeholders(result)
    assert outcome["not_comparable"] == f"\n- {label(other)}"
    assert outcome["as_expected"] == outcome["drifted"] == outcome["left_out"] == "-"


async def test_apply_leaves_out(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    other_panel: SimulatedPanel,
    set_up: SetUp,
) -> None:
    """A panel that watches another account is left out; an equal one does not drift."""
    like = entry_of(other_panel, (Account.FIRST,))
    first = entry_like(like, title="First", unique_id="first")
    other = entry_of(other_panel)
    await set_up(entry)
    await set_up(other)
    first.add_to_hass(hass)
    options = dict(first.options)

    result = await open_step(hass, entry, "apply")
    user_input = {"panels": [first.entry_id, other.entry_id]}
    result = await submit(hass, result, user_input)

    assert placeholders(result) == {
        "panel": label(entry),
        "drifted": "-",
        "as_expected": f"\n- {label(other)}",
        "not_comparable": "-",
        "left_out": f"\n- {label(first)}",
    }
    assert first.options == options


@pytest.mark.parametrize(
    ("error", "is_alone"), [("no_panel", True), ("panel_removed", False)]
)
async def test_apply_to_a_panel_that_was_removed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    error: str,
    is_alone: bool,
) -> None:
    """That is an error, whether it is alone or not."""
    await set_up(entry)
    other = entry_of(other_panel, expect=False)
    gone = entry_like(other, title="Yard", unique_id="gone")
    await set_up(other)
    gone.add_to_hass(hass)
    result = await open_step(hass, entry, "apply")

    await hass.config_entries.async_remove(gone.entry_id)
    chosen = [gone.entry_id] if is_alone else [gone.entry_id, other.entry_id]
    result = await submit(hass, result, {"panels": chosen})
    assert result["errors"] == {"panels": error}
    result = await submit(hass, result, {"panels": [other.entry_id]})

    assert placeholders(result)["as_expected"] == f"\n- {label(other)}"
    assert "second" in other.options["expected"]
