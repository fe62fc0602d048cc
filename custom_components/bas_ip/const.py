"""Constants for the BAS-IP integration."""

from typing import Final

DOMAIN: Final = "bas_ip"

CONF_ACCOUNTS: Final = "accounts"
CONF_SECOND_ACCOUNT_PATH: Final = "second_account_path"
CONF_SECOND_ACCOUNT_PATH_TYPED: Final = "second_account_path_typed"
CONF_SECOND_ENABLE_PATH: Final = "second_enable_path"
CONF_SECOND_STATUS_PATH: Final = "second_status_path"
CONF_SEARCHED_FIRMWARE: Final = "searched_firmware"

DEFAULT_SCAN_INTERVAL: Final = 60
MIN_SCAN_INTERVAL: Final = 15
MAX_SCAN_INTERVAL: Final = 3600
