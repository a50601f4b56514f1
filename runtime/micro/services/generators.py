"""Makes of a generator that yields ``Progress`` a function that returns its result.

The result is the last value yielded that is no ``Progress``, or what a sync one returns.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
)
from contextlib import aclosing, closing
from typing import Any, Union

import anyio.from_thread

from micro.calls import Progress
from micro.services.context import report
from micro.services.signature import EMPTY

_streams = (AsyncGenerator, AsyncIterator, AsyncIterable, Generator, Iterator, Iterable)


def collect_async(function: Callable[..., AsyncGenerator[Any]]) -> Callable[..., Any]:
    """Run an async generator to its end, reporting on the way."""

    @functools.wraps(function)
    async def run(**arguments: Any) -> Any:
        result = None
        async with aclosing(function(**arguments)) as yielded:
            async for each in yielded:
                if isinstance(each, Progress):
                    await report(each)
                else:
                    result = each
        return result

    return run


def collect(function: Callable[..., Generator[Any, Any, Any]]) -> Callable[..., Any]:
    """Run a generator to its end in a worker thread, reporting on the way."""

    @functools.wraps(function)
    def run(**arguments: Any) -> Any:
        result = None
        with closing(function(**arguments)) as yielded:
            while True:
                try:
                    each = next(yielded)
                except StopIteration as end:
                    return result if end.value is None else end.value
                if isinstance(each, Progress):
                    anyio.from_thread.run(report, each)
                else:
                    result = each

    return run


def collected_type(returns: Any) -> Any:
    """Give the type of the result out of a generator's declared type."""
    parts = typing.get_args(returns)
    if typing.get_origin(returns) not in _streams or not parts:
        return EMPTY
    if len(parts) == 3 and parts[2] not in (None, type(None)):
        return parts[2]
    union = typing.get_origin(parts[0]) in (Union, types.UnionType)
    members = typing.get_args(parts[0]) if union else (parts[0],)
    kept = tuple(member for member in members if member is not Progress)
    return Union[kept] if kept else None  # noqa: UP007
