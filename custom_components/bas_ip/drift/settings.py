"""The settings of a SIP account as texts that can be compared."""

from collections.abc import Mapping
from enum import StrEnum

from ..panel import Account, SipAccount


class Setting(StrEnum):
    """The settings that are compared, named as the panel's API names them."""

    PROXY = "proxy"
    REALM = "realm"
    USER = "user"
    TRANSPORT = "transport"
    USER_ID = "user_id"
    REGISTRATION_INTERVAL = "registration_interval"
    OUTBOUND = "outbound"
    STUN = "stun"


type Values = Mapping[Setting, str | None]
"""Settings of one account: an empty text is an empty setting, None an unknown one."""

# Of one user, so that panels do not share them.
PERSONAL_SETTINGS = (Setting.USER, Setting.USER_ID)


def account_settings(account: Account) -> tuple[Setting, ...]:
    """Return the settings that an account has: only the first one has STUN."""
    if account is Account.FIRST:
        return tuple(Setting)
    return tuple(setting for setting in Setting if setting is not Setting.STUN)


def account_values(account: Account, reading: SipAccount | None) -> Values:
    """Return the settings that were read, all unknown if nothing was."""
    if reading is None:
        return dict.fromkeys(account_settings(account))
    interval = reading.registration_interval
    values: dict[Setting, str | None] = {
        Setting.PROXY: reading.proxy,
        Setting.REALM: reading.realm,
        Setting.USER: reading.user,
        Setting.TRANSPORT: reading.transport,
        Setting.USER_ID: reading.user_id_digest,
        Setting.REGISTRATION_INTERVAL: None if interval is None else str(interval),
        Setting.OUTBOUND: reading.outbound,
    }
    if account is Account.FIRST:
        values[Setting.STUN] = reading.stun
    return values
