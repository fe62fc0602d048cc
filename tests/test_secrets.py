"""Tests that no secret gets out of the integration, wherever it may be looked for."""

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from hashlib import md5
import json
import logging
import traceback
from typing import Any

from aiohttp import ClientTimeout
from aiohttp.test_utils import TestClient
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, MATCH_ALL
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
from homeassistant.util.dt import utcnow
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bas_ip.const import CONF_REPORT, CONF_SALT, DOMAIN
from custom_components.bas_ip.panel import request as request_module
from simulator import VARIANTS, Answer, Close, Fault, Hang, SimulatedPanel

from .conftest import (
    DRIFT,
    EVENTS,
    INFO,
    LOGIN,
    SECOND,
    STATUS,
    Change,
    Poll,
    SetUp,
    both_accounts,
    entry_like,
    entry_of,
    state_of,
)

WEB_PASSWORD = "canary-web-password"
NEW_WEB_PASSWORD = "canary-new-web-password"
TYPED_PASSWORD = "canary-typed-password"
SIP_PASSWORD = "canary-sip-password"
ADDRESS_PASSWORD = "canary:address@canary-address"
USER_ID = "canary-user-id"
NEW_USER_ID = "canary-new-user-id"
SALT = "canary-salt"

CONFIG = "config/config_entries/flow"
OPTIONS = "config/config_entries/options/flow"
FIX = "repairs/issues/fix"

PASSWORDS = (WEB_PASSWORD, NEW_WEB_PASSWORD, TYPED_PASSWORD)


def md5_of(password: str) -> str:
    return md5(password.encode(), usedforsecurity=False).hexdigest()


class Search:
    """Gathers what leaves the integration, and looks for secrets in it."""

    def __init__(
        self,
        hass: HomeAssistant,
        log: pytest.LogCaptureFixture,
        storage: dict[str, Any],
    ) -> None:
        """Listen to all events; the log is gathered in any case."""
        self.hass = hass
        self.log = log
        self.storage = storage
        self.texts: dict[str, list[str]] = {"events": []}
        self.tokens: list[str] = []
        hass.bus.async_listen(MATCH_ALL, self._listen)

    def _listen(self, event: Event) -> None:
        self.texts["events"].append(f"{event.event_type} {event.data!r}")

    def add(self, outlet: str, *things: object) -> None:
        """Note what was seen somewhere."""
        self.texts.setdefault(outlet, []).extend(map(str, things))

    def gather(self) -> None:
        """Note what can be looked up at any time."""
        hass = self.hass
        self.add("states", *(state.as_dict() for state in hass.states.async_all()))
        self.add(
            "issues", *(asdict(issue) for issue in ir.async_get(hass).issues.values())
        )
        for entry in hass.config_entries.async_entries(DOMAIN):
            self.add("options", entry.options, entry.data.get(CONF_REPORT))
            self.add("reasons", entry.title, entry.unique_id, entry.reason)
            self.add(
                "devices",
                *dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id),
            )
            self.add(
                "entities",
                *er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id),
            )
            self.add("reasons", entry.error_reason_translation_placeholders)
            if entry.state is ConfigEntryState.LOADED:
                self.add("exceptions", *texts_of(entry.runtime_data.last_exception))
        # Of what is stored, the config entries alone have secrets.
        self.add(
            "files",
            *(
                content
                for key, content in self.storage.items()
                if key != "core.config_entries"
            ),
        )
        for record in self.log.get_records("setup") + self.log.get_records("call"):
            # The test plugin's stand-in for the storage logs what it stores.
            if record.name.startswith("pytest_homeassistant_custom_component"):
                continue
            self.add("log", record.getMessage(), record.args)
            if record.exc_info:
                self.add("exceptions", *texts_of(record.exc_info[1]))

    def leaks(self) -> set[tuple[str, str]]:
        """Return where there is a secret, and which, in anything that was noted."""
        self.gather()
        hashes = [md5_of(password) for password in PASSWORDS]
        salts = [
            entry.data[CONF_SALT]
            for entry in self.hass.config_entries.async_entries(DOMAIN)
        ]
        secrets = [
            *PASSWORDS,
            *hashes,
            *map(str.upper, hashes),
            *self.tokens,
            SIP_PASSWORD,
            *ADDRESS_PASSWORD.split("@"),
            USER_ID,
            NEW_USER_ID,
            *(salt for salt in salts if len(salt) > 8),
        ]
        return {
            (outlet, secret)
            for outlet, texts in self.texts.items()
            for secret in secrets
            if any(secret in text for text in texts)
        }


