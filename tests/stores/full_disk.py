"""Makes calls while the disk fills up and is freed again; run by ``test_full_disk``.

``python full_disk.py FOLDER continue|refuse``; the folder is on a small disk of its own. Writes as
JSON what came of it.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

import anyio

sys.path.insert(0, str(Path(__file__).parents[1]))

from calling import CALLER, make_tool, ok
from micro.errors import Refused
from micro.events import AnyEvent, EventBus, ProblemFound
from micro.gateway.rules import Rules
from micro.protocol.identity import Identity
from micro.runtime import Runtime
from micro.sections import AuditSettings
from micro.snapshots import HostView
from micro.stores.kept import open_kept

MOST = 20_000
"""Calls after which a full disk has to have shown."""


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC


async def outcome(runtime: Runtime) -> str:
    try:
        result = await runtime.gateway.call("demo.ok", b"{}", caller=CALLER)
    except Refused as refused:
        return refused.kind
    if result.fault:
        return f"withheld: {result.fault.kind}"
    return f"marked: {result.meta['micro/audit']}" if "micro/audit" in result.meta else "ok"


async def until(runtime: Runtime, wanted: str) -> dict[str, int]:
    """Call until a call ends like that; count how the calls ended."""
    seen = dict[str, int]()
    for _ in range(MOST):
        ended = await outcome(runtime)
        seen[ended] = seen.get(ended, 0) + 1
        if ended == wanted:
            return seen
    raise AssertionError(f"no call was {wanted!r}: {seen}")


async def main(folder: Path, policy: Any) -> None:
    bus, problems = EventBus(), list[str]()

    def note(event: AnyEvent) -> None:
        if isinstance(event, ProblemFound):
            problems.append(event.message)

    bus.attach(note)
    with open_kept(folder / "audit.db", folder / "calls.db", bus) as kept:
        runtime = Runtime(
            Identity(name="demo"),
            project="/demo",
            bus=bus,
            write_audit=kept.audit.write,
            host=HostView(pid=None, state="in-process"),
            rules=Rules(audit=AuditSettings(on_failure=policy)),
        )
        runtime.keep_calls(kept.history.add)
        runtime.registry.swap({"demo": [make_tool("ok", ok)]})
        before = await until(runtime, "ok")
        fill(folder / "filler")
        first = "withheld: audit_unavailable" if policy == "refuse" else "marked: not kept"
        full = await until(runtime, first)
        then = await outcome(runtime)
        os.remove(folder / "filler")
        after = await until(runtime, "ok")
    sys.stdout.write(
        json.dumps(
            {"before": before, "full": full, "then": then, "after": after, "problems": problems}
        )
    )


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]), sys.argv[2])
