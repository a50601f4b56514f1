import sys
from pathlib import Path

import pytest

from devtool.fake_runtime import eventually
from devtool.harness import DEADLINE, runs
from micro_devtool.supervisor import RuntimeEnded, Supervisor, describe_exit, runtime_command

READY = """
import json, os, sys
state = sys.argv[1] + "/.micro"
os.makedirs(state, exist_ok=True)
record = {"pid": os.getpid(), "kind": "dev", "version": "0", "addresses": []}
record |= {"mcp": state + "/m", "control": state + "/c"}
with open(state + "/new", "w") as file:
    json.dump(record, file)
os.rename(state + "/new", state + "/runtime.json")
print("ready", flush=True)
"""
GO = "while not os.path.exists(sys.argv[1] + '/go'): pass"


def supervisor(root: Path, code: str) -> tuple[Supervisor, list[str]]:
    told: list[str] = []
    command = [sys.executable, "-c", code, str(root)]
    return Supervisor(root, command, tell=told.append), told


def test_a_runtime_that_ends_before_it_is_ready_is_not_restarted_and_its_words_are_kept(
    tmp_path: Path,
):
    code = "import sys; print('micro: no'); sys.exit(2)"
    runtime, told = supervisor(tmp_path, code)
    runtime.start()
    with pytest.raises(RuntimeEnded) as ended:
        runtime.wait_ready()
    runtime.stop()
    assert (ended.value.code, ended.value.words, told) == (2, "micro: no", [])


def test_a_runtime_ends_when_its_owner_closes_its_stdin_if_it_takes_no_orders(tmp_path: Path):
    runtime, _ = supervisor(tmp_path, READY + "sys.stdin.read()")
    runtime.start()
    pid = runtime.wait_ready().pid
    runtime.stop()
    assert not runs(pid)
    assert runtime.restarts == 0


def test_a_runtime_that_was_told_to_end_by_another_is_not_restarted(tmp_path: Path):
    runtime, _ = supervisor(tmp_path, READY + GO)
    runtime.start()
    runtime.wait_ready()
    (tmp_path / "go").touch()
    assert runtime.ended.wait(DEADLINE)
    runtime.stop()
    assert runtime.restarts == 0


def test_a_crash_is_told_and_answered_by_another_process(tmp_path: Path):
    crash_once = f"""{READY}
if not os.path.exists(state + "/crashed"):
    open(state + "/crashed", "w").close()
    {GO}
    os._exit(5)
sys.stdin.read()
"""
    runtime, told = supervisor(tmp_path, crash_once)
    runtime.start()
    first = runtime.wait_ready().pid
    (tmp_path / "go").touch()
    eventually(lambda: runtime.restarts == 1)
    assert not runtime.ended.is_set()
    runtime.stop()
    assert runtime.restarts == 1
    assert "micro: the runtime ended (exit code 5)\n  starting it now" in told
    assert not runs(first)


def test_the_address_is_left_to_the_settings_unless_it_is_named(tmp_path: Path):
    assert "--address" not in runtime_command(tmp_path, kind="dev")
    named = runtime_command(tmp_path, kind="dev", address="127.0.0.1:1")
    assert named[-4:] == ["--address", "127.0.0.1:1", "--kind", "dev"]


@pytest.mark.parametrize(("code", "words"), [(3, "exit code 3"), (-9, "killed by signal 9")])
def test_an_end_is_described(code: int, words: str):
    assert describe_exit(code) == words
