"""The triggers, in automations."""

from collections.abc import Awaitable, Callable
import importlib
from pathlib import Path
import sys
from typing import Any

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    automation as automation_helper,
    condition as condition_helper,
    device_registry as dr,
    entity_registry as er,
    trigger as trigger_helper,
)
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from custom_components import bas_ip
from custom_components.bas_ip.automation import TRIGGERS
from custom_components.bas_ip.const import DOMAIN
from simulator import SimulatedPanel

from .automations import start_home_assistant, stop_home_assistant, taken, target_of
from .conftest import (
    EVENTS,
    PANEL_STATUS,
    Poll,
    SetUp,
    accept,
    device_of,
    entry_of,
    state_of,
)

LOST = "Front door: SIP status: Failed"

type Automate = Callable[..., Awaitable[list[ServiceCall]]]


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return a function that makes an automation, and returns the calls of that."""
    calls = async_mock_service(hass, "test", "note")

    async def automate(*keys: str, **target: Any) -> list[ServiceCall]:
        note = {
            "key": "{{ trigger.id }}",
            "entity_id": "{{ trigger.entity_id }}",
            "message": "{{ trigger.to_state.attributes.message }}",
        }
        automation = {
            "alias": "Note",
            "triggers": [
                {"id": key, "trigger": f"{DOMAIN}.{key}", "target": target}
                for key in keys or TRIGGERS
            ],
            "actions": {"action": "test.note", "data": note},
            "mode": "queued",
        }
        assert await async_setup_component(
            hass, "automation", {"automation": automation}
        )
        await hass.async_block_till_done()
        assert hass.states.is_state("automation.note", STATE_ON)
        return calls

    return automate


def notes(calls: list[ServiceCall]) -> list[tuple[object, object]]:
    """Return the triggers and the messages since the last time."""
    return [(call["key"], call["message"]) for call in taken(calls)]


@pytest.mark.parametrize("key", TRIGGERS)
async def test_config(hass: HomeAssistant, key: str) -> None:
    """A trigger needs a target, and takes nothing else."""
    with pytest.raises(vol.Invalid, match="target"):
        await TRIGGERS[key].async_validate_config(hass, {})
    config: dict[str, Any] = {"target": {"entity_id": EVENTS}}
    assert await TRIGGERS[key].async_validate_config(hass, config)
    with pytest.raises(vol.Invalid, match="for"):
        await TRIGGERS[key].async_validate_config(
            hass, {**config, "options": {"for": {"minutes": 1}}}
        )


@pytest.mark.usefixtures("init_integration")
async def test_each(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """Each change fires its trigger once, over outages and reloads; others fire none."""
    calls = await automate(entity_id=EVENTS)
    for realm in ("one.example", "two.example"):
        panel.second_account["realm"] = realm
        await poll(times=2)
        assert notes(calls) == [
            (
                "sip_settings_drifted",
                f"Front door: account 2 realm: pbx.example.net → {realm}",
            )
        ]
    await accept(hass)
    await hass.async_block_till_done()
    assert notes(calls) == [
        (
            "sip_settings_as_expected",
            (
                "Front door: only the expected settings have changed;"
                " account 2 realm: as expected again"
            ),
        )
    ]
    panel.sip_status = "ERROR"
    panel.firmware_version = "3.21.0"
    await poll(times=2)
    assert notes(calls) == [("sip_registration_lost", LOST)]
    panel.api_off = True
    await poll()
    assert not calls
    await poll()
    assert notes(calls) == [("panel_became_unreachable", "Front door: Not reachable")]
    await hass.config_entries.async_reload(entry.entry_id)
    await poll(times=3)
    assert not calls
    panel.api_off = False
    await poll(times=3)
    assert notes(calls) == [("panel_became_reachable", "Front door: Reachable again")]
    panel.sip_status = "OK"
    await poll(times=2)
    assert notes(calls) == [
        ("sip_registration_restored", "Front door: SIP status: Registered")
    ]
    await hass.config_entries.async_reload(entry.entry_id)
    await poll(times=3)
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_restart(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """What has changed meanwhile is reported after the start, and nothing twice."""
    panel.sip_status = "ERROR"
    await poll(times=2)
    await stop_home_assistant(hass, entry)
    panel.second_account["realm"] = "other.example"
    calls = await automate(device_id=device_of(hass, entry).id)
    await start_home_assistant(hass, entry)
    await poll(times=2)
    assert [key for key, _ in notes(calls)] == ["sip_settings_drifted"]

    await stop_home_assistant(hass, entry)
    panel.api_off = True
    await start_home_assistant(hass, entry)
    await poll(times=2)
    assert [key for key, _ in notes(calls)] == ["panel_became_unreachable"]
    await stop_home_assistant(hass, entry)
    panel.api_off = False
    panel.sip_status = "OK"
    await start_home_assistant(hass, entry)
    await poll(times=3)
    assert [key for key, _ in notes(calls)] == [
        "sip_registration_restored",
        "panel_became_reachable",
    ]


@pytest.mark.parametrize("kind", ["device", "area", "floor", "label"])
@pytest.mark.usefixtures("init_integration")
async def test_targets(
    hass: HomeAssistant,
    automate: Automate,
    poll: Poll,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    kind: str,
) -> None:
    """Only the events of the panel count, whatever the target is; hidden ones do not."""
    calls = await automate(**target_of(hass, kind, entry))
    for second in range(2):
        hass.states.async_set(
            "event.other_sip_events",
            f"2026-11-24T0{second}:00:00",
            {"event_type": "registration_lost", "message": ""},
        )
    panel.sip_status = "ERROR"
    await poll(times=2)
    assert notes(calls) == [("sip_registration_lost", LOST)]
    er.async_get(hass).async_update_entity(EVENTS, hidden_by=er.RegistryEntryHider.USER)
    panel.sip_status = "OK"
    await poll(times=2)
    assert state_of(hass, "sensor.front_door_sip_status") == "registered"
    assert not calls


@pytest.mark.usefixtures("init_integration")
async def test_entity_of_another_kind(
    automate: Automate, poll: Poll, panel: SimulatedPanel
) -> None:
    """An entity that was chosen by itself counts only if it is the one of the events."""
    calls = await automate(
        entity_id=["sensor.front_door", "sensor.front_door_sip_status"]
    )
    panel.sip_status = "ERROR"
    await poll(times=2)
    assert not calls


async def test_panel_that_is_added_later(
    hass: HomeAssistant,
    automate: Automate,
    set_up: SetUp,
    poll: Poll,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
) -> None:
    """A panel belongs to a target as soon as it is put there, and no longer than that."""
    await set_up(entry)
    target = target_of(hass, "label", entry)
    calls = await automate(**target)
    other_entry = entry_of(other_panel)
    await set_up(other_entry)
    devices = dr.async_get(hass)
    other = device_of(hass, other_entry).id
    for labels, status, fired in (
        ({target["label_id"]}, "ERROR", ["event.garage_gate_sip_events"]),
        (set(), "OK", []),
    ):
        devices.async_update_device(other, labels=labels)
        other_panel.sip_status = status
        await poll(times=2)
        assert [call["entity_id"] for call in taken(calls)] == fired


@pytest.mark.usefixtures("init_integration")
async def test_what_lasts(
    hass: HomeAssistant, poll: Poll, panel: SimulatedPanel
) -> None:
    """The documentation shows how to wait, with Home Assistant's own trigger."""
    page = (Path(bas_ip.__file__).parents[2] / "docs/triggers.md").read_text("utf-8")
    example = page.partition("## When something lasts")[2].split("```")[1]
    automation = parse_yaml(example.removeprefix("yaml"))
    calls = async_mock_service(hass, "persistent_notification", "create")
    assert await async_setup_component(hass, "automation", {"automation": automation})
    panel.sip_status = "ERROR"
    await poll(times=6)
    assert not calls
    await poll()
    assert taken(calls) == [
        {"title": "Front door: Not registered", "message": "SIP status: Failed"}
    ]