def texts_of(error: BaseException | None) -> Iterator[str]:
    """Yield all texts of an exception, and of those before it."""
    while error:
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        yield from traceback.format_exception(error)
        error = error.__cause__ or error.__context__


@pytest.fixture(autouse=True)
async def search(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    hass_storage: dict[str, Any],
) -> AsyncGenerator[Search]:
    """Search for secrets during the test, and at its end."""
    caplog.set_level(logging.DEBUG)
    search = Search(hass, caplog, hass_storage)
    yield search
    assert not search.leaks()


@pytest.fixture
async def panel(
    sockets: None, search: Search, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[SimulatedPanel]:
    """Return a panel that is full of secrets."""
    async with SimulatedPanel(
        "127.0.1.1", name="Front door", password=WEB_PASSWORD
    ) as panel:
        VARIANTS["cleartext-password"](panel)
        panel.sip_password = SIP_PASSWORD
        login = f"201:{ADDRESS_PASSWORD}"
        panel.first_account |= {
            "user_id": USER_ID,
            "proxy": f"<SIP:{login}@sip.example.org>",
            "stun": {"ip": f"{login}@stun.example.org", "port": 3478},
        }
        panel.second_account |= {
            "user_id": USER_ID,
            "proxy": f"sip:{login}@pbx.example.net",
            "outbound": f"{login}@outbound.example.net",
            "realm": f"{login}@pbx.example.net",
        }
        open_session = panel.open_session

        def noted() -> str:
            search.tokens.append(token := open_session())
            return token

        monkeypatch.setattr(panel, "open_session", noted)
        yield panel


@pytest.fixture
def entry(panel: SimulatedPanel) -> MockConfigEntry:
    """Return a config entry that watches both accounts, with a secret salt."""
    entry = both_accounts(panel, expect=False)
    return entry_like(entry, data={**entry.data, CONF_SALT: SALT})


class Browser:
    """What a user's browser gets to see."""

    def __init__(self, client: TestClient[Any, Any], search: Search) -> None:
        """Note every answer."""
        self._client = client
        self._search = search
        self._typed: list[str] = []

    async def get(self, path: str) -> str:
        """Look something up."""
        response = await self._client.get(f"/api/{path}")
        text = await response.text()
        assert response.status == 200, text
        self._note(path, text)
        return text

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """Send something and return the answer."""
        self._typed += [body["password"]] if "password" in body else []
        response = await self._client.post(f"/api/{path}", json=body)
        text = await response.text()
        assert response.status == 200, text
        self._note(path, text)
        answer: dict[str, Any] = json.loads(text)
        return answer

    def _note(self, path: str, text: str) -> None:
        """Note an answer, but for what its reader has typed into the same form."""
        if path.startswith(CONFIG):
            for typed in self._typed:
                text = text.replace(typed, "")
        self._search.add(path, text)

    async def flow(self, path: str, start: Any, *inputs: Any) -> dict[str, Any]:
        """Go through the steps of a flow and return the last answer."""
        result = await self.post(path, start)
        for user_input in inputs:
            step = f"{path}/{result['flow_id']}"
            await self.get(step)
            result = await self.post(step, user_input)
            while result["type"] == "progress":
                await self._search.hass.async_block_till_done()
                result = json.loads(await self.get(step))
        return result


@pytest.fixture
async def browser(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    hass_client: ClientSessionGenerator,
    sockets: None,
    search: Search,
) -> Browser:
    """Return a browser that is logged in to Home Assistant."""
    for component in ("api", "config", "diagnostics", "repairs", DOMAIN):
        assert await async_setup_component(hass, component, {})
    return Browser(await hass_client(), search)


def form_of(panel: SimulatedPanel, **changes: Any) -> dict[str, Any]:
    return {
        "host": f"{panel.host}:{panel.port}",
        "username": "admin",
        "password": WEB_PASSWORD,
        "advanced": {"verify_ssl": False},
        **changes,
    }


async def look(hass: HomeAssistant, browser: Browser, search: Search) -> None:
    """Look at everything that a user can look at."""
    search.gather()
    await browser.get("states")
    await browser.get("config/config_entries/entry")
    for entry in hass.config_entries.async_entries(DOMAIN):
        await browser.get(f"diagnostics/config_entry/{entry.entry_id}")


async def compare(browser: Browser) -> dict[str, Any]:
    """Use the action that compares, and return what it says of the user ID."""
    answer = await browser.post(
        "services/bas_ip/compare_settings?return_response", {"entity_id": DRIFT}
    )
    found: dict[str, Any] = answer["service_response"][DRIFT]["settings"]["user_id"]
    return found


async def test_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, browser: Browser, search: Search
) -> None:
    """Set-up makes a salt of its own for each panel."""
    wrong = form_of(panel, password=TYPED_PASSWORD)
    wrong_path = form_of(panel)
    wrong_path["advanced"]["second_account_path"] = "device/sip/settings"
    result = await browser.flow(
        CONFIG,
        {"handler": DOMAIN},
        wrong,
        wrong_path,
        form_of(panel, host="two words"),
        form_of(panel),
        {"accounts": ["first", "second"], "expect": "current"},
    )
    await hass.async_block_till_done()

    assert result["type"] == "create_entry"
    assert state_of(hass, DRIFT) == "off"
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert len(entry.data[CONF_SALT]) >= 16
    await look(hass, browser, search)


