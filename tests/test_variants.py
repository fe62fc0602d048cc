"""Every kind of panel that the documentation leaves open, from the form to the entities."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bas_ip.const import CONF_ACCOUNTS, DOMAIN
from custom_components.bas_ip.panel.search import GUESSES
from simulator import VARIANTS, Answer, Ban, SimulatedPanel, UnsetAccount

from .conftest import Poll
from .flows import choose, confirm, read, state_by_key as state, submit
from .panel.conftest import requests  # noqa: F401

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "enabled_by_default")

ATTEMPT = 1_700_000_000
FIRST_PROXY = {"first_account_proxy": "sip:sip.example.org"}
SECOND = {"accounts": ["second"]}
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
        },
    ),
    "api-v0": Outcome(errors={"host": "unsupported_firmware"}),
    "camdroid": Outcome(states={**SECOND_PROXY, "sip_status": "registered"}),
    "monitor": Outcome(errors={"host": "not_a_panel"}),
    "no-serial-number": BOTH,
    "one-account": FIRST_ONLY,
    "unknown-suffixes": FIRST_ONLY,
    "unset-account": NOT_SET,
    "unset-account-nulls": NOT_SET,
    "unset-account-404": FIRST_ONLY,
    "unset-account-400": FIRST_ONLY,
    "failover-account": Outcome(
        states={
            "second_account_proxy": "sip:sip.example.org",
            "second_account_outbound_proxy": "backup.example.org",
        }
    ),
    "null-stun": BOTH,
    "milliseconds": Outcome(states={"sip_status": "registered"}),
    "no-attempt-yet": Outcome(states={"sip_status": "disabled"}),
    "open-status": Outcome(states={"sip_status": "registered"}),
    "short-token": BOTH,
    "single-session": BOTH,
    "ban": BOTH,
    "ban-closes": BOTH,
    "manager": Outcome(errors={"username": "permission_denied"}),
    "lower-case-hashes": Outcome(errors={"password": "invalid_auth"}),
    "cleartext-password": Outcome(
        states={**SECOND_PROXY, "second_account_password_exposed": "on"}
    ),
    "second-registration": Outcome(
        states={**SECOND_PROXY, "second_account_account_sip_status": "registered"}
    ),
    "silent-web-page": BOTH,
    "web-page-login": BOTH,
    "no-web-page": BOTH,
    "text-html": BOTH,
}


async def add(
    hass: HomeAssistant, panel: SimulatedPanel, **changes: Any
) -> ConfigEntry:
    """Set up a panel whose second account is found."""
    return await confirm(hass, await read(hass, panel, **changes))


def last_attempt(entry: ConfigEntry) -> str | None:
    """Return when a panel last tried to register, as the diagnostics have it."""
    attempt: str | None = entry.runtime_data.reading.registrations[None].last_attempt
    return attempt


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
    result = await read(hass, panel)
    if outcome.errors:
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == outcome.errors
        assert len(panel.logins) <= 1
        assert panel.sessions == {}
        return
    if outcome.asks_for_path:
        result = await choose(hass, result, "confirm")
    entry = await confirm(hass, result)
    # The form has logged out.
    assert len(panel.sessions) == 1
    for _ in range(2):
        assert {key: state(hass, entry, key) for key in outcome.states} == (
            outcome.states
        )
        await poll()
    assert rejected_logins(panel) == 0


@pytest.mark.parametrize("path", GUESSES)
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
    form = await choose(hass, await read(hass, panel), "path")
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
    assert entry.options[CONF_ACCOUNTS] == ["first", "second"]
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


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
    assert last_attempt(entry) == str(answer["register_last_attempt"])
    assert state(hass, entry, "sip_status") == "registered"


@pytest.mark.parametrize(
    "answer",
    [{"sip_status": "OK", "register_last_attempt": None}, {"sip_status": "OK"}],
)
async def test_status_without_a_time(
    hass: HomeAssistant, panel: SimulatedPanel, answer: dict[str, Any]
) -> None:
    panel.fail(Answer.json(answer), path="/api/v1/sip/status")
    entry = await add(hass, panel)
    assert not last_attempt(entry)
    assert state(hass, entry, "sip_status") == "registered"


async def test_panel_without_status(hass: HomeAssistant, panel: SimulatedPanel) -> None:
    panel.fail(Answer.json({"error": "Not found"}, 404), path="/api/v1/sip/status")
    entry = await add(hass, panel)
    assert state(hass, entry, "sip_status") == "unknown"
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
    await poll(times=2)
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
    """The settings are read with it; what comes behind them is unknown."""
    entry = (await submit(hass, await read(hass, panel), SECOND))["result"]
    panel.behaviour.token_requests = 1
    for _ in range(3):
        await poll()
        assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"
        assert state(hass, entry, "sip_status") == "unknown"
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
        (Ban.FORBIDDEN, {"host": "blocked"}),
        (Ban.UNAUTHORIZED, {"host": "blocked"}),
        (Ban.CLOSED, {"host": "cannot_connect"}),
    ],
)
async def test_wrong_password_until_the_panel_bans(
    hass: HomeAssistant, panel: SimulatedPanel, ban: Ban, errors: dict[str, str]
) -> None:
    panel.behaviour.ban_after = 3
    panel.behaviour.ban = ban
    for attempt in range(1, 4):
        result = await read(hass, panel, password="wrong")
        assert result["errors"] == {"password": "invalid_auth"}
        assert rejected_logins(panel) == attempt
    result = await read(hass, panel)
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
    assert state(hass, entry, "status") == "not_reachable"
    assert not hass.config_entries.flow.async_progress()


async def test_https_only(
    hass: HomeAssistant, https_panel: SimulatedPanel, poll: Poll
) -> None:
    """It is found without any word of it."""
    entry = await add(hass, https_panel)
    await poll()
    assert entry.data["ssl"] is True
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"


async def test_https_by_url(hass: HomeAssistant, https_panel: SimulatedPanel) -> None:
    entry = await add(hass, https_panel, host=https_panel.url)
    assert entry.data["ssl"] is True


async def test_self_signed_certificate_that_is_checked(
    hass: HomeAssistant, https_panel: SimulatedPanel
) -> None:
    result = await read(hass, https_panel, advanced={"verify_ssl": True})
    assert result["errors"] == {"advanced": "invalid_certificate"}
    assert https_panel.logins == []


async def test_http_that_is_redirected_to_https(
    hass: HomeAssistant, https_panel: SimulatedPanel, poll: Poll
) -> None:
    entry = await add(hass, https_panel, host=https_panel.http_url)
    await poll()
    assert state(hass, entry, "second_account_proxy") == "sip:pbx.example.net"
    result = await read(hass, https_panel, host=https_panel.http_url)
    assert result["type"] is FlowResultType.ABORT
    result = await read(
        hass,
        https_panel,
        host=https_panel.http_url,
        advanced={"verify_ssl": True},
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
    result = await read(hass, panel)
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
    result = await read(hass, panel)
    assert result["reason"] == "already_configured"


async def test_api_2_9_that_is_updated(
    hass: HomeAssistant, panel: SimulatedPanel, poll: Poll
) -> None:
    """A setting that appears with new firmware is nothing that was expected."""
    VARIANTS["api-2.9"](panel)
    result = await choose(hass, await read(hass, panel), "confirm")
    entry = await confirm(hass, result)
    panel.first_account["outbound"] = "edge.example.org"
    await poll(times=2)
    assert state(hass, entry, "first_account_outbound_proxy") == "edge.example.org"
    assert state(hass, entry, "first_account_drift") == "off"


def test_documentation_has_all_variants() -> None:
    page = (Path(__file__).parents[1] / "docs/panel.md").read_text("utf-8")
    assert {name for name in VARIANTS if f"`{name}`" in page} == set(VARIANTS)
