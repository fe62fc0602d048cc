"""Repairs for the BAS-IP integration."""

from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)
import voluptuous as vol

from .coordinator import BasIpConfigEntry
from .issues import Drift, drift_table, panel_drift, setting_label

if TYPE_CHECKING:
    from homeassistant.components.repairs import RepairsFlowResult

CONF_SETTINGS = "settings"


class DriftRepairFlow(RepairsFlow):
    """Handler to accept or to ignore a drift.

    What is accepted are the values that the user has seen, whatever the panel says by
    then.
    """

    def __init__(self, entry: BasIpConfigEntry) -> None:
        """Create flow."""
        self._entry = entry
        self._drift: Drift = {}

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
                "panel": self._entry.title,
                "differences": drift_table(self.hass, self._drift),
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
        """Compare some of the settings that have drifted no more."""
        if not (selected := self._selected(user_input)):
            return self._show_settings("ignore", user_input)
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        for account, comparisons in selected.items():
            self._entry.runtime_data.async_ignore(account, comparisons)
        return self.async_create_entry(data={})

    def _accept(self, drift: Drift) -> RepairsFlowResult:
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
        return self.async_create_entry(data={})

    def _selected(self, user_input: dict[str, Any] | None) -> Drift:
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
                label=setting_label(self.hass, account, setting),
            )
            for account, comparisons in self._drift.items()
            for setting in comparisons
        ]
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema(
                {
                    vol.Optional(CONF_SETTINGS): SelectSelector(
                        SelectSelectorConfig(options=options, multiple=True)
                    )
                }
            ),
            errors=(
                None if user_input is None else {CONF_SETTINGS: "nothing_selected"}
            ),
        )


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Create flow."""
    # Only the drift can be fixed, and its data are written together with it.
    assert data is not None
    return DriftRepairFlow(
        hass.config_entries.async_get_known_entry(str(data["entry_id"]))
    )
