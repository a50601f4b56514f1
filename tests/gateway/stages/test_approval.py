"""A call waits until somebody decides; whatever is decided, it is recorded with who did."""

from __future__ import annotations

from time import monotonic

import anyio
import pytest

from calling import World, make_call, text_result, until
from micro.calls import APPROVED_BY_KEY, Call, ToolResult
from micro.errors import ApprovalDenied, ApprovalTimedOut, MicroError, QueueFull, Refused
from micro.events import ApprovalAsked, ApprovalDecided
from micro.gateway.limits import approvals as module
from micro.gateway.rules import Rules
from micro.gateway.stages.approval import approval
from micro.policies import Policy
from micro.sections import ToolSettings

RULES = Rules(policies={"demo.ok": Policy(approve=True)})


async def never(call: Call) -> ToolResult:
    raise AssertionError("it ran")


async def decided(world: World, *, allowed: bool) -> str:
    """Make a call, decide about it once it waits, and give how it ended."""
    outcomes: list[str] = []

    async def make_it() -> None:
        try:
            outcomes.append((await world.call("demo.ok", b'{"password": "x"}')).text)
        except Refused as refusal:
            outcomes.append(refusal.kind)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(make_it)
        await until(world.bus, lambda: world.guards.approvals.waiting)
        (view,) = world.guards.approvals.waiting
        assert (view.tool, view.subject) == ("demo.ok", "ada")
        assert view.arguments == '{"password":"[redacted]"}'
        world.guards.approvals.decide(view.call, allowed=allowed, by="grace")
    assert world.guards.approvals.waiting == ()
    return outcomes[0]


async def test_a_call_that_is_allowed_goes_on_and_its_record_says_who_allowed_it():
    world = World(rules=RULES)
    assert await decided(world, allowed=True) == "fine"
    (record,) = world.records
    assert (record.outcome, record.decided_by) == ("ok", "grace")
    (asked,) = world.of_kind(ApprovalAsked)
    (told,) = world.of_kind(ApprovalDecided)
    assert (asked.call, asked.tool, told.call, told.allowed, told.by) == (
        1,
        "demo.ok",
        1,
        True,
        "grace",
    )


async def test_a_call_that_is_denied_does_not_run_and_its_record_says_who_denied_it():
    world = World(rules=RULES)
    assert await decided(world, allowed=False) == "approval_denied"
    (record,) = world.records
    assert (record.outcome, record.reason, record.decided_by) == (
        "refused",
        "approval_denied",
        "grace",
    )


async def test_a_call_that_nobody_decides_about_is_refused_after_a_while():
    world = World(rules=RULES)
    stage = approval(world.guards.approvals, timeout=0.01)
    with pytest.raises(ApprovalTimedOut, match="nobody gave it"):
        await stage(make_call(), never)
    with pytest.raises(ApprovalTimedOut):
        deadline = monotonic() + 0.01
        await approval(world.guards.approvals)(make_call(deadline=deadline), never)
    assert [event.by for event in world.of_kind(ApprovalDecided)] == ["", ""]


async def test_a_caller_that_goes_away_leaves_nothing_waiting():
    world = World(rules=RULES)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.call, "demo.ok")
        await until(world.bus, lambda: world.guards.approvals.waiting)
        tasks.cancel_scope.cancel()
    assert world.guards.approvals.waiting == ()
    assert [record.outcome for record in world.records] == ["cancelled"]


async def test_what_does_not_wait_cannot_be_decided():
    approvals = World(rules=RULES).guards.approvals
    with pytest.raises(MicroError, match="call 7 does not wait"):
        approvals.decide(7, allowed=True, by="grace")


async def test_only_the_first_decision_counts():
    world = World(rules=RULES)
    approvals = world.guards.approvals
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.call, "demo.ok")
        await until(world.bus, lambda: approvals.waiting)
        approvals.decide(1, allowed=True, by="grace")
        with pytest.raises(MicroError):
            approvals.decide(1, allowed=False, by="eve")
    assert world.records[0].decided_by == "grace"


async def test_more_than_may_wait_are_told_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST", 0)
    world = World(rules=RULES)
    with pytest.raises(QueueFull):
        await world.call("demo.ok")


async def test_the_wait_is_a_phase_and_the_result_says_who_allowed_it():
    world = World(rules=RULES)
    approvals = world.guards.approvals
    results: list[ToolResult] = []

    async def run(call: Call) -> ToolResult:
        return text_result("done", phases=(("run", 0.0, 0.1),))

    async def make_it() -> None:
        results.append(await approval(approvals)(make_call(), run))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(make_it)
        await until(world.bus, lambda: approvals.waiting)
        approvals.decide(1, allowed=True, by="grace")
    (result,) = results
    assert [name for name, _, _ in result.phases] == ["decision", "run"]
    assert result.meta == {APPROVED_BY_KEY: "grace"}


def test_a_denial_is_an_error_of_its_own():
    assert ApprovalDenied("x", by="grace").details == {
        "kind": "approval_denied",
        "retryable": False,
    }


async def test_a_condition_of_the_settings_lets_those_calls_wait_of_which_it_holds():
    settings = ToolSettings(approve="arguments.amount>1000")  # pyright: ignore[reportArgumentType]
    world = World(rules=Rules(policies={"demo.ok": settings.policy}))
    assert (await world.call("demo.ok", b'{"amount":10}')).text == "fine"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.call, "demo.ok", b'{"amount":5000}')
        await until(world.bus, lambda: world.guards.approvals.waiting)
        (view,) = world.guards.approvals.waiting
        assert view.reason == "arguments.amount>1000"
        world.guards.approvals.decide(view.call, allowed=True, by="grace")
    assert [record.decided_by for record in world.records] == ["", "grace"]


def test_a_misspelt_condition_does_not_load():
    with pytest.raises(ValueError, match="'alway' does not say when to ask"):
        ToolSettings(approve="alway")  # pyright: ignore[reportArgumentType]
