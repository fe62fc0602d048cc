"""The answers of a panel's API, apart from how they are transported."""

from collections.abc import Mapping
import hashlib
from typing import Any

from .behaviour import Ban, Timestamp, UnsetAccount
from .faults import Answer, Close
from .panel import Panel, Registration

_PREFIX = "/api/v1/"
_SETTINGS = "device/sip/settings/"
_NO_RIGHTS = "Administrator rights required"


def respond(
    panel: Panel, path: str, query: Mapping[str, str], authorization: str
) -> Answer | Close:
    """Answer a GET request."""
    behaviour = panel.behaviour
    name = (
        path.removeprefix(_PREFIX)
        if behaviour.has_api_v1 and path.startswith(_PREFIX)
        else None
    )
    if panel.is_banning:
        return _turn_away(panel, name, query)
    if path == "/api/info":
        return _json(panel, panel.info)
    if name is None:
        return _error(panel, 404, "Not found")
    if name == "login":
        return _login(panel, query)
    token = authorization.removeprefix("Bearer ")
    if not panel.use_session(token) and not (
        name == "sip/status" and behaviour.status_without_login
    ):
        return behaviour.ended_session or _error(panel, 401, "Log In")
    if name == "logout":
        panel.end_session(token)
        return Answer(200, content_type=behaviour.content_type)
    if name in behaviour.refused:
        status = behaviour.refused[name]
        return _error(panel, status, "Log In" if status == 401 else _NO_RIGHTS)
    if behaviour.manager:
        return _error(panel, 403, _NO_RIGHTS)
    return _resource(panel, name)


def _resource(panel: Panel, name: str) -> Answer:
    behaviour = panel.behaviour
    match name:
        case behaviour.second_account_path:
            return _second_account(panel)
        case "device/sip/settings":
            return _account(panel, panel.first_account)
        case "sip/status":
            return _json(panel, _sip_status(panel, panel.registration))
        case behaviour.second_status_path:
            return _json(panel, _sip_status(panel, panel.second_registration))
        case behaviour.second_enable_path:
            return _json(panel, {"sip_enable": panel.second_registration.enabled})
        case "device/sip/enable":
            return _json(panel, {"sip_enable": panel.sip_enabled})
        case "network/mac":
            return _json(panel, {"mac_address": panel.mac_address})
        case _ if behaviour.answers_unknown_suffixes and name.startswith(_SETTINGS):
            return _account(panel, panel.first_account)
        case _:
            return _error(panel, 404, "Not found")


def _turn_away(
    panel: Panel, name: str | None, query: Mapping[str, str]
) -> Answer | Close:
    if name == "login":
        panel.record_login(query.get("username", ""), accepted=False)
    match panel.behaviour.ban:
        case Ban.FORBIDDEN:
            return _error(panel, 403, "Banned")
        case Ban.UNAUTHORIZED:
            return _error(panel, 401, "Log In")
        case Ban.CLOSED:
            return Close()


def _login(panel: Panel, query: Mapping[str, str]) -> Answer:
    username, given = query.get("username", ""), query.get("password", "")
    if not username or not given:
        return _error(panel, 400, "Required parameters missed")
    if not panel.behaviour.lower_case_hashes_only:
        given = given.lower()
    accepted = (
        username == panel.username
        and given
        == hashlib.md5(panel.password.encode(), usedforsecurity=False).hexdigest()
    )
    panel.record_login(username, accepted=accepted)
    if not accepted:
        return _error(panel, 400, "Wrong login or password")
    role = "manager" if panel.behaviour.manager else "admin"
    return _json(panel, {"token": panel.open_session(), "account_type": role})


def _second_account(panel: Panel) -> Answer:
    match panel.behaviour.unset_account:
        case UnsetAccount.EMPTY_STRINGS:
            return _json(panel, dict.fromkeys(panel.second_account, ""))
        case UnsetAccount.NULLS:
            return _json(panel, dict.fromkeys(panel.second_account))
        case UnsetAccount.NOT_FOUND:
            return _error(panel, 404, "Not found")
        case UnsetAccount.BAD_REQUEST:
            return _error(panel, 400, "This feature is disabled on your device")
        case None:
            return _account(panel, panel.second_account)


def _account(panel: Panel, account: dict[str, Any]) -> Answer:
    if panel.behaviour.cleartext_password:
        account = account | {"password": panel.sip_password}
    return _json(panel, account)


def _sip_status(panel: Panel, registration: Registration) -> dict[str, Any]:
    status: dict[str, Any] = {"sip_status": registration.status}
    attempt = registration.last_attempt()
    match panel.behaviour.timestamp:
        case Timestamp.SECONDS:
            status["register_last_attempt"] = None if attempt is None else int(attempt)
        case Timestamp.MILLISECONDS:
            status["register_last_attempt"] = (
                None if attempt is None else int(attempt * 1000)
            )
        case Timestamp.NULL:
            status["register_last_attempt"] = None
        case Timestamp.ABSENT:
            pass
    return status


def _json(panel: Panel, value: object, status: int = 200) -> Answer:
    return Answer.json(value, status, panel.behaviour.content_type)


def _error(panel: Panel, status: int, message: str) -> Answer:
    return _json(panel, {"error": message}, status)
