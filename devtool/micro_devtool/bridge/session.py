"""What the agent asked and what it has been answered, so that it outlives a runtime.

Reads and writes nothing: lines go in, lines come out. ``loop`` moves them.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from micro_devtool.bridge.lines import TooLong, encode, lost_id, messages

PATIENCE = 15.0
"""Seconds that a request waits for a runtime to come (back)."""

RESTARTED = (
    "The micro runtime was restarted while this was running. It was not repeated, because it may "
    "have taken effect. Call it again if that is safe."
)

_REPLAY = "micro-replay"
_MODERN = "io.modelcontextprotocol/protocolVersion"
_SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
_LIST_CHANGED = "notifications/tools/list_changed"
_REPEATABLE = frozenset(
    {
        "initialize",
        "ping",
        "server/discover",
        "subscriptions/listen",
        "tools/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "prompts/list",
        "prompts/get",
        "completion/complete",
        "logging/setLevel",
    }
)


class Asked(NamedTuple):
    """A request of the agent's that has no answer yet."""

    id: str | int
    method: str
    params: dict[str, Any]

    @property
    def modern(self) -> bool:
        """Whether it is of the protocol era without ``initialize``."""
        return _MODERN in _table(self.params, "_meta")

    @property
    def listens(self) -> bool:
        """Whether it is a stream of notices that the list of tools has changed."""
        wanted = _table(self.params, "notifications").get("toolsListChanged")
        return self.method == "subscriptions/listen" and wanted is True

    def refusal(self, text: str) -> bytes:
        """Answer it with a failure that may be tried again: a tool's as a tool's, else an error."""
        if self.method != "tools/call":
            error = {"code": -32000, "message": text, "data": {"retryable": True}}
            return encode({"jsonrpc": "2.0", "id": self.id, "error": error})
        result: dict[str, Any] = {
            "content": [{"type": "text", "text": text}],
            "isError": True,
            "_meta": {"micro/retryable": True},
        }
        if self.modern:
            result["resultType"] = "complete"
        return encode({"jsonrpc": "2.0", "id": self.id, "result": result})


class Unsent(NamedTuple):
    """A line that waits for a runtime, with the requests on it."""

    line: bytes
    asked: tuple[Asked, ...]
    deadline: float


