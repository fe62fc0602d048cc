"""The issues of a drift and of a shown password, and how a drift is fixed."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    issue_registry as ir,
)
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.drift.expected import CONF_EXPECTED
from custom_components.bas_ip.issues import ISSUE_DRIFT, ISSUE_PASSWORD, SECURITY_URL
from simulator import SimulatedPanel
from simulator.faults import NOT_AN_OBJECT

from .conftest import (
    DRIFT,
    FIRST,
    AnswerRepair,
    Change,
    OpenRepair,
    Poll,
    SetUp,
    accept,
    both_accounts,
    device_of,
    entry_of,
    issues,
    not_comparing,
)


def drift_issue(hass: HomeAssistant) -> ir.IssueEntry:
    """Return the only issue, which is about a drift."""
    (issue,) = issues(hass).values()
    assert issue.translation_key == ISSUE_DRIFT
    return issue


def drifted(hass: HomeAssistant) -> list[str]:
    """Return what has drifted of the second account."""
    state = hass.states.get(DRIFT)
    assert state
    differences: list[str] = state.attributes["differences"]
    return differences


def expected(entry: MockConfigEntry, account: str = "second") -> dict[str, str]:
    """Return what is expected of an account."""
    values: dict[str, str] = entry.options[CONF_EXPECTED][account]
    return values


@pytest.mark.usefixtures("init_integration")
async def test_drift_issue(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    change: Change,
) -> None:
    """A drift raises an issue, which stays as it is and goes with the drift."""
    assert issues(hass) == {}
    events = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)

    await change(realm="other.example.net")
    issue = drift_issue(hass)
    assert issue.issue_id.startswith(f"{ISSUE_DRIFT}_{entry.entry_id}_")
    assert issue.data == {"entry_id": entry.entry_id}
    assert issue.is_fixable
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.translation_placeholders == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
    }
    assert [event.data["action"] for event in events] == ["create"]

    # Away, back, another way to write the same, another registration: it stays.
    events.clear()
    await panel.switch_off()
    await poll(times=2)
    await panel.switch_on()
    panel.second_account["proxy"] = "PBX.example.net:5060"
    panel.sip_status = "ERROR"
    await poll(times=3)
    assert drift_issue(hass) == issue
    assert events == []

    await change(realm="pbx.example.net")
    assert issues(hass) == {}
    assert [event.data["action"] for event in events] == ["remove"]


@pytest.mark.usefixtures("init_integration")
async def test_further_drift(
    hass: HomeAssistant, entry: MockConfigEntry, poll: Poll, change: Change
) -> None:
    """An issue that is ignored stays so until there is another drift."""
    await change(realm="other.example.net")
    issue_id = drift_issue(hass).issue_id
    ir.async_ignore_issue(hass, DOMAIN, issue_id, True)

    await hass.config_entries.async_reload(entry.entry_id)
    await poll()
    assert drift_issue(hass).issue_id == issue_id
    assert drift_issue(hass).dismissed_version

    seen = {issue_id}
    for setting, value in (
        ("realm", "another.example.net"),
        ("transport", "tcp"),
        ("user_id", "202"),
        ("user_id", "203"),
    ):
        await change(**{setting: value})
        issue = drift_issue(hass)
        assert issue.issue_id not in seen
        assert issue.dismissed_version is None
        seen.add(issue.issue_id)


async def test_names_and_places(
    hass: HomeAssistant,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
) -> None:
    """Issues and dialogs have the name that people gave, at once, and the place."""
    panel.second_account["realm"] = "other.example.net"
    panel.behaviour.cleartext_password = True
    await set_up(entry)
    area = area_registry.async_create("Yard")
    for name in ("North entrance", "South entrance"):
        device_registry.async_update_device(
            device_of(hass, entry).id, name_by_user=name, area_id=area.id
        )
        await hass.async_block_till_done()
        where = {"panel": name, "location": f"Yard, {panel.host}:{panel.port}"}
        assert issues(hass).keys() == {ISSUE_DRIFT, ISSUE_PASSWORD}
        for issue in issues(hass).values():
            assert issue.translation_placeholders == where
        menu = await open_repair(issues(hass)[ISSUE_DRIFT])
        assert menu["description_placeholders"].items() >= where.items()
        form = await answer_repair(menu, next_step_id="accept_some")
        assert form["description_placeholders"] == where


async def test_password_issue(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """The issue stays while it is unknown whether the panel shows a password."""
    entry = both_accounts(panel)
    await set_up(entry)
    panel.behaviour.cleartext_password = True
    await poll(times=2)
    (issue,) = issues(hass).values()
    assert issue.issue_id == f"{ISSUE_PASSWORD}_{entry.entry_id}"
    assert not issue.is_fixable
    assert issue.learn_more_url == SECURITY_URL
    assert issue.translation_placeholders == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
    }

    panel.fail(NOT_AN_OBJECT, path=FIRST)
    panel.behaviour.cleartext_password = False
    await poll(times=3)
    assert list(issues(hass).values()) == [issue]

    panel.recover()
    await poll(times=2)
    assert issues(hass) == {}


async def test_no_password_issue_without_a_password(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """That nobody knows is no reason for an issue."""
    del panel.second_account["password"]
    await set_up(entry)
    assert issues(hass) == {}


@pytest.mark.usefixtures("init_integration")
async def test_issues_go_with_the_entry(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    """A panel that is disabled or removed leaves no issue; one that reloads does."""
    await change(realm="other.example.net")
    await hass.config_entries.async_unload(entry.entry_id)
    drift_issue(hass)
    await hass.config_entries.async_setup(entry.entry_id)

    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert issues(hass) == {}

    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    drift_issue(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert issues(hass) == {}


@pytest.mark.usefixtures("init_integration")
async def test_disabled_device(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entry: MockConfigEntry,
    change: Change,
) -> None:
    """A device that was disabled has no repair, until it is enabled again."""
    await change(realm="other.example.net")
    device_id = device_of(hass, entry).id
    device_registry.async_update_device(
        device_id, disabled_by=dr.DeviceEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert issues(hass) == {}

    await change(realm="another.example.net")
    assert issues(hass) == {}

    device_registry.async_update_device(device_id, disabled_by=None)
    await hass.async_block_till_done()
    drift_issue(hass)


async def test_dialog(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    open_repair: OpenRepair,
) -> None:
    """The dialog shows what differs, of the user ID a digest only."""
    await set_up(both_accounts(panel))
    panel.second_account |= {
        "proxy": "",
        "registration_interval": 120,
        "user_id": "hidden-secret",
    }
    panel.first_account["stun"] = {"ip": "", "port": 3478}
    del panel.first_account["realm"]
    await poll(times=2)
    menu = await open_repair(drift_issue(hass))

    assert menu["type"] == "menu"
    assert menu["step_id"] == "init"
    assert menu["menu_options"] == ["accept_all", "accept_some", "ignore"]
    *lines, user_id, last = menu["description_placeholders"]["differences"].split("\n")
    assert [*lines, last] == [
        "- account 1 STUN server: `stun.example.org:3478` → not set",
        "- account 2 proxy: `sip:pbx.example.net` → not set",
        "- account 2 registration interval: `60` → `120`",
    ]
    assert user_id.startswith("- account 2 user ID: `b42008d0` → `")
    assert "hidden-secret" not in user_id
    assert menu["description_placeholders"]["url"] == panel.url


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a|b", "`a|b`"),
        ("`` ` **b**", "`'' ' **b**`"),
        ("[x](https://example.org)", "`[x](https://example.org)`"),
        ("<img src=x onerror=alert(1)>", "`<img src=x onerror=alert(1)>`"),
        ("a\nb | c\r\n# d", r"`a\nb | c\r\n# d`"),
        ("a\u2028b\u202ec", r"`a\u2028b\u202ec`"),
        ("{panel}", "`{panel}`"),
        ("{{ states('sun.sun') }}", "`{{ states('sun.sun') }}`"),
        ("x" * 300, f"`{'x' * 255}`"),
    ],
)
@pytest.mark.usefixtures("init_integration")
async def test_values_are_only_shown(
    hass: HomeAssistant,
    change: Change,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
    value: str,
    shown: str,
) -> None:
    """Markdown in a value from a panel stays a value."""
    await change(user=value)
    menu = await open_repair(drift_issue(hass))

    assert menu["description_placeholders"]["differences"] == (
        f"- account 2 user: `201` → {shown}"
    )
    form = await answer_repair(menu, next_step_id="accept_some")
    (option,) = form["data_schema"][0]["selector"]["select"]["options"]
    assert option["label"].replace("\u2060", "").isprintable()


async def test_accept_all(
    hass: HomeAssistant,
    drifted_entry: MockConfigEntry,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
) -> None:
    entry = drifted_entry
    menu = await open_repair(drift_issue(hass))
    step = await answer_repair(menu, next_step_id="accept_all")

    assert step["type"] == "create_entry"
    assert expected(entry, "first")["realm"] == "other.example.org"
    assert expected(entry)["realm"] == "other.example.net"
    assert expected(entry)["transport"] == "tcp"
    assert drifted(hass) == []
    assert issues(hass) == {}


@pytest.mark.parametrize("step_id", ["accept_some", "ignore"])
async def test_select_settings(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
    step_id: str,
) -> None:
    """What is selected is accepted or ignored, and nothing else."""
    entry = not_comparing(panel, "outbound")
    await set_up(entry)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account |= {"realm": "other.example.net", "transport": "tcp"}
    await poll(times=2)
    before = drift_issue(hass)
    menu = await open_repair(before)
    form = await answer_repair(menu, next_step_id=step_id)
    assert (form["type"], form["step_id"]) == ("form", step_id)
    assert not form["errors"]
    (field,) = form["data_schema"]
    assert field["name"] == "settings"
    assert field["selector"]["select"]["multiple"] is True
    assert field["selector"]["select"]["options"] == [
        {
            "value": "first.realm",
            "label": "account 1 realm: sip.example.org → other.example.org",
        },
        {
            "value": "second.realm",
            "label": "account 2 realm: pbx.example.net → other.example.net",
        },
        {"value": "second.transport", "label": "account 2 transport: udp → tcp"},
    ]
    for nothing in ({}, {"settings": []}):
        form = await answer_repair(form, **nothing)
        assert form["errors"] == {"settings": "nothing_selected"}

    step = await answer_repair(form, settings=["first.realm", "second.realm"])
    assert (step["type"], step["reason"]) == ("abort", "still_drifted")
    assert step["description_placeholders"] == {
        "differences": "- account 2 transport: `udp` → `tcp`"
    }
    assert drifted(hass) == ["account 2 transport: udp → tcp"]
    assert drift_issue(hass).issue_id != before.issue_id
    if step_id == "ignore":
        assert "realm" not in {*expected(entry, "first"), *expected(entry)}
    else:
        assert expected(entry, "first")["realm"] == "other.example.org"
        assert expected(entry)["realm"] == "other.example.net"
    assert expected(entry)["transport"] == "udp"
    assert "outbound" not in expected(entry)


async def test_change_while_the_dialog_is_open(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
) -> None:
    """Nothing is accepted of an account that changed; then that change is shown."""
    entry = both_accounts(panel)
    await set_up(entry)
    panel.first_account["realm"] = "seen.example.org"
    panel.second_account["realm"] = "seen.example.net"
    await poll(times=2)
    menu = await open_repair(drift_issue(hass))
    panel.second_account |= {"realm": "unseen.example.net", "proxy": "sip:unseen"}
    await poll(times=2)
    step = await answer_repair(menu, next_step_id="accept_all")

    assert expected(entry, "first")["realm"] == "seen.example.org"
    assert expected(entry)["realm"] == "pbx.example.net"
    assert (step["type"], step["step_id"]) == ("menu", "init")
    assert step["description_placeholders"]["differences"] == (
        "- account 2 proxy: `sip:pbx.example.net` → `sip:unseen`\n"
        "- account 2 realm: `pbx.example.net` → `unseen.example.net`"
    )
    step = await answer_repair(step, next_step_id="accept_all")
    assert step["type"] == "create_entry"
    assert expected(entry)["realm"] == "unseen.example.net"
    assert issues(hass) == {}


@pytest.mark.parametrize("is_right_again", [False, True])
@pytest.mark.usefixtures("init_integration")
async def test_form_that_stayed_open(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
    is_right_again: bool,
) -> None:
    """What was accepted, or corrected, meanwhile is not undone."""
    await change(realm="old.example.net")
    menu = await open_repair(drift_issue(hass))
    form = await answer_repair(menu, next_step_id="accept_some")
    if is_right_again:
        await change(realm="pbx.example.net")
    else:
        await change(realm="new.example.net")
        await accept(hass)
    before = expected(entry)
    step = await answer_repair(form, settings=["second.realm"])

    assert step["type"] == "create_entry"
    assert expected(entry) == before
    assert issues(hass) == {}


@pytest.mark.parametrize("step_id", ["accept_all", "accept_some", "ignore"])
@pytest.mark.usefixtures("init_integration")
async def test_panel_is_away(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    change: Change,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
    step_id: str,
) -> None:
    """What was shown can be accepted or ignored, for the user has seen it."""
    await change(realm="other.example.net")
    await panel.switch_off()
    await poll(times=2)
    step = await open_repair(drift_issue(hass))
    step = await answer_repair(step, next_step_id=step_id)
    if step_id != "accept_all":
        step = await answer_repair(step, settings=["second.realm"])

    assert step["type"] == "create_entry"
    await panel.switch_on()
    await poll(times=2)
    assert drifted(hass) == []
    assert issues(hass) == {}


@pytest.mark.parametrize("step_id", [None, "accept_all", "accept_some", "ignore"])
@pytest.mark.usefixtures("init_integration")
async def test_not_loaded(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
    step_id: str | None,
) -> None:
    """An entry that is not loaded, or not any more, changes nothing."""
    await change(realm="other.example.net")
    issue, before = drift_issue(hass), entry.options
    data: dict[str, Any] = {"next_step_id": step_id}
    if step_id:
        step = await open_repair(issue)
        if step_id != "accept_all":
            step = await answer_repair(step, **data)
            data = {"settings": ["second.realm"]}
    await hass.config_entries.async_unload(entry.entry_id)
    step = await answer_repair(step, **data) if step_id else await open_repair(issue)

    assert (step["type"], step["reason"]) == ("abort", "not_loaded")
    assert entry.options == before
    assert drift_issue(hass) == issue


@pytest.fixture
async def alike(
    panel: SimulatedPanel, other_panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> list[MockConfigEntry]:
    """Set up two panels whose second account changes alike, but for the user."""
    entries = [both_accounts(panel), both_accounts(other_panel)]
    for entry in entries:
        await set_up(entry)
    panel.second_account |= {"proxy": "sip:new.example.net", "user": "301"}
    panel.first_account["realm"] = "other.example.org"
    # Another way to write the same.
    other_panel.second_account |= {"proxy": "NEW.example.net:5060", "user_id": "9"}
    await poll(times=2)
    return entries


def issue_of(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry:
    """Return the issue of the drift of one of several panels."""
    (issue,) = (
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.translation_key == ISSUE_DRIFT and entry.entry_id in issue.issue_id
    )
    return issue


async def test_accept_on_other_panels(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    alike: list[MockConfigEntry],
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
) -> None:
    """What others have alike is accepted there; user and user ID are each panel's own."""
    entry, other = alike
    before = expected(other)
    menu = await open_repair(issue_of(hass, entry))
    assert menu["menu_options"] == [
        "accept_all",
        "accept_alike",
        "accept_some",
        "ignore",
    ]
    form = await answer_repair(menu, next_step_id="accept_alike")
    (field,) = form["data_schema"]
    assert field["default"] == [other.entry_id]
    assert field["selector"]["select"]["multiple"] is True
    assert field["selector"]["select"]["options"] == [
        {
            "value": other.entry_id,
            "label": f"Garage gate ({other_panel.host}:{other_panel.port})",
        }
    ]
    step = await answer_repair(form, panels=[other.entry_id])

    assert step["type"] == "create_entry"
    assert expected(entry, "first")["realm"] == "other.example.org"
    assert expected(entry)["proxy"] == "sip:new.example.net"
    assert expected(entry)["user"] == "301"
    assert expected(other) == {**before, "proxy": "NEW.example.net:5060"}
    assert issue_of(hass, other)


