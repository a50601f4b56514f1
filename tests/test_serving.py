"""Services served from a program of their author's: over the web, over stdio, mounted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from starlette.applications import Starlette
from starlette.routing import Mount

from doors.harness import LineClient, call, free_socket, request
from micro import Service, asgi, serve
from micro.errors import AddressUnusable, ConfigError, NameTaken, StartHookFailed
from micro.gateway.auth.auth import Auth
from micro.serving import Serving
from micro.snapshots import AuditRecord
from micro.stores.callback import AuditCallback
from patience import DEADLINE

PROGRAM = [sys.executable, str(Path(__file__).parent / "serving_programs" / "program.py")]


class Program:
    """A running program and what it said on stderr so far."""

    def __init__(self, process: anyio.abc.Process) -> None:
        self.process = process
        self.said = ""

    async def hear(self, word: str) -> str:
        """Give the first line on stderr that holds a word; fail if the program ends before."""
        assert self.process.stderr is not None
        with anyio.fail_after(DEADLINE):
            while True:
                *whole, _ = self.said.split("\n")
                for line in whole:
                    if word in line:
                        return line
                self.said += (await self.process.stderr.receive()).decode()

    async def url(self) -> str:
        return (await self.hear("serving shop on")).split()[4]

    async def end(self) -> int:
        """Wait for the end and give the exit code."""
        assert self.process.stderr is not None
        with anyio.fail_after(DEADLINE):
            async for chunk in self.process.stderr:
                self.said += chunk.decode()
            return await self.process.wait()


@asynccontextmanager
async def program(*arguments: str) -> AsyncGenerator[Program]:
    process = await anyio.open_process(
        [*PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
    )
    async with process:
        try:
            yield Program(process)
        finally:
            if process.returncode is None:
                process.kill()


def http(base: str, **options: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=base, timeout=DEADLINE, trust_env=False, **options)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_program_in_order(number: signal.Signals):
    async with program(":0") as running:
        await running.url()
        running.process.send_signal(number)
        assert await running.end() == 0
        assert "the stop hook ran" in running.said
        assert "Traceback" not in running.said


async def test_a_signal_ends_a_program_whose_calls_hang():
    async with program(":0") as running:
        url = await running.url()

        async def call_it() -> None:
            async with http(url) as client:
                answer = await client.post("/mcp/call/shop/hang")
            assert answer.status_code == 503
            assert answer.json()["error"]["kind"] == "stopping"

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call_it)
            await running.hear("hanging")
            running.process.send_signal(signal.SIGTERM)
            assert await running.end() == 0
        assert "Traceback" not in running.said


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_calls_a_program_on_a_free_port(mode: Any):
    async with program(":0") as running:
        url = await running.url()
        assert url.startswith("http://127.0.0.1:")
        with anyio.fail_after(DEADLINE):
            async with Client(f"{url}/mcp", mode=mode) as client:
                result = await client.call_tool("shop_shout", {"text": "hé"})
                assert result.structured_content == {"result": "hé"}


async def test_a_program_listens_on_a_unix_socket_and_takes_it_away(tmp_path: Path):
    path = tmp_path / "shop.sock"
    async with program(f"unix:{path}") as running:
        await running.hear("serving shop on")
        async with http(
            "http://localhost", transport=httpx2.AsyncHTTPTransport(uds=str(path))
        ) as client:
            answer = await client.post("/mcp/call/shop/shout", json={"text": "x"})
            assert answer.json()["result"] == "x"
        running.process.send_signal(signal.SIGTERM)
        assert await running.end() == 0
    assert not path.exists()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_nothing_but_the_protocol_reaches_a_client_over_stdio(mode: Any):
    parameters = StdioServerParameters(command=PROGRAM[0], args=[*PROGRAM[1:], "stdio"])
    with anyio.fail_after(DEADLINE):
        async with Client(parameters, mode=mode) as client:
            listed = await client.list_tools()
            assert [tool.name for tool in listed.tools] == ["shop_hang", "shop_shout"]
            result = await client.call_tool("shop_shout", {"text": "hé"})
            assert result.structured_content == {"result": "hé"}


async def test_every_line_on_stdout_is_a_message_and_every_print_is_on_stderr():
    async with program("stdio") as running:
        stdin, stdout = running.process.stdin, running.process.stdout
        assert stdin is not None
        assert stdout is not None
        client = LineClient(anyio.streams.stapled.StapledByteStream(stdin, stdout))
        await client.initialize()
        answer = await client.ask(call("shop_shout", {"text": "y"}, id=2))
        assert answer["result"]["structuredContent"] == {"result": "y"}
        assert (await client.ask(request("ping", id=3)))["id"] == 3
        await stdin.aclose()
        assert await running.end() == 0
        with pytest.raises(anyio.EndOfStream):
            await client.read()
    for printed in (
        "loading",
        "starting",
        "printed, flushed",
        "printed, not flushed",
        "from a child",
        "stopping",
    ):
        assert printed in running.said.splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_a_program_on_stdio_in_order(number: signal.Signals):
    async with program("stdio") as running:
        await running.hear("starting")
        stdin, stdout = running.process.stdin, running.process.stdout
        assert stdin is not None
        assert stdout is not None
        client = LineClient(anyio.streams.stapled.StapledByteStream(stdin, stdout))
        await client.initialize()
        running.process.send_signal(number)
        assert await running.end() == 0
        assert "the stop hook ran" in running.said
        assert "Traceback" not in running.said


@pytest.mark.parametrize("address", [":0", "stdio"])
async def test_a_start_hook_that_fails_is_told_plainly(address: str):
    async with program(address, "broken") as running:
        assert await running.end() == 1
    lines = running.said.splitlines()
    assert lines[-2] == (
        "micro.errors.StartHookFailed: a start hook of shop failed: "
        "ValueError: no database at db:5432"
    )
    assert lines[-1].startswith("To mend it: ")
    assert "ExceptionGroup" not in running.said
    assert "program.py" in running.said


async def test_an_address_that_others_reach_is_refused_unless_told_otherwise():
    async with program("0.0.0.0:0") as running:
        assert await running.end() == 1
        assert "To mend it: listen on 127.0.0.1" in running.said
        assert "starting" not in running.said
    async with program("0.0.0.0:0", "insecure") as running:
        assert (await running.url()).startswith("http://0.0.0.0:")


def make_service(name: str = "shop", **tools: Any) -> Service:
    service = Service(name)

    @service.tool
    async def echo(text: str) -> str:
        return text

    for tool, function in tools.items():
        service.tool(name=tool)(function)
    return service


def test_a_taken_port_is_an_error_with_its_mend():
    with free_socket() as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnusable, match="taken") as caught:
            serve(make_service(), f":{port}")
    assert caught.value.__notes__ == [f"To mend it: {caught.value.mend}"]


@pytest.mark.parametrize("address", ["3000", "shop", "unix:", ":70000"])
def test_what_is_no_address_is_refused(address: str):
    with pytest.raises(ConfigError):
        serve(make_service(), address)


def test_two_services_of_one_name_are_refused():
    with pytest.raises(NameTaken, match="'shop'"):
        Serving([make_service(), make_service()])


def test_two_tools_of_one_wire_name_are_refused_as_themselves():
    async def get() -> str:
        return ""

    services = [make_service("a", b_get=get), make_service("a_b", get=get)]
    with pytest.raises(NameTaken, match="a_b_get"):
        serve(services, ":0")


@pytest.mark.parametrize("services", [[], ["shop"], "shop"])
def test_what_is_no_service_is_refused(services: Any):
    with pytest.raises(ConfigError, match="service") as caught:
        asgi(services)
    assert "Service" in (caught.value.mend or "")


@asynccontextmanager
async def mounted(audit: AuditCallback | None = None) -> AsyncGenerator[httpx2.AsyncClient]:
    app = asgi(make_service(), audit=audit, hosts=["shop.test"])
    outer = Starlette(routes=[Mount("/ai", app)], lifespan=app.lifespan)
    async with outer.router.lifespan_context(outer):
        transport = httpx2.ASGITransport(app=outer)
        async with http("http://shop.test", transport=transport) as client:
            yield client


async def call_echo(client: httpx2.AsyncClient, text: str) -> Any:
    answer = await client.post("/ai/mcp/call", json={"tool": "shop.echo", "input": {"text": text}})
    return answer.json()


async def test_an_application_that_is_mounted_serves_within_its_lifespan():
    async with mounted() as client:
        assert (await call_echo(client, "x"))["result"] == "x"
        assert (await client.get("/ai/health")).json()["status"] == "ok"


async def test_an_application_that_was_not_started_says_how():
    app = asgi(make_service())
    outer = Starlette(routes=[Mount("/ai", app)])
    async with http("http://localhost", transport=httpx2.ASGITransport(app=outer)) as client:
        answer = await client.get("/ai/mcp/tools")
    assert answer.status_code == 503
    assert "lifespan=app.lifespan" in answer.json()["error"]["mend"]


async def test_an_application_starts_and_stops_with_its_hooks_again_and_again():
    service, told = make_service(), list[str]()

    @service.on_start
    async def start() -> None:
        told.append("start")

    @service.on_stop
    async def stop() -> None:
        told.append("stop")

    app = asgi(service)
    for _ in range(2):
        async with app.lifespan():
            pass
    assert told == ["start", "stop", "start", "stop"]


async def test_an_application_whose_start_hook_fails_says_so_itself():
    service, told = make_service(), list[str]()
    good = make_service("good")
    good.on_stop(lambda: told.append("good stopped"))

    @service.on_start
    async def start() -> None:
        raise OSError("no database")

    app = asgi([good, service])
    with pytest.raises(StartHookFailed, match="shop failed: OSError: no database") as caught:
        async with app.lifespan():
            raise AssertionError
    assert isinstance(caught.value.__cause__, OSError)
    assert told == ["good stopped"]


async def test_every_call_is_told_to_the_audit_callback_before_its_answer():
    records: list[AuditRecord] = []
    async with mounted(records.append) as client:
        answer = await call_echo(client, "x")
        assert [record.trace_id for record in records] == [answer["trace_id"]]
        assert (records[0].tool, records[0].door, records[0].outcome) == ("shop.echo", "rest", "ok")
        await client.post("/ai/mcp/call", json={"tool": "shop.nothing", "input": {}})
        assert records[1].outcome == "refused"


async def test_the_audit_callback_may_be_async():
    records: list[AuditRecord] = []

    async def keep(record: AuditRecord) -> None:
        await anyio.lowlevel.checkpoint()
        records.append(record)

    async with mounted(keep) as client:
        await call_echo(client, "x")
        assert len(records) == 1


async def test_an_audit_callback_that_fails_is_logged_and_the_answer_leaves(
    caplog: pytest.LogCaptureFixture,
):
    def fail(record: AuditRecord) -> None:
        raise OSError("disk full")

    async with mounted(fail) as client:
        assert (await call_echo(client, "x"))["result"] == "x"
    assert "the audit callback failed" in caplog.text
    assert "disk full" in caplog.text


async def test_services_call_each_other_in_the_same_trace():
    from micro import Context

    records: list[AuditRecord] = []
    service = make_service("front")

    async def relay(ctx: Context) -> str:
        return await ctx.call("shop.echo", text="inner")

    service.tool(name="relay")(relay)
    app = asgi([service, make_service()], audit=records.append)
    transport = httpx2.ASGITransport(app=app)
    async with app.lifespan(), http("http://localhost", transport=transport) as client:
        answer = (await client.post("/mcp/call/front/relay")).json()
    assert answer["result"] == "inner"
    assert [(record.tool, record.door) for record in records] == [
        ("shop.echo", "service"),
        ("front.relay", "rest"),
    ]
    assert {record.trace_id for record in records} == {answer["trace_id"]}
    assert records[0].client == "front.relay"


@pytest.mark.parametrize("auth", [None, Auth()])
def test_an_address_that_others_reach_is_refused_where_auth_asks_for_no_token(auth: Any):
    with pytest.raises(ConfigError, match="can be reached from other machines"):
        serve(Service("shop"), "0.0.0.0:0", auth=auth)
