"""What two generations of a service's tools have different, in words for the developer."""

from __future__ import annotations

from collections.abc import Iterable

from micro.calls import ToolSpec
from micro.registry.registry import client_view


def describe_changes(before: Iterable[ToolSpec], after: Iterable[ToolSpec]) -> tuple[str, ...]:
    """Say per tool what clients see differently; empty if nothing.

    ``+ name`` was added, ``- name`` removed, ``~ name: parts`` has other parts than before.
    """
    old = {spec.full_name: spec for spec in before}
    new = {spec.full_name: spec for spec in after}
    lines = [f"+ {name}" for name in sorted(new.keys() - old.keys())]
    lines += [f"- {name}" for name in sorted(old.keys() - new.keys())]
    for name in sorted(old.keys() & new.keys()):
        seen, now = client_view(old[name]), client_view(new[name])
        parts = [part for part in now if now[part] != seen[part]]
        if parts:
            lines.append(f"~ {name}: {', '.join(parts)}")
    return tuple(lines)
