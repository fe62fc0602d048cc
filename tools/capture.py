"""Turn a report about a panel into a fixture of the tests.

The report comes from scripts/probe or from Home Assistant; docs/panel.md tells what is
in it. One that leaves the answers out gets those that the
documentation shows, where the report says of which kind they were.
"""

import argparse
import json
from pathlib import Path
import re
import sys
from typing import Any

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures" / "reports"
REPORT_FORMAT = 3
# What a report consists of; whatever a user has added stays out of the tests.
KEYS = (
    "report",
    "integration",
    "model",
    "firmware",
    "api_version",
    "second_account_path",
    "second_status_path",
    "page_paths",
    "asked",
)
ACCOUNT = {
    "proxy": "string",
    "realm": "string",
    "user": "string",
    "password": "string",
    "transport": "string",
    "user_id": "string",
    "registration_interval": "integer",
    "outbound": "string",
}
ERROR = {"error": "string"}
# What the words of a report stand for, as far as the documentation tells.
DOCUMENTED: dict[str, dict[str, Any]] = {
    "account": {"status": 200, "fields": ACCOUNT},
    "first_account": {
        "status": 200,
        "fields": {**ACCOUNT, "stun": {"ip": "string", "port": "integer"}},
    },
    "status": {
        "status": 200,
        "fields": {"sip_status": "string", "register_last_attempt": "integer"},
    },
    "not_found": {"status": 404, "fields": ERROR},
    "forbidden": {"status": 403, "fields": ERROR},
    "other": {"status": 200, "fields": {}},
    "error": {"status": 500, "fields": None},
}
INFO = {
    "status": 200,
    "fields": {"device_type": "string", "device_serial_number": "string"},
}


def fixture(report: Any, *, simulated: bool) -> dict[str, Any]:
    """Return the fixture of a report; raises ValueError if it is none."""
    if not isinstance(report, dict) or report.get("report") != REPORT_FORMAT:
        raise ValueError("this is not a report about a panel")
    if missing := [key for key in KEYS if key not in report]:
        raise ValueError(f"the report lacks {', '.join(missing)}")
    asked = report["asked"]
    if not isinstance(asked, dict) or not set(asked.values()) <= DOCUMENTED.keys():
        raise ValueError("'asked' in the report has an unknown word")
    documented = {path: DOCUMENTED[word] for path, word in asked.items()}
    return {
        "simulated": simulated,
        **{key: report[key] for key in KEYS},
        "answers": report.get("answers") or {"api/info": INFO, **documented},
        "values": report.get("values") or {},
    }


def file_name(report: dict[str, Any]) -> str:
    """Return a name made of model and firmware."""
    words = [report["model"] or "panel", report["firmware"] or "unknown"]
    if report["simulated"]:
        words.append("simulated")
    name = "-".join(words).lower()
    return re.sub(r"[^a-z0-9.-]+", "-", name).strip(".-") + ".json"


def main() -> int:
    """Write one fixture."""
    parser = argparse.ArgumentParser(
        prog="tools/run capture",
        description="Turns a report about a panel into a fixture of the tests.",
    )
    parser.add_argument("report", type=Path, metavar="REPORT.json")
    parser.add_argument(
        "--simulated", action="store_true", help="the panel was a simulated one"
    )
    parser.add_argument(
        "--to",
        type=Path,
        default=FIXTURES,
        metavar="FOLDER",
        help="default %(default)s",
    )
    arguments = parser.parse_args()
    try:
        data = fixture(
            json.loads(arguments.report.read_text(encoding="utf-8")),
            simulated=arguments.simulated,
        )
    except (OSError, ValueError) as err:
        print(f"capture: {arguments.report}: {err}", file=sys.stderr)
        return 1
    target = arguments.to / file_name(data)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    print(f"{target}\nscripts/test tests/test_reports.py plays it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
