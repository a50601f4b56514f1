"""Steering from elsewhere: a runtime behind the control door, a real WebSocket, real tokens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from calling import DEADLINE
from control.test_control import Steered, collect, steered
from micro.control import ControlClient as Client
from micro.control import RuntimeLost
from micro.control.over_web import PATH, Elsewhere, connect_over_web, control_url
from micro.control.records import PAGE
from micro.control.remote import AUDIT_SCOPE, SCOPE, serve_remote
from micro.doors import control as door
from micro.doors.access import Access
from micro.doors.auth import HttpAuth
from micro.doors.control import ControlDoor
from micro.doors.listen import Address, address_of, bind
from micro.doors.web import serve_web
from micro.errors import ConfigError, MicroError, StartError
from micro.events import ToolsChanged
from micro.gateway.auth.auth import Auth, Identity
from micro.gateway.auth.plug import auth_of
from micro.stores.records import AuditReader
from stores.test_chain import record
from tui.test_audit import write

GRANTS = {
    "kim": Identity(subject="kim", scopes=(SCOPE, "demo:read")),
    "ada": Identity(subject="ada", scopes=(SCOPE, AUDIT_SCOPE)),
    "root": Identity(subject="root", scopes=("*",)),
}


class Nothing:
    """An application that answers nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 1000})

    def end_streams(self) -> None: ...


@asynccontextmanager
async def elsewhere(auth: Auth | None = None) -> AsyncGenerator[tuple[Steered, str, ControlDoor]]:
    """Give a runtime and the address of its control door."""
    async with steered() as server, anyio.create_task_group() as tasks:
        runtime = server.runtime

        async def steer(sock: Any, caller: Any) -> None:
            async def record(made: Any) -> None:
                server.records.append(made)

            await serve_remote(runtime, sock, caller, record=record)

        app = ControlDoor(
            Nothing(),
            access=Access(),
            auth=HttpAuth(runtime.gateway, auth or auth_of(GRANTS.get)),
            scope=SCOPE,
            steer=steer,
        )
        sock = bind(Address(host="127.0.0.1"))
        await tasks.start(serve_web, app, [sock])
        with anyio.fail_after(DEADLINE):
            yield server, address_of(sock).url, app
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def kim() -> AsyncGenerator[tuple[Steered, Client]]:
    async with (
        elsewhere() as (server, url, _),
        connect_over_web(Elsewhere(url=url, token="kim")) as client,
    ):
        yield server, client


async def test_both_ends_name_the_same_path() -> None:
    assert door.PATH == PATH


async def test_who_names_the_scope_sees_the_state_and_what_follows() -> None:
    async with kim() as (server, client):
        snapshot = await client.watch()
        assert snapshot.name == "demo"
        server.bus.publish(ToolsChanged(tools=3))
        (event,) = await collect(client, 1)
        assert event == ToolsChanged(time=event.time, tools=3)
        assert [(r.tool, r.subject, r.outcome) for r in server.records] == [
            ("micro.attach", "kim", "ok")
        ]


@pytest.mark.parametrize(("token", "status"), [("", 401), ("eve", 401), ("root", 403)])
async def test_without_a_token_that_names_the_scope_nobody_comes_in(
    token: str, status: int
) -> None:
    async with elsewhere() as (server, url, _):
        with pytest.raises(StartError, match=f"answered {status}"):
            async with connect_over_web(Elsewhere(url=url, token=token)):
                pass
        assert [(r.tool, r.outcome) for r in server.records] == [("micro.connect", "refused")]


async def test_a_runtime_that_knows_no_token_lets_nobody_in() -> None:
    async with elsewhere(Auth().demanding()) as (_, url, _):
        with pytest.raises(StartError, match="answered 401"):
            async with connect_over_web(Elsewhere(url=url, token="kim")):
                pass


async def test_a_page_in_a_browser_and_another_host_name_are_turned_away() -> None:
    headers = {"authorization": "Bearer kim"}
    async with elsewhere() as (_, url, _):
        for options, status in (
            ({"origin": Origin("https://evil.example")}, 403),
            ({"additional_headers": [*headers.items(), ("host", "evil.example")]}, 421),
        ):
            given = {"additional_headers": headers, "proxy": None} | options
            with pytest.raises(InvalidStatus) as caught:
                async with connect(control_url(url), **given):
                    pass
            assert caught.value.response.status_code == status


