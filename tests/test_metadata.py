"""Tests of the files that nothing executes."""

from itertools import pairwise
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.repair_issues import SECURITY_URL

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components" / DOMAIN

MANIFEST: dict[str, Any] = json.loads(
    (INTEGRATION / "manifest.json").read_text("utf-8")
)
HACS: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text("utf-8"))
# The one source of the repository's address.
REPOSITORY = str(MANIFEST["documentation"])
OWNER, NAME = REPOSITORY.removeprefix("https://github.com/").split("/")

TEXTS = sorted(
    path
    for pattern in (
        "*.md",
        "*.toml",
        "*.txt",
        "*.json",
        ".github/**/*",
        "blueprints/**/*",
        "custom_components/**/*",
        "demo/**/*",
        "docs/**/*",
        "scripts/*",
    )
    for path in ROOT.glob(pattern)
    if path.is_file() and path.suffix not in (".pyc", ".png")
)
PAGES = [path for path in TEXTS if path.suffix == ".md"]

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

BRAND = {
    f"{theme}{picture}{scale}.png": (picture, factor)
    for theme in ("", "dark_")
    for picture in ("icon", "logo")
    for scale, factor in (("", 1), ("@2x", 2))
}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    text = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return text.replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {
        slug(heading)
        for heading in re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    }


def test_manifest() -> None:
    assert re.fullmatch(r"https://github\.com/[\w-]+/[\w.-]+", REPOSITORY)
    assert MANIFEST["issue_tracker"] == f"{REPOSITORY}/issues"
    assert MANIFEST["codeowners"] == [f"@{OWNER}"]
    assert MANIFEST["domain"] == DOMAIN == INTEGRATION.name
    assert "loggers" not in MANIFEST  # That list is for libraries.
    assert MANIFEST["requirements"] == []
    first, second, *others = MANIFEST
    assert [first, second, *others] == ["domain", "name", *sorted(others)]


def test_hacs() -> None:
    """HACS shows the name, and installs on no older Home Assistant than is tested."""
    assert HACS["name"] == MANIFEST["name"]
    year_and_month = HACS["homeassistant"].removesuffix(".0")
    assert re.fullmatch(r"\d{4}\.\d{1,2}", year_and_month)
    oldest = (ROOT / "requirements_test_oldest.txt").read_text("utf-8")
    assert f"Home Assistant {year_and_month}." in oldest
    assert year_and_month in (ROOT / "README.md").read_text("utf-8")


def test_versions() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    version = re.search(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    assert version
    assert MANIFEST["version"] == version[1]
    assert f"[{version[1]}]: {REPOSITORY}/releases/tag/v{version[1]}" in changelog


@pytest.mark.parametrize("path", TEXTS, ids=relative)
def test_address_of_the_repository(path: Path) -> None:
    """Wherever the repository is named, it is named alike."""
    text = unquote(path.read_text("utf-8"))
    names = re.findall(
        r"(?:github\.com|githubusercontent\.com|img\.shields\.io/github/[\w/-]+?)"
        r"/([\w-]+)/([\w-]+(?:\.[\w-]+)*)",
        text,
    )
    names += re.findall(r"owner=([\w-]+)&(?:amp;)?repository=([\w.-]+)", text)
    ours = {name for name in names if OWNER in name or NAME in name}
    assert ours <= {(OWNER, NAME)}
    for owner in re.findall(r"@(ha-[\w-]+)", text):
        assert owner == OWNER


@pytest.mark.parametrize(
    "path",
    [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "README.md",
        "SECURITY.md",
        ".github/ISSUE_TEMPLATE/config.yml",
        "custom_components/bas_ip/repair_issues.py",
    ],
)
def test_address_is_there(path: str) -> None:
    assert REPOSITORY in (ROOT / path).read_text("utf-8")


def test_code_owners() -> None:
    path = ROOT / ".github" / "CODEOWNERS"
    if path.exists():
        assert f"@{OWNER}" in path.read_text("utf-8").split()


@pytest.mark.parametrize("path", TEXTS, ids=relative)
def test_links_into_the_repository(path: Path) -> None:
    text = unquote(path.read_text("utf-8"))
    for target in re.findall(
        rf"{re.escape(REPOSITORY)}/(?:blob|raw|tree)/[\w.-]+/([\w./@-]+)", text
    ):
        assert (ROOT / target).exists(), target
    for template in re.findall(r"issues/new\?template=([\w.-]+)", text):
        assert (ROOT / ".github" / "ISSUE_TEMPLATE" / template).exists(), template


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_between_pages(page: Path) -> None:
    """What a page links or shows exists, and so does the heading it leads to."""
    text = page.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)", text) + re.findall(
        r'(?:src|srcset|href)="([^"\s]+)', text
    )
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_security_link() -> None:
    """The repair issue leads to the heading that it is about."""
    address, _, anchor = SECURITY_URL.partition("#")
    assert address == REPOSITORY
    assert anchor in anchors(ROOT / "README.md")


def png(path: Path) -> tuple[int, int, list[bytes]]:
    """Return width, height and the names of the chunks of a PNG file."""
    data = path.read_bytes()
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
    picture, factor = BRAND[name]
    width, height, chunks = png(INTEGRATION / "brand" / name)
    if picture == "icon":
        assert (width, height) == (256 * factor, 256 * factor)
    else:
        assert width > height
        assert 128 * factor <= height <= 256 * factor
    # Transparent, and nothing in it of the program or the author.
    assert b"tRNS" in chunks or (INTEGRATION / "brand" / name).read_bytes()[25] in (
        4,
        6,
    )
    assert not {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"} & set(chunks)


def test_brand_is_complete() -> None:
    assert {path.name for path in (INTEGRATION / "brand").iterdir()} == set(BRAND)


@pytest.mark.parametrize("name", [name for name in BRAND if "@2x" not in name])
def test_brand_scales(name: str) -> None:
    """The big picture is the small one, twice as large."""
    width, height, _ = png(INTEGRATION / "brand" / name)
    big_width, big_height, _ = png(
        INTEGRATION / "brand" / name.replace(".png", "@2x.png")
    )
    assert (big_width, big_height) == (2 * width, 2 * height)


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
            assert isinstance(rule, dict), name
            assert rule.keys() == {"status", "comment"}, name
            assert rule["status"] == "exempt", name
            assert rule["comment"].strip(), name
    assert MANIFEST["quality_scale"] == "platinum"


def test_quality_scale_evidence() -> None:
    """The files that are named as the evidence exist."""
    text = (INTEGRATION / "quality_scale.yaml").read_text("utf-8")
    for name in re.findall(r"[\w./]+\.(?:py|md|json|toml|yaml)\b", text):
        assert (ROOT / name).exists() or (INTEGRATION / name).exists(), name


def test_changelog_is_in_order() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = [
        tuple(map(int, version.split(".")))
        for version in re.findall(r"^## \[([\d.]+)\]", changelog, re.MULTILINE)
    ]
    assert all(newer > older for newer, older in pairwise(versions))
