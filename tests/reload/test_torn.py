"""Half-written files never serve, and what the next save mends is not told: rows 34 and 35."""

from __future__ import annotations

import os
import textwrap
import time
from pathlib import Path

import anyio
import anyio.to_thread

from micro.registry.torn import read_settled
from reload.harness import Served, serving

ONE = """
    from micro import Service

    one = Service("one")

    @one.tool
    def value() -> int:
        '''Give the value.'''
        return 1
"""


def write_young(path: Path, text: str) -> None:
    """Write what stays young though the machine stand still: it was written a while from now."""
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.utime(file.fileno(), (time.time() + 60,) * 2)


async def write_in_steps(served: Served, text: str) -> None:
    """Save as a slow editor does: empty, half, the rest, each time closing the file."""
    text = textwrap.dedent(text)

    def write() -> None:
        for part in ("", text[: len(text) // 2]):
            write_young(served.root / "one.py", part)
            time.sleep(0.004)
        (served.root / "one.py").write_text(text)

    await anyio.to_thread.run_sync(write)


async def test_a_file_written_in_steps_is_never_served_or_told_of_in_part(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        for number in range(2, 8):
            answers: set[int] = set()

            async def ask(answers: set[int] = answers) -> None:
                while True:
                    answers.add(await served.call("one.value"))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask)
                await write_in_steps(served, ONE.replace("return 1", f"return {number}"))
                assert await served.call("one.value") == number
                tasks.cancel_scope.cancel()
            assert answers <= {number - 1, number}
        assert len(served.loaded("one")) == 6
        assert not served.failed("one")
        assert served.list_changes == 0


async def test_a_file_in_a_process_of_its_own_is_never_read_in_part_either(tmp_path: Path):
    alone = ONE.replace('"one"', '"one", isolated=True')
    async with serving(tmp_path, {"one.py": alone}) as served:
        for number in range(2, 5):
            await write_in_steps(served, alone.replace("return 1", f"return {number}"))
            assert await served.call("one.value") == number
        assert not served.failed("one")


async def test_a_file_that_is_deleted_and_written_anew_keeps_its_service(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        async with anyio.create_task_group() as tasks:
            (tmp_path / "one.py").unlink()
            tasks.start_soon(served.names)
            served.write("one.py", ONE.replace("return 1", "return 2"))
        assert await served.call("one.value") == 2
        assert served.list_changes == 0


async def test_an_error_that_the_next_save_mends_is_not_told(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE, "two.py": ONE.replace("one", "two")}) as served:
        served.edit("one.py", "return 1", "return 1 +")
        assert await served.call("one.value") == 1
        served.write("one.py", ONE.replace("return 1", "return 2"))
        assert await served.call("one.value") == 2
        served.edit("two.py", "return 1", "return 1 +")
        await served.failure("two")
        assert not served.failed("one")


async def test_a_formatter_that_writes_the_same_again_reloads_nothing(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.edit("one.py", "return 1", "return 2")
        assert await served.call("one.value") == 2
        served.edit("one.py", "return 2", "return 2")
        assert await served.call("one.value") == 2
        await served.settle()
        assert len(served.loaded("one")) == 1


def test_a_torn_file_is_believed_once_it_has_stayed_so(tmp_path: Path):
    torn, looks = tmp_path / "torn.py", list[bytes]()

    def is_whole(path: Path, data: bytes) -> bool:
        looks.append(data)
        return False

    torn.write_text("half")
    os.utime(torn, (time.time() - 60,) * 2)
    assert read_settled(torn, is_whole) == b"half"
    assert looks == [b"half"]
    write_young(torn, "later")
    assert read_settled(torn, is_whole) == b"later"
    assert looks[2:]
    assert read_settled(tmp_path / "nothing.py", lambda path, data: True) is None
