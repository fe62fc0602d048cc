"""The second account that new firmware has brought: its issue, and how it is added."""

from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .connection import async_identify
from .const import (
    CONF_ACCOUNTS,
    CONF_SEARCHED_FIRMWARE,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_ENABLE_PATH,
    CONF_SECOND_STATUS_PATH,
    DOMAIN,
)
from .coordinator import BasIpConfigEntry, BasIpCoordinator
from .drift import Values
from .forms.expect import (
    CONF_EXPECT,
    EXPECT_CURRENT,
    EXPECT_NOTHING,
    async_current_values,
    expect_selector,
    other_panels,
    panels_with_expectation,
    with_choice,
)
from .panel import Account, PanelError, survey
from .texts import panel_location, panel_name

ISSUE_SECOND_ACCOUNT: Final = "second_account"


def second_account_issue_id(entry: BasIpConfigEntry) -> str:
    """Return the ID of the issue of a panel."""
    return f"{ISSUE_SECOND_ACCOUNT}_{entry.entry_id}"


@callback
def async_search_after_updates(
    hass: HomeAssistant, coordinator: BasIpCoordinator
) -> None:
    """Search a panel without a second account again after each firmware update.

    For a panel with one, delete the issue.
    """
    entry = coordinator.config_entry
    if entry.data[CONF_SECOND_ACCOUNT_PATH] is not None:
        ir.async_delete_issue(hass, DOMAIN, second_account_issue_id(entry))
        return
    search = SecondAccountSearch(hass, coordinator)
    search.async_update()
    entry.async_on_unload(coordinator.async_add_listener(search.async_update))


class SecondAccountSearch:
    """Searches once for each firmware.

    A firmware is searched again after a restart if the search failed, or found an
    account that was not added yet: the issue has to be created again.
    """

    def __init__(self, hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
        """Initialize the search."""
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._hass = hass
        self._searched = self._entry.data.get(CONF_SEARCHED_FIRMWARE)

    @callback
    def async_update(self) -> None:
        """Start a search if the firmware is another than that of the last search."""
        firmware = self._coordinator.data.info.firmware_version
        if firmware is None or firmware == self._searched:
            return
        self._searched = firmware
        self._entry.async_create_background_task(
            self._hass, self._search(firmware), "search for a second account"
        )

    async def _search(self, firmware: str) -> None:
        """Search, and create an issue for what is found."""
        try:
            await async_identify(self._entry, self._coordinator.client)
            found = await survey(self._coordinator.client)
        except PanelError:
            return
        if found.second_account_path is None:
            self._hass.config_entries.async_update_entry(
                self._entry, data={**self._entry.data, CONF_SEARCHED_FIRMWARE: firmware}
            )
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            second_account_issue_id(self._entry),
            data={
                "entry_id": self._entry.entry_id,
                CONF_SECOND_ACCOUNT_PATH: found.second_account_path,
                CONF_SECOND_STATUS_PATH: found.second_status_path,
                CONF_SECOND_ENABLE_PATH: found.second_enable_path,
            },
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_SECOND_ACCOUNT,
            translation_placeholders={
                "panel": panel_name(self._hass, self._entry),
                "location": panel_location(self._hass, self._entry),
            },
        )


class SecondAccountRepairFlow(RepairsFlow):
    """Handler to watch a second account that was found."""

    def __init__(
        self, entry: BasIpConfigEntry, data: dict[str, str | int | float | None]
    ) -> None:
        """Create flow."""
        self._entry = entry
        self._paths = {
            CONF_SECOND_ACCOUNT_PATH: data[CONF_SECOND_ACCOUNT_PATH],
            CONF_SECOND_STATUS_PATH: data[CONF_SECOND_STATUS_PATH],
            CONF_SECOND_ENABLE_PATH: data[CONF_SECOND_ENABLE_PATH],
        }

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Handle the first step of a fix flow."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask what to expect of the account, and watch it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                options = await self._options(user_input[CONF_EXPECT])
            except PanelError:
                errors[CONF_EXPECT] = "not_read"
            else:
                self.hass.config_entries.async_update_entry(
                    self._entry,
                    data={**self._entry.data, **self._paths},
                    options=options,
                )
                self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
                return self.async_create_entry(data={})
        panels = panels_with_expectation(
            other_panels(self.hass, self._entry), [Account.SECOND]
        )
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Required(
                            CONF_EXPECT, default=EXPECT_CURRENT
                        ): expect_selector(self.hass, panels)
                    }
                ),
                user_input,
            ),
            description_placeholders={
                "panel": panel_name(self.hass, self._entry),
                "location": panel_location(self.hass, self._entry),
            },
            errors=errors,
        )

    async def _options(self, choice: str) -> dict[str, Any]:
        """Return the options with the second account and what to expect of it.

        Raises PanelError if it cannot be read.
        """
        current: dict[Account, Values] = {}
        if choice != EXPECT_NOTHING:
            current[Account.SECOND] = await async_current_values(
                self._entry, self._paths, Account.SECOND
            )
        # Only now: a drift may be accepted while the account is read.
        options = self._entry.options
        accounts = {*options[CONF_ACCOUNTS], Account.SECOND.value}
        return with_choice(
            self.hass,
            {**options, CONF_ACCOUNTS: sorted(accounts)},
            choice,
            current,
        )
