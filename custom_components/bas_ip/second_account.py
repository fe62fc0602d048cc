"""The second account that has come or gone: when a panel is searched for it again."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, callback

from .const import (
    CONF_ACCOUNTS,
    CONF_REPORT,
    CONF_SECOND_ACCOUNT_PATH,
    CONF_SECOND_STATUS_PATH,
)
from .coordinator import BasIpCoordinator
from .issues import ISSUE_SECOND_ACCOUNT, async_create_issue, async_update_issues
from .panel.errors import PanelError
from .panel.models import Account
from .panel.search import MAX_TEXT, discover
from .report import report_of

SEARCH_INTERVAL: Final = 24 * 3600
# After a search that has failed.
RETRY_INTERVAL: Final = 15 * 60


class SecondAccountSearch:
    """Searches for a second account that was not there, or is not there any more.

    A panel without one is searched after a firmware update, and one that has lost it in
    two polls in a row, once a day at most; a reload begins anew.
    """

    def __init__(self, hass: HomeAssistant, coordinator: BasIpCoordinator) -> None:
        """Initialize the search."""
        self._hass = hass
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._next_search = 0.0

    @callback
    def async_update(self) -> None:
        """Start a search if it is due."""
        now = self._hass.loop.time()
        is_known = self._entry.data[CONF_SECOND_ACCOUNT_PATH] is not None
        is_missing = self._coordinator.polls_without_second >= 2
        is_needed = is_missing if is_known else self._is_updated()
        if is_needed and now >= self._next_search:
            self._next_search = now + RETRY_INTERVAL
            self._entry.async_create_background_task(
                self._hass, self._search(), f"search of {self._entry.title}"
            )

    def _is_updated(self) -> bool:
        """Return whether the panel has other firmware than in the last search."""
        if self._coordinator.reading is None:
            return False
        report = self._entry.data.get(CONF_REPORT) or {}
        searched, current = report.get("firmware"), self._coordinator.data.firmware
        return bool(searched and current and current[:MAX_TEXT] != searched)

    async def _search(self) -> None:
        """Search the panel, and keep what is found."""
        try:
            found = await discover(self._coordinator.client)
        except PanelError:
            return
        self._next_search = self._hass.loop.time() + SEARCH_INTERVAL
        known = self._entry.data[CONF_SECOND_ACCOUNT_PATH]
        data: dict[str, Any] = {CONF_REPORT: report_of(self._hass, found)}
        if path := found.second_account_path:
            data[CONF_SECOND_ACCOUNT_PATH] = path
            data[CONF_SECOND_STATUS_PATH] = found.second_status_path
        self._hass.config_entries.async_update_entry(
            self._entry, data={**self._entry.data, **data}
        )
        if path != known:
            self._async_tell(path)

    @callback
    def _async_tell(self, path: str | None) -> None:
        """Tell that the account has come or gone, or read it at its new path."""
        if path and Account.SECOND in self._entry.options[CONF_ACCOUNTS]:
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
            return
        if path:
            async_create_issue(self._hass, self._entry, ISSUE_SECOND_ACCOUNT)
        async_update_issues(self._hass, self._coordinator)
