"""The settings that a person may change on the page, and the rules for them."""

from typing import Any

from .panel import Panel

ACCOUNTS = ("first_account", "second_account")
TRANSPORTS = ("udp", "tcp", "tls")
STATUSES = ("OK", "ERROR", "OFFLINE")


def apply_settings(panel: Panel, settings: dict[str, Any]) -> dict[str, str]:
    """Change the settings, or change nothing and return what is wrong."""
    errors: dict[str, str] = {}
    for name, value in settings.items():
        if name in ACCOUNTS and isinstance(value, dict):
            errors |= {
                f"{name}.{key}": text
                for key, item in value.items()
                if (text := _check_account(key, item))
            }
        elif text := _check_panel(name, value):
            errors[name] = text
    if errors:
        return errors
    for name, value in settings.items():
        if name in ACCOUNTS:
            getattr(panel, name).update(value)
        else:
            setattr(panel, name, value)
    if "second_account" in settings:
        panel.behaviour.unset_account = None
    return {}


def set_registration(panel: Panel, status: str) -> None:
    """Register now with this result; OFFLINE switches SIP off instead."""
    panel.registration.change(status)


def _check_panel(name: str, value: object) -> str | None:
    match name:
        case "password":
            return _check_text(value, 31, "Enter the password of the panel.")
        case "firmware_version":
            return _check_text(value, 31, "Enter a version such as 3.20.0.")
        case _:
            return "There is no such setting."


def _check_account(key: str, value: object) -> str | None:
    match key:
        case "proxy":
            return _check_host(
                value, "Enter the SIP server, such as sip:pbx.example.net."
            )
        case "realm":
            return _check_host(value, "Enter the realm, such as pbx.example.net.")
        case "outbound":
            return _check_host(value, None)
        case "user":
            return _check_text(value, 31, "Enter the number or name of the user.")
        case "user_id":
            return _check_text(value, 31, None)
        case "transport":
            return None if value in TRANSPORTS else "Choose udp, tcp or tls."
        case "registration_interval":
            # A bool is an int in Python, but not in JSON.
            valid = (
                isinstance(value, int)
                and not isinstance(value, bool)
                and 30 <= value <= 900
            )
            return None if valid else "Enter a whole number of seconds from 30 to 900."
        case _:
            return "There is no such setting."


def _check_host(value: object, when_empty: str | None) -> str | None:
    if isinstance(value, str) and any(map(str.isspace, value)):
        return "Blanks are not possible here."
    return _check_text(value, 255, when_empty)


def _check_text(value: object, longest: int, when_empty: str | None) -> str | None:
    if not isinstance(value, str):
        return "Enter a text."
    if not value.strip():
        return when_empty
    return f"At most {longest} characters." if len(value) > longest else None
