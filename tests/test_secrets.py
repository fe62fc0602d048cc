"""Tests that no secret gets out of the integration, wherever it may be looked for."""

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import asdict
from hashlib import md5, sha256
import json
import logging
import traceback
from typing import Any

from aiohttp import ClientTimeout
from aiohttp.test_utils import TestClient
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.forms.expect import CONF_EXPECT, EXPECT_CURRENT
from custom_components.bas_ip.panel import Account, client as client_module
from simulator import VARIANTS, Answer, Close, Fault, Hang, SimulatedPanel

from .conftest import Change, Poll, SetUp, entry_of

BOTH = (Account.SECOND, Account.FIRST)
DRIFT = "binary_sensor.front_door_account_2_drift"
EVENTS = "event.front_door_sip_events"
LAST_CHANGE = "sensor.front_door_last_settings_change"

WEB_PASSWORD = "canary-web-password"
NEW_WEB_PASSWORD = "canary-new-web-password"
TYPED_PASSWORD = "canary-typed-password"
SIP_PASSWORD = "canary-sip-password"
USER_ID = "canary-user-id"
NEW_USER_ID = "canary-new-user-id"

CONFIG = "config/config_entries/flow"
OPTIONS = "config/config_entries/options/flow"
FIX = "repairs/issues/fix"

PASSWORDS = (WEB_PASSWORD, NEW_WEB_PASSWORD, TYPED_PASSWORD)
USER_IDS = (USER_ID, NEW_USER_ID)


def md5_of(password: str) -> str:
    return md5(password.encode(), usedforsecurity=False).hexdigest()


class Search:
    """Gathers what leaves the integration, and looks for secrets in it."""

    def __init__(self, hass: HomeAssistant, log: pytest.LogCaptureFixture) -> None:
        """Listen to all events; the log is gathered in any case."""
        self.hass = hass
        self.log = log
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
        secrets = [
            *PASSWORDS,
            *hashes,
            *map(str.upper, hashes),
            *self.tokens,
            SIP_PASSWORD,
            *USER_IDS,
        ]
        digests = [sha256(user_id.encode()).hexdigest() for user_id in USER_IDS]
        return {
            (outlet, secret)
            for outlet, texts in self.texts.items()
            # Home Assistant answers the last step of a set-up with the entry's options.
            for secret in (secrets if outlet.startswith(CONFIG) else secrets + digests)
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
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[Search]:
    """Search for secrets during the test, and at its end."""
    caplog.set_level(logging.DEBUG)
    search = Search(hass, caplog)
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
        panel.first_account["user_id"] = panel.second_account["user_id"] = USER_ID
        open_session = panel.open_session

        def noted() -> str:
            search.tokens.append(token := open_session())
            return token

        monkeypatch.setattr(panel, "open_session", noted)
        yield panel


@pytest.fixture
def entry(panel: SimulatedPanel) -> MockConfigEntry:
    """Return a config entry that watches both accounts."""
    return entry_of(panel, BOTH)


class Browser:
    """What a user's browser gets to see."""

    def __init__(self, client: TestClient[Any, Any], search: Search) -> None:
        """Note every answer."""
        self._client = client
        self._search = search

    async def get(self, path: str) -> str:
        """Look something up."""
        response = await self._client.get(f"/api/{path}")
        text = await response.text()
        assert response.status == 200, text
        self._search.add(path, text)
        return text

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """Send something and return the answer."""
        response = await self._client.post(f"/api/{path}", json=body)
        text = await response.text()
        assert response.status == 200, text
        self._search.add(path, text)
        answer: dict[str, Any] = json.loads(text)
        return answer

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
        "advanced": {"ssl": False, "verify_ssl": False},
        **changes,
    }


async def look(hass: HomeAssistant, browser: Browser, search: Search) -> None:
    """Look at everything that a user can look at."""
    search.gather()
    await browser.get("states")
    await browser.get("config/config_entries/entry")
    for entry in hass.config_entries.async_entries(DOMAIN):
        await browser.get(f"diagnostics/config_entry/{entry.entry_id}")


async def compare(hass: HomeAssistant, browser: Browser) -> None:
    """Use the action that compares."""
    answer = await browser.post(
        "services/bas_ip/compare_settings?return_response",
        {"entity_id": DRIFT},
    )
    settings = answer["service_response"]["panels"][0]["accounts"]["second"]["settings"]
    assert settings["user_id"].keys() == {"status"}


async def test_set_up(
    hass: HomeAssistant, panel: SimulatedPanel, browser: Browser, search: Search
) -> None:
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
        {"accounts": ["first", "second"], CONF_EXPECT: EXPECT_CURRENT},
    )
    await hass.async_block_till_done()

    assert result["type"] == "create_entry"
    assert hass.states.is_state(DRIFT, "off")
    await look(hass, browser, search)


