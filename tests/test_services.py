"""The actions, as automations call them."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_USER
from homeassistant.auth.permissions.types import PolicyType
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.drift import CONF_EXPECTED
from custom_components.bas_ip.services import (
    SERVICE_ACCEPT_SETTINGS,
    SERVICE_COMPARE_SETTINGS,
)
from simulator import SimulatedPanel

from .conftest import Change, Poll, SetUp, both_accounts, entry_of

DRIFT = "binary_sensor.front_door_account_2_drift"
SERVICES = [SERVICE_ACCEPT_SETTINGS, SERVICE_COMPARE_SETTINGS]


async def call(
    hass: HomeAssistant,
    service: str,
    data: dict[str, Any],
    user: MockUser | None = None,
) -> Any:
    """Call an action and return its response; without a user an automation calls."""
    return await hass.services.async_call(
        DOMAIN,
        service,
        data,
        blocking=True,
        context=Context(user_id=user.id if user else None),
        return_response=service == SERVICE_COMPARE_SETTINGS,
    )


def device_id(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Return the ID of a panel's device."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


def device_ids(hass: HomeAssistant, entries: list[MockConfigEntry]) -> list[str]:
    """Return the IDs of the devices of several panels."""
    return [device_id(hass, entry) for entry in entries]


def realms(entry: MockConfigEntry) -> dict[str, str]:
    """Return the expected realms of a panel."""
    return {
        account: expected["realm"]
        for account, expected in entry.options[CONF_EXPECTED].items()
    }


async def test_accept_all(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Without a list all that has drifted is accepted, in both accounts."""
    entry = both_accounts(panel)
    await set_up(entry)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account["realm"] = "other.example.net"
    await poll()
    await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_DEVICE_ID: device_id(hass, entry)})

    assert realms(entry) == {
        "first": "other.example.org",
        "second": "other.example.net",
    }
    state = hass.states.get(DRIFT)
    assert state
    assert state.state == "off"


@pytest.mark.parametrize("settings", ["realm", ["realm"], ["realm", "user"]], ids=str)
@pytest.mark.usefixtures("init_integration")
async def test_accept_some(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
    settings: str | list[str],
) -> None:
    await change(realm="other.example.net", transport="tcp")
    await call(
        hass,
        SERVICE_ACCEPT_SETTINGS,
        {ATTR_ENTITY_ID: DRIFT, "settings": settings},
    )

    state = hass.states.get(DRIFT)
    assert state
    assert list(state.attributes["settings"]) == ["transport"]
    assert realms(entry) == {"second": "other.example.net"}


async def test_accept_setting_that_was_not_expected(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """A setting that is named is expected from now on, drifted or not."""
    entry = entry_of(panel, expect=False)
    await set_up(entry)
    await call(
        hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT, "settings": "realm"}
    )

    assert entry.options[CONF_EXPECTED] == {"second": {"realm": "pbx.example.net"}}


async def test_accept_settings_of_several_panels(
    hass: HomeAssistant, loaded_entries: list[MockConfigEntry], change: Change
) -> None:
    """It is enough if there is something to accept on one of them."""
    await change(realm="other.example.net")
    devices = device_ids(hass, loaded_entries)
    await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_DEVICE_ID: devices})

    assert [realms(entry)["second"] for entry in loaded_entries] == [
        "other.example.net",
        "pbx.example.net",
    ]


@pytest.mark.parametrize("settings", [{}, {"settings": ["stun"]}], ids=str)
@pytest.mark.usefixtures("init_integration")
async def test_nothing_to_accept(
    hass: HomeAssistant, entry: MockConfigEntry, settings: dict[str, list[str]]
) -> None:
    """A setting that the account does not have cannot be accepted either."""
    before = entry.options
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT, **settings})

    assert error.value.translation_key == "nothing_to_accept"
    assert entry.options == before


