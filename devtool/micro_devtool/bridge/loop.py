"""Moves lines between the agent and the runtime; joins, rejoins and starts runtimes as needed."""

from __future__ import annotations

import os
import sys
import time

from micro_devtool.bridge import project
from micro_devtool.bridge.ends import In, Out, Ready, wait
from micro_devtool.bridge.lines import MAX_LINE, Lines, TooLong
from micro_devtool.bridge.link import Link, RuntimeGone
from micro_devtool.bridge.session import Session

_BUFFERED = 2 * MAX_LINE
_SEEK_INTERVAL = 0.01
_IDLE_INTERVAL = 0.25
_WATCH_INTERVAL = 1.0
_HELLO_TIMEOUT = 5.0
_LAST_ANSWERS = 5.0
"""Seconds that requests in flight have to be answered once the agent has closed its end."""

_CLEAN_GRACE = 0.3
_CRASH_GRACE = 2.0
"""Seconds in which `micro dev` brings a runtime back, before one is started without it."""

_RIVAL_GRACE = 5.0
"""Seconds that a runtime which was quicker to lock the project has to open its socket."""


class Bridge:
    """One agent's way to its project's runtime, for the life of this process."""

    def __init__(self, root: str, *, agent_in: In, agent_out: Out) -> None:
        self._root = root
        self._in = agent_in
        self._out = agent_out
        self._lines = Lines(MAX_LINE)
        self._session = Session()
        self._starter = project.Starter(root)
        self._link: Link | None = None
        self._parent = os.getppid()
        self._eof_at: float | None = None
        self._start_from = 0.0
        self._failure = ""

    def run(self) -> int:
        """Carry on until the agent goes away; give the exit code."""
        while not self._ended(now := time.monotonic()):
            if self._link is None:
                self._seek(now)
            elif not self._link.joined and now - self._link.opened_at > _HELLO_TIMEOUT:
                self._lose(now)
            self._tell_agent(self._session.give_up(self._why_not(), before=now))
            if not self._move(now):
                break
        if self._link is not None:
            self._link.close()
        self._starter.forget()
        self._out.close()
        return 0

    def _ended(self, now: float) -> bool:
        if os.getppid() != self._parent:
            return True
        if self._eof_at is None:
            return False
        answered = self._session.idle and not self._out.buffer
        return answered or now - self._eof_at > _LAST_ANSWERS

    def _move(self, now: float) -> bool:
        """Wait for something to read or write, and do it; false once the agent is gone."""
        link, out = self._link, self._out
        reading, writing = set[int](), {out.fd} if out.buffer else set[int]()
        has_room = link is None or len(link.out) < _BUFFERED
        if has_room and self._eof_at is None and self._session.waiting_bytes < _BUFFERED:
            reading.add(self._in.fd)
        if link is not None:
            if len(out.buffer) < _BUFFERED:
                reading.add(link.fd)
            if link.out:
                writing.add(link.fd)
        ready = wait(reading, writing, {out.fd}, self._timeout())
        if self._in.fd in ready.readable:
            self._read_agent(now)
        if link is not None:
            self._serve_link(link, ready, now)
        self._send_on(now)
        if out.fd in ready.writable:
            return out.write()
        return out.fd not in ready.hung

    def _send_on(self, now: float) -> None:
        """Send what waits, unless the runtime has just gone: then it waits for the next one."""
        if (link := self._link) is None or not link.joined or not self._session.waiting:
            return
        try:
            link.check()
            link.out += b"".join(self._session.take())
            link.write()
        except RuntimeGone as gone:
            self._lose(now, unread=gone.unread)

    def _timeout(self) -> float:
        if self._link is not None:
            return _WATCH_INTERVAL
        return _SEEK_INTERVAL if self._session.waiting else _IDLE_INTERVAL

    def _tell_agent(self, lines: list[bytes]) -> None:
        self._out.buffer += b"".join(lines)

    def _read_agent(self, now: float) -> None:
        data = self._in.read()
        if not data:
            self._eof_at = now
        for line in self._lines.feed(data) if data else self._lines.end():
            if isinstance(line, TooLong):
                self._tell_agent([self._session.too_long(line)])
            else:
                self._session.from_agent(line, now)

    def _serve_link(self, link: Link, ready: Ready, now: float) -> None:
        try:
            if link.fd in ready.writable:
                link.write()
            if link.fd in ready.readable:
                for line in link.read():
                    self._from_runtime(link, line)
        except RuntimeGone as gone:
            self._lose(now, unread=gone.unread)

    def _from_runtime(self, link: Link, line: bytes) -> None:
        if link.joined:
            to_agent, to_runtime = self._session.from_runtime(line)
        else:
            to_agent, to_runtime = self._session.joined(link.join(line))
        self._tell_agent(to_agent)
        link.out += b"".join(to_runtime)

    def _lose(self, now: float, *, unread: bool = False) -> None:
        """Drop the link. A runtime that ended in order has taken its record away with it."""
        if self._link is not None:
            self._link.close()
            if self._link.joined:
                left = project.read_running(self._root)
                crashed = left is not None and left.kind == "dev"
                self._start_from = now + (_CRASH_GRACE if crashed else _CLEAN_GRACE)
            self._link = None
        self._tell_agent(self._session.lost(now, unread=unread))

    def _seek(self, now: float) -> None:
        """Join the runtime that listens; start one if there is none and the agent waits."""
        running = project.read_running(self._root)
        try:
            sock = project.connect(running.mcp) if running else None
        except project.ForeignSocket as error:
            self._fail(f"{error}; remove it, or run micro as the user who owns the project")
            return
        if sock is not None:
            self._starter.forget()
            self._failure = ""
            self._link = Link(sock, now=now)
        elif self._session.waiting:
            self._start(now)

    def _start(self, now: float) -> None:
        if not self._starter.running:
            if now >= self._start_from:
                try:
                    self._starter.start(now)
                except OSError as error:
                    self._fail(f"{self._root}/.micro cannot be used: {error.strerror}")
            return
        code = self._starter.exit_code()
        if code is None:
            return
        words = self._starter.last_words()
        if project.BUSY in words and now - self._starter.started_at < _RIVAL_GRACE:
            return
        self._starter.forget()
        sys.stderr.write(f"{words}\n" if words else "")
        self._fail(project.reason_in(words, code=code))

    def _fail(self, reason: str) -> None:
        if reason != self._failure:
            sys.stderr.write(f"micro: {reason}\n")
        self._failure = reason
        self._tell_agent(self._session.give_up(self._why_not()))

    def _why_not(self) -> str:
        reason = self._failure or "it did not answer in time"
        return f"The micro runtime of {os.path.basename(self._root)} could not be reached: {reason}"
