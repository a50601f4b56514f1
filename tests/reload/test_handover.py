"""What one generation leaves to the next: state, a port, or a thread. Rows 36, 37 and 43."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from micro.events import ProblemFound
from reload.harness import serving

COUNTER = """
    from micro import Service

    counter = Service("counter")
    state = {"calls": 0}

    @counter.tool
    def count() -> int:
        "Count calls."
        state["calls"] += 1
        return state["calls"]

    @counter.on_handover
    def give() -> dict[str, int]:
        return state

    @counter.on_takeover
    async def take(given: dict[str, int]) -> None:
        state.update(given)
"""
PORT = """
    import socket
    from micro import Service

    port = Service("port", exclusive=True)
    listener = socket.socket()

    @port.on_start
    def start() -> None:
        global listener
        listener = socket.create_server(("127.0.0.1", 0 if NUMBER == 0 else NUMBER))
        print("start VERSION")

    @port.on_stop
    def stop() -> None:
        listener.close()
        print("stop VERSION")

    @port.tool
    def number() -> int:
        "Give the port."
        return listener.getsockname()[1]

    @port.tool
    def version() -> str:
        "Give the version."
        return "VERSION"
"""


async def test_state_goes_from_one_generation_to_the_next(tmp_path: Path):
    async with serving(tmp_path, {"counter.py": COUNTER}) as served:
        for number in (1, 2, 3):
            assert await served.call("counter.count") == number
            served.write("counter.py", f"{COUNTER}    # {number}\n")


async def test_services_stop_when_the_host_ends_the_last_started_first(tmp_path: Path):
    noted = tmp_path / "stopped.txt"
    service = """
        from pathlib import Path
        from micro import Service

        {name} = Service("{name}")

        @{name}.on_stop
        def stop() -> None:
            with Path("{noted}").open("a") as notes:
                notes.write("{name} ")
            print("stopped")
    """
    files = {f"{name}.py": service.format(name=name, noted=noted) for name in ("a", "b", "c")}
    async with serving(tmp_path, files) as served:
        served.write("b.py", files["b.py"] + "    # again\n")
        await served.until(lambda: "stopped" in served.lines)
    assert noted.read_text() == "b c b a "


async def test_what_cannot_be_handed_over_is_told_and_the_next_begins_without(tmp_path: Path):
    async with serving(tmp_path, {"counter.py": COUNTER}) as served:
        await served.call("counter.count")
        served.edit("counter.py", "return state\n", "return object()\n")
        assert await served.call("counter.count") == 2
        served.edit("counter.py", "return object()\n", "return state\n")
        assert await served.call("counter.count") == 1
        await served.until(lambda: any("hands nothing over" in line for line in served.lines))


async def test_who_cannot_take_over_does_not_serve(tmp_path: Path):
    async with serving(tmp_path, {"counter.py": COUNTER}) as served:
        await served.call("counter.count")
        served.edit("counter.py", "state.update(given)", "raise ValueError('not mine')")
        assert await served.call("counter.count") == 2
        assert "not mine" in (await served.failure("counter")).error.message


def port_service(number: int, version: str) -> str:
    return PORT.replace("NUMBER", str(number)).replace("VERSION", version)


@pytest.mark.parametrize("said", ["exclusive=True", ""])
async def test_a_port_is_free_before_the_next_generation_takes_it(tmp_path: Path, said: str):
    first = port_service(0, "one").replace("exclusive=True", said)
    async with serving(tmp_path, {"port.py": first}) as served:
        number = await served.call("port.number")
        answers: list[str] = []

        async def ask() -> None:
            while True:
                answers.append(await served.call("port.version"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            served.write("port.py", port_service(number, "two").replace("exclusive=True", said))
            assert await served.call("port.version") == "two"
            tasks.cancel_scope.cancel()
        assert await served.call("port.number") == number
        hooks = [line for line in served.lines if line.startswith(("start", "stop"))]
        assert hooks[-2:] == ["stop one", "start two"]
        assert set(answers) <= {"one", "two"}


async def test_an_exclusive_service_that_does_not_start_leaves_the_old_one_running(tmp_path: Path):
    async with serving(tmp_path, {"port.py": port_service(0, "one")}) as served:
        broken = port_service(0, "two").replace("global listener", "raise OSError('no')")
        served.write("port.py", broken)
        assert await served.call("port.version") == "one"
        assert await served.call("port.number") > 0
        assert "no" in (await served.failure("port")).error.message
        hooks = [line for line in served.lines if line.startswith(("start", "stop"))]
        assert hooks[-2:] == ["stop one", "start one"]


async def test_a_thread_that_stays_in_replaced_code_is_named_once(tmp_path: Path):
    threaded = """
        import threading
        from micro import Service

        poller = Service("poller")
        threading.Thread(target=threading.Event().wait, daemon=True, name="library").start()

        def poll() -> None:
            threading.Event().wait()

        threading.Thread(target=poll, daemon=True, name="poll").start()

        @poller.tool
        def value() -> int:
            "Give the value."
            return 1
    """
    async with serving(tmp_path, {"poller.py": threaded}) as served:
        served.edit("poller.py", "return 1", "return 2")
        assert await served.call("poller.value") == 2
        await served.until(lambda: served.of(ProblemFound))
        served.edit("poller.py", "return 2", "return 3")
        assert await served.call("poller.value") == 3
        await served.until(lambda: len(served.of(ProblemFound)) == 2)
        messages = {problem.message for problem in served.of(ProblemFound)}
        assert messages == {
            "the thread 'poll' runs on in code that was replaced (poller.py:8)",
        }
