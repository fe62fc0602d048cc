"""Fixtures: simulated panels on real sockets, and Home Assistant with the integration."""

from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Awaitable, Callable
from http import HTTPStatus
from importlib.util import module_from_spec, spec_from_file_location
import json
from pathlib import Path
from ssl import SSLError
import sys
from types import ModuleType
from typing import Any, Protocol

from aiohttp import web
from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs.const import DOMAIN as REPAIRS_DOMAIN
from homeassistant.config_entries import ConfigEntry
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
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import pytest_socket
from syrupy.assertion import SnapshotAssertion

# Before the test plugin puts its own custom_components in the way.
import custom_components.bas_ip
from custom_components.bas_ip.const import (
    CONF_ACCOUNTS,
    CONF_IS_NEW,
    CONF_PANEL_NAME,
    CONF_SALT,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_STATUS_PATH,
    DOMAIN,
)
from custom_components.bas_ip.drift.expected import CONF_EXPECTED
from custom_components.bas_ip.panel.models import Account
from simulator import Close, SimulatedPanel

type SetUp = Callable[[MockConfigEntry], Awaitable[None]]
type Change = Callable[..., Awaitable[None]]
type OpenRepair = Callable[[ir.IssueEntry], Awaitable[dict[str, Any]]]
type AnswerRepair = Callable[..., Awaitable[dict[str, Any]]]
type Wait = Callable[[float], Awaitable[None]]


class Poll(Protocol):
    """Lets polling intervals pass."""

    async def __call__(self, times: int = 1) -> None:
        """Let one interval pass, or several."""


ROOT = Path(__file__).parents[1]
INTEGRATION = Path(custom_components.bas_ip.__file__).parent

SALT = "salt"
# What a simulated panel has at first; of the user ID there is the keyed digest.
EXPECTED = {
    "first": {
        "proxy": "sip:sip.example.org",
        "realm": "sip.example.org",
        "user": "101",
        "transport": "udp",
        "user_id": "bc05fa5d",
        "registration_interval": "60",
        "outbound": "",
        "stun": "stun.example.org:3478",
    },
    "second": {
        "proxy": "sip:pbx.example.net",
        "realm": "pbx.example.net",
        "user": "201",
        "transport": "udp",
        "user_id": "b42008d0",
        "registration_interval": "60",
        "outbound": "",
    },
}
HOSTS = ["127.0.0.1", "127.0.1.1", "127.0.1.2"]

# What a panel is asked.
INFO = "/api/info"
LOGIN = "/api/v1/login"
LOGOUT = "/api/v1/logout"
FIRST = "/api/v1/device/sip/settings"
SECOND = "/api/v1/device/sip/settings/second"
STATUS = "/api/v1/sip/status"
MAC = "/api/v1/network/mac"

# The entities of the first simulated panel.
PANEL_STATUS = "sensor.front_door"
PROBLEM = "binary_sensor.front_door_problem"
SIP_STATUS = "sensor.front_door_sip_status"
DRIFT = "binary_sensor.front_door_account_2_drift"
PROXY = "sensor.front_door_account_2_proxy"
REALM = "sensor.front_door_account_2_realm"
LAST_CHANGE = "sensor.front_door_last_settings_change"
EVENTS = "event.front_door_sip_events"
FIRST_DRIFT = "binary_sensor.front_door_account_1_drift"
OTHER_DRIFT = "binary_sensor.garage_gate_account_2_drift"


def load_script(path: str) -> ModuleType:
    """Return a script as a module; what it adds to the path of imports goes again."""
    spec = spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


