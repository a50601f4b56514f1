"""What ends its process again and again is set apart, then given up, until a save mends it."""

from __future__ import annotations

import os
from pathlib import Path

from micro.events import HostExited, ProblemFound, ServiceFailed
from reload.harness import Served, serving

FINE = """
    import os
    from micro import Service

    fine = Service("fine")
    calls = 0

    @fine.tool
    def count() -> int:
        "Count calls."
        global calls
        calls += 1
        return calls

    @fine.tool
    def pid() -> int:
        "Give the process."
        return os.getpid()
"""
CRASHING = """
    import os
    from micro import Service

    crashing = Service("crashing")

    @crashing.tool
    def leave() -> str:
        "End the process."
        os._exit(3)

    @crashing.tool
    def pid() -> int:
        "Give the process."
        return os.getpid()
"""
AT_IMPORT = "from micro import Service\nbad = Service('bad')\nimport os\nos.abort()\n"


async def crash(served: Served, times: int) -> None:
    for _ in range(times):
        result = await served.result("crashing.leave")
        assert result.fault is not None
        assert (result.fault.kind, result.fault.retryable) == ("host_lost", True)


async def test_a_service_that_ends_the_host_again_and_again_gets_a_process_of_its_own(
    tmp_path: Path,
):
    async with serving(tmp_path, {"fine.py": FINE, "crashing.py": CRASHING}) as served:
        await crash(served, 3)
        await served.until(lambda: served.of(ProblemFound))
        told = served.of(ProblemFound)[0].message
        assert told.startswith("crashing.py gets a process of its own")
        assert "exit code 3" in told
        assert await served.call("crashing.pid") != await served.call("fine.pid")
        before = await served.call("fine.count")
        await crash(served, 2)
        assert await served.call("fine.count") == before + 1
        assert len(served.of(HostExited)) == 5


async def test_one_that_goes_on_is_refused_until_it_is_saved_and_others_do_not_notice(
    tmp_path: Path,
):
    async with serving(tmp_path, {"fine.py": FINE, "crashing.py": CRASHING}) as served:
        await crash(served, 6)
        await served.until(lambda: served.failed("crashing"))
        before = await served.call("fine.count")
        refused = await served.result("crashing.pid")
        assert refused.fault is not None
        assert not refused.fault.retryable
        assert "crashing is not run until its code changes" in refused.text
        assert "3 times" in refused.text
        assert "crashing.leave" in await served.names()
        problem = served.of(ProblemFound)[-1]
        assert problem.mend == "mend crashing.py and save it"
        assert await served.call("fine.count") == before + 1
        served.edit("crashing.py", "os._exit(3)", "return 'stayed'")
        assert await served.call("crashing.leave") == "stayed"
        states = {each.name: each.error for each in served.runtime.snapshot().services}
        assert states == {"crashing": None, "fine": None}
        assert await served.call("fine.count") == before + 2


async def test_saving_a_refused_file_as_it_is_tries_it_again(tmp_path: Path):
    async with serving(tmp_path, {"crashing.py": CRASHING}) as served:
        await crash(served, 6)
        await served.until(lambda: served.failed("crashing"))
        served.write("crashing.py", CRASHING)
        assert await served.call("crashing.pid") != os.getpid()


async def test_a_file_that_ends_the_host_while_it_loads_is_given_up_and_others_serve(
    tmp_path: Path,
):
    async with serving(tmp_path, {"fine.py": FINE}) as served:
        served.write("bad.py", AT_IMPORT)
        failed = await served.failure("bad.py")
        assert failed.error.message == "it ends its process"
        exits = len(served.of(HostExited))
        messages = [problem.message for problem in served.of(ProblemFound)]
        assert any("bad.py gets a process of its own" in each for each in messages)
        assert any("bad.py is not run until its code changes" in each for each in messages)
        assert not any("in a row soon after its start" in each for each in messages)
        assert await served.call("fine.count") == 1
        served.write("bad.py", AT_IMPORT.replace("os.abort()", ""))
        await served.until(lambda: served.loaded("bad"))
        assert await served.call("fine.count") == 2
        assert (exits, len(served.of(HostExited))) == (3, 3)


async def test_a_known_service_that_ends_the_host_at_a_reload_stays_listed_and_is_refused(
    tmp_path: Path,
):
    async with serving(tmp_path, {"fine.py": FINE, "crashing.py": CRASHING}) as served:
        served.edit("crashing.py", "crashing = S", "os._exit(4)\ncrashing = S")
        await served.until(lambda: served.failed("crashing"))
        refused = await served.result("crashing.pid")
        assert "crashing is not run until its code changes" in refused.text
        assert served.of(ServiceFailed)[-1].serving is None
        served.write("crashing.py", CRASHING)
        assert await served.call("crashing.pid")
        assert await served.call("fine.count") == 1
