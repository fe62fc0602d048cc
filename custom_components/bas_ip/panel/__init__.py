"""Client for the HTTP API of BAS-IP door panels, without anything of Home Assistant."""

from .address import panel_address
from .client import SECOND_ACCOUNT_PATHS, PanelClient, second_account_path
from .errors import (
    PanelAuthenticationError,
    PanelCertificateError,
    PanelConnectionError,
    PanelError,
    PanelNotFoundError,
    PanelPermissionError,
    PanelResponseError,
    PanelUnsupportedError,
)
from .models import PanelInfo, RegistrationStatus, SipAccount, SipRegistration

__all__ = [
    "SECOND_ACCOUNT_PATHS",
    "PanelAuthenticationError",
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
    "SipAccount",
    "SipRegistration",
    "panel_address",
    "second_account_path",
]
