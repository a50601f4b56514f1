"""Who lacks a scope is told which, and nothing of the service runs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from calling import CALLER, World
from micro.calls import Call, ToolResult
from micro.errors import MissingScopes
from micro.gateway.rules import Rules
from micro.gateway.stages import scopes as module


async def never(call: Call) -> ToolResult:
    raise AssertionError("it ran")


async def test_a_caller_without_the_scope_is_told_which_and_the_tool_does_not_run():
    world = World()
    world.serve("secret", never, scopes=("a", "x:read|x:write"))
    with pytest.raises(MissingScopes, match="x:read or x:write") as caught:
        await world.call("demo.secret")
    assert caught.value.missing == ("x:read|x:write",)
    assert caught.value.details == {
        "kind": "insufficient_scope",
        "retryable": False,
        "missing_scopes": ["x:read|x:write"],
    }
    (record,) = world.records
    assert (record.outcome, record.reason) == ("refused", "insufficient_scope")
    assert record.scopes_required == ("a", "x:read|x:write")


@pytest.mark.parametrize("held", [("*",), ("demo:*",), ("other", "demo:read")])
async def test_a_caller_with_the_scope_is_let_through(held: tuple[str, ...]):
    world = World(rules=Rules(scopes={"demo.ok": ("demo:read",)}))
    for _ in range(2):
        assert (await world.call("demo.ok", caller=replace(CALLER, scopes=held))).text == "fine"


async def test_verdicts_stay_right_when_there_are_more_callers_than_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(module, "REMEMBERED", 3)
    world = World(rules=Rules(scopes={"demo.ok": ("s3",)}))
    for _ in range(2):
        for number in range(8):
            caller = replace(CALLER, scopes=(f"s{number}",))
            expected = "ok" if number == 3 else "insufficient_scope"
            assert await world.verdicts("demo.ok", 1, caller=caller) == [expected]
