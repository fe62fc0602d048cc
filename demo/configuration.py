"""The configuration folder of a Home Assistant that keeps to this machine."""

from collections.abc import Sequence
import json
from pathlib import Path
from shutil import copytree
from typing import Any

from homeassistant.util.yaml import save_yaml

HOST = "127.0.0.1"
# What people make in the user interface, and where that is kept.
EDITED = {
    "automation": "automations.yaml",
    "script": "scripts.yaml",
    "scene": "scenes.yaml",
}
ROOT = Path(__file__).parent.parent
CUSTOM_COMPONENTS = ROOT / "custom_components"
BLUEPRINTS = ROOT / "blueprints/automation/bas_ip"


def write_configuration(folder: Path, port: int, components: Sequence[str]) -> None:
    """Write what Home Assistant reads when it starts, and keep all other data."""
    storage = folder / ".storage"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    storage.mkdir(exist_ok=True)
    configuration = folder / "configuration.yaml"
    save_yaml(
        str(configuration),
        {
            "homeassistant": {
                "name": "Home",
                "language": "en",
                "country": "GB",
                "time_zone": "UTC",
                "unit_system": "metric",
                # The login page offers the first of them by itself.
                "auth_providers": [
                    {
                        "type": "trusted_networks",
                        "trusted_networks": [HOST],
                        "allow_bypass_login": True,
                    },
                    {"type": "homeassistant"},
                ],
            },
            "logger": {
                "default": "warning",
                # It misses a library, but there is no camera.
                "logs": {"homeassistant.components.camera": "critical"},
            },
            **dict.fromkeys(components),
        },
    )
    with configuration.open("a", encoding="utf-8") as file:
        for component, name in EDITED.items():
            # Not something that can be saved as YAML.
            file.write(f"{component}: !include {name}\n")
            (folder / name).touch()
    # The first version of this file had nothing but the settings, and Home Assistant
    # brings it up to date. The same settings in the YAML file would be a trial that
    # ends after five minutes.
    _store(storage / "http", 1, {"server_host": [HOST], "server_port": port})
    # The name of the loopback adapter on Linux and on macOS.
    _store(storage / "core.network", 1, {"configured_adapters": ["lo", "lo0"]})
    _link(folder / CUSTOM_COMPONENTS.name, CUSTOM_COMPONENTS)
    # Home Assistant does not look for blueprints behind a link.
    copytree(BLUEPRINTS, folder / BLUEPRINTS.relative_to(ROOT), dirs_exist_ok=True)


def forget_user(folder: Path) -> None:
    """Make Home Assistant ask for its first user, and for nothing else."""
    storage = folder / ".storage"
    for name in ("auth", "auth_provider.homeassistant", "person"):
        (storage / name).unlink(missing_ok=True)
    # These steps would set up services on the internet or ask for preferences.
    done = ["core_config", "analytics", "integration"]
    _store(storage / "onboarding", 4, {"done": done})


def _store(path: Path, version: int, data: dict[str, Any]) -> None:
    """Write a file as Home Assistant's own storage does."""
    content = {"version": version, "key": path.name, "data": data}
    path.write_text(json.dumps(content), encoding="utf-8")


def _link(link: Path, target: Path) -> None:
    """Make a symbolic link, which may point elsewhere so far."""
    link.unlink(missing_ok=True)
    link.symlink_to(target)
