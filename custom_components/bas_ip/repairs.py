"""Repairs for the BAS-IP integration."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .connection import panel_url
from .coordinator import BasIpConfigEntry
from .repair_issues import PanelDrift, panel_drift
from .second_account_repair import SecondAccountRepairFlow, second_account_issue_id
from .texts import (
    difference,
    markdown_difference,
    panel_location,
    panel_name,
)

CONF_SETTINGS = "settings"


class DriftRepairFlow(RepairsFlow):
    """Handler to accept or to ignore a drift.

    It accepts the values that the user has seen, even if the panel has changed since.
    """

    def __init__(self, entry: BasIpConfigEntry) -> None:
        """Create flow."""
        self._entry = entry
        self._drift: PanelDrift = {}

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show the drift and what can be done about it."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        self._drift = panel_drift(self._entry.runtime_data.data)
        return self.async_show_menu(
            step_id="init",
            menu_options=["accept_all", "accept_some", "ignore"],
            description_placeholders={
                "panel": panel_name(self.hass, self._entry),
                "location": panel_location(self.hass, self._entry),
                "url": str(panel_url(self._entry.data)),
                "differences": _markdown_list(self.hass, self._drift),
            },
        )

    async def async_step_accept_all(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Accept all settings that have drifted."""
        return self._accept(self._drift)

    async def async_step_accept_some(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Accept some of the settings that have drifted."""
        if not (selected := self._selected(user_input)):
            return self._show_settings("accept_some", user_input)
        return self._accept(selected)

    async def async_step_ignore(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Stop comparing some of the settings that have drifted."""
        if not (selected := self._selected(user_input)):
            return self._show_settings("ignore", user_input)
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        for account, comparisons in selected.items():
            self._entry.runtime_data.async_ignore(account, comparisons)
        return self._finish()

    def _accept(self, drift: PanelDrift) -> RepairsFlowResult:
        """Expect the values that were shown."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        for account, comparisons in drift.items():
            self._entry.runtime_data.async_expect(
                account,
                {
                    setting: comparison.actual
                    for setting, comparison in comparisons.items()
                },
            )
        return self._finish()

    def _finish(self) -> RepairsFlowResult:
        """End the repair, and say what still differs."""
        remaining = panel_drift(self._entry.runtime_data.data)
        if remaining:
            return self.async_abort(
                reason="still_drifted",
                description_placeholders={
                    "differences": _markdown_list(self.hass, remaining)
                },
            )
        return self.async_create_entry(data={})

    def _selected(self, user_input: dict[str, Any] | None) -> PanelDrift:
        """Return the part of the drift that the user has selected."""
        selected = (user_input or {}).get(CONF_SETTINGS, [])
        drift = {
            account: {
                setting: comparison
                for setting, comparison in comparisons.items()
                if f"{account}.{setting}" in selected
            }
            for account, comparisons in self._drift.items()
        }
        return {
            account: comparisons
            for account, comparisons in drift.items()
            if comparisons
        }

    def _show_settings(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> RepairsFlowResult:
        """Show the settings that have drifted to select from."""
        options = [
            SelectOptionDict(
                value=f"{account}.{setting}",
                label=difference(self.hass, account, setting, comparison),
            )
            for account, comparisons in self._drift.items()
            for setting, comparison in comparisons.items()
        ]
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema(
                {
                    vol.Optional(CONF_SETTINGS): SelectSelector(
                        SelectSelectorConfig(
                            options=options,
                            multiple=True,
                            mode=SelectSelectorMode.LIST,
                        )
                    )
                }
            ),
            errors=(
                None if user_input is None else {CONF_SETTINGS: "nothing_selected"}
            ),
        )


def _markdown_list(hass: HomeAssistant, drift: PanelDrift) -> str:
    """Return a line for each setting: a table would not fit on a phone."""
    return "\n".join(
        f"- {markdown_difference(hass, account, setting, comparison)}"
        for account, comparisons in drift.items()
        for setting, comparison in comparisons.items()
    )


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Create flow."""
    # Every issue that can be fixed has data.
    assert data is not None
    entry = hass.config_entries.async_get_known_entry(str(data["entry_id"]))
    if issue_id == second_account_issue_id(entry):
        return SecondAccountRepairFlow(entry, data)
    return DriftRepairFlow(entry)
