from __future__ import annotations

import pytest

from devtool.harness import DEADLINE, runs
from micro_devtool.early import EarlyRuntime


@pytest.mark.parametrize(
    "arguments", [[], ["calls", "dev"], ["dev", "--help"], ["dev", "--debugpy=0"]]
)
def test_nothing_is_started_for_what_runs_no_runtime_of_this_kind(arguments: list[str]) -> None:
    early = EarlyRuntime()
    early.start(arguments)
    assert early.take(["."]) is None
    early.end()


def test_the_process_that_waited_takes_the_arguments_of_the_one_that_is_wanted() -> None:
    early = EarlyRuntime()
    early.start(["dev", "shop"])
    process = early.take(["shop", "--kind", "neither"])
    assert process is not None
    said, _ = process.communicate(timeout=DEADLINE)
    assert b"invalid choice: 'neither'" in said
    assert process.returncode == 2
    assert early.take(["shop"]) is None


def test_a_process_that_nobody_takes_is_ended() -> None:
    early = EarlyRuntime()
    early.start(["dev"])
    process = early._process  # pyright: ignore[reportPrivateUsage]
    assert process is not None
    early.end()
    assert not runs(process.pid)
    early.end()


def test_a_process_whose_owner_is_gone_ends_by_itself_and_says_nothing() -> None:
    early = EarlyRuntime()
    early.start(["dev"])
    process = early._process  # pyright: ignore[reportPrivateUsage]
    assert process is not None
    assert process.communicate(timeout=DEADLINE) == (b"", None)
    assert process.returncode == 0


def test_one_that_died_meanwhile_is_not_taken() -> None:
    early = EarlyRuntime()
    early.start(["dev"])
    process = early._process  # pyright: ignore[reportPrivateUsage]
    assert process is not None
    process.kill()
    process.wait(DEADLINE)
    assert early.take(["shop"]) is None