async def test_accept_on_no_other_panel(
    hass: HomeAssistant,
    alike: list[MockConfigEntry],
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
) -> None:
    """Who selects no panel accepts on this one only."""
    entry, other = alike
    before = expected(other)
    menu = await open_repair(issue_of(hass, entry))
    form = await answer_repair(menu, next_step_id="accept_alike")
    step = await answer_repair(form, panels=[])

    assert step["type"] == "create_entry"
    assert expected(entry)["proxy"] == "sip:new.example.net"
    assert expected(other) == before


async def test_accept_on_a_panel_that_was_removed(
    hass: HomeAssistant,
    alike: list[MockConfigEntry],
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
) -> None:
    """Nothing is accepted until somebody has selected again."""
    entry, other = alike
    before = expected(entry)
    menu = await open_repair(issue_of(hass, entry))
    form = await answer_repair(menu, next_step_id="accept_alike")
    await hass.config_entries.async_remove(other.entry_id)
    form = await answer_repair(form, panels=[other.entry_id])
    assert form["errors"] == {"panels": "panel_removed"}
    assert expected(entry) == before
    step = await answer_repair(form, panels=[])

    assert step["type"] == "create_entry"
    assert expected(entry)["proxy"] == "sip:new.example.net"


async def test_accept_on_other_panels_without_this_one(
    hass: HomeAssistant,
    alike: list[MockConfigEntry],
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
) -> None:
    """Nothing is accepted on any panel if this one is not loaded any more."""
    entry, other = alike
    before = [dict(each.options) for each in alike]
    menu = await open_repair(issue_of(hass, entry))
    form = await answer_repair(menu, next_step_id="accept_alike")
    await hass.config_entries.async_unload(entry.entry_id)
    step = await answer_repair(form, panels=[other.entry_id])

    assert (step["type"], step["reason"]) == ("abort", "not_loaded")
    assert [each.options for each in alike] == before
    assert issue_of(hass, other)


