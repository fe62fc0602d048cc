"""Fixtures: simulated panels on real sockets, and Home Assistant with the integration."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Protocol

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_HOST,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
    EVENT_STATE_CHANGED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
import pytest_socket
from syrupy.assertion import SnapshotAssertion

# Before the test plugin puts its own custom_components in the way.
import custom_components.bas_ip  # noqa: F401
from custom_components.bas_ip.const import (
    CONF_ACCOUNTS,
    CONF_SEARCHED_FIRMWARE,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_ACCOUNT_PATH_TYPED,
    CONF_SECOND_ENABLE_PATH,
    CONF_SECOND_STATUS_PATH,
    DOMAIN,
)
from custom_components.bas_ip.drift import CONF_EXPECTED
from custom_components.bas_ip.panel import Account
from simulator import SimulatedPanel

type SetUp = Callable[[MockConfigEntry], Awaitable[None]]
type Change = Callable[..., Awaitable[None]]


class Poll(Protocol):
    """Lets polling intervals pass."""

    async def __call__(self, times: int = 1) -> None:
        """Let one interval pass, or several."""


# What a simulated panel has at first; of the user ID there is the SHA-256 digest.
EXPECTED = {
    "first": {
        "proxy": "sip:sip.example.org",
        "realm": "sip.example.org",
        "user": "101",
        "transport": "udp",
        "user_id": "16dc368a89b428b2485484313ba67a3912ca03f2b2b42429174a4f8b3dc84e44",
        "registration_interval": "60",
        "outbound": "",
        "stun": "stun.example.org:3478",
    },
    "second": {
        "proxy": "sip:pbx.example.net",
        "realm": "pbx.example.net",
        "user": "201",
        "transport": "udp",
        "user_id": "43974ed74066b207c30ffd0fed5146762e6c60745ac977004bc14507c7c42b50",
        "registration_interval": "60",
        "outbound": "",
    },
}
HOSTS = ["127.0.0.1", "127.0.1.1", "127.0.1.2"]


def panel_time() -> float:
    """Return the time of Home Assistant, in which the simulated panels live, too."""
    return dt_util.utcnow().timestamp()


@pytest.fixture
def sockets(socket_enabled: None) -> None:
    """Allow connections to the simulated panels, and to nothing else."""
    pytest_socket._remove_restrictions()
    pytest_socket.socket_allow_hosts(HOSTS)


@pytest.fixture
async def panel(sockets: None) -> AsyncGenerator[SimulatedPanel]:
    """Return a simulated panel."""
    async with SimulatedPanel(
        "127.0.1.1", name="Front door", clock=panel_time
    ) as panel:
        yield panel


@pytest.fixture
async def other_panel(sockets: None) -> AsyncGenerator[SimulatedPanel]:
    """Return a second simulated panel."""
    async with SimulatedPanel(
        "127.0.1.2", name="Garage gate", password="654321", clock=panel_time
    ) as panel:
        yield panel


def entry_of(
    panel: SimulatedPanel,
    accounts: tuple[Account, ...] = (Account.SECOND,),
    *,
    expect: bool = True,
    **options: Any,
) -> MockConfigEntry:
    """Return the config entry that the config flow makes for a panel."""
    if expect:
        options[CONF_EXPECTED] = {
            account.value: dict(EXPECTED[account]) for account in accounts
        }
    return MockConfigEntry(
        domain=DOMAIN,
        title=panel.info["device_name"],
        unique_id=panel.info["device_serial_number"],
        data={
            CONF_HOST: panel.host,
            CONF_PORT: panel.port,
            CONF_SSL: False,
            CONF_VERIFY_SSL: False,
            CONF_USERNAME: panel.username,
            CONF_PASSWORD: panel.password,
            CONF_MAC: panel.mac_address,
            CONF_SECOND_ACCOUNT_PATH: panel.behaviour.second_account_path,
            CONF_SECOND_ACCOUNT_PATH_TYPED: False,
            CONF_SECOND_STATUS_PATH: panel.behaviour.second_status_path,
            CONF_SECOND_ENABLE_PATH: panel.behaviour.second_enable_path,
            CONF_SEARCHED_FIRMWARE: panel.firmware_version,
        },
        options={CONF_ACCOUNTS: [account.value for account in accounts], **options},
    )


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return a snapshot that shows what Home Assistant has as Home Assistant does."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def enabled_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable the sensors that a user has to enable."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


def both_accounts(panel: SimulatedPanel, **options: Any) -> MockConfigEntry:
    """Return a config entry that watches both accounts."""
    return entry_of(panel, tuple(Account), **options)


def entry_like(entry: MockConfigEntry, **changes: Any) -> MockConfigEntry:
    """Return a config entry like another one, but for some of its fields."""
    return MockConfigEntry(
        domain=DOMAIN,
        **{
            "title": entry.title,
            "unique_id": entry.unique_id,
            "data": entry.data,
            "options": entry.options,
            **changes,
        },
    )


def by_mac_address(panel: SimulatedPanel) -> MockConfigEntry:
    """Return the config entry of a panel that had no serial number at set-up."""
    return entry_like(entry_of(panel), unique_id=panel.mac_address)


@pytest.fixture
def entry(panel: SimulatedPanel) -> MockConfigEntry:
    """Return a config entry that watches the second account."""
    return entry_of(panel)


@pytest.fixture(autouse=True)
def first_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first poll after a set-up come after half an interval, not at random."""
    monkeypatch.setattr(
        "custom_components.bas_ip.coordinator.uniform",
        lambda low, high: (low + high) / 2,
    )


