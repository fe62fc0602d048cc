"""The client stands by itself."""

from pathlib import Path
import subprocess
import sys

import custom_components.bas_ip

INTEGRATION = Path(custom_components.bas_ip.__file__).parent

# Refuses what the client must not import, then imports all of its modules by path.
PROGRAM = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("homeassistant", "custom_components", "voluptuous"):
            raise ImportError(f"{name} is refused")

sys.meta_path.insert(0, Refuse())
sys.path.insert(0, sys.argv[1])
package = importlib.import_module(sys.argv[2])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    print(importlib.import_module(module.name).__name__)
"""


def import_alone(folder: Path, package: str) -> subprocess.CompletedProcess[str]:
    """Import all modules of a package where Home Assistant cannot be imported."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM, str(folder), package],
        capture_output=True,
        text=True,
        check=False,
    )


def test_client_imports_nothing_of_home_assistant() -> None:
    result = import_alone(INTEGRATION, "panel")
    assert result.returncode == 0, result.stderr
    assert set(result.stdout.split()) == {
        f"panel.{path.stem}"
        for path in (INTEGRATION / "panel").glob("*.py")
        if path.stem != "__init__"
    }


def test_home_assistant_would_be_refused() -> None:
    result = import_alone(INTEGRATION.parent, "bas_ip")
    assert result.returncode == 1
    assert "homeassistant is refused" in result.stderr
