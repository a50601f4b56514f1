"""A runtime's socket as the bridge sees it, in this process, and an agent that spawns a bridge."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from patience import DEADLINE

Answer = Callable[[dict[str, Any]], dict[str, Any] | None]


def echo(message: dict[str, Any]) -> dict[str, Any]:
    return {"method": message["method"], "params": message.get("params")}


class FakeRuntime:
    """Listens at ``root``'s sockets; answers each request by ``answer`` (``None``: never).

    The first ``mute`` connections are not greeted.
    """

    def __init__(
        self, root: Path, *, tools_hash: str, answer: Answer, kind: str, mute: int
    ) -> None:
        self._mute = mute
        self._state = root / ".micro"
        self._state.mkdir(mode=0o700, exist_ok=True)
        self._hash, self._answer = tools_hash, answer
        self.hellos: list[dict[str, Any]] = []
        self.lines: list[bytes] = []
        self.connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        path = self._state / "mcp.sock"
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        record = {"pid": os.getpid(), "kind": kind, "version": "0", "addresses": []}
        record |= {"mcp": str(path), "control": str(self._state / "control.sock")}
        (self._state / "runtime.json").write_text(json.dumps(record))
        self._run(self._accept)

    def _run(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            self._run(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as file:
            try:
                self.hellos.append(json.loads(file.readline()))
                if len(self.hellos) > self._mute:
                    hello = {"micro": 1, "pid": os.getpid(), "tools_hash": self._hash}
                    self.send(hello, connection)
                for line in file:
                    self.lines.append(line)
                    self._reply(line, connection)
            except (OSError, ValueError):
                return

    def _reply(self, line: bytes, connection: socket.socket) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            error = {"code": -32700, "message": "not JSON"}
            self.send({"jsonrpc": "2.0", "id": None, "error": error}, connection)
            return
        if "id" in message and "method" in message:
            result = self._answer(message)
            if result is not None:
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": result}, connection)

    def send(self, message: dict[str, Any], connection: socket.socket | None = None) -> None:
        (connection or self.connections[-1]).sendall(json.dumps(message).encode() + b"\n")

    @property
    def methods(self) -> list[str]:
        return [json.loads(line).get("method", "") for line in self.lines]

    def stop(self, *, crash: bool = False) -> None:
        """End as a runtime does; one that crashes leaves its record behind."""
        if self._listener.fileno() < 0:
            return
        if not crash:
            (self._state / "runtime.json").unlink(missing_ok=True)
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(DEADLINE)


@contextmanager
def fake_runtime(
    root: Path,
    *,
    tools_hash: str = "h1",
    answer: Answer = echo,
    kind: str = "dev",
    mute: int = 0,
) -> Generator[FakeRuntime]:
    runtime = FakeRuntime(root, tools_hash=tools_hash, answer=answer, kind=kind, mute=mute)
    try:
        yield runtime
    finally:
        runtime.stop()


class Agent:
    """A process that spawned ``micro mcp serve``."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "micro_devtool", "mcp", "serve", *arguments],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def send(self, message: dict[str, Any]) -> None:
        self.send_line(json.dumps({"jsonrpc": "2.0"} | message).encode())

    def send_line(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        """Give the next message; what is no JSON fails the test."""
        assert self.process.stdout is not None
        guard = threading.Timer(DEADLINE, self.process.kill)
        guard.start()
        try:
            line = self.process.stdout.readline()
        finally:
            guard.cancel()
        assert line, f"the bridge ended: {self.process.stderr and self.process.stderr.read()!r}"
        return json.loads(line)

    def ask(self, id: int, method: str, **params: Any) -> dict[str, Any]:
        self.send({"id": id, "method": method, "params": params})
        return self.read()


@contextmanager
def agent(*arguments: str, cwd: Path) -> Generator[Agent]:
    spawned = Agent(*arguments, cwd=cwd)
    try:
        yield spawned
    finally:
        spawned.process.kill()
        spawned.process.wait()
        for stream in (spawned.process.stdin, spawned.process.stdout, spawned.process.stderr):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()


def eventually(condition: Callable[[], bool], *, within: float = DEADLINE) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.005)
