"""A BAS-IP door panel that is not there: a server that answers as the documents say."""

from .behaviour import Ban, Behaviour, Timestamp, UnsetAccount, WebPage
from .faults import Answer, Close, Delay, Fault, Hang
from .panel import Login, Request
from .server import SimulatedPanel
from .variants import VARIANTS

__all__ = [
    "VARIANTS",
    "Answer",
    "Ban",
    "Behaviour",
    "Close",
    "Delay",
    "Fault",
    "Hang",
    "Login",
    "Request",
    "SimulatedPanel",
    "Timestamp",
    "UnsetAccount",
    "WebPage",
]
