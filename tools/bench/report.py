"""The figures as a table and a chart."""

from collections.abc import Callable
from importlib.metadata import version
import json
from pathlib import Path
import platform
from statistics import median

from .child import ROOT
from .measure import CHANGES_OF_A_FULL_RECORD, Figures, Memory, Plan, Results
from .subjects import NAMES

CHART = "performance.svg"
COLOURS = {
    "floor": "#9aa0a6",
    "ours": "#0b6e4f",
    "rest": "#c0562f",
}
BAR, GAP, LABELS, WIDTH = 22, 8, 300, 760

REASONS = """\
Most of the memory is what Home Assistant itself keeps of each entity: a bare
integration with as many entities takes about as much. The goal for `rest:` was
0.5× up to 1.1.0; since 2.0.0 each poll first asks who answers."""

type Cell = Callable[[Figures, Figures, int], str]


def _ms(values: list[float], base: list[float] = [0.0]) -> str:  # noqa: B006
    """Return a median in milliseconds with its spread."""
    rest = median(base)
    low, middle, high = (
        1000 * (value - rest) for value in (min(values), median(values), max(values))
    )
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


# What is left after taking away what Home Assistant takes without a panel.
ROWS: dict[str, Cell] = {
    "CPU per panel and poll, ms": lambda f, none, _: _ms(f.cpu, none.cpu),
    "Requests per panel and poll": lambda f, *_: _number(median(f.requests)),
    "Connections per panel and poll": lambda f, *_: _number(median(f.connections)),
    "Changed states per panel and poll": lambda f, *_: _number(f.written),
    "Repeated states per panel and poll": lambda f, *_: _number(f.reported),
    "Recorder rows per panel and poll": lambda f, *_: _number(f.rows),
    "Memory of the process per panel, KiB": lambda f, none, n: (
        f"{(f.memory - none.memory) / n / 1024:.0f}"
    ),
    "Most requests in a second": lambda f, *_: str(max(f.peak)),
    "Longest block of the event loop, ms": lambda f, *_: _ms(f.block),
    "The same while starting, ms": lambda f, *_: f"{1000 * f.start_block:.0f}",
    "From start to all states, s": lambda f, *_: f"{f.start:.2f}" if f.start else "–",
    "CPU for a change, ms": lambda f, *_: _ms(f.change_cpu) if f.change_cpu else "–",
    "From the first request to the last event, ms": lambda f, *_: (
        _ms(f.change_seconds) if f.change_seconds else "–"
    ),
}


def write_report(
    results: tuple[Results, Memory], plan: Plan, folder: Path | None
) -> None:
    """Print the tables, or write them into a folder together with the chart."""
    by_number, memory = results
    text = "\n\n".join(
        (
            _head(plan),
            *(_table(number, figures) for number, figures in by_number.items()),
            _memory(plan, memory),
            _goals(by_number, memory),
        )
    )
    if folder is None:
        print(text)
        return
    largest = max(by_number)
    picture = f"![CPU per panel and poll with {largest} panels]({CHART})"
    (folder / "performance.md").write_text(f"{text}\n\n{picture}\n", encoding="utf-8")
    (folder / CHART).write_text(_chart(largest, by_number[largest]), encoding="utf-8")


def _head(plan: Plan) -> str:
    """Return what was measured, and how."""
    return f"""# What watching panels costs

{_versions()}, measured by
`tools/run bench --write docs`, which runs from a fresh clone. Compare the columns with
each other, not with the figures of another machine or run.

- The simulated panels run in another process, on another core. They register again
  before each poll, as real panels do, so that the time of the last attempt moves.
- Every way reads the same three answers each minute: what the panel is, the settings
  of the second account, and the SIP status. The bare coordinators start one after the
  other, so that the polls are spread alike.
- The ways take turns, in {plan.rounds} rounds. A figure is the median of the rounds;
  the smallest and the largest are in brackets. The recorder is on.
- CPU is the time of the Home Assistant process. What Home Assistant takes without
  panels is taken away from CPU and memory.
- The clock of the event loop jumps while nothing happens, so an hour takes seconds."""


