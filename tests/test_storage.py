"""The stored file of a panel: what is in it, and what becomes of one from elsewhere."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedPanel

from .conftest import EXPECTED, Change, Poll, SetUp, SipEvents, entry_of, state_of

DRIFT = "binary_sensor.front_door_account_2_drift"
LAST_CHANGE = "sensor.front_door_last_settings_change"
TIME = "2026-11-01T12:00:00+00:00"

# Of a panel that is as expected, and had a drift once.
STORED: dict[str, Any] = {
    "accounts": {
        "second": {
            setting: {
                "expected": value,
                "actual": value,
                "last_known": value,
                "since": None,
                "status": "in_sync",
            }
            for setting, value in EXPECTED["second"].items()
        }
    },
    "registration": "registered",
    "second_registration": None,
    "firmware": "3.20.0",
    "changes": [
        {
            "type": change_type,
            "time": TIME,
            "account": "second",
            "settings": ["realm"],
            "old": {"realm": "pbx.example.net"},
            "new": {"realm": "other.example.net"},
            "expected": {"realm": "pbx.example.net"},
            "transport": "udp",
            "cause": "panel",
            "firmware": "3.20.0",
            "number": number,
        }
        for number, change_type in enumerate(("drift_detected", "drift_resolved"), 1)
    ],
    "reported": 2,
}

type Edit = Callable[[dict[str, Any]], object]
type Restart = Callable[[], Awaitable[None]]
type Written = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Let Home Assistant have a folder for this test."""
    return hass_tmp_config_dir


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let Home Assistant store real files there."""
    return {}


def file_of(hass: HomeAssistant, entry: MockConfigEntry) -> Path:
    """Return the stored file of a panel."""
    return Path(hass.config.path(".storage", f"bas_ip.{entry.entry_id}"))


def write(hass: HomeAssistant, entry: MockConfigEntry, content: object) -> None:
    """Store something in place of what a panel has stored."""
    file = file_of(hass, entry)
    file.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        file.write_text(json.dumps(content), "utf-8")


def with_data(data: object, **other: object) -> dict[str, object]:
    """Return the content of a file with this data in it."""
    return {"version": 1, "minor_version": 1, "key": "bas_ip", "data": data, **other}


def read(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Return the data that is stored of a panel."""
    stored = json.loads(file_of(hass, entry).read_text("utf-8"))
    assert stored["version"] == 1
    assert stored["minor_version"] == 1
    return stored["data"]


@pytest.fixture
def written(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Written:
    """Return a function that waits until something is written, in another thread."""

    async def written(is_written: Callable[[], object]) -> None:
        for _ in range(20):
            if is_written():
                return
            # The clock stands; the timer of the store waits for the next moment.
            freezer.tick(0.001)
            await hass.async_block_till_done()
        pytest.fail("It was not written")

    return written


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings of the integration."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "custom_components.bas_ip.storage"
    ]


@pytest.mark.usefixtures("init_integration")
async def test_what_is_stored(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    change: Change,
) -> None:
    """All that is confirmed, and the record, are in one file."""
    freezer.move_to("2027-01-01T08:00:00+00:00")
    await change(realm="other.example.net")
    await hass.config_entries.async_unload(entry.entry_id)

    expected = deepcopy(STORED)
    expected["accounts"]["second"]["realm"] |= {
        "actual": "other.example.net",
        "last_known": "other.example.net",
        "since": "2027-01-01T08:01:01+00:00",
        "status": "drifted",
    }
    del expected["changes"][1]
    expected["changes"][0]["time"] = "2027-01-01T08:01:01+00:00"
    expected["reported"] = 1
    assert read(hass, entry) == expected


@pytest.mark.usefixtures("init_integration")
async def test_it_is_stored_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change, written: Written
) -> None:
    """With the number of the last change that was reported."""
    await change(realm="other.example.net")

    await written(lambda: file_of(hass, entry).exists())
    await written(lambda: read(hass, entry)["changes"])
    await written(lambda: read(hass, entry)["reported"] == 1)
    assert read(hass, entry)["accounts"]["second"]["realm"]["status"] == "drifted"


