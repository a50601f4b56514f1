"""Lines over the project's socket and over standard streams, whatever a client sends."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import anyio
import anyio.streams.stapled
import pytest
from mcp import Client, StdioServerParameters

from doors import harness
from doors.harness import DEADLINE, MODERN, LineClient, call, line_client, request, serving
from micro.events import ClientConnected, ClientDisconnected

LIMIT = 4 * 1024 * 1024
SERVER = [sys.executable, str(harness.__file__).replace("harness", "stdio_server")]


async def test_the_hello_is_answered_with_the_hash_of_the_tools():
    async with serving() as served, line_client(served.path, hello=False) as client:
        answer = await client.ask({"micro": 1, "pid": 7, "client": "stdio"})
        assert answer == {
            "micro": 1,
            "pid": os.getpid(),
            "tools_hash": served.registry.catalogue.digest,
        }


@pytest.mark.parametrize(
    "line", [b"GET / HTTP/1.1\r\n", b'{"micro":2,"pid":1}\n', b"{}\n", b'{"micro":"\xff"}\n']
)
async def test_what_is_no_hello_is_told_so_and_turned_away(line: bytes):
    async with serving() as served, line_client(served.path, hello=False) as client:
        await client.send_raw(line)
        assert "error" in await client.read()
        with pytest.raises(anyio.EndOfStream):
            await client.read()


async def test_an_older_client_lists_and_calls_over_the_socket():
    async with serving() as served, line_client(served.path) as client:
        answer = await client.initialize()
        assert answer["result"]["capabilities"]["tools"] == {"listChanged": True}
        assert answer["result"]["instructions"] == "Use echo."
        listed = await client.ask(request("tools/list", id=2))
        assert [tool["name"] for tool in listed["result"]["tools"]][1] == "demo_echo"
        answer = await client.ask(call("demo_echo", {"text": "hé"}, id=3))
        assert answer["result"]["structuredContent"] == {"text": "hé"}
        assert (served.started[0].door, served.started[0].client) == ("stdio", "hand")


async def test_a_client_of_2026_07_28_calls_without_a_handshake():
    async with serving() as served, line_client(served.path) as client:
        answer = await client.ask(call("demo_echo", {"text": "x"}, _meta=MODERN))
        assert answer["result"]["structuredContent"] == {"text": "x"}
        assert answer["result"]["resultType"] == "complete"
        assert served.started[0].client == "modern-hand"


async def test_an_older_client_hears_that_the_list_changed():
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        await client.ask(request("ping", id=2))
        served.add_tool("more")
        assert await client.read() == {
            "jsonrpc": "2.0",
            "method": "notifications/tools/list_changed",
        }


async def test_a_client_of_2026_07_28_hears_changes_only_where_it_listens():
    async with serving() as served, line_client(served.path) as client:
        listen = {"notifications": {"toolsListChanged": True}, "_meta": MODERN}
        answer = await client.ask(request("subscriptions/listen", listen, id=9))
        assert answer["method"] == "notifications/subscriptions/acknowledged"
        served.add_tool("more")
        news = await client.read()
        assert news["method"] == "notifications/tools/list_changed"
        assert news["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == 9


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"jsonrpc": "2.0", "id": 1, "meth', -32700),
        (b"\xff\xfe", -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":NaN}}', -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b'{"id": null, "jsonrpc": "2.0", "method": "ping"}', -32600),
        (b'"text"', -32600),
    ],
)
async def test_a_line_that_is_no_message_is_answered_and_the_connection_lives(
    line: bytes, code: int
):
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        await client.send_raw(line + b"\n")
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (None, code)
        assert (await client.ask(request("ping", id=2)))["result"] == {}


async def test_a_line_that_is_too_long_is_answered_and_the_connection_lives():
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        for _ in range(3):
            await client.send_raw(b"x" * LIMIT)
        await client.send_raw(b"\n")
        answer = await client.read()
        assert str(LIMIT) in answer["error"]["message"]
        assert (await client.ask(request("ping", id=2)))["result"] == {}


async def test_a_message_in_many_pieces_is_one_message():
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        for byte in b'{"jsonrpc":"2.0","id":5,"method":"ping"}\n':
            await client.send_raw(bytes([byte]))
        assert (await client.read())["id"] == 5


async def test_a_client_that_leaves_in_the_middle_cancels_its_call_and_no_other():
    async with serving() as served, line_client(served.path) as other:
        await other.initialize()
        async with line_client(served.path) as client:
            await client.initialize()
            await client.send(call("demo_wait", id=2))
            await served.gate.entered.wait()
            await client.send_raw(b'{"jsonrpc":"2.0","id":3,"meth')
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()
        answer = await other.ask(call("demo_echo", {"text": "still here"}, id=4))
        assert answer["result"]["structuredContent"] == {"text": "still here"}


async def test_a_cancelled_call_is_not_answered():
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        await client.send(call("demo_wait", id=2))
        await served.gate.entered.wait()
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}
        await client.send(cancel)
        await served.until(lambda: served.finished)
        assert served.finished[0].outcome == "cancelled"
        assert (await client.ask(request("ping", id=3)))["id"] == 3


async def test_connections_are_told_to_the_bus_at_once_and_again_with_their_name():
    async with serving() as served:
        async with line_client(served.path) as client:
            await served.until(lambda: ClientConnected in map(type, served.events))
            await client.initialize()
            await client.ask(request("tools/list", id=2))
            told = [e for e in served.events if isinstance(e, ClientConnected)]
            assert [(e.door, e.client) for e in told] == [("stdio", ""), ("stdio", "hand")]
            assert told[0].connection == told[1].connection
        await served.until(lambda: ClientDisconnected in map(type, served.events))


async def test_twenty_clients_at_once_each_get_their_own_answers():
    async with serving() as served:

        async def use(number: int) -> None:
            async with line_client(served.path) as client:
                await client.initialize()
                calls = [call("demo_echo", {"text": f"{number}-{n}"}, id=n + 2) for n in range(10)]
                await client.send(*calls)
                answers = [await client.read() for _ in calls]
                texts = {a["id"]: a["result"]["structuredContent"]["text"] for a in answers}
                assert texts == {n + 2: f"{number}-{n}" for n in range(10)}

        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                for number in range(20):
                    tasks.start_soon(use, number)


async def test_the_server_answers_while_a_client_does_not_read():
    async with serving() as served, line_client(served.path) as stuck:
        await stuck.initialize()
        big = "x" * 1_000_000
        await stuck.send(*[call("demo_echo", {"text": big}, id=n + 2) for n in range(3)])
        served.add_tool("more")
        async with line_client(served.path) as other:
            await other.initialize()
            assert (await other.ask(request("ping", id=2)))["result"] == {}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_standard_streams_carry_only_the_protocol_although_the_tool_prints(mode: Any):
    parameters = StdioServerParameters(command=SERVER[0], args=SERVER[1:])
    with anyio.fail_after(DEADLINE):
        async with Client(parameters, mode=mode) as client:
            result = await client.call_tool("demo_shout", {"text": "x"})
            assert result.structured_content == {"text": "x"}


async def test_a_process_on_standard_streams_ends_with_its_input():
    async with await anyio.open_process(SERVER, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        client = LineClient(anyio.streams.stapled.StapledByteStream(process.stdin, process.stdout))
        await client.initialize()
        await client.ask(call("demo_shout", {"text": "y"}, id=2))
        await process.stdin.aclose()
        with anyio.fail_after(DEADLINE):
            said = b"".join([chunk async for chunk in process.stderr])
            assert await process.wait() == 0
        assert b"printed" in said
        assert b"from a child" in said


@pytest.mark.parametrize("modern", [True, False])
async def test_a_call_that_is_cancelled_in_the_same_breath_is_not_answered(modern: bool):
    async with serving() as served, line_client(served.path) as client:
        meta = {"_meta": MODERN} if modern else {}
        if not modern:
            await client.initialize()
            await client.ask(request("tools/list", id=2))
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 3}}
        await client.send(call("demo_wait", id=3, **meta), cancel)
        assert (await client.ask(call("demo_echo", id=4, **meta)))["id"] == 4
        await served.until(lambda: all(event.outcome == "ok" for event in served.finished[-1:]))


async def test_two_calls_of_one_id_are_both_answered():
    async with serving() as served, line_client(served.path) as client:
        await client.send(call("demo_echo", {"text": "a"}, id=5, _meta=MODERN))
        await client.send(call("demo_echo", {"text": "b"}, id=5, _meta=MODERN))
        texts = {(await client.read())["result"]["structuredContent"]["text"] for _ in "ab"}
        assert texts == {"a", "b"}


async def test_a_change_right_after_the_handshake_is_told():
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        await client.ask(request("tools/list", id=2))
        served.add_tool("more")
        assert (await client.read())["method"] == "notifications/tools/list_changed"
        answer = await client.ask(request("no/such", id=3))  # the SDK's to answer
        assert answer["error"]["code"] == -32601
        served.add_tool("yet-more")
        assert (await client.read())["method"] == "notifications/tools/list_changed"
        assert (await client.ask(request("ping", id=4)))["id"] == 4