@pytest.mark.parametrize(
    "data",
    [
        {ATTR_ENTITY_ID: DRIFT, "settings": ["colour"]},
        {ATTR_ENTITY_ID: DRIFT, "settings": []},
        {ATTR_ENTITY_ID: DRIFT, "colour": "red"},
        {},
    ],
    ids=str,
)
@pytest.mark.usefixtures("init_integration")
async def test_invalid_call(hass: HomeAssistant, data: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await call(hass, SERVICE_ACCEPT_SETTINGS, data)


async def test_compare(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    entry = both_accounts(panel)
    await set_up(entry)
    panel.second_account["realm"] = "other.example.net"
    panel.second_account["user_id"] = "hidden-secret"
    del panel.second_account["outbound"]
    panel.first_account["outbound"] = None
    await poll()

    def in_sync(value: str) -> dict[str, str]:
        return {"status": "in_sync", "expected": value, "actual": value}

    response = await call(hass, SERVICE_COMPARE_SETTINGS, {ATTR_ENTITY_ID: DRIFT})

    assert response == {
        "panels": [
            {
                "config_entry_id": entry.entry_id,
                "name": "Front door",
                "accounts": {
                    "first": {
                        "status": "in_sync",
                        "settings": {
                            "proxy": in_sync("sip:sip.example.org"),
                            "realm": in_sync("sip.example.org"),
                            "user": in_sync("101"),
                            "transport": in_sync("udp"),
                            "user_id": {"status": "in_sync"},
                            "registration_interval": in_sync("60"),
                            "outbound": in_sync(""),
                            "stun": in_sync("stun.example.org:3478"),
                        },
                    },
                    "second": {
                        "status": "drifted",
                        "settings": {
                            "proxy": in_sync("sip:pbx.example.net"),
                            "realm": {
                                "status": "drifted",
                                "expected": "pbx.example.net",
                                "actual": "other.example.net",
                            },
                            "user": in_sync("201"),
                            "transport": in_sync("udp"),
                            "user_id": {"status": "drifted"},
                            "registration_interval": in_sync("60"),
                            "outbound": {
                                "status": "unknown",
                                "expected": "",
                                "actual": None,
                            },
                        },
                    },
                },
            }
        ]
    }


async def test_compare_several_panels(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    set_up: SetUp,
) -> None:
    entries = [entry_of(panel), entry_of(other_panel, expect=False)]
    for entry in entries:
        await set_up(entry)
    devices = device_ids(hass, entries)
    response = await call(hass, SERVICE_COMPARE_SETTINGS, {ATTR_DEVICE_ID: devices})

    assert {
        answer["config_entry_id"]: (
            answer["name"],
            answer["accounts"]["second"]["status"],
        )
        for answer in response["panels"]
    } == {
        entries[0].entry_id: ("Front door", "in_sync"),
        entries[1].entry_id: ("Garage gate", "not_compared"),
    }


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.usefixtures("init_integration")
async def test_no_panel(
    hass: HomeAssistant, device_registry: dr.DeviceRegistry, service: str
) -> None:
    """A target that is something else, or nothing, is refused."""
    other_entry = MockConfigEntry(domain="other")
    other_entry.add_to_hass(hass)
    other_device = device_registry.async_get_or_create(
        config_entry_id=other_entry.entry_id, identifiers={("other", "1")}
    )
    for data in (
        {ATTR_DEVICE_ID: other_device.id},
        {ATTR_DEVICE_ID: "nothing"},
        {ATTR_ENTITY_ID: "sun.sun"},
        {ATTR_ENTITY_ID: "none"},
    ):
        with pytest.raises(ServiceValidationError) as error:
            await call(hass, service, data)
        assert error.value.translation_key == "no_panel"


@pytest.mark.parametrize("service", SERVICES)
async def test_not_loaded(
    hass: HomeAssistant,
    loaded_entries: list[MockConfigEntry],
    change: Change,
    service: str,
) -> None:
    """If one of the panels is not loaded nothing is done to the others."""
    entry, other_entry = loaded_entries
    await change(realm="other.example.net")
    devices = device_ids(hass, loaded_entries)
    await hass.config_entries.async_unload(other_entry.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, service, {ATTR_DEVICE_ID: devices})

    assert error.value.translation_key == "not_loaded"
    assert error.value.translation_placeholders == {"panel": "Garage gate"}
    assert realms(entry) == {"second": "pbx.example.net"}


async def test_accept_while_one_panel_is_away(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """It is refused as the button is, and nothing is done to the other panel."""
    panel.second_account["realm"] = "other.example.net"
    await other_panel.switch_off()
    await poll()
    devices = device_ids(hass, loaded_entries)
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_DEVICE_ID: devices})

    assert error.value.translation_key == "not_reachable"
    assert str(error.value) == "Garage gate is not reachable at the moment"
    assert realms(loaded_entries[0]) == {"second": "pbx.example.net"}


type User = Callable[[PolicyType], MockUser]


@pytest.fixture
def user_with(hass: HomeAssistant) -> User:
    """Return a function that makes a user who may do certain things with entities."""

    def user_with(entities: PolicyType) -> MockUser:
        user = MockUser().add_to_hass(hass)
        user.mock_policy({"entities": entities})
        return user

    return user_with


READ_ONLY: PolicyType = {"all": {"read": True}}
BUTTON = "button.front_door_accept_drift"
OTHER_BUTTON = "button.garage_gate_accept_drift"


@pytest.mark.parametrize(
    "entities",
    [READ_ONLY, {"entity_ids": {DRIFT: {"control": True}}}],
    ids=["read only", "another entity"],
)
@pytest.mark.parametrize("is_disabled", [False, True])
@pytest.mark.usefixtures("init_integration")
async def test_user_who_may_not_accept(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    change: Change,
    user_with: User,
    entities: PolicyType,
    is_disabled: bool,
) -> None:
    """The action wants the right to press the button, even a disabled one."""
    await change(realm="other.example.net")
    if is_disabled:
        entity_registry.async_update_entity(
            BUTTON, disabled_by=er.RegistryEntryDisabler.USER
        )
        await hass.config_entries.async_reload(entry.entry_id)
        assert hass.states.get(BUTTON) is None
    with pytest.raises(Unauthorized) as error:
        await call(
            hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT}, user_with(entities)
        )

    assert error.value.entity_id == BUTTON
    assert realms(entry) == {"second": "pbx.example.net"}


