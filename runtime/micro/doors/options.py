"""What a library's user may ask of the HTTP door: a project's settings, as arguments."""

from __future__ import annotations

from micro.gateway.options import GatewayOptions
from micro.sections import HttpSettings


class ServeOptions(GatewayOptions, total=False):
    """What may be asked of calls, and of the door that they come by.

    Attributes:
        sse: Whether HTTP+SSE of 2024-11-05 is served too.
        tls_cert: PEM file of a certificate: HTTPS is spoken then. ``tls_key``: of its key.
    """

    sse: bool
    tls_cert: str
    tls_key: str


def door_of(options: ServeOptions) -> tuple[HttpSettings, GatewayOptions]:
    """Part what is asked of the door from what is asked of calls."""
    door = HttpSettings(
        sse=options.pop("sse", False),
        tls_cert=options.pop("tls_cert", ""),
        tls_key=options.pop("tls_key", ""),
    )
    return door, options
