"""Print what parts of Home Assistant need, at the versions that it pins itself."""

import json
from pathlib import Path
import sys
from typing import Any

import homeassistant

HOMEASSISTANT = Path(homeassistant.__path__[0])


def manifests(domains: list[str]) -> dict[str, dict[str, Any]]:
    """Return the manifests of these components and of all that they depend on."""
    found: dict[str, dict[str, Any]] = {}
    while domains:
        domain = domains.pop()
        if domain not in found:
            path = HOMEASSISTANT / "components" / domain / "manifest.json"
            found[domain] = json.loads(path.read_text())
            domains += found[domain].get("dependencies", [])
    return found


if sys.argv[1:] == ["--constraints"]:
    print(HOMEASSISTANT / "package_constraints.txt")
else:
    for manifest in manifests(sys.argv[1:]).values():
        print(*manifest.get("requirements", []), sep="\n")
