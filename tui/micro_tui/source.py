"""The author's code round a line that raised, if the file still is what ran."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FRAME = re.compile(r'^ *File "([^"\n]+)", line (\d+).*\n +(\S.*)$', re.MULTILINE)
_AROUND = 3
_LARGEST = 2_000_000
"""Bytes of a file that is still read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the project that is in a traceback; ``file`` is relative to the project."""

    file: str
    line: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Lines of a file: ``first`` is the number of the first one."""

    place: Place
    first: int
    lines: tuple[str, ...]


def last_place(traceback: str) -> Place | None:
    """Give the innermost line of a traceback, ``None`` if it shows none."""
    frames = list(_FRAME.finditer(traceback))
    if not frames:
        return None
    return Place(file=frames[-1][1], line=int(frames[-1][2]), code=frames[-1][3].strip())


def excerpt(project: Path, place: Place) -> Excerpt | None:
    """Give the lines round a place; ``None`` if the line is another one by now.

    Only files of the project are read: a traceback is partly what somebody made an exception say.
    """
    path = (project / place.file).resolve()
    try:
        if not path.is_relative_to(project.resolve()) or path.stat().st_size > _LARGEST:
            return None
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    if not 0 < place.line <= len(lines) or lines[place.line - 1].strip() != place.code:
        return None
    first = max(1, place.line - _AROUND)
    return Excerpt(place=place, first=first, lines=tuple(lines[first - 1 : place.line + _AROUND]))
