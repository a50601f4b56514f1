"""Finds calls in pages by the columns that were asked about, without making calls of the others.

Where pages come from is in ``past``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from micro.stores.pages import Kind, kinds_of, texts_of, traces_of

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are wanted; what is empty asks for nothing.

    Attributes:
        tool: Canonical name or glob, as ``orders.*``.
        since: Seconds since the epoch.
        text: Has to be in the arguments or the result, whatever the case of its letters.
    """

    tool: str = ""
    subject: str = ""
    outcome: str = ""
    trace_id: str = ""
    since: float = 0.0
    text: str = ""

    def fits(self, kind: Kind) -> bool:
        """Tell whether calls of a kind may be wanted."""
        return (
            self.subject in ("", kind.subject)
            and self.outcome in ("", kind.outcome)
            and (not self.tool or fnmatchcase(kind.tool, self.tool))
        )


class Search:
    """Looks through one page after another; for all but ``since``.

    Attributes:
        columns: What ``places`` is to be given of a page, as SQL.
    """

    def __init__(self, wanted: CallFilter) -> None:
        self._wanted = wanted
        self._trace = wanted.trace_id.encode("utf-8", "replace")
        self._text = wanted.text.lower()
        # A text stands in MessagePack as it is: without these bytes a page is passed over.
        self._sign = max(_BEYOND_ASCII.split(wanted.text), key=len).lower().encode()
        traces = "traces" if wanted.trace_id else "NULL"
        self.columns = f"kinds, {traces}, {'texts' if wanted.text else 'NULL'}"

    def places(self, kinds: bytes, traces: bytes | None, texts: bytes | None) -> Sequence[int]:
        """Give the places in a page at which there are calls that fit, in order."""
        if traces is not None and self._trace not in traces:
            return ()
        if texts is not None and self._sign not in texts.lower():
            return ()
        which, every = kinds_of(kinds)
        fitting = {number for number, kind in enumerate(every) if self._wanted.fits(kind)}
        places = [place for place, number in enumerate(which) if number in fitting]
        if places and traces is not None:
            all_traces = traces_of(traces)
            places = [place for place in places if all_traces[place] == self._wanted.trace_id]
        if places and texts is not None:
            all_texts = texts_of(texts)
            places = [place for place in places if self._is_in(all_texts[place])]
        return places

    def _is_in(self, texts: tuple[str, str]) -> bool:
        return any(self._text in text.lower() for text in texts)