async def test_a_call_is_made_in_the_tokens_name_with_its_scopes_and_no_more() -> None:
    async with kim() as (server, client):
        await client.call("demo.ok", door="dashboard")
        record = server.records[-1]
        assert (record.door, record.subject) == ("dashboard", "kim")
        assert record.scopes_held == (SCOPE, "demo:read")
        await client.call("demo.ok", subject="kim", scopes=("demo:read",))
        assert server.records[-1].scopes_held == ("demo:read",)
        with pytest.raises(MicroError, match="calls as kim, not as alice"):
            await client.call("demo.ok", subject="alice")
        with pytest.raises(MicroError, match="does not hold demo:write"):
            await client.call("demo.ok", scopes=("demo:read", "demo:write"))
        assert [r.outcome for r in server.records if r.tool == "micro.call"] == ["refused"] * 2


async def test_a_reload_is_recorded_and_a_runtime_is_not_stopped_from_elsewhere() -> None:
    async with kim() as (server, client):
        with pytest.raises(MicroError, match="not stopped from elsewhere"):
            await client.stop()
        assert not server.runtime.stopping.is_set()
        with pytest.raises(MicroError, match="are not reloaded"):
            await client.reload("")
        told = [(r.tool, r.outcome) for r in server.records]
        assert told == [("micro.attach", "ok"), ("micro.stop", "refused"), ("micro.reload", "ok")]


@asynccontextmanager
async def logged(path: Path, count: int, *, token: str) -> AsyncGenerator[tuple[Steered, Client]]:
    """Join a runtime that reads an audit log of so many records."""
    await write(path, *(record(time=float(number)) for number in range(count)))
    async with (
        elsewhere() as (server, url, _),
        connect_over_web(Elsewhere(url=url, token=token)) as client,
    ):
        server.runtime.records = AuditReader(path)
        yield server, client


async def test_who_names_the_audit_scope_reads_the_log_page_by_page(tmp_path: Path) -> None:
    async with logged(tmp_path / "audit.db", PAGE + 5, token="ada") as (_, client):
        newest = await client.records()
        assert [newest[0][0], newest[-1][0]] == [6, PAGE + 5]
        assert newest[-1][1] == record(time=PAGE + 4.0)
        assert len(await client.records(3)) == PAGE
        assert await client.records(PAGE + 5) == ()
        verdict = await client.verify()
        assert (verdict.rows, verdict.broken) == (PAGE + 5, None)


async def test_who_does_not_name_the_audit_scope_does_not_read_the_log(tmp_path: Path) -> None:
    async with logged(tmp_path / "audit.db", 1, token="kim") as (server, client):
        for ask in (client.records, client.verify):
            with pytest.raises(MicroError, match="does not name micro:audit"):
                await ask()
        refused = [(r.tool, r.outcome) for r in server.records if r.outcome == "refused"]
        assert refused == [("micro.records", "refused"), ("micro.verify", "refused")]


async def test_a_runtime_that_keeps_no_log_says_so() -> None:
    async with (
        elsewhere() as (_, url, _),
        connect_over_web(Elsewhere(url=url, token="ada")) as client,
    ):
        with pytest.raises(MicroError, match="keeps no audit log"):
            await client.records()


async def test_a_connection_ends_with_its_server_and_the_client_knows() -> None:
    async with (
        elsewhere() as (_, url, app),
        connect_over_web(Elsewhere(url=url, token="kim")) as client,
    ):
        await client.snapshot()
        app.end_streams()
        await client.lost.wait()
        with pytest.raises(RuntimeLost):
            await client.snapshot()


async def test_a_token_that_is_taken_back_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("micro.gateway.auth.auth.ASKED_AGAIN", 0.02)
    known = dict(GRANTS)
    async with (
        elsewhere(auth_of(known.get)) as (_, url, _),
        connect_over_web(Elsewhere(url=url, token="kim")) as client,
    ):
        await client.snapshot()
        del known["kim"]
        await client.lost.wait()


async def test_a_megabyte_of_arguments_comes_through_whole() -> None:
    async with kim() as (server, client):
        await client.call("demo.ok", f'{{"text":"{"x" * 1_000_000}"}}')
        detail = await client.detail(server.runtime.snapshot().calls[0].call)
        assert detail is not None
        assert len(detail.arguments) > 100_000


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://api.example:3000", "wss://api.example:3000/micro/control"),
        ("api.example", "wss://api.example/micro/control"),
        ("http://127.0.0.1:3000/", "ws://127.0.0.1:3000/micro/control"),
        ("http://[::1]:3000", "ws://[::1]:3000/micro/control"),
    ],
)
def test_an_address_is_read_as_people_write_it(given: str, address: str) -> None:
    assert control_url(given) == address


@pytest.mark.parametrize(
    "given", ["http://api.example:3000", "ftp://x", "https://", "https://kim:secret@host"]
)
def test_an_address_that_would_give_the_token_away_is_refused(given: str) -> None:
    with pytest.raises(ConfigError):
        control_url(given)
