"""The plan of a benchmark, and its figures."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
from statistics import median
import sys
from typing import Any

from .child import Child
from .home import write_config
from .subjects import configuration

CHANGED = "backup.example.net"
CHANGES_OF_A_FULL_RECORD = 60
# Of each panel; the others have none.
STATES = {"bare": 11, "ours": 11, "rest": 10}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is measured, and how often."""

    subjects: tuple[str, ...] = ("none", "floor", "ours", "rest")
    subjects_with_memory: tuple[str, ...] = ("floor", "bare", "ours", "rest")
    panels: tuple[int, ...]
    panels_with_memory: tuple[int, int]
    rounds: int

    def intervals(self, panels: int) -> int:
        """Return how many intervals a round has, so that few panels give figures."""
        return max(2, 20 // panels)


FULL = Plan(panels=(1, 50, 500), panels_with_memory=(50, 150), rounds=7)
QUICK = Plan(panels=(1, 20), panels_with_memory=(20, 40), rounds=3)


@dataclass
class Figures:
    """What one subject takes for a number of panels; lists have a value per round."""

    start: float = 0
    start_block: float = 0
    memory: float = 0
    cpu: list[float] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    connections: list[float] = field(default_factory=list)
    block: list[float] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)
    written: float = 0
    reported: float = 0
    rows: float = 0
    change_cpu: list[float] = field(default_factory=list)
    change_seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the objects of one panel take, in bytes."""

    of_subjects: dict[str, float]
    of_full_record: float
    """What they take more after many changes."""


type Results = dict[int, dict[str, Figures]]


def say(text: str) -> None:
    """Show how far it is; the figures themselves go to the standard output."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def measure(plan: Plan, folder: Path) -> tuple[Results, Memory]:
    """Measure everything."""
    results = {
        number: Group(plan, folder / str(number), number).measure()
        for number in plan.panels
    }
    few, many = (
        Group(plan, folder / f"memory-{number}", number)
        for number in plan.panels_with_memory
    )
    before, after = few.measure_objects(), many.measure_objects()
    return results, Memory(
        # Two numbers of panels, so that what does not grow with them is left out.
        of_subjects={
            subject: (after[subject] - before[subject]) / (many.number - few.number)
            for subject in plan.subjects_with_memory
        },
        of_full_record=Group(plan, folder / "record", few.number).measure_full_record(),
    )


