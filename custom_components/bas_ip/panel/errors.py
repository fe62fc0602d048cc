"""What can go wrong with a panel.

The messages are for people and never hold a password, a token or an address with a
login in it.
"""


class PanelError(Exception):
    """A panel gave no usable answer."""


class PanelConnectionError(PanelError):
    """A panel cannot be reached, or does not answer in time."""


class PanelCertificateError(PanelConnectionError):
    """A panel's certificate is not trusted."""


class PanelAuthenticationError(PanelError):
    """A panel refuses the user name or the password."""


class PanelPermissionError(PanelError):
    """A panel takes the login and refuses what was asked for."""


class PanelResponseError(PanelError):
    """A panel answers with something that is not what was asked for."""


class PanelNotFoundError(PanelResponseError):
    """A panel does not have what was asked for."""


class NotAnAccountError(PanelResponseError):
    """A panel answers with something else than a SIP account."""


class FirstAccountError(PanelResponseError):
    """A panel answers with its first account in place of the second."""


class PanelUnsupportedError(PanelError):
    """A panel's firmware is too old: it has no API of version 1."""


class PanelBlockedError(PanelError):
    """A panel refuses to answer at all, even what needs no login."""


class NotAPanelError(PanelError):
    """Something else than a door panel answers."""


class NoIdentityError(PanelError):
    """A panel gives neither a serial number nor a MAC address."""


class SecondAccountNotFoundError(PanelError):
    """The path that was given is not that of a second account."""
