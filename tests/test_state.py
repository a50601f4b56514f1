"""The folder ``.micro/``: its owner's alone, and one runtime a project, whatever crashed before."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from micro.errors import RuntimeBusy, StoreUnusable
from micro.state import LONGEST_SOCKET_PATH, RuntimeInfo, StateFolder
from patience import DEADLINE

HOLD = """
import sys
from pathlib import Path
from micro.state import RuntimeInfo, StateFolder
import os
state = StateFolder(Path(sys.argv[1]))
with state.lock(), state.announce(RuntimeInfo(
    pid=os.getpid(), kind="dev", version="0", addresses=(), mcp="", control="")):
    print("held", flush=True)
    sys.stdin.read()
"""

BUSY = "watch it with: micro attach; stop it with: micro stop"


def make_info(**fields: object) -> RuntimeInfo:
    given = {"pid": 7, "kind": "dev", "version": "1", "addresses": ("http://x",)}
    return RuntimeInfo(**given | {"mcp": "/m", "control": "/c"} | fields)  # pyright: ignore


@contextmanager
def holder(path: Path) -> Generator[subprocess.Popen[bytes]]:
    """Another process that is the project's runtime."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        guard = threading.Timer(DEADLINE, process.kill)
        guard.start()
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.kill()
            guard.cancel()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_folder_and_its_files_are_their_owners_alone(tmp_path: Path):
    state = StateFolder(tmp_path / ".micro")
    before = os.umask(0)
    try:
        with state.lock(), state.announce(make_info()):
            assert mode(state.path) == 0o700
            assert mode(state.path / "runtime.lock") == 0o600
            assert mode(state.path / "runtime.json") == 0o600
    finally:
        os.umask(before)


def test_a_folder_that_others_could_read_is_closed_to_them(tmp_path: Path):
    path = tmp_path / ".micro"
    path.mkdir()
    path.chmod(0o755)
    StateFolder(path).ensure()
    assert mode(path) == 0o700


def test_the_folder_is_hidden_from_git_and_what_stands_there_is_kept(tmp_path: Path):
    state = StateFolder(tmp_path / ".micro")
    state.ensure()
    ignore = state.path / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("mine\n")
    state.ensure()
    assert ignore.read_text() == "mine\n"


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(StoreUnusable, match="belongs to another user") as caught:
        StateFolder(tmp_path / ".micro").ensure()
    assert caught.value.mend


def test_a_file_in_its_place_is_refused(tmp_path: Path):
    (tmp_path / ".micro").write_text("")
    with pytest.raises(StoreUnusable, match="cannot be used"):
        StateFolder(tmp_path / ".micro").ensure()


def test_a_lock_that_is_a_folder_is_refused(tmp_path: Path):
    state = StateFolder(tmp_path / ".micro")
    (state.path / "runtime.lock").mkdir(parents=True)
    with pytest.raises(StoreUnusable, match="cannot be opened"), state.lock():
        pass


def test_a_second_process_is_kept_out_and_told_who_serves(tmp_path: Path):
    state = StateFolder(tmp_path / ".micro")
    with holder(state.path) as process:
        assert state.is_served()
        with pytest.raises(RuntimeBusy, match=f"pid {process.pid}") as caught, state.lock():
            pass
        assert (caught.value.pid, caught.value.mend) == (process.pid, BUSY)


def test_the_lock_ends_with_its_process_and_what_it_left_behind_harms_nobody(tmp_path: Path):
    state = StateFolder(tmp_path / ".micro")
    with holder(state.path) as process:
        process.kill()
        process.wait(DEADLINE)
        assert state.read_info() is not None
        assert not state.is_served()
        with state.lock(), state.announce(make_info(pid=8)):
            assert state.read_info() == make_info(pid=8)
    assert state.read_info() is None


def test_the_lock_is_taken_although_somebody_asks_whether_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    state = StateFolder(tmp_path / ".micro")
    with state.lock():
        pass
    asking = os.open(state.path / "runtime.lock", os.O_RDWR)
    fcntl.flock(asking, fcntl.LOCK_SH | fcntl.LOCK_NB)
    monkeypatch.setattr(time, "sleep", lambda seconds: os.close(asking))
    with state.lock():
        assert state.is_served()


def test_asking_makes_no_folder(tmp_path: Path):
    state = StateFolder(tmp_path / ".micro")
    assert not state.is_served()
    assert state.read_info() is None
    assert not state.path.exists()


def test_what_was_announced_is_read_and_then_gone_with_its_sockets(tmp_path: Path):
    state = StateFolder(tmp_path / ".micro")
    with state.lock(), state.announce(make_info()):
        state.mcp_socket.touch()
        assert StateFolder(state.path).read_info() == make_info()
    assert state.read_info() is None
    assert sorted(path.name for path in state.path.iterdir()) == [".gitignore", "runtime.lock"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff\x00"])
def test_a_damaged_record_is_as_if_there_were_none(tmp_path: Path, content: bytes):
    state = StateFolder(tmp_path / ".micro")
    state.ensure()
    (state.path / "runtime.json").write_bytes(content)
    assert state.read_info() is None


def test_sockets_lie_in_the_folder_where_their_path_is_short(tmp_path: Path):
    state = StateFolder(tmp_path / ".micro")
    assert state.mcp_socket == state.path / "mcp.sock"
    assert state.control_socket == state.path / "control.sock"


def test_sockets_of_a_deep_project_lie_where_their_path_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    deep, other = (tmp_path.joinpath(*["folder-ü"] * 20, name) for name in ("a", "b"))
    path = StateFolder(deep).mcp_socket
    assert len(os.fsencode(path)) <= LONGEST_SOCKET_PATH
    assert mode(path.parent) == 0o700
    assert path == StateFolder(deep).mcp_socket
    assert len({path, StateFolder(deep).control_socket, StateFolder(other).mcp_socket}) == 3
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))


@pytest.mark.parametrize("kind", ["missing", "link", "foreign"])
def test_a_short_place_that_cannot_be_trusted_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    if kind != "missing":
        (tmp_path / "run").mkdir()
    if kind == "link":
        (tmp_path / "run" / "micro").symlink_to(tmp_path)
    if kind == "foreign":
        monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(StoreUnusable, match="cannot hold sockets") as caught:
        _ = StateFolder(tmp_path / ("x" * 150)).mcp_socket
    assert "XDG_RUNTIME_DIR" in (caught.value.mend or "")