def panel_time() -> float:
    """Return the time of Home Assistant, in which the simulated panels live, too."""
    return dt_util.utcnow().timestamp()


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the debug mode of the event loop to `--asyncio-debug`: it takes its time."""


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


@pytest.fixture
async def https_panel(
    hass: HomeAssistant, sockets: None
) -> AsyncGenerator[SimulatedPanel]:
    """Return a panel with a self-signed certificate, to which http is redirected."""
    handle = hass.loop.get_exception_handler()
    assert handle is not None

    def handle_ours(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        # That a client refuses the certificate is an error of the panel's only.
        if not isinstance(context.get("exception"), SSLError | ConnectionResetError):
            handle(loop, context)

    hass.loop.set_exception_handler(handle_ours)
    async with SimulatedPanel(
        "127.0.1.1", https=True, http_port=0, name="Front door", clock=panel_time
    ) as panel:
        yield panel
    hass.loop.set_exception_handler(handle)


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
            CONF_SECOND_STATUS_PATH: panel.behaviour.second_status_path,
            CONF_SALT: SALT,
            CONF_PANEL_NAME: panel.info["device_name"],
            CONF_IS_NEW: True,
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


def not_comparing(panel: SimulatedPanel, setting: str) -> MockConfigEntry:
    """Return a config entry that does not compare a setting of the second account."""
    entry = both_accounts(panel)
    del entry.options[CONF_EXPECTED][Account.SECOND][setting]
    return entry


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


@pytest.fixture
def set_up(hass: HomeAssistant, enable_custom_integrations: None) -> SetUp:
    """Return a function that sets up a config entry."""

    async def set_up(entry: MockConfigEntry) -> None:
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)

    return set_up


@pytest.fixture
def reload(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> SetUp:
    """Return a function that loads a config entry anew, and polls."""

    async def reload(entry: MockConfigEntry) -> None:
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)

    return reload


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
def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Wait:
    """Return a function that lets some seconds pass."""

    async def wait(seconds: float) -> None:
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    return wait


@pytest.fixture
def poll(wait: Wait) -> Poll:
    """Return a function that lets one polling interval pass, or several."""

    async def poll(times: int = 1) -> None:
        for _ in range(times):
            await wait(61)

    return poll


@pytest.fixture
def change(panel: SimulatedPanel, poll: Poll) -> Change:
    """Return a function that changes settings of the second account until they count."""

    async def change(**settings: Any) -> None:
        panel.second_account.update(settings)
        await poll(times=2)

    return change


@pytest.fixture
async def drifted_entry(
    panel: SimulatedPanel, set_up: SetUp, poll: Poll
) -> MockConfigEntry:
    """Set up a panel of whose accounts both have drifted."""
    entry = both_accounts(panel)
    await set_up(entry)
    panel.first_account["realm"] = "other.example.org"
    panel.second_account |= {"realm": "other.example.net", "transport": "tcp"}
    await poll(times=2)
    return entry


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
        {ATTR_ENTITY_ID: DRIFT, **data},
        blocking=True,
    )


def error_text(key: str, error: str = "") -> str:
    """Return what is said of an error, which is the first part of its message."""
    texts = json.loads((INTEGRATION / "translations/en.json").read_text("utf-8"))
    message: str = texts["exceptions"][key]["message"]
    return message.format(error=error) if error else message.partition(":")[0]


def problems(hass: HomeAssistant) -> list[str]:
    """Return what the status of the panel says is wrong."""
    state = hass.states.get(PANEL_STATUS)
    assert state is not None
    lines: list[str] = state.attributes["problems"]
    return lines


def device_of(hass: HomeAssistant, entry: ConfigEntry) -> dr.DeviceEntry:
    """Return the device of a panel."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device


def dies(panel: SimulatedPanel) -> None:
    """Let the panel close all connections."""
    panel.fail(Close())


def is_replaced(panel: SimulatedPanel) -> None:
    """Let another panel answer."""
    panel.info = {**panel.info, "device_serial_number": "another"}


def has_another_password(panel: SimulatedPanel) -> None:
    """Let somebody change the password."""
    panel.password = "another"


def swap(one: SimulatedPanel, other: SimulatedPanel) -> None:
    """Let two panels answer at each other's address, with all that they are."""
    for name in ("info", "second_account", "sessions", "mac_address"):
        mine, others = getattr(one, name), getattr(other, name)
        setattr(one, name, others)
        setattr(other, name, mine)


def rejected(panel: SimulatedPanel) -> int:
    """Return the number of logins that the panel has rejected."""
    return sum(not login.accepted for login in panel.logins)


def asked(panel: SimulatedPanel) -> list[str]:
    """Return what the panel has been asked since the last call."""
    paths = [request.path for request in panel.requests]
    panel.requests.clear()
    return paths


@pytest.fixture
def with_token(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the paths that panels are asked with a token."""
    paths: list[str] = []
    answer = SimulatedPanel._answer

    async def answer_here(panel: SimulatedPanel, request: web.Request) -> Any:
        if "Authorization" in request.headers:
            paths.append(request.path)
        return await answer(panel, request)

    monkeypatch.setattr(SimulatedPanel, "_answer", answer_here)
    return paths


class SipEvents:
    """The events that a panel's event entity fires, with the states in between."""

    def __init__(self, hass: HomeAssistant, entity_id: str = EVENTS) -> None:
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


def issues(hass: HomeAssistant) -> dict[str | None, ir.IssueEntry]:
    """Return the issues that stand, ignored or not, by their translation keys."""
    return {
        issue.translation_key: issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    }


@pytest.fixture
async def repairs_client(
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
def open_repair(repairs_client: TestClient[Any, Any]) -> OpenRepair:
    """Return a function that opens the dialog of an issue."""

    async def open_repair(issue: ir.IssueEntry) -> dict[str, Any]:
        response = await repairs_client.post(
            "/api/repairs/issues/fix",
            json={"handler": DOMAIN, "issue_id": issue.issue_id},
        )
        assert response.status == HTTPStatus.OK
        step: dict[str, Any] = await response.json()
        return step

    return open_repair


@pytest.fixture
def answer_repair(
    hass: HomeAssistant, repairs_client: TestClient[Any, Any]
) -> AnswerRepair:
    """Return a function that answers a step of a dialog."""

    async def answer_repair(step: dict[str, Any], **data: Any) -> dict[str, Any]:
        response = await repairs_client.post(
            f"/api/repairs/issues/fix/{step['flow_id']}", json=data
        )
        assert response.status == HTTPStatus.OK
        await hass.async_block_till_done(wait_background_tasks=True)
        next_step: dict[str, Any] = await response.json()
        return next_step

    return answer_repair
