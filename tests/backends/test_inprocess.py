"""Services in the runtime's own process: started in order, stopped in reverse, whatever fails."""

from __future__ import annotations

import anyio
import pytest

from calling import DEADLINE, make_call
from micro import Service
from micro.backends.inprocess import InProcessBackend
from micro.calls import Call, ToolResult
from micro.errors import MicroError, StartHookFailed
from micro.events import AnyEvent, EventBus, ServiceLoaded, ToolsChanged
from micro.registry.registry import Registry


async def ask(name: str, arguments: bytes, parent: Call) -> ToolResult:
    raise NotImplementedError


def make_service(name: str, told: list[str], *, broken: bool = False) -> Service:
    service = Service(name)

    @service.on_start
    async def start() -> None:
        told.append(f"{name} starts")
        if broken:
            raise OSError("no disk")

    @service.on_stop
    async def stop() -> None:
        told.append(f"{name} stops")

    @service.tool
    async def echo(text: str) -> str:
        return text

    return service


def make_backend(*services: Service) -> tuple[InProcessBackend, Registry, list[AnyEvent]]:
    registry, bus, events = Registry(), EventBus(), list[AnyEvent]()
    bus.attach(events.append)
    return InProcessBackend(services, registry, bus=bus, ask=ask), registry, events


async def test_services_start_in_order_and_stop_in_reverse():
    told: list[str] = []
    backend, registry, events = make_backend(make_service("a", told), make_service("b", told))
    async with backend.serving():
        assert [tool.spec.full_name for tool in registry.catalogue.tools] == ["a.echo", "b.echo"]
        assert [type(event) for event in events] == [ToolsChanged, ServiceLoaded] * 2
    assert told == ["a starts", "b starts", "b stops", "a stops"]


async def test_a_start_hook_that_fails_stops_what_had_started_and_names_the_service():
    told: list[str] = []
    backend, _, _ = make_backend(make_service("a", told), make_service("b", told, broken=True))
    with pytest.raises(StartHookFailed, match="hook of b failed: OSError: no disk"):
        async with backend.serving():
            raise AssertionError
    assert told == ["a starts", "b starts", "a stops"]


async def test_it_is_ready_once_every_service_has_started():
    told: list[str] = []
    backend, _, _ = make_backend(make_service("a", told))
    ready = anyio.Event()
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(backend.run, ready)
            await ready.wait()
            assert told == ["a starts"]
            tasks.cancel_scope.cancel()
    assert told == ["a starts", "a stops"]


async def test_calls_in_flight_end_before_the_stop_hooks_run():
    told: list[str] = []
    service, entered, release = make_service("a", told), anyio.Event(), anyio.Event()

    async def wait() -> str:
        entered.set()
        await release.wait()
        told.append("the call ends")
        return ""

    service.tool(wait)
    backend, registry, _ = make_backend(service)
    async with anyio.create_task_group() as tasks, backend.serving():
        tool = registry.catalogue.find("a.wait")
        assert tool is not None
        tasks.start_soon(tool.run, make_call(tool=tool))
        await entered.wait()
        tasks.start_soon(release_soon, release)
    assert told == ["a starts", "the call ends", "a stops"]


async def release_soon(release: anyio.Event) -> None:
    await anyio.lowlevel.checkpoint()
    release.set()


async def test_a_reload_is_refused_with_the_way_to_have_it():
    backend, _, _ = make_backend()
    with pytest.raises(MicroError, match="not reloaded") as caught:
        await backend.reload_service("a")
    assert "micro dev" in (caught.value.mend or "")