class Group:
    """All subjects with one number of panels."""

    def __init__(self, plan: Plan, folder: Path, number: int) -> None:
        """Take what is to be measured."""
        self.plan = plan
        self.folder = folder
        self.number = number
        self.figures = {subject: Figures() for subject in plan.subjects}
        self.connections = 0
        folder.mkdir()

    def measure(self) -> dict[str, Figures]:
        """Start all subjects, then let them poll in turn."""
        with ExitStack() as stack:
            self.start_panels(stack)
            workers = {
                subject: self.start_worker(stack, subject)
                for subject in self.plan.subjects
            }
            self.start(workers)
            intervals = self.plan.intervals(self.number)
            for index in range(self.plan.rounds):
                say(f"{self.number} panels, round {index + 1} of {self.plan.rounds}")
                for subject, worker in workers.items():
                    self.poll(subject, worker, intervals)
            for subject, worker in workers.items():
                self.count(subject, worker, intervals)
                if subject in ("ours", "rest"):
                    self.change(subject, worker)
        return self.figures

    def measure_objects(self) -> dict[str, int]:
        """Return what the objects of each subject take in all."""
        objects = {}
        with ExitStack() as stack:
            self.start_panels(stack)
            for subject in self.plan.subjects_with_memory:
                say(f"{self.number} panels, {subject}: memory")
                worker = self.start_worker(stack, subject, "trace")
                self.begin(subject, worker)
                objects[subject] = worker.ask("memory")
                worker.ask("stop")
        return objects

    def measure_full_record(self) -> float:
        """Return what a panel takes more when it has changed again and again."""
        with ExitStack() as stack:
            self.start_panels(stack)
            memory = []
            # The first start differs from all later ones.
            for step in ("first start", "empty record", "full record"):
                say(f"{self.number} panels, {step}")
                # A few KiB are seen only where each object is counted.
                worker = self.start_worker(
                    stack, "ours", "trace", anew=step == "first start"
                )
                self.begin("ours", worker)
                memory.append(worker.ask("memory"))
                if step == "empty record":
                    for outbound in self.outbounds(CHANGES_OF_A_FULL_RECORD):
                        self.panels.ask(
                            "change", panels_=self.number, outbound=outbound
                        )
                        worker.ask("run", intervals=1)
                worker.ask("stop")
        _, empty, full = memory
        return float(full - empty) / self.number

    def start_panels(self, stack: ExitStack) -> None:
        """Start the process that the panels are in."""
        core = max(os.sched_getaffinity(0))
        log = self.folder / "panels.log"
        self.panels = stack.enter_context(
            Child("tools.bench.panels", str(self.number), core=core, log=log)
        )
        self.described = self.panels.ask("describe")
        (self.folder / "panels.json").write_text(json.dumps(self.described))

    def start_worker(
        self,
        stack: ExitStack,
        subject: str,
        *arguments: str,
        anew: bool = True,
    ) -> Child:
        """Start the process of a subject, which does nothing yet."""
        folder = self.folder / subject
        if anew:
            # The recorder keeps for some minutes what it has written.
            yaml, entries = configuration(
                subject, self.described, recorder="trace" not in arguments
            )
            write_config(folder, yaml, entries)
        panels = str(self.folder / "panels.json")
        return stack.enter_context(
            Child(
                *("tools.bench.worker", subject, str(folder), panels, *arguments),
                core=min(os.sched_getaffinity(0)),
                log=self.folder / f"{subject}.log",
            )
        )

    def start(self, workers: dict[str, Child]) -> None:
        """Start the Home Assistants one by one, and let each poll once."""
        for subject, worker in workers.items():
            say(f"{self.number} panels, {subject}: start")
            figures = self.figures[subject]
            begin = self.begin(subject, worker)
            figures.start = begin["seconds"] or 0
            figures.start_block = begin["longest_block"]
            figures.memory = worker.ask("memory")
        self.take()

    def begin(self, subject: str, worker: Child) -> dict[str, Any]:
        """Start a Home Assistant, let it poll, and return what the start was like."""
        begin: dict[str, Any] = worker.ask("start")
        states = self.number * STATES.get(subject, 0)
        if begin["states"] != states or begin["away"]:
            raise RuntimeError(f"{subject} does not have {states} states")
        worker.ask("run", intervals=2)
        return begin

    def take(self) -> tuple[list[float], int]:
        """Return when requests came in since the last time, and the connections."""
        taken = self.panels.ask("take")
        connections = taken["connections"] - self.connections
        self.connections = taken["connections"]
        return taken["arrivals"], connections

    def poll(self, subject: str, worker: Child, intervals: int) -> None:
        """Let one subject poll for a round."""
        figures = self.figures[subject]
        polls = intervals * self.number
        taken = worker.ask("run", intervals=intervals)
        arrivals, connections = self.take()
        figures.cpu.append(taken["cpu"] / polls)
        figures.block.append(taken["longest_block"])
        figures.requests.append(len(arrivals) / polls)
        figures.connections.append(connections / polls)
        moments = worker.ask("offsets", moments=arrivals)
        figures.peak.append(most_in_a_second(moments))

    def count(self, subject: str, worker: Child, intervals: int) -> None:
        """Count what is written; the CPU is not measured meanwhile."""
        figures = self.figures[subject]
        polls = intervals * self.number
        counted = worker.ask("count", intervals=intervals)
        figures.written = counted["written"] / polls
        figures.reported = counted["reported"] / polls
        figures.rows = counted["rows"] / polls
        self.take()

    def change(self, subject: str, worker: Child) -> None:
        """Change a setting of every panel, and back; two polls see a change."""
        figures = self.figures[subject]
        for outbound in self.outbounds(2 * max(self.plan.rounds // 2, 1)):
            quiet = worker.ask("run", intervals=2)
            self.take()
            self.panels.ask("change", panels_=self.number, outbound=outbound)
            taken = worker.ask("watch_event")
            arrivals, _ = self.take()
            if len(taken["events"]) < self.number:
                raise RuntimeError(f"{subject}: {len(taken['events'])} events only")
            figures.change_cpu.append((taken["cpu"] - quiet["cpu"]) / self.number)
            # The last event of all panels, from the first request that could see it.
            figures.change_seconds.append(taken["events"][-1] - arrivals[0])

    def outbounds(self, number: int) -> Iterator[str]:
        """Return another value and the first one in turn."""
        for index in range(number):
            yield "" if index % 2 else CHANGED


def most_in_a_second(moments: list[float]) -> int:
    """Return the largest number of moments that lie within one second."""
    most = first = 0
    moments = sorted(moments)
    for last, moment in enumerate(moments):
        while moments[first] < moment - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def spread(values: list[float]) -> tuple[float, float, float]:
    """Return the median, the least and the greatest of some values."""
    return median(values), min(values), max(values)
