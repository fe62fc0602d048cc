"""Constants for the BAS-IP integration."""

from enum import StrEnum
from typing import Final

DOMAIN: Final = "bas_ip"
SECURITY_URL: Final = (
    "https://github.com/ha-bas-ip/ha-bas-ip#a-panel-that-shows-its-sip-password"
)

CONF_ACCOUNTS: Final = "accounts"
CONF_EXPECTED: Final = "expected"
CONF_IGNORED: Final = "ignored"
CONF_SECOND_ACCOUNT_PATH: Final = "second_account_path"

DEFAULT_SCAN_INTERVAL: Final = 60
MIN_SCAN_INTERVAL: Final = 15
MAX_SCAN_INTERVAL: Final = 3600


class Account(StrEnum):
    """The two SIP accounts of a panel."""

    FIRST = "first"
    SECOND = "second"
