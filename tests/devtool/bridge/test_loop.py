import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devtool.fake_runtime import DEADLINE, agent, eventually, fake_runtime

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t"}}


def test_requests_and_answers_pass_between_agent_and_runtime(tmp_path: Path):
    with fake_runtime(tmp_path) as runtime, agent(cwd=tmp_path) as client:
        answer = client.ask(1, "tools/list", cursor="x")
        assert answer["result"] == {"method": "tools/list", "params": {"cursor": "x"}}
        assert runtime.hellos[0]["micro"] == 1
        assert runtime.hellos[0]["pid"] == client.process.pid


def test_a_named_folder_or_a_file_in_it_is_the_project(tmp_path: Path):
    (tmp_path / "service.py").write_text("")
    with fake_runtime(tmp_path):
        for named in (tmp_path, tmp_path / "service.py"):
            with agent(str(named), cwd=Path("/")) as client:
                assert "result" in client.ask(1, "ping")


def test_a_path_that_does_not_exist_is_refused_with_exit_code_2(tmp_path: Path):
    command = [sys.executable, "-m", "micro_devtool", "mcp", "serve", "nope"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, stdin=subprocess.DEVNULL)
    assert ended.returncode == 2
    assert ended.stdout == b""
    assert b"nope does not exist" in ended.stderr


def test_the_agent_keeps_its_session_while_the_runtime_restarts(tmp_path: Path):
    with agent(cwd=tmp_path) as client:
        with fake_runtime(tmp_path) as first:
            assert "result" in client.ask(1, "initialize", **HELLO)
            client.send({"method": "notifications/initialized"})
            client.ask(2, "tools/list")
            first.stop()
        client.send({"id": 3, "method": "tools/call", "params": {"name": "x"}})
        with fake_runtime(tmp_path) as second:
            assert client.read()["id"] == 3
            wanted = ["initialize", "notifications/initialized", "tools/call"]
            assert second.methods == wanted


def test_the_agent_is_told_of_another_list_of_tools_after_a_restart_and_only_then(tmp_path: Path):
    with agent(cwd=tmp_path) as client:
        with fake_runtime(tmp_path, tools_hash="h1") as first:
            client.ask(1, "initialize", **HELLO)
            client.send({"method": "notifications/initialized"})
            client.ask(2, "ping")
            first.stop()
        with fake_runtime(tmp_path, tools_hash="h1") as second:
            assert client.ask(3, "ping")["id"] == 3
            second.stop()
        with fake_runtime(tmp_path, tools_hash="h2"):
            assert client.read()["method"] == "notifications/tools/list_changed"
            assert client.ask(4, "ping")["id"] == 4


def test_a_call_in_flight_at_a_crash_gets_a_tool_error_and_is_not_repeated(tmp_path: Path):
    with agent(cwd=tmp_path) as client:
        with fake_runtime(tmp_path, answer=lambda _: None) as first:
            client.send({"id": 1, "method": "tools/call", "params": {"name": "pay"}})
            client.send({"id": 2, "method": "tools/list"})
            eventually(lambda: len(first.lines) == 2)
            first.stop(crash=True)
        refused = client.read()
        assert refused["id"] == 1
        assert refused["result"]["isError"] is True
        assert "not repeated" in refused["result"]["content"][0]["text"]
        with fake_runtime(tmp_path) as second:
            assert client.read()["id"] == 2
            assert second.methods == ["tools/list"]


def test_junk_is_left_to_the_runtime_and_the_session_goes_on(tmp_path: Path):
    with fake_runtime(tmp_path), agent(cwd=tmp_path) as client:
        for junk in (b'{"jsonrpc": "2.0", "id": 1, "meth', b"\xff\xfe", b"[" * 100_000):
            client.send_line(junk)
            assert client.read()["error"]["code"] == -32700
        assert client.ask(2, "ping")["id"] == 2