@pytest.mark.usefixtures("init_integration")
async def test_nothing_is_stored_without_a_change(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    poll: Poll,
    change: Change,
    written: Written,
) -> None:
    """The disk is left alone, also while the panel registers again."""
    await poll()
    await written(lambda: file_of(hass, entry).exists())
    file_of(hass, entry).unlink()

    await poll(times=5)
    with pytest.raises(pytest.fail.Exception):
        await written(lambda: file_of(hass, entry).exists())

    await change(realm="other.example.net")
    await written(lambda: file_of(hass, entry).exists())


@pytest.mark.usefixtures("init_integration")
async def test_secrets(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    """A user ID, which may be a password, is not stored."""
    await change(user_id="hidden-secret")
    await hass.config_entries.async_unload(entry.entry_id)

    content = file_of(hass, entry).read_text("utf-8")
    assert "hidden-secret" not in content
    assert file_of(hass, entry).stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("init_integration")
async def test_last_changes(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    """The record is as long as it may be, and nothing in it is reported twice."""
    events = SipEvents(hass)
    for number in range(60):
        await change(realm=f"{number}.example.net")
    await hass.config_entries.async_unload(entry.entry_id)

    stored = read(hass, entry)
    assert [item["number"] for item in stored["changes"]] == [*range(11, 61)]
    assert stored["reported"] == 60
    assert len(events.types) == 60

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    state = hass.states.get(LAST_CHANGE)
    assert state
    assert [item["number"] for item in state.attributes["changes"]] == [
        *range(60, 50, -1)
    ]
    assert len(events.types) == 60


@pytest.mark.usefixtures("init_integration")
async def test_removed_panel(
    hass: HomeAssistant, entry: MockConfigEntry, change: Change
) -> None:
    await change(realm="other.example.net")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert not file_of(hass, entry).exists()


@pytest.fixture(params=["reload", "crash"])
def restart(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    request: pytest.FixtureRequest,
) -> Restart:
    """Return a function that sets up a panel anew.

    After a crash only that is there which was stored while it ran.
    """

    async def restart() -> None:
        # The clock stands; the timer of the store waits for the next moment.
        for _ in range(5):
            freezer.tick(0.001)
            await hass.async_block_till_done()
        stored = file_of(hass, entry).read_bytes()
        await hass.config_entries.async_unload(entry.entry_id)
        if request.param == "crash":
            write(hass, entry, stored)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    return restart


@pytest.mark.usefixtures("init_integration")
async def test_restart_during_a_drift(
    hass: HomeAssistant, panel: SimulatedPanel, change: Change, restart: Restart
) -> None:
    """It keeps its beginning and is not reported again; its end is."""
    events = SipEvents(hass)
    await change(realm="other.example.net")
    before = hass.states.get(DRIFT)
    assert before
    await restart()
    after = hass.states.get(DRIFT)
    assert after
    assert after.attributes == before.attributes
    assert events.types == ["drift_detected"]

    panel.second_account["realm"] = "pbx.example.net"
    await restart()
    assert events.types == ["drift_detected", "drift_resolved"]


@pytest.mark.usefixtures("init_integration")
async def test_restart_before_a_change_is_reported(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    restart: Restart,
    written: Written,
) -> None:
    """What was written is never lost."""
    await hass.config_entries.async_unload(entry.entry_id)
    panel.second_account["realm"] = "other.example.net"
    hass.set_state(CoreState.not_running)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await written(lambda: len(read(hass, entry)["changes"]) == 1)
    assert read(hass, entry)["reported"] == 0

    panel.second_account["realm"] = "pbx.example.net"
    hass.set_state(CoreState.running)
    events = SipEvents(hass)
    await restart()
    assert events.types == ["drift_detected", "drift_resolved"]
    await restart()
    assert len(events.types) == 2


async def test_file_of_this_version(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    change: Change,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The record goes on where it was."""
    write(hass, entry, with_data(STORED))
    await set_up(entry)
    events = SipEvents(hass)
    assert state_of(hass, LAST_CHANGE) == TIME
    await change(realm="other.example.net")
    await hass.config_entries.async_unload(entry.entry_id)

    assert events.types == ["drift_detected"]
    assert [item["number"] for item in read(hass, entry)["changes"]] == [1, 2, 3]
    assert warnings(caplog) == []


def put(*path: Any) -> Edit:
    """Return a function that puts the last argument where the others lead to."""
    *keys, last, value = path

    def edit(data: dict[str, Any]) -> None:
        for key in keys:
            data = data[key]
        data[last] = value

    return edit


def remove(*path: Any) -> Edit:
    """Return a function that removes what is where the arguments lead to."""
    *keys, last = path

    def edit(data: dict[str, Any]) -> None:
        for key in keys:
            data = data[key]
        del data[last]

    return edit


REALM = ("accounts", "second", "realm")
KNOWN = "pbx.example.net"
OTHER_SETTING = {"expected": "opus", "actual": "opus", "status": "in_sync"}


@pytest.mark.parametrize(
    ("edit", "old_realm", "old_firmware", "numbers"),
    [
        # Of the confirmed state
        (put("accounts", "second", "codec", OTHER_SETTING), KNOWN, "3.20.0", [1, 2]),
        (put(*REALM, "status", "paused"), None, "3.20.0", [1, 2]),
        (remove(*REALM, "status"), None, "3.20.0", [1, 2]),
        (put(*REALM, "last_known", 5), None, "3.20.0", [1, 2]),
        (put(*REALM, "actual", []), None, "3.20.0", [1, 2]),
        (put(*REALM, "expected", {}), None, "3.20.0", [1, 2]),
        (put(*REALM, "since", "yesterday"), None, "3.20.0", [1, 2]),
        (put(*REALM, None), None, "3.20.0", [1, 2]),
        (put("accounts", "third", {}), KNOWN, "3.20.0", [1, 2]),
        (put("accounts", "second", []), None, "3.20.0", [1, 2]),
        (put("accounts", []), None, "3.20.0", [1, 2]),
        (remove("accounts"), None, "3.20.0", [1, 2]),
        (put("registration", "asleep"), KNOWN, "3.20.0", [1, 2]),
        (put("second_registration", {}), KNOWN, "3.20.0", [1, 2]),
        (put("firmware", 3.2), KNOWN, None, [1, 2]),
        # Of the record
        (put("changes", 0, "type", "codec_changed"), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "account", "third"), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "settings", ["codec"]), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "settings", "realm"), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "old", {"realm": 5}), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "new", []), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "expected", None), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "cause", "magic"), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "firmware", 5), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "number", "1"), KNOWN, "3.20.0", [2]),
        (put("changes", 0, "time", 5), KNOWN, "3.20.0", [2]),
        (put("changes", 1, "time", "soon"), KNOWN, "3.20.0", [1]),
        (remove("changes", 0, "number"), KNOWN, "3.20.0", [2]),
        (remove("changes", 0, "type"), KNOWN, "3.20.0", [2]),
        (remove("changes", 0, "time"), KNOWN, "3.20.0", [2]),
        (put("changes", 1, None), KNOWN, "3.20.0", [1]),
        (put("changes", {}), KNOWN, "3.20.0", []),
        (remove("changes"), KNOWN, "3.20.0", []),
        (put("reported", "2"), KNOWN, "3.20.0", [1, 2]),
        (remove("reported"), KNOWN, "3.20.0", [1, 2]),
    ],
)
async def test_file_that_can_be_read_in_part(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    edit: Edit,
    old_realm: str | None,
    old_firmware: str | None,
    numbers: list[int],
) -> None:
    """The rest is used, one warning says so, and nothing old is reported as new."""
    data = deepcopy(STORED)
    edit(data)
    write(hass, entry, with_data(data))
    panel.second_account["realm"] = "other.example.net"
    panel.firmware_version = "3.21.0"
    events = SipEvents(hass)
    await set_up(entry)

    assert entry.state is ConfigEntryState.LOADED
    assert len(warnings(caplog)) == 1
    assert [
        found["old"] for found in events.attributes if found["account"] is None
    ] == ([{"firmware": old_firmware}] if old_firmware else [])
    (drift,) = [found for found in events.attributes if found["account"] == "second"]
    assert drift["event_type"] == "drift_detected"
    assert drift["old"] == {"realm": old_realm}

    # From then on all of the file can be read.
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert len(warnings(caplog)) == 1
    found = [item["number"] for item in read(hass, entry)["changes"]]
    assert found[: len(numbers)] == numbers
    assert found == sorted(set(found))
    assert read(hass, entry)["reported"] == found[-1]


@pytest.mark.parametrize(
    "edit",
    [
        put("accounts", "second", "realm", "weight", 5),
        put("changes", 0, "user", "Anna"),
        put("codecs", ["opus"]),
        remove(*REALM, "since"),
        remove("accounts", "second", "transport"),
        remove("changes", 0, "cause"),
        remove("changes", 0, "account"),
        remove("registration"),
        remove("firmware"),
    ],
)
async def test_file_with_other_keys(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    change: Change,
    caplog: pytest.LogCaptureFixture,
    edit: Edit,
) -> None:
    """What another version adds or leaves out needs no warning."""
    data = deepcopy(STORED)
    edit(data)
    write(hass, entry, with_data(data, minor_version=9))
    await set_up(entry)
    events = SipEvents(hass)
    await change(realm="other.example.net")

    assert events.types == ["drift_detected"]
    assert events.attributes[0]["old"] == {"realm": "pbx.example.net"}
    assert warnings(caplog) == []


async def test_record_in_another_order(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, change: Change
) -> None:
    data = deepcopy(STORED)
    data["changes"].reverse()
    data["changes"][0]["time"] = "2026-11-02T12:00:00"
    write(hass, entry, with_data(data))
    await set_up(entry)

    # A time without a zone is that of Home Assistant.
    assert state_of(hass, LAST_CHANGE) == "2026-11-02T20:00:00+00:00"


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"5",
        b"null",
        b'"text"',
        b'{"version": 1}',
        b'{"data": {}}',
        b'{"version": "1", "minor_version": 1, "data": {}}',
        b'{"version": null, "minor_version": 1, "data": {}}',
        with_data(STORED, version=2),
        with_data(STORED, version=0),
        with_data([STORED]),
        with_data("text"),
    ],
    ids=range(12),
)
async def test_file_that_cannot_be_read(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    content: object,
) -> None:
    """A panel starts from nothing then."""
    write(hass, entry, content)
    events = SipEvents(hass)
    panel.second_account["realm"] = "other.example.net"
    await set_up(entry)

    assert entry.state is ConfigEntryState.LOADED
    assert len(warnings(caplog)) == 1
    assert events.types == ["drift_detected"]
    assert events.attributes[0]["old"] == {"realm": None}
    await hass.config_entries.async_unload(entry.entry_id)
    assert [item["number"] for item in read(hass, entry)["changes"]] == [1]


@pytest.mark.parametrize("content", [b'{"version": 1, "da', b"", b"\xff\xfe\x00"])
async def test_corrupt_file(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    entry: MockConfigEntry,
    set_up: SetUp,
    content: bytes,
) -> None:
    """Home Assistant puts it aside and reports it; the panel starts from nothing."""
    write(hass, entry, content)
    await set_up(entry)

    assert entry.state is ConfigEntryState.LOADED
    (aside,) = file_of(hass, entry).parent.glob(f"bas_ip.{entry.entry_id}.corrupt.*")
    assert aside.read_bytes() == content
    (issue,) = [
        issue
        for issue in issue_registry.issues.values()
        if issue.translation_key == "storage_corruption"
    ]
    assert issue.issue_domain == "bas_ip"
    await hass.config_entries.async_unload(entry.entry_id)
    assert list(read(hass, entry)["accounts"]) == ["second"]


async def test_file_of_version_1_0(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    panel: SimulatedPanel,
) -> None:
    """Of it the registration and the firmware can be read."""
    comparisons = deepcopy(STORED["accounts"])
    for comparison in comparisons["second"].values():
        del comparison["last_known"]
    write(
        hass,
        entry,
        with_data(
            {
                "comparisons": comparisons,
                "registration": "registered",
                "firmware": "3.20.0",
                "changes": [
                    {
                        "type": "drift_detected",
                        "account": "second",
                        "settings": ["realm"],
                        "old": {},
                        "new": {},
                        "expected": {},
                        "firmware_before": "3.20.0",
                        "firmware_after": "3.20.0",
                    }
                ],
            }
        ),
    )
    events = SipEvents(hass)
    panel.sip_status = "ERROR"
    panel.firmware_version = "3.21.0"
    await set_up(entry)

    assert events.types == ["firmware_updated", "registration_lost"]
    assert len(warnings(caplog)) == 1


async def test_no_file(
    hass: HomeAssistant,
    panel: SimulatedPanel,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await set_up(entry_of(panel))

    assert warnings(caplog) == []
