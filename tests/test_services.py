"""The actions, as automations, dashboards and people call them."""

from typing import Any

from homeassistant.auth.permissions.types import PolicyType
from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_LABEL_ID,
    ENTITY_MATCH_ALL,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceNotSupported,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.drift.expected import CONF_EXPECTED
from custom_components.bas_ip.services import (
    SERVICE_ACCEPT_SETTINGS,
    SERVICE_COMPARE_SETTINGS,
)
from simulator import Answer, SimulatedPanel

from .conftest import (
    DRIFT,
    EVENTS,
    EXPECTED,
    FIRST_DRIFT,
    OTHER_DRIFT,
    PROBLEM,
    SECOND,
    Change,
    Poll,
    SetUp,
    SipEvents,
    device_of,
    entry_of,
    not_comparing,
    state_of,
)

SERVICES = [SERVICE_ACCEPT_SETTINGS, SERVICE_COMPARE_SETTINGS]


async def call(
    hass: HomeAssistant,
    service: str,
    data: dict[str, Any],
    user: MockUser | None = None,
) -> Any:
    """Call an action and return its response; without a user an automation calls."""
    response = await hass.services.async_call(
        DOMAIN,
        service,
        data,
        blocking=True,
        context=Context(user_id=user.id if user else None),
        return_response=service == SERVICE_COMPARE_SETTINGS,
    )
    await hass.async_block_till_done()
    return response


def user_with(hass: HomeAssistant, entities: PolicyType) -> MockUser:
    """Return a user who may do certain things with entities."""
    user = MockUser().add_to_hass(hass)
    user.mock_policy({"entities": entities})
    return user


def realms(entry: MockConfigEntry) -> dict[str, str]:
    """Return the expected realms of a panel."""
    return {
        account: expected["realm"]
        for account, expected in entry.options[CONF_EXPECTED].items()
    }


def number(hass: HomeAssistant) -> int:
    """Return the number that the drift sensor shows."""
    state = hass.states.get(DRIFT)
    assert state
    shown: int = state.attributes["number"]
    return shown


@pytest.mark.parametrize("target", ["device", "area", "label", "all"])
async def test_accept_all(
    hass: HomeAssistant,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    label_registry: lr.LabelRegistry,
    drifted_entry: MockConfigEntry,
    target: str,
) -> None:
    """Whatever the target, all that has drifted is accepted, in both accounts."""
    device = device_of(hass, drifted_entry).id
    area = area_registry.async_create("Yard").id
    label = label_registry.async_create("Doors").label_id
    device_registry.async_update_device(device, area_id=area, labels={label})
    targets = {
        "device": {ATTR_DEVICE_ID: device},
        "area": {ATTR_AREA_ID: area},
        "label": {ATTR_LABEL_ID: label},
        "all": {ATTR_ENTITY_ID: ENTITY_MATCH_ALL},
    }
    await call(hass, SERVICE_ACCEPT_SETTINGS, targets[target])

    assert realms(drifted_entry) == {
        "first": "other.example.org",
        "second": "other.example.net",
    }
    assert drifted_entry.options[CONF_EXPECTED]["second"] == {
        **EXPECTED["second"],
        "realm": "other.example.net",
        "transport": "tcp",
    }
    assert state_of(hass, DRIFT) == state_of(hass, FIRST_DRIFT) == "off"


async def test_accept_one_account(
    hass: HomeAssistant, drifted_entry: MockConfigEntry
) -> None:
    await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT})

    assert realms(drifted_entry) == {
        "first": "sip.example.org",
        "second": "other.example.net",
    }
    assert (state_of(hass, FIRST_DRIFT), state_of(hass, DRIFT)) == ("on", "off")


@pytest.mark.parametrize("settings", ["realm", ["realm"], ["realm", "user"]], ids=str)
async def test_accept_some(
    hass: HomeAssistant, drifted_entry: MockConfigEntry, settings: str | list[str]
) -> None:
    data = {ATTR_ENTITY_ID: DRIFT, "settings": settings}
    await call(hass, SERVICE_ACCEPT_SETTINGS, data)

    state = hass.states.get(DRIFT)
    assert state
    assert state.attributes["differences"] == ["account 2 transport: udp → tcp"]
    assert realms(drifted_entry)["second"] == "other.example.net"


