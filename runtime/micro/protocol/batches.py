"""JSON-RPC batches over lines, which 2025-03-26 has and no other version: many messages in a line.

Each message is taken as if it came alone; what answers them goes out as one line once the last is
there. What is said meanwhile, progress for instance, goes out at once. HTTP has its own way
(``doors.batches``).
"""

from __future__ import annotations

from collections import Counter

import msgspec

from micro.protocol.envelope import NOT_JSON, is_text, request_key
from micro.protocol.outbox import Outbox
from micro.protocol.refusals import INVALID_REQUEST
from micro.protocol.splice import failure

VERSION = "2025-03-26"
LIMIT = 100
"""Messages in a batch."""

UNFIT = f"a batch holds 1 to {LIMIT} messages, and no initialize"
"""What is said of a batch that is refused whole."""

INVALID = "Invalid request: a message is one JSON-RPC 2.0 object"
"""What is said of a message that is none, in a batch or alone."""


class Head(msgspec.Struct):
    """What is looked at of a message; the rest is for who answers it."""

    method: str = ""
    id: int | str | None = None
    result: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def is_answer(self) -> bool:
        """Whether it answers a request."""
        return self.result is not msgspec.UNSET or self.error is not msgspec.UNSET

    @property
    def is_message(self) -> bool:
        """Whether it says or answers something."""
        return bool(self.method) or self.is_answer


read_head = msgspec.json.Decoder(Head).decode
_decode = msgspec.json.Decoder(list[msgspec.Raw]).decode


def read_heads(messages: list[bytes]) -> list[Head]:
    """Give the heads of messages; an empty one for what is none."""
    return [_head_of(message) for message in messages]


def _head_of(message: bytes) -> Head:
    try:
        return read_head(message)
    except NOT_JSON:
        return Head()


def read_batch(line: bytes) -> list[bytes] | None:
    """Give the messages of a batch, which may be empty; ``None`` if it is none."""
    if line.lstrip()[:1] != b"[" or not is_text(line):
        return None
    try:
        return [bytes(raw) for raw in _decode(line)]
    except NOT_JSON:
        return None


class LineBatches:
    """The batches of one client that are not answered yet."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._open: list[_Batch] = []

    def begin(self, messages: list[bytes]) -> list[bytes]:
        """Collect the answers to a batch from here on; give its messages that can be taken."""
        batch = _Batch(messages)
        if len(messages) > LIMIT or batch.opens:
            self._outbox.put(failure(None, INVALID_REQUEST, UNFIT))
            return []
        self._open.append(batch)
        self._outbox.catch = self._catch
        self._settle(batch)
        return batch.good

    def forget(self, key: str) -> None:
        """Wait no longer for a request that was cancelled: it is not answered."""
        for batch in tuple(self._open):
            batch.waiting.pop(key, None)
            self._settle(batch)

    def _catch(self, line: bytes) -> bool:
        """Keep a line for the client, if it is an answer that belongs into a batch."""
        if line[:1] == b"[":
            return False
        head = read_head(line)
        if not head.is_answer or head.id is None:
            return False
        key = request_key(head.id)
        batch = next((each for each in self._open if each.waiting[key]), None)
        if batch is None:
            return False
        batch.waiting[key] -= 1
        batch.answers.append(line)
        self._settle(batch)
        return True

    def _settle(self, batch: _Batch) -> None:
        """Send what answers a batch once there is nothing to wait for."""
        if batch.waiting.total():
            return
        self._open.remove(batch)
        if not self._open:
            self._outbox.catch = None
        if batch.answers:
            self._outbox.put(b"[%b]" % b",".join(batch.answers))


class _Batch:
    """The messages of one batch, and the answers to them as far as they are there."""

    def __init__(self, messages: list[bytes]) -> None:
        self.opens = False
        self.good: list[bytes] = []
        self.waiting: Counter[str] = Counter()
        self.answers: list[bytes] = []
        for message, head in zip(messages, read_heads(messages), strict=True):
            self._take(message, head)

    def _take(self, message: bytes, head: Head) -> None:
        if not head.is_message:
            self.answers.append(failure(head.id, INVALID_REQUEST, INVALID))
            return
        self.good.append(message)
        self.opens |= head.method == "initialize"
        if head.method and head.id is not None:
            self.waiting[request_key(head.id)] += 1
