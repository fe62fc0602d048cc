"""Every kind of panel that the documentation leaves open, from the form to the entities."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bas_ip.const import CONF_ACCOUNTS, DOMAIN
from custom_components.bas_ip.panel import SECOND_ACCOUNT_PATHS
from simulator import VARIANTS, Answer, Ban, SimulatedPanel, UnsetAccount

from .conftest import Poll
from .panel.conftest import requests  # noqa: F401
from .test_config_flow import submit

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "enabled_by_default")

PLATFORMS = ("binary_sensor", "sensor")
ATTEMPT = 1_700_000_000
ATTEMPT_STATE = "2023-11-14T22:13:20+00:00"
FIRST_PROXY = {"first_account_proxy": "sip:sip.example.org"}
SECOND_PROXY = {"second_account_proxy": "sip:pbx.example.net"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a user gets: an error in the form, or an entry with these states."""

    errors: dict[str, str] = field(default_factory=dict)
    asks_for_path: bool = False
    states: dict[str, str | None] = field(default_factory=dict)


BOTH = Outcome(states=SECOND_PROXY)
FIRST_ONLY = Outcome(
    asks_for_path=True, states={**FIRST_PROXY, "second_account_proxy": None}
)
NOT_SET = Outcome(
    states={
        "second_account_proxy": "not_set",
        "second_account_transport": "not_set",
        "second_account_registration_interval": "unknown",
        "second_account_drift": "off",
    }
)

OUTCOMES: dict[str, Outcome] = {
    "api-2.9": Outcome(
        asks_for_path=True,
        states={
            **FIRST_PROXY,
            "first_account_outbound_proxy": "unknown",
            "last_registration_attempt": "unknown",
        },
    ),
    "api-v0": Outcome(errors={"host": "unsupported_firmware"}),
    "camdroid": Outcome(
        states={
            **SECOND_PROXY,
            "last_registration_attempt": "unknown",
            "sip_status": "registered",
        }
    ),
    "monitor": Outcome(errors={"host": "not_a_panel"}),
    "no-serial-number": BOTH,
    "one-account": FIRST_ONLY,
    "unknown-suffixes": FIRST_ONLY,
    "unset-account": NOT_SET,
    "unset-account-nulls": NOT_SET,
    "unset-account-404": FIRST_ONLY,
    "unset-account-400": FIRST_ONLY,
    "milliseconds": Outcome(states={"last_registration_attempt": ATTEMPT_STATE}),
    "no-attempt-yet": Outcome(
        states={
            "last_registration_attempt": "unknown",
            "sip_status": "disabled",
            "registered": "off",
            "sip_enabled": "off",
        }
    ),
    "open-status": Outcome(states={"sip_status": "registered"}),
    "no-sip-enable": Outcome(states={**SECOND_PROXY, "sip_enabled": None}),
    "short-token": BOTH,
    "single-session": BOTH,
    "ban": BOTH,
    "ban-closes": BOTH,
    "manager": Outcome(errors={"username": "permission_denied"}),
    "lower-case-hashes": Outcome(errors={"password": "invalid_auth"}),
    "cleartext-password": Outcome(
        states={**SECOND_PROXY, "second_account_password_exposed": "on"}
    ),
    "second-registration": BOTH,
    "silent-web-page": BOTH,
    "web-page-login": BOTH,
    "no-web-page": BOTH,
    "text-html": BOTH,
}