def test_a_line_over_the_limit_is_refused_by_its_id_without_being_kept(tmp_path: Path):
    with fake_runtime(tmp_path) as runtime, agent(cwd=tmp_path) as client:
        big = {"id": 7, "method": "tools/call", "params": {"text": "x" * 6_000_000}}
        client.send(big)
        refused = client.read()
        assert (refused["id"], refused["error"]["code"]) == (7, -32600)
        assert client.ask(8, "ping")["id"] == 8
        assert runtime.methods == ["ping"]
        status = Path(f"/proc/{client.process.pid}/status")
        if status.exists():
            peak = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
            assert int(peak.split()[1]) < 64_000


def test_large_answers_pass_whole_while_the_agent_writes_too(tmp_path: Path):
    text = "é" * 2_000_000
    with fake_runtime(tmp_path, answer=lambda _: {"text": text}), agent(cwd=tmp_path) as client:
        for id in range(3):
            client.send({"id": id, "method": "x", "params": {"text": "y" * 1_000_000}})
        for id in range(3):
            answer = client.read()
            assert (answer["id"], answer["result"]["text"] == text) == (id, True)


def test_the_bridge_ends_when_its_stdin_closes(tmp_path: Path):
    with fake_runtime(tmp_path), agent(cwd=tmp_path) as client:
        client.ask(1, "ping")
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.process.wait(DEADLINE) == 0


def test_requests_before_the_end_of_stdin_are_still_answered(tmp_path: Path):
    with fake_runtime(tmp_path):
        ended = subprocess.run(
            [sys.executable, "-m", "micro_devtool", "mcp", "serve"],
            cwd=tmp_path,
            input=b'{"jsonrpc":"2.0","id":1,"method":"ping"}',
            capture_output=True,
            timeout=DEADLINE,
        )
        assert json.loads(ended.stdout)["id"] == 1


def test_the_bridge_ends_when_its_parent_goes_away_though_stdin_stays_open(tmp_path: Path):
    script = (
        "import os, subprocess, sys\n"
        "r, w = os.pipe()\n"
        "holder = subprocess.Popen(['sleep', '60'], pass_fds=[w])\n"
        "bridge = subprocess.Popen(\n"
        "    [sys.executable, '-m', 'micro_devtool', 'mcp', 'serve'], stdin=r\n"
        ")\n"
        "open('pids', 'w').write(f'{bridge.pid} {holder.pid}')\n"
        "input()\n"
    )
    with (
        fake_runtime(tmp_path) as runtime,
        subprocess.Popen(
            [sys.executable, "-c", script], cwd=tmp_path, stdin=subprocess.PIPE
        ) as parent,
    ):
        eventually(lambda: bool(runtime.hellos))
        parent.communicate(b"\n", timeout=DEADLINE)
        bridge, holder = map(int, (tmp_path / "pids").read_text().split())
        try:
            eventually(lambda: not _runs(bridge))
        finally:
            os.kill(holder, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make another user's socket")
def test_a_socket_of_another_user_is_refused(tmp_path: Path):
    with fake_runtime(tmp_path) as runtime, agent(cwd=tmp_path) as client:
        os.chown(tmp_path / ".micro" / "mcp.sock", 65534, 65534)
        refused = client.ask(1, "initialize", **HELLO)
        assert "not a socket of this user" in refused["error"]["message"]
        assert runtime.hellos == []


def test_nothing_but_the_standard_library_is_loaded_before_the_first_answer(tmp_path: Path):
    code = (
        "import sys\n"
        "from micro_devtool.cli import main\n"
        "main(['mcp', 'serve'])\n"
        "heavy = {'micro', 'typer', 'mcp', 'pydantic', 'anyio', 'asyncio', 'msgspec', 'rich'}\n"
        "sys.stderr.write('loaded: ' + ','.join(sorted(heavy & set(sys.modules))))\n"
    )
    with fake_runtime(tmp_path):
        ended = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            input=b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
            capture_output=True,
            timeout=DEADLINE,
        )
        assert ended.stderr.decode().endswith("loaded: ")


def test_a_runtime_that_never_greets_does_not_hold_the_bridge_for_ever(tmp_path: Path):
    with fake_runtime(tmp_path, mute=1) as runtime, agent(cwd=tmp_path) as client:
        assert client.ask(1, "ping")["id"] == 1
        assert len(runtime.hellos) == 2
