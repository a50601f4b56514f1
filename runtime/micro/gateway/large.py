"""Results too large to go out at once: a beginning goes out, and the rest is kept to be read.

Kept for a while, in memory, up to a bound, and for the subject alone whose call it was. What goes
out is a text that says so and, for clients that know such, a link. REST gives results whole.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pydantic_core
from msgspec.structs import replace

from micro.calls import Caller, Fault, Tool, ToolResult
from micro.config import RESULT_KB

LIMIT = RESULT_KB * 1024
"""Bytes of a result that goes out whole; of a text, characters.

It is there twice where it is structured, and clients take no event of more than 1 MiB.
"""

KEPT_BYTES = 64 * 1024 * 1024
"""What is kept of all subjects together; the oldest gives way."""

LIFETIME = 600.0
"""Seconds for which a result can be read."""

PREVIEW = 2_000
"""Characters of the beginning that goes out."""

PAGE = 200_000
"""Characters of a page, all that is read at once; a multiple of 4, so that base64 can be cut."""

SCHEME = "micro://results/"

NEXT_KEY = "micro/next"
"""Where the ``_meta`` of a page says which comes after it."""

_LINKS_SINCE = "2025-06-18"
"""The first version of the protocol that knows links to resources."""

_NOT_WHOLE = Fault(kind="bad_result", message="the result is too large to send at once")

_HAS_RUN = (
    "The tool has run: do not call it again for this result. It is marked as an error only because "
    "a part of it would not be what the tool's output schema promises. "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A result as it can be read: ``text``, or base64 in ``blob``."""

    text: str = ""
    blob: str = ""
    mime_type: str

    @property
    def size(self) -> int:
        return len(self.text) + len(self.blob)

    @property
    def weight(self) -> int:
        return sys.getsizeof(self.text) + sys.getsizeof(self.blob)

    @property
    def pages(self) -> int:
        return -(-self.size // PAGE)

    def page(self, number: int) -> dict[str, Any]:
        """Give a page as contents of a resource: of JSON it is no JSON, but text."""
        part = slice((number - 1) * PAGE, number * PAGE)
        if self.blob:
            return {"mimeType": self.mime_type, "blob": self.blob[part]}
        kind = self.mime_type if self.pages == 1 else "text/plain"
        return {"mimeType": kind, "text": self.text[part]}


class _Entry(NamedTuple):
    """A result that somebody can read until then."""

    kept: _Kept
    subject: str
    until: float


class LargeResults:
    """The large results of one endpoint.

    Args:
        find: Gives a tool by its name.
        limit: Bytes of a result that goes out whole.
        kept_bytes: What is kept of all subjects together.
        clock: Seconds, for how long one is kept.
    """

    def __init__(
        self,
        find: Callable[[str], Tool | None],
        *,
        limit: int = LIMIT,
        kept_bytes: int = KEPT_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = find
        self._limit = limit
        self._kept_bytes = kept_bytes
        self._clock = clock
        self._kept: OrderedDict[str, _Entry] = OrderedDict()
        self._size = 0

    def fit(self, name: str, result: ToolResult, caller: Caller) -> ToolResult:
        """Give a result that can go out: the same, or its beginning with where the rest is.

        Clients refuse a result without the structured content that they were promised, and its
        beginning would not be that. Only errors may be without it, so the beginning goes out as one
        then, and says that the tool has run.

        Args:
            name: The tool's.
            result: What it gave.
            caller: Who may read the rest.
        """
        structured = result.structured
        if structured is not None and len(structured) > self._limit:
            kept, structured = _keep_structured(result, structured), None
        elif sum(map(_block_size, result.content)) > self._limit:
            kept = _keep_content(result)
        else:
            return result
        fault = result.fault
        if fault is None and structured is None and self._promises_structure(name):
            fault = _NOT_WHOLE
        uri = SCHEME + self._add(kept, caller)
        words = (_HAS_RUN if fault is _NOT_WHOLE else "") + _words(kept, uri)
        blocks: list[dict[str, Any]] = [{"type": "text", "text": words}]
        if caller.protocol >= _LINKS_SINCE:
            blocks.append(_link(kept, uri))
        return replace(result, content=tuple(blocks), structured=structured, fault=fault)

    def read(self, uri: str, caller: Caller) -> dict[str, Any] | None:
        """Give the contents of a resource; ``None`` if that is not one of the caller's results.

        ``micro://results/ID/2`` is the second page of a result, ``micro://results/ID`` the first.
        """
        name, _, page = uri.removeprefix(SCHEME).partition("/")
        entry = self._kept.get(name)
        if entry is None or entry.subject != caller.subject or entry.until < self._clock():
            return None
        kept = entry.kept
        if page and not (page.isascii() and page.isdecimal() and len(page) < 10):
            return None
        number = int(page or 1)
        if not 1 <= number <= kept.pages:
            return None
        contents = {"uri": uri, **kept.page(number)}
        if number < kept.pages:
            contents["_meta"] = {NEXT_KEY: f"{SCHEME}{name}/{number + 1}"}
        return contents

    def _promises_structure(self, name: str) -> bool:
        tool = self._find(name)
        return tool is not None and tool.spec.output_schema is not None

    def _add(self, kept: _Kept, caller: Caller) -> str:
        """Keep a result for a while; give its name."""
        now = self._clock()
        self._size += kept.weight
        while self._kept:
            oldest = next(iter(self._kept.values()))
            if oldest.until > now and self._size <= self._kept_bytes:
                break
            self._kept.popitem(last=False)
            self._size -= oldest.kept.weight
        name = secrets.token_urlsafe(18)
        self._kept[name] = _Entry(kept=kept, subject=caller.subject, until=now + LIFETIME)
        return name


def _block_size(block: Mapping[str, Any]) -> int:
    """Give about how large a block is, by what may be long in it."""
    get = block.get("resource", block).get
    return len(get("text") or "") + len(get("data") or "") + len(get("blob") or "")


def _is_text(blocks: Sequence[Mapping[str, Any]]) -> bool:
    return all(block.get("type") == "text" for block in blocks)


def _keep_structured(result: ToolResult, structured: bytes) -> _Kept:
    """Give what is structured as one resource, with what stands beside it if that is no text."""
    text = structured.decode()
    if not _is_text(result.content):
        content = pydantic_core.to_json(result.content, inf_nan_mode="null").decode()
        text = f'{{"content":{content},"structuredContent":{text}}}'
    return _Kept(text=text, mime_type="application/json")


def _keep_content(result: ToolResult) -> _Kept:
    """Give blocks as one resource: their text, their picture, or all of them as JSON."""
    blocks = result.content
    if _is_text(blocks):
        return _Kept(text=result.text, mime_type="text/plain")
    if len(blocks) == 1 and "data" in blocks[0]:
        data, kind = blocks[0]["data"], blocks[0].get("mimeType", "application/octet-stream")
        return _Kept(blob=data, mime_type=kind)
    text = pydantic_core.to_json(blocks, inf_nan_mode="null").decode()
    return _Kept(text=text, mime_type="application/json")


def _words(kept: _Kept, uri: str) -> str:
    """Say to a model what it has before it, and how it gets the rest."""
    pages = f"{uri}/1 to {uri}/{kept.pages} are its pages." if kept.pages > 1 else f"{uri} is it."
    where = f"It can be read by resources/read for {LIFETIME / 60:.0f} minutes: {pages}"
    if kept.blob:
        return f"The result is {kept.size} characters of base64, too large to send. {where}"
    return (
        f"The result is {kept.size} characters, too large to send at once. {where} Next time ask "
        f"for less if you can. It begins:\n\n{kept.text[:PREVIEW]}"
    )


def _link(kept: _Kept, uri: str) -> dict[str, Any]:
    name = uri.removeprefix(SCHEME)
    return {
        "type": "resource_link",
        "uri": uri,
        "name": f"result-{name}",
        "description": f"The result, in {kept.pages} pages." if kept.pages > 1 else "The result.",
        "mimeType": kept.mime_type,
        "size": kept.size,
    }
