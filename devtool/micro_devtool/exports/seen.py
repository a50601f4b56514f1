"""The tools as one client sees them: by its names, and with what it refuses or changes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from micro.clientlimits import seen_by, server_name
from micro.snapshots import ServiceView
from micro_devtool.tables import table


def seen_rows(
    services: Sequence[ServiceView], client: str, *, server: str
) -> list[tuple[str, str, str, str]]:
    """Give (tool, name that the model sees, verdict, why) for each tool, by name."""
    seen = seen_by(client, services, server=server)
    return [(each.tool.name, each.name, each.level, each.why) for each in seen]


def seen_table(
    services: Sequence[ServiceView], client: str, *, server: str, width: int | None = None
) -> str:
    """Give it for a terminal."""
    rows = seen_rows(services, client, server=server_name(server))
    return table(("TOOL", "SEEN AS", "VERDICT", "WHY"), rows, width=width)


def seen_json(services: Sequence[ServiceView], client: str, *, server: str) -> str:
    """Give it for programs."""
    keys = ("tool", "seen_as", "verdict", "why")
    rows = seen_rows(services, client, server=server_name(server))
    return json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2)
