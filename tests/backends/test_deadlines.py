"""Deadlines pass, and stand still while they are held."""

from __future__ import annotations

import math

import anyio

from micro.backends.deadlines import Deadlines


async def test_what_takes_too_long_is_cancelled_without_an_error():
    deadlines = Deadlines()
    with deadlines.within(0.01) as scope:
        await anyio.sleep_forever()
    assert scope.cancelled_caught


async def test_no_time_passes_while_they_are_held():
    deadlines = Deadlines()
    with anyio.fail_after(5), deadlines.within(0.05) as before:
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