@pytest.mark.parametrize(
    ("helper", "name"),
    [
        (trigger_helper, "StatelessEntityTriggerBase"),
        (trigger_helper, "Trigger"),
        (condition_helper, "EntityStateConditionBase"),
        (condition_helper, "Condition"),
        # It is there, and takes other arguments.
        (automation_helper, "DomainSpec"),
    ],
)
async def test_name_that_home_assistant_has_changed(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    helper: Any,
    name: str,
) -> None:
    """Then there are no triggers and no conditions; the log says so, the rest goes on.

    So do automations without them.
    """
    for component in ("repairs", "diagnostics"):
        assert await async_setup_component(hass, component, {})
    for module in ("automation", "condition", "trigger"):
        monkeypatch.delitem(sys.modules, f"{bas_ip.__name__}.{module}", raising=False)
        monkeypatch.delattr(bas_ip, module, raising=False)
    monkeypatch.delattr(helper, name)
    if helper is automation_helper:
        monkeypatch.setattr(helper, name, lambda domain: domain, raising=False)
    await set_up(entry)
    assert [
        record.name
        for record in caplog.records
        if "Not made for this version" in record.message
    ] == [f"{bas_ip.__name__}.{platform}" for platform in ("condition", "trigger")]
    panel.sip_status = "ERROR"
    await poll(times=2)
    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert isinstance(diagnostics, dict)
    assert diagnostics["status"] == "not_registered"
    calls = async_mock_service(hass, "test", "note")
    event = {"trigger": "event", "event_type": "ask"}
    reachable = {
        "condition": f"{DOMAIN}.panel_is_reachable",
        "target": {"entity_id": PANEL_STATUS},
    }
    drifted = {
        "trigger": f"{DOMAIN}.sip_settings_drifted",
        "target": {"entity_id": EVENTS},
    }
    automations = [
        {"alias": str(key), **each, "actions": {"action": "test.note"}}
        for key, each in enumerate(
            (
                {"triggers": drifted},
                {"triggers": event, "conditions": reachable},
                {"triggers": event},
            )
        )
    ]
    await async_setup_component(hass, "automation", {"automation": automations})
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert len(calls) == 1
    monkeypatch.undo()
    for module in ("automation", "condition", "trigger"):
        importlib.import_module(f"{bas_ip.__name__}.{module}")
