"""The report of a panel."""

import json

from aiohttp import ClientSession
import pytest
from yarl import URL

from custom_components.bas_ip.panel import (
    NotingClient,
    PanelClient,
    find_second_account,
    panel_report,
    survey,
)
from custom_components.bas_ip.panel.report import Shape, harmless_values, shape
from simulator import VARIANTS, Answer, SimulatedPanel, faults


async def test_report_of_a_survey(
    session: ClientSession, panel: SimulatedPanel
) -> None:
    VARIANTS["second-registration"](panel)
    panel.info["device_model"] = "x" * 1000
    panel.fail(faults.HTML_PAGE, path="/api/v1/network/mac")
    client = NotingClient(session, URL(panel.url), "admin", "123456")
    found = await survey(client)
    report = json.loads(json.dumps(panel_report("1.1.0", found.info, found, client)))
    assert report["report"] == 2
    assert (report["integration"], report["model"]) == ("1.1.0", "x" * 40)
    assert report["second_account_path"] == "device/sip/settings/second"
    assert report["second_status_path"] == "device/sip/status/second"
    assert report["second_enable_path"] == "device/sip/enable/second"
    assert report["page_paths"] == list(found.page_paths)
    assert report["asked"] == dict(found.answers)
    assert set(report["answers"]) == {"api/info", "network/mac", *found.answers}
    assert (report["firmware"], report["api_version"]) == ("3.20.0", "2.11.0")
    assert report["answers"]["network/mac"] == {"status": 200, "fields": None}
    assert report["answers"]["device/sip/enable/second"] == {
        "status": 200,
        "fields": {"sip_enable": "boolean"},
    }
    assert report["values"]["device/sip/enable/second"] == {"sip_enable": True}
    for secret in (panel.mac_address, panel.host, "Front door", "example", "201"):
        assert secret not in str(report)


async def test_report_without_answers(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    panel.info["device_model"] = ""
    info = await client.info()
    found = await find_second_account(client, first=await client.first_account())
    report = panel_report("1.1.0", info, found, client)
    assert report["second_account_path"] == "device/sip/settings/second"
    assert report["model"] is None
    assert not {"answers", "values"} & report.keys()


async def test_values_of_the_last_answer_only(
    session: ClientSession, panel: SimulatedPanel
) -> None:
    client = NotingClient(session, URL(panel.url), "admin", "123456")
    await client.registration()
    assert client.values["sip/status"]["sip_status"] == "OK"
    panel.fail(Answer.json({}))
    await client.registration()
    assert client.values == {}
    assert client.answers == {"sip/status": {"status": 200, "fields": {}}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"a": {"b": {"c": 1}}, "A b": 1, "n": None},
            {"a": {"b": "object"}, "n": "null"},
        ),
        ([1], "array"),
        ("", "empty string"),
        ("a", "string"),
        (True, "boolean"),
        (1, "integer"),
        (1.5, "number"),
        (
            {f"a{number}": 1 for number in range(99)},
            {f"a{n}": "integer" for n in range(40)},
        ),
    ],
)
def test_shape(value: object, expected: Shape) -> None:
    assert shape(value) == expected


@pytest.mark.parametrize(
    ("data", "values"),
    [
        ({"transport": "UDP"}, {"transport": "UDP"}),
        ({"transport": "tcp"}, {"transport": "tcp"}),
        ({"transport": "tls"}, {"transport": "tls"}),
        ({"transport": ""}, {"transport": ""}),
        ({"transport": "secret"}, {"transport": "another text"}),
        ({"registration_interval": 60}, {"registration_interval": 60}),
        ({"registration_interval": -1}, {"registration_interval": -1}),
        ({"registration_interval": -2}, {}),
        ({"registration_interval": 10**6}, {"registration_interval": 10**6}),
        ({"registration_interval": 10**6 + 1}, {}),
        ({"sip_status": "OK"}, {"sip_status": "OK"}),
        ({"sip_status": "a secret"}, {}),
        ({"register_last_attempt": True}, {}),
        ({"register_last_attempt": 0}, {"register_last_attempt": "not positive"}),
        ({"register_last_attempt": 1}, {"register_last_attempt": "seconds"}),
        ({"register_last_attempt": 1e11}, {"register_last_attempt": "seconds"}),
        ({"register_last_attempt": 1e9}, {"register_last_attempt": "seconds"}),
        ({"register_last_attempt": 1e12}, {"register_last_attempt": "milliseconds"}),
        ({"password": "***"}, {"password": "nothing"}),
        ({"password": "WebPass"}, {"password": "placeholder"}),
        ({"password": "secret"}, {"password": "something else"}),
        ({"proxy": "sip:a", "user": "101"}, {}),
    ],
)
def test_values(data: dict[str, object], values: dict[str, object]) -> None:
    assert harmless_values(data) == values