@pytest.mark.parametrize(
    ("data", "expected"),
    [({}, EXPECTED["second"]), ({"settings": "realm"}, {"realm": "pbx.example.net"})],
    ids=["all", "one"],
)
async def test_accept_where_nothing_is_expected(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    data: dict[str, str],
    expected: dict[str, str],
) -> None:
    """All of the account is accepted, or what is named."""
    entry = entry_of(panel, expect=False)
    await set_up(entry)
    await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT, **data})

    assert entry.options[CONF_EXPECTED] == {"second": expected}
    assert state_of(hass, DRIFT) == "off"


@pytest.mark.parametrize("data", [{}, {"settings": ["realm"]}, {"number": 1}], ids=str)
@pytest.mark.usefixtures("init_integration")
async def test_nothing_has_drifted(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    data: dict[str, Any],
) -> None:
    """There is nothing to do then, whatever else is wrong."""
    await panel.switch_off()
    await poll()
    before = entry.options
    await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT, **data})

    assert entry.options == before


@pytest.mark.usefixtures("init_integration")
async def test_number(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, change: Change
) -> None:
    """A number that is not that of the last drift change accepts nothing."""
    await change(realm="seen.example.net")
    seen = number(hass)
    await change(realm="unseen.example.net")
    data = {ATTR_ENTITY_ID: DRIFT, "number": seen}
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, SERVICE_ACCEPT_SETTINGS, data)
    assert error.value.translation_key == "changed_again"
    assert str(error.value) == (
        "Front door: Second account has changed again since."
        " Look at the change before you accept it"
    )
    assert realms(entry) == {"second": "pbx.example.net"}

    await call(hass, SERVICE_ACCEPT_SETTINGS, data | {"number": number(hass)})
    assert realms(entry) == {"second": "unseen.example.net"}


@pytest.mark.usefixtures("init_integration")
async def test_number_of_a_change_that_is_accepted(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    """An old message accepts nothing later, nor is it an error."""
    await change(realm="other.example.net")
    data = {ATTR_ENTITY_ID: DRIFT, "number": number(hass)}
    for _ in range(2):
        await call(hass, SERVICE_ACCEPT_SETTINGS, data)
    assert realms(entry) == {"second": "other.example.net"}

    await change(realm="another.example.net")
    with pytest.raises(ServiceValidationError):
        await call(hass, SERVICE_ACCEPT_SETTINGS, data)


@pytest.mark.parametrize("is_away", [True, False])
async def test_account_that_cannot_be_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    drifted_entry: MockConfigEntry,
    poll: Poll,
    is_away: bool,
) -> None:
    """That comes before the number; the other account is accepted if it is read."""
    if is_away:
        await panel.switch_off()
    else:
        panel.fail(Answer(403), path=SECOND)
    await poll()
    for data in ({ATTR_ENTITY_ID: DRIFT, "number": 1}, {ATTR_ENTITY_ID: "all"}):
        with pytest.raises(ServiceValidationError) as error:
            await call(hass, SERVICE_ACCEPT_SETTINGS, data)
        assert error.value.translation_key == "not_readable"
    assert realms(drifted_entry) == {
        "first": "sip.example.org" if is_away else "other.example.org",
        "second": "pbx.example.net",
    }


@pytest.mark.parametrize("settings", [["stun"], ["realm"]], ids=str)
@pytest.mark.usefixtures("init_integration")
async def test_setting_that_is_not_there(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    change: Change,
    settings: list[str],
) -> None:
    """The account does not have it, or does not send it at the moment."""
    await change(realm="other.example.net")
    del panel.second_account["realm"]
    await poll()
    data = {ATTR_ENTITY_ID: DRIFT, "settings": settings}
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, SERVICE_ACCEPT_SETTINGS, data)

    assert error.value.translation_key == "not_readable"
    assert realms(entry) == {"second": "pbx.example.net"}


