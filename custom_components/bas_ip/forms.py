"""The forms of the config flow, and what is made of their input."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from .connection import known_serial_number, panel_url
from .const import CONF_ACCOUNTS, CONF_SALT, CONF_SECOND_ACCOUNT_PATH
from .drift.normalise import same_value
from .expect import (
    CONF_CHANGE,
    CONF_EXPECT,
    CONF_PANEL,
    CONF_PANELS,
    EXPECT_OTHER,
    FormError,
    expect_schema,
    list_selector,
    panels_to_share,
    shared_expectation,
)
from .messages import account_line, panel_name
from .panel.address import panel_urls
from .panel.models import Account, Setting, Settings, serial_key
from .panel.paths import second_account_path

CONF_ADD_ANOTHER: Final = "add_another"
CONF_ADVANCED: Final = "advanced"

_PASSWORD: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
_USERNAME: Final = TextSelector(TextSelectorConfig(autocomplete="username"))

LOGIN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_USERNAME, default="admin"): _USERNAME,
        vol.Required(CONF_PASSWORD): _PASSWORD,
    }
)

# Where an error is shown: at the first of these fields that the form has. A section
# shows the errors of its fields as its own.
_ERROR_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "changed_meanwhile": (CONF_CHANGE,),
    "invalid_auth": (CONF_PASSWORD,),
    "invalid_certificate": (CONF_ADVANCED,),
    "invalid_path": (CONF_SECOND_ACCOUNT_PATH, CONF_ADVANCED),
    "no_account": (CONF_ACCOUNTS,),
    "no_panel": (CONF_PANELS,),
    "no_second_account": (CONF_SECOND_ACCOUNT_PATH, CONF_ADVANCED),
    "not_read": (CONF_EXPECT,),
    "nothing_shared": (CONF_PANEL,),
    "panel_removed": (CONF_PANEL, CONF_PANELS),
    "password_required": (CONF_PASSWORD,),
    "permission_denied": (CONF_USERNAME,),
    "unknown": (),
}


def form_errors(schema: vol.Schema, key: str | None) -> dict[str, str]:
    """Return the error of a form at the field that it is about."""
    if key is None:
        return {}
    for field in _ERROR_FIELDS.get(key, (CONF_HOST,)):
        if field in schema.schema:
            return {field: key}
    return {"base": key}


def connection_schema(error: str | None, *, password_required: bool) -> vol.Schema:
    """Return the form for the connection to a panel, open where the error is."""
    password = vol.Required if password_required else vol.Optional
    return vol.Schema(
        {
            vol.Required(CONF_HOST): TextSelector(),
            vol.Required(CONF_USERNAME, default="admin"): _USERNAME,
            password(CONF_PASSWORD): _PASSWORD,
            vol.Required(CONF_ADVANCED): section(
                vol.Schema(
                    {
                        vol.Required(CONF_VERIFY_SSL, default=False): BooleanSelector(),
                        vol.Optional(CONF_SECOND_ACCOUNT_PATH): TextSelector(),
                    }
                ),
                {"collapsed": CONF_ADVANCED not in _ERROR_FIELDS.get(error or "", ())},
            ),
        }
    )


def typed_connection(
    user_input: Mapping[str, Any], entry: ConfigEntry[Any] | None
) -> tuple[list[URL], dict[str, Any]]:
    """Return where to look for a panel, and the rest of its data; raises FormError."""
    advanced = user_input[CONF_ADVANCED]
    verify_ssl = advanced[CONF_VERIFY_SSL]
    try:
        urls = panel_urls(user_input[CONF_HOST], https_only=verify_ssl)
    except ValueError:
        raise FormError("invalid_address") from None
    data = {
        CONF_USERNAME: user_input[CONF_USERNAME],
        CONF_PASSWORD: user_input.get(CONF_PASSWORD),
        CONF_VERIFY_SSL: verify_ssl,
        CONF_SECOND_ACCOUNT_PATH: given_path(advanced),
    }
    if entry:
        data[CONF_SALT] = entry.data[CONF_SALT]
        data[CONF_PASSWORD] = data[CONF_PASSWORD] or _stored_password(entry, urls)
    return urls, data


def _stored_password(entry: ConfigEntry[Any], urls: Collection[URL]) -> str:
    """Return the password of a known panel.

    It is not sent to a new address where the panel cannot be identified.
    """
    if not serial_key(known_serial_number(entry)) and panel_url(entry.data) not in urls:
        raise FormError("password_required")
    return str(entry.data[CONF_PASSWORD])


def given_path(user_input: Mapping[str, Any]) -> str | None:
    """Return the path that the user gives, if any; raises FormError if it is none."""
    if not (path := user_input.get(CONF_SECOND_ACCOUNT_PATH)):
        return None
    try:
        return second_account_path(path)
    except ValueError:
        raise FormError("invalid_path") from None


def connection_suggestions(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what the form for the connection shows of a known panel."""
    url = panel_url(entry.data)
    return {
        CONF_HOST: str(url) if url.scheme == "https" else url.host_port_subcomponent,
        CONF_USERNAME: entry.data[CONF_USERNAME],
        CONF_ADVANCED: {
            key: entry.data[key] for key in (CONF_VERIFY_SSL, CONF_SECOND_ACCOUNT_PATH)
        },
    }


