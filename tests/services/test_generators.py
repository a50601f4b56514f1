from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Any

import pytest

from micro.calls import Progress
from micro.services.context import Context
from services.harness import answer, bound, call_of, only_tool


async def seen(function: Any) -> tuple[Any, list[float]]:
    reported: list[float] = []

    async def sink(progress: Progress) -> None:
        reported.append(progress.progress)

    result = await only_tool(function).run(call_of(on_progress=sink))
    return result, reported


async def test_an_async_generator_reports_what_it_yields_and_gives_the_last_value():
    async def work(ctx: Context) -> AsyncGenerator[Progress | list[int]]:
        yield Progress(progress=1, total=2)
        yield Progress(progress=2, total=2)
        yield [ctx.call_id]

    result, reported = await seen(work)
    assert (result.structured, reported) == (b'{"result":[7]}', [1, 2])
    assert bound(work).spec.output_schema == {
        "type": "object",
        "properties": {"result": {"type": "array", "items": {"type": "integer"}}},
        "required": ["result"],
    }


async def test_a_generator_reports_what_it_yields_and_gives_what_it_returns():
    def work(n: int) -> Generator[Progress, None, dict[str, int]]:
        for done in range(n):
            yield Progress(progress=done)
        return {"done": n}

    reported: list[float] = []

    async def sink(progress: Progress) -> None:
        reported.append(progress.progress)

    result = await only_tool(work).run(call_of({"n": 3}, on_progress=sink))
    assert (result.structured, reported) == (b'{"done":3}', [0, 1, 2])


async def test_the_result_type_is_what_is_left_beside_progress():
    def one() -> Iterator[Progress | int]:
        yield 5

    async def two() -> AsyncIterator[Progress]:
        yield Progress(progress=1)

    def three() -> Generator[int, None, None]:
        yield 6

    def four():
        yield {"a": 1}

    assert (await answer(one)).structured == b'{"result":5}'
    assert bound(two).spec.output_schema is None
    assert (await answer(two)).content == ()
    assert (await answer(three)).structured == b'{"result":6}'
    assert bound(four).spec.output_schema is None
    assert (await answer(four)).structured == b'{"a":1}'


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_generator_that_fails_is_closed_and_told(kind: str):
    closed: list[str] = []

    def work() -> Iterator[Progress | int]:
        try:
            yield Progress(progress=1)
            raise KeyError("gone")
        finally:
            closed.append("sync")

    async def async_work() -> AsyncIterator[Progress | int]:
        try:
            yield Progress(progress=1)
            raise KeyError("gone")
        finally:
            closed.append("async")

    result = await answer(work if kind == "sync" else async_work)

    assert closed == [kind]
    assert result.fault is not None
    assert "KeyError: 'gone'" in result.fault.traceback
