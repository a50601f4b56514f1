"""What a process does beforehand, so that a host is quick: imports, and one of each kind of call.

Never the project's own code.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import anyio

from micro.backends.local import LocalService
from micro.calls import Call, Caller
from micro.services.service import Service


def import_beforehand(listed: Path) -> None:
    """Import what the last host had imported from outside of the project."""
    try:
        names = json.loads(listed.read_text("utf-8"))
    except (OSError, ValueError):
        return
    for name in names:
        try:
            importlib.import_module(str(name))
        except Exception:
            continue


def warm_up() -> None:
    """Run once, here, what every host would run first: schemas, a call, and ways for it to fail."""
    service = Service("warm")

    @service.tool
    async def warm(number: int, words: list[str] | None = None) -> dict[str, int]:
        """Do nothing."""
        return {str(words): 1 // number}

    # By anyio, whose own machinery is imported by the first run: 17 ms of each host's start, else.
    anyio.run(_call_all, LocalService(service, generation=1, root=None))


async def _call_all(service: LocalService) -> None:
    for tool in service.tools:
        for arguments in (b'{"number": 1}', b'{"number": 0}', b'{"nmber": "x"}'):
            call = Call(
                id=1,
                name=tool.spec.full_name,
                tool=tool,
                arguments=arguments,
                trace_id="0" * 32,
                span_id="0" * 16,
                caller=Caller(door="memory"),
            )
            await tool.run(call)
