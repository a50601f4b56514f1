"""What authors use in their own tests, used as they would."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from micro import Context, Service, ToolError
from micro.errors import MicroError, NameTaken, StartHookFailed, UnknownTool
from micro.testing import Client, Progress, open_client


@dataclass
class Order:
    sku: str
    count: int = 1


orders = Service("orders", version="2.0", instructions="Order tea.")
stock = Service("stock")
state: list[str] = []


@orders.on_start
async def start() -> None:
    state.append("started")


@orders.on_stop
async def stop() -> None:
    state.append("stopped")


@orders.tool(scopes=["orders:write"])
async def create(order: Order, ctx: Context) -> dict[str, Any]:
    """Order something."""
    left = await ctx.call("stock.take", sku=order.sku, count=order.count)
    return {"sku": order.sku, "left": left, "for": ctx.subject, "trace": ctx.trace_id}


@orders.tool
async def fail(kind: str) -> str:
    """Fail in one way or another."""
    if kind == "said":
        raise ToolError("the shop is closed", retryable=True)
    raise ValueError("secret")


@orders.tool
def quiet() -> None:
    """Give nothing back."""


@orders.tool
async def steps(ctx: Context) -> str:
    """Report on the way."""
    await ctx.progress(1, total=2, message="half")
    await ctx.progress(2, total=2)
    return "done"


@stock.tool
async def take(sku: str, count: int) -> int:
    """Take from the stock."""
    return 10 - count


@pytest.fixture
async def client() -> AsyncGenerator[Client]:
    async with open_client([orders, stock], subject="alice", scopes=["orders:*"]) as opened:
        yield opened


async def test_a_call_gives_the_value_as_plain_data(client: Client):
    result = await client.call("orders.create", {"order": {"sku": "tea", "count": 3}})
    assert result.value == {
        "sku": "tea",
        "left": 7,
        "for": "alice",
        "trace": result.trace_id,
    }
    assert not result.is_error


async def test_arguments_may_be_models_and_dataclasses(client: Client):
    result = await client.call("orders_create", {"order": Order("tea")})
    assert result.value["left"] == 9


async def test_every_call_is_audited_with_its_subject_and_the_ones_it_makes(client: Client):
    assert client.calls == ()
    result = await client.call("orders.create", {"order": Order("tea")})
    inner, outer = client.calls
    assert (inner.tool, inner.door, inner.subject) == ("stock.take", "service", "alice")
    assert (outer.tool, outer.door, outer.subject) == ("orders.create", "memory", "alice")
    assert (outer.scopes_required, outer.scopes_held) == (("orders:write",), ("orders:*",))
    assert {inner.trace_id, outer.trace_id} == {result.trace_id}


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"kind": "said"}, "tool_error", "the shop is closed"),
        ({"kind": "broken"}, "exception", "failed unexpectedly"),
        ({"knd": "x"}, "bad_arguments", "kind"),
        (None, "bad_arguments", "kind"),
    ],
)
async def test_a_tool_that_fails_is_a_result(
    client: Client, arguments: dict[str, str] | None, kind: str, text: str
):
    result = await client.call("orders.fail", arguments)
    assert (result.is_error, result.error_kind, result.value) == (True, kind, None)
    assert text in result.text
    assert "secret" not in result.text
    assert [record.reason for record in client.calls] == [kind]


async def test_the_authors_traceback_is_at_hand(client: Client):
    result = await client.call("orders.fail", {"kind": "broken"})
    assert "ValueError: secret" in result.traceback
    assert "test_testing.py" in result.traceback


async def test_a_refusal_is_raised_and_audited(client: Client):
    with pytest.raises(UnknownTool, match="orders_create"):
        await client.call("orders.creat")
    assert [record.outcome for record in client.calls] == ["refused"]


async def test_a_tool_that_returns_nothing_gives_empty_text(client: Client):
    assert (await client.call("orders.quiet")).value == ""


async def test_progress_is_collected(client: Client):
    result = await client.call("orders.steps")
    assert result.value == "done"
    assert result.progress == (
        Progress(progress=1, total=2, message="half"),
        Progress(progress=2, total=2),
    )


async def test_tools_are_listed_by_name(client: Client):
    names = [spec.full_name for spec in await client.list_tools()]
    assert names == [
        "orders.create",
        "orders.fail",
        "orders.quiet",
        "orders.steps",
        "stock.take",
    ]


async def test_arguments_that_are_not_json_are_told(client: Client):
    with pytest.raises(MicroError, match="not JSON"):
        await client.call("orders.create", {"order": object()})
    assert client.calls == ()


async def test_one_service_is_enough():
    async with open_client(stock) as client:
        assert (await client.call("stock.take", {"sku": "x", "count": 1})).value == 9
        assert client.calls[0].subject == "local"


async def test_hooks_run_round_the_context():
    state.clear()
    async with open_client(orders):
        assert state == ["started"]
    assert state == ["started", "stopped"]


async def test_an_error_in_the_test_comes_out_as_itself_and_the_hooks_still_run():
    state.clear()
    with pytest.raises(KeyError):
        async with open_client(orders):
            raise KeyError
    assert state == ["started", "stopped"]


async def test_a_start_hook_that_fails_is_told():
    service = Service("broken")

    @service.on_start
    async def start() -> None:
        raise OSError("no database")

    with pytest.raises(StartHookFailed, match="OSError: no database"):
        async with open_client(service):
            raise AssertionError


async def test_two_services_of_one_name_are_refused():
    with pytest.raises(NameTaken):
        async with open_client([stock, stock]):
            raise AssertionError


async def test_a_call_may_be_cancelled_and_is_audited():
    service, entered = Service("slow"), anyio.Event()

    async def hang() -> str:
        entered.set()
        await anyio.sleep_forever()
        return ""

    service.tool(hang)
    async with open_client(service) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call, "slow.hang")
            await entered.wait()
            tasks.cancel_scope.cancel()
        assert [record.outcome for record in client.calls] == ["cancelled"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_official_client_sees_what_an_agent_sees(client: Client, mode: Any):
    async with client.mcp(mode=mode) as agent:
        assert agent.instructions == "Order tea."
        listed = await agent.list_tools()
        assert listed.tools[0].name == "orders_create"
        result = await agent.call_tool("stock_take", {"sku": "x", "count": 2})
        assert result.structured_content == {"result": 8}
        failed = await agent.call_tool("orders_fail", {"kind": "said"})
        assert failed.is_error
    assert [(record.door, record.outcome) for record in client.calls] == [
        ("memory", "ok"),
        ("memory", "error"),
    ]


async def test_the_official_client_hears_progress(client: Client):
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    async with client.mcp() as agent:
        await agent.call_tool("orders_steps", {}, progress_callback=hear)
    assert heard == [1, 2]


async def test_several_official_clients_at_once(client: Client):
    async with client.mcp() as first, client.mcp(mode="legacy") as second:
        for agent in (second, first):
            result = await agent.call_tool("stock_take", {"sku": "x", "count": 2})
            assert result.structured_content == {"result": 8}


async def test_an_error_beside_the_official_client_comes_out_as_itself(client: Client):
    with pytest.raises(KeyError):
        async with client.mcp():
            raise KeyError


async def test_no_sdk_is_needed_to_call():
    """Only ``mcp()`` imports it: checked where nothing else has."""
    code = "import micro.testing, sys; sys.exit('mcp' in sys.modules)"
    done = await anyio.run_process([sys.executable, "-c", code], check=False)
    assert done.returncode == 0, done.stderr


asking = Service("asking")


@asking.tool
async def ask_all(ctx: Context) -> list[Any]:
    """Ask everything there is."""
    name = await ctx.elicit("Name?", str)
    opened = await ctx.open_url("Look", "https://example.org")
    said = await ctx.sample("Say something")
    return [name.value, opened, said.text, [root.uri for root in await ctx.roots()]]


async def test_a_test_answers_what_a_tool_asks():
    async with open_client(asking) as client:
        answers = ["Ada", True, "hello", ["file:///x"]]
        result = await client.call("asking.ask_all", answers=answers)
        assert result.value == ["Ada", True, "hello", ["file:///x"]]
        answers = [None, None, "hello", []]
        assert (await client.call("asking.ask_all", answers=answers)).value[:2] == [None, False]


async def test_a_question_without_an_answer_fails_and_shows_it():
    async with open_client(asking) as client:
        result = await client.call("asking.ask_all", answers=["Ada"])
        assert "has no answer left for elicitation/create" in result.text
        assert (await client.call("asking.ask_all")).error_kind == "cannot_ask"


async def test_an_address_that_is_no_page_is_the_tools_fault():
    service = Service("pages")

    @service.tool
    async def go(ctx: Context) -> bool:
        """Go somewhere."""
        return await ctx.open_url("Go", "javascript:alert(1)")

    async with open_client(service) as client:
        result = await client.call("pages.go", answers=[True])
        assert "is no page" in result.traceback