async def test_other_panel_that_changes_again(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    alike: list[MockConfigEntry],
    poll: Poll,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
) -> None:
    """Nothing is accepted of it, and it keeps its repair."""
    entry, other = alike
    before = expected(other)
    menu = await open_repair(issue_of(hass, entry))
    form = await answer_repair(menu, next_step_id="accept_alike")
    other_panel.second_account |= {"proxy": "sip:third.example.net", "user_id": "201"}
    await poll(times=2)
    step = await answer_repair(form, panels=[other.entry_id])

    assert step["type"] == "create_entry"
    assert expected(entry)["proxy"] == "sip:new.example.net"
    assert expected(other) == before
    assert issue_of(hass, other)


@pytest.mark.parametrize(
    "changes",
    [
        {"user": "301"},
        {"user": "301", "proxy": "sip:third.example.net"},
        {"proxy": "sip:new.example.net", "realm": "new.example.net"},
        {"proxy": "sip:pbx.example.net"},
    ],
    ids=["user alone", "another value", "one setting more", "no drift"],
)
async def test_panels_that_are_not_alike(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    alike: list[MockConfigEntry],
    poll: Poll,
    open_repair: OpenRepair,
    changes: dict[str, str],
) -> None:
    other_panel.second_account |= {"proxy": "sip:pbx.example.net", "user_id": "201"}
    other_panel.second_account |= changes
    await poll(times=2)
    menu = await open_repair(issue_of(hass, alike[0]))

    assert "accept_alike" not in menu["menu_options"]


@pytest.mark.parametrize(
    ("expect", "changes"),
    [
        ({"proxy": "sip:own.example.net"}, {"proxy": "sip:new.example.net"}),
        ({"user": "201"}, {"user": "301", "user_id": "301"}),
    ],
    ids=["other expected value", "user and user ID"],
)
async def test_same_values_that_are_not_alike(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    open_repair: OpenRepair,
    expect: dict[str, str],
    changes: dict[str, str],
) -> None:
    """The same after another value is not the same change, and no user is shared."""
    entry = entry_of(panel)
    other_panel.second_account |= expect
    for each in (
        entry,
        entry_of(other_panel, expect=False, expected={"second": expect}),
    ):
        await set_up(each)
    for each_panel in (panel, other_panel):
        each_panel.second_account |= changes
    await poll(times=2)
    assert issue_of(hass, each)
    menu = await open_repair(issue_of(hass, entry))

    assert "accept_alike" not in menu["menu_options"]