@pytest.mark.parametrize(
    "entities",
    [True, {"entity_ids": {BUTTON: {"control": True}}}],
    ids=["all", "the button"],
)
@pytest.mark.usefixtures("init_integration")
async def test_user_who_may_accept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
    user_with: User,
    entities: PolicyType,
) -> None:
    await change(realm="other.example.net")
    await call(
        hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT}, user_with(entities)
    )

    assert realms(entry) == {"second": "other.example.net"}


async def test_user_who_may_accept_on_one_panel_only(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
    user_with: User,
) -> None:
    """The rights are checked before anything changes."""
    for each in (panel, other_panel):
        each.second_account["realm"] = "other.example.net"
    await poll()
    user = user_with({"entity_ids": {BUTTON: {"control": True}}})
    devices = device_ids(hass, loaded_entries)
    with pytest.raises(Unauthorized) as error:
        await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_DEVICE_ID: devices}, user)

    assert error.value.entity_id == OTHER_BUTTON
    for entry in loaded_entries:
        assert realms(entry)["second"] == "pbx.example.net"

    await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_DEVICE_ID: devices[0]}, user)
    assert [realms(entry)["second"] for entry in loaded_entries] == [
        "other.example.net",
        "pbx.example.net",
    ]


@pytest.mark.parametrize(("is_admin", "accepted"), [(True, True), (False, False)])
@pytest.mark.usefixtures("init_integration")
async def test_panel_without_a_button(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    change: Change,
    is_admin: bool,
    accepted: bool,
) -> None:
    """If the button was deleted, only an administrator may accept."""
    await change(realm="other.example.net")
    entity_registry.async_remove(BUTTON)
    group = GROUP_ID_ADMIN if is_admin else GROUP_ID_USER
    user = MockUser(groups=[await hass.auth.async_get_group(group)]).add_to_hass(hass)
    with nullcontext() if accepted else pytest.raises(Unauthorized):
        await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT}, user)

    assert (realms(entry)["second"] == "other.example.net") is accepted


@pytest.mark.usefixtures("init_integration")
async def test_user_who_is_gone(hass: HomeAssistant) -> None:
    with pytest.raises(UnknownUser):
        await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT}, MockUser())


@pytest.mark.usefixtures("init_integration")
async def test_compare_while_a_panel_is_away(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """The answer is what was read last."""
    await panel.switch_off()
    await poll()
    response = await call(hass, SERVICE_COMPARE_SETTINGS, {ATTR_ENTITY_ID: DRIFT})

    assert response["panels"][0]["accounts"]["second"]["status"] == "in_sync"
