"""Where a piece of the author's code is written, and the error that points there.

Knows nothing of what is declared wrongly; whoever finds it says so.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from micro.errors import DeclarationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A place in a source file; ``file`` is absolute, or empty where there is none."""

    file: str
    line: int
    module: str = ""

    def __str__(self) -> str:
        if not self.file:
            return "<unknown>"
        return f"{_near(self.file)}:{self.line}"

    def error(
        self, message: str, *, mend: str, kind: type[DeclarationError] = DeclarationError
    ) -> DeclarationError:
        """Give the error to raise about what is written here."""
        return kind(f"{self}: {message}", mend=mend, file=self.file, line=self.line)


def _near(file: str) -> str:
    """Give the path relative to the working directory if it lies inside it."""
    try:
        near = os.path.relpath(file)
    except (OSError, ValueError):  # the directory is gone, or on another drive
        return file
    return file if near.startswith("..") else near


def origin_of(function: Callable[..., Any]) -> Origin:
    """Give the first line of a function, under whatever decorators it has."""
    inner: Any = inspect.unwrap(function)
    code = getattr(inner, "__code__", None)
    module = str(getattr(inner, "__module__", "") or "")
    if code is None:
        return Origin(file="", line=0, module=module)
    return Origin(file=os.path.abspath(code.co_filename), line=code.co_firstlineno, module=module)


def origin_of_caller(depth: int) -> Origin:
    """Give the line that runs now, ``depth`` frames above the function that asks."""
    frame = inspect.currentframe()
    for _ in range(depth + 1):
        frame = frame and frame.f_back
    if frame is None:
        return Origin(file="", line=0)
    return Origin(
        file=os.path.abspath(frame.f_code.co_filename),
        line=frame.f_lineno,
        module=str(frame.f_globals.get("__name__", "")),
    )


def enclosing_names(function: Callable[..., Any]) -> dict[str, Any]:
    """Give the local names that surround a function written inside of one that runs now.

    Its annotations may name them, and nothing but the frame knows them.
    """
    inner: Any = inspect.unwrap(function)
    outer, found, _ = getattr(inner, "__qualname__", "").rpartition(".<locals>.")
    frame = inspect.currentframe() if found else None
    while frame is not None:
        code = frame.f_code
        if code.co_qualname == outer and code.co_filename == inner.__code__.co_filename:
            return dict(frame.f_locals)
        frame = frame.f_back
    return {}
