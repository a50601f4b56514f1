"""What goes over the control socket: orders in, answers and batches of events out.

One ``Order`` gets one ``Answer`` of the same id; after ``watch`` the runtime also sends ``Batch``
messages, at most twenty a second.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from micro.events import AnyEvent
from micro.snapshots import CallDetail, NumberedRecord, Snapshot
from micro.stores.chain import Verdict


class Order(msgspec.Struct, frozen=True, kw_only=True, tag="order"):
    """What the other end wants. Which fields matter depends on ``op``.

    Of audit records those ``after`` a number are given, or the newest if it is 0.
    A call is made as ``subject`` with ``scopes``: who may open the socket may be anybody.
    """

    id: int
    op: Literal[
        "snapshot", "watch", "detail", "call", "reload", "decide", "records", "verify", "stop"
    ]
    call: int = 0
    after: int = 0
    tool: str = ""
    arguments: str = "{}"
    door: Literal["cli", "dashboard"] = "cli"
    client: str = ""
    subject: str = "local"
    scopes: tuple[str, ...] = ("*",)
    service: str = ""
    allowed: bool = False
    by: str = ""


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of an ordered call. ``structured`` is JSON text, empty if there is none.

    ``kind``: how it failed, as ``tool_error``; ``retryable``: whether it may succeed later;
    ``traceback``: the author's frames where the tool raised what it did not mean for its callers.
    """

    text: str
    structured: str
    is_error: bool
    trace_id: str
    kind: str = ""
    retryable: bool = False
    traceback: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """The reply to an order; ``error`` is empty on success, and ``mend`` may go with it.

    ``refusal``: of a call that was not let through, what programs need to know, as every door
    gives it.
    """

    id: int
    snapshot: Snapshot | None = None
    detail: CallDetail | None = None
    called: Called | None = None
    records: tuple[NumberedRecord, ...] | None = None
    verdict: Verdict | None = None
    error: str = ""
    mend: str | None = None
    refusal: dict[str, Any] | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True, tag="batch"):
    """Events in order; ``dropped`` were lost before them because this reader was slow."""

    events: tuple[AnyEvent, ...]
    dropped: int
