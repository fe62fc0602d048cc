"""A Home Assistant without its web page, in this process."""

from collections.abc import Collection, Mapping
import json
from pathlib import Path
from typing import Any

from aiohttp.resolver import ThreadedResolver
from homeassistant import bootstrap, config as conf_util, loader
from homeassistant.core import HomeAssistant
from homeassistant.helpers import aiohttp_client
from homeassistant.util.ulid import ulid

INTEGRATIONS = (
    Path(__file__).parents[2] / "custom_components" / "bas_ip",
    Path(__file__).parent / "bare_panel",
)
CREATED = "2026-01-01T00:00:00+00:00"


def write_config(
    folder: Path, yaml: Mapping[str, Any], entries: list[dict[str, Any]]
) -> None:
    """Write the configuration of a Home Assistant that starts for the first time."""
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    # JSON is YAML, too.
    (folder / "configuration.yaml").write_text(json.dumps(yaml))
    components = folder / "custom_components"
    components.mkdir()
    # Makes it a package, which comes before the one of this checkout.
    (components / "__init__.py").touch()
    for integration in INTEGRATIONS:
        (components / integration.name).symlink_to(integration)
    content = {
        "version": 1,
        "minor_version": 5,
        "key": "core.config_entries",
        "data": {"entries": entries},
    }
    (storage / "core.config_entries").write_text(json.dumps(content))


def config_entry(
    panel: Mapping[str, Any],
    *,
    scan_interval: int = 60,
    ignored: Collection[str] = (),
) -> dict[str, Any]:
    """Return the config entry that a user's set-up of a panel leaves behind.

    A panel is given as its address, identity, login and its second account.
    """
    account = panel["second_account"]
    expected = {
        key: str(account[key])
        for key in (
            *("proxy", "realm", "user", "transport"),
            *("registration_interval", "outbound"),
        )
        if key not in ignored
    }
    return {
        "created_at": CREATED,
        "modified_at": CREATED,
        "data": {
            "host": panel["host"],
            "port": panel["port"],
            "ssl": False,
            "verify_ssl": False,
            "username": panel["username"],
            "password": panel["password"],
            "mac": panel["mac"],
            "second_account_path": "device/sip/settings/second",
            "second_status_path": None,
            "salt": "0" * 32,
            "panel_name": panel["name"],
            "is_new": True,
        },
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "bas_ip",
        "entry_id": ulid(),
        "minor_version": 1,
        "options": {
            "accounts": ["second"],
            "expected": {"second": expected},
            "scan_interval": scan_interval,
        },
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [],
        "title": panel["name"],
        "unique_id": panel["serial"],
        "version": 1,
    }


class Resolver(ThreadedResolver):
    """Finds addresses; Home Assistant's own also listens to the network."""

    async def real_close(self) -> None:
        """Close as Home Assistant's own does."""
        await self.close()


def make_home(folder: Path) -> HomeAssistant:
    """Return a Home Assistant that is not set up yet."""
    # Nothing but what the configuration names: no web page, nothing on the network.
    bootstrap.DEFAULT_INTEGRATIONS.clear()
    aiohttp_client._async_make_resolver = lambda _hass: Resolver()  # type: ignore[assignment, return-value]  # noqa: SLF001
    hass = HomeAssistant(str(folder))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    return hass


async def start_home(hass: HomeAssistant) -> None:
    """Set up what the configuration names, and start."""
    config = await conf_util.async_hass_config_yaml(hass)
    if await bootstrap.async_from_config_dict(config, hass) is None:
        raise RuntimeError("Home Assistant did not start")
    await hass.async_start()
