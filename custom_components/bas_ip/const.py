"""Constants for the BAS-IP integration."""

from typing import Final

DOMAIN: Final = "bas_ip"

CONF_ACCOUNTS: Final = "accounts"
CONF_IS_NEW: Final = "is_new"
CONF_REPORT: Final = "report"
CONF_PANEL_NAME: Final = "panel_name"
CONF_SALT: Final = "salt"
CONF_SECOND_ACCOUNT_PATH: Final = "second_account_path"
CONF_SECOND_STATUS_PATH: Final = "second_status_path"
CONF_WATCH_REGISTRATION: Final = "watch_registration"

DEFAULT_SCAN_INTERVAL: Final = 60
MIN_SCAN_INTERVAL: Final = 15
MAX_SCAN_INTERVAL: Final = 3600

# A second reading confirms a value if it comes so many seconds after the first one. The
# second number is for readings of the first minute after an outage or a start, in which
# a panel may give factory settings. Home Assistant polls at whole seconds, so that a
# poll may come a second early.
READING_DISTANCE: Final = 9
SETTLED_DISTANCE: Final = 59
SETTLING_TIME: Final = 60
# When the next poll comes if there is something to confirm.
EARLY_POLL: Final = 15
MAX_RETRY_AFTER: Final = 3600
