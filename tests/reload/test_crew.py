"""Several hosts behind one runtime: they share the calls, and no two of them answer differently."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import msgspec

from micro.calls import Caller, Peer, Progress, ToolResult
from micro.events import HostExited, HostStarted, ProblemFound, ServiceLoaded
from micro.peers import Question
from reload.harness import DEADLINE, Served, serving

SHOP = """
    import os, threading, time
    from micro import Context, Service

    shop = Service("shop")
    together = threading.Event()
    calls = 0

    @shop.tool
    def version() -> int:
        "Give the version."
        return 1

    @shop.tool
    def count() -> list[int]:
        "Count the calls of this process."
        global calls
        calls += 1
        return [os.getpid(), calls]

    @shop.tool
    def wait(file: str) -> int:
        "Wait until a file is there."
        while not os.path.exists(file):
            time.sleep(0.005)
        return os.getpid()

    @shop.tool
    async def steps(ctx: Context) -> int:
        "Tell of steps."
        for number in range(3):
            await ctx.progress(number, 3)
        return os.getpid()

    @shop.tool
    async def ask_other(ctx: Context) -> list[int]:
        "Ask another tool."
        return [os.getpid(), (await ctx.call("shop.count"))[0]]

    @shop.tool
    async def ask(ctx: Context) -> str:
        "Ask the client."
        (root,) = await ctx.roots()
        return f"{root.uri} {os.getpid()}"
"""
SECOND = """
    from micro import Service

    second = Service("second")
    seen = []

    @second.tool
    def seen_before(word: str) -> bool:
        "Tell whether this process was told a word before."
        seen.append(word)
        return seen.count(word) > 1
