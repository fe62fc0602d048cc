"""The report of a panel."""

import json

from custom_components.bas_ip.panel.client import PanelClient
from custom_components.bas_ip.panel.search import discover
from simulator import VARIANTS, SimulatedPanel


async def test_report(client: PanelClient, panel: SimulatedPanel) -> None:
    VARIANTS["second-registration"](panel)
    panel.info |= {"device_model": "x" * 1000, "api_version": ""}
    found = await discover(client)
    report = json.loads(json.dumps(found.report("1.1.0")))
    assert report == {
        "report": 3,
        "integration": "1.1.0",
        "model": "x" * 40,
        "firmware": "3.20.0",
        "api_version": None,
        "second_account_path": "device/sip/settings/second",
        "second_status_path": "device/sip/status/second",
        "page_paths": list(found.page_paths),
        "asked": {
            "device/sip/settings": "first_account",
            "device/sip/settings/second": "account",
            "device/sip/status/second": "status",
        },
    }


async def test_report_of_a_panel_with_one_account(
    client: PanelClient, panel: SimulatedPanel
) -> None:
    VARIANTS["one-account"](panel)
    report = (await discover(client)).report("1.1.0")
    assert report["second_account_path"] is None
    assert report["asked"]["device/sip2/settings"] == "not_found"
    for secret in (panel.mac_address, panel.host, "Front door", "example", "101"):
        assert secret not in str(report)
