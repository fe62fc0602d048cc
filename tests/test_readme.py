"""What the documentation names and links is there."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

import pytest

from .conftest import INTEGRATION, ROOT

MANIFEST = json.loads((INTEGRATION / "manifest.json").read_text("utf-8"))
TEXTS = json.loads((INTEGRATION / "translations/en.json").read_text("utf-8"))
REPOSITORY = str(MANIFEST["documentation"])
OWNER, NAME = REPOSITORY.removeprefix("https://github.com/").split("/")

README = ROOT / "README.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
# What users read; the other pages are for developers.
DOCUMENTATION = README.read_text("utf-8") + "".join(
    path.read_text("utf-8") for path in PAGES if path.parent != ROOT
)
# All that may name the repository.
FILES = [
    path
    for folder in (".github", "blueprints", "custom_components", "demo", "scripts")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".js", ".json", ".md", ".py", ".yaml", ".yml")
]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        for heading in headings
    }


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """Return the files and anchors in this repository that a file links."""
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        for link in re.findall(r'\]\(([^)\s]+)|(?:src|srcset|href)="([^"\s]+)', text):
            target, _, anchor = "".join(link).partition("#")
            if not re.match(r"[a-z]+:", target):
                yield path.parent / target if target else path, anchor
    text = unquote(text)
    address = re.escape(REPOSITORY)
    for target, anchor in re.findall(
        rf"{address}/(?:blob|raw|tree)/[\w.-]+/([\w./@-]+)(?:#([\w-]+))?", text
    ):
        yield ROOT / target, anchor
    for anchor in re.findall(rf"{address}#([\w-]+)", text):
        yield README, anchor
    for template in re.findall(r"issues/new\?template=([\w.-]+)", text):
        yield ROOT / ".github/ISSUE_TEMPLATE" / template, ""


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def test_links_of_other_files() -> None:
    """What Home Assistant, GitHub and blueprints link is there, too."""
    for path in FILES:
        for target, anchor in links(path):
            assert target.exists(), f"{relative(path)}: {target}"
            assert not anchor or anchor in anchors(target), (
                f"{relative(path)}: {anchor}"
            )


def test_address_of_the_repository() -> None:
    """Wherever the repository is named, it is named alike."""
    for path in (*PAGES, *FILES):
        names = re.findall(
            r"(?:github(?:usercontent)?\.com/|owner=)([\w-]+)"
            r"(?:/|&(?:amp;)?repository=)([\w-]+(?:\.[\w-]+)*)",
            unquote(path.read_text("utf-8")),
        )
        ours = {name for name in names if OWNER in name or NAME in name}
        assert ours <= {(OWNER, NAME)}, relative(path)


def test_commands_exist() -> None:
    """Each script and tool that a page names is there."""
    tools = (ROOT / "tools/run").read_text("utf-8")
    for path in PAGES:
        # The changelog also tells of what is gone.
        if path.name == "CHANGELOG.md":
            continue
        text = path.read_text("utf-8")
        for script in re.findall(r"\bscripts/[\w-]+", text):
            assert (ROOT / script).exists(), f"{relative(path)}: {script}"
        for tool in re.findall(r"\btools/run \w+", text):
            assert f" {tool}" in tools, f"{relative(path)}: {tool}"


def names(texts: Any) -> Iterator[str]:
    """Return the names of all entities, without the account that they are about."""
    for platform in texts["entity"].values():
        for entity in platform.values():
            if name := entity.get("name"):
                yield name.removeprefix("Account {account} ")


def test_entities_are_documented() -> None:
    text = DOCUMENTATION.lower()
    assert [name for name in names(TEXTS) if name.lower() not in text] == []


def test_actions_are_documented() -> None:
    for action in TEXTS["services"]:
        assert f"`bas_ip.{action}`" in DOCUMENTATION, action


def test_events_are_documented() -> None:
    for event in TEXTS["entity"]["event"].values():
        for kind in event["state_attributes"]["event_type"]["state"]:
            assert f"`{kind}`" in DOCUMENTATION, kind
