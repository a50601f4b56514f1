"""A tool says by its arguments which of its calls somebody has to allow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from calling import until
from micro import Context, Service
from micro.calls import Caller, ToolResult
from micro.errors import ApprovalDenied, ConfigError, DeclarationError
from micro.serving import Serving
from micro.snapshots import AuditRecord

ADA = Caller(door="memory", subject="ada")


def shop(judge: Any, **options: Any) -> Service:
    service = Service("shop")

    @service.tool(approve=judge, **options)
    def refund(amount: int, reason: str = "none") -> str:
        return f"paid {amount}"

    return service


async def made(
    service: Service, *calls: bytes, allowed: bool = True, **options: Any
) -> tuple[list[str], list[str], list[AuditRecord]]:
    """Call `refund`; give what the calls said, why they had to wait, and their records."""
    said, waited, records = list[str](), list[str](), list[AuditRecord]()
    serving = Serving(service, audit=records.append, **options)
    runtime = serving.runtime

    async def call(arguments: bytes) -> None:
        with suppress(ApprovalDenied):
            result: ToolResult = await runtime.gateway.call("shop.refund", arguments, caller=ADA)
            said.append(result.text)

    async def decide() -> None:
        while True:
            await until(runtime.bus, lambda: runtime.approvals.waiting)
            for view in runtime.approvals.waiting:
                waited.append(view.reason)
                runtime.decide(view.call, allowed=allowed, by="grace")
            await anyio.lowlevel.checkpoint()

    async with serving.started(), anyio.create_task_group() as tasks:
        tasks.start_soon(decide)
        for arguments in calls:
            await call(arguments)
        tasks.cancel_scope.cancel()
    return said, waited, records


async def large(amount: int) -> bool:
    return amount > 100


KINDS: dict[str, Callable[..., Any]] = {
    "sync": lambda amount: amount > 100,
    "async": large,
    "sync that gives an awaitable": lambda amount: large(amount),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_only_the_calls_that_the_function_picks_have_to_be_allowed(kind: str):
    said, waited, records = await made(shop(KINDS[kind]), b'{"amount": 5}', b'{"amount": 500}')
    assert said == ["paid 5", "paid 500"]
    assert waited == [""]
    assert [record.decided_by for record in records] == ["", "grace"]


async def test_a_text_says_to_who_decides_why_it_is_asked():
    judge = lambda amount: f"{amount} is a lot" if amount > 100 else None  # noqa: E731
    _, waited, records = await made(shop(judge), b'{"amount": 500}', allowed=False)
    assert waited == ["500 is a lot"]
    assert [(record.reason, record.decided_by) for record in records] == [
        ("approval_denied", "grace")
    ]


async def test_an_argument_that_was_not_given_is_judged_by_its_default():
    seen: list[str] = []
    await made(shop(lambda reason: seen.append(reason)), b'{"amount": 1}')
    assert seen == ["none"]


async def test_arguments_that_are_wrong_fail_as_the_tools_own():
    said, waited, records = await made(shop(KINDS["sync"]), b'{"amount": "much"}')
    assert "amount" in said[0]
    assert not waited
    assert [record.reason for record in records] == ["bad_arguments"]


async def test_a_function_that_fails_lets_nothing_through():
    def judge(amount: int) -> bool:
        raise RuntimeError("secret words")

    said, _, records = await made(shop(judge), b'{"amount": 1}')
    assert "paid" not in said[0]
    assert "secret" not in said[0]
    assert [record.reason for record in records] == ["exception"]


async def test_a_call_that_waits_takes_one_token_of_its_rate():
    service = shop(KINDS["sync"], rate_limit="1/h")
    said, waited, _ = await made(service, b'{"amount": 500}')
    assert (said, waited) == (["paid 500"], [""])


@pytest.mark.parametrize(("setting", "asked"), [("never", 0), ("always", 2)])
async def test_the_settings_go_over_what_the_function_says(setting: str, asked: int):
    rules = {"shop.refund": {"approve": setting}}
    calls = (b'{"amount": 5}', b'{"amount": 500}')
    said, waited, _ = await made(shop(KINDS["sync"]), *calls, tools=rules)
    assert said == ["paid 5", "paid 500"]
    assert len(waited) == asked


async def test_the_function_may_take_the_context_and_judges_generators_too():
    service = Service("shop")

    async def by_subject(ctx: Context, amount: int) -> bool:
        return ctx.subject == "ada" and amount > 1

    @service.tool(approve=by_subject)
    async def refund(amount: int, ctx: Context) -> AsyncIterator[str]:
        yield "paid"
        yield str(amount)

    _, waited, records = await made(service, b'{"amount": 2}')
    assert (waited, records[0].outcome) == ([""], "ok")


async def test_what_judges_is_in_no_list_and_cannot_be_called():
    serving = Serving(shop(KINDS["sync"]))
    gateway = serving.runtime.gateway
    async with serving.started():
        assert [tool.spec.name for tool in gateway.tools(ADA)] == ["refund"]
        assert gateway.find("shop.refund.approve") is None
        assert gateway.find("shop_refund_approve") is None


def test_a_function_that_takes_what_the_tool_does_not_is_refused_where_it_stands():
    with pytest.raises(DeclarationError, match="approve= takes 'ammount'") as caught:
        Serving(shop(lambda ammount: True))
    assert "amount" in (caught.value.mend or "")


def test_a_word_that_says_nothing_is_refused():
    with pytest.raises(ConfigError, match="does not say when to ask"):
        shop("sometimes")
