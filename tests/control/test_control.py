"""Both ends of the control socket, over a real one, with a whole runtime behind it."""

from __future__ import annotations

import logging
import socket
import struct
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.lowlevel
import msgspec
import pytest

from calling import DEADLINE, fail, hang, make_tool, ok, until
from micro.backends.inprocess import InProcessBackend
from micro.control import ControlClient, RuntimeLost, connect_control, serve_control
from micro.control import client as client_module
from micro.doors.listen import Address, bind
from micro.errors import MicroError, StartError
from micro.events import AnyEvent, CallFinished, CallStarted, EventBus, ProblemFound, ToolsChanged
from micro.protocol.identity import Identity
from micro.runtime import Runtime
from micro.snapshots import AuditRecord, HostView


@dataclass
class Steered:
    """A runtime behind a control socket."""

    runtime: Runtime
    path: Path
    records: list[AuditRecord] = field(default_factory=list[AuditRecord])
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    @property
    def bus(self) -> EventBus:
        return self.runtime.bus


@asynccontextmanager
async def steered() -> AsyncGenerator[Steered]:
    records: list[AuditRecord] = []

    async def write(record: AuditRecord) -> bool:
        records.append(record)
        return True

    bus = EventBus()
    runtime = Runtime(
        Identity(name="demo"),
        project="/demo",
        bus=bus,
        write_audit=write,
        host=HostView(pid=None, state="in-process"),
    )
    backend = InProcessBackend([], runtime.registry, bus=bus, ask=runtime.ask)
    tools = [("ok", ok), ("fail", fail), ("hang", hang)]
    runtime.registry.swap({"demo": [make_tool(name, run) for name, run in tools]})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.sock")
        with bind(Address(path=path)) as listener:
            async with runtime.running(backend), anyio.create_task_group() as tasks:
                tasks.start_soon(serve_control, runtime, listener)
                yield Steered(runtime, path, records, tasks.cancel_scope)
                tasks.cancel_scope.cancel()


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[Steered, ControlClient]]:
    async with steered() as server, connect_control(server.path) as client:
        with anyio.fail_after(DEADLINE):
            yield server, client


async def collect(client: ControlClient, count: int) -> list[AnyEvent]:
    """Take batches until so many events came."""
    events: list[AnyEvent] = []
    async for batch in client.batches():
        assert batch.dropped == 0
        events.extend(batch.events)
        if len(events) >= count:
            break
    return events


async def test_the_snapshot_is_the_runtimes():
    async with connected() as (server, client):
        await client.call("demo.ok", '{"a":1}', client="hand")
        snapshot = await client.snapshot()
        assert snapshot == server.runtime.snapshot()
        assert (snapshot.project, snapshot.name) == ("/demo", "demo")
        assert [(view.tool, view.outcome) for view in snapshot.calls] == [("demo.ok", "ok")]


async def test_a_call_goes_through_the_gateway_by_the_door_it_names():
    async with connected() as (server, client):
        called = await client.call("demo_ok", "{}", door="dashboard", client="board")
        assert (called.text, called.structured, called.is_error) == ("fine", '{"answer":42}', False)
        (record,) = server.records
        assert (record.door, record.client, record.outcome) == ("dashboard", "board", "ok")
        assert record.trace_id == called.trace_id


async def test_a_call_is_made_as_whom_the_order_names():
    async with connected() as (server, client):
        await client.call("demo.ok", subject="alice", scopes=("demo:read",))
        (record,) = server.records
        assert (record.subject, record.scopes_held) == ("alice", ("demo:read",))


async def test_a_tool_that_fails_is_a_result():
    async with connected() as (_, client):
        called = await client.call("demo.fail")
        assert (called.is_error, called.text) == (True, "the stock is empty")


async def test_a_refused_call_is_an_error_with_its_mend_and_audited_once():
    async with connected() as (server, client):
        with pytest.raises(MicroError, match="Did you mean `demo_ok`") as caught:
            await client.call("demo.okk")
        assert caught.value.mend
        assert [record.outcome for record in server.records] == ["refused"]


async def test_the_detail_of_a_call_is_all_of_it():
    async with connected() as (_, client):
        await client.call("demo.fail", '{"sku":"tea"}')
        detail = await client.detail(1)
        assert detail is not None
        assert (detail.arguments, detail.traceback) == ('{"sku":"tea"}', "shop.py line 3")
        assert await client.detail(99) is None


async def test_what_the_runtime_cannot_do_is_an_error_in_its_own_words():
    async with connected() as (_, client):
        with pytest.raises(MicroError, match="not reloaded"):
            await client.reload("demo")


async def test_the_order_to_stop_is_answered_and_told():
    async with connected() as (server, client):
        await client.stop()
        assert server.runtime.stopping.is_set()


async def test_orders_are_carried_out_side_by_side():
    async with connected() as (server, client), anyio.create_task_group() as tasks:
        tasks.start_soon(client.call, "demo.hang")
        await until(server.bus, lambda: server.runtime.detail(1))
        assert (await client.call("demo.ok")).text == "fine"
        tasks.cancel_scope.cancel()


async def test_watching_has_no_gap_and_tells_nothing_twice():
    async with connected() as (server, client):

        async def publish() -> None:
            for number in range(1, 2001):
                server.bus.publish(ProblemFound(message=str(number)))
                await anyio.lowlevel.checkpoint()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(publish)
            await until(server.bus, lambda: server.runtime.snapshot().problems)
            snapshot = await client.watch()
            last = int(snapshot.problems[-1].message)
            events = await collect(client, 2000 - last)
        numbers = [int(each.message) for each in events if isinstance(each, ProblemFound)]
        assert numbers == list(range(last + 1, 2001))


