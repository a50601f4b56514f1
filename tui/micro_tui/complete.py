"""What a filter that is being written may go on with: names of fields, and values that were seen.

Knows the language no better than ``query``, which says what the words mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

Values = Mapping[str, Callable[[], Iterable[str]]]
"""For each field that is compared as text, what it may be worth writing after its colon."""


def completed(text: str, fields: Iterable[str], values: Values) -> str | None:
    """Give the text with its last word completed; ``None`` if nothing begins like it."""
    before, space, word = text.rpartition(" ")
    no = "-" if word.startswith("-") else ""
    name, colon, part = word.removeprefix("-").partition(":")
    if colon:
        start, comma, part = part.rpartition(",")
        known = values.get(name.lower())
        found = _first(part, known()) if known else None
        ending = None if found is None else f"{name}:{start}{comma}{found}"
    else:
        found = _first(name, fields) if name else None
        ending = None if found is None else f"{found}:"
    return None if ending is None else f"{before}{space}{no}{ending}"


def _first(part: str, words: Iterable[str]) -> str | None:
    """Give the word that goes on from ``part``, the shortest if there are several.

    An input draws what is offered as it stands, so only words that can be drawn are.
    """
    fitting = [
        word
        for word in words
        if word.lower().startswith(part.lower())
        and len(word) > len(part)
        and " " not in word
        and word.isprintable()
    ]
    return min(fitting, key=lambda word: (len(word), word), default=None)
