"""Deadlines pass, and stand still while they are held."""

from __future__ import annotations

import asyncio
import contextlib
import math

import anyio
import anyio.lowlevel

from micro.backends.deadlines import Deadlines
from patience import DEADLINE


async def test_what_takes_too_long_is_cancelled_without_an_error():
    deadlines = Deadlines()
    with deadlines.within(0.01) as scope:
        await anyio.sleep_forever()
    assert scope.cancelled_caught


async def test_no_time_passes_while_they_are_held():
    deadlines = Deadlines()
    with anyio.fail_after(DEADLINE), deadlines.within(0.05) as before:
        deadlines.hold()
        deadlines.hold()
        assert before.deadline == math.inf
        with deadlines.within(0.05) as begun_meanwhile:
            await anyio.sleep(0.1)
            deadlines.go_on()
            assert begun_meanwhile.deadline == math.inf
            deadlines.go_on()
            await anyio.sleep_forever()
    assert begun_meanwhile.cancelled_caught or before.cancelled_caught


async def test_the_time_of_one_call_stands_still_and_that_of_others_does_not():
    deadlines, told = Deadlines(), list[bool]()
    with anyio.fail_after(DEADLINE), deadlines.watched(7, told.append):
        with (
            deadlines.within(0.05, call=8) as other,
            deadlines.within(60, call=7) as scope,
            deadlines.paused(7),
            deadlines.paused(7),
        ):
            assert scope.deadline == math.inf
            with deadlines.within(1, call=7) as begun_meanwhile:
                assert begun_meanwhile.deadline == math.inf
            await anyio.sleep_forever()
        assert other.cancelled_caught
        assert (told[0], told[-1]) == (True, False)


async def test_a_call_knows_how_far_its_deadline_moved():
    deadlines = Deadlines()
    with deadlines.within(60, call=7) as scope:
        before = scope.deadline
        with deadlines.paused(7):
            await anyio.sleep(0.02)
        assert deadlines.moved(7) > 0
        assert abs(scope.deadline - before - deadlines.moved(7)) < 1e-3
        assert deadlines.moved(8) == 0
        deadlines.resume(7)  # as often as you like
        assert scope.deadline < math.inf
    assert deadlines.moved(7) == 0


async def test_a_pause_of_a_call_that_has_ended_is_forgotten():
    deadlines = Deadlines()
    deadlines.pause(7)
    deadlines.forget(7)
    with deadlines.within(60, call=7) as scope:
        assert scope.deadline < math.inf


async def test_deadlines_pass_each_at_its_time_whatever_the_order_they_were_set_in():
    deadlines, passed, last = Deadlines(), dict[float, bool](), anyio.Event()

    async def wait(seconds: float) -> None:
        with deadlines.within(seconds) as limit:
            due = limit.deadline
            await anyio.sleep_forever()
        passed[seconds] = anyio.current_time() >= due
        if len(passed) == 4:
            last.set()

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            for seconds in (2 * DEADLINE, 0.06, 0.02, 0.04, 0):
                tasks.start_soon(wait, seconds)
            await last.wait()
            tasks.cancel_scope.cancel()
    assert passed == dict.fromkeys((0, 0.02, 0.04, 0.06), True)


async def test_code_that_goes_on_all_the_same_is_cancelled_again():
    deadlines, tries = Deadlines(), 0
    with anyio.fail_after(DEADLINE), deadlines.within(0.01) as limit:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                tries += 1
                if tries == 2:
                    raise
    assert limit.cancelled_caught
    assert not is_cancelled()


async def test_who_ends_all_the_same_keeps_what_it_gives():
    deadlines, given = Deadlines(), ""
    with deadlines.within(0.01) as limit:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            given = "what there was"
    assert (given, limit.cancelled_caught) == ("what there was", False)
    await anyio.lowlevel.checkpoint()  # nothing of it is left
    assert not is_cancelled()


async def test_a_deadline_ends_nobody_elses_cancellation():
    deadlines = Deadlines()
    with anyio.CancelScope() as scope:
        with deadlines.within(0.01):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
            scope.cancel()
            await anyio.sleep_forever()
        raise AssertionError("the scope was cancelled, and its code goes on")
    assert scope.cancelled_caught


def is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def test_deadlines_of_another_loop_pass_too():
    deadlines = Deadlines()

    async def wait(seconds: float) -> bool:
        with deadlines.within(seconds) as limit:
            await anyio.sleep(0.05)
        return limit.cancelled_caught

    assert not anyio.run(wait, 60)
    assert anyio.run(wait, 0.01)
