"""The forms for the address of a panel, the login and the second account's path."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import CONF_SECOND_ACCOUNT_PATH, CONF_SECOND_ACCOUNT_PATH_TYPED
from ..panel import panel_address, second_account_path

CONF_ADVANCED: Final = "advanced"
DEFAULT_USERNAME: Final = "admin"

PASSWORD_SELECTOR: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
USERNAME_SELECTOR: Final = TextSelector(TextSelectorConfig(autocomplete="username"))

LOGIN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_USERNAME, default=DEFAULT_USERNAME): USERNAME_SELECTOR,
        vol.Required(CONF_PASSWORD): PASSWORD_SELECTOR,
    }
)

# Where an error is shown: at the first of these fields that the form has. A section
# shows the errors of its fields as its own.
ERROR_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "invalid_auth": (CONF_PASSWORD,),
    "invalid_certificate": (CONF_ADVANCED,),
    "invalid_path": (CONF_SECOND_ACCOUNT_PATH, CONF_ADVANCED),
    "no_second_account": (CONF_SECOND_ACCOUNT_PATH, CONF_ADVANCED),
    "password_required": (CONF_PASSWORD,),
    "permission_denied": (CONF_USERNAME,),
    "unknown": (),
}


class FormError(Exception):
    """Something that the user has to correct, named by its translation key."""

    def __init__(self, key: str) -> None:
        """Initialize the error."""
        super().__init__(key)
        self.key = key


def form_errors(schema: vol.Schema, key: str | None) -> dict[str, str]:
    """Return the error of a form at the field that it is about."""
    if key is None:
        return {}
    for field in ERROR_FIELDS.get(key, (CONF_HOST,)):
        if field in schema.schema:
            return {field: key}
    return {"base": key}


def connection_schema(*, password_required: bool, expanded: bool) -> vol.Schema:
    """Return the form for the connection to a panel."""
    password = vol.Required if password_required else vol.Optional
    return vol.Schema(
        {
            vol.Required(CONF_HOST): TextSelector(),
            vol.Required(CONF_USERNAME, default=DEFAULT_USERNAME): USERNAME_SELECTOR,
            password(CONF_PASSWORD): PASSWORD_SELECTOR,
            vol.Required(CONF_ADVANCED): section(
                vol.Schema(
                    {
                        vol.Required(CONF_SSL, default=False): BooleanSelector(),
                        vol.Required(CONF_VERIFY_SSL, default=False): BooleanSelector(),
                        vol.Optional(CONF_SECOND_ACCOUNT_PATH): TextSelector(),
                    }
                ),
                {"collapsed": not expanded},
            ),
        }
    )


def path_schema(offered_paths: Iterable[str]) -> vol.Schema:
    """Return the form for the path of the second account.

    It offers the paths from the panel's web page, if there are any.
    """
    options = list(offered_paths)
    selector: Selector[Any] = TextSelector()
    if options:
        selector = SelectSelector(
            SelectSelectorConfig(options=options, custom_value=True)
        )
    return vol.Schema({vol.Required(CONF_SECOND_ACCOUNT_PATH): selector})


def without_password(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the user's input without the password, to show the form again."""
    return {key: value for key, value in user_input.items() if key != CONF_PASSWORD}


def connection_data(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a config entry from the form for the connection.

    Raises FormError if the address or the path is invalid.
    """
    advanced = user_input[CONF_ADVANCED]
    path = advanced.get(CONF_SECOND_ACCOUNT_PATH)
    return {
        **parse_address(user_input[CONF_HOST], ssl=advanced[CONF_SSL]),
        CONF_VERIFY_SSL: advanced[CONF_VERIFY_SSL],
        CONF_USERNAME: user_input[CONF_USERNAME],
        CONF_PASSWORD: user_input.get(CONF_PASSWORD),
        **path_data(path),
    }


def parse_address(text: str, *, ssl: bool) -> dict[str, Any]:
    """Return host, port and scheme of an address, host:port or URL.

    Raises FormError if it is none.
    """
    try:
        url = panel_address(text, https=ssl)
    except ValueError:
        raise FormError("invalid_address") from None
    return {
        CONF_HOST: url.raw_host,
        CONF_PORT: url.port,
        CONF_SSL: url.scheme == "https",
    }


def path_data(path: str | None) -> dict[str, Any]:
    """Return the data about a path that the user gives; without one it is searched for.

    Raises FormError if it cannot be a path.
    """
    if not path:
        return {CONF_SECOND_ACCOUNT_PATH: None, CONF_SECOND_ACCOUNT_PATH_TYPED: False}
    try:
        path = second_account_path(path)
    except ValueError:
        raise FormError("invalid_path") from None
    return {CONF_SECOND_ACCOUNT_PATH: path, CONF_SECOND_ACCOUNT_PATH_TYPED: True}
