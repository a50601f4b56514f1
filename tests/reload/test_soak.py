"""Reloads under callers at all doors: no call fails, none is answered by old code.

`MICRO_SOAK=1000 pytest tests/reload/test_soak.py --timeout 900` runs it at full length.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio

from devtool.harness import dev, record
from micro.system.processes import resident
from patience import DEADLINE
from reload.callers import DOORS, Ask, ask_the_sdk, rest

RELOADS = int(os.environ.get("MICRO_SOAK", "30"))
GROWTH = 20 * 2**20
"""Bytes that the processes may grow by from a quarter of the way to its end."""
SERVICE = """
import os
from micro import Service

soak = Service("soak")

@soak.tool
def number() -> dict[str, int]:
    "Give the number of this code, and the process."
    return {"number": 0, "pid": os.getpid()}
"""


class Soak:
    """A file that is saved again and again, and those who call what it defines."""

    def __init__(self, root: Path, address: str) -> None:
        self.root = root
        self.address = address
        self.saved = 0
        self.calls: Counter[str] = Counter()
        self.over = False
        self.hosts: set[int] = set()

    async def call(self, door: str, ask: Ask) -> None:
        """Call once: what was saved before may not be answered by older code."""
        least = self.saved
        answer = await ask()
        assert answer["number"] >= least, door
        self.hosts.add(answer["pid"])
        self.calls[door] += 1

    async def call_at(self, door: str, opened: AbstractAsyncContextManager[Ask]) -> None:
        """Call until it is over; a caller's connection is never cut while an answer is due."""
        async with opened as ask:
            while not self.over:
                await self.call(door, ask)

    async def save(self) -> None:
        """Save as an editor does."""
        text = SERVICE.replace('"number": 0', f'"number": {self.saved + 1}')
        beside = self.root / "soak.new"
        beside.write_text(text)
        beside.replace(self.root / "soak.py")
        self.saved += 1


def enough(lines: list[str]) -> Counter[str]:
    """Count what was told since the start, once that is a load for each save."""
    kinds = [json.loads(line)["event"] for line in lines]
    told = Counter(kinds[kinds.index("runtime_started") :])
    return told if told["service_loaded"] >= RELOADS else Counter()


async def test_reloads_under_callers_at_all_doors_lose_no_call_and_serve_no_old_code(
    tmp_path: Path,
):
    (tmp_path / "soak.py").write_text(SERVICE)
    (tmp_path / "micro.toml").touch()
    with dev(tmp_path) as command:
        soak = Soak(tmp_path, command.event("runtime_started")["addresses"][0])
        await ask_the_sdk(soak.address)  # it is large, and loads when somebody needs it
        sizes: list[int] = []
        async with anyio.create_task_group() as tasks, rest(tmp_path, soak.address) as ask:
            for door, callers in DOORS.items():
                for _ in range(callers):
                    tasks.start_soon(soak.call_at, door.__name__, door(tmp_path, soak.address))
            with anyio.fail_after(DEADLINE):
                while len(soak.calls) < len(DOORS):
                    await soak.call("rest", ask)
            for number in range(RELOADS):
                await soak.save()
                await soak.call("rest", ask)
                if number in (RELOADS // 4, RELOADS - 1):
                    runtime = record(tmp_path)["pid"]
                    sizes.append(sum(map(resident, [*soak.hosts, runtime])))
            soak.over = True
        after = command.until(lambda: enough(command.out))
        assert len(soak.hosts) == 1
        assert all(soak.calls[door.__name__] > RELOADS for door in DOORS)
        assert not {"service_failed", "host_exited", "tools_changed"} & set(after)
        assert sizes[1] - sizes[0] < GROWTH
