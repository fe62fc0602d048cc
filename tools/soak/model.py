"""What a panel's settings mean, written down: nothing here compares addresses."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

# All spellings of one line mean the same; the first of each setting is expected.
MEANINGS: Mapping[str, tuple[tuple[Any, ...], ...]] = {
    "proxy": (
        ("sip:pbx.example.net", "SIP:PBX.example.net", "sip:pbx.example.net:5060"),
        ("sip:evil.example.net", "evil.example.net", "sip:evil.example.net."),
        ("sip:pbx.example.net:5070", " sip:PBX.example.net:5070"),
        ("sip:192.0.2.7", "192.0.2.7:5060"),
    ),
    "realm": (
        ("pbx.example.net", " pbx.example.net "),
        ("PBX.example.net",),
        ("example.org",),
        ("", None),
    ),
    "user": (("201", " 201", 201), ("202",), ("20l",)),
    "transport": (("udp", "UDP"), ("tcp", "TCP", " tcp")),
    "registration_interval": ((60, "60", 60.0), (120, "120.0"), (900,)),
    "outbound": (
        ("", None),
        ("out.example.net", "OUT.example.net:5060"),
        ("<b>out</b>{{ 1 }}",),
    ),
}

type Reported = tuple[str, frozenset[str]]


@dataclass
class Model:
    """The meanings that one panel has, and those that are expected of it."""

    ignored: frozenset[str] = frozenset()
    actual: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEANINGS, 0))
    expected: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEANINGS, 0))
    registered: bool = True

    @property
    def drifted(self) -> frozenset[str]:
        """The settings that are to be shown as drifted."""
        return frozenset(
            setting
            for setting in MEANINGS
            if setting not in self.ignored
            and self.actual[setting] != self.expected[setting]
        )

    def change(self, meanings: Mapping[str, int]) -> Counter[Reported]:
        """Take over other meanings and return what has to be reported."""
        was = self.drifted
        moved = {s for s, meaning in meanings.items() if self.actual[s] != meaning}
        self.actual.update(meanings)
        now = self.drifted
        reported: Counter[Reported] = Counter()
        if touched := frozenset(moved & (was | now)):
            kind = "changed" if was and now else "detected" if now else "resolved"
            reported[f"drift_{kind}", touched] += 1
        if unwatched := frozenset(moved & self.ignored):
            reported["settings_changed", unwatched] += 1
        return reported

    def accept(self) -> Counter[Reported]:
        """Expect what has drifted and return what has to be reported."""
        drifted = self.drifted
        self.expected.update({setting: self.actual[setting] for setting in drifted})
        return Counter({("expectation_updated", drifted): 1} if drifted else {})


def choose(random: Random, model: Model) -> dict[str, int]:
    """Return other meanings for some settings; most drifts end some day."""
    if model.drifted and random.random() < 0.4:
        return {setting: model.expected[setting] for setting in model.drifted}
    return {
        setting: random.randrange(len(MEANINGS[setting]))
        for setting in random.sample(list(MEANINGS), random.randint(1, 3))
    }