def _versions() -> str:
    """Return what was measured, on what."""
    manifest = json.loads(
        (ROOT / "custom_components/bas_ip/manifest.json").read_text(encoding="utf-8")
    )
    return (
        f"BAS-IP {manifest['version']} with Home Assistant {version('homeassistant')},"
        f" Python {platform.python_version()} on {platform.machine()}"
    )


def _memory(plan: Plan, memory: Memory) -> str:
    """Return what the objects of a panel take."""
    few, many = plan.panels_with_memory
    rows = "\n".join(
        f"| {NAMES[subject]} | {_kib(taken)} |"
        for subject, taken in memory.of_subjects.items()
    )
    return f"""## Memory

What all objects of Python take more with {many} panels than with {few}, for each panel.
The recorder is off: for some minutes it keeps what it has written.

| | KiB per panel |
| --- | --- |
{rows}

After {CHANGES_OF_A_FULL_RECORD} changes and a restart, a panel takes
{_kib(memory.of_full_record)} KiB more than one that never changed."""


def _kib(taken: float) -> str:
    return f"{taken / 1024:.1f}"


def _goals(by_number: Results, memory: Memory) -> str:
    """Return what was aimed at, and whether it is so."""
    *_, some, many = by_number

    def cpu(number: int, subject: str) -> float:
        figures = by_number[number]
        return median(figures[subject].cpu) - median(figures["none"].cpu)

    figures = by_number[many]["ours"]
    ours = cpu(many, "ours")
    objects = memory.of_subjects
    goals = (
        ("CPU of the bare coordinator", 1.25, "×", ours / cpu(many, "floor")),
        ("CPU of `rest:`", 0.7, "×", ours / cpu(many, "rest")),
        (f"CPU per panel with {some} panels", 1.1, "×", ours / cpu(some, "ours")),
        (
            "Memory of the bare integration",
            1.25,
            "×",
            objects["ours"] / objects["bare"],
        ),
        ("Memory per panel", 100, " KiB", objects["ours"] / 1024),
        (
            "Changed and repeated states per unchanged poll",
            0,
            "",
            figures.written + figures.reported,
        ),
    )
    lines = [
        f"## What was aimed at, with {many} panels\n",
        "| Compared with | At most | Measured | |",
        "| --- | --- | --- | --- |",
    ]
    for title, limit, unit, value in goals:
        verdict = "met" if value <= limit else "not met"
        lines.append(
            f"| {title} | {_number(limit)}{unit} | {_number(value)}{unit} | {verdict} |"
        )
    return "\n".join([*lines, "", REASONS])


def _table(number: int, figures: dict[str, Figures]) -> str:
    """Return the table for one number of panels."""
    none = figures["none"]
    subjects = [subject for subject in figures if subject != "none"]
    lines = [
        f"## {number} panel{'s' if number > 1 else ''}\n",
        f"| | {' | '.join(NAMES[subject] for subject in subjects)} |",
        f"| --- |{' --- |' * len(subjects)}",
    ]
    for title, cell in ROWS.items():
        cells = (cell(figures[subject], none, number) for subject in subjects)
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _chart(number: int, figures: dict[str, Figures]) -> str:
    """Return the CPU per panel and poll as horizontal bars."""
    base = median(figures["none"].cpu)
    values = {
        subject: 1000 * (median(figures[subject].cpu) - base)
        for subject in COLOURS
        if subject in figures
    }
    scale = (WIDTH - LABELS - 70) / max(values.values())
    height = 50 + len(values) * (BAR + GAP)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            ' font-family="sans-serif" font-size="14">'
        ),
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        (
            '<text x="10" y="26" font-weight="bold">CPU per panel and poll in'
            f" milliseconds, {number} panels</text>"
        ),
    ]
    for index, (subject, value) in enumerate(values.items()):
        y = 44 + index * (BAR + GAP)
        length = value * scale
        parts += [
            (
                f'<text x="{LABELS - 10}" y="{y + 16}" text-anchor="end">'
                f"{NAMES[subject].replace('`', '')}</text>"
            ),
            (
                f'<rect x="{LABELS}" y="{y}" width="{length:.0f}" height="{BAR}"'
                f' fill="{COLOURS[subject]}"/>'
            ),
            f'<text x="{LABELS + length + 8:.0f}" y="{y + 16}">{value:.2f}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