@pytest.fixture
def set_up(hass: HomeAssistant, enable_custom_integrations: None) -> SetUp:
    """Return a function that sets up a config entry."""

    async def set_up(entry: MockConfigEntry) -> None:
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    return set_up


@pytest.fixture
async def init_integration(
    entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Set up the config entry."""
    await set_up(entry)


@pytest.fixture
async def loaded_entries(
    entry: MockConfigEntry,
    other_panel: SimulatedPanel,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> list[MockConfigEntry]:
    """Set up both panels, and return their config entries."""
    entries = [entry, entry_of(other_panel)]
    for each in entries:
        await set_up(each)
    return entries


@pytest.fixture
def poll(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Poll:
    """Return a function that lets one polling interval pass, or several."""

    async def poll(times: int = 1) -> None:
        for _ in range(times):
            freezer.tick(61)
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)

    return poll


@pytest.fixture
def change(panel: SimulatedPanel, poll: Poll) -> Change:
    """Return a function that changes settings of the second account, and polls."""

    async def change(**settings: Any) -> None:
        panel.second_account.update(settings)
        await poll()

    return change


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


async def accept(hass: HomeAssistant, **data: Any) -> None:
    """Call the action that accepts settings of the second account."""
    await hass.services.async_call(
        DOMAIN,
        "accept_settings",
        {ATTR_ENTITY_ID: "binary_sensor.front_door_account_2_drift", **data},
        blocking=True,
    )


def asked(panel: SimulatedPanel) -> list[str]:
    """Return what the panel has been asked since the last call."""
    paths = [request.path for request in panel.requests]
    panel.requests.clear()
    return paths


class SipEvents:
    """The events that a panel's event entity fires, with the states in between."""

    def __init__(
        self, hass: HomeAssistant, entity_id: str = "event.front_door_sip_events"
    ) -> None:
        """Listen from now on; a state that is restored is no event."""
        self.attributes: list[dict[str, Any]] = []
        self.states: list[str] = []
        self._entity_id = entity_id
        if state := hass.states.get(entity_id):
            self.states.append(state.state)
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._add)

    @callback
    def _add(self, event: Event[Any]) -> None:
        state = event.data["new_state"]
        if (
            event.data[ATTR_ENTITY_ID] != self._entity_id
            or state is None
            or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN, *self.states)
        ):
            return
        attributes = dict(state.attributes)
        del attributes["event_types"], attributes["friendly_name"]
        self.attributes.append(attributes)
        self.states.append(state.state)

    @property
    def types(self) -> list[str]:
        """Return the types of the events."""
        return [attributes["event_type"] for attributes in self.attributes]
