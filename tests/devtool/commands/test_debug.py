"""`micro debug` is a terminal for code that waits at a breakpoint."""

import subprocess
import sys
import threading
from pathlib import Path

from devtool.harness import DEADLINE, call, dev

STOPPING = """
from micro import Service

shop = Service("shop")

@shop.tool
def price(item: str) -> str:
    breakpoint()
    return f"{item} costs 1"
"""


def debug(root: Path, typed: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "micro_devtool", "debug", "--project", str(root)]
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, timeout=DEADLINE, check=False
    )


def test_a_call_that_stops_at_a_breakpoint_goes_on_as_it_is_told(tmp_path: Path):
    (tmp_path / "shop.py").write_text(STOPPING)
    with dev(tmp_path) as command:
        address = command.event("runtime_started")["addresses"][0]
        answers: list[object] = []
        caller = threading.Thread(
            target=lambda: answers.append(call(address, "shop.price", item="tea")["result"])
        )
        caller.start()
        command.event("problem_found", mend="micro debug 1")
        talked = debug(tmp_path, "item = 'coffee'\ncontinue\n")
        caller.join(DEADLINE)
    assert talked.returncode == 0
    assert "(Pdb)" in talked.stdout
    assert answers == ["coffee costs 1"]


def test_that_nothing_waits_is_said_with_what_to_do(tmp_path: Path):
    (tmp_path / "shop.py").write_text(STOPPING)
    talked = debug(tmp_path, "")
    assert talked.returncode == 1
    assert "waits at breakpoint 1" in talked.stderr
    assert "breakpoint()" in talked.stderr
