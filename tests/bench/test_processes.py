"""Processes of a benchmark are measured whole, and end with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from bench.processes import BenchmarkFailed, child, cpu_seconds, process_tree, wait_until

from patience import DEADLINE

TICKS = os.sysconf("SC_CLK_TCK")


def test_the_cpu_of_a_process_is_what_the_kernel_says_of_it():
    with child(
        [sys.executable, "-c", "sum(range(3_000_000)); print(1); input()"], reads=True
    ) as it:
        it.read_line(within=DEADLINE)
        measured = cpu_seconds(it.pid)
        fields = Path(f"/proc/{it.pid}/stat").read_text().rpartition(")")[2].split()

    assert measured == pytest.approx((int(fields[11]) + int(fields[12])) / TICKS, abs=2.5 / TICKS)


def test_what_a_server_starts_belongs_to_it_and_ends_with_it():
    script = (
        "import subprocess, sys\n"
        "inner = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        "print(inner.pid, flush=True)\n"
        "input()\n"
    )
    with child([sys.executable, "-c", script], reads=True) as server:
        inner = int(server.read_line(within=DEADLINE))
        assert process_tree(server.pid) == [server.pid, inner]

    assert server.process.poll() is not None
    assert wait_until(lambda: not Path(f"/proc/{inner}").exists(), within=DEADLINE)


def test_a_process_that_dies_is_an_error_with_its_last_words():
    with (
        child([sys.executable, "-c", "raise SystemExit('no such luck')"], reads=True) as server,
        pytest.raises(BenchmarkFailed, match="no such luck"),
    ):
        server.read_line(within=DEADLINE)


def test_a_process_that_is_silent_is_an_error_in_time():
    with (
        child([sys.executable, "-c", "input()"], reads=True) as server,
        pytest.raises(BenchmarkFailed, match=r"said nothing in 0\.1 s"),
    ):
        server.read_line(within=0.1)
