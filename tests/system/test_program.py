"""A process of micro's own is set up for a crowd; one in which it is a guest is left alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from patience import DEADLINE

START = "import gc\nfrom micro.system.program import keep_what_stands, make_ours\n"


def said(code: str) -> list[str]:
    """Run code in a process of its own: what is tried here is a whole process's."""
    done = subprocess.run(
        [sys.executable, "-c", START + code],
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE,
    )
    return done.stdout.split()


def test_a_process_of_our_own_never_looks_again_through_what_stands():
    assert said("make_ours(); keep_what_stands(); print(gc.get_freeze_count() > 1_000)") == ["True"]


def test_a_process_of_our_own_waits_for_more_than_a_crowd_of_calls_before_it_looks():
    before, now = said(
        "before = gc.get_threshold()[0]; make_ours(); print(before, gc.get_threshold()[0])"
    )
    assert int(now) > 4 * int(before)


def test_garbage_that_comes_after_what_stands_is_still_found():
    code = (
        "import weakref\n"
        "class Knot: pass\n"
        "make_ours(); keep_what_stands()\n"
        "knot = Knot(); knot.self = knot; gone = weakref.ref(knot); del knot\n"
        "gc.collect(); print(gone() is None)"
    )
    assert said(code) == ["True"]


def test_a_guest_changes_nothing_of_its_host():
    code = "before = gc.get_threshold(); keep_what_stands()\n"
    assert said(f"{code}print(gc.get_freeze_count(), before == gc.get_threshold())") == [
        "0",
        "True",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_process_of_our_own_may_open_as_many_files_as_the_system_allows():
    code = (
        "import resource as r; from micro.system.program import FILES\n"
        "most = r.getrlimit(r.RLIMIT_NOFILE)[1]; r.setrlimit(r.RLIMIT_NOFILE, (256, most))\n"
        "make_ours(); print(r.getrlimit(r.RLIMIT_NOFILE)[0] == min(FILES, most))"
    )
    assert said(code) == ["True"]
