"""What errors carry."""

from __future__ import annotations

import pytest

from micro.errors import MicroError, RuntimeBusy, UnknownTool, did_you_mean


def test_an_error_says_what_happened_and_how_to_mend_it():
    error = RuntimeBusy("taken", pid=7, mend="stop it")
    assert (str(error), error.message, error.mend, error.pid) == ("taken", "taken", "stop it", 7)


def test_a_mend_may_be_missing():
    assert MicroError("lost").mend is None


def test_a_refusal_says_its_kind():
    error = UnknownTool("no")
    assert (error.kind, error.retryable, error.trace_id) == ("unknown_tool", False, "")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("gret", " Did you mean `greet`?"), ("zzz", ""), ("", "")],
)
def test_a_near_name_is_suggested(name: str, hint: str):
    assert did_you_mean(name, ["greet", "add"]) == hint