@pytest.mark.usefixtures("init_integration")
async def test_drift_that_is_not_sent_at_the_moment(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    poll: Poll,
    change: Change,
) -> None:
    """All that is shown under a number is accepted with it."""
    await change(realm="other.example.net", transport="tcp")
    state = hass.states.get(DRIFT)
    assert state
    del panel.second_account["realm"]
    await poll()
    data = {ATTR_ENTITY_ID: DRIFT, "number": state.attributes["number"]}
    await call(hass, SERVICE_ACCEPT_SETTINGS, data)

    expected = entry.options["expected"]["second"]
    assert expected["realm"] == "other.example.net"
    assert expected["transport"] == "tcp"


async def test_panel_that_cannot_be_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """It does not stop the others."""
    for each in (panel, other_panel):
        each.second_account["realm"] = "other.example.net"
    await poll(times=2)
    await other_panel.switch_off()
    await poll()
    for target in ([OTHER_DRIFT, DRIFT], ENTITY_MATCH_ALL):
        with pytest.raises(ServiceValidationError) as error:
            await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: target})
        assert str(error.value) == (
            "Garage gate: Second account cannot be read at the moment,"
            " so it cannot be accepted"
        )
    # What is stored is shown again, but nobody has read it yet.
    await hass.config_entries.async_reload(loaded_entries[1].entry_id)
    with pytest.raises(ServiceValidationError):
        await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: OTHER_DRIFT})
    assert [realms(entry)["second"] for entry in loaded_entries] == [
        "other.example.net",
        "pbx.example.net",
    ]