class Session:
    """One agent's conversation, across as many runtimes as it takes."""

    def __init__(self) -> None:
        self._unsent: deque[Unsent] = deque()
        self._sent: dict[str | int, tuple[Asked, bytes]] = {}
        self._last: Unsent | None = None
        self._questions: set[str | int] = set()
        self._handshake: dict[str, Any] | None = None
        self._greeted = False
        self._initialized = b""
        self._replaying = False
        self._tools_hash: str | None = None
        self.waiting_bytes = 0

    @property
    def waiting(self) -> bool:
        """Whether the agent waits for something that no runtime has been told."""
        return bool(self._unsent)

    @property
    def idle(self) -> bool:
        """Whether every request has its answer."""
        return not self._unsent and not self._sent

    def from_agent(self, line: bytes, now: float) -> None:
        """Take a line of the agent's; ``take`` gives it to the runtime."""
        asked: list[Asked] = []
        for message in messages(line):
            method, id = message.get("method"), message.get("id")
            if not isinstance(method, str):
                if not isinstance(id, str | int) or id not in self._questions:
                    return  # an answer to a runtime that is gone
                self._questions.discard(id)
            elif isinstance(id, str | int):
                asked.append(Asked(id, method, _table(message, "params")))
                if method == "initialize":
                    self._handshake, self._greeted = message, False
            elif method == "notifications/initialized":
                self._initialized = line + b"\n"
            elif method == "notifications/cancelled" and self._cancel(message):
                return
        self._hold(Unsent(line, tuple(asked), now + PATIENCE))

    def _hold(self, unsent: Unsent) -> None:
        self._unsent.append(unsent)
        self.waiting_bytes += len(unsent.line)

    def _cancel(self, message: dict[str, Any]) -> bool:
        """Forget a request; say whether no runtime had been told of it."""
        id = _table(message, "params").get("requestId")
        if isinstance(id, str | int) and self._sent.pop(id, None):
            return False
        for unsent in self._unsent:
            if [asked.id for asked in unsent.asked] == [id]:
                self._unsent.remove(unsent)
                self.waiting_bytes -= len(unsent.line)
                return True
        return False

    def too_long(self, line: TooLong) -> bytes:
        """Answer a line that was too long to take."""
        error = {"code": -32600, "message": "micro takes messages of at most 4 MiB"}
        return encode({"jsonrpc": "2.0", "id": lost_id(line), "error": error})

    def take(self) -> list[bytes]:
        """Give what the runtime is to be told now; nothing while the handshake is repeated."""
        if self._replaying:
            return []
        lines: list[bytes] = []
        while self._unsent:
            unsent = self._unsent.popleft()
            line = unsent.line if len(unsent.asked) == 1 else b""  # a batch is not repeated
            self._last = unsent
            self._sent |= {asked.id: (asked, line) for asked in unsent.asked}
            lines.append(unsent.line + b"\n")
        self.waiting_bytes = 0
        return lines

    def from_runtime(self, line: bytes) -> tuple[list[bytes], list[bytes]]:
        """Take a line of the runtime's: what the agent, and what the runtime is to be told."""
        for message in messages(line):
            method, id = message.get("method"), message.get("id")
            if isinstance(method, str):
                if isinstance(id, str | int):
                    self._questions.add(id)
                elif method == _LIST_CHANGED:
                    self._tools_hash = ""  # no longer what the runtime said when it was joined
            elif id == _REPLAY:
                self._replaying = False
                return [], [self._initialized] if self._initialized else []
            elif isinstance(id, str | int) and (sent := self._sent.pop(id, None)):
                self._greeted |= sent[0].method == "initialize" and "result" in message
        return [line + b"\n"], []

    def joined(self, tools_hash: str) -> tuple[list[bytes], list[bytes]]:
        """A runtime was joined: what the agent, and what the runtime is to be told first."""
        changed = self._tools_hash is not None and self._tools_hash != tools_hash
        self._tools_hash = tools_hash
        to_agent = self._list_changed() if changed else []
        if self._handshake is None or not self._greeted:
            return to_agent, []
        self._replaying = True
        return to_agent, [encode(self._handshake | {"id": _REPLAY})]

    def _list_changed(self) -> list[bytes]:
        notices: list[dict[str, Any]] = [{}] if self._initialized else []
        notices += [
            {"params": {"_meta": {_SUBSCRIPTION: asked.id}}}
            for unsent in self._unsent
            for asked in unsent.asked
            if asked.listens
        ]
        return [encode({"jsonrpc": "2.0", "method": _LIST_CHANGED} | notice) for notice in notices]

    def lost(self, now: float, *, unread: bool = False) -> list[bytes]:
        """The runtime is gone: what the agent is to be told; what can be asked again waits.

        Args:
            now: Where patience begins anew.
            unread: The runtime did not read the last line, so that may be asked again whatever
                it is.
        """
        last = self._last if unread else None
        unread_ids = {asked.id for asked in last.asked} if last else set[str | int]()
        answers: list[bytes] = []
        again: list[Unsent] = []
        for asked, line in self._sent.values():
            if asked.id in unread_ids:
                continue
            if line and asked.method in _REPEATABLE:
                again.append(Unsent(line, (asked,), now + PATIENCE))
            else:
                answers.append(asked.refusal(RESTARTED))
        if last and unread_ids:
            again.append(last)
        self._replaying = False
        self._last = None
        self._questions.clear()
        self._sent.clear()
        self._unsent.extendleft(reversed(again))
        self.waiting_bytes = sum(len(unsent.line) for unsent in self._unsent)
        return answers

    def give_up(self, text: str, *, before: float | None = None) -> list[bytes]:
        """Answer what waits (what has waited until ``before``) with a failure, and forget it."""
        due = [held for held in self._unsent if before is None or held.deadline <= before]
        for held in due:
            self._unsent.remove(held)
            self.waiting_bytes -= len(held.line)
        return [asked.refusal(text) for held in due for asked in held.asked]


def _table(holder: dict[str, Any], key: str) -> dict[str, Any]:
    """Give the object at ``key``; an empty one if there is something else, or nothing."""
    found: Any = holder.get(key)
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]
