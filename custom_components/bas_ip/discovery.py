"""What follows when Home Assistant tells of a device: it may have moved, or start."""

from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import SOURCE_DHCP, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST
from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.helpers.discovery_flow import DiscoveryKey, async_create_flow
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.network import is_ip_address

from .connection import async_find_panel, known_serial_number, panel_url
from .const import DOMAIN
from .panel.errors import PanelError
from .panel.models import serial_key

ASK_AGAIN_AFTER: Final = 180
_TOLD_HOSTS: Final[HassKey[dict[str, str]]] = HassKey(f"{DOMAIN}_told_hosts")


class SecondDhcpInfo(DhcpServiceInfo):
    """What was told of a device that has not answered at first."""


@callback
def async_note_host(hass: HomeAssistant, entry: ConfigEntry[Any], host: str) -> None:
    """Note where a known panel was seen last; its next failed poll looks there."""
    hass.data.setdefault(_TOLD_HOSTS, {})[entry.entry_id] = host


async def async_follow_panel(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Keep the address at which a panel was seen last, if it answers there.

    Only a panel with a serial number can be told from others before a login, and a host
    name is followed by the network itself.
    """
    data = entry.data
    host = hass.data.get(_TOLD_HOSTS, {}).get(entry.entry_id, data[CONF_HOST])
    can_follow = serial_key(known_serial_number(entry)) and is_ip_address(
        data[CONF_HOST]
    )
    if host == data[CONF_HOST] or not can_follow:
        return
    with suppress(PanelError):
        url = panel_url(data).with_host(host)
        address, _ = await async_find_panel(hass, data, [url], entry)
        is_unloaded = entry.state is ConfigEntryState.NOT_LOADED
        if entry.data is data and not is_unloaded:
            hass.config_entries.async_update_entry(entry, data={**data, **address})
            hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def async_ask_again(
    hass: HomeAssistant, info: DhcpServiceInfo, key: DiscoveryKey | None
) -> None:
    """Let a device be discovered again in some minutes: its web server may start."""

    @callback
    def ask(_now: datetime) -> None:
        second = SecondDhcpInfo(info.ip, info.hostname, info.macaddress)
        async_create_flow(
            hass, DOMAIN, {"source": SOURCE_DHCP}, second, discovery_key=key
        )

    async_call_later(
        hass, ASK_AGAIN_AFTER, HassJob(ask, "ask again", cancel_on_shutdown=True)
    )


@callback
def async_end_discovery(hass: HomeAssistant, unique_id: str | None) -> None:
    """End the flows that offer to set up a panel."""
    for flow in hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_DHCP, "unique_id": unique_id}
    ):
        hass.config_entries.flow.async_abort(flow["flow_id"])
