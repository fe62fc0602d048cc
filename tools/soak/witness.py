"""What Home Assistant shows and says, seen from outside."""

from collections import Counter
import logging
from typing import Any, override

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .model import Reported

OF_THE_PANEL = {"registration_lost", "registration_restored", "firmware_updated"}
CONNECTIVITY = {"panel_unreachable", "panel_reachable"}


class Witness(logging.Handler):
    """Collects events and log lines, over restarts, too."""

    def __init__(self) -> None:
        """Listen to the log; a Home Assistant follows."""
        super().__init__(logging.WARNING)
        self.hass: HomeAssistant
        self.errors: list[str] = []
        self.log: list[str] = []
        self.reported: dict[str, list[tuple[float, str, dict[str, Any]]]] = {}
        self.connectivity: dict[str, list[str]] = {}
        """By panel, in which order it was unreachable and reachable."""

        self._last: dict[str, str] = {}
        logging.getLogger().addHandler(self)
        logging.getLogger().setLevel(logging.WARNING)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Note what is logged."""
        text = logging.Formatter().format(record)
        self.log.append(text)
        if record.exc_info or record.name.startswith("asyncio"):
            self.errors.append(text)

    def attend(self, hass: HomeAssistant) -> None:
        """Listen to a Home Assistant that is about to start."""
        self.hass = hass
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._note)

    @callback
    def _note(self, event: Event[Any]) -> None:
        state: State | None = event.data["new_state"]
        if state is None or state.domain != "event":
            return
        # A restart and a reload show the last event again, with its old time.
        if state.state in ("unknown", "unavailable", self._last.get(state.entity_id)):
            return
        self._last[state.entity_id] = state.state
        kind = state.attributes["event_type"]
        self.reported.setdefault(state.entity_id, []).append(
            (event.time_fired_timestamp, kind, dict(state.attributes))
        )

    def entity(self, serial: str, platform: str, key: str) -> str | None:
        """Return the entity of a panel whose unique ID ends in this key."""
        registry = er.async_get(self.hass)
        return registry.async_get_entity_id(platform, "bas_ip", f"{serial}_{key}")

    def state(self, serial: str, platform: str, key: str) -> State | None:
        """Return the state of such an entity."""
        entity_id = self.entity(serial, platform, key)
        return self.hass.states.get(entity_id) if entity_id else None

    def take(self, serial: str) -> Counter[Reported]:
        """Return what was reported of a panel since this was asked the last time."""
        entity_id = self.entity(serial, "event", "sip_events")
        taken = self.reported.pop(entity_id or "", [])
        self.connectivity[serial] = [
            kind for _, kind, _ in taken if kind in CONNECTIVITY
        ]
        return Counter(
            (kind, frozenset(() if kind in OF_THE_PANEL else shown["settings"]))
            for _, kind, shown in taken
            if kind not in CONNECTIVITY
            # What follows from the user's own choice is told by expectation_updated.
            and (kind == "expectation_updated" or shown["cause"] != "expectation")
        )

    def issues(self) -> list[str]:
        """Return the repair issues of the integration."""
        return [
            issue.issue_id
            for issue in ir.async_get(self.hass).issues.values()
            if issue.domain == "bas_ip" and issue.active
        ]
