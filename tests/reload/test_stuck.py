"""An import that hangs holds up nothing but itself: row 13."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from patience import DEADLINE
from reload.harness import serving

ONE = """
    import time
    from micro import Service

    one = Service("one")

    @one.tool
    def value() -> int:
        "Give the value."
        return 1
"""
TWO = ONE.replace("one", "two")
HANG = ONE.replace("one = S", "time.sleep(600)\n    one = S")
SPIN = ONE.replace("one = S", "while True: pass\n    one = S")


@pytest.mark.parametrize("hanging", [HANG, SPIN])
async def test_a_module_that_hangs_is_let_go_of_at_the_next_save(tmp_path: Path, hanging: str):
    async with serving(tmp_path, {"one.py": ONE, "two.py": TWO}) as served:
        two = await served.call("two.value")
        served.write("one.py", hanging)
        assert await served.call("one.value") == 1
        assert await served.call("two.value") == two
        await served.until(lambda: any("is still being imported" in x for x in served.lines))
        served.write("one.py", ONE.replace("return 1", "return 2"))
        with anyio.fail_after(DEADLINE):
            assert await served.call("one.value") == 2
        assert not served.loaded("two")


async def test_a_module_that_hangs_does_not_keep_others_from_being_loaded(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE, "two.py": TWO}) as served:
        served.write("one.py", HANG)
        assert await served.call("one.value") == 1
        served.edit("two.py", "return 1", "return 2")
        with anyio.fail_after(DEADLINE):
            assert await served.call("two.value") == 2
        failed = await served.failure("one")
        assert "one.py was still being imported" in failed.error.message
        assert "one.py:5: time.sleep(600)" in failed.error.message
        served.write("one.py", ONE.replace("return 1", "return 3"))
        with anyio.fail_after(DEADLINE):
            assert await served.call("one.value") == 3


async def test_a_helper_that_hangs_can_be_mended(tmp_path: Path):
    one = ONE.replace("import time", "import helper").replace("return 1", "return helper.number")
    async with serving(tmp_path, {"one.py": one, "helper.py": "number = 1\n"}) as served:
        served.write("helper.py", "import time\ntime.sleep(600)\n")
        assert await served.call("one.value") == 1
        served.write("helper.py", "number = 2\n")
        with anyio.fail_after(DEADLINE):
            assert await served.call("one.value") == 2


async def test_a_load_that_takes_long_but_gets_on_is_waited_for(tmp_path: Path):
    parts = {f"part{number}.py": "number = 1\n" for number in range(4)}
    imports = "import time\n    from part0 import number"
    one = ONE.replace("import time", imports).replace("return 1", "return number")
    parts |= {f"part{n}.py": f"from part{n + 1} import number\n" for n in range(3)}
    async with serving(tmp_path, {"one.py": one, **parts}) as served:
        assert await served.call("one.value") == 1
        for number in range(4):
            text = (tmp_path / f"part{number}.py").read_text().replace("= 1", "= 2")
            served.write(f"part{number}.py", f"import time\ntime.sleep(0.3)\n{text}")
        assert await served.call("one.value") == 2
