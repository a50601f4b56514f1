"""News on a line, between the answers: as the SDK would tell them, until they are cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio
import anyio.lowlevel
import msgspec
import pytest
from mcp import Client

from doors.harness import DEADLINE, INITIALIZE, MODERN, LineClient, line_client, request, serving
from micro.events import ResourceUpdated
from micro.protocol.linelistening import tell_news
from micro.protocol.memory import connect_memory
from micro.protocol.outbox import Outbox
from protocol.heard import URIS, listen
from protocol.listeners import ANYBODY, Ear, asked, open_listeners
from verdicts import open_shop

PING = request("server/discover", {"_meta": MODERN}, id=9)
TOOLS = {"toolsListChanged": True}


def by_the_sdk(message: dict[str, Any]) -> dict[str, Any]:
    """Give the same message, and a reason to leave it to the SDK that changes no answer."""
    message["params"]["_meta"] |= {"progressToken": "t"}
    return message


async def said(client: LineClient, count: int) -> list[Any]:
    return [await client.read() for _ in range(count)]


@pytest.mark.parametrize("id", [1, "a", "é", "1"])
@pytest.mark.parametrize("wanted", [TOOLS, {}, {**TOOLS, "resourceSubscriptions": ["demo://a"]}])
async def test_who_listens_on_a_line_is_told_what_the_sdk_tells(wanted: dict[str, Any], id: Any):
    async with (
        serving() as served,
        line_client(served.path) as ours,
        line_client(served.path) as theirs,
    ):
        await ours.send(listen(wanted, id=id))
        await theirs.send(by_the_sdk(listen(wanted, id=id)))
        assert await said(ours, 1) == await said(theirs, 1)
        if wanted:
            served.add_tool("more")
            assert await said(ours, 1) == await said(theirs, 1)
        served.app.end_streams()
        assert await said(ours, 1) == await said(theirs, 1)


async def test_who_does_not_read_its_lines_is_told_once_of_each_resource_that_changed():
    outbox, written = Outbox(), list[bytes]()

    async def send(lines: Sequence[bytes]) -> None:
        written.extend(lines)

    async with open_listeners() as (listeners, bus), anyio.create_task_group() as tasks:
        ear, wanted = Ear(), {"resourceSubscriptions": list(URIS)}
        tasks.start_soon(tell_news, listeners, outbox, asked(wanted, id="a"), ANYBODY)
        tasks.start_soon(tell_news, listeners, outbox, asked(wanted, id="b"), ANYBODY)
        with anyio.fail_after(DEADLINE):
            while len(listeners) < 2:
                await anyio.lowlevel.checkpoint()
        with listeners.listening(asked(), ANYBODY, ear):
            for turn in range(3):
                for uri in URIS:
                    bus.publish(ResourceUpdated(service="demo", uri=uri))
                await ear.until(1 + len(URIS) * (turn + 1))
        tasks.start_soon(outbox.run, send)
        with anyio.fail_after(DEADLINE):
            await outbox.flush()
        tasks.cancel_scope.cancel()
    told = [msgspec.json.decode(line)["params"] for line in written[2:]]
    key = "io.modelcontextprotocol/subscriptionId"
    assert [(each["_meta"][key], each["uri"]) for each in told] == [
        (name, uri) for name in "ab" for uri in URIS
    ]


async def test_a_request_to_listen_that_is_cancelled_is_not_answered():
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "b"}}
    async with serving() as served, line_client(served.path) as client:
        for name in ("a", "b"):
            await client.ask(listen(TOOLS, id=name))
        await client.send(cancel)
        assert (await client.ask(PING))["id"] == 9
        served.add_tool("more")
        told = await said(client, 1)
        assert told[0]["params"]["_meta"] == {"io.modelcontextprotocol/subscriptionId": "a"}
        assert (await client.ask(PING))["id"] == 9


async def test_an_older_client_cannot_listen_so():
    async with serving() as served, line_client(served.path) as client:
        await client.ask(request("initialize", INITIALIZE))
        await client.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        answer = await client.ask(listen(TOOLS))
        assert answer["error"]["code"] == -32600


async def test_who_is_not_known_is_told_so():
    async with open_shop() as shop, line_client(shop.socket, hello=False) as client:
        await client.ask({"micro": 1, "pid": 1, "token": shop.token("bad")})
        answer = await client.ask(listen(TOOLS))
        assert answer["error"]["data"]["kind"] == "unauthenticated"


async def test_a_real_client_hears_of_changes_without_a_door():
    async with serving() as served, connect_memory(served.endpoint) as client:
        await hears(client, served)


async def hears(client: Client, served: Any) -> None:
    async with client.listen(tools_list_changed=True) as events:
        served.add_tool("more")
        with anyio.fail_after(DEADLINE):
            await anext(aiter(events))
