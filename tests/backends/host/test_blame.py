"""Who is to blame when processes end."""

from __future__ import annotations

import itertools

from micro.backends.host.blame import ENOUGH, SUSPECTS, WINDOW, Blame


def test_a_file_that_was_in_each_of_the_last_processes_is_named_and_counted_anew():
    blame = Blame()
    others = ["b", "c", "d"]
    for other in others[: ENOUGH - 1]:
        assert blame.ended(["a", other]) == []
    assert blame.ended(["a", others[-1]]) == ["a"]
    assert blame.ended(["a"]) == []


def test_one_end_without_it_clears_a_file():
    blame = Blame()
    blame.ended(["a"])
    blame.ended(["a"])
    blame.ended([])
    assert blame.ended(["a"]) == []


def test_nobody_is_named_where_it_could_have_been_anybody():
    blame = Blame()
    crowd = [str(number) for number in range(SUSPECTS + 1)]
    assert [blame.ended(crowd) for _ in range(ENOUGH)] == [[]] * ENOUGH


def test_ends_that_are_far_apart_do_not_count() -> None:
    clock = itertools.count(0.0, WINDOW * 2 / 3)
    blame = Blame(lambda: next(clock))
    assert [blame.ended(["a"]) for _ in range(6)] == [[]] * 6