async def test_two_watchers_each_get_everything():
    async with connected() as (server, first), connect_control(server.path) as second:
        await first.watch()
        await second.watch()
        await first.call("demo.ok")
        for client in (first, second):
            kinds = [type(event) for event in await collect(client, 2)]
            assert kinds == [CallStarted, CallFinished]


async def test_a_watcher_that_is_slow_is_told_how_much_it_lost(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "_BATCHES_KEPT", 1)
    async with connected() as (server, client):
        await client.watch()
        for number in range(1, 4):
            server.bus.publish(ToolsChanged(tools=number))
            # An order is answered in turn: the batch before it has come once it is.
            while client._missed < number - 1 or not client._batches.statistics()[0]:
                await client.snapshot()
        batches = client.batches()
        first = await anext(batches)
        server.bus.publish(ToolsChanged(tools=4))
        second = await anext(batches)
        await batches.aclose()
        assert ([e.tools for e in first.events if isinstance(e, ToolsChanged)], first.dropped) == (
            [1],
            0,
        )
        assert [e.tools for e in second.events if isinstance(e, ToolsChanged)] == [4]
        assert second.dropped == 2


async def test_a_client_that_leaves_cancels_the_calls_it_ordered():
    async with steered() as server:
        async with connect_control(server.path) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.call, "demo.hang")
            await until(server.bus, lambda: server.runtime.detail(1))
            tasks.cancel_scope.cancel()
        await until(server.bus, lambda: server.records)
        assert [record.outcome for record in server.records] == ["cancelled"]


async def test_a_runtime_that_goes_away_fails_what_waits_and_ends_the_watch():
    async with steered() as server, connect_control(server.path) as client:
        with anyio.fail_after(DEADLINE, shield=True):  # the server's scope is cancelled in here
            await client.watch()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lose_call, client)
                await until(server.bus, lambda: server.runtime.detail(1))
                server.scope.cancel()
            await client.lost.wait()
            assert all([batch.events async for batch in client.batches()])
            with pytest.raises(RuntimeLost) as caught:
                await client.snapshot()
            assert "micro dev" in (caught.value.mend or "")


async def lose_call(client: ControlClient) -> None:
    with pytest.raises(RuntimeLost):
        await client.call("demo.hang")


async def test_no_runtime_is_told_with_a_mend(tmp_path: Path):
    with pytest.raises(StartError) as caught:
        async with connect_control(tmp_path / "none.sock"):
            pass
    assert "micro dev" in (caught.value.mend or "")


async def test_a_runtime_that_comes_up_is_waited_for(tmp_path: Path):
    path = tmp_path / "c.sock"
    arrived = anyio.Event()

    async def connect() -> None:
        async with connect_control(path, patience=DEADLINE):
            arrived.set()

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connect)
            await anyio.lowlevel.checkpoint()
            with bind(Address(path=path)):
                await arrived.wait()


@pytest.mark.parametrize(
    "body", [b"\xc1", b"", msgspec.msgpack.encode({"type": "order", "id": 1, "op": "drop"})]
)
async def test_a_frame_that_is_no_order_is_answered_and_the_connection_lives(body: bytes):
    async with steered() as server:
        async with await anyio.connect_unix(str(server.path)) as stream:
            order = msgspec.msgpack.encode({"type": "order", "id": 2, "op": "detail", "call": 9})
            for each in (body, order):
                await stream.send(struct.pack("!I", len(each)) + each)
            answers = [await read_frame(stream) for _ in range(2)]
        assert (answers[0]["id"], answers[1]["id"]) == (0, 2)
        assert "not an order" in answers[0]["error"]


async def read_frame(stream: anyio.abc.SocketStream) -> dict[str, object]:
    async def read(size: int) -> bytes:
        data = b""
        with anyio.fail_after(DEADLINE):
            while len(data) < size:
                data += await stream.receive(size - len(data))
        return data

    return msgspec.msgpack.decode(await read(struct.unpack("!I", await read(4))[0]))


async def test_garbage_closes_its_own_connection_and_no_other():
    async with connected() as (server, client):
        async with await anyio.connect_unix(str(server.path)) as stream:
            await stream.send(b"GET / HTTP/1.1\r\n\r\n" * 10)
            with anyio.fail_after(DEADLINE), pytest.raises(anyio.EndOfStream):
                await stream.receive()
        assert (await client.call("demo.ok")).text == "fine"


async def test_an_order_that_breaks_the_runtime_is_answered_and_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async with connected() as (server, client):
        with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
            patch.setattr(server.runtime, "detail", lambda call: 1 / 0)
            with pytest.raises(MicroError, match="failed to detail"):
                await client.detail(1)
        assert "ZeroDivisionError" in caplog.text
        assert (await client.call("demo.ok")).text == "fine"


async def test_a_client_is_not_broken_by_a_runtime_that_talks_nonsense(tmp_path: Path):
    path = tmp_path / "c.sock"
    with bind(Address(path=path)) as listener:
        listener.setblocking(True)
        async with connect_control(path) as client:
            peer, _ = listener.accept()
            with peer, anyio.fail_after(DEADLINE):
                peer.sendall(struct.pack("!I", 3) + b"\xc1\xc1\xc1")
                await client.lost.wait()
                with pytest.raises(RuntimeLost):
                    await client.snapshot()


async def test_a_connection_that_is_reset_while_it_is_answered_harms_nobody():
    async with connected() as (server, client):
        for _ in range(20):
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(str(server.path))
                order = msgspec.msgpack.encode({"type": "order", "id": 1, "op": "watch"})
                sock.sendall(struct.pack("!I", len(order)) + order)
        assert (await client.call("demo.ok")).text == "fine"
