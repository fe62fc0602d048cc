"""Another panel at the address of one that is gone, and how it takes over."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.issues import ISSUE_ANOTHER_DEVICE, ISSUE_KNOWN_DEVICE
from simulator import Answer, SimulatedPanel

from .conftest import (
    DRIFT,
    EXPECTED,
    INFO,
    LOGIN,
    MAC,
    PANEL_STATUS,
    AnswerRepair,
    OpenRepair,
    Poll,
    SetUp,
    SipEvents,
    asked,
    by_mac_address,
    device_of,
    entry_of,
    issues,
    state_of,
    swap,
)

NEW_SERIAL = "0e5f7a11-new"
NEW_MAC = "02:11:22:33:44:55"

type Offer = Callable[..., Awaitable[dict[str, Any]]]


def replace(panel: SimulatedPanel, password: str | None = None) -> None:
    """Put another panel in the place of this one."""
    panel.info["device_serial_number"] = NEW_SERIAL
    panel.info["device_model"] = "aa-12fb"
    panel.mac_address = NEW_MAC
    panel.end_sessions()
    if password:
        panel.password = password


@pytest.fixture
def offer(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    open_repair: OpenRepair,
) -> Offer:
    """Return a function that replaces the panel, and opens the dialog of the repair."""

    async def offer(password: str | None = None) -> dict[str, Any]:
        await set_up(entry)
        replace(panel, password)
        await poll(times=2)
        return await open_repair(issues(hass)[ISSUE_ANOTHER_DEVICE])

    return offer


@pytest.mark.usefixtures("init_integration")
async def test_issue(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    reload: SetUp,
) -> None:
    """It comes with the second poll, stands over a restart, and goes with the device."""
    serial_number = panel.info["device_serial_number"]
    panel.info["device_serial_number"] = NEW_SERIAL
    await poll()
    assert issues(hass) == {}
    await poll()
    issue = issues(hass)[ISSUE_ANOTHER_DEVICE]
    assert issue.is_fixable
    assert issue.issue_id == f"{ISSUE_ANOTHER_DEVICE}_{entry.entry_id}"
    assert issue.translation_placeholders == {
        "panel": "Front door",
        "location": f"{panel.host}:{panel.port}",
    }

    await reload(entry)
    assert issues(hass) == {ISSUE_ANOTHER_DEVICE: issue}
    await panel.switch_off()
    await poll()
    assert issues(hass) == {}
    await panel.switch_on()
    await poll()
    assert issues(hass).keys() == {ISSUE_ANOTHER_DEVICE}

    panel.info["device_serial_number"] = serial_number
    await poll()
    assert issues(hass) == {}


@pytest.mark.usefixtures("init_integration")
async def test_issue_before_the_first_poll(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, poll: Poll
) -> None:
    """After a restart it stands before anything was asked."""
    panel.info["device_serial_number"] = NEW_SERIAL
    await poll(times=2)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    asked(panel)
    await hass.config_entries.async_setup(entry.entry_id)

    assert asked(panel) == []
    assert issues(hass).keys() == {ISSUE_ANOTHER_DEVICE}


@pytest.mark.parametrize("mac_address", [NEW_MAC, None])
@pytest.mark.usefixtures("init_integration")
async def test_take_over(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
    mac_address: str | None,
) -> None:
    """The new panel gets entry, device and entities; what was expected still is."""
    device = device_of(hass, entry)
    device_registry.async_update_device(device.id, name_by_user="North entrance")
    before = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    events = SipEvents(hass)
    replace(panel)
    if mac_address is None:
        panel.fail(Answer(404), path=MAC)
    panel.second_account["realm"] = "factory.example.net"
    await poll(times=2)
    asked(panel)
    step = await open_repair(issues(hass)[ISSUE_ANOTHER_DEVICE])
    assert (step["type"], step["step_id"]) == ("form", "confirm")
    assert step["description_placeholders"]["panel"] == "North entrance"
    assert step["description_placeholders"]["other"] == "`Front door`"
    # No login leaves before the person has confirmed.
    assert asked(panel) == [INFO]
    step = await answer_repair(step)
    assert step["type"] == "create_entry"
    assert asked(panel)[:3] == [INFO, LOGIN, MAC]

    assert entry.unique_id == NEW_SERIAL
    assert entry.data["mac"] == mac_address
    assert entry.options["expected"] == {"second": EXPECTED["second"]}
    device = device_of(hass, entry)
    assert device.identifiers == {(DOMAIN, NEW_SERIAL)}
    assert {mac for _, mac in device.connections} == {mac_address} - {None}
    assert device.name_by_user == "North entrance"
    assert device.serial_number == NEW_SERIAL
    after = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    assert {each.id: each.entity_id for each in after} == {
        each.id: each.entity_id for each in before
    }
    assert all(each.unique_id.startswith(NEW_SERIAL) for each in after)
    assert issues(hass) == {}

    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "drifted"
    assert state_of(hass, DRIFT) == "on"
    assert events.types == ["panel_unreachable", "drift_detected", "panel_reachable"]


async def test_take_over_by_a_panel_that_was_ignored(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    offer: Offer,
    answer_repair: AnswerRepair,
) -> None:
    """What ignores its discovery goes, as the panel is set up now."""
    ignored = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id=NEW_SERIAL)
    ignored.add_to_hass(hass)

    await answer_repair(await offer())

    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert entry.unique_id == NEW_SERIAL


@pytest.mark.parametrize("is_removed", [True, False])
async def test_entry_is_removed_or_disabled_meanwhile(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    offer: Offer,
    answer_repair: AnswerRepair,
    is_removed: bool,
) -> None:
    """Its stored login is not sent any more."""
    step = await offer()
    if is_removed:
        await hass.config_entries.async_remove(entry.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(
            entry.entry_id, ConfigEntryDisabler.USER
        )
    asked(panel)

    step = await answer_repair(step)

    assert (step["type"], step["reason"]) == ("abort", "not_loaded")
    assert asked(panel) == []


@pytest.mark.parametrize("serial_number", ["unknown", "0000", ""])
async def test_panel_that_starts(
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    offer: Offer,
    answer_repair: AnswerRepair,
    serial_number: str,
) -> None:
    """It may be the known one, gets no login, and takes nothing over."""
    step = await offer()
    before = entry.unique_id
    panel.info["device_serial_number"] = serial_number
    asked(panel)
    for _ in range(2):
        step = await answer_repair(step)
        assert step["errors"] == {"base": "cannot_connect"}
    assert asked(panel) == [INFO, INFO]
    assert entry.unique_id == before


@pytest.mark.parametrize("gives_mac", [True, False])
async def test_right_panel_without_a_serial_number(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    poll: Poll,
    open_repair: OpenRepair,
    answer_repair: AnswerRepair,
    gives_mac: bool,
) -> None:
    """It is read again at once; while it does not say who it is, nothing changes."""
    entry = by_mac_address(panel)
    panel.info["device_serial_number"] = "unknown"
    own = panel.mac_address
    await set_up(entry)
    panel.mac_address = NEW_MAC
    panel.end_sessions()
    await poll(times=4)
    step = await open_repair(issues(hass)[ISSUE_ANOTHER_DEVICE])
    panel.mac_address = own
    if not gives_mac:
        panel.fail(Answer(503), path=MAC)
    step = await answer_repair(step)
    assert (step["type"] == "create_entry") is gives_mac
    assert (entry.unique_id, entry.data["mac"]) == (own, own)
    await poll(times=3)
    assert (state_of(hass, PANEL_STATUS) == "as_expected") is gives_mac


async def test_third_panel_answers(
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    offer: Offer,
    answer_repair: AnswerRepair,
) -> None:
    """It gets no login before the person has seen who it is."""
    step = await offer()
    panel.info |= {"device_name": "Yard", "device_serial_number": "third"}
    asked(panel)
    step = await answer_repair(step)

    assert (step["step_id"], step["errors"]) == ("confirm", {})
    assert step["description_placeholders"]["other"] == "`Yard`"
    assert asked(panel) == [INFO]
    step = await answer_repair(step)
    assert step["type"] == "create_entry"
    assert entry.unique_id == "third"


async def test_panel_does_not_answer(
    hass: HomeAssistant, panel: SimulatedPanel, offer: Offer, open_repair: OpenRepair
) -> None:
    """Nothing is known of it then."""
    await offer()
    await panel.switch_off()
    step = await open_repair(issues(hass)[ISSUE_ANOTHER_DEVICE])
    assert step["errors"] == {"base": "cannot_connect"}
    assert step["description_placeholders"]["other"] == "not known"


async def test_login(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    offer: Offer,
    answer_repair: AnswerRepair,
) -> None:
    """The login is asked for if the new panel rejects that of the old one."""
    step = await offer(password="new")
    await panel.switch_off()
    step = await answer_repair(step)
    assert (step["step_id"], step["errors"]) == ("confirm", {"base": "cannot_connect"})
    await panel.switch_on()
    step = await answer_repair(step)
    assert (step["step_id"], step["errors"]) == ("login", {})

    login = {"username": "admin", "password": "wrong"}
    step = await answer_repair(step, **login)
    assert step["errors"] == {"base": "invalid_auth"}
    suggested = {
        field["name"]: field["description"]["suggested_value"]
        for field in step["data_schema"]
    }
    assert suggested == login
    await panel.switch_off()
    step = await answer_repair(step, **login)
    assert step["errors"] == {"base": "cannot_connect"}
    await panel.switch_on()
    step = await answer_repair(step, **login | {"password": "new"})

    assert step["type"] == "create_entry"
    assert entry.unique_id == NEW_SERIAL
    assert entry.data["password"] == "new"
    await poll(times=2)
    assert state_of(hass, PANEL_STATUS) == "as_expected"


async def test_right_panel_is_back(
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    offer: Offer,
    answer_repair: AnswerRepair,
) -> None:
    """Nothing is replaced while the dialog was open for too long."""
    info = dict(panel.info)
    step = await offer()
    panel.info |= info
    asked(panel)
    step = await answer_repair(step)

    assert step["type"] == "create_entry"
    assert asked(panel)[0] == INFO
    assert entry.unique_id == info["device_serial_number"]


async def test_swapped_panels(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
    reload: SetUp,
) -> None:
    """Each repair names the panel that answers, and none of them is merged."""
    other_panel.password = panel.password
    hass.config_entries.async_update_entry(
        loaded_entries[1], data={**loaded_entries[1].data, "password": panel.password}
    )
    await reload(loaded_entries[1])
    swap(panel, other_panel)
    await poll(times=2)
    logins = len(panel.logins)

    def known(entry: MockConfigEntry) -> tuple[bool, Any]:
        (issue,) = (
            issue
            for issue in ir.async_get(hass).issues.values()
            if issue.issue_id == f"{ISSUE_KNOWN_DEVICE}_{entry.entry_id}"
        )
        return issue.is_fixable, issue.translation_placeholders

    assert issues(hass).keys() == {ISSUE_KNOWN_DEVICE}
    assert known(loaded_entries[0]) == (
        False,
        {
            "panel": "Front door",
            "location": f"{panel.host}:{panel.port}",
            "other": "`Garage gate`",
        },
    )
    assert known(loaded_entries[1])[1]["other"] == "`Front door`"
    assert len(panel.logins) == logins

    swap(panel, other_panel)
    await poll(times=2)
    assert issues(hass) == {}


async def test_known_device_is_removed_or_named(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """The repair says what is true now, though all polls fail alike."""
    panel.info["device_serial_number"] = NEW_SERIAL
    await poll(times=3)
    assert issues(hass).keys() == {ISSUE_ANOTHER_DEVICE}
    await other_panel.switch_off()
    panel.info["device_serial_number"] = other_panel.info["device_serial_number"]
    await poll(times=2)
    assert issues(hass).keys() == {ISSUE_KNOWN_DEVICE}
    await hass.config_entries.async_remove(loaded_entries[1].entry_id)
    await poll()
    assert issues(hass).keys() == {ISSUE_ANOTHER_DEVICE}


@pytest.mark.parametrize("has_serial_number", [True, False])
async def test_panel_that_was_set_up_meanwhile(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    offer: Offer,
    answer_repair: AnswerRepair,
    has_serial_number: bool,
) -> None:
    """What has a config entry of its own does not take over another one."""
    step = await offer(password="654321")
    other_panel.info["device_serial_number"] = NEW_SERIAL
    other_panel.mac_address = NEW_MAC
    if not has_serial_number:
        hass.config_entries.async_update_entry(entry, unique_id=entry.data["mac"])
        panel.password = "123456"
        for each in (panel, other_panel):
            each.info["device_serial_number"] = "unknown"
    known_by = entry_of if has_serial_number else by_mac_address
    await set_up(known_by(other_panel))
    before = dict(entry.data)
    step = await answer_repair(step)
    if not has_serial_number:
        # Another one than was shown.
        step = await answer_repair(step)

    assert (step["type"], step["reason"]) == ("abort", "known_device")
    assert step["description_placeholders"] == {"other": "`Garage gate`"}
    assert entry.data == before
    # A serial number is known before a login leaves.
    assert (len(panel.logins) == 1) is has_serial_number
