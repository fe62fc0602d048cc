"""Repairs for the BAS-IP integration: how an issue is fixed."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import SelectOptionDict
import voluptuous as vol

from .connection import (
    entry_of_panel,
    known_serial_number,
    panel_url,
    temporary_client,
)
from .coordinator import BasIpConfigEntry, BasIpCoordinator
from .drift.expected import with_expected
from .drift.history import History
from .drift.state import PanelState
from .expect import CONF_PANELS, list_selector, panel_options
from .forms import LOGIN_SCHEMA
from .issues import ISSUE_ANOTHER_DEVICE, PanelDrift, panel_drift, panels_alike
from .messages import (
    comparison_line,
    markdown_value,
    panel_location,
    panel_name,
    panel_title,
    value_text,
)
from .panel.client import MAC_PATH, PanelClient
from .panel.errors import ConnectionFailedError, LoginRejectedError, PanelError
from .panel.models import PanelInfo, serial_key, text_field
from .replace import async_replace_panel

CONF_SETTINGS: Final = "settings"


class PanelRepairFlow(RepairsFlow):
    """Handler for an issue of a panel."""

    def __init__(self, entry: BasIpConfigEntry) -> None:
        """Create flow."""
        self._entry = entry

    @property
    def _coordinator(self) -> BasIpCoordinator:
        """Return the coordinator; without one, the flow ends."""
        if self._entry.state is not ConfigEntryState.LOADED:
            raise AbortFlow("not_loaded")
        return self._entry.runtime_data

    def _placeholders(self) -> dict[str, str]:
        return {
            "panel": value_text(self.hass, self._entry.title),
            "location": panel_location(self.hass, self._entry),
        }


class DriftRepairFlow(PanelRepairFlow):
    """Handler to accept or to ignore a drift.

    What was shown counts, unless the account has changed again since.
    """

    _shown: PanelState
    _history: History

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show the drift and what can be done about it."""
        self._shown = self._coordinator.data
        self._history = self._coordinator.history
        menu_options = ["accept_all", "accept_some", "ignore"]
        if panels_alike(self.hass, self._entry, self._shown):
            menu_options.insert(1, "accept_alike")
        return self.async_show_menu(
            step_id="init",
            menu_options=menu_options,
            description_placeholders={
                **self._placeholders(),
                "url": str(panel_url(self._entry.data)),
                "differences": "\n".join(self._lines(panel_drift(self._shown))),
            },
        )

    async def async_step_accept_all(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Accept all settings that have drifted."""
        return await self._async_accept(panel_drift(self._shown))

    async def async_step_accept_alike(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Accept them on other panels, too, that have changed alike."""
        panels = panels_alike(self.hass, self._entry, self._shown)
        options = panel_options(self.hass, panels)
        every = [option["value"] for option in options]
        if user_input is None:
            return self._show_list("accept_alike", CONF_PANELS, options, every)
        selected = user_input[CONF_PANELS]
        if None in map(self.hass.config_entries.async_get_entry, selected):
            errors = {CONF_PANELS: "panel_removed"}
            return self._show_list("accept_alike", CONF_PANELS, options, every, errors)
        result = await self._async_accept(panel_drift(self._shown))
        for other, drift in panels.items():
            if other.entry_id in selected:
                _async_expect(other, drift)
        return result

    async def async_step_accept_some(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Accept some of the settings that have drifted."""
        if drift := self._selected(user_input):
            return await self._async_accept(drift)
        return self._show_settings("accept_some", user_input)

    async def async_step_ignore(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Stop comparing some of the settings that have drifted."""
        if not (drift := self._selected(user_input)):
            return self._show_settings("ignore", user_input)
        return await self._async_accept(
            {key: replace(each, last_known=None) for key, each in drift.items()}
        )

    async def _async_accept(self, shown: PanelDrift) -> RepairsFlowResult:
        """Expect what was shown, or nothing; of what has changed again, show that."""
        history = self._coordinator.history
        drift = {
            (account, setting): comparison
            for (account, setting), comparison in shown.items()
            if history.drift_number(account) == self._history.drift_number(account)
        }
        _async_expect(self._entry, drift)
        if drift != shown and panel_drift(self._coordinator.data):
            return await self.async_step_init()
        return self._finish()

    def _finish(self) -> RepairsFlowResult:
        """End the repair, and say what still differs."""
        if lines := self._lines(panel_drift(self._coordinator.data)):
            return self.async_abort(
                reason="still_drifted",
                description_placeholders={"differences": "\n".join(lines)},
            )
        return self.async_create_entry(data={})

    def _lines(self, drift: PanelDrift) -> list[str]:
        """Return a list in Markdown: a table would not fit on a phone."""
        return [
            f"- {comparison_line(self.hass, *key, comparison, markdown=True)}"
            for key, comparison in drift.items()
        ]

    def _selected(self, user_input: dict[str, Any] | None) -> PanelDrift:
        """Return the part of the drift that the user has selected."""
        selected = (user_input or {}).get(CONF_SETTINGS, [])
        drift = panel_drift(self._shown)
        return {key: drift[key] for key in drift if ".".join(key) in selected}

    def _show_settings(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> RepairsFlowResult:
        options = [
            SelectOptionDict(
                value=".".join(key), label=comparison_line(self.hass, *key, comparison)
            )
            for key, comparison in panel_drift(self._shown).items()
        ]
        errors = {CONF_SETTINGS: "nothing_selected"} if user_input is not None else None
        return self._show_list(step_id, CONF_SETTINGS, options, [], errors)

    def _show_list(
        self,
        step_id: str,
        field: str,
        options: list[SelectOptionDict],
        default: list[str],
        errors: dict[str, str] | None = None,
    ) -> RepairsFlowResult:
        selector = list_selector(options, multiple=True)
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({vol.Optional(field, default=default): selector}),
            description_placeholders=self._placeholders(),
            errors=errors,
        )


class AnotherDeviceRepairFlow(PanelRepairFlow, ConfirmRepairFlow):
    """Handler to let another panel take over from one that is gone."""

    _shown: PanelInfo | None = None
    """The panel that the user was told of."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask whether to take over; only then the stored login is tried."""
        return await self._async_step("confirm", vol.Schema({}), user_input)

    async def async_step_login(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask for the login of the new panel."""
        return await self._async_step("login", LOGIN_SCHEMA, user_input)

    async def _async_step(
        self, step_id: str, schema: vol.Schema, user_input: dict[str, str] | None
    ) -> RepairsFlowResult:
        """Show a form, or take over with what was typed in it."""
        errors: dict[str, str] = {}
        try:
            if result := await self._async_take_over(user_input):
                return result
        except LoginRejectedError:
            if step_id == "confirm":
                return await self.async_step_login()
            errors["base"] = "invalid_auth"
        except PanelError:
            errors["base"] = "cannot_connect"
        title = self._shown and panel_title(self._shown)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            description_placeholders={
                **self._placeholders(),
                "other": markdown_value(self.hass, title),
            },
            errors=errors,
        )

    async def _async_take_over(
        self, login: Mapping[str, str] | None
    ) -> RepairsFlowResult | None:
        """Let what answers take over, unless it has a config entry of its own.

        Returns None if the user has to see first who that is. Raises PanelError if it
        cannot be read with this login, or else the stored one.
        """
        entry = self._coordinator.config_entry
        data = {**entry.data, **(login or {})}
        async with temporary_client(self.hass, data) as client:
            info = await client.info()
            _check_has_started(entry, info)
            known = entry_of_panel(self.hass, info.serial_number, None)
            shown, self._shown = self._shown, info
            if login is None or not (known or shown == info):
                return None
            mac_address = None if known else await _read_mac_address(client)
        known = known or entry_of_panel(self.hass, info.serial_number, mac_address)
        if known is None:
            await async_replace_panel(self.hass, entry, info, mac_address, login)
        elif known is entry:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        else:
            other = markdown_value(self.hass, panel_name(self.hass, known))
            return self.async_abort(
                reason="known_device", description_placeholders={"other": other}
            )
        return self.async_create_entry(data={})


def _check_has_started(entry: BasIpConfigEntry, info: PanelInfo) -> None:
    """Raise PanelError if the panel may be the known one, which has just started."""
    if serial_key(known_serial_number(entry)) and not serial_key(info.serial_number):
        raise ConnectionFailedError("The panel does not give its serial number yet")


async def _read_mac_address(client: PanelClient) -> str | None:
    """Read the MAC address, None if the panel gives none; only the login can fail."""
    await client.login()
    with suppress(PanelError):
        return text_field(await client.get_object(MAC_PATH), "mac_address")
    return None


@callback
def _async_expect(entry: BasIpConfigEntry, drift: PanelDrift) -> None:
    """Expect what a panel has."""
    options: Mapping[str, Any] = entry.options
    for (account, setting), comparison in drift.items():
        options = with_expected(options, account, {setting: comparison.last_known})
    entry.runtime_data.async_set_options(options)


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Create flow."""
    # Every issue that can be fixed has data.
    assert data is not None
    entry = hass.config_entries.async_get_known_entry(str(data["entry_id"]))
    if issue_id.startswith(ISSUE_ANOTHER_DEVICE):
        return AnotherDeviceRepairFlow(entry)
    return DriftRepairFlow(entry)