@pytest.mark.parametrize(
    "data",
    [
        {ATTR_ENTITY_ID: DRIFT, "settings": ["colour"]},
        {ATTR_ENTITY_ID: DRIFT, "settings": []},
        {ATTR_ENTITY_ID: DRIFT, "number": "first"},
        {ATTR_ENTITY_ID: DRIFT, "colour": "red"},
        {},
    ],
    ids=str,
)
@pytest.mark.usefixtures("init_integration")
async def test_invalid_call(hass: HomeAssistant, data: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await call(hass, SERVICE_ACCEPT_SETTINGS, data)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.usefixtures("init_integration")
async def test_other_entity(hass: HomeAssistant, service: str) -> None:
    """Only drift sensors have settings."""
    with pytest.raises(ServiceNotSupported):
        await call(hass, service, {ATTR_ENTITY_ID: PROBLEM})


async def test_compare(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """The answer has each setting, of the user ID a digest only."""
    await set_up(not_comparing(panel, "transport"))
    panel.second_account |= {"realm": "other.example.net", "user_id": "hidden-secret"}
    await poll(times=2)
    del panel.second_account["outbound"]
    await poll()

    def in_sync(value: str) -> dict[str, str]:
        return {"status": "in_sync", "expected": value, "actual": value}

    data = {ATTR_ENTITY_ID: [FIRST_DRIFT, DRIFT]}
    response = await call(hass, SERVICE_COMPARE_SETTINGS, data)

    user_id = response[DRIFT]["settings"].pop("user_id")
    assert (user_id["status"], user_id["expected"]) == ("drifted", "b42008d0")
    assert "hidden-secret" not in user_id["actual"]
    assert response == {
        FIRST_DRIFT: {
            "status": "in_sync",
            "settings": {
                setting: in_sync(value) for setting, value in EXPECTED["first"].items()
            },
            "number": None,
        },
        DRIFT: {
            "status": "drifted",
            "settings": {
                "proxy": in_sync("sip:pbx.example.net"),
                "realm": {
                    "status": "drifted",
                    "expected": "pbx.example.net",
                    "actual": "other.example.net",
                },
                "user": in_sync("201"),
                "transport": {
                    "status": "not_compared",
                    "expected": None,
                    "actual": "udp",
                },
                "registration_interval": in_sync("60"),
                "outbound": {"status": "unknown", "expected": "", "actual": None},
            },
            "number": number(hass),
        },
    }


@pytest.mark.usefixtures("loaded_entries")
async def test_compare_while_a_panel_is_away(
    hass: HomeAssistant, other_panel: SimulatedPanel, poll: Poll
) -> None:
    """The answer of all panels has what was confirmed last."""
    await other_panel.switch_off()
    await poll(times=2)
    data = {ATTR_ENTITY_ID: ENTITY_MATCH_ALL}
    response = await call(hass, SERVICE_COMPARE_SETTINGS, data)

    assert {entity_id: each["status"] for entity_id, each in response.items()} == {
        DRIFT: "in_sync",
        OTHER_DRIFT: "in_sync",
    }


@pytest.mark.usefixtures("init_integration")
async def test_disabled_sensor(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    change: Change,
) -> None:
    """What was disabled is no target, by itself or as a part of the device."""
    await change(realm="other.example.net")
    entity_registry.async_update_entity(
        DRIFT, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.config_entries.async_reload(entry.entry_id)
    for data in (
        {ATTR_ENTITY_ID: DRIFT},
        {ATTR_DEVICE_ID: device_of(hass, entry).id},
    ):
        await call(hass, SERVICE_ACCEPT_SETTINGS, data)
        with pytest.raises(HomeAssistantError):
            await call(hass, SERVICE_COMPARE_SETTINGS, data)
    assert realms(entry) == {"second": "pbx.example.net"}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "entities",
    [
        {},
        {"all": {"read": True}},
        {"entity_ids": {PROBLEM: {"control": True}}},
    ],
    ids=["none", "read only", "another entity"],
)
@pytest.mark.usefixtures("init_integration")
async def test_user_who_may_not(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    change: Change,
    service: str,
    entities: PolicyType,
) -> None:
    """Both actions want the right to control the sensor."""
    await change(realm="other.example.net")
    user = user_with(hass, entities)
    with pytest.raises(Unauthorized):
        await call(hass, service, {ATTR_ENTITY_ID: DRIFT}, user)
    with pytest.raises(UnknownUser):
        await call(hass, service, {ATTR_ENTITY_ID: DRIFT}, MockUser())

    assert realms(entry) == {"second": "pbx.example.net"}


async def test_user_who_may_on_one_panel_only(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    loaded_entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """Named panels are refused before anything changes; of all, his own are meant."""
    for each in (panel, other_panel):
        each.second_account["realm"] = "other.example.net"
    await poll(times=2)
    user = user_with(hass, {"entity_ids": {DRIFT: {"control": True}}})
    data: dict[str, Any] = {ATTR_ENTITY_ID: [DRIFT, OTHER_DRIFT]}
    with pytest.raises(Unauthorized):
        await call(hass, SERVICE_ACCEPT_SETTINGS, data, user)
    assert {realms(entry)["second"] for entry in loaded_entries} == {"pbx.example.net"}

    data = {ATTR_ENTITY_ID: ENTITY_MATCH_ALL}
    response = await call(hass, SERVICE_COMPARE_SETTINGS, data, user)
    assert response.keys() == {DRIFT}
    await call(hass, SERVICE_ACCEPT_SETTINGS, data, user)
    assert [realms(entry)["second"] for entry in loaded_entries] == [
        "other.example.net",
        "pbx.example.net",
    ]


@pytest.mark.usefixtures("init_integration")
async def test_user_in_the_activity(hass: HomeAssistant, change: Change) -> None:
    """The sensor and the events say who has accepted; what comes later does not."""
    await change(realm="other.example.net")
    events = SipEvents(hass)
    user = user_with(hass, {"all": True})
    await call(hass, SERVICE_ACCEPT_SETTINGS, {ATTR_ENTITY_ID: DRIFT}, user)
    assert events.types == ["expectation_updated", "drift_resolved"]
    for entity_id in (DRIFT, EVENTS):
        state = hass.states.get(entity_id)
        assert state
        assert state.context.user_id == user.id

    await change(realm="another.example.net")
    for entity_id in (DRIFT, EVENTS):
        state = hass.states.get(entity_id)
        assert state
        assert state.context.user_id is None
