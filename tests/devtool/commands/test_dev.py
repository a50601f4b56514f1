import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from devtool.fake_runtime import agent, eventually
from devtool.harness import DEADLINE, SHOP, call, dev, micro, record, runs, shop
from micro.state import StateFolder


def test_a_call_by_http_shows_and_an_edit_serves_at_once(tmp_path: Path):
    path = shop(tmp_path)
    with dev(tmp_path) as command:
        address = command.event("runtime_started")["addresses"][0]
        command.event("service_loaded", service="shop", generation=1)
        assert call(address, "shop.price", item="tea")["result"] == "tea costs 1"
        started = command.event("call_started", tool="shop.price")
        command.event("call_finished", call=started["call"], outcome="ok")
        path.write_text(path.read_text().replace("costs 1", "costs 22"))
        command.event("service_loaded", service="shop", generation=2)
        assert call(address, "shop.price", item="tea")["result"] == "tea costs 22"


def test_plain_output_names_the_call_and_its_outcome(tmp_path: Path):
    shop(tmp_path)
    with micro("dev", "--plain", "--address", "127.0.0.1:0", cwd=tmp_path) as command:
        address = command.line("ready").split()[-1].removesuffix("/mcp")
        command.line("loaded    shop, generation 1, 1 tool")
        call(address, "shop.price", item="tea")
        command.line('call      #1 shop.price {"item": "tea"}')
        command.line("ok        #1 shop.price")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_one_signal_stops_all_that_was_started(tmp_path: Path, number: int, code: int):
    shop(tmp_path)
    with dev(tmp_path) as command:
        host = command.event("host_started")["pid"]
        runtime = record(tmp_path)["pid"]
        assert command.end(number) == code
        assert not runs(runtime)
        eventually(lambda: not runs(host))
        assert not (tmp_path / ".micro" / "runtime.json").exists()


def test_a_killed_dev_leaves_no_orphan(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path) as command:
        host = command.event("host_started")["pid"]
        runtime = record(tmp_path)["pid"]
        command.end(signal.SIGKILL)
        eventually(lambda: not runs(runtime) and not runs(host))


def test_a_second_dev_of_one_project_exits_3_and_names_the_first(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path), micro("dev", "--plain", cwd=tmp_path) as second:
        assert second.wait() == 3
        assert f"pid {record(tmp_path)['pid']}" in second.err[0]
        assert second.err[1] == "  watch it with: micro attach; stop it with: micro stop"


def test_a_runtime_that_crashes_is_started_again_and_that_is_told(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path) as command:
        first = record(tmp_path)["pid"]
        os.kill(first, signal.SIGKILL)
        command.line("micro: the runtime ended (killed by signal 9)")
        command.until(lambda: sum("runtime_started" in line for line in command.out) == 2)
        assert record(tmp_path)["pid"] != first
        assert command.end() == 130


def test_a_port_that_is_taken_is_explained(tmp_path: Path):
    shop(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with micro("dev", "--plain", "--address", f"127.0.0.1:{port}", cwd=tmp_path) as command:
            assert command.wait() == 3
            assert str(port) in command.err[0]
            assert command.err[1].startswith("  ")


def test_wrong_settings_exit_2(tmp_path: Path):
    (tmp_path / "micro.toml").write_text("adress = 'x'\n")
    with micro("dev", "--plain", cwd=tmp_path) as command:
        assert command.wait() == 2
        assert "unknown key 'adress'" in command.err[0]


def test_a_folder_without_services_is_told_what_to_write_and_then_serves_it(tmp_path: Path):
    with dev(tmp_path) as command:
        command.line("micro: no services in")
        command.line("micro new hello")
        shop(tmp_path)
        command.event("service_loaded", service="shop")


def test_code_that_takes_long_to_load_is_not_taken_for_no_code(tmp_path: Path):
    path = shop(tmp_path)
    path.write_text(f"import time\ntime.sleep(2.5)\n{path.read_text()}")
    with dev(tmp_path) as command:
        command.event("service_loaded", service="shop")
        assert not any("no services in" in line for line in command.err)


def test_a_file_that_does_not_load_is_told_and_healed(tmp_path: Path):
    path = shop(tmp_path)
    good = path.read_text()
    path.write_text(good + "\n)\n")
    with micro("dev", "--plain", "--address", "127.0.0.1:0", cwd=tmp_path) as command:
        command.line("micro: shop.py:10 does not load: SyntaxError")
        command.line("  save the file again to retry")
        path.write_text(good)
        command.line("loaded    shop")


def test_a_headless_runtime_yields_to_dev_and_its_agent_stays(tmp_path: Path):
    shop(tmp_path)
    with agent(cwd=tmp_path) as client:
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}}
        client.ask(1, "initialize", clientInfo={"name": "t", "version": "1"}, **hello)
        client.send({"method": "notifications/initialized"})
        assert record(tmp_path)["kind"] == "headless"
        with dev(tmp_path) as command:
            assert record(tmp_path)["kind"] == "dev"
            answer = client.ask(2, "tools/call", name="shop_price", arguments={"item": "tea"})
            assert answer["result"]["content"][0]["text"] == "tea costs 1"
            assert command.event("call_started", tool="shop.price")["door"] == "stdio"


