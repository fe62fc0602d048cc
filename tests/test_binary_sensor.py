"""The binary sensors of a panel and of both its accounts."""

from datetime import datetime
from typing import Any

from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.bas_ip.const import CONF_SECOND_STATUS_PATH
from custom_components.bas_ip.panel.models import Account
from simulator import VARIANTS, Answer, SimulatedPanel

from .conftest import (
    DRIFT,
    FIRST_DRIFT,
    PANEL_STATUS,
    PROBLEM,
    SECOND,
    Change,
    Poll,
    SetUp,
    SipEvents,
    accept,
    both_accounts,
    entry_of,
    state_of,
)

PASSWORD_EXPOSED = "binary_sensor.front_door_account_2_password_exposed"


def drift(hass: HomeAssistant) -> dict[str, Any]:
    """Return the attributes that only the drift sensor of account 2 has."""
    state = hass.states.get(DRIFT)
    assert state is not None
    return {
        name: value
        for name, value in state.attributes.items()
        if name != "friendly_name"
    }


@pytest.mark.usefixtures("enabled_by_default")
async def test_binary_sensors(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    set_up: SetUp,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.bas_ip.PLATFORMS", [Platform.BINARY_SENSOR])
    entry = both_accounts(panel)
    await set_up(entry)

    await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_first_account_alone(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    panel: SimulatedPanel,
    set_up: SetUp,
) -> None:
    """Nothing of the second account is read or shown; of passwords the repair tells."""
    VARIANTS["second-registration"](panel)
    await set_up(entry_of(panel, (Account.FIRST,)))

    assert set(hass.states.async_entity_ids(Platform.BINARY_SENSOR)) == {
        PROBLEM,
        FIRST_DRIFT,
    }
    exposed = entity_registry.async_get(PASSWORD_EXPOSED.replace("_2_", "_1_"))
    assert exposed
    assert exposed.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert not any("second" in request.path for request in panel.requests)


async def test_what_is_gone(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, reload: SetUp
) -> None:
    """Entities go with an account, or with its own status; what comes back is there."""
    VARIANTS["second-registration"](panel)
    entry = both_accounts(panel)
    await set_up(entry)
    status = f"{PANEL_STATUS}_account_2_sip_status"
    assert hass.states.get(status)
    data = {**entry.data, CONF_SECOND_STATUS_PATH: None}
    hass.config_entries.async_update_entry(entry, data=data)
    await reload(entry)
    assert hass.states.get(status) is None
    assert hass.states.get(DRIFT)

    for accounts in (["second"], ["first", "second"]):
        options = {**entry.options, "accounts": accounts}
        hass.config_entries.async_update_entry(entry, options=options)
        await reload(entry)
        assert hass.states.get(DRIFT)
        assert (hass.states.get(FIRST_DRIFT) is not None) is ("first" in accounts)


@pytest.mark.usefixtures("init_integration")
async def test_drift(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, change: Change
) -> None:
    """The attributes say what has drifted, since when, and the number of the change."""
    assert state_of(hass, DRIFT) == STATE_OFF
    nothing = {"differences": [], "number": None, "since": None}
    assert drift(hass) == nothing
    events = SipEvents(hass)

    await change(user="", transport="tcp")
    first = drift(hass)
    assert state_of(hass, DRIFT) == STATE_ON
    assert first["differences"] == [
        "account 2 user: 201 → not set",
        "account 2 transport: udp → tcp",
    ]
    assert first["number"] == events.attributes[-1]["number"]
    assert isinstance(first["since"], datetime)

    # Since when is about the oldest of it; the number is that of the last change.
    await change(realm="other.example.net")
    further = drift(hass)
    assert further["since"] == first["since"]
    assert further["number"] == events.attributes[-1]["number"] > first["number"]

    # Neither what is missing, nor a panel that is away, is the end of it.
    del panel.second_account["realm"]
    await poll()
    assert drift(hass) == further
    await panel.switch_off()
    await poll(times=2)
    assert state_of(hass, DRIFT) == STATE_ON
    assert drift(hass) == further

    await panel.switch_on()
    await change(realm="pbx.example.net", user="201", transport="udp")
    assert state_of(hass, DRIFT) == STATE_OFF
    assert drift(hass) == {**nothing, "number": events.attributes[-1]["number"] - 1}
    assert events.types[-2:] == ["drift_resolved", "panel_reachable"]


@pytest.mark.usefixtures("init_integration")
async def test_accepted_drift(hass: HomeAssistant, change: Change) -> None:
    await change(realm="other.example.net")
    await accept(hass)

    assert state_of(hass, DRIFT) == STATE_OFF
    assert drift(hass)["differences"] == []


@pytest.mark.usefixtures("init_integration")
async def test_unknown_is_no_drift(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """A setting that the panel does not send makes the sensor unknown, at once."""
    del panel.second_account["realm"]
    await poll()
    assert state_of(hass, DRIFT) == STATE_UNKNOWN
    assert drift(hass) == {"differences": [], "number": None, "since": None}

    panel.second_account["realm"] = "pbx.example.net"
    await poll()
    assert state_of(hass, DRIFT) == STATE_OFF


async def test_drift_without_expected_settings(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp
) -> None:
    """If nothing is compared, nobody can say that all is well."""
    await set_up(entry_of(panel, expect=False))

    assert state_of(hass, DRIFT) == STATE_UNKNOWN


async def test_account_that_is_not_given(
    hass: HomeAssistant, panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> None:
    """Its drift keeps what was confirmed last; the other account is followed."""
    await set_up(both_accounts(panel))
    panel.second_account["realm"] = "other.example.net"
    await poll(times=2)
    panel.fail(Answer(403), path=SECOND)
    panel.first_account["realm"] = "other.example.org"
    await poll(times=2)

    assert state_of(hass, DRIFT) == state_of(hass, FIRST_DRIFT) == STATE_ON
    panel.recover()
    panel.second_account["realm"] = "pbx.example.net"
    await poll(times=2)
    assert state_of(hass, DRIFT) == STATE_OFF


@pytest.mark.parametrize(
    ("password", "state"),
    [
        ("WebPass", STATE_OFF),
        ("", STATE_OFF),
        (None, STATE_OFF),
        ("******", STATE_OFF),
        ("secret", STATE_ON),
        (12345, STATE_ON),
    ],
)
@pytest.mark.usefixtures("enabled_by_default", "init_integration")
async def test_password_exposed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    change: Change,
    password: object,
    state: str,
) -> None:
    """What was confirmed stays while no password is sent; without the account it goes."""
    await change(password=password)
    assert state_of(hass, PASSWORD_EXPOSED) == state

    await change(password={})
    assert state_of(hass, PASSWORD_EXPOSED) == state
    panel.fail(Answer(500), path=SECOND)
    await poll()
    assert state_of(hass, PASSWORD_EXPOSED) == STATE_UNAVAILABLE


@pytest.mark.usefixtures("enabled_by_default")
async def test_password_that_was_never_sent(
    hass: HomeAssistant, panel: SimulatedPanel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    del panel.second_account["password"]
    await set_up(entry)

    assert state_of(hass, PASSWORD_EXPOSED) == STATE_UNKNOWN


@pytest.mark.parametrize(
    "value", [None, True, -1, 1e300, "", "x" * 300, "\x00", [], {}], ids=repr
)
@pytest.mark.usefixtures("init_integration")
async def test_odd_values(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, value: object
) -> None:
    """A value that cannot be read is unknown, and unknown is no drift."""
    panel.second_account.update(dict.fromkeys(panel.second_account, value))
    await poll(times=2)

    is_readable = value is None or (
        isinstance(value, str | int | float) and not isinstance(value, bool)
    )
    assert state_of(hass, DRIFT) == (STATE_ON if is_readable else STATE_UNKNOWN)
