"""Processes of the family end or are stopped one after another, and the next call is answered."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from micro.calls import ToolResult
from micro.events import HostExited, ProblemFound
from patience import DEADLINE
from reload.harness import Served, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="hosts are forked on Linux alone")

ONE = """
    import os, signal
    import anyio
    from micro import Service

    one = Service("one")

    @one.tool
    def family() -> tuple[int, int]:
        "Give this process and the one that started it."
        return os.getpid(), os.getppid()

    @one.tool
    async def wait() -> None:
        "Wait for ever."
        print("waiting")
        await anyio.sleep_forever()

    @one.tool
    def leave_child() -> int:
        "Leave a process that holds all that this one does."
        pid = os.fork()
        while not pid:
            signal.pause()
        return pid
"""


def children(kind: str) -> list[int]:
    """Give the processes of a kind that this one has started."""
    pids = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in pids if kind in command(int(pid))]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


async def another(kind: str, *than: int) -> int:
    """Wait for a process of a kind that is none of those."""
    with anyio.fail_after(DEADLINE):
        while not (found := [pid for pid in children(kind) if pid not in than]):
            await anyio.lowlevel.checkpoint()
    return found[0]


async def until_exited(served: Served, pid: int) -> str:
    await served.until(lambda: any(event.pid == pid for event in served.of(HostExited)))
    return next(event.status for event in served.of(HostExited) if event.pid == pid)


async def test_a_zygote_that_ends_is_told_and_followed_before_a_host_is_needed(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        host, zygote = await served.call("one.family")
        os.kill(zygote, signal.SIGKILL)
        await served.until(lambda: served.of(ProblemFound))
        (problem,) = served.of(ProblemFound)
        assert problem.message == "the process that hosts are started from ended (SIGKILL)"
        following = await another("host.zygote", zygote)
        os.kill(host, signal.SIGKILL)
        assert await until_exited(served, host) == "cause unknown"
        assert (await served.call("one.family"))[1] == following
        assert len(served.of(ProblemFound)) == 1


async def test_a_call_in_a_host_that_ends_with_its_zygote_fails_and_the_next_is_answered(
    tmp_path: Path,
):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        host, zygote = await served.call("one.family")
        results: list[ToolResult] = []

        async def wait() -> None:
            results.append(await served.result("one.wait"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await served.until(lambda: "waiting" in served.lines)
            os.kill(zygote, signal.SIGKILL)
            os.kill(host, signal.SIGKILL)
        (result,) = results
        assert result.fault is not None
        assert (result.fault.kind, result.fault.retryable) == ("host_lost", True)
        assert await until_exited(served, host) == "cause unknown"
        assert (await served.call("one.family"))[0] != host


async def test_a_zygote_that_was_stopped_goes_on_when_a_host_ends(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        host, zygote = await served.call("one.family")
        os.kill(zygote, signal.SIGSTOP)
        os.kill(host, signal.SIGKILL)
        assert await until_exited(served, host) == "SIGKILL"
        assert (await served.call("one.family"))[1] == zygote


async def test_a_host_has_ended_though_a_child_of_its_own_holds_its_socket(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        host, _ = await served.call("one.family")
        child = await served.call("one.leave_child")
        try:
            os.kill(host, signal.SIGKILL)
            assert await until_exited(served, host) == "SIGKILL"
            assert (await served.call("one.family"))[0] != host
        finally:
            os.kill(child, signal.SIGKILL)


async def test_an_isolated_service_comes_back_once_there_is_what_to_fork_it_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "broken").mkdir()
    broken = tmp_path / "broken" / "sitecustomize.py"
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    files = {"one.py": ONE.replace('"one"', '"one", isolated=True')}
    async with serving(tmp_path / "project", files) as served:
        host, zygote = await served.call("one.family")
        broken.write_text("import os, sys\nif 'host.zygote' in str(sys.orig_argv): os._exit(7)\n")
        os.kill(zygote, signal.SIGKILL)
        os.kill(host, signal.SIGKILL)
        await served.until(lambda: any("exit code 7" in p.message for p in served.of(ProblemFound)))
        broken.unlink()
        assert (await served.call("one.family"))[0] != host


async def test_an_isolated_service_that_others_end_while_it_loads_is_loaded_again(tmp_path: Path):
    text = ONE.replace('"one"', '"one", isolated=True')
    async with serving(tmp_path, {"one.py": text}) as served:
        host, _ = await served.call("one.family")
        held = text.replace("import anyio", "import anyio\n    print('held', os.getpid())", 1)
        (tmp_path / "hold").touch()
        served.write("one.py", held + "    while os.path.exists('hold'): pass\n")
        await served.until(lambda: any(line.startswith("held") for line in served.lines))
        pid = next(int(line.split()[1]) for line in served.lines if line.startswith("held"))
        (tmp_path / "hold").unlink()
        os.kill(pid, signal.SIGKILL)
        assert (await served.call("one.family"))[0] not in (host, pid)


async def test_one_that_stands_by_and_ends_is_followed_before_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MICRO_NO_FORK", "1")
    async with serving(tmp_path, {"one.py": ONE}) as served:
        host, _ = await served.call("one.family")
        spare = await another("host.spawned", host)
        os.kill(spare, signal.SIGKILL)
        following = await another("host.spawned", host, spare)
        os.kill(host, signal.SIGKILL)
        assert await until_exited(served, host) == "SIGKILL"
        assert (await served.call("one.family"))[0] == following
