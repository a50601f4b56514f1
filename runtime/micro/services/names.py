"""The rules for names of services and tools, and what a wrong name was meant to be.

Knows nothing of collisions between services: those are the registry's.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from micro.services.origins import Origin

WIRE_NAME_LIMIT = 64
"""Characters that real clients accept in a tool's name."""

_name = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")


def check_service_name(name: str, origin: Origin) -> None:
    """Refuse what cannot begin a tool's name.

    Raises:
        DeclarationError: The name has another form, or leaves no room for a tool's.
    """
    _check_form("service", name, origin)
    if len(name) > WIRE_NAME_LIMIT - 2:
        raise origin.error(
            f"the service name {name[:80]!r} has {len(name)} characters",
            mend=f"take one of at most {WIRE_NAME_LIMIT - 2}",
        )


def check_tool_name(service: str, name: str, origin: Origin) -> None:
    """Refuse what clients would not accept as a tool's name.

    Raises:
        DeclarationError: The name has another form, or is too long together with the service's.
    """
    _check_form("tool", name, origin, service=service)
    wire_name = f"{service}_{name}"
    if len(wire_name) > WIRE_NAME_LIMIT:
        raise origin.error(
            f"the tool name {wire_name[:100]!r} has {len(wire_name)} characters",
            mend=f"clients take {WIRE_NAME_LIMIT}: shorten it with @{service}.tool(name=...)",
        )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name that is nearest to a wrong one, ``None`` if none is near.

    A name is near if most of its letters are the same, or if it alone contains the other.
    """
    by_folded = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), by_folded, n=1, cutoff=0.6)
    if not close and len(name) > 1:
        close = [each for each in by_folded if name.lower() in each or each in name.lower()]
    return by_folded[close[0]] if len(close) == 1 else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Say as a mend which name was meant, or which there are."""
    names = list(known)
    near = nearest(name, names)
    listed = ", ".join(names) or "none"
    return f"did you mean {near!r}?" if near else f"known: {listed}"


def _check_form(kind: str, name: object, origin: Origin, *, service: str = "") -> None:
    if isinstance(name, str) and _name.match(name):
        return
    owner = f" of {service}" if service else ""
    mend = "take letters, digits, _ and -, beginning with a letter"
    if kind == "tool":
        mend += f", as in @{service}.tool(name='get_user')"
    raise origin.error(f"{name!r} cannot name a {kind}{owner}", mend=mend)
