from __future__ import annotations

from micro_tui.pace import PATIENCE, RESIZES, SLOW, SYNCHRONIZED, Pace


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.cpu = 0.0

    def pace(self) -> Pace:
        return Pace(spent=lambda: self.cpu, clock=lambda: self.now)


def test_a_terminal_that_never_answered_is_not_asked() -> None:
    pace = Time().pace()
    assert pace.due()
    assert not pace.asks()
    assert pace.due()


def test_nothing_is_drawn_before_the_terminal_is_through_with_the_last_picture() -> None:
    time = Time()
    pace = time.pace()
    pace.answered(RESIZES)
    assert pace.due()
    assert pace.asks()
    assert not pace.due()
    assert not pace.asks()
    pace.answered(RESIZES)
    assert pace.due()


def test_an_answer_that_got_lost_is_not_waited_for_for_ever() -> None:
    time = Time()
    pace = time.pace()
    pace.answered(RESIZES)
    assert pace.asks()
    assert not pace.due()
    time.now += PATIENCE
    assert pace.due()
    assert pace.asks()


def test_what_costs_much_is_drawn_every_few_ticks_also_when_some_are_left_out() -> None:
    pace = Time().pace()
    slow = [pace.slow() for _ in range(3 * SLOW) if pace.due()]
    assert slow.count(True) == 3
    pace.answered(RESIZES)
    assert pace.asks()
    for _ in range(SLOW):
        assert not pace.due()
    pace.answered(RESIZES)
    assert pace.due()
    assert pace.slow()


def test_drawing_that_costs_much_is_done_less_often_until_it_costs_little() -> None:
    time = Time()
    pace = time.pace()
    for _ in range(40):
        time.cpu += 0.03 * pace.due()
    drawn = 0
    for _ in range(20):
        due = pace.due()
        drawn += due
        time.cpu += 0.03 * due
    assert drawn == 5
    assert sum(pace.due() for _ in range(40)) > 30


def test_an_answer_to_another_question_is_not_waited_for() -> None:
    pace = Time().pace()
    pace.answered(RESIZES)
    pace.answered(SYNCHRONIZED)
    assert pace.question == SYNCHRONIZED
    assert pace.asks()
    pace.answered(RESIZES)
    assert not pace.due()
    pace.answered(SYNCHRONIZED)
    assert pace.due()
