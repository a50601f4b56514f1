"""The bus and its queues: everyone is told, and whoever is slow loses the oldest, counted."""

from __future__ import annotations

import msgspec
import pytest

from micro.events import AnyEvent, CallFinished, EventBus, ProblemFound, ToolsChanged


def event(number: int) -> ToolsChanged:
    return ToolsChanged(tools=number)


def numbers(events: list[AnyEvent]) -> list[int]:
    return [each.tools for each in events if isinstance(each, ToolsChanged)]


def test_a_store_is_told_at_once_of_what_comes_after_it():
    bus, told = EventBus(), list[AnyEvent]()
    bus.publish(event(1))
    bus.attach(told.append)
    bus.publish(event(2))
    assert numbers(told) == [2]


def test_calls_are_heard_while_somebody_wants_them():
    bus = EventBus()
    bus.attach(lambda _: None, calls=False)
    assert not bus.hears_calls
    with bus.subscribe():
        assert bus.hears_calls
    assert not bus.hears_calls
    bus.attach(lambda _: None)
    assert bus.hears_calls


def test_a_subscription_gives_events_in_order_and_each_once():
    bus = EventBus()
    with bus.subscribe() as subscription:
        for number in range(5):
            bus.publish(event(number))
        events, dropped = subscription.take()
        assert (numbers(events), dropped) == ([0, 1, 2, 3, 4], 0)
        assert subscription.take() == ([], 0)


def test_the_oldest_fall_out_of_a_full_queue_and_are_counted_until_the_next_take():
    bus = EventBus()
    with bus.subscribe(limit=3) as subscription:
        for number in range(10):
            bus.publish(event(number))
        events, dropped = subscription.take()
        assert (numbers(events), dropped) == ([7, 8, 9], 7)
        bus.publish(event(10))
        assert subscription.take()[1] == 0


def test_each_reader_has_its_own_queue():
    bus = EventBus()
    with bus.subscribe(limit=1) as slow, bus.subscribe() as fast:
        bus.publish(event(1))
        bus.publish(event(2))
        assert (slow.take()[1], fast.take()[1]) == (1, 0)


def test_a_reader_is_woken_by_every_event_until_it_leaves():
    bus, woken = EventBus(), list[int]()
    with bus.subscribe(lambda: woken.append(1)):
        bus.publish(event(1))
        bus.publish(event(2))
    bus.publish(event(3))
    assert len(woken) == 2


def test_a_reader_that_fails_is_forgotten():
    bus = EventBus()
    with pytest.raises(KeyError), bus.subscribe() as subscription:
        raise KeyError
    bus.publish(event(1))
    assert subscription.take() == ([], 0)


def test_every_kind_of_event_crosses_a_process_border_as_it_is():
    before = ProblemFound(message="m", mend="n", time=1.0)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(before), type=AnyEvent) == before


def test_an_event_does_not_change():
    with pytest.raises(AttributeError):
        event(1).tools = 2  # pyright: ignore


def test_a_store_that_is_not_asked_about_calls_hears_of_the_rest_alone():
    bus, told = EventBus(), list[AnyEvent]()
    bus.attach(told.append, calls=False)
    bus.publish(CallFinished(call=1, outcome="ok", duration=0.1, generation=1))
    bus.publish(event(1))
    assert [type(each) for each in told] == [ToolsChanged]
