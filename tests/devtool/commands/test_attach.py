import json
import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path

from devtool.fake_runtime import eventually
from devtool.harness import DEADLINE, call, dev, micro, record, runs, shop


def test_a_second_look_sees_the_calls_and_stops_nothing(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path) as first:
        address = first.event("runtime_started")["addresses"][0]
        first.event("service_loaded", service="shop")
        with micro("attach", "--json", cwd=tmp_path) as second:
            second.event("service_loaded", service="shop")
            call(address, "shop.price", item="tea")
            second.event("call_finished", outcome="ok")
            assert second.end() == 130
        assert call(address, "shop.price", item="tea")["result"] == "tea costs 1"


def test_where_nothing_runs_the_mend_is_said(tmp_path: Path):
    shop(tmp_path)
    with micro("attach", cwd=tmp_path) as command:
        assert command.wait() == 3
        assert command.err == [f"micro: nothing runs in {tmp_path}", "  start it with: micro dev"]


def test_the_dashboard_of_a_second_terminal_leaves_the_runtime_as_it_was(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path):
        runtime = record(tmp_path)["pid"]
        master, slave = pty.openpty()
        environment = os.environ | {"TERM": "xterm-256color", "MICRO_THEME": "dark"}
        environment["XDG_STATE_HOME"] = str(tmp_path / "state")
        process = subprocess.Popen(
            [sys.executable, "-m", "micro_devtool", "attach", str(tmp_path)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        seen = bytearray()
        reader = threading.Thread(target=_read_into, args=(master, seen))
        reader.start()
        try:
            eventually(lambda: b"LIVE" in seen)
            os.write(master, b"q")
            assert process.wait(DEADLINE) == 0
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            reader.join(DEADLINE)
            os.close(master)
        assert runs(runtime)


def _read_into(master: int, seen: bytearray) -> None:
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            return
        if not part:
            return
        seen.extend(part)


def _token(root: Path, scopes: str) -> str:
    with micro(
        "auth", "token", "create", "--subject", "kim", "--scopes", scopes, "--json", cwd=root
    ) as command:
        assert command.wait() == 0
        return json.loads("".join(command.out))["token"]


def test_a_runtime_elsewhere_is_watched_with_a_token_that_names_the_scope(tmp_path: Path):
    shop(tmp_path)
    (tmp_path / "micro.toml").write_text("[http]\ncontrol = true\n")
    away = tmp_path / "away"
    away.mkdir()
    token = _token(tmp_path, "micro:control")
    with dev(tmp_path) as served:
        url = served.event("runtime_started")["addresses"][0]
        with micro("attach", "--url", url, "--token", token, "--json", cwd=away) as second:
            second.event("service_loaded", service="shop")
            call(url, "shop.price", item="tea")
            second.event("call_finished", outcome="ok")
            assert second.end() == 130
        with micro("attach", "--url", url, cwd=away) as stranger:
            assert stranger.wait() == 3
            assert stranger.err[0] == f"micro: {url} answered 401"
            assert "MICRO_TOKEN" in stranger.err[1]
        with micro("attach", "--url", url, "--token", _token(tmp_path, "*"), cwd=away) as caller:
            assert caller.wait() == 3
            assert "micro:control" in caller.err[1]
    with micro("audit", "query", "--json", cwd=tmp_path) as audit:
        assert audit.wait() == 0
        assert any('"micro.attach"' in line for line in audit.out)


def test_a_runtime_that_does_not_allow_it_is_not_steered_from_elsewhere(tmp_path: Path):
    shop(tmp_path)
    token = _token(tmp_path, "micro:control")
    with dev(tmp_path) as served:
        url = served.event("runtime_started")["addresses"][0]
        with micro("attach", "--url", url, "--token", token, cwd=tmp_path) as command:
            assert command.wait() == 3
            assert command.err[0] == f"micro: {url} answered 404"
            assert "control = true" in command.err[1]
