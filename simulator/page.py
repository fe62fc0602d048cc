"""The page on which a person changes the settings of a simulated panel."""

from json import JSONDecodeError
from pathlib import Path
from typing import Any

from aiohttp import web

from .panel import Panel
from .settings import STATUSES, apply_settings, set_registration

_PAGE = Path(__file__).with_name("page.html")
_SHOWN_REQUESTS = 40
_SHOWN_LOGINS = 8


def page_routes(panel: Panel) -> list[web.RouteDef]:
    """Return the routes of the page and of what it calls; none of them is recorded."""

    def done() -> web.Response:
        return web.json_response(_state(panel))

    async def show_page(_: web.Request) -> web.Response:
        return web.Response(text=_PAGE.read_text("utf-8"), content_type="text/html")

    async def show_state(_: web.Request) -> web.Response:
        return done()

    async def save_settings(request: web.Request) -> web.Response:
        if errors := apply_settings(panel, await _body(request)):
            return web.json_response({"errors": errors}, status=400)
        return done()

    async def change_registration(request: web.Request) -> web.Response:
        status = (await _body(request)).get("sip_status")
        if status not in STATUSES:
            return web.json_response(
                {"errors": {"sip_status": f"One of {', '.join(STATUSES)}."}}, status=400
            )
        set_registration(panel, status)
        return done()

    async def switch_power(request: web.Request) -> web.Response:
        on = (await _body(request)).get("on")
        if not isinstance(on, bool):
            return web.json_response({"errors": {"on": "true or false."}}, status=400)
        panel.api_off = not on
        return done()

    async def reboot(_: web.Request) -> web.Response:
        panel.reboot()
        return done()

    return [
        web.get("/simulator", show_page),
        web.get("/simulator/state", show_state),
        web.post("/simulator/settings", save_settings),
        web.post("/simulator/registration", change_registration),
        web.post("/simulator/power", switch_power),
        web.post("/simulator/reboot", reboot),
    ]


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except JSONDecodeError, UnicodeDecodeError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(
            text='{"errors": {"": "A JSON object is needed."}}',
            content_type="application/json",
        )
    return body


def _state(panel: Panel) -> dict[str, Any]:
    return {
        "info": panel.info,
        "firmware_version": panel.firmware_version,
        "username": panel.username,
        "password": panel.password,
        "on": not panel.api_off,
        "sip_status": panel.sip_status,
        "last_attempt": panel.last_attempt(),
        "first_account": panel.first_account,
        "second_account": _second_account(panel),
        "requests": [
            {
                "time": request.time,
                "method": request.method,
                "path": request.path,
                "status": request.status,
            }
            for request in reversed(panel.requests[-_SHOWN_REQUESTS:])
        ],
        "logins": [
            {"time": login.time, "username": login.username, "accepted": login.accepted}
            for login in reversed(panel.logins[-_SHOWN_LOGINS:])
        ],
    }


def _second_account(panel: Panel) -> dict[str, Any] | None:
    if panel.behaviour.second_account_path is None:
        return None
    return (
        dict.fromkeys(panel.second_account, "")
        if panel.behaviour.unset_account
        else panel.second_account
    )
