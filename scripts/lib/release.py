"""What a release has to agree with, and what it says."""

import argparse
import json
from pathlib import Path
import re
import sys

HEADING = r"## \[{version}\] - \d{{4}}-\d{{2}}-\d{{2}}"
# The changelog's next section, or the addresses that its headings lead to.
END = r"(?=^## |^\[[^\]]+\]: |\Z)"
# A line that goes on with the one before it: GitHub would show the break in a release.
BREAK = r"(?<=\S)\n *(?![\s#]|[-*] )"


class ReleaseError(Exception):
    """This version cannot be released as it stands."""


def check(root: Path, version: str) -> None:
    """Make sure that the manifest and the changelog are those of this version."""
    path = root / "custom_components/bas_ip/manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if manifest["version"] != version:
        raise ReleaseError(
            f"the tag is v{version}, but the manifest says {manifest['version']}"
        )
    notes(root, version)
    link = f"[{version}]: {manifest['documentation']}/releases/tag/v{version}"
    if link not in changelog(root).splitlines():
        raise ReleaseError(f"CHANGELOG.md lacks the line {link}")


def notes(root: Path, version: str) -> str:
    """Return what the changelog says of this version."""
    heading = HEADING.format(version=re.escape(version))
    section = re.search(
        rf"^{heading}\n(.*?){END}", changelog(root), re.DOTALL | re.MULTILINE
    )
    if section is None:
        raise ReleaseError(f"CHANGELOG.md has no dated section for {version}")
    if not (text := section[1].strip()):
        raise ReleaseError(f"CHANGELOG.md says nothing of {version}")
    return re.sub(BREAK, " ", text)


def changelog(root: Path) -> str:
    """Return the whole changelog."""
    return (root / "CHANGELOG.md").read_text(encoding="utf-8")


def main() -> int:
    """Check a version or print its notes, and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument("action", choices=["check", "notes"])
    parser.add_argument("version", help="such as 1.2.3, or the tag v1.2.3")
    parser.add_argument("--root", type=Path, default=Path(), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    version = arguments.version.removeprefix("v")
    try:
        if arguments.action == "check":
            check(arguments.root, version)
        else:
            print(notes(arguments.root, version))
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
