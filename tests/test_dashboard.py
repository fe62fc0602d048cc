"""Tests of the dashboard's module as a resource of Home Assistant."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
import re
from typing import Any

from homeassistant.components.lovelace.const import (
    DOMAIN as LOVELACE_DOMAIN,
    LOVELACE_DATA,
)
from homeassistant.components.lovelace.resources import (
    RESOURCE_STORAGE_KEY,
    RESOURCES_STORAGE_VERSION,
)
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.dashboard import (
    MODULE,
    MODULE_URL,
    async_add_resource,
    async_remove_resource,
    async_setup_dashboard,
)

from .conftest import SetUp, entry_like

OTHERS = [
    {"id": "other", "type": "module", "url": "/local/other.js"},
    {"id": "like-ours", "type": "module", "url": "/local/bas_ip/bas-ip.js?v=1"},
    {"id": "unversioned", "type": "css", "url": "/bas_ip/bas-ip.css"},
]

type Resources = list[dict[str, Any]]
type SetUpLovelace = Callable[[dict[str, Any]], Awaitable[None]]


@pytest.fixture
async def current_url(hass: HomeAssistant, enable_custom_integrations: None) -> str:
    """Return the address of the module that is installed."""
    integration = await async_get_integration(hass, DOMAIN)
    return f"{MODULE_URL}?v={integration.version}"


@pytest.fixture
def set_up_lovelace(hass: HomeAssistant, current_url: str) -> SetUpLovelace:
    """Return a function that sets up dashboards, and ours with them."""

    async def set_up(config: dict[str, Any]) -> None:
        assert await async_setup_component(hass, "http", {})
        assert await async_setup_component(hass, "lovelace", config)
        await async_setup_dashboard(hass)

    return set_up


def store(hass_storage: dict[str, Any], *items: dict[str, Any]) -> None:
    """Store resources as an earlier run has left them."""
    hass_storage[RESOURCE_STORAGE_KEY] = {
        "version": RESOURCES_STORAGE_VERSION,
        "minor_version": 1,
        "key": RESOURCE_STORAGE_KEY,
        "data": {"items": list(items)},
    }


def resources(hass: HomeAssistant) -> Resources:
    return list(hass.data[LOVELACE_DATA].resources.async_items())


async def test_module_is_served(
    hass: HomeAssistant,
    socket_enabled: None,
    set_up_lovelace: SetUpLovelace,
    current_url: str,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await set_up_lovelace({})
    client = await hass_client_no_auth()
    response = await client.get(current_url)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "text/javascript"
    assert "max-age" in response.headers["Cache-Control"]
    assert await response.text() == MODULE.read_text("utf-8")


async def test_first_panel(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    set_up_lovelace: SetUpLovelace,
    current_url: str,
) -> None:
    store(hass_storage, *OTHERS)
    await set_up_lovelace({})
    await async_add_resource(hass)
    *others, own = resources(hass)
    assert others == OTHERS
    assert own == {"id": own["id"], "type": "module", "url": current_url}


async def test_many_panels_at_once(
    hass: HomeAssistant, set_up_lovelace: SetUpLovelace, current_url: str
) -> None:
    await set_up_lovelace({})
    await asyncio.gather(*(async_add_resource(hass) for _ in range(10)))
    await async_add_resource(hass)
    assert [resource["url"] for resource in resources(hass)] == [current_url]


async def test_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    set_up_lovelace: SetUpLovelace,
    current_url: str,
) -> None:
    items = [*OTHERS, {"id": "own", "type": "module", "url": current_url}]
    store(hass_storage, *items)
    await set_up_lovelace({})
    # As it is before a browser has asked for the resources.
    assert not resources(hass)
    await async_add_resource(hass)
    assert resources(hass) == items


@pytest.mark.parametrize("query", ["?v=0.9.0", ""])
async def test_upgrade(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    set_up_lovelace: SetUpLovelace,
    current_url: str,
    query: str,
) -> None:
    own = {"id": "own", "type": "module", "url": MODULE_URL + query}
    store(hass_storage, own, *OTHERS)
    await set_up_lovelace({})
    await async_add_resource(hass)
    assert resources(hass) == [own | {"url": current_url}, *OTHERS]


async def test_last_panel_is_removed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    set_up_lovelace: SetUpLovelace,
    current_url: str,
) -> None:
    own = {"id": "own", "type": "module", "url": current_url}
    store(hass_storage, own, *OTHERS)
    await set_up_lovelace({})
    await async_remove_resource(hass)
    assert resources(hass) == OTHERS
    await async_remove_resource(hass)
    assert resources(hass) == OTHERS
    # A panel that is added in the same run.
    await async_add_resource(hass)
    assert [resource["url"] for resource in resources(hass)][-1] == current_url


@pytest.mark.usefixtures("enable_custom_integrations")
async def test_panel_is_removed_before_any_is_set_up(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It was disabled, and Home Assistant has been restarted since."""
    store(hass_storage, {"id": "own", "type": "module", "url": f"{MODULE_URL}?v=1.0.0"})
    assert await async_setup_component(hass, LOVELACE_DOMAIN, {})
    entry = entry_like(entry, disabled_by=ConfigEntryDisabler.USER)
    entry.add_to_hass(hass)

    await hass.config_entries.async_remove(entry.entry_id)

    assert resources(hass) == []
    assert "Error" not in caplog.text


