from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

from micro.services.service import Service
from services.harness import local


def noting(notes: list[str], note: str, error: BaseException | None = None) -> Any:
    def hook() -> None:
        notes.append(note)
        if error is not None:
            raise error

    return hook


def async_noting(notes: list[str], note: str) -> Any:
    async def hook() -> None:
        notes.append(note)

    return hook


async def test_hooks_start_in_order_and_stop_in_reverse():
    service, notes = Service("demo"), []
    service.on_start(noting(notes, "pool"))
    service.on_start(async_noting(notes, "cache"))
    service.on_stop(noting(notes, "close pool"))
    service.on_stop(async_noting(notes, "close cache"))
    generation = local(service)

    await generation.start()
    await generation.stop()

    assert notes == ["pool", "cache", "close cache", "close pool"]


@pytest.mark.parametrize("error", [RuntimeError("stuck"), SystemExit(1)])
async def test_a_stop_hook_that_fails_is_logged_and_the_rest_still_run(
    error: BaseException, caplog: pytest.LogCaptureFixture
):
    service, notes = Service("demo"), []
    service.on_stop(noting(notes, "last"))
    service.on_stop(noting(notes, "broken", error))
    service.on_stop(noting(notes, "first"))

    with caplog.at_level(logging.ERROR):
        await local(service).stop()

    assert notes == ["first", "broken", "last"]
    assert "stop hook" in caplog.text
    assert "of demo failed" in caplog.text


async def test_a_start_hook_that_fails_undoes_those_before_it():
    service, notes = Service("demo"), []
    service.on_start(noting(notes, "pool"))
    service.on_start(noting(notes, "broken", ConnectionError("no database")))
    service.on_start(noting(notes, "never"))
    service.on_stop(noting(notes, "close"))

    with pytest.raises(ConnectionError, match="no database"):
        await local(service).start()

    assert notes == ["pool", "broken", "close"]


async def test_a_first_start_hook_that_fails_has_nothing_to_undo():
    service, notes = Service("demo"), []
    service.on_start(noting(notes, "broken", ConnectionError("no database")))
    service.on_stop(noting(notes, "close"))

    with pytest.raises(ConnectionError):
        await local(service).start()

    assert notes == ["broken"]


async def test_a_sync_hook_blocks_no_call():
    service, threads = Service("demo"), []
    service.on_start(lambda: threads.append(threading.current_thread()))

    await local(service).start()

    assert threads[0] is not threading.main_thread()


async def test_a_sync_hook_may_give_something_to_await():
    service, notes = Service("demo"), []
    service.on_start(lambda: async_noting(notes, "done")())

    await local(service).start()

    assert notes == ["done"]
