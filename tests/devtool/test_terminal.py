"""How commands behave on a terminal, before a reader that leaves, and when they are interrupted."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtool.fake_runtime import eventually
from devtool.harness import DEADLINE, SHOP, record, runs, shop

SLOW = """
import time
from pathlib import Path

while not Path(__file__).with_name("go").exists():
    time.sleep(0.05)
"""


class OnTerminal:
    """A command whose stdin and stderr are a terminal of 80 columns; stdout is kept apart."""

    def __init__(self, *arguments: str, cwd: Path, **environment: str) -> None:
        self.end, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "micro_devtool", *arguments],
            cwd=cwd,
            env=os.environ | {"TERM": "xterm"} | environment,
            stdin=inside,
            stdout=subprocess.PIPE,
            stderr=inside,
            text=True,
            start_new_session=True,
        )
        os.close(inside)
        self.said = ""

    def until(self, text: str) -> None:
        deadline = time.monotonic() + DEADLINE
        while text not in self.said:
            left = deadline - time.monotonic()
            assert left > 0, f"never said {text!r}: {self.said!r}"
            self._read(left)

    def rest(self) -> str:
        """Give stdout, once the command has ended and all that it said is read."""
        out, _ = self.process.communicate(timeout=DEADLINE)
        while self._read(0):
            pass
        return out

    def _read(self, wait: float) -> bool:
        ready, _, _ = select.select([self.end], [], [], wait)
        try:
            chunk = os.read(self.end, 65536) if ready else b""
        except OSError:  # Linux's way to say that nobody holds the other end
            return False
        self.said += chunk.decode()
        return bool(chunk)

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())


@contextmanager
def on_terminal(*arguments: str, cwd: Path, **environment: str) -> Generator[OnTerminal]:
    command = OnTerminal(*arguments, cwd=cwd, **environment)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            os.killpg(command.process.pid, signal.SIGKILL)
        command.process.communicate()
        os.close(command.end)


def test_what_takes_long_is_said_and_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SLOW + SHOP)
    with on_terminal("mcp", "list", cwd=tmp_path) as command:
        command.until(f"micro: asking the runtime of {tmp_path.name}, ")
        (tmp_path / "go").touch()
        assert "shop.price" in command.rest()
        assert command.process.returncode == 0
        assert command.said.endswith("\r\x1b[2K")


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_a_terminal_that_wants_none_gets_no_colour(tmp_path: Path, environment: dict[str, str]):
    with on_terminal("mcp", "list", "nowhere", cwd=tmp_path, **environment) as command:
        command.rest()
        assert "nowhere does not exist" in command.said
        assert "\x1b[" not in command.said


def test_a_question_is_answered_on_the_terminal(tmp_path: Path):
    shop(tmp_path)
    for answer, code in (("n", 1), ("y", 0)):
        with on_terminal("mcp", "test", "shop.price", '{"item": "tea"}', cwd=tmp_path) as command:
            command.rest()
        with on_terminal("calls", "replay", "1", cwd=tmp_path) as command:
            command.until("shop.price may change things; call it again? [y/N]")
            command.type(f"{answer}\n")
            command.rest()
            assert command.process.returncode == code, command.said


def test_one_interrupt_ends_a_command_and_what_it_started(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SLOW + SHOP)
    with on_terminal("mcp", "list", cwd=tmp_path) as command:
        command.until("micro: asking the runtime")
        eventually((tmp_path / ".micro" / "runtime.json").exists)
        runtime = record(tmp_path)["pid"]
        command.process.send_signal(signal.SIGINT)
        assert command.rest() == ""
        assert command.process.returncode == 130
        assert "Traceback" not in command.said
        eventually(lambda: not runs(runtime))


@pytest.mark.parametrize("command", ["mcp docs", "mcp docs --format json", "mcp test --help"])
def test_head_takes_what_it_wants_and_nothing_is_said_of_the_rest(tmp_path: Path, command: str):
    tools = "".join(
        f"\n@shop.tool\ndef tool_{n}(item: str) -> str:\n    'Do {n}.'\n    return item\n"
        for n in range(150)
    )
    (tmp_path / "shop.py").write_text(SHOP + tools)
    piped = f"{sys.executable} -m micro_devtool {command} | head -n 1"
    ended = subprocess.run(
        ["bash", "-c", piped], cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE * 2
    )
    assert (ended.returncode, ended.stdout.count("\n"), ended.stderr) == (0, 1, "")
