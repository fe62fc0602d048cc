"""The lives of panels, of their users, and of the Home Assistant that watches them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
import gc
import os
from pathlib import Path
from random import Random
import sys
from typing import Any

from aiohttp import connector
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo

from tools.bench.home import config_entry, make_home, start_home, write_config
from tools.bench.worker import resident_memory

from . import wall
from .model import Reported, choose
from .panel import SoakPanel
from .witness import Witness

HOUR = 3600
# Changes of each type, for each account.
KEPT = 20
NAMES = {"outbound": "outbound proxy", "registration_interval": "registration interval"}
DAY = 24 * HOUR


@dataclass
class Growth:
    """What must not grow."""

    tasks: int
    files: int
    issues: int
    objects: int
    memory: int


@dataclass
class Verdict:
    """What the judge has found."""

    findings: list[str] = field(default_factory=list)
    actions: Counter[str] = field(default_factory=Counter)
    reported: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    logins: int = 0
    growth: list[Growth] = field(default_factory=list)


def _is_ours(thing: object) -> bool:
    """Return whether an object is of the integration, and not of the record of changes.

    The record fills up to its limit in such a week.
    """
    return (
        str(type(thing).__module__).startswith("custom_components.bas_ip")
        and type(thing).__name__ != "Change"
    )


class Week:
    """Runs panels and Home Assistant for some days."""

    def __init__(
        self, folder: Path, *, seed: int, panels: int, days: float, interval: int
    ) -> None:
        """Make the panels."""
        self.folder = folder
        self.days = days
        self.interval = interval
        self.random = Random(seed)
        self.panels = [SoakPanel(n, Random(f"{seed} {n}")) for n in range(panels)]
        self.witness = Witness()
        self.verdict = Verdict()
        self.hass: HomeAssistant
        # Held by whoever needs a Home Assistant that is not about to stop.
        self.stays = asyncio.Semaphore(panels)
        self.actions: Mapping[Callable[[SoakPanel], Awaitable[Any]], int] = {
            self.change: 10,
            self.change_under_faults: 8,
            self.faults_only: 6,
            self.lie: 6,
            self.accept: 2,
            self.registration: 2,
            self.reboot: 2,
            self.end_tokens: 2,
            self.password: 1,
            self.firmware: 1,
            self.move: 1,
        }

    async def run(self) -> Verdict:
        """Let the time pass and return what came of it."""
        connector.monotonic = wall.loop.time  # type: ignore[attr-defined]
        async with AsyncExitStack() as stack:
            for panel in self.panels:
                await stack.enter_async_context(panel)
            entries = [
                config_entry(
                    panel.describe(),
                    scan_interval=self.interval,
                    ignored=panel.model.ignored,
                )
                for panel in self.panels
            ]
            write_config(self.folder, {}, entries)
            wall.loop.clock.is_jumping = True
            await self.start()
            async with asyncio.TaskGroup() as group:
                end = wall.now() + self.days * DAY
                tasks = [group.create_task(self.live(p, end)) for p in self.panels]
                user = group.create_task(self.use())
                restarts = group.create_task(self.restart_again_and_again())
                samples = group.create_task(self.sample())
                await asyncio.wait(tasks)
                for task in (user, restarts, samples):
                    task.cancel()
            await self.hass.async_stop(force=True)
            wall.loop.clock.is_jumping = False
        self.search_secrets()
        self.judge_growth()
        return self.verdict

    def find(self, panel: SoakPanel | None, text: str) -> None:
        """Note a finding."""
        hours = (wall.now() - wall.BEGIN) / HOUR
        name = panel.info["device_name"] if panel else "all"
        self.verdict.findings.append(f"after {hours:.2f} h, {name}: {text}")

    async def start(self) -> None:
        """Start a Home Assistant on the folder."""
        self.hass = make_home(self.folder)
        self.witness.attend(self.hass)
        await start_home(self.hass)

    async def restart_again_and_again(self) -> None:
        """Restart Home Assistant about once a day, except while an action needs it."""
        while True:
            await asyncio.sleep(self.random.uniform(0.4, 1.6) * DAY)
            for _ in self.panels:
                await self.stays.acquire()
            self.verdict.actions["restart of Home Assistant"] += 1
            await self.hass.async_stop(force=True)
            await self.start()
            for panel in self.panels:
                # After its start, Home Assistant tells of all addresses again.
                await self.tell(panel)
                self.stays.release()

    async def tell(self, panel: SoakPanel) -> None:
        """Let Home Assistant discover a panel by DHCP."""
        await self.hass.config_entries.flow.async_init(
            "bas_ip",
            context={"source": "dhcp"},
            data=DhcpServiceInfo(
                ip=panel.host,
                hostname="",
                macaddress=panel.mac_address.replace(":", ""),
            ),
        )

    async def use(self) -> None:
        """Give the current password wherever Home Assistant asks for a new one."""
        while True:
            await asyncio.sleep(self.random.uniform(0.3, 1.5) * HOUR)
            for flow in self.hass.config_entries.flow.async_progress_by_handler(
                "bas_ip"
            ):
                if flow["context"]["source"] != "reauth":
                    continue
                panel = next(
                    panel
                    for panel in self.panels
                    if panel.info["device_serial_number"]
                    == flow["context"].get("unique_id")
                )
                self.verdict.actions["reauthentication"] += 1
                # It is withdrawn if the panel can be read meanwhile.
                with suppress(UnknownFlow):
                    await self.hass.config_entries.flow.async_configure(
                        flow["flow_id"],
                        {"username": panel.username, "password": panel.password},
                    )

    async def sample(self) -> None:
        """Note each day what must not grow."""
        while True:
            await asyncio.sleep(DAY)
            gc.collect()
            day = len(self.verdict.growth) + 1
            print(f"soak: day {day} is over", file=sys.stderr, flush=True)
            self.verdict.growth.append(
                Growth(
                    tasks=len(asyncio.all_tasks()),
                    files=len(os.listdir("/proc/self/fd")),  # noqa: PTH208
                    issues=len(self.witness.issues()),
                    objects=sum(map(_is_ours, gc.get_objects())),
                    memory=resident_memory(),
                )
            )

    async def live(self, panel: SoakPanel, end: float) -> None:
        """Let things happen to a panel, one after the other, and judge each."""
        await self.settle(panel)
        self.judge(panel, Counter(), "start")
        actions, weights = zip(*self.actions.items(), strict=True)
        while wall.now() < end:
            await asyncio.sleep(panel.random.uniform(0.1, 1) * HOUR)
            action = panel.random.choices(actions, weights)[0]
            name = action.__name__.replace("_", " ")
            self.verdict.actions[name] += 1
            logins = len(panel.logins)
            expected: Counter[Reported] = await action(panel) or Counter()
            panel.recover()
            await self.settle(panel)
            self.judge(panel, expected, name)
            new = panel.logins[logins:]
            rejected = sum(not login.accepted for login in new)
            if rejected > (action == self.password):
                self.find(panel, f"{name}: {rejected} rejected logins")
            self.verdict.rejected += rejected
            self.verdict.logins += len(new)

    async def settle(self, panel: SoakPanel) -> None:
        """Wait until Home Assistant must have seen the current state of a panel."""
        await self.polled(panel)
        async with self.stays:
            await asyncio.sleep(5)

    async def polled(self, panel: SoakPanel) -> None:
        """Wait until a panel has been read without a fault some times.

        What it has said since an outage counts after a minute at the earliest.
        """
        polls = panel.good_polls + 4 + 60 // self.interval
        try:
            async with asyncio.timeout(6 * HOUR):
                while panel.good_polls < polls:  # noqa: ASYNC110
                    await asyncio.sleep(self.interval / 4)
        except TimeoutError:
            self.find(panel, "is not polled any more")

    def judge(self, panel: SoakPanel, expected: Counter[Reported], action: str) -> None:
        """Compare what is shown and was reported with what is true."""
        serial = panel.info["device_serial_number"]
        reported = self.witness.take(serial)
        self.verdict.reported.update(kind for kind, _ in reported.elements())
        for what, difference in (
            ("false", reported - expected),
            ("missed", expected - reported),
        ):
            for (kind, settings), number in difference.items():
                self.find(
                    panel, f"{action}: {what} {kind} {sorted(settings)} × {number}"
                )
        drift = self.witness.state(serial, "binary_sensor", "second_account_drift")
        drifted = panel.model.drifted
        if drift is None or drift.state != ("on" if drifted else "off"):
            self.find(panel, f"{action}: drift is shown as {drift and drift.state}")
        else:
            shown = {line.partition(":")[0] for line in drift.attributes["differences"]}
            names = {f"account 2 {NAMES.get(setting, setting)}" for setting in drifted}
            if shown != names:
                self.find(panel, f"{action}: {sorted(shown)}, not {sorted(names)}")
        self.judge_status(panel, action)
        self.judge_record(panel, action)

    def judge_status(self, panel: SoakPanel, action: str) -> None:
        """Compare the status and the registration with what is true."""
        serial = panel.info["device_serial_number"]
        model = panel.model
        right = {
            "sip_status": "registered" if model.registered else "failed",
            "status": "drifted"
            if model.drifted
            else "as_expected"
            if model.registered
            else "not_registered",
        }
        for key, expected in right.items():
            state = self.witness.state(serial, "sensor", key)
            if state is None or state.state != expected:
                shown = state and state.state
                self.find(panel, f"{action}: {key} is {shown}, not {expected}")
        # Each time that it was reported as unreachable, it has come back.
        told = self.witness.connectivity[serial]
        pair = ["panel_unreachable", "panel_reachable"]
        if told != pair * (len(told) // 2):
            self.find(panel, f"{action}: {told} was reported")

    def judge_record(self, panel: SoakPanel, action: str) -> None:
        """Check the record of changes, in versions that show one."""
        serial = panel.info["device_serial_number"]
        state = self.witness.state(serial, "sensor", "last_settings_change")
        if state is None or "changes" not in state.attributes:
            return
        changes = self._entry(panel).runtime_data.history.changes
        kinds = Counter((each.type, each.account) for each in changes)
        for kind, kept in kinds.items():
            if kept > KEPT:
                self.find(panel, f"{action}: the record has {kept} changes of {kind}")
        numbers = [change["number"] for change in state.attributes["changes"]]
        if numbers != sorted(set(numbers), reverse=True):
            self.find(panel, f"{action}: the record has the numbers {numbers}")

    def search_secrets(self) -> None:
        """Look for passwords in all that was logged or is shown."""
        texts = [*self.witness.log, *map(str, self.hass.states.async_all())]
        if found := [text for text in texts if "canary-password" in text]:
            self.find(None, f"a password is shown: {found[0][:200]}")
        for error in sorted(set(self.witness.errors)):
            self.find(None, f"logged: {error[:200]} … {error[-1200:]}")

    def judge_growth(self) -> None:
        """Compare the last three days with the three from the second on.

        The least of each counts: a day may end while Home Assistant restarts.
        """
        days = self.verdict.growth
        if len(days) < 4:
            return
        if days[-1].issues > len(self.panels):
            self.find(None, f"{days[-1].issues} issues for {len(self.panels)} panels")
        # A Home Assistant that has stopped leaves something behind in its process.
        for name, more in (
            ("tasks", 1.4),
            ("files", 1.4),
            ("objects", 1.3),
            ("memory", 1.25),
        ):
            before, after = (
                min(getattr(day, name) for day in part)
                for part in (days[1:4], days[-3:])
            )
            if after > before * more:
                self.find(None, f"{name}: grown from {before} to {after}")

    # What happens to panels; each returns what has to be reported.

    def _entry(self, panel: SoakPanel) -> ConfigEntry[Any]:
        serial = panel.info["device_serial_number"]
        entry = self.hass.config_entries.async_entry_for_domain_unique_id(
            "bas_ip", serial
        )
        assert entry
        return entry

    async def change(self, panel: SoakPanel) -> Counter[Reported]:
        """Change settings, or only their spelling."""
        meanings = choose(panel.random, panel.model)
        panel.spell(meanings)
        return panel.model.change(meanings)

    async def change_under_faults(self, panel: SoakPanel) -> Counter[Reported]:
        """Change settings while the wire fails."""
        async with asyncio.TaskGroup() as group:
            group.create_task(panel.fail_for_a_while())
            await asyncio.sleep(panel.random.uniform(0, 600))
            return await self.change(panel)

    async def faults_only(self, panel: SoakPanel) -> None:
        """Fail, and nothing else."""
        await panel.fail_for_a_while()

    async def lie(self, panel: SoakPanel) -> None:
        """Answer wrongly once; nothing may come of it."""
        panel.lie_once()
        await asyncio.sleep(2 * self.interval)

    async def accept(self, panel: SoakPanel) -> Counter[Reported]:
        """Let the user accept a drift."""
        entity_id = self.witness.entity(
            panel.info["device_serial_number"], "binary_sensor", "second_account_drift"
        )
        async with self.stays:
            if not panel.model.drifted:
                return Counter()
            await self.hass.services.async_call(
                "bas_ip", "accept_settings", {"entity_id": entity_id}, blocking=True
            )
        return panel.model.accept()

    async def registration(self, panel: SoakPanel) -> Counter[Reported]:
        """Lose the registration, or get it back."""
        panel.model.registered = not panel.model.registered
        panel.sip_status = "OK" if panel.model.registered else "ERROR"
        kind = "restored" if panel.model.registered else "lost"
        return Counter({(f"registration_{kind}", frozenset()): 1})

    async def reboot(self, panel: SoakPanel) -> None:
        """Restart the panel."""
        await panel.be_off(panel.random.uniform(20, 300))

    async def end_tokens(self, panel: SoakPanel) -> None:
        """End the sessions on the panel."""
        panel.end_sessions()

    async def password(self, panel: SoakPanel) -> None:
        """Change the password; the user hears of it by the reauthentication."""
        async with self.stays:
            name, _, number = panel.password.rpartition("-")
            panel.password = f"{name}-{int(number) + 1}"
            # A restart before the user has typed it would be one more rejected login.
            await self.polled(panel)

    async def firmware(self, panel: SoakPanel) -> Counter[Reported]:
        """Update the firmware, which takes a while and restarts the panel."""
        await panel.be_off(panel.random.uniform(200, 600))
        major, minor, _ = panel.firmware_version.split(".")
        panel.firmware_version = f"{major}.{int(minor) + 1}.0"
        return Counter({("firmware_updated", frozenset()): 1})

    async def move(self, panel: SoakPanel) -> None:
        """Move to another address, which DHCP or the user tells Home Assistant."""
        await panel.move()
        async with self.stays:
            if panel.random.random() < 0.5:
                await self.tell(panel)
                return
            flows = self.hass.config_entries.flow
            flow = await flows.async_init(
                "bas_ip",
                context={
                    "source": "reconfigure",
                    "entry_id": self._entry(panel).entry_id,
                },
            )
            flow = await flows.async_configure(
                flow["flow_id"],
                {
                    "host": f"{panel.host}:{panel.port}",
                    "username": panel.username,
                    "advanced": {
                        "verify_ssl": False,
                        "second_account_path": "device/sip/settings/second",
                    },
                },
            )
            while flow["type"] is FlowResultType.SHOW_PROGRESS:
                await asyncio.sleep(1)
                flow = await flows.async_configure(flow["flow_id"])
