"""A simulated panel that knows what nobody may find out."""

from hashlib import md5
from typing import override

from simulator import SimulatedPanel

PASSWORD = "first-door-password"
NEW_PASSWORD = "second-door-password"
WRONG_PASSWORD = "mistyped-door-password"
SIP_PASSWORD = "sip-account-password"
# Some provisioning servers write the password here.
USER_ID = "user-id-that-is-a-password"


def secrets_of(password: str) -> set[str]:
    """Return a password and what the panel accepts in its place."""
    # The panels' own way of logging in.
    digest = md5(password.encode(), usedforsecurity=False).hexdigest()
    return {password, digest, digest.upper()}


class WatchedPanel(SimulatedPanel):
    """A panel that remembers its tokens, those of ended sessions too."""

    def __init__(self, host: str, name: str) -> None:
        """Make a panel that takes any free port."""
        super().__init__(host, name=name, password=PASSWORD)
        self.tokens: set[str] = set()
        self.sip_password = SIP_PASSWORD
        self.first_account["user_id"] = USER_ID
        self.second_account["user_id"] = USER_ID

    @property
    def address(self) -> str:
        """Return what a user enters."""
        return f"{self.host}:{self.port}"

    @override
    def open_session(self) -> str:
        """Return the token of a new session, and remember it."""
        token = super().open_session()
        self.tokens.add(token)
        return token
