"""What must be observed after a save: rows 1 to 12, 21 to 26, 42 and 45 of the acceptance table."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import anyio
import pytest

from reload.harness import serving

ONE = """
    from micro import Service

    one = Service("one")
    calls = 0

    @one.tool
    def value() -> int:
        '''Give the value.'''
        return 1

    @one.tool
    def count() -> int:
        '''Count calls of this generation.'''
        global calls
        calls += 1
        return calls
"""
TWO = ONE.replace("one", "two")


async def test_the_first_call_after_a_save_is_answered_by_the_new_code(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        for number in range(2, 30):
            served.edit("one.py", f"return {number - 1}", f"return {number}")
            assert await served.call("one.value") == number


async def test_the_first_call_after_a_save_in_place_is_answered_by_the_new_code(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        for number in range(2, 30):
            text = textwrap.dedent(ONE).replace("return 1", f"return {number}")
            served.write_in_place("one.py", text)
            assert await served.call("one.value") == number


async def test_where_files_are_polled_the_first_call_after_a_save_is_answered_by_new_code_too(
    tmp_path: Path,
):
    async with serving(tmp_path, {"one.py": ONE}, polled=True) as served:
        for number in range(2, 12):
            served.edit("one.py", f"return {number - 1}\n", f"return {number}\n")
            assert await served.call("one.value") == number


async def test_two_files_saved_at_once_are_one_reload(tmp_path: Path):
    files = {"one.py": ONE.replace("calls = 0", "from helper import number")}
    async with serving(tmp_path, {**files, "helper.py": "number = 1\n"}) as served:
        text = files["one.py"].replace("helper import number", "helper import other as number")
        served.write("one.py", text.replace("return 1", "return number"))
        served.write("helper.py", "other = 2\n")
        assert await served.call("one.value") == 2
        await served.settle()
        assert len(served.loaded("one")) == 1
        assert not served.failed("one")


async def test_the_same_bytes_again_are_no_reload(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        await served.call("one.count")
        served.write("one.py", ONE)
        os.utime(tmp_path / "one.py")
        await served.settle()
        assert await served.call("one.count") == 2
        assert not served.loaded("one")


async def test_an_edit_of_one_service_leaves_the_state_of_another(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE, "two.py": TWO}) as served:
        await served.call("two.count")
        served.edit("one.py", "return 1", "return 7")
        assert await served.call("one.value") == 7
        assert await served.call("two.count") == 2
        assert not served.loaded("two")


async def test_an_edit_of_a_body_tells_clients_nothing(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.edit("one.py", "return 1", "return 7")
        assert await served.call("one.value") == 7
        assert served.loaded("one")[-1].changes == ()
        assert served.list_changes == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Give the value.", "Give another value."),
        ("def value() -> int", "def value(step: int = 1) -> int"),
        ("def value() -> int", "def value() -> float"),
        ("def value()", "def amount()"),
    ],
)
async def test_an_edit_that_clients_see_changes_the_list_once(tmp_path: Path, old: str, new: str):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.edit("one.py", old, new)
        await served.names()
        assert served.list_changes == 1
        assert served.loaded("one")[-1].changes


async def test_calls_in_flight_end_in_the_code_that_they_began_in(tmp_path: Path):
    slow = """
        import time
        import anyio
        from micro import Service

        slow = Service("slow")

        @slow.tool
        def blocking() -> str:
            "Block."
            print("began")
            time.sleep(0.3)
            return "old"

        @slow.tool
        async def waiting() -> str:
            "Wait."
            print("began")
            await anyio.sleep(0.3)
            return "old"

        @slow.on_start
        def start(): print("start old")

        @slow.on_stop
        def stop(): print("stop old")
    """
    async with serving(tmp_path, {"slow.py": slow}) as served:
        answers: dict[str, str] = {}

        async def call(tool: str) -> None:
            answers[tool] = await served.call(tool)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call, "slow.blocking")
            tasks.start_soon(call, "slow.waiting")
            await served.until(lambda: served.lines.count("began") == 2)
            served.write("slow.py", slow.replace("old", "new"))
            assert await served.call("slow.waiting") == "new"
        assert answers == {"slow.blocking": "old", "slow.waiting": "old"}
        await served.until(lambda: "stop old" in served.lines)
        hooks = [line for line in served.lines if line.startswith(("start", "stop"))]
        assert hooks == ["start new", "stop old"]


async def test_a_file_that_does_not_parse_keeps_the_last_good_code_serving(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.edit("one.py", "def value()", "def value(")
        assert await served.call("one.value") == 1
        failed = await served.failure("one")
        assert failed.serving == 1
        assert (failed.error.file, failed.error.line) == ("one.py", 8)
        assert "SyntaxError" in failed.error.message
        served.edit("one.py", "def value(", "def value()")
        await served.settle()
        served.edit("one.py", "return 1", "return 5")
        assert await served.call("one.value") == 5
        assert served.runtime.snapshot().services[0].error is None


async def test_a_torn_text_without_a_word_of_micro_keeps_the_last_good_code_too(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.write("one.py", "one = (")
        assert await served.call("one.value") == 1
        assert (await served.failure("one")).serving == 1
        served.write("one.py", "one = 1\n")
        await served.settle()
        assert await served.names() == []


async def test_answers_of_code_whose_last_save_does_not_load_say_so(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE, "two.py": TWO}) as served:
        assert "micro/reload_error" not in (await served.result("one.value")).meta
        served.edit("one.py", "def value()", "def value(")
        answer = await served.result("one.value")
        assert answer.structured == b'{"result":1}'
        assert answer.meta["micro/reload_error"].startswith("one.py:8: SyntaxError")
        assert "micro/reload_error" not in (await served.result("two.value")).meta
        served.edit("one.py", "def value(", "def value()")
        served.edit("one.py", "return 1", "return 5")
        answer = await served.result("one.value")
        assert answer.structured == b'{"result":5}'
        assert "micro/reload_error" not in answer.meta


async def test_going_back_to_the_good_bytes_clears_the_error(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.edit("one.py", "return 1", "return (")
        await served.failure("one")
        served.write("one.py", ONE)
        await served.settle()
        assert served.runtime.snapshot().services[0].error is None
        assert await served.call("one.value") == 1


async def test_a_missing_module_that_appears_heals_who_imports_it(tmp_path: Path):
    text = ONE.replace("calls = 0", "calls = 0\n    from later import number")
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.write("one.py", text.replace("return 1", "return number"))
        await served.settle()
        assert "later" in (await served.failure("one")).error.message
        served.write("later.py", "number = 9")
        assert await served.call("one.value") == 9


@pytest.mark.parametrize("line", ["raise SystemExit(3)", "import sys; sys.exit()", "1 / 0"])
async def test_a_module_that_ends_the_program_ends_nothing(tmp_path: Path, line: str):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.edit("one.py", "calls = 0", f"calls = 0\n{line}")
        assert await served.call("one.value") == 1
        assert (await served.failure("one")).serving == 1


async def test_a_file_that_is_broken_at_the_start_is_told_and_served_once_mended(tmp_path: Path):
    async with serving(
        tmp_path, {"one.py": ONE.replace("def value()", "def value("), "two.py": TWO}
    ) as served:
        assert await served.names() == ["two.count", "two.value"]
        broken = served.runtime.snapshot().services[0]
        assert (broken.name, broken.state, broken.generation) == ("one.py", "failed", 0)
        served.write("one.py", ONE)
        assert await served.call("one.value") == 1
        names = [service.name for service in served.runtime.snapshot().services]
        assert names == ["one", "two"]


async def test_a_new_file_is_served_at_once(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.write("deep/down/two.py", TWO)
        assert await served.call("two.value") == 1
        assert served.list_changes == 1


async def test_a_renamed_file_keeps_its_service_without_a_gap(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        (tmp_path / "one.py").rename(tmp_path / "uno.py")
        assert await served.call("one.value") == 1
        await served.settle()
        assert served.list_changes == 0
        assert served.runtime.snapshot().services[0].file == "uno.py"


async def test_a_deleted_file_takes_its_service_with_it(tmp_path: Path):
    files = {
        "one.py": ONE + "\n    @one.on_stop\n    def stop(): print('stopped')\n",
        "two.py": TWO,
    }
    async with serving(tmp_path, files) as served:
        (tmp_path / "one.py").unlink()
        for _ in range(2):
            result = await served.result("one.value")
            assert result.is_error
            assert result.text == (
                "The tool one_value was removed. There are: two_count, two_value."
            )
        assert await served.names() == ["two.count", "two.value"]
        await served.until(lambda: "stopped" in served.lines)
        assert served.list_changes == 1
        served.write("one.py", ONE)
        assert await served.call("one.value") == 1


async def test_five_edits_of_one_length_within_a_second_are_all_served(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        for number in range(2, 7):
            served.edit("one.py", f"return {number - 1}", f"return {number}")
            os.utime(tmp_path / "one.py", (1_000_000_000, 1_000_000_000))
            assert await served.call("one.value") == number


async def test_a_file_that_stops_defining_a_service_loses_it(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE, "two.py": TWO}) as served:
        served.write("one.py", "number = 1\n")
        await served.settle()
        assert await served.names() == ["two.count", "two.value"]


async def test_two_services_of_one_name_are_refused_and_the_first_serves_on(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.write("other.py", ONE.replace("return 1", "return 2"))
        assert await served.call("one.value") == 1
        await served.settle()
        assert "one.py already" in (await served.failure("other.py")).error.message


async def test_tools_whose_wire_names_collide_are_refused_with_both_places(tmp_path: Path):
    clash = """
        from micro import Service

        a = Service("a")
        @a.tool
        def b_c() -> int: return 1

        a_b = Service("a_b")
        @a_b.tool
        def c() -> int: return 1
    """
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.write("clash.py", clash)
        await served.settle()
        message = (await served.failure("clash.py")).error.message
        assert "a.b_c" in message
        assert "a_b.c" in message
        assert await served.names() == ["one.count", "one.value"]


async def test_a_start_hook_that_fails_keeps_the_old_serving(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        served.write(
            "one.py", ONE + "\n    @one.on_start\n    def start(): raise OSError('no database')\n"
        )
        assert await served.call("one.value") == 1
        assert "no database" in (await served.failure("one")).error.message
