"""Tests of the files that nothing executes."""

import json
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.bas_ip.const import DOMAIN

from .conftest import INTEGRATION, ROOT

MANIFEST: dict[str, Any] = json.loads(
    (INTEGRATION / "manifest.json").read_text("utf-8")
)
HACS: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text("utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
# The one source of the repository's address.
REPOSITORY = str(MANIFEST["documentation"])
OWNER = REPOSITORY.split("/")[3]

QUALITY_RULES = """
    action-exceptions action-setup appropriate-polling async-dependency brands
    common-modules config-entry-unloading config-flow config-flow-test-coverage
    dependency-transparency devices diagnostics discovery discovery-update-info
    docs-actions docs-conditions docs-configuration-parameters docs-data-update
    docs-examples docs-high-level-description docs-installation-instructions
    docs-installation-parameters docs-known-limitations docs-removal-instructions
    docs-supported-devices docs-supported-functions docs-triggers docs-troubleshooting
    docs-use-cases dynamic-devices entity-category entity-device-class
    entity-disabled-by-default entity-event-setup entity-translations
    entity-unavailable entity-unique-id exception-translations has-entity-name
    icon-translations inject-websession integration-owner log-when-unavailable
    parallel-updates reauthentication-flow reconfiguration-flow repair-issues
    runtime-data stale-devices strict-typing test-before-configure test-before-setup
    test-coverage unique-config-entry
"""
BRAND = ("icon", "dark_icon", "logo", "dark_logo")


def test_manifest() -> None:
    assert re.fullmatch(r"https://github\.com/[\w-]+/[\w.-]+", REPOSITORY)
    assert MANIFEST["issue_tracker"] == f"{REPOSITORY}/issues"
    assert MANIFEST["codeowners"] == [f"@{OWNER}"]
    assert MANIFEST["domain"] == DOMAIN == INTEGRATION.name
    assert MANIFEST["requirements"] == []
    first, second, *others = MANIFEST
    assert [first, second, *others] == ["domain", "name", *sorted(others)]


def test_hacs() -> None:
    """HACS shows the name, and installs on no older Home Assistant than is tested."""
    assert HACS["name"] == MANIFEST["name"]
    oldest = HACS["homeassistant"]
    assert f'"homeassistant=={oldest}"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert oldest.removesuffix(".0") in (ROOT / "README.md").read_text("utf-8")


def test_versions() -> None:
    """The manifest has the version on top of the changelog, and none comes twice."""
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", CHANGELOG, re.MULTILINE)
    assert MANIFEST["version"] == versions[0]
    numbers = [tuple(map(int, version.split("."))) for version in versions]
    assert numbers == sorted(set(numbers), reverse=True)
    for version in versions:
        assert f"[{version}]: {REPOSITORY}/releases/tag/v{version}" in CHANGELOG


def png(name: str) -> tuple[int, int, list[bytes]]:
    """Return width, height and the names of the chunks of a picture of the brand."""
    data = (INTEGRATION / "brand" / name).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: list[bytes] = []
    position = 8
    while position < len(data):
        chunks.append(data[position + 4 : position + 8])
        position += 12 + int.from_bytes(data[position : position + 4])
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24]), chunks


@pytest.mark.parametrize("name", BRAND)
def test_brand(name: str) -> None:
    """The pictures have the sizes that Home Assistant's brands have, and no bulk."""
    width, height, chunks = png(f"{name}.png")
    big_width, big_height, big_chunks = png(f"{name}@2x.png")
    assert (big_width, big_height) == (2 * width, 2 * height)
    if name.endswith("icon"):
        assert (width, height) == (256, 256)
    else:
        assert width > height
        assert 128 <= height <= 256
    for each in (chunks, big_chunks):
        # Transparent, and nothing in it of the program or the author.
        assert b"tRNS" in each
        assert not {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"} & set(each)


def test_brand_is_complete() -> None:
    assert {path.name for path in (INTEGRATION / "brand").iterdir()} == {
        f"{name}{scale}.png" for name in BRAND for scale in ("", "@2x")
    }


def test_quality_scale() -> None:
    """Each rule is either kept, or there is a reason why it does not apply."""
    rules = QUALITY_RULES.split()
    assert len(rules) == 54
    path = INTEGRATION / "quality_scale.yaml"
    # The YAML loader would only warn of a rule that is there twice.
    names = re.findall(r"^  ([a-z-]+):", path.read_text("utf-8"), re.MULTILINE)
    assert sorted(names) == rules
    for name, rule in load_yaml_dict(str(path))["rules"].items():
        if rule != "done":
            assert rule.keys() == {"status", "comment"}, name
            assert rule["status"] == "exempt", name
            assert rule["comment"].strip(), name
    assert MANIFEST["quality_scale"] == "platinum"


def test_quality_scale_evidence() -> None:
    """The files that are named as the evidence exist."""
    text = (INTEGRATION / "quality_scale.yaml").read_text("utf-8")
    for name in re.findall(r"[\w./]+\.(?:py|md|json|toml|yaml)\b", text):
        assert (ROOT / name).exists() or (INTEGRATION / name).exists(), name
