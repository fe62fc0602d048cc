"""Client for the HTTP API of BAS-IP door panels, independent of Home Assistant."""

from .address import panel_address
from .client import ENABLE_PATH, FIRST_ACCOUNT_PATH, STATUS_PATH, PanelClient
from .errors import (
    FirstAccountError,
    NoIdentityError,
    NotAnAccountError,
    NotAPanelError,
    PanelAuthenticationError,
    PanelBlockedError,
    PanelCertificateError,
    PanelConnectionError,
    PanelError,
    PanelNotFoundError,
    PanelPermissionError,
    PanelResponseError,
    PanelUnsupportedError,
    SecondAccountNotFoundError,
)
from .models import Account, PanelInfo, RegistrationStatus, SipAccount, SipRegistration
from .report import NotingClient, panel_report
from .second_account import (
    SECOND_ACCOUNT_PATHS,
    PathUse,
    path_use,
    second_account_path,
)
from .survey import (
    PanelSurvey,
    SecondAccountResult,
    find_second_account,
    read_info,
    survey,
)

__all__ = [
    "ENABLE_PATH",
    "FIRST_ACCOUNT_PATH",
    "SECOND_ACCOUNT_PATHS",
    "STATUS_PATH",
    "Account",
    "FirstAccountError",
    "NoIdentityError",
    "NotAPanelError",
    "NotAnAccountError",
    "NotingClient",
    "PanelAuthenticationError",
    "PanelBlockedError",
    "PanelCertificateError",
    "PanelClient",
    "PanelConnectionError",
    "PanelError",
    "PanelInfo",
    "PanelNotFoundError",
    "PanelPermissionError",
    "PanelResponseError",
    "PanelSurvey",
    "PanelUnsupportedError",
    "PathUse",
    "RegistrationStatus",
    "SecondAccountNotFoundError",
    "SecondAccountResult",
    "SipAccount",
    "SipRegistration",
    "find_second_account",
    "panel_address",
    "panel_report",
    "path_use",
    "read_info",
    "second_account_path",
    "survey",
]
