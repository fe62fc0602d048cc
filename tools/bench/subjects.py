"""The ways to read panels that are compared with each other."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .home import config_entry

INTERVAL = 60
# In so many seconds a config entry starts.
STARTING = 0.005
SETTINGS = "device/sip/settings/second"
STATUS = "sip/status"
INFO = "info"
FIELDS: Mapping[str, tuple[str, ...]] = {
    INFO: ("firmware_version",),
    SETTINGS: (
        *("proxy", "realm", "user", "transport"),
        *("user_id", "registration_interval", "outbound"),
    ),
    STATUS: ("sip_status", "register_last_attempt"),
}
NAMES = {
    "none": "Home Assistant without a panel",
    "bare": "bare integration, 11 sensors",
    "ours": "this integration",
    "rest": "`rest:` in YAML, ten sensors",
    "floor": "bare coordinator, three GETs",
}
RECORDER = {"recorder": {"auto_purge": False, "auto_repack": False}}

type Panel = Mapping[str, Any]
type BareCoordinator = DataUpdateCoordinator[list[Any]]


def configuration(
    subject: str, panels: list[Panel], *, recorder: bool = True
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the YAML configuration and the config entries of a subject."""
    yaml: dict[str, Any] = dict(RECORDER) if recorder else {}
    if subject == "rest":
        yaml["rest"] = [_rest(p, r) for p in panels for r in FIELDS]
    if subject == "ours":
        return yaml, [config_entry(panel) for panel in panels]
    if subject == "bare":
        return yaml, [
            {**config_entry(panel), "domain": "bare_panel", "data": panel}
            for panel in panels
        ]
    return yaml, []


def _url(panel: Panel, resource: str) -> str:
    path = resource if resource == INFO else f"v1/{resource}"
    return f"http://{panel['host']}:{panel['port']}/api/{path}"


def _headers(panel: Panel) -> dict[str, str]:
    return {"Authorization": f"Bearer {panel['token']}"}


def _rest(panel: Panel, resource: str) -> dict[str, Any]:
    """Return the sensors of one resource of a panel."""
    return {
        "resource": _url(panel, resource),
        "headers": _headers(panel),
        "scan_interval": INTERVAL,
        "sensor": [
            {
                "name": f"{panel['name']} {field}",
                "unique_id": f"{panel['serial']}_{field}",
                "value_template": f"{{{{ value_json.{field} }}}}",
            }
            for field in FIELDS[resource]
        ],
    }


def bare_coordinator(
    hass: HomeAssistant, panel: Panel, entry: ConfigEntry[Any] | None = None
) -> BareCoordinator:
    """Return a coordinator that does no more than to read the three answers."""
    session = async_get_clientsession(hass)
    headers = _headers(panel)

    async def read(resource: str) -> Any:
        url = _url(panel, resource)
        async with session.get(url, headers=headers) as response:
            return await response.json()

    async def poll() -> list[Any]:
        return [await read(resource) for resource in FIELDS]

    return DataUpdateCoordinator(
        hass,
        logging.getLogger(__name__),
        config_entry=entry,
        name=panel["name"],
        update_method=poll,
        update_interval=timedelta(seconds=INTERVAL),
        always_update=False,
    )


async def start_floor(hass: HomeAssistant, panel: Panel, number: int) -> None:
    """Poll a panel with nothing but a coordinator.

    Its polls are spread as those of config entries, which take some time to start.
    """
    await asyncio.sleep(number * STARTING)
    coordinator = bare_coordinator(hass, panel)
    coordinator.async_add_listener(lambda: None)
    await coordinator.async_refresh()
    if not coordinator.last_update_success:
        raise RuntimeError("A panel did not answer")
