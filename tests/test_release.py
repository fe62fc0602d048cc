"""What is checked before a release is published, and the text that it gets."""

from collections.abc import Callable
import json
from pathlib import Path
import re
import sys

from homeassistant.util.yaml import load_yaml_dict
import pytest

from .conftest import ROOT, load_script

WORKFLOWS = ROOT / ".github/workflows"
MANIFEST = json.loads(
    (ROOT / "custom_components/bas_ip/manifest.json").read_text("utf-8")
)
VERSION = MANIFEST["version"]
CHANGELOG = """\
# Changelog

The notable changes.

## [1.2.0] - 2026-12-01

A release that is
written over two lines.

### Added

- One thing, with a line
  that goes on.
- Another thing.

## [1.1.0]

### Fixed

- A section without a date.

## [1.0.1] - 2026-11-23

## [1.0.0] - 2026-11-22

The first.

[1.2.0]: https://example.net/releases/tag/v1.2.0
[1.0.0]: https://example.net/releases/tag/v1.0.0
"""


type Release = Callable[..., tuple[int, str, str]]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone that is ready for the release of 1.2.0."""
    integration = tmp_path / "custom_components/bas_ip"
    integration.mkdir(parents=True)
    manifest = {"documentation": "https://example.net", "version": "1.2.0"}
    (integration / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


@pytest.fixture
def release(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Release:
    """Return a function that runs the script, for its exit code and what it wrote."""

    def release(action: str, version: str, root: Path = clone) -> tuple[int, str, str]:
        arguments = ["release", action, version, "--root", str(root)]
        monkeypatch.setattr(sys, "argv", arguments)
        return (load_script("scripts/lib/release.py").main(), *capsys.readouterr())

    return release


@pytest.mark.parametrize("version", ["1.2.0", "v1.2.0"])
def test_check(release: Release, version: str) -> None:
    assert release("check", version) == (0, "", "")


def test_another_version_in_the_manifest(release: Release) -> None:
    assert release("check", "v1.0.0") == (
        1,
        "",
        "release: the tag is v1.0.0, but the manifest says 1.2.0\n",
    )


def test_no_address_of_the_release(clone: Path, release: Release) -> None:
    address = "[1.2.0]: https://example.net/releases/tag/v1.2.0"
    (clone / "CHANGELOG.md").write_text(CHANGELOG.replace(address, ""))
    assert release("check", "1.2.0") == (
        1,
        "",
        f"release: CHANGELOG.md lacks the line {address}\n",
    )


def test_check_reads_the_notes(clone: Path, release: Release) -> None:
    (clone / "CHANGELOG.md").write_text(CHANGELOG.replace(" - 2026-12-01", ""))
    assert release("check", "1.2.0")[0] == 1


def test_notes(release: Release) -> None:
    """Lines are whole, for GitHub shows each break in the text of a release."""
    code, text, _ = release("notes", "v1.2.0")
    assert code == 0
    assert text == (
        "A release that is written over two lines.\n\n### Added\n\n"
        "- One thing, with a line that goes on.\n- Another thing.\n"
    )


def test_notes_end_before_the_addresses(release: Release) -> None:
    assert release("notes", "1.0.0") == (0, "The first.\n", "")


@pytest.mark.parametrize(
    ("version", "error"),
    [
        ("1.1.0", "CHANGELOG.md has no dated section for 1.1.0"),
        ("1.0.1", "CHANGELOG.md says nothing of 1.0.1"),
        ("1.3.0", "CHANGELOG.md has no dated section for 1.3.0"),
        ("1x2.0", "CHANGELOG.md has no dated section for 1x2.0"),
    ],
)
def test_no_notes(release: Release, version: str, error: str) -> None:
    assert release("notes", version) == (1, "", f"release: {error}\n")


def test_this_version(release: Release) -> None:
    """What stands here could be released."""
    assert release("check", VERSION, ROOT) == (0, "", "")


def test_nothing_is_published_before_it_has_passed() -> None:
    """Publishing waits for the checks, the tests and the validation."""
    jobs = load_yaml_dict(WORKFLOWS / "release.yml")["jobs"]
    publishing = [
        name for name, job in jobs.items() if "write" in str(job.get("permissions"))
    ]
    assert publishing == ["publish"]
    assert set(jobs["publish"]["needs"]) == jobs.keys() - {"publish"}
    called = {job["uses"] for job in jobs.values() if "uses" in job}
    assert called == {
        "$/.github/workflows/tests.yml",
        "$/.github/workflows/validate.yml",
    }
    # With a condition of its own, a job may run although one before it has failed.
    assert not any("if" in job for job in jobs.values())


def test_workflows_that_are_called_queue_apart() -> None:
    """In the queue of the one that calls them, each would wait for the other."""
    groups = [
        load_yaml_dict(WORKFLOWS / name)["concurrency"]["group"].split("${{")[0]
        for name in ("release.yml", "tests.yml", "validate.yml")
    ]
    assert all(groups)
    assert len(set(groups)) == len(groups)


def test_dry_run_is_complete() -> None:
    """What the workflow tests, a machine without GitHub tests with one command."""
    local = (ROOT / "scripts/check").read_text("utf-8").splitlines()
    environments = ["test", "oldest"]
    for job in load_yaml_dict(WORKFLOWS / "tests.yml")["jobs"].values():
        for step in job["steps"]:
            script = re.search(
                r"(?:scripts/[\w-]+|tools/run \w+)(?: [\w./-]+)*", step.get("run", "")
            )
            if script and "ENVIRONMENT" in step["run"]:
                commands = [f"{script[0]} {each}" for each in environments]
            else:
                commands = [script[0]] if script else []
            for command in commands:
                assert command in local, command
