"""What one poll has read of a panel, and what that confirms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..drift import (
    Comparisons,
    ConfirmedState,
    account_values,
    compare,
    confirmed_values,
    expectation,
)
from ..panel import Account, PanelInfo, SipAccount, SipRegistration


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountReading:
    """Two readings of an account; the same one twice if one was enough."""

    first: SipAccount
    second: SipAccount
    is_unchanged: bool
    """Whether both are what the last poll has read, too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelReading:
    """What the panel has answered in one poll."""

    info: PanelInfo
    accounts: Mapping[Account, AccountReading | None]
    """None stands for an account that the panel did not give."""

    registration: SipRegistration | None
    second_registration: SipRegistration | None
    sip_enabled: bool | None
    second_sip_enabled: bool | None


def confirm(
    reading: PanelReading,
    before: ConfirmedState,
    options: Mapping[str, Any],
    now: datetime,
) -> ConfirmedState:
    """Return what is confirmed after a poll, with the options of the config entry.

    A registration status or firmware version that is missing stays as it was; a setting
    that is missing becomes unknown, unless it has drifted. An account that is not
    watched is left out.
    """
    registration, second_registration = before.registration, None
    if reading.registration and reading.registration.status:
        registration = reading.registration.status
    if Account.SECOND in reading.accounts:
        second_registration = before.second_registration
    if reading.second_registration and reading.second_registration.status:
        second_registration = reading.second_registration.status
    return ConfirmedState(
        accounts={
            account: _confirm_account(
                account,
                account_reading,
                before.accounts.get(account, {}),
                options,
                now,
            )
            for account, account_reading in reading.accounts.items()
        },
        registration=registration,
        second_registration=second_registration,
        firmware=reading.info.firmware_version or before.firmware,
    )


def _confirm_account(
    account: Account,
    reading: AccountReading | None,
    before: Comparisons,
    options: Mapping[str, Any],
    now: datetime,
) -> Comparisons:
    """Return how the settings of an account compare after one or two readings."""
    if reading is not None and reading.is_unchanged:
        return before
    first = account_values(account, reading.first if reading else None)
    second = account_values(account, reading.second if reading else None)
    values = confirmed_values(before, first, second)
    return compare(expectation(options, account), values, before, now)