"""


async def when(condition: Callable[[], object]) -> None:
    """Wait until a condition holds of which nobody tells."""
    with anyio.fail_after(DEADLINE):
        while True:
            if condition():
                return
            await anyio.sleep(0.002)


def in_flight(served: Served) -> list[int]:
    return [host.calls for host in served.backend.hosts]


def pids_of(served: Served) -> set[int | None]:
    return {host.pid for host in served.backend.hosts}


async def all_there(served: Served, size: int = 2) -> None:
    """Wait until every host has what serves, and gets calls."""
    await served.settle()
    with anyio.fail_after(DEADLINE):
        while True:
            if not any(host.behind for host in served.backend.hosts) and await share(served, size):
                return
            await anyio.sleep(0.002)


async def share(served: Served, size: int) -> bool:
    """Whether as many hosts answer as calls are in flight."""
    gate = served.root / "gate"
    gate.unlink(missing_ok=True)
    pids: set[int] = set()

    async def wait() -> None:
        pids.add(await served.call("shop.wait", file=str(gate)))

    async with anyio.create_task_group() as tasks:
        for _ in range(size):
            tasks.start_soon(wait)
        await when(lambda: sum(in_flight(served)) >= size)
        gate.touch()
    return len(pids) == size


async def sharing(served: Served) -> None:
    """Wait until both of two hosts get calls, whatever they have."""
    with anyio.fail_after(DEADLINE):
        while True:
            if await share(served, 2):
                return
            await anyio.sleep(0.002)


@asynccontextmanager
async def crew(
    root: Path, files: dict[str, str] | None = None, size: int = 2
) -> AsyncGenerator[Served]:
    async with serving(root, {"shop.py": SHOP, **(files or {})}, workers=size) as served:
        await all_there(served, size)
        yield served


async def spread(served: Served, tool: str, times: int = 2) -> list[ToolResult]:
    """Call a tool so many times at once: each host gets its part."""
    results: list[ToolResult] = []

    async def call() -> None:
        results.append(await served.result(tool))

    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(call)
    return results


def values(results: list[ToolResult]) -> list[object]:
    return [json.loads(result.structured or b"{}").get("result") for result in results]


async def counts(served: Served, tool: str, times: int = 2) -> list[tuple[int, int]]:
    """Give the process and the count that each of some calls at once was answered with."""
    results = await spread(served, tool, times)
    return [msgspec.json.decode(each.structured or b"", type=_Count).result for each in results]


class _Count(msgspec.Struct):
    result: tuple[int, int]


def lead(served: Served) -> int:
    return next(host.pid for host in served.backend.hosts if host.leads) or 0


async def killed(served: Served, pid: int) -> None:
    """Kill a host, and wait until that is known."""
    os.kill(pid, signal.SIGKILL)
    await when(lambda: pid not in pids_of(served))


def follower(served: Served) -> int:
    return next(host.pid for host in served.backend.hosts if not host.leads) or 0


async def test_calls_at_the_same_time_are_in_different_processes(tmp_path: Path):
    async with crew(tmp_path) as served:
        gate = tmp_path / "open"
        pids: list[int] = []

        async def wait() -> None:
            pids.append(await served.call("shop.wait", file=str(gate)))

        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(wait)
            await when(lambda: in_flight(served) == [2, 2])
            gate.touch()
        assert sorted(pids.count(pid) for pid in set(pids)) == [2, 2]
        assert set(pids) == pids_of(served)


async def test_a_call_after_a_save_is_answered_by_the_new_code_whoever_answers(tmp_path: Path):
    async with crew(tmp_path) as served:
        pids: set[int] = set()
        for number in range(2, 12):
            served.edit("shop.py", f"return {number - 1}\n", f"return {number}\n")
            assert values(await spread(served, "shop.version", 4)) == [number] * 4
            if number % 3 == 0:
                await all_there(served)
            pids |= {pid for pid, _ in await counts(served, "shop.count")}
        assert len(pids) == 2
        numbers = [event.generation for event in served.loaded("shop")]
        assert numbers == list(range(2, 12))


async def test_saves_under_load_lose_no_call_and_no_answer_is_older_than_its_call(tmp_path: Path):
    async with crew(tmp_path) as served:
        saved, answers, over = 1, 0, False

        async def ask() -> None:
            nonlocal answers
            while not over:
                began = saved
                assert await served.call("shop.version") >= began
                answers += 1

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(ask)
            for number in range(2, 14):
                before = answers
                served.edit("shop.py", f"return {number - 1}\n", f"return {number}\n")
                saved = number
                await when(lambda before=before: answers >= before + 40)
            over = True
        assert not served.of(HostExited)
        await all_there(served)


async def test_a_save_changes_the_list_once(tmp_path: Path):
    async with crew(tmp_path) as served:
        served.edit("shop.py", "Give the version.", "Give the number of the version.")
        await all_there(served)
        assert served.list_changes == 1
        assert len(served.of(ServiceLoaded)) == 1


async def test_a_save_that_does_not_load_leaves_all_of_them_as_they_are(tmp_path: Path):
    async with crew(tmp_path) as served:
        pids = pids_of(served)
        served.edit("shop.py", "return 1\n", "return 1 +\n")
        assert values(await spread(served, "shop.version", 4)) == [1] * 4
        await served.failure("shop")
        await all_there(served)
        assert len(served.failed("shop")) == 1
        served.edit("shop.py", "return 1 +\n", "return 2\n")
        assert values(await spread(served, "shop.version", 4)) == [2] * 4
        await all_there(served)
        assert pids_of(served) == pids


async def test_a_host_that_ends_takes_its_own_calls_and_no_others(tmp_path: Path):
    async with crew(tmp_path, {"second.py": SECOND}) as served:
        for pid_of in (lead, follower):
            pid, kept = pid_of(served), served.of(ServiceLoaded)
            gate = tmp_path / "released"
            gate.unlink(missing_ok=True)
            results: list[ToolResult] = []

            async def wait(gate: Path = gate, results: list[ToolResult] = results) -> None:
                results.append(await served.result("shop.wait", file=str(gate)))

            async with anyio.create_task_group() as tasks:
                for _ in range(6):
                    tasks.start_soon(wait)
                await when(lambda: in_flight(served) == [3, 3])
                await killed(served, pid)
                assert await served.call("shop.version") == 1
                gate.touch()
            lost = [each for each in results if each.fault is not None]
            assert [each.fault.kind for each in lost if each.fault] == ["host_lost"] * 3
            await all_there(served)
            assert served.of(ServiceLoaded) == kept
            assert pid not in pids_of(served)
        assert len(served.of(HostExited)) == 2


async def test_a_host_that_is_killed_in_a_save_leaves_no_old_code_behind(tmp_path: Path):
    async with crew(tmp_path) as served:
        for number in (2, 3):  # a third end in so short a time would set the service apart
            os.kill(lead(served), signal.SIGKILL)
            served.edit("shop.py", f"return {number - 1}\n", f"return {number}\n")
            results = await spread(served, "shop.version", 6)
            answers = [each for each in results if each.fault is None]
            assert set(values(answers)) <= {number}
            assert await served.call("shop.version") == number
            await all_there(served)


async def test_all_of_them_may_end_at_once(tmp_path: Path):
    async with crew(tmp_path) as served:
        for host in served.backend.hosts:
            os.kill(host.pid or 0, signal.SIGKILL)
        await served.until(lambda: len(served.of(HostExited)) == 2)
        assert await served.call("shop.version") == 1
        await all_there(served)


async def test_a_file_that_ends_the_process_at_import_leaves_the_others_serving(tmp_path: Path):
    async with crew(tmp_path) as served:
        served.write(
            "bad.py", "from micro import Service\nbad = Service('bad')\nimport os\nos.abort()\n"
        )
        await served.until(
            lambda: any("bad.py is not run" in p.message for p in served.of(ProblemFound))
        )
        assert len(served.of(HostExited)) == 3
        await all_there(served)
        assert values(await spread(served, "shop.version", 4)) == [1] * 4
        served.write("bad.py", "from micro import Service\nbad = Service('bad')\n")
        await served.until(lambda: served.loaded("bad"))
        await all_there(served)


async def test_a_tool_that_ends_its_process_again_and_again_is_set_apart(tmp_path: Path):
    crashing = """
        import os
        from micro import Service

        crashing = Service("crashing")

        @crashing.tool
        def leave() -> int:
            "End the process."
            os._exit(3)

        @crashing.tool
        def pid() -> int:
            "Give the process."
            return os.getpid()
    """
    async with crew(tmp_path, {"crashing.py": crashing}) as served:
        for _ in range(3):
            assert (await served.result("crashing.leave")).fault is not None
        await all_there(served)
        pid = await served.call("crashing.pid")
        assert pid not in pids_of(served)


async def test_progress_questions_and_calls_of_other_tools_work_in_every_host(tmp_path: Path):
    async with crew(tmp_path) as served:
        told: list[Progress] = []
        gate, pids = tmp_path / "never", set[int]()

        async def take(progress: Progress) -> None:
            told.append(progress)

        async def answer(questions: Sequence[Question]) -> list[dict[str, Any]]:
            return [{"roots": [{"uri": "file:///shop"}]} for _ in questions]

        async def ask(tool: str) -> Any:
            peer = Peer(on_progress=take, ask=answer, abilities=("roots",))
            caller = Caller(door="memory")
            result = await served.runtime.gateway.call(tool, b"{}", caller=caller, peer=peer)
            return json.loads(result.structured or b"")["result"]

        async def run() -> None:
            pid = await ask("shop.steps")
            assert await ask("shop.ask") == f"file:///shop {pid}"
            pids.add(pid)

        await run()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: served.result("shop.wait", file=str(gate)))
            await when(lambda: sum(in_flight(served)))
            await run()
            busy = next(host.pid for host in served.backend.hosts if host.calls)
            asked, answered = await served.call("shop.ask_other")
            assert busy not in {asked}
            assert answered in pids_of(served)
            gate.touch()
        assert len(pids) == 2
        assert len(told) == 6


async def test_a_cancelled_call_ends_in_the_host_that_has_it(tmp_path: Path):
    sleeper = """
        import asyncio
        from micro import Service

        sleeper = Service("sleeper")

        @sleeper.tool
        async def sleep() -> None:
            "Sleep until cancelled."
            print("asleep")
            try:
                await asyncio.sleep(60)
            finally:
                print("cancelled")
    """
    async with crew(tmp_path, {"sleeper.py": sleeper}) as served:
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(served.result, "sleeper.sleep")
            await when(lambda: in_flight(served) == [1, 1])
            await served.until(lambda: served.lines.count("asleep") == 2)
            tasks.cancel_scope.cancel()
        await served.until(lambda: served.lines.count("cancelled") == 2)
        assert in_flight(served) == [0, 0]


async def test_hooks_run_in_every_host_and_state_is_handed_on_within_each(tmp_path: Path):
    counter = """
        import os
        from micro import Service

        counter = Service("counter")
        state = {"calls": 0}

        @counter.tool
        def count() -> list[int]:
            "Count calls."
            state["calls"] += 1
            return [os.getpid(), state["calls"]]

        @counter.on_start
        def start() -> None:
            print("start")

        @counter.on_handover
        def give() -> dict[str, int]:
            return state

        @counter.on_takeover
        def take(given: dict[str, int]) -> None:
            state.update(given)
    """
    async with crew(tmp_path, {"counter.py": counter}) as served:
        for number in (1, 2, 3):
            assert [count for _, count in await counts(served, "counter.count")] == [number] * 2
            served.write("counter.py", f"{counter}    # {number}\n")
            await all_there(served)
        assert served.lines.count("start") == 6 + 1  # the first host's first came before


async def test_an_isolated_service_has_its_one_process(tmp_path: Path):
    alone = SECOND.replace('Service("second")', 'Service("second", isolated=True)')
    async with crew(tmp_path, {"second.py": alone}) as served:
        assert not await served.call("second.seen_before", word="a")
        for _ in range(6):
            assert await served.call("second.seen_before", word="a")
        served.edit("second.py", "seen = []", "seen = ['b']")
        assert await served.call("second.seen_before", word="b")
        await all_there(served)


async def test_an_exclusive_service_is_in_the_host_that_leads_and_in_the_next_that_does(
    tmp_path: Path,
):
    port = """
        import os, socket
        from micro import Service

        port = Service("port", exclusive=True)

        @port.on_start
        def start() -> None:
            global listener
            listener = socket.create_server(("127.0.0.1", 0))

        @port.on_stop
        def stop() -> None:
            listener.close()

        @port.tool
        def pid() -> int:
            "Give the process."
            return os.getpid()
    """
    async with serving(tmp_path, {"shop.py": SHOP, "port.py": port}, workers=2) as served:
        await served.until(lambda: served.of(HostStarted))
        for _ in range(2):
            leading = lead(served)
            assert set(values(await spread(served, "port.pid", 4))) == {leading}
            await sharing(served)
            await killed(served, leading)
        assert not [p for p in served.of(ProblemFound) if "port" in p.message]


async def test_a_service_that_loads_in_one_process_only_serves_from_that(tmp_path: Path):
    lock = """
        import os
        from pathlib import Path
        from micro import Service

        lock = Service("lock")

        @lock.on_start
        def start() -> None:
            os.open(str(Path(__file__).with_name("held")), os.O_CREAT | os.O_EXCL)

        @lock.tool
        def pid() -> int:
            "Give the process."
            return os.getpid()
    """
    async with serving(tmp_path, {"shop.py": SHOP, "lock.py": lock}, workers=2) as served:
        await served.until(lambda: served.of(ProblemFound))
        problem = served.of(ProblemFound)[0]
        assert problem.message.startswith("lock runs in one process alone")
        assert "isolated=True" in (problem.mend or "")
        assert set(values(await spread(served, "lock.pid", 4))) == {lead(served)}
        assert not served.failed("lock")
        assert await share(served, 2)


async def test_one_that_has_grown_is_replaced_and_the_other_serves_on(tmp_path: Path):
    hungry = """
        import os
        from micro import Service

        hungry = Service("hungry")
        held = []

        @hungry.tool
        def eat(megabytes: int) -> int:
            "Hold so much memory."
            held.append(b"x" * megabytes * 2**20)
            return os.getpid()
    """
    files = {"shop.py": SHOP, "hungry.py": hungry}
    async with serving(tmp_path, files, workers=2, memory_limit=80 * 2**20) as served:
        await all_there(served)
        grown = await served.call("hungry.eat", megabytes=120)
        await served.until(lambda: any(e.replaces == grown for e in served.of(HostStarted)))
        await all_there(served)
        assert grown not in pids_of(served)
        assert not served.of(HostExited)


async def test_a_service_that_is_new_and_one_that_goes_are_so_in_all(tmp_path: Path):
    async with crew(tmp_path) as served:
        served.write("second.py", SECOND)
        assert not await served.call("second.seen_before", word="a")
        await all_there(served)
        (tmp_path / "second.py").unlink()
        assert not [name for name in await served.names() if name.startswith("second.")]
        await all_there(served)
        assert all(not host.behind for host in served.backend.hosts)


async def test_loading_a_service_again_by_hand_does_so_in_all(tmp_path: Path):
    async with crew(tmp_path) as served:
        await spread(served, "shop.count")
        await served.runtime.reload("shop")
        await all_there(served)
        assert [count for _, count in await counts(served, "shop.count")] == [1, 1]