@pytest.fixture
async def https_panel(
    hass: HomeAssistant, sockets: None
) -> AsyncGenerator[SimulatedPanel]:
    """Return a panel with https, to which http is redirected."""
    handle = hass.loop.get_exception_handler()
    assert handle is not None

    def handle_ours(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # That a client refuses the certificate is an error of the panel's only.
        if "incoming connection" not in context["message"]:
            handle(loop, context)

    hass.loop.set_exception_handler(handle_ours)
    async with SimulatedPanel("127.0.1.1", https=True, http_port=0) as panel:
        yield panel


async def fill_in(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    *,
    password: str | None = None,
    host: str | None = None,
    **advanced: Any,
) -> ConfigFlowResult:
    """Fill in the first form."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await submit(
        hass,
        form,
        {
            "host": host or f"{panel.host}:{panel.port}",
            "username": "admin",
            "password": password or panel.password,
            "advanced": {"ssl": False, "verify_ssl": False, **advanced},
        },
    )


async def choose(hass: HomeAssistant, result: ConfigFlowResult, step: str) -> Any:
    """Choose a step in the menu that comes when no second account is found."""
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "no_second_account"
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": step}
    )


async def confirm(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigEntry:
    """Confirm what was read, and return the entry that comes of it."""
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "confirm"
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"expect": "current"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry: ConfigEntry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def add(hass: HomeAssistant, panel: SimulatedPanel, **kwargs: Any) -> ConfigEntry:
    """Set up a panel whose second account is found."""
    return await confirm(hass, await fill_in(hass, panel, **kwargs))


def state(hass: HomeAssistant, entry: ConfigEntry, key: str) -> str | None:
    """Return the state of an entity by its key, None if there is no such entity."""
    registry = er.async_get(hass)
    for platform in PLATFORMS:
        if entity_id := registry.async_get_entity_id(
            platform, DOMAIN, f"{entry.unique_id}_{key}"
        ):
            entity_state = hass.states.get(entity_id)
            assert entity_state is not None
            return entity_state.state
    return None


def rejected_logins(panel: SimulatedPanel) -> int:
    """Return how many logins a panel has rejected."""
    return sum(not login.accepted for login in panel.logins)


def test_every_variant_has_an_outcome() -> None:
    assert set(OUTCOMES) == set(VARIANTS)


@pytest.mark.parametrize("name", OUTCOMES)
async def test_variant(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, name: str
) -> None:
    outcome = OUTCOMES[name]
    panel.register_last_attempt = ATTEMPT
    panel.behaviour.registers_again = False
    VARIANTS[name](panel)
    result = await fill_in(hass, panel)
    if outcome.errors:
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == outcome.errors
        assert len(panel.logins) <= 1
        assert panel._sessions == {}
        return
    if outcome.asks_for_path:
        result = await choose(hass, result, "confirm")
    entry = await confirm(hass, result)
    # The form has logged out.
    assert len(panel._sessions) == 1
    for _ in range(2):
        assert {key: state(hass, entry, key) for key in outcome.states} == (
            outcome.states
        )
        await poll()
    assert rejected_logins(panel) == 0


@pytest.mark.parametrize("path", SECOND_ACCOUNT_PATHS)
@pytest.mark.parametrize("answers_unknown_suffixes", [False, True])
async def test_candidate_path(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    path: str,
    answers_unknown_suffixes: bool,
) -> None:
    panel.behaviour.second_account_path = path
    panel.behaviour.answers_unknown_suffixes = answers_unknown_suffixes
    entry = await add(hass, panel)
    assert entry.data["second_account_path"] == path
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


async def test_typed_path(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    panel.behaviour.second_account_path = "device/sip/account_b"
    form = await choose(hass, await fill_in(hass, panel), "path")
    for typed, error in (
        ("system/reboot/run", "invalid_path"),
        ("device/sip/account_c", "no_second_account"),
    ):
        form = await submit(hass, form, {"second_account_path": typed})
        assert form["errors"] == {"second_account_path": error}
    form = await submit(
        hass, form, {"second_account_path": "/api/v1/device/sip/account_b"}
    )
    entry = await confirm(hass, form)
    assert entry.options[CONF_ACCOUNTS] == ["second"]
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


async def test_typed_path_at_once(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    panel.behaviour.second_account_path = "device/sip/account_b"
    result = await fill_in(hass, panel, second_account_path="device/sip/account_c")
    assert result["errors"] == {"advanced": "no_second_account"}
    entry = await add(hass, panel, second_account_path="device/sip/account_b")
    assert entry.data["second_account_path"] == "device/sip/account_b"


@pytest.mark.parametrize(
    "answer",
    [
        {"sip_status": "OK", "register_last_attempt": ATTEMPT},
        {"sip_status": "OK", "register_last_attempt": ATTEMPT * 1000},
        {"sip_status": "ok", "register_last_attempt": str(ATTEMPT)},
    ],
)
async def test_status_with_a_time(
    hass: HomeAssistant, panel: SimulatedPanel, answer: dict[str, Any]
) -> None:
    panel.fail(Answer.json(answer), path="/api/v1/sip/status")
    entry = await add(hass, panel)
    assert state(hass, entry, "last_registration_attempt") == ATTEMPT_STATE
    assert state(hass, entry, "sip_status") == "registered"


@pytest.mark.parametrize(
    "answer",
    [
        {"sip_status": "OK", "register_last_attempt": None},
        {"sip_status": "OK", "register_last_attempt": 0},
        {"sip_status": "OK"},
    ],
)
async def test_status_without_a_time(
    hass: HomeAssistant, panel: SimulatedPanel, answer: dict[str, Any]
) -> None:
    panel.fail(Answer.json(answer), path="/api/v1/sip/status")
    entry = await add(hass, panel)
    assert state(hass, entry, "last_registration_attempt") == "unknown"
    assert state(hass, entry, "sip_status") == "registered"


async def test_panel_without_status(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    panel.fail(Answer.json({"error": "Not found"}, 404), path="/api/v1/sip/status")
    entry = await add(hass, panel)
    assert state(hass, entry, "sip_status") == "unknown"
    assert state(hass, entry, "registered") == "unknown"
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


@pytest.mark.parametrize("unset", [UnsetAccount.NOT_FOUND, UnsetAccount.BAD_REQUEST])
async def test_account_that_is_unset_later(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, unset: UnsetAccount
) -> None:
    entry = await add(hass, panel)
    panel.behaviour.unset_account = unset
    await poll()
    assert state(hass, entry, "second_account_proxy") == "unavailable"
    panel.behaviour.unset_account = None
    await poll()
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


@pytest.mark.parametrize("unset", [UnsetAccount.EMPTY_STRINGS, UnsetAccount.NULLS])
async def test_account_that_is_emptied_drifts(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, unset: UnsetAccount
) -> None:
    entry = await add(hass, panel)
    panel.behaviour.unset_account = unset
    await poll()
    assert state(hass, entry, "second_account_proxy") == "not_set"
    assert state(hass, entry, "second_account_drift") == "on"


@pytest.mark.parametrize("lifetime", [600, 7200])
async def test_token_that_expires(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    poll: Poll,
    freezer: FrozenDateTimeFactory,
    lifetime: int,
) -> None:
    panel.clock = lambda: dt_util.utcnow().timestamp()
    panel.behaviour.token_lifetime = lifetime
    entry = await add(hass, panel)
    panel.logins.clear()
    await poll()
    assert panel.logins == []
    for _ in range(2):
        freezer.tick(lifetime)
        await poll()
    assert len(panel.logins) == 2
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


async def test_token_of_one_request(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    panel.behaviour.token_requests = 1
    entry = await add(hass, panel)
    await poll()
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"
    assert state(hass, entry, "sip_status") == "registered"
    assert rejected_logins(panel) == 0


@pytest.mark.parametrize("happening", ["other login", "reboot"])
async def test_session_that_is_ended(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, happening: str
) -> None:
    panel.behaviour.single_session = True
    entry = await add(hass, panel)
    panel.logins.clear()
    if happening == "reboot":
        panel.reboot()
    else:
        panel.open_session()
    for _ in range(2):
        await poll()
        assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"
    assert len(panel.logins) == 1
    assert not hass.config_entries.flow.async_progress()


@pytest.mark.parametrize("ban", Ban)
async def test_password_change_does_not_get_banned(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, ban: Ban
) -> None:
    panel.behaviour.ban_after = 3
    panel.behaviour.ban = ban
    entry = await add(hass, panel)
    panel.password = "changed"
    await poll(times=5)
    assert state(hass, entry, "second_account_proxy") == "unavailable"
    assert rejected_logins(panel) == 1
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    await submit(hass, flow, {"username": "admin", "password": "changed"})
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"
    assert rejected_logins(panel) == 1


@pytest.mark.parametrize(
    ("ban", "errors"),
    [
        (Ban.FORBIDDEN, {"host": "refused"}),
        (Ban.UNAUTHORIZED, {"host": "refused"}),
        (Ban.CLOSED, {"host": "cannot_connect"}),
    ],
)
async def test_wrong_password_until_the_panel_bans(
    hass: HomeAssistant, panel: SimulatedPanel, ban: Ban, errors: dict[str, str]
) -> None:
    panel.behaviour.ban_after = 3
    panel.behaviour.ban = ban
    for attempt in range(1, 4):
        result = await fill_in(hass, panel, password="wrong")
        assert result["errors"] == {"password": "invalid_auth"}
        assert rejected_logins(panel) == attempt
    result = await fill_in(hass, panel)
    assert result["errors"] == errors
    assert rejected_logins(panel) == 3
    panel.reboot()
    await add(hass, panel)


@pytest.mark.parametrize("ban", Ban)
async def test_ban_while_the_panel_is_watched(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll, ban: Ban
) -> None:
    """Someone else at the same address gets it banned; the session is gone as well."""
    panel.behaviour.ban_after = 3
    panel.behaviour.ban = ban
    entry = await add(hass, panel)
    panel.bad_logins = 3
    panel.end_sessions()
    await poll()
    assert state(hass, entry, "second_account_proxy") == "unavailable"
    assert bool(hass.config_entries.flow.async_progress()) is (ban is Ban.UNAUTHORIZED)


async def test_https_only(
    hass: HomeAssistant, https_panel: SimulatedPanel, poll: Poll
) -> None:
    result = await fill_in(hass, https_panel)
    assert result["errors"] == {"host": "cannot_connect"}
    entry = await add(hass, https_panel, ssl=True)
    await poll()
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


async def test_https_by_url(hass: HomeAssistant, https_panel: SimulatedPanel) -> None:
    entry = await add(hass, https_panel, host=https_panel.url)
    assert entry.data["ssl"] is True


async def test_self_signed_certificate_that_is_checked(
    hass: HomeAssistant, https_panel: SimulatedPanel
) -> None:
    result = await fill_in(hass, https_panel, ssl=True, verify_ssl=True)
    assert result["errors"] == {"advanced": "invalid_certificate"}
    assert https_panel.logins == []


async def test_http_that_is_redirected_to_https(
    hass: HomeAssistant, https_panel: SimulatedPanel, poll: Poll
) -> None:
    entry = await add(hass, https_panel, host=https_panel.http_url)
    await poll()
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"
    result = await fill_in(hass, https_panel, host=https_panel.http_url)
    assert result["type"] is FlowResultType.ABORT
    result = await fill_in(
        hass, https_panel, host=https_panel.http_url, verify_ssl=True
    )
    assert result["errors"] == {"advanced": "invalid_certificate"}


async def test_panel_that_moves_to_https(
    hass: HomeAssistant, https_panel: SimulatedPanel, poll: Poll
) -> None:
    """Https is switched on after the panel was set up with http."""
    context, https_panel._ssl_context = https_panel._ssl_context, None
    entry = await add(hass, https_panel, host=https_panel.http_url)
    await https_panel.switch_off()
    await poll()
    assert state(hass, entry, "second_account_proxy") == "unavailable"
    https_panel._ssl_context = context
    await https_panel.switch_on()
    await poll()
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


async def test_lower_case_hashes_cost_one_login(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    panel.behaviour.lower_case_hashes_only = True
    result = await fill_in(hass, panel)
    assert result["errors"] == {"password": "invalid_auth"}
    assert (len(panel.logins), rejected_logins(panel)) == (1, 1)


async def test_leaked_password_is_an_issue(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    VARIANTS["cleartext-password"](panel)
    entry = await add(hass, panel)
    issues = ir.async_get(hass).issues
    assert (DOMAIN, f"password_exposed_{entry.entry_id}") in issues
    assert panel.sip_password not in repr(
        [state.as_dict() for state in hass.states.async_all()]
    )


async def test_panel_without_serial_number_is_known_by_its_mac(
    hass: HomeAssistant, panel: SimulatedPanel
) -> None:
    VARIANTS["no-serial-number"](panel)
    entry = await add(hass, panel)
    assert entry.unique_id == panel.mac_address
    result = await fill_in(hass, panel)
    assert result["reason"] == "already_configured"


async def test_api_2_9_that_is_updated(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """A setting that appears with new firmware is nothing that was expected."""
    VARIANTS["api-2.9"](panel)
    result = await choose(hass, await fill_in(hass, panel), "confirm")
    entry = await confirm(hass, result)
    panel.first_account["outbound"] = "edge.example.org"
    await poll()
    assert state(hass, entry, "first_account_outbound_proxy") == "edge.example.org"
    assert state(hass, entry, "first_account_drift") == "off"


def test_tests_that_the_documentation_names() -> None:
    tests = Path(__file__).parent
    page = (tests.parent / "docs" / "panel.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+\.py)::(\w+)`", page))
    assert len(named) > 30
    for file, name in named:
        assert re.search(
            rf"^(async )?def {name}\(", (tests / file).read_text(), re.MULTILINE
        ), f"{file}::{name}"
    variants = {name for name in VARIANTS if f"`{name}`" in page}
    assert variants == set(VARIANTS)
