"""Client for the HTTP API of BAS-IP door panels, without anything of Home Assistant."""

from .address import panel_address
from .client import ENABLE_PATH, STATUS_PATH, PanelClient
from .errors import (
    NoIdentityError,
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
from .second_account import SECOND_ACCOUNT_PATHS, second_account_path

__all__ = [
    "ENABLE_PATH",
    "SECOND_ACCOUNT_PATHS",
    "STATUS_PATH",
    "Account",
    "NoIdentityError",
    "NotAPanelError",
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
    "PanelUnsupportedError",
    "RegistrationStatus",
    "SecondAccountNotFoundError",
    "SipAccount",
    "SipRegistration",
    "panel_address",
    "second_account_path",
]
