"""Where hosts cannot be forked, one stands by, and all else is as it is elsewhere."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from micro.events import HostExited, ProblemFound
from reload.harness import Served, serving

ONE = """
    import os
    from micro import Service

    one = Service("one")

    @one.tool
    def value() -> int:
        "Give the value."
        return 1

    @one.tool
    def parent() -> tuple[int, int]:
        "Give this process and the one that started it."
        return os.getpid(), os.getppid()
"""


async def kill(served: Served) -> int:
    pid, _ = await served.call("one.parent")
    os.kill(pid, signal.SIGKILL)
    await served.until(lambda: any(event.pid == pid for event in served.of(HostExited)))
    return pid


@pytest.fixture
def no_fork(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MICRO_NO_FORK", "1")


@pytest.mark.usefixtures("no_fork")
async def test_hosts_that_are_started_reload_crash_and_come_back(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        pid, parent = await served.call("one.parent")
        assert parent == os.getpid()
        for number in range(2, 6):
            served.edit("one.py", f"return {number - 1}", f"return {number}")
            assert await served.call("one.value") == number
        assert await kill(served) == pid
        assert await served.call("one.value") == 5
        await kill(served)
        assert await served.call("one.value") == 5
        assert [event.status for event in served.of(HostExited)] == ["SIGKILL", "SIGKILL"]


@pytest.mark.usefixtures("no_fork")
async def test_isolated_services_are_started_too(tmp_path: Path):
    alone = ONE.replace('"one"', '"one", isolated=True')
    async with serving(tmp_path, {"one.py": alone}) as served:
        pid, parent = await served.call("one.parent")
        assert parent == os.getpid()
        served.edit("one.py", "return 1", "return 2")
        assert await served.call("one.value") == 2
        assert (await served.call("one.parent"))[0] != pid


async def test_a_package_that_starts_threads_at_import_is_not_forked_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    packages, state = tmp_path / "packages", tmp_path / "project" / ".micro"
    packages.mkdir()
    state.mkdir(parents=True)
    (packages / "threaded.py").write_text(
        "import threading\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "number = 4\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(packages))
    preload = state / "preload.json"
    preload.write_text(json.dumps(["threaded"]))
    one = ONE.replace("import os", "import os, threaded").replace("return 1", "return 4")
    async with serving(tmp_path / "project", {"one.py": one}, preload=preload) as served:
        assert await served.call("one.value") == 4
        problems = served.runtime.snapshot().problems
        assert any("starts threads when it is imported" in each.message for each in problems)
        assert (await served.call("one.parent"))[1] == os.getpid()
        await kill(served)
        assert await served.call("one.value") == 4


async def test_hosts_are_forked_where_that_is_sound(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        assert (await served.call("one.parent"))[1] != os.getpid()
        assert not served.of(ProblemFound)


@pytest.mark.usefixtures("no_fork")
async def test_a_package_that_ends_what_imports_it_is_not_imported_beforehand_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    packages, preload = tmp_path / "packages", tmp_path / "preload.json"
    packages.mkdir()
    (packages / "ends_all.py").write_text("import os\nos._exit(5)\n")
    monkeypatch.setenv("PYTHONPATH", str(packages))
    preload.write_text(json.dumps(["json", "ends_all"]))
    async with serving(tmp_path / "project", {"one.py": ONE}, preload=preload) as served:
        assert await served.call("one.value") == 1
        assert "ends_all" not in json.loads(preload.read_text())
