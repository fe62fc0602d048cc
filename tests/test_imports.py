"""The client and the comparing stand by themselves, without Home Assistant."""

from pathlib import Path
import subprocess
import sys

import pytest

from .conftest import INTEGRATION

# Refuses what must not be imported, then imports all modules of a package, which may be
# one of a parent that has no code of its own.
PROGRAM = """
import importlib, pkgutil, sys, types

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("homeassistant", "custom_components", "voluptuous"):
            raise ImportError(f"{name} is refused")

sys.meta_path.insert(0, Refuse())
sys.path.insert(0, sys.argv[1])
parent = sys.modules["parent"] = types.ModuleType("parent")
parent.__path__ = [sys.argv[1]]
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


# The comparing uses the models of the client.
@pytest.mark.parametrize("package", ["panel", "parent.drift"])
def test_nothing_of_home_assistant(package: str) -> None:
    result = import_alone(INTEGRATION, package)

    assert result.returncode == 0, result.stderr
    folder = INTEGRATION / package.removeprefix("parent.")
    assert set(result.stdout.split()) == {
        f"{package}.{path.stem}"
        for path in folder.glob("*.py")
        if path.stem != "__init__"
    }


def test_home_assistant_would_be_refused() -> None:
    result = import_alone(INTEGRATION.parent, "bas_ip")

    assert result.returncode == 1
    assert "homeassistant is refused" in result.stderr
