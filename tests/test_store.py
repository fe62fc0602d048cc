"""The stored file of a panel: what is in it, and what becomes of one from elsewhere."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
import json
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bas_ip.const import DOMAIN
from custom_components.bas_ip.drift.changes import (
    SETTINGS_CHANGES,
    Cause,
    Change,
    ChangeType,
)
from custom_components.bas_ip.drift.compare import Comparison, Status
from custom_components.bas_ip.drift.history import History
from custom_components.bas_ip.drift.state import (
    AccountState,
    Failure,
    PanelState,
    Registration,
)
from custom_components.bas_ip.panel.models import (
    ACCOUNT_SETTINGS,
    Account,
    RegistrationStatus,
    Setting,
)
from custom_components.bas_ip.store import PanelStore
from simulator import SimulatedPanel

from .conftest import Change as ChangeSettings, Poll, SipEvents

KEY = f"{DOMAIN}.front-door"
TIME = datetime(2026, 11, 1, 12, 30, 15, 123456, UTC)
WARNING = "The stored state of a panel cannot be read; it starts from nothing"

# All that may be in the file, of each kind once.
FAILURE = Failure(key="cannot_connect", since=TIME)
LOST = Registration(
    last_known=RegistrationStatus.FAILED, is_given=True, lost_since=TIME
)
STATE = PanelState(
    accounts={
        account: AccountState(
            comparisons={
                setting: Comparison(
                    expected="a", last_known="b", since=TIME, status=Status.DRIFTED
                )
                for setting in ACCOUNT_SETTINGS[account]
            },
            password_exposed=True,
            registration=LOST,
            failure=FAILURE,
        )
        for account in Account
    },
    registration=LOST,
    firmware="3.20.0",
    failure=FAILURE,
    outage=FAILURE,
)
HISTORY = History(
    changes=tuple(
        Change(
            type=change_type,
            time=TIME,
            account=Account.SECOND,
            settings=(Setting.REALM,),
            ended=(Setting.REALM,),
            old={"realm": "a", "firmware": "1"},
            new={"realm": "b", "registration": "failed"},
            expected={"realm": "c", "status": "forbidden"},
            cause=Cause.EXPECTATION,
            firmware="3.20.0",
            since=TIME,
            number=number,
        )
        for number, change_type in enumerate(ChangeType, 1_700_000_001)
    ),
    reported=1_700_000_003,
)
# What may be null, what may be empty, and what may be any text.
NULLABLE = {
    *("expected", "last_known", "since", "lost_since", "firmware", "account"),
    *("password_exposed", "registration", "failure", "outage"),
}
MAY_BE_EMPTY = {
    *("accounts", "comparisons", "changes", "settings", "ended"),
    *("old", "new", "expected"),
}
# Of these any item may be missing.
OPTIONAL = [("accounts",), ("comparisons",), ("old",), ("new",), ("expected",)]
# The key of a failure is not shown before a poll has given another one.
TEXTS = {"expected", "last_known", "firmware", "key", "realm"}


@pytest.fixture
async def stored(hass: HomeAssistant, hass_storage: dict[str, Any]) -> Any:
    """Return the content of a file with all that may be in it."""
    await PanelStore(hass, "front-door").async_save(STATE, HISTORY)
    # As it is read from the disk.
    content = json.loads(json.dumps(hass_storage[KEY]))
    hass_storage[KEY] = content
    return content


async def load(hass: HomeAssistant) -> tuple[PanelState, History] | None:
    """Load the file as after a restart."""
    return await PanelStore(hass, "front-door").async_load()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what is logged about the file since the last call."""
    lines = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and "bas_ip" in record.name
    ]
    caplog.clear()
    return lines


def test_everything_is_in_the_file() -> None:
    """These tests are about all fields: none is empty here."""

    def values(value: Any) -> Iterator[Any]:
        for name in getattr(value, "__slots__", ()):
            found = getattr(value, name)
            assert found not in (None, (), {}), name
            items = list(found.values()) if isinstance(found, dict) else found
            for item in items if isinstance(items, list | tuple) else [items]:
                yield from values(item)

    assert not [*values(STATE), *values(HISTORY)]


