"""Where `python -m tools.bench` begins."""

import argparse
from pathlib import Path
import tempfile

from .measure import FULL, QUICK, measure
from .report import write_report

parser = argparse.ArgumentParser(prog="tools/run bench", description=__doc__)
parser.add_argument(
    "--quick", action="store_true", help="fewer panels and rounds, to try something"
)
parser.add_argument(
    "--write",
    type=Path,
    metavar="FOLDER",
    help="write performance.md and its chart there, docs for instance",
)
arguments = parser.parse_args()
plan = QUICK if arguments.quick else FULL
with tempfile.TemporaryDirectory() as folder:
    results = measure(plan, Path(folder))
write_report(results, plan, arguments.write)