async def test_drift_of_the_user_id(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    change: Change,
    browser: Browser,
    search: Search,
) -> None:
    """The user ID is never shown, only that it has changed."""
    await set_up(entry)
    await look(hass, browser, search)
    await compare(hass, browser)

    await change(user_id=NEW_USER_ID, user="999")
    await look(hass, browser, search)
    await compare(hass, browser)
    drift = hass.states.get(DRIFT)
    assert drift
    assert drift.attributes["settings"]["user_id"].keys() == {"actual", "since"}
    event = hass.states.get(EVENTS)
    assert event
    assert event.attributes["new"] == {"user": "999", "user_id": "changed"}
    assert event.attributes["message"] == (
        "Front door: account 2 user is 999 instead of 201;"
        " account 2 user ID has changed"
    )
    last_change = hass.states.get(LAST_CHANGE)
    assert last_change
    assert last_change.attributes["changes"][0]["new"] == event.attributes["new"]

    issue_id = next(
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if issue_id.startswith("drift")
    )
    start = {"handler": DOMAIN, "issue_id": issue_id}
    await browser.flow(FIX, start, {"next_step_id": "ignore"}, {})
    await browser.flow(FIX, start, {"next_step_id": "accept_some"}, {})
    await browser.flow(
        FIX,
        start,
        {"next_step_id": "accept_some"},
        {"settings": ["second.user_id"]},
    )
    await hass.async_block_till_done()
    digest = sha256(NEW_USER_ID.encode()).hexdigest()
    assert entry.options["expected"]["second"]["user_id"] == digest
    await look(hass, browser, search)
    await browser.post("services/bas_ip/accept_settings", {"entity_id": DRIFT})
    await look(hass, browser, search)


async def test_options(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    other_panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    browser: Browser,
    search: Search,
) -> None:
    await set_up(entry)
    other_panel.second_account["user_id"] = NEW_USER_ID
    other = entry_of(other_panel)
    other.add_to_hass(hass)

    for account in ("first", "second"):
        await browser.flow(
            OPTIONS,
            {"handler": entry.entry_id},
            {"next_step_id": "expected"},
            {"account": account},
        )
    await browser.flow(
        OPTIONS, {"handler": entry.entry_id}, {"next_step_id": "polling"}
    )
    result = await browser.flow(
        OPTIONS,
        {"handler": entry.entry_id},
        {"next_step_id": "copy"},
        {"panel": other.entry_id, "with_user": True},
    )
    await hass.async_block_till_done()
    assert result["type"] == "create_entry"
    assert hass.states.is_state(DRIFT, "on")
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
    result = await browser.post(path, {"password": TYPED_PASSWORD})
    assert result["errors"] == {"password": "invalid_auth"}
    await browser.get(path)
    result = await browser.post(path, {"password": NEW_WEB_PASSWORD})
    await hass.async_block_till_done()

    assert result["reason"] == "reauth_successful"
    assert entry.state is ConfigEntryState.LOADED
    await look(hass, browser, search)


async def test_refused_at_start(
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


LOGIN = "/api/v1/login"
SECOND = "/api/v1/device/sip/settings/second"
ECHO = f"GET {LOGIN}?password={md5_of(WEB_PASSWORD).upper()} {SIP_PASSWORD} {USER_ID}"


@pytest.mark.parametrize("path", ["/api/info", LOGIN, SECOND, "/api/v1/sip/status"])
@pytest.mark.parametrize(
    "fault",
    [
        Hang(),
        Close(),
        Answer(500, ECHO.encode()),
        Answer(200, ECHO.encode()),
        Answer.json({"error": ECHO}, 401),
        Answer.json({"token": f"{ECHO}\n"}),
        Answer.json([ECHO]),
    ],
    ids=["hang", "close", "500", "text", "401", "token", "list"],
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
            patch.setattr(client_module, "ClientTimeout", nothing_in_time)
        await entry.runtime_data.async_refresh()
        await look(hass, browser, search)
        await hass.config_entries.async_reload(entry.entry_id)
        await look(hass, browser, search)
        await browser.flow(CONFIG, {"handler": DOMAIN}, form_of(panel))


async def test_stored(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
    search: Search,
) -> None:
    """Only the config entry has the password; the record has not even a digest."""
    await set_up(entry)
    panel.second_account["user_id"] = NEW_USER_ID
    await poll()
    entry.runtime_data.async_accept()
    panel.second_account["user_id"] = USER_ID
    await poll()
    await hass.config_entries.async_unload(entry.entry_id)

    (store,) = (key for key in hass_storage if key.startswith(DOMAIN))
    secrets = [*PASSWORDS, *USER_IDS, SIP_PASSWORD, *search.tokens]
    changes = hass_storage[store]["data"]["changes"]
    assert {change["type"] for change in changes} == {
        "drift_detected",
        "drift_changed",
        "expectation_updated",
        "drift_resolved",
    }
    digests = [sha256(user_id.encode()).hexdigest() for user_id in USER_IDS]
    assert not [digest for digest in digests if digest in str(changes)]
    stored = [str(hass_storage[store]), str(dict(entry.options))]
    stored.append(
        str({key: entry.data[key] for key in entry.data if key != "password"})
    )
    assert len(search.tokens) == 1
    assert not [text for text in stored if any(secret in text for secret in secrets)]


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


@pytest.mark.parametrize("secret", [WEB_PASSWORD, md5_of(WEB_PASSWORD).upper()])
@pytest.mark.parametrize(
    ("leak", "outlet"),
    [
        (log_it, "log"),
        (log_an_exception, "exceptions"),
        (set_a_state, "states"),
        (fire_an_event, "events"),
        (create_an_issue, "issues"),
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
    await hass.async_block_till_done()

    assert (outlet, secret) in search.leaks()

    # So that nothing is found at the end.
    hass.states.async_remove("sensor.leak")
    ir.async_delete_issue(hass, DOMAIN, "leak")
    await hass.async_block_till_done()
    caplog.clear()
    search.texts = {"events": []}
