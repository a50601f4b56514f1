"""Rounds, figures and the table."""

from __future__ import annotations

import math

from bench.harness import aligned, figure, middle, quantile, rounds_of


def test_every_second_round_runs_backwards():
    assert list(rounds_of("ab", 3)) == [(0, "a"), (0, "b"), (1, "b"), (1, "a"), (2, "a"), (2, "b")]


def test_a_quantile_is_a_value_that_was_measured():
    values = [float(number) for number in range(1, 41)]

    assert (quantile(values, 0.5), quantile(values, 0.95)) == (21.0, 39.0)
    assert quantile([7.0], 0.99) == 7.0


def test_what_was_not_measured_is_shown_as_a_dash():
    assert math.isnan(middle([]))
    assert figure(quantile([], 0.5)) == "-"


def test_a_table_is_markdown_that_is_aligned_in_a_terminal():
    table = aligned(("server", "ms"), [("bare", "1"), ("other", "1,234")])

    assert table.splitlines() == [
        "| server |    ms |",
        "| ------ | ----: |",
        "| bare   |     1 |",
        "| other  | 1,234 |",
    ]
