"""What can go wrong with a panel, each with the key of its text.

The messages are for people and never hold a password, a token or an address with a
login in it. A login is rejected, a resource is forbidden, a client is blocked.
"""

from typing import ClassVar


class PanelError(Exception):
    """A panel gave no usable answer."""

    key: ClassVar[str] = "cannot_connect"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Initialize the error; `retry_after` are the seconds that the panel names."""
        super().__init__(message)
        self.retry_after = retry_after


class ConnectionFailedError(PanelError):
    """A panel cannot be reached, or does not answer in time."""


class CertificateError(ConnectionFailedError):
    """A panel's certificate is not trusted."""

    key = "invalid_certificate"


class LoginRejectedError(PanelError):
    """A panel rejects the user name or the password."""

    key = "invalid_auth"


class ForbiddenError(PanelError):
    """A panel takes the login and does not allow what was asked for."""

    key = "permission_denied"


class BlockedError(PanelError):
    """A panel turns the client away, even where no login is needed."""

    key = "blocked"


class ResponseError(PanelError):
    """A panel answers with something that is not what was asked for."""

    key = "invalid_response"


class NotFoundError(ResponseError):
    """A panel does not have what was asked for."""


class NotAnAccountError(NotFoundError):
    """A panel answers with something else than a SIP account."""


class FirstAccountError(NotFoundError):
    """A panel answers with its first account in place of the second."""


class UnsupportedFirmwareError(PanelError):
    """A panel's firmware is too old: it has no API of version 1."""

    key = "unsupported_firmware"


class NotAPanelError(PanelError):
    """Something else than a door panel answers."""

    key = "not_a_panel"


class AnotherDeviceError(PanelError):
    """What answers is not the panel that was set up."""

    key = "another_device"

    def __init__(
        self, *, serial_number: str | None = None, mac_address: str | None = None
    ) -> None:
        """Initialize the error with what the other device has said of itself."""
        super().__init__("Another device answers at this address")
        self.serial_number = serial_number
        self.mac_address = mac_address


class NoIdentityError(PanelError):
    """A panel gives neither a serial number nor a MAC address."""

    key = "no_identity"


class SecondAccountNotFoundError(PanelError):
    """The path that was given is not that of a second account."""

    key = "no_second_account"