def test_micro_stop_ends_a_dev_from_outside(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path) as command, micro("stop", cwd=tmp_path) as stop:
        assert stop.wait() == 0
        assert command.wait() == 0


class Screen:
    """`micro dev` in a terminal of its own."""

    def __init__(
        self, root: Path, address: str = "127.0.0.1:0", *, term: str = "xterm-256color"
    ) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(root)
            os.environ["TERM"] = term
            command = [sys.executable, "-m", "micro_devtool", "dev", "--address", address]
            os.execv(sys.executable, command)
        termios.tcsetwinsize(self.fd, (36, 120))
        self.cooked = termios.tcgetattr(self.fd)
        self.text = ""

    def until(self, text: str) -> None:
        deadline = time.monotonic() + DEADLINE
        while text not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text):
            assert time.monotonic() < deadline, f"{text!r} did not show: {self.text[-2000:]!r}"
            if select.select([self.fd], [], [], 0.1)[0]:
                self._read()

    def _read(self) -> bool:
        """Take in what there is; say whether more may come."""
        try:
            read = os.read(self.fd, 65536)
        except OSError:  # the process has closed its end
            return False
        self.text += read.decode("utf-8", "replace")
        return bool(read)

    def wait(self) -> int:
        """Read on until the process has ended; give its exit code."""
        deadline = time.monotonic() + DEADLINE
        while (ended := os.waitpid(self.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            if select.select([self.fd], [], [], 0.05)[0]:
                self._read()
        while select.select([self.fd], [], [], 0)[0] and self._read():
            pass  # what it wrote last
        return os.waitstatus_to_exitcode(ended[1])


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_window_that_is_closed_leaves_nothing_behind(tmp_path: Path):
    shop(tmp_path)
    screen = Screen(tmp_path)
    screen.until("LIVE")
    runtime = record(tmp_path)["pid"]
    os.close(screen.fd)
    try:
        eventually(lambda: not runs(runtime))
    finally:
        os.kill(screen.pid, signal.SIGKILL)
        os.waitpid(screen.pid, 0)


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("leave", ["q", "SIGTERM", "stop"])
def test_the_screen_is_left_in_order_and_everything_ends(tmp_path: Path, leave: str):
    shop(tmp_path)
    screen = Screen(tmp_path)
    try:
        screen.until("shop")
        screen.until("LIVE")
        runtime = record(tmp_path)["pid"]
        if leave == "q":
            os.write(screen.fd, b"q")
        elif leave == "SIGTERM":
            os.kill(screen.pid, signal.SIGTERM)
        else:
            with micro("stop", cwd=tmp_path) as stop:
                assert stop.wait() == 0
        assert screen.wait() == 0
        assert not runs(runtime)
        assert termios.tcgetattr(screen.fd)[3] == screen.cooked[3]
        assert "\x1b[?1049l" in screen.text
        assert "Traceback" not in screen.text
    finally:
        os.close(screen.fd)


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_terminal_that_can_draw_nothing_gets_lines(tmp_path: Path):
    shop(tmp_path)
    screen = Screen(tmp_path, term="dumb")
    try:
        screen.until("ready ")
        with micro("stop", cwd=tmp_path) as stop:
            assert stop.wait() == 0
        assert screen.wait() == 0
        assert "\x1b" not in screen.text
    finally:
        os.close(screen.fd)


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_start_that_fails_is_explained_below_the_screen_that_it_left(tmp_path: Path):
    shop(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        screen = Screen(tmp_path, f"127.0.0.1:{port}")
        try:
            assert screen.wait() == 3
            said = screen.text.rpartition("\x1b[?1049l")[2]
            assert f"port {port} on 127.0.0.1 is taken" in said
            assert "Traceback" not in screen.text
        finally:
            os.close(screen.fd)


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_leaving_before_the_runtime_is_there_leaves_nothing_behind(tmp_path: Path):
    shop(tmp_path)
    (tmp_path / "shop.py").write_text(f"import time\ntime.sleep(2)\n{SHOP}")
    screen = Screen(tmp_path)
    try:
        screen.until("Calls")
        os.write(screen.fd, b"q")
        assert screen.wait() == 0
        assert not StateFolder(tmp_path / ".micro").is_served()
        assert "Traceback" not in screen.text
    finally:
        os.close(screen.fd)


def test_dev_ends_when_the_reader_of_its_lines_has_gone(tmp_path: Path):
    path = shop(tmp_path)
    command = [sys.executable, "-m", "micro_devtool", "dev", "--plain", "--address", "127.0.0.1:0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        assert b"ready" in started.stdout.readline()
        runtime = record(tmp_path)["pid"]
        started.stdout.close()
        path.write_text(path.read_text() + "\n")
        assert started.wait(DEADLINE) == 1
        assert b"Traceback" not in started.stderr.read()
        assert not runs(runtime)
