"""What a call asks its client and tells it of, with clients of both eras."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp_types import (
    CreateMessageResult,
    ElicitResult,
    ErrorData,
    ListRootsResult,
    Root,
    TextContent,
)
from pydantic import FileUrl

from micro.testing import open_client
from patience import DEADLINE
from protocol.asking_service import travel

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


class User:
    """Answers what a client is asked, and remembers the questions."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []
        self.lines: list[tuple[str, Any]] = []

    async def elicit(self, context: Any, params: Any) -> Any:
        self.asked.append(params)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            return ElicitResult(action=answer)  # pyright: ignore[reportArgumentType]
        if isinstance(answer, ErrorData):
            return answer
        return ElicitResult(action="accept", content=answer)

    async def sample(self, context: Any, params: Any) -> CreateMessageResult:
        self.asked.append(params)
        content = TextContent(type="text", text="roses are red")
        return CreateMessageResult(role="assistant", content=content, model="m")

    async def roots(self, context: Any) -> ListRootsResult:
        return ListRootsResult(roots=[Root(uri=FileUrl("file:///work"))])

    async def log(self, params: Any) -> None:
        self.lines.append((params.level, params.data))


@asynccontextmanager
async def connected(
    mode: Any, user: User | None, **options: Any
) -> AsyncGenerator[tuple[Client, Callable[[], list[str]]]]:
    callbacks: dict[str, Any] = options
    if user is not None:
        callbacks |= {
            "elicitation_callback": user.elicit,
            "sampling_callback": user.sample,
            "list_roots_callback": user.roots,
            "logging_callback": user.log,
        }
    async with open_client(travel()) as client, client.mcp(mode=mode, **callbacks) as mcp:
        yield mcp, lambda: [record.reason or record.outcome for record in client.calls]


async def said(mcp: Client, tool: str, **arguments: Any) -> str:
    result = await mcp.call_tool(f"travel_{tool}", arguments)
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


@ERAS
async def test_a_user_fills_in_a_form(mode: Any):
    user = User({"city": "Rome", "nights": 3})
    async with connected(mode, user) as (mcp, _):
        assert await said(mcp, "book") == "3 fine nights in Rome"
    (asked,) = user.asked
    assert asked.message == "Where to? "
    assert asked.requested_schema == {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "nights": {"type": "integer", "default": 2},
            "style": {"type": "string", "enum": ["cheap", "fine"], "default": "fine"},
        },
        "required": ["city"],
    }


@ERAS
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_a_user_need_not_answer(mode: Any, action: str):
    async with connected(mode, User(action)) as (mcp, _):
        assert await said(mcp, "book") == action


@ERAS
async def test_questions_follow_one_another(mode: Any):
    user = User({"value": "Ada"}, {"value": 36})
    async with connected(mode, user) as (mcp, ended):
        assert await said(mcp, "interview") == "Ada is 36"
        assert len(user.asked) == 2
        rounds = ["input_required", "input_required", "ok"]
        assert ended() == (rounds if mode == "auto" else ["ok"])


@ERAS
@pytest.mark.parametrize(
    ("tool", "answers", "text"),
    [
        ("both", [{"value": "Ada"}], "roses are red for Ada"),
        ("careful", [{"value": "Ada"}], "said Ada"),
        ("threaded", [{"value": "Ada"}], "said Ada"),
        ("nested", [{"city": "Rome"}], "2 fine nights in Rome"),
        ("where", [], '["file:///work"]'),
    ],
)
async def test_whatever_way_a_tool_asks_it_is_answered(
    mode: Any, tool: str, answers: list[Any], text: str
):
    async with connected(mode, User(*answers)) as (mcp, _):
        assert await said(mcp, tool) == text


@ERAS
async def test_two_tasks_of_a_tool_ask_side_by_side(mode: Any):
    async with connected(mode, User({"value": "x"}, {"value": "x"})) as (mcp, _):
        assert await said(mcp, "together") == "x x"


@ERAS
async def test_a_prompt_asks_too(mode: Any):
    async with connected(mode, User({"value": "Bond"})) as (mcp, _):
        got = await mcp.get_prompt("travel_briefing")
        assert got.messages[0].content.model_dump()["text"] == "Your name is Bond"


@ERAS
async def test_an_answer_that_does_not_fit_is_the_tools_error(mode: Any):
    async with connected(mode, User({"city": "Rome", "nights": "many"})) as (mcp, ended):
        result = await mcp.call_tool("travel_book", {})
        assert result.is_error
        assert "The answer does not fit the form: nights" in str(result.content)
        assert ended()[-1] == "tool_error"