def path_schema(offered_paths: Collection[str]) -> vol.Schema:
    """Return the form for the path of the second account, offering these."""
    offered = SelectSelectorConfig(options=list(offered_paths), custom_value=True)
    return vol.Schema({vol.Optional(CONF_SECOND_ACCOUNT_PATH): SelectSelector(offered)})


def confirm_schema(
    hass: HomeAssistant,
    current: Mapping[Account, Settings],
    panels: Iterable[ConfigEntry[Any]],
    *,
    add_another: bool,
) -> vol.Schema:
    """Return the form that asks what to watch and what to expect."""
    accounts = [account.value for account in current]
    watched = vol.Required(CONF_ACCOUNTS, default=_filled_in(current) or accounts)
    return vol.Schema(
        {
            watched: list_selector(accounts, "account", multiple=True),
            **expect_schema(hass, panels),
            vol.Required(CONF_ADD_ANOTHER, default=add_another): BooleanSelector(),
        }
    )


def _filled_in(current: Mapping[Account, Settings]) -> list[str]:
    return [
        account.value
        for account, settings in current.items()
        if settings[Setting.PROXY] or settings[Setting.USER]
    ]


def like_last(
    last_panel: str | None,
    panels: Iterable[ConfigEntry[Any]],
    current: Mapping[Account, Settings],
) -> dict[str, Any]:
    """Return what is chosen at first, after a panel that has settings to share."""
    for panel in panels:
        if panel.entry_id == last_panel:
            watched = panel.options[CONF_ACCOUNTS]
            return {
                CONF_ACCOUNTS: [
                    each for each in _filled_in(current) if each in watched
                ],
                CONF_EXPECT: EXPECT_OTHER,
                CONF_PANEL: last_panel,
            }
    return {}


def accounts_text(hass: HomeAssistant, current: Mapping[Account, Settings]) -> str:
    """Return one line for each account, with the panels that expect the same of it."""
    return "\n\n".join(
        account_line(hass, account, settings, _panels_like(hass, account, settings))
        for account, settings in current.items()
    )


def _panels_like(
    hass: HomeAssistant, account: Account, settings: Settings
) -> Iterator[str]:
    """Yield the names of the panels that expect these settings, but for the user."""
    for panel in panels_to_share(hass, [account]):
        transport = settings[Setting.TRANSPORT]
        if all(
            same_value(setting, value, settings.get(setting), transport)
            for setting, value in shared_expectation(panel, account).items()
        ):
            yield panel_name(hass, panel)
