"""Sockets for one user of one machine: as Unix sockets, and as ports that ask for a secret."""

import errno
import socket
import stat
from collections.abc import Generator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from micro.system.nearby import NO_UNIX_SOCKETS, admit, admit_now, connect_near, listen_near


@pytest.fixture(params=["unix", "port"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Path]:
    if request.param == "port":
        monkeypatch.setenv(NO_UNIX_SOCKETS, "1")
    else:
        monkeypatch.delenv(NO_UNIX_SOCKETS, raising=False)
    yield tmp_path / "a.sock"


async def test_who_knows_the_path_is_admitted_and_says_nothing_else(place: Path):
    with listen_near(place) as listener, connect_near(place) as client:
        client.sendall(b"hello")
        peer, _ = listener.accept()
        with peer:
            peer.setblocking(False)
            assert await admit(peer, listener)
            await anyio.wait_readable(peer)
            assert peer.recv(100) == b"hello"


def test_a_thread_can_admit(place: Path):
    with listen_near(place) as listener, connect_near(place):
        peer, _ = listener.accept()
        with peer:
            assert admit_now(peer, listener)


def test_only_the_owner_can_open_the_file(place: Path):
    with listen_near(place):
        assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_what_a_dead_process_left_is_replaced(place: Path):
    listen_near(place).close()
    with pytest.raises(ConnectionRefusedError):
        connect_near(place)
    with listen_near(place), connect_near(place):
        pass


def test_a_place_that_somebody_serves_is_left_alone(place: Path):
    with listen_near(place):
        with pytest.raises(OSError, match="another program") as refused:
            listen_near(place)
        assert refused.value.errno == errno.EADDRINUSE
        connect_near(place).close()


def test_whoever_wants_a_place_alone_gets_none_that_there_is(place: Path):
    with listen_near(place, alone=True), pytest.raises(OSError):
        listen_near(place, alone=True)


def test_a_file_of_another_kind_is_left_alone(place: Path):
    place.write_text("notes")
    with pytest.raises(FileExistsError):
        listen_near(place)
    assert place.read_text() == "notes"


@pytest.mark.parametrize("said", [b"x" * 65, b"", b"0" * 64 + b"\n", b"short"])
async def test_a_port_admits_nobody_who_does_not_know_the_secret(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(NO_UNIX_SOCKETS, "1")
    listener = listen_near(tmp_path / "a.sock")
    with listener, socket.create_connection(listener.getsockname()) as stranger:
        stranger.sendall(said)
        stranger.shutdown(socket.SHUT_WR)
        peer, _ = listener.accept()
        with peer:
            peer.setblocking(False)
            assert not await admit(peer, listener)


async def test_who_says_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(NO_UNIX_SOCKETS, "1")
    monkeypatch.setattr("micro.system.nearby.PATIENCE", 0.01)
    listener = listen_near(tmp_path / "a.sock")
    with listener, socket.create_connection(listener.getsockname()):
        peer, _ = listener.accept()
        with peer:
            peer.setblocking(False)
            assert not await admit(peer, listener)
            assert not await anyio.to_thread.run_sync(admit_now, peer, listener)
