"""The control socket: how the dashboard and the command line steer a runtime and watch it."""

from micro.control.client import CallRefused, ControlClient, RuntimeLost, connect_control
from micro.control.messages import Answer, Batch, Called, Order
from micro.control.server import Controlled, serve_control

__all__ = [
    "Answer",
    "Batch",
    "CallRefused",
    "Called",
    "ControlClient",
    "Controlled",
    "Order",
    "RuntimeLost",
    "connect_control",
    "serve_control",
]