async def test_discovered_panel_that_is_ignored_is_no_panel(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp
) -> None:
    assert await async_setup_component(hass, LOVELACE_DOMAIN, {})
    MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE).add_to_hass(hass)
    await set_up(entry)
    assert len(resources(hass)) == 1

    await hass.config_entries.async_remove(entry.entry_id)

    assert resources(hass) == []


async def test_yaml_resources(
    hass: HomeAssistant, set_up_lovelace: SetUpLovelace
) -> None:
    line = {"type": "module", "url": f"{MODULE_URL}?v=0.9.0"}
    await set_up_lovelace({"lovelace": {"resource_mode": "yaml", "resources": [line]}})
    await async_add_resource(hass)
    await async_remove_resource(hass)
    assert resources(hass) == [line]


async def test_without_dashboards(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    current_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await async_setup_component(hass, "http", {})
    caplog.clear()
    await async_setup_dashboard(hass)
    await async_add_resource(hass)
    await async_remove_resource(hass)
    assert RESOURCE_STORAGE_KEY not in hass_storage
    assert not [record for record in caplog.records if record.name != "asyncio"]


def template(name: str) -> str:
    """Return a template of the module."""
    source = MODULE.read_text("utf-8")

    def literal(name: str) -> str:
        found = re.search(
            rf"^const {name} = `(.*?)`;$", source, re.DOTALL | re.MULTILINE
        )
        assert found, name
        return found[1]

    return literal(name).replace("${MACROS}", literal("MACROS"))


def render(hass: HomeAssistant, name: str, **config: Any) -> list[str]:
    """Return what a card's template shows, line for line, as the card renders it."""
    texts = {
        key: f"<{key}>"
        for key in ("expected", "actual", "not_set", "unknown", "changed")
    }
    result = Template(template(name), hass).async_render(
        {"config": {"texts": texts, **config}}, parse_result=False, strict=True
    )
    # An empty line would end the block in which Markdown has no meaning.
    assert "\n\n" not in result
    assert result.startswith("<div>")
    assert result.endswith("</div>")
    return re.split(r"(?:\s*</?(?:div|br)>\s*)+", result)[1:-1]


HOSTILE = '<img src=x>\n\n# {{ 1 + 1 }}\x85</div>\r\r"**b** [l](javascript:f())'
HARMLESS = "&lt;img src=x&gt; # {{ 1 + 1 }} &lt;/div&gt; &#34;**b** [l](javascript:f())"
SETTINGS = {
    "proxy": "Proxy",
    "realm": "Realm",
    "user": "User",
    "transport": "Transport",
    "registration_interval": "Interval",
    "outbound": "Outbound <proxy>",
    "user_id": "User ID",
}


def test_settings_that_agree(hass: HomeAssistant) -> None:
    states = {
        "proxy": "sip:pbx.example.net",
        "realm": HOSTILE,
        "transport": "udp",
        "registration_interval": "60",
        "outbound": "not_set",
    }
    for setting, state in states.items():
        hass.states.async_set(f"sensor.{setting}", state)
    sensors = {setting: f"sensor.{setting}" for setting in states}
    assert render(hass, "ACCOUNT", drift="", settings=SETTINGS, sensors=sensors) == [
        "Proxy: sip:pbx.example.net",
        f"Realm: {HARMLESS}",
        "Transport: UDP",
        "Interval: 60 s",
        "Outbound &lt;proxy&gt;: &lt;not_set&gt;",
    ]


def test_settings_that_differ(hass: HomeAssistant) -> None:
    settings = {
        "proxy": {"expected": HOSTILE, "actual": ""},
        "transport": {"expected": "udp", "actual": "tcp"},
        "registration_interval": {"expected": 60, "actual": 3600},
        "user_id": {"expected": None, "actual": "changed"},
    }
    hass.states.async_set("binary_sensor.drift", "on", {"settings": settings})
    hass.states.async_set("sensor.proxy", "not_set")
    hass.states.async_set("sensor.realm", "unknown")
    sensors = {setting: f"sensor.{setting}" for setting in ("proxy", "realm")}
    assert render(
        hass,
        "ACCOUNT",
        drift="binary_sensor.drift",
        settings=SETTINGS,
        sensors=sensors,
    ) == [
        "🔴 <b>Proxy</b>",
        f"&lt;expected&gt;: {HARMLESS}",
        "&lt;actual&gt;: &lt;not_set&gt;",
        "Realm: &lt;unknown&gt;",
        "🔴 <b>Transport</b>",
        "&lt;expected&gt;: UDP",
        "&lt;actual&gt;: TCP",
        "🔴 <b>Interval</b>",
        "&lt;expected&gt;: 60 s",
        "&lt;actual&gt;: 3600 s",
        "🔴 <b>User ID</b>: &lt;changed&gt;",
    ]


def test_last_changes(hass: HomeAssistant) -> None:
    change = {"account": None, "old": {}, "new": {}}
    changes = [
        {
            "type": "drift_detected",
            "time": "2026-11-24T20:15:00+00:00",
            "account": "second",
            "old": {"realm": HOSTILE, "user_id": "changed"},
            "new": {"realm": "", "user_id": "changed"},
        },
        {**change, "type": "from_later", "time": "2026-11-24T20:14:00+00:00"},
        *({**change, "type": "other", "time": "2026-11-24T20:13:00+00:00"},) * 5,
    ]
    hass.states.async_set("sensor.changes", "", {"changes": changes})
    data = {
        "sensor": "sensor.changes",
        "types": {"drift_detected": "Drift <detected>", "other": "Other"},
        "accounts": {"second": "Second account"},
        "settings": SETTINGS,
    }
    lines = render(hass, "CHANGES", **data)
    assert lines[:6] == [
        "2026-11-24 12:15",
        "<b>Drift &lt;detected&gt;</b> (Second account)",
        f"Realm: {HARMLESS} → &lt;not_set&gt;",
        "User ID: &lt;changed&gt;",
        "2026-11-24 12:14",
        "<b>from_later</b>",
    ]
    assert lines[6:] == ["2026-11-24 12:13", "<b>Other</b>"] * 3
    hass.states.async_set("sensor.changes", "unavailable")
    assert render(hass, "CHANGES", **data) == []


def test_summary(hass: HomeAssistant) -> None:
    line = {"icon": "mdi:a", "named": True}
    lines = [
        {**line, "text": "As expected", "panels": ["Door"], "named": False},
        {**line, "text": "Drifted", "panels": [HOSTILE, "Gate"]},
        {**line, "text": "Not reachable", "panels": []},
    ]
    icon = '<ha-icon icon="mdi:a"></ha-icon>'
    assert render(hass, "SUMMARY", lines=lines) == [
        f"{icon} As expected: <b>1</b>",
        f"{icon} Drifted: <b>2</b> ({HARMLESS}, Gate)",
        f"{icon} Not reachable: <b>0</b>",
    ]