async def test_no_second_account(
    hass: HomeAssistant, panel: SimulatedPanel, browser: Browser, search: Search
) -> None:
    """The report of the search is made for a public issue."""
    panel.behaviour.second_account_path = None
    result = await browser.flow(
        CONFIG,
        {"handler": DOMAIN},
        form_of(panel),
        {"next_step_id": "confirm"},
        {"accounts": ["first"], "expect": "current"},
    )
    await hass.async_block_till_done()
    assert result["type"] == "create_entry"
    await look(hass, browser, search)


@pytest.mark.usefixtures("enabled_by_default")
async def test_drift(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    change: Change,
    browser: Browser,
    search: Search,
) -> None:
    """Of a user ID there is a digest; of an address all but the password."""
    await set_up(entry)
    await look(hass, browser, search)
    proxy = hass.states.get("sensor.front_door_account_2_proxy")
    assert proxy
    assert proxy.state == "sip:201@pbx.example.net"
    await browser.post("services/bas_ip/accept_settings", {"entity_id": DRIFT})
    digest = entry.options["expected"]["second"]["user_id"]
    assert await compare(browser) == {
        "status": "in_sync",
        "expected": digest,
        "actual": digest,
    }

    login = f"202:{ADDRESS_PASSWORD}"
    await change(user_id=NEW_USER_ID, user="999", proxy=f"sip:{login}@new.example.net")
    assert state_of(hass, DRIFT) == "on"
    await look(hass, browser, search)
    found = await compare(browser)
    assert found["expected"] == digest
    assert found["actual"] not in (digest, None)
    event = hass.states.get(EVENTS)
    assert event
    assert event.attributes["new"] == {
        "proxy": "sip:202@new.example.net",
        "user": "999",
        "user_id": found["actual"],
    }

    issue_id = next(
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if issue_id.startswith("drift")
    )
    start = {"handler": DOMAIN, "issue_id": issue_id}
    await browser.flow(FIX, start, {"next_step_id": "ignore"}, {})
    await browser.flow(
        FIX,
        start,
        {"next_step_id": "accept_some"},
        {"settings": ["second.user_id"]},
    )
    await hass.async_block_till_done()
    assert entry.options["expected"]["second"]["user_id"] == found["actual"]
    await look(hass, browser, search)
    await browser.post("services/bas_ip/accept_settings", {"entity_id": DRIFT})
    await browser.flow(
        OPTIONS, {"handler": entry.entry_id}, {"next_step_id": "earlier"}
    )
    await look(hass, browser, search)


async def test_options(
    hass: HomeAssistant,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    browser: Browser,
    search: Search,
) -> None:
    await set_up(entry)
    for account in ("first", "second"):
        entity_id = DRIFT.replace("2", "1") if account == "first" else DRIFT
        await browser.post("services/bas_ip/accept_settings", {"entity_id": entity_id})
    other_panel.second_account["user_id"] = NEW_USER_ID
    other = entry_of(other_panel)
    await set_up(other)

    for account in ("first", "second"):
        await browser.flow(
            OPTIONS, {"handler": entry.entry_id}, {"next_step_id": account}
        )
    await browser.flow(
        OPTIONS, {"handler": entry.entry_id}, {"next_step_id": "polling"}
    )
    await browser.flow(
        OPTIONS,
        {"handler": entry.entry_id},
        {"next_step_id": "apply"},
        {"panels": [other.entry_id]},
    )
    await hass.async_block_till_done()
    assert other.options["expected"]["second"]["proxy"] == "sip:201@pbx.example.net"
    await look(hass, browser, search)


async def test_password_changed(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    browser: Browser,
    search: Search,
) -> None:
    await set_up(entry)

    panel.password = NEW_WEB_PASSWORD
    await poll()
    await look(hass, browser, search)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    path = f"{CONFIG}/{flow['flow_id']}"
    await browser.get(path)
    login = {"username": "admin"}
    result = await browser.post(path, login | {"password": TYPED_PASSWORD})
    assert result["errors"] == {"password": "invalid_auth"}
    await browser.get(path)
    result = await browser.post(path, login | {"password": NEW_WEB_PASSWORD})
    await hass.async_block_till_done()

    assert result["reason"] == "reauth_successful"
    assert entry.state is ConfigEntryState.LOADED
    await look(hass, browser, search)