async def test_an_error_of_an_older_client_is_said():
    refusal = ErrorData(code=-1, message="nobody is at the keyboard")
    async with connected("legacy", User(refusal)) as (mcp, _):
        assert "nobody is at the keyboard" in await said(mcp, "book")


async def test_an_older_client_that_cannot_be_asked_gets_a_result_that_says_so():
    async with connected("legacy", None) as (mcp, ended):
        result = await mcp.call_tool("travel_book", {})
        assert result.is_error
        assert "declares elicitation" in str(result.content)
        assert ended() == ["cannot_ask"]


async def test_a_client_of_2026_that_cannot_be_asked_gets_the_error_of_the_specification():
    async with connected("auto", None) as (mcp, ended):
        with pytest.raises(MCPError) as refused:
            await mcp.call_tool("travel_both", {})
        assert refused.value.error.code == -32021
        needed = {"elicitation": {}, "sampling": {}}
        assert refused.value.error.data["requiredCapabilities"] == needed
        with pytest.raises(MCPError) as refused:
            await mcp.get_prompt("travel_briefing")
        assert refused.value.error.code == -32021
        assert ended() == ["cannot_ask"] * 2


async def test_time_stands_still_while_a_user_thinks():
    asked, answer = anyio.Event(), anyio.Event()

    async def think(context: Any, params: Any) -> ElicitResult:
        asked.set()
        await answer.wait()
        return ElicitResult(action="accept", content={"value": "Ada"})

    from micro.backends.deadlines import deadlines

    async with connected("legacy", None, elicitation_callback=think) as (mcp, ended):
        texts: list[str] = []

        async def call() -> None:
            texts.append(await said(mcp, "hurried"))

        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call)
                await asked.wait()
                limits = list(deadlines._limits)  # pyright: ignore[reportPrivateUsage]
                assert len(limits) == 2
                assert all(limit.deadline == math.inf for limit in limits)
                answer.set()
        assert texts == ["said Ada"]
        assert ended() == ["ok"]


async def test_answers_travel_sealed_and_for_this_call_only():
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
    }
    async with open_client(travel()) as client, client.mcp() as mcp:

        async def call(tool: str, **more: Any) -> dict[str, Any]:
            params = {"name": f"travel_{tool}", "arguments": {}, "_meta": meta, **more}
            return await mcp.session._dispatcher.send_raw_request("tools/call", params)  # pyright: ignore

        first = await call("interview")
        assert first["resultType"] == "input_required"
        (key,) = first["inputRequests"]
        accepted = {"action": "accept", "content": {"value": "Ada Lovelace"}}
        answers = {key: accepted, "other": {"action": "x"}}
        with pytest.raises(MCPError):
            await call("interview", inputResponses=answers, requestState=first["requestState"])
        del answers["other"]
        state = first["requestState"]
        second = await call("interview", inputResponses=answers, requestState=state)
        sealed = second["requestState"]
        assert "Lovelace" not in sealed
        middle = len(sealed) // 2
        other = "B" if sealed[middle] == "A" else "A"
        for tool, forged in (
            ("interview", f"{sealed[:middle]}{other}{sealed[middle + 1 :]}"),
            ("together", second["requestState"]),
            ("interview", '{"a": {"action": "accept"}}'),
        ):
            with pytest.raises(MCPError, match="Invalid or expired requestState"):
                await call(tool, requestState=forged)
        again = await call("interview", requestState=second["requestState"])
        assert list(again["inputRequests"]) == list(second["inputRequests"])


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
@pytest.mark.parametrize("level", ["warning", "debug", "emergency"])
async def test_an_older_client_is_told_of_what_it_asked_for(
    level: Any, caplog: pytest.LogCaptureFixture
):
    user = User()
    caplog.set_level("INFO")
    async with connected("legacy", user) as (mcp, _):
        await said(mcp, "log")
        assert user.lines == []
        await mcp.set_logging_level(level)
        assert await said(mcp, "log") == "done"
    wanted = [("info", "an info"), ("warning", "a warning"), ("error", "an error")]
    assert user.lines == wanted[{"debug": 0, "warning": 1, "emergency": 3}[level] :]


async def test_a_client_of_2026_is_told_of_the_calls_that_ask_for_it():
    user = User()
    async with connected("auto", user, log_level="warning") as (mcp, _):
        assert await said(mcp, "log") == "done"
    assert user.lines == [("warning", "a warning"), ("error", "an error")]
