from __future__ import annotations

import random

from micro_tui.ring import Ring, View


def ring_of(count: int, cap: int = 10) -> Ring[int]:
    ring = Ring[int](cap)
    for number in range(count):
        ring.append(number)
    return ring


def test_a_full_ring_forgets_its_oldest_row() -> None:
    ring = ring_of(25)
    assert (ring.first, ring.end, len(ring)) == (15, 25, 10)
    assert [ring[seq] for seq in range(15, 25)] == list(range(15, 25))


def test_a_row_that_is_gone_cannot_be_replaced() -> None:
    ring = ring_of(25)
    assert not ring.replace(3, -3)
    assert ring.replace(20, -20)
    assert ring[20] == -20


def test_a_view_without_a_filter_shows_what_is_kept() -> None:
    ring = ring_of(25)
    view = View(ring)
    assert view.catch_up() == 0
    assert list(view.seqs) == list(range(15, 25))
    ring.append(25)
    assert view.stale
    assert view.catch_up() == 1
    assert not view.stale


def test_a_filter_is_kept_up_with_new_evicted_and_changed_rows() -> None:
    ring = ring_of(10)
    view = View(ring)
    view.filter(lambda row: row % 2 == 0)
    assert list(view.seqs) == [0, 2, 4, 6, 8]
    ring.replace(3, 30)
    ring.replace(4, 41)
    ring.append(10)
    assert view.catch_up() == 1
    assert list(view.seqs) == [2, 3, 6, 8, 10]


def test_a_filter_that_missed_too_many_changes_begins_again() -> None:
    ring = ring_of(10)
    view = View(ring)
    view.filter(lambda row: row < 0)
    for _ in range(3):
        for seq in range(10):
            ring.replace(seq, -seq - 1)
    view.catch_up()
    assert list(view.seqs) == list(range(10))


def test_a_filtered_view_always_equals_the_filter_run_afresh() -> None:
    chance = random.Random(7)
    ring = ring_of(0, cap=50)
    view = View(ring)
    view.filter(lambda row: row % 3 == 0)
    for _ in range(300):
        for _ in range(chance.randrange(12)):
            if chance.random() < 0.5 or not len(ring):
                ring.append(chance.randrange(100))
            else:
                ring.replace(chance.randrange(ring.first, ring.end), chance.randrange(100))
        if chance.random() < 0.5:
            view.catch_up()
            kept = [seq for seq in range(ring.first, ring.end) if ring[seq] % 3 == 0]
            assert list(view.seqs) == kept


def test_the_line_of_a_row_that_is_not_shown_is_the_next_one() -> None:
    view = View(ring_of(10))
    view.filter(lambda row: row % 2 == 0)
    assert view.line_of(5) == 3
    assert view.line_of(99) == 4
    view.filter(lambda _: False)
    assert view.line_of(5) == 0