@pytest.mark.usefixtures("stored")
async def test_round_trip(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    assert await load(hass) == (STATE, HISTORY)
    store = PanelStore(hass, "front-door")
    for nothing in (
        (PanelState(), History()),
        (
            PanelState(
                accounts={
                    Account.SECOND: AccountState(
                        comparisons=dict.fromkeys(
                            ACCOUNT_SETTINGS[Account.SECOND],
                            Comparison(status=Status.UNKNOWN),
                        )
                    )
                }
            ),
            History(changes=(replace(HISTORY.changes[6], account=None),)),
        ),
    ):
        await store.async_save(*nothing)
        assert await load(hass) == nothing
    assert warnings(caplog) == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a JSON value."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def is_about_settings(data: Any, path: tuple[Any, ...]) -> bool:
    """Return whether this is in a change of settings."""
    if path[:2] != ("history", "changes") or len(path) < 3:
        return False
    return data["history"]["changes"][path[2]]["type"] in SETTINGS_CHANGES


def breaks(data: Any, path: tuple[Any, ...], value: Any) -> Iterator[Any]:
    """Yield what is wrong in the place of a value."""
    name = path[-1]
    is_of_settings = is_about_settings(data, path)
    is_text = name in TEXTS and isinstance(value, str)
    if not is_text:
        yield "nonsense"
    yield 1.5
    # Among the values of a change, null is one that is not known.
    is_nullable = name in NULLABLE and not (
        (name == "account" and is_of_settings) or path[-2] in ("old", "new")
    )
    if not (is_nullable or (name == "realm" and is_text)):
        yield None
    if not isinstance(value, list) or (name == "settings" and is_of_settings):
        yield []
    if not isinstance(value, dict) or name not in MAY_BE_EMPTY:
        yield {}
    if name in ("time", "since", "lost_since"):
        yield "0001-01-01T00:00:00+14:00"
        yield "9999-12-31T23:59:59-14:00"
        yield "2026-13-01T00:00:00+00:00"
        yield 1_700_000_000


async def test_broken_anywhere(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    stored: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Then nothing of the file is used, and one warning says so."""
    taken: list[tuple[tuple[Any, ...], Any]] = []

    async def check(path: tuple[Any, ...], broken: Any, data: Any) -> None:
        hass_storage[KEY] = {**stored, "data": data}
        if await load(hass) is not None or warnings(caplog) != [WARNING]:
            taken.append((path, broken))
        caplog.clear()

    count = 0
    walked = ("drift_detected", "panel_reachable")
    for change in list(stored["data"]["history"]["changes"]):
        if change["type"] not in walked:
            stored["data"]["history"]["changes"].remove(change)
    for path in places(stored["data"]):
        value: Any = stored["data"]
        for key in path:
            value = value[key]
        for broken in (*breaks(stored["data"], path, value), ...):
            data = deepcopy(stored["data"])
            place = data
            for key in path[:-1]:
                place = place[key]
            if broken is not ...:
                place[path[-1]] = broken
            elif isinstance(path[-1], int) or path[-2:-1] in OPTIONAL:
                continue
            else:
                del place[path[-1]]
            count += 1
            await check(path, broken, data)
    assert taken == []
    assert count > 700


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("state", "accounts"), {"third": {}}),
        (("state", "accounts", "second", "comparisons", "codec"), {"status": "opus"}),
        (("history", "changes", 0, "old"), {"codec": "opus"}),
        (("history", "changes", 0, "new"), {"registration": "asleep"}),
        (("history", "changes", 0, "new"), {"status": "drifted"}),
        (("history", "changes", 0, "new"), {"firmware": None}),
    ],
)
async def test_what_no_version_has_written(
    hass: HomeAssistant,
    stored: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    path: tuple[Any, ...],
    value: Any,
) -> None:
    place = stored["data"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert await load(hass) is None
    assert warnings(caplog) == [WARNING]


async def test_time_without_a_zone(hass: HomeAssistant, stored: dict[str, Any]) -> None:
    """It is one in Home Assistant's zone, and any can be shown in any."""
    stored["data"]["state"]["failure"]["since"] = "2026-11-01T12:30:15.123456"
    loaded = await load(hass)
    assert loaded
    assert loaded[0].failure
    assert loaded[0].failure.since.tzinfo is UTC


async def test_later_minor_version(
    hass: HomeAssistant, stored: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """What it has added is passed over."""
    stored["minor_version"] = 2
    data = stored["data"]
    for place in (
        data,
        data["state"],
        data["state"]["registration"],
        data["state"]["accounts"]["second"],
        data["state"]["accounts"]["second"]["comparisons"]["realm"],
        data["history"],
        data["history"]["changes"][0],
    ):
        place["codec"] = "opus"
    assert await load(hass) == (STATE, HISTORY)
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    "content",
    [
        {"version": version, "minor_version": 1, "key": KEY, "data": data}
        for version, data in (
            (1, {"accounts": {}, "changes": [], "reported": 2}),
            (0, {}),
            (3, {}),
            ("2", {}),
            (None, {}),
            (2, {}),
            (2, []),
            (2, "text"),
        )
    ],
)
async def test_other_files(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    content: Any,
) -> None:
    """Those of 1.1.0, of a later version, and what is none of ours."""
    hass_storage[KEY] = content
    assert await load(hass) is None
    assert warnings(caplog) == [WARNING]


async def test_no_file(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    assert await load(hass) is None
    assert warnings(caplog) == []


@pytest.mark.usefixtures("init_integration")
async def test_entry_with_a_broken_file(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    change: ChangeSettings,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It loads, its numbers begin anew behind all earlier ones, and the file is whole."""
    await change(realm="other.example.net")
    events = SipEvents(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    number = stored["history"]["changes"][-1]["number"]
    stored["state"] = None
    caplog.clear()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert warnings(caplog) == [WARNING]
    assert events.types == []
    await poll()
    assert events.types == ["drift_detected"]
    assert events.attributes[0]["number"] > number
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert warnings(caplog) == []
