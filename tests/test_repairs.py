"""The repair issues, and the dialog that accepts or ignores a drift."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs.const import DOMAIN as REPAIRS_DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.drift import CONF_EXPECTED, CONF_IGNORED
from custom_components.bas_ip.repair_issues import (
    ISSUE_DRIFT,
    ISSUE_PASSWORD,
    SECURITY_URL,
)
from simulator import SimulatedPanel
from simulator.faults import NOT_AN_OBJECT

from .conftest import Change, Poll, SetUp, both_accounts, entry_of

DRIFT = "binary_sensor.front_door_account_2_drift"

type Open = Callable[[str], Awaitable[dict[str, Any]]]
type Answer = Callable[[dict[str, Any], dict[str, Any]], Awaitable[dict[str, Any]]]


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return the issues that are there, whether they are ignored or not."""
    return [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    ]


def drift_issue(hass: HomeAssistant) -> ir.IssueEntry:
    """Return the only issue, which is about a drift."""
    (issue,) = issues(hass)
    assert issue.translation_key == ISSUE_DRIFT
    return issue


@pytest.fixture
async def client(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    enable_custom_integrations: None,
) -> TestClient[Any, Any]:
    """Return a client for the dialogs of repairs."""
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})
    # The server of the tests takes no more routes once it runs.
    assert await async_setup_component(hass, DOMAIN, {})
    return await hass_client()


@pytest.fixture
def open_dialog(client: TestClient[Any, Any]) -> Open:
    """Return a function that opens the dialog of an issue."""

    async def open_dialog(issue_id: str) -> dict[str, Any]:
        response = await client.post(
            "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue_id}
        )
        assert response.status == HTTPStatus.OK
        result: dict[str, Any] = await response.json()
        return result

    return open_dialog


