"""Base of the config flow: the search of a panel, and what is asked about it."""

from asyncio import Task
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
import logging
from secrets import token_hex
from traceback import format_tb
from typing import Any

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME, CONF_VERIFY_SSL
import voluptuous as vol
from yarl import URL

from .connection import async_find_panel, panel_id, temporary_client
from .const import CONF_REPORT, CONF_SALT, CONF_SECOND_ACCOUNT_PATH
from .expect import FormError
from .forms import form_errors, given_path, path_schema
from .messages import panel_location, panel_name
from .panel.errors import AnotherDeviceError, NoIdentityError, PanelError
from .panel.models import PanelInfo, serial_key
from .panel.search import Discovery, discover
from .report import report_url

_LOGGER = logging.getLogger(__name__)


class SearchFlow(ConfigFlow):
    """Handle the steps in which a panel is searched for its second account."""

    _answering: PanelInfo
    _error: str | None = None
    _form: str
    """The step to go back to if the search fails."""

    _found: Discovery
    _shown: PanelInfo | None = None
    """The panel that the user has agreed to."""

    _suggestions: Mapping[str, Any] = {}
    _task: Task[None] | None = None
    _urls: Collection[URL] = ()

    def __init__(self) -> None:
        """Initialize the flow; nobody has typed a login yet."""
        self._data: dict[str, Any] = {
            CONF_USERNAME: "",
            CONF_PASSWORD: "",
            CONF_VERIFY_SSL: False,
            CONF_SALT: token_hex(16),
            CONF_SECOND_ACCOUNT_PATH: None,
        }

    def _show_form(
        self,
        step_id: str,
        schema: vol.Schema,
        entry: ConfigEntry | None = None,
        **placeholders: str,
    ) -> ConfigFlowResult:
        """Show a form with what was typed before, and with what was wrong with it."""
        if entry:
            placeholders["panel"] = panel_name(self.hass, entry)
            placeholders["location"] = panel_location(self.hass, entry)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, self._suggestions),
            description_placeholders={
                "address": ", ".join(map(str, self._urls)),
                **placeholders,
            },
            errors=form_errors(schema, self._error),
        )

    async def _async_search(self, form: str) -> ConfigFlowResult:
        """Read the panel, and go back to this form if that fails."""
        self._form = form
        return await self.async_step_search()

    async def async_step_search(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the progress while the panel is read."""
        if self._task is None:
            # An eager task that fails at once makes the flow manager come back here.
            self._task = self.hass.async_create_task(
                self._async_read(), eager_start=False
            )
        if not self._task.done():
            return self.async_show_progress(
                step_id="search", progress_action="search", progress_task=self._task
            )
        task, self._task = self._task, None
        with self._keeping_error():
            await task
        next_step = self._form if self._error else "search_done"
        if self._error == AnotherDeviceError.key and self._shown is None:
            next_step = "replace"
        return self.async_show_progress_done(next_step_id=next_step)

    @contextmanager
    def _keeping_error(self) -> Iterator[None]:
        """Keep what goes wrong as the error of the form."""
        self._error = None
        try:
            yield
        except FormError as err:
            self._error = str(err)
        except PanelError as err:
            self._error = err.key
        except Exception as err:  # noqa: BLE001
            # Its text may hold the URL of the login; the lines of the code do not.
            lines = "".join(format_tb(err.__traceback__))
            _LOGGER.error("Unexpected %s\n%s", type(err).__name__, lines)  # noqa: TRY400
            self._error = "unknown"

    @property
    def _found_id(self) -> str | None:
        return panel_id(self._found.info.serial_number, self._found.mac_address)

    async def _async_read(self) -> None:
        """Find the panel, and read it if it is the right one.

        That is the one that was shown to the user, or else the one that is known.
        """
        address, info = await async_find_panel(self.hass, self._data, self._urls)
        self._answering = info
        self._data |= address
        entry = None
        if self._shown:
            if serial_key(info.serial_number) != serial_key(self._shown.serial_number):
                raise AnotherDeviceError
        elif self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
        async with temporary_client(self.hass, self._data, entry) as client:
            path = self._data[CONF_SECOND_ACCOUNT_PATH]
            self._found = await discover(client, path)
        if self._found_id is None:
            raise NoIdentityError("The panel cannot be told from others")

    async def async_step_no_second_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer to watch the first account, or to say where the second one is."""
        back = "discovery_confirm" if self.source == SOURCE_DHCP else "user"
        return self.async_show_menu(
            step_id="no_second_account",
            menu_options=["confirm", "path", back],
            description_placeholders={
                "report_url": report_url(self._data[CONF_REPORT])
            },
        )

    async def async_step_path(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the path of the second account and try it; without one, go back."""
        if user_input is not None:
            self._suggestions = {**self._suggestions, **user_input}
            with self._keeping_error():
                path = self._data[CONF_SECOND_ACCOUNT_PATH] = given_path(user_input)
                if path:
                    return await self._async_search("path")
                return await self.async_step_no_second_account()
        return self._show_form("path", path_schema(self._found.offered_paths))
