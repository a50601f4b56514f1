"""The tools as one client sees them: by its names, and with what it refuses or changes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from micro.snapshots import ServiceView
from micro_devtool.clients.limits import CLIENTS, server_name, shown_name, verdicts
from micro_devtool.tables import table


def seen_rows(
    services: Sequence[ServiceView], client: str, *, server: str
) -> list[tuple[str, str, str, str]]:
    """Give (tool, name that the model sees, verdict, why) for each tool, by name."""
    limits = CLIENTS[client]
    rows: list[tuple[str, str, str, str]] = []
    tools = [tool for service in services for tool in service.tools]
    for number, tool in enumerate(sorted(tools, key=lambda tool: tool.name), 1):
        found = list(verdicts(limits, tool, server=server))
        levels = {each.level for each in found}
        level = "refused" if "refused" in levels else "changed" if levels else "ok"
        why = "; ".join(each.why for each in found)
        if limits.tools is not None and number > limits.tools:
            level, why = "refused", f"it takes {limits.tools} tools, of all servers together"
        rows.append((tool.name, shown_name(limits, tool, server=server), level, why))
    return rows


def seen_table(services: Sequence[ServiceView], client: str, *, server: str) -> str:
    """Give it for a terminal."""
    rows = seen_rows(services, client, server=server_name(server))
    return table(("TOOL", "SEEN AS", "VERDICT", "WHY"), rows)


def seen_json(services: Sequence[ServiceView], client: str, *, server: str) -> str:
    """Give it for programs."""
    keys = ("tool", "seen_as", "verdict", "why")
    rows = seen_rows(services, client, server=server_name(server))
    return json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2)
