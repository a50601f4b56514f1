"""micro: services that AI agents call.

``Service`` declares tools and ``serve`` serves them from this process; ``micro dev`` serves a
folder of them and reloads what is saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from micro.calls import Call, Progress, Tool, ToolResult
from micro.errors import MicroError, Refused, ToolError
from micro.gateway.auth.auth import Identity
from micro.policies import CircuitBreaker, Concurrency, RateLimit, any_of
from micro.services.asking import Elicit, ListRoots, OpenUrl, Sample
from micro.services.content import Audio, Image, Resource
from micro.services.context import Context
from micro.services.messages import Message
from micro.services.offers import prompt, resource
from micro.services.secret import Secret
from micro.services.service import Service
from micro.services.tool import tool

if TYPE_CHECKING:
    from micro.serving import asgi, serve

__all__ = [
    "Audio",
    "Call",
    "CircuitBreaker",
    "Concurrency",
    "Context",
    "Elicit",
    "Identity",
    "Image",
    "ListRoots",
    "Message",
    "MicroError",
    "OpenUrl",
    "Progress",
    "RateLimit",
    "Refused",
    "Resource",
    "Sample",
    "Secret",
    "Service",
    "Tool",
    "ToolError",
    "ToolResult",
    "any_of",
    "asgi",
    "prompt",
    "resource",
    "serve",
    "tool",
]


def __getattr__(name: str) -> Any:
    """Import what serves only when it is asked for: declaring a service needs no web server."""
    if name in {"asgi", "serve"}:
        from micro import serving

        return getattr(serving, name)
    raise AttributeError(f"module 'micro' has no attribute {name!r}")
