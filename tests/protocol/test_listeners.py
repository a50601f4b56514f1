"""Who hears of a change, with what words, and for how many there is room."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import anyio
import pytest

from micro.calls import Caller
from micro.errors import Refused
from micro.events import (
    EventBus,
    ListChanged,
    ResourceUpdated,
    RuntimeStarted,
    ServiceLoaded,
    ToolsChanged,
)
from micro.gateway.gateway import Gateway
from micro.protocol.identity import Identity
from micro.protocol.listeners import AT_ONCE, Listeners, TooManyListeners
from micro.registry.registry import Registry
from protocol.heard import URIS, make_service
from protocol.listeners import ANYBODY, Ear, asked, open_listeners, running

KEY = "io.modelcontextprotocol/subscriptionId"


def methods(told: list[Any]) -> list[str]:
    return [each["method"].removeprefix("notifications/") for each in told]


async def test_a_listener_is_told_first_what_it_will_be_told_of_and_then_that_alone():
    ear = Ear()
    wanted = {"toolsListChanged": True, "promptsListChanged": False}
    async with open_listeners() as (listeners, bus):
        with listeners.listening(asked(wanted, id="x"), ANYBODY, ear):
            for event in (
                RuntimeStarted(addresses=()),
                ListChanged(kind="prompt", count=1),
                ListChanged(kind="resource", count=1),
                ResourceUpdated(service="demo", uri=URIS[0]),
                ToolsChanged(tools=2),
            ):
                bus.publish(event)
            await ear.until(2)
    assert methods(ear.told) == ["subscriptions/acknowledged", "tools/list_changed"]
    assert ear.told[0]["params"]["notifications"] == {"toolsListChanged": True}
    assert all(each["params"]["_meta"] == {KEY: "x"} for each in ear.told)


async def test_changes_that_come_together_are_told_together_and_once():
    ear = Ear()
    async with open_listeners() as (listeners, bus):
        with listeners.listening(asked(), ANYBODY, ear):
            for tools in (1, 2, 3):
                bus.publish(ToolsChanged(tools=tools))
                bus.publish(ResourceUpdated(service="demo", uri=URIS[1]))
            await ear.until(3)
            bus.publish(ListChanged(kind="prompt", count=1))
            await ear.until(4)
    assert methods(ear.told)[1:] == [
        "tools/list_changed",
        "resources/updated",
        "prompts/list_changed",
    ]
    assert ear.told[2]["params"] == {"_meta": {KEY: 1}, "uri": URIS[1]}


async def test_two_resources_that_change_together_are_each_told_of():
    ear = Ear()
    async with open_listeners() as (listeners, bus):
        with listeners.listening(asked(), ANYBODY, ear):
            for uri in (*URIS, *URIS):
                bus.publish(ResourceUpdated(service="demo", uri=uri))
            await ear.until(1 + len(URIS))
    assert [each["params"]["uri"] for each in ear.told[1:]] == list(URIS)


async def test_a_service_that_was_loaded_again_has_other_resources():
    ear = Ear()
    async with open_listeners() as (listeners, bus):
        with listeners.listening(asked({"resourceSubscriptions": [URIS[1]]}), ANYBODY, ear):
            for service in ("other", "demo"):
                bus.publish(loaded(service))
            await ear.until(2)
    assert [each["params"].get("uri") for each in ear.told] == [None, URIS[1]]


def loaded(service: str) -> ServiceLoaded:
    return ServiceLoaded(service=service, generation=2, file="", tools=(), duration=0.0)


async def test_nobody_watches_what_it_may_not_read():
    service = make_service()

    @service.resource("demo://secret", scopes=["demo:secrets"])
    def secret() -> str:
        return "secret"

    poor = Caller(door="http", subject="ada", scopes=("other:*",))
    rich = Caller(door="http", subject="bob", scopes=("demo:*",))
    ears = Ear(), Ear()
    wanted = asked({"resourceSubscriptions": ["demo://secret", "demo://none"]})
    async with open_listeners(service) as (listeners, bus):
        with (
            listeners.listening(wanted, poor, ears[0]),
            listeners.listening(wanted, rich, ears[1]),
        ):
            bus.publish(ResourceUpdated(service="demo", uri="demo://secret"))
            await ears[1].until(2)
    granted = [ear.told[0]["params"]["notifications"] for ear in ears]
    assert granted == [{}, {"resourceSubscriptions": ["demo://secret"]}]
    assert len(ears[0].told) == 1


async def test_who_is_not_known_may_not_listen():
    async with open_listeners() as (listeners, _):
        stranger, ear = Caller(door="http", rejection="There is no token"), Ear()
        with pytest.raises(Refused), listeners.listening(asked(), stranger, ear):
            pass
        assert len(listeners) == 0
        assert ear.told == []


async def test_one_subject_leaves_room_for_others():
    async with open_listeners(most=4, most_of_one=2) as (listeners, _):
        ada, bob = (Caller(door="http", subject=name) for name in ("ada", "bob"))
        with ExitStack() as opened:
            for _ in range(2):
                opened.enter_context(listeners.listening(asked(), ada, Ear()))
            with pytest.raises(TooManyListeners):
                opened.enter_context(listeners.listening(asked(), ada, Ear()))
            opened.enter_context(listeners.listening(asked(), bob, Ear()))
            opened.enter_context(listeners.listening(asked(), ANYBODY, Ear()))
            with pytest.raises(TooManyListeners):
                opened.enter_context(listeners.listening(asked(), bob, Ear()))
        with listeners.listening(asked(), ada, Ear()):
            assert len(listeners) == 1


async def test_everyone_is_told_that_nothing_more_will_come():
    async with open_listeners() as (listeners, _):
        ears = Ear(), Ear()
        with (
            listeners.listening(asked(id=1), ANYBODY, ears[0]),
            listeners.listening(asked(id="b"), ANYBODY, ears[1]),
        ):
            listeners.end()
        for ear, name in zip(ears, (1, "b"), strict=True):
            assert ear.last["id"] == name
            assert ear.last["result"] == {
                "_meta": {
                    KEY: name,
                    "io.modelcontextprotocol/serverInfo": {"name": "demo", "version": "1.2.3"},
                },
                "resultType": "complete",
            }


async def test_others_have_their_turn_while_many_are_told_and_who_leaves_then_is_told_no_more():
    ears = [Ear() for _ in range(AT_ONCE + 1)]
    async with open_listeners() as (listeners, bus):
        with ExitStack() as opened:
            for ear in ears[:-1]:
                opened.enter_context(listeners.listening(asked(), ANYBODY, ear))
            last = ExitStack()
            last.enter_context(listeners.listening(asked(), ANYBODY, ears[-1]))
            bus.publish(ToolsChanged(tools=1))
            await ears[0].until(2)
            last.close()
            assert [len(ear.told) for ear in ears] == [2] * AT_ONCE + [1]
            bus.publish(ToolsChanged(tools=2))
            await ears[0].until(3)
    assert len(ears[-1].told) == 1


async def test_signs_of_life_are_given_to_everyone():
    ears = Ear(), Ear()
    async with open_listeners(period=0.001) as (listeners, _):
        with (
            listeners.listening(asked(), ANYBODY, ears[0]),
            listeners.listening(asked(), ANYBODY, ears[1]),
        ):
            for ear in ears:
                await ear.until(nudges=2)


def test_the_same_listeners_can_be_told_in_one_loop_after_another():
    bus = EventBus()
    listeners = Listeners(Gateway(Registry(), []), bus, Identity(name="demo", version="1"))

    async def once() -> None:
        ear = Ear()
        async with running(listeners):
            with listeners.listening(asked(), ANYBODY, ear):
                bus.publish(ToolsChanged(tools=1))
                await ear.until(2)

    for _ in range(2):
        anyio.run(once)
