"""Finds threads that run on in code that was replaced: nothing but their own code can end them."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

from micro.events import ProblemFound
from micro.registry.loader import ProjectLoader

SOON = 0.2
"""Seconds in which more generations may end before it is looked what they left."""


class Leftovers:
    """Looks for such threads, and tells of each once.

    Args:
        loader: Knows which code is the project's.
        tell: Told of each.
    """

    def __init__(self, loader: ProjectLoader, tell: Callable[[ProblemFound], None]) -> None:
        self._loader = loader
        self._tell = tell
        self._told: WeakSet[threading.Thread] = WeakSet()
        self._due = False

    def look_soon(self) -> None:
        """Tell in a moment of the threads whose code belongs to no module that is loaded then."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(SOON, self._look)

    def _look(self) -> None:
        self._due = False
        for thread in threading.enumerate():
            if thread in self._told:
                continue
            function = _function_of(thread)
            names: dict[str, Any] = getattr(function, "__globals__", {})
            if self._is_loaded(names):
                continue
            file = Path(names.get("__file__") or "")
            if not self._loader.owns(file):
                continue
            self._told.add(thread)
            where = self._loader.places.shown(file)
            line = function.__code__.co_firstlineno
            self._tell(
                ProblemFound(
                    message=f"the thread {thread.name!r} runs on in code that was replaced "
                    f"({where}:{line})",
                    mend="start it in an on_start hook and end it in an on_stop hook",
                )
            )

    def _is_loaded(self, names: dict[str, Any]) -> bool:
        module = sys.modules.get(names.get("__name__", ""))
        return module is not None and module.__dict__ is names


def _function_of(thread: threading.Thread) -> Any:
    """Give the function that a thread runs, without what is wrapped round it."""
    function: Any = getattr(thread, "_target", None) or type(thread).run
    while isinstance(function, functools.partial):
        function = function.func  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return getattr(function, "__func__", function)  # pyright: ignore[reportUnknownArgumentType]
