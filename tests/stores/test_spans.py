"""Spans of a call: one of its own and one of each phase, by OpenTelemetry's names."""

from __future__ import annotations

import pytest

from micro import Context, Service
from micro.calls import Caller
from micro.errors import MissingScopes
from micro.serving import Serving
from micro.snapshots import CallDetail, CallView, Phase
from micro.stores import semconv
from micro.stores.spans import Span, spans_of

ADA = Caller(
    door="http",
    client="claude-code",
    client_version="2.1",
    protocol="2026-07-28",
    subject="ada",
    scopes=("shop:read",),
)
TRACE, PARENT = "a" * 32, "b" * 16

shop = Service("shop")


@shop.tool(scopes=["shop:read"], timeout="5s", concurrency=4)
async def sell(item: str, ctx: Context) -> str:
    return await ctx.call("shop.price", item=item)


@shop.tool
def price(item: str) -> str:
    return f"{item} costs 1"


@shop.tool(scopes=["shop:admin"])
def close() -> None: ...


async def traced(tool: str, arguments: bytes) -> list[CallDetail]:
    """Call a tool; give every call that came of it as an exporter gets it."""
    kept: list[CallDetail] = []
    serving = Serving(shop, audit=lambda record: None)
    serving.runtime.keep_calls(lambda entry: kept.append(entry.detail()))
    async with serving.started():
        await serving.runtime.gateway.call(
            tool, arguments, caller=ADA, traceparent=f"00-{TRACE}-{PARENT}-01"
        )
    return kept


def by_name(spans: tuple[Span, ...]) -> dict[str, Span]:
    return {span.name: span for span in spans}


async def test_a_call_has_a_span_below_its_callers_and_one_for_each_stage_inside():
    inner, outer = await traced("shop.sell", b'{"item": "tea"}')
    root, *below = spans_of(outer)
    assert (root.name, root.trace_id, root.parent_id) == ("tools/call shop.sell", TRACE, PARENT)
    names = by_name(tuple(below))
    chain = ["audit", "admission", "scopes", "deadline", "concurrency", "run"]
    parents = [root.span_id, *(names[name].span_id for name in chain)]
    assert [names[name].parent_id for name in chain] == parents[:-1]
    assert all(root.start <= span.start <= span.end <= root.end + 1000 for span in below)
    assert len({span.span_id for span in (root, *below)}) == len(below) + 1
    nested = spans_of(inner)[0]
    assert (nested.trace_id, nested.parent_id) == (TRACE, root.span_id)
    assert (nested.name, nested.kind) == ("execute_tool shop.price", "internal")


async def test_the_attributes_have_the_names_of_the_conventions():
    _, outer = await traced("shop.sell", b'{"item": "tea"}')
    attributes = spans_of(outer)[0].attributes
    assert attributes == {
        "mcp.method.name": "tools/call",
        "mcp.protocol.version": "2026-07-28",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "shop.sell",
        "network.transport": "tcp",
        "network.protocol.name": "http",
        "user.id": "ada",
        "user_agent.name": "claude-code",
        "user_agent.version": "2.1",
        "micro.call": outer.view.call,
        "micro.door": "http",
        "micro.outcome": "ok",
        "micro.generation": 1,
    }
    whole = spans_of(outer, payload=True)[0].attributes
    assert whole[semconv.TOOL_ARGUMENTS] == '{"item": "tea"}'
    assert "costs 1" in str(whole[semconv.TOOL_RESULT])


async def test_a_refused_call_says_why_and_ends_in_the_stage_that_refused_it():
    kept: list[CallDetail] = []
    serving = Serving(shop, audit=lambda record: None)
    serving.runtime.keep_calls(lambda entry: kept.append(entry.detail()))
    async with serving.started():
        with pytest.raises(MissingScopes):
            await serving.runtime.gateway.call("shop.close", b"{}", caller=ADA)
    root, *below = spans_of(kept[0])
    assert root.error == root.attributes[semconv.ERROR_TYPE] == "insufficient_scope"
    assert [span.name for span in below] == ["audit", "admission", "scopes"]


def test_the_spans_of_a_call_are_the_same_each_time_and_phases_that_touch_are_siblings():
    view = CallView(
        call=1,
        time=1000.0,
        tool="shop.sell",
        door="stdio",
        client="",
        subject="",
        trace_id=TRACE,
        arguments="{}",
        outcome="ok",
        duration=3.0,
        span_id=PARENT,
    )
    phases = tuple(
        Phase(name=name, start=start, duration=took)
        for name, start, took in [("arguments", 0, 1), ("run", 1, 2), ("result", 3, 0)]
    )
    detail = CallDetail(view=view, arguments="{}", result="", phases=phases, logs=(), traceback="")
    spans = spans_of(detail)
    assert spans == spans_of(detail)
    assert {span.parent_id for span in spans[1:]} == {PARENT}
    assert (spans[2].start, spans[2].end) == (1_001_000_000_000, 1_003_000_000_000)