@pytest.fixture
def answer(hass: HomeAssistant, client: TestClient[Any, Any]) -> Answer:
    """Return a function that answers a step of a dialog."""

    async def answer(step: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        response = await client.post(
            f"/api/repairs/issues/fix/{step['flow_id']}", json=data
        )
        assert response.status == HTTPStatus.OK
        await hass.async_block_till_done()
        result: dict[str, Any] = await response.json()
        return result

    return answer


def drifted(hass: HomeAssistant) -> list[str]:
    """Return the settings of the second account that have drifted."""
    state = hass.states.get(DRIFT)
    assert state
    return list(state.attributes["settings"])


def expected(entry: MockConfigEntry, account: str, setting: str) -> str:
    """Return the expected value of a setting."""
    value: str = entry.options[CONF_EXPECTED][account][setting]
    return value


@pytest.mark.usefixtures("init_integration")
async def test_drift_issue(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    change: Change,
) -> None:
    """A drift raises an issue, which stays as it is and goes with the drift."""
    assert issues(hass) == []
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

    # Each of these polls writes something, none of them anything of the issue.
    events.clear()
    for number in range(5):
        panel.register_last_attempt = 1_790_000_000 + number
        panel.second_account["realm"] = ["OTHER.example.net", "other.example.net"][
            number % 2
        ]
        await poll()
    await panel.switch_off()
    await poll()
    await panel.switch_on()
    await poll()
    assert drift_issue(hass) == issue
    assert events == []

    await change(realm="pbx.example.net")
    assert issues(hass) == []
    assert [event.data["action"] for event in events] == ["remove"]


@pytest.mark.usefixtures("init_integration")
async def test_further_drift(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    change: Change,
) -> None:
    """An issue that is ignored stays so until there is another drift."""
    await change(realm="other.example.net")
    issue_id = drift_issue(hass).issue_id
    ir.async_ignore_issue(hass, DOMAIN, issue_id, True)

    await poll()
    await hass.config_entries.async_reload(entry.entry_id)
    await poll()
    assert drift_issue(hass).issue_id == issue_id
    assert drift_issue(hass).dismissed_version

    seen = {issue_id}
    for setting, value in (
        ("realm", "another.example.net"),
        ("transport", "tcp"),
        ("user_id", "202"),
    ):
        panel.second_account[setting] = value
        await poll()
        issue = drift_issue(hass)
        assert issue.issue_id not in seen
        assert issue.dismissed_version is None
        seen.add(issue.issue_id)


@pytest.mark.usefixtures("loaded_entries")
async def test_same_drift_on_two_panels(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    poll: Poll,
    change: Change,
) -> None:
    """Each panel has issues of its own."""
    for each in (panel, other_panel):
        each.second_account["realm"] = "other.example.net"
    await poll()
    assert len(issues(hass)) == 2

    await change(realm="pbx.example.net")
    placeholders = drift_issue(hass).translation_placeholders
    assert placeholders
    assert placeholders["panel"] == "Garage gate"


async def test_renamed_device(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    area_registry: ar.AreaRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    open_dialog: Open,
) -> None:
    """Issues have the name that people gave, at once, and say where the panel is."""
    panel.second_account["realm"] = "other.example.net"
    panel.behaviour.cleartext_password = True
    await set_up(entry)
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    area = area_registry.async_create("Yard")
    for name in ("North entrance", "South entrance"):
        device_registry.async_update_device(
            device.id, name_by_user=name, area_id=area.id
        )
        await hass.async_block_till_done()

        location = f"Yard, {panel.host}:{panel.port}"
        kinds = {issue.translation_key: issue for issue in issues(hass)}
        assert kinds.keys() == {ISSUE_DRIFT, ISSUE_PASSWORD}
        for issue in kinds.values():
            assert issue.translation_placeholders == {
                "panel": name,
                "location": location,
            }
        menu = await open_dialog(kinds[ISSUE_DRIFT].issue_id)
        assert menu["description_placeholders"]["panel"] == name
        assert menu["description_placeholders"]["location"] == location


async def test_area_that_is_gone(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    panel.second_account["realm"] = "other.example.net"
    await set_up(entry)
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    device_registry.async_update_device(device.id, area_id="gone")
    await hass.async_block_till_done()

    assert drift_issue(hass).translation_placeholders == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
    }


async def test_issue_holds_nothing_of_the_user_id(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The ID of the issue is the same for each user ID, but not for a further change."""
    freezer.move_to("2026-11-22 12:00:00+00:00")
    await set_up(entry)

    async def issue_of(user_id: str) -> str:
        panel.second_account["user_id"] = user_id
        await entry.runtime_data.async_refresh()
        return drift_issue(hass).issue_id

    first = await issue_of("one")
    assert await issue_of("two") == first
    freezer.tick(60)
    assert await issue_of("three") != first


async def test_password_issue(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    change: Change,
) -> None:
    """The issue is there as long as the panel shows a password."""
    entry = both_accounts(panel)
    await set_up(entry)
    panel.behaviour.cleartext_password = True
    await poll()
    (issue,) = issues(hass)
    assert issue.issue_id == f"{ISSUE_PASSWORD}_{entry.entry_id}"
    assert not issue.is_fixable
    assert issue.learn_more_url == SECURITY_URL
    assert issue.translation_placeholders
    assert issue.translation_placeholders["panel"] == "Front door"

    await change(realm="other.example.net")
    assert {issue.translation_key for issue in issues(hass)} == {
        ISSUE_DRIFT,
        ISSUE_PASSWORD,
    }

    panel.behaviour.cleartext_password = False
    await poll()
    drift_issue(hass)


async def test_password_issue_stays_while_it_is_unknown(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """An account that cannot be read, or sends no password, is not yet in order."""
    panel.behaviour.cleartext_password = True
    await set_up(both_accounts(panel))
    (issue,) = issues(hass)

    panel.fail(NOT_AN_OBJECT, path="/api/v1/device/sip/settings")
    panel.behaviour.cleartext_password = False
    await poll()
    assert issues(hass) == [issue]

    panel.recover()
    await poll()
    assert issues(hass) == []


async def test_no_password_issue_without_a_password(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """That nobody knows is no reason for an issue."""
    del panel.second_account["password"]
    await set_up(entry_of(panel))
    assert issues(hass) == []


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
    assert issues(hass) == []

    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    drift_issue(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert issues(hass) == []


async def test_dialog(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    open_dialog: Open,
) -> None:
    """The dialog shows what differs, of the user ID only that it does."""
    await set_up(both_accounts(panel))
    panel.first_account["stun"] = None
    panel.second_account["proxy"] = ""
    panel.second_account["registration_interval"] = 120
    panel.second_account["user_id"] = "hidden-secret"
    del panel.first_account["realm"]
    panel.first_account["stun"] = {"ip": "", "port": 3478}
    await poll()
    menu = await open_dialog(drift_issue(hass).issue_id)

    assert menu["type"] == "menu"
    assert menu["step_id"] == "init"
    assert menu["menu_options"] == ["accept_all", "accept_some", "ignore"]
    assert menu["description_placeholders"] == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
        "url": panel.url,
        "differences": (
            "- Account 1 STUN server: `stun.example.org:3478` → empty\n"
            "- Account 2 proxy: `sip:pbx.example.net` → empty\n"
            "- Account 2 user ID: changed\n"
            "- Account 2 registration interval: `60` → `120`"
        ),
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a|b", "`a|b`"),
        ("`` ` **b**", "`'' ' **b**`"),
        ("[x](https://example.org)", "`[x](https://example.org)`"),
        ("<img src=x onerror=alert(1)>", "`<img src=x onerror=alert(1)>`"),
        ("a\nb | c\r\n# d", "`ab | c# d`"),
        ("a\u2028b\u202ec", "`abc`"),
        ("{panel}", "`{panel}`"),
        ("\\", "`\\`"),
        ("{{ states('sun.sun') }}", "`{{ states('sun.sun') }}`"),
        ("x" * 300, f"`{'x' * 255}`"),
        ("- a", "`- a`"),
    ],
)
@pytest.mark.usefixtures("init_integration")
async def test_values_are_only_shown(
    hass: HomeAssistant,
    change: Change,
    open_dialog: Open,
    answer: Answer,
    value: str,
    shown: str,
) -> None:
    """Markdown in a value from a panel stays a value."""
    await change(user=value)
    menu = await open_dialog(drift_issue(hass).issue_id)

    assert menu["description_placeholders"]["differences"] == (
        f"- Account 2 user: `201` → {shown}"
    )
    form = await answer(menu, {"next_step_id": "accept_some"})
    (option,) = form["data_schema"][0]["selector"]["select"]["options"]
    assert option["label"].isprintable()


async def test_accept_all(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    open_dialog: Open,
    answer: Answer,
) -> None:
    entry = both_accounts(panel)
    await set_up(entry)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account["realm"] = "other.example.net"
    panel.second_account["transport"] = "tcp"
    await poll()
    menu = await open_dialog(drift_issue(hass).issue_id)
    result = await answer(menu, {"next_step_id": "accept_all"})

    assert result["type"] == "create_entry"
    assert expected(entry, "first", "realm") == "other.example.org"
    assert expected(entry, "second", "realm") == "other.example.net"
    assert expected(entry, "second", "transport") == "tcp"
    assert drifted(hass) == []
    assert issues(hass) == []


@pytest.mark.parametrize(
    ("step_id", "left"), [("accept_some", ["transport"]), ("ignore", ["transport"])]
)
async def test_select_settings(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    open_dialog: Open,
    answer: Answer,
    step_id: str,
    left: list[str],
) -> None:
    """What is selected is accepted or ignored, and nothing else."""
    entry = both_accounts(panel)
    await set_up(entry)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account["realm"] = "other.example.net"
    panel.second_account["transport"] = "tcp"
    await poll()
    issue_id = drift_issue(hass).issue_id
    menu = await open_dialog(issue_id)
    form = await answer(menu, {"next_step_id": step_id})
    assert form["type"] == "form"
    assert form["step_id"] == step_id
    assert not form["errors"]
    (field,) = form["data_schema"]
    assert field["name"] == "settings"
    assert field["selector"]["select"]["multiple"] is True
    assert field["selector"]["select"]["options"] == [
        {
            "value": "first.realm",
            "label": "Account 1 realm: sip.example.org → other.example.org",
        },
        {
            "value": "second.realm",
            "label": "Account 2 realm: pbx.example.net → other.example.net",
        },
        {"value": "second.transport", "label": "Account 2 transport: udp → tcp"},
    ]

    for nothing in ({}, {"settings": []}):
        form = await answer(form, nothing)
        assert form["errors"] == {"settings": "nothing_selected"}

    result = await answer(form, {"settings": ["first.realm", "second.realm"]})
    assert result["type"] == "abort"
    assert result["reason"] == "still_drifted"
    assert result["description_placeholders"] == {
        "differences": "- Account 2 transport: `udp` → `tcp`"
    }
    assert drifted(hass) == left
    assert drift_issue(hass).issue_id != issue_id
    if step_id == "ignore":
        assert entry.options[CONF_IGNORED] == {"first": ["realm"], "second": ["realm"]}
        assert expected(entry, "second", "realm") == "pbx.example.net"
    else:
        assert CONF_IGNORED not in entry.options
        assert expected(entry, "first", "realm") == "other.example.org"
        assert expected(entry, "second", "realm") == "other.example.net"
        assert expected(entry, "second", "transport") == "udp"


@pytest.mark.usefixtures("init_integration")
async def test_ignore_one_more(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    open_dialog: Open,
    answer: Answer,
) -> None:
    """What was ignored before stays ignored."""
    for setting in ("realm", "proxy"):
        panel.second_account[setting] = "other.example.net"
        await poll()
        menu = await open_dialog(drift_issue(hass).issue_id)
        form = await answer(menu, {"next_step_id": "ignore"})
        await answer(form, {"settings": [f"second.{setting}"]})

    assert entry.options[CONF_IGNORED] == {"second": ["proxy", "realm"]}
    assert issues(hass) == []


@pytest.mark.usefixtures("init_integration")
async def test_change_while_the_dialog_is_open(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
    open_dialog: Open,
    answer: Answer,
) -> None:
    """What the user has seen is accepted, and not what has come since."""
    await change(realm="seen.example.net")
    menu = await open_dialog(drift_issue(hass).issue_id)
    await change(realm="unseen.example.net", proxy="sip:unseen.example.net")
    result = await answer(menu, {"next_step_id": "accept_all"})

    assert result["reason"] == "still_drifted"
    assert result["description_placeholders"] == {
        "differences": (
            "- Account 2 proxy: `sip:pbx.example.net` → `sip:unseen.example.net`\n"
            "- Account 2 realm: `seen.example.net` → `unseen.example.net`"
        )
    }
    assert expected(entry, "second", "realm") == "seen.example.net"
    assert expected(entry, "second", "proxy") == "sip:pbx.example.net"
    assert drifted(hass) == ["proxy", "realm"]
    drift_issue(hass)


@pytest.mark.parametrize("step_id", ["accept_all", "accept_some", "ignore"])
@pytest.mark.usefixtures("init_integration")
async def test_panel_is_away(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    change: Change,
    open_dialog: Open,
    answer: Answer,
    step_id: str,
) -> None:
    """What was shown can be accepted or ignored, for the user has seen it."""
    await change(realm="other.example.net")
    await panel.switch_off()
    await poll()
    result = await open_dialog(drift_issue(hass).issue_id)
    result = await answer(result, {"next_step_id": step_id})
    if step_id != "accept_all":
        result = await answer(result, {"settings": ["second.realm"]})

    assert result["type"] == "create_entry"
    assert issues(hass) == []
    await panel.switch_on()
    await poll()
    assert drifted(hass) == []
    assert issues(hass) == []


@pytest.mark.usefixtures("init_integration")
async def test_open_while_not_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change, open_dialog: Open
) -> None:
    await change(realm="other.example.net")
    issue_id = drift_issue(hass).issue_id
    await hass.config_entries.async_unload(entry.entry_id)
    result = await open_dialog(issue_id)

    assert result["type"] == "abort"
    assert result["reason"] == "not_loaded"
    assert drift_issue(hass).issue_id == issue_id


@pytest.mark.parametrize("step_id", ["accept_all", "accept_some", "ignore"])
@pytest.mark.usefixtures("init_integration")
async def test_unload_while_the_dialog_is_open(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
    open_dialog: Open,
    answer: Answer,
    step_id: str,
) -> None:
    await change(realm="other.example.net")
    before = entry.options
    step = await open_dialog(drift_issue(hass).issue_id)
    if step_id != "accept_all":
        step = await answer(step, {"next_step_id": step_id})
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    result = await answer(
        step,
        {"next_step_id": step_id}
        if step_id == "accept_all"
        else {"settings": ["second.realm"]},
    )

    assert result["type"] == "abort"
    assert result["reason"] == "not_loaded"
    assert entry.options == before