async def test_rejected_at_start(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    browser: Browser,
    search: Search,
) -> None:
    panel.password = NEW_WEB_PASSWORD
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR

    await look(hass, browser, search)


async def test_reconfigure(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    browser: Browser,
) -> None:
    await set_up(entry)

    kept = form_of(panel)
    del kept["password"]
    result = await browser.flow(
        CONFIG,
        {"handler": DOMAIN, "entry_id": entry.entry_id},
        form_of(panel, password=TYPED_PASSWORD),
        kept,
    )

    assert result["reason"] == "reconfigure_successful"


def nothing_in_time(total: float) -> ClientTimeout:
    """Return the timeout of a client that has no patience."""
    return ClientTimeout(total=total / 1000)


ECHO = (
    f"GET {LOGIN}?password={md5_of(WEB_PASSWORD).upper()}"
    f" {SIP_PASSWORD} {USER_ID} {ADDRESS_PASSWORD}"
)


@pytest.mark.parametrize("path", [INFO, LOGIN, SECOND, STATUS])
@pytest.mark.parametrize(
    "fault",
    [
        Hang(),
        Close(),
        Answer(302, headers={"Location": f"https://{ECHO.replace(' ', '/')}"}),
        Answer(500, ECHO.encode()),
        Answer(200, ECHO.encode()),
        Answer.json({"error": ECHO}, 401),
        Answer.json({"token": f"{ECHO}\n"}),
        Answer.json([ECHO]),
    ],
    ids=["hang", "close", "302", "500", "text", "401", "token", "list"],
)
async def test_faults(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    browser: Browser,
    search: Search,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    path: str,
) -> None:
    """Whatever goes wrong, what was asked and answered is not repeated."""
    await set_up(entry)
    panel.fail(fault, path=path)
    panel.end_sessions()

    with monkeypatch.context() as patch:
        if isinstance(fault, Hang):
            patch.setattr(request_module, "ClientTimeout", nothing_in_time)
        for minutes in (2, 4):
            async_fire_time_changed(hass, utcnow() + timedelta(minutes=minutes))
            await hass.async_block_till_done(wait_background_tasks=True)
        await look(hass, browser, search)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await look(hass, browser, search)
        await browser.flow(CONFIG, {"handler": DOMAIN}, form_of(panel))


def log_it(hass: HomeAssistant, secret: str) -> None:
    logging.getLogger("custom_components.bas_ip").debug("%s", {"key": secret})


def log_an_exception(hass: HomeAssistant, secret: str) -> None:
    try:
        try:
            raise OSError(secret)
        except OSError:
            raise ValueError from None
    except ValueError:
        logging.getLogger("custom_components.bas_ip").exception("Failed")


def set_a_state(hass: HomeAssistant, secret: str) -> None:
    hass.states.async_set("sensor.leak", "on", {"settings": {"user_id": secret}})


def fire_an_event(hass: HomeAssistant, secret: str) -> None:
    hass.bus.async_fire("leak", {"new": [secret]})


def create_an_issue(hass: HomeAssistant, secret: str) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        "leak",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="leak",
        translation_placeholders={"leak": secret},
    )


def store_it(hass: HomeAssistant, secret: str) -> None:
    Store[dict[str, str]](hass, 1, "bas_ip.leak").async_delay_save(
        lambda: {"key": secret}
    )


@pytest.mark.parametrize("secret", [WEB_PASSWORD, md5_of(WEB_PASSWORD).upper()])
@pytest.mark.parametrize(
    ("leak", "outlet"),
    [
        (log_it, "log"),
        (log_an_exception, "exceptions"),
        (set_a_state, "states"),
        (fire_an_event, "events"),
        (create_an_issue, "issues"),
        (store_it, "files"),
    ],
)
async def test_leaks_are_found(
    hass: HomeAssistant,
    search: Search,
    caplog: pytest.LogCaptureFixture,
    leak: Callable[[HomeAssistant, str], None],
    outlet: str,
    secret: str,
) -> None:
    leak(hass, secret)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()

    assert (outlet, secret) in search.leaks()

    # So that nothing is found at the end.
    hass.states.async_remove("sensor.leak")
    ir.async_delete_issue(hass, DOMAIN, "leak")
    await hass.async_block_till_done()
    caplog.clear()
    search.storage.clear()
    search.texts = {"events": []}
