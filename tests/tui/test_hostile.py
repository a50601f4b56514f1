"""Everything that comes from outside is hostile at once, and the screen stays a screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anyio
import msgspec
import pytest

from micro.errors import MicroError
from micro.events import (
    HostExited,
    LoadError,
    ProblemFound,
    ServiceFailed,
    ServiceLoaded,
    ToolsListed,
)
from micro.snapshots import (
    ApprovalView,
    BreakerView,
    CallView,
    ClientView,
    Phase,
    RateView,
    ServiceView,
    Snapshot,
)
from micro_devtool.lint.findings import Finding
from patience import DEADLINE
from stores.test_chain import record
from tui.screen import NARROW, WIDE, dashboard
from tui.shop import (
    NOW,
    finished,
    make_detail,
    make_log,
    make_service,
    make_snapshot,
    make_tool,
    started,
)
from tui.test_audit import write

EVIL = "a\x1b[31mred\x1b]0;t\x07\u202egpj\u200b\x00\x9b2J[bold]x[/bold]\U000e0041\ud7ff\t\r\n日"


def hostile_snapshot() -> Snapshot:
    tool = make_tool(
        EVIL,
        description=EVIL,
        scopes=(EVIL,),
        file=EVIL,
        returns=EVIL,
        raises=((EVIL, EVIL),),
        examples=({EVIL: EVIL},),
        annotations={EVIL: True},
        input_schema={"type": "object", "properties": {EVIL: {"type": EVIL, "description": EVIL}}},
        output_schema={EVIL: EVIL},
    )
    offer = msgspec.structs.replace(tool, uri=EVIL, mime_type=EVIL, limits=(EVIL,))
    service = make_service(EVIL, version=EVIL, description=EVIL, file=EVIL, changes=(EVIL,))
    return make_snapshot(
        name=EVIL,
        project=EVIL,
        addresses=(EVIL, f"http://{EVIL}"),
        services=(
            msgspec.structs.replace(service, tools=(tool,), resources=(offer,), prompts=(offer,)),
        ),
        clients=(ClientView(connection=EVIL, door=EVIL, client=EVIL, since=NOW),),
        rates=(RateView(key=EVIL, limit=EVIL, remaining=1),),
        breakers=(BreakerView(tool=EVIL, state="open", failures=1, retry_after=1.0),),
    )


def assert_tame(text: str) -> None:
    for char in text.replace("\n", ""):
        assert char.isprintable(), f"U+{ord(char):04X} reached the screen"


def evil_call(call: int) -> CallView:
    return CallView(
        call=call,
        time=NOW,
        tool=EVIL,
        door=EVIL,
        client=EVIL,
        subject=EVIL,
        trace_id=EVIL,
        arguments=EVIL,
        outcome="error",
        duration=0.1,
        reason=EVIL,
    )


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_text_in_every_field_stays_text(size: tuple[int, int]) -> None:
    error = LoadError(file=EVIL, line=3, message=EVIL, frames=f"{EVIL}\n{EVIL}")
    async with dashboard(size=size, snapshot=hostile_snapshot()) as shown:
        assert_tame(shown.text)
        fields = dict.fromkeys(("tool", "door", "client", "subject", "trace_id"), EVIL)
        await shown.tell(
            started(1, arguments=EVIL, **fields),
            finished(1, "error", reason=EVIL, said=EVIL),
            make_log(EVIL, service=EVIL, level=EVIL, logger=EVIL, call=1),
            ServiceLoaded(
                time=NOW,
                service=EVIL,
                generation=9,
                file=EVIL,
                tools=(EVIL,),
                duration=0.1,
                changes=(EVIL,),
            ),
            HostExited(pid=1, status=EVIL, calls=1),
            ProblemFound(message=EVIL, mend=EVIL),
        )
        assert_tame(shown.text)
        await shown.tell(ServiceFailed(service=EVIL, error=error, serving=9))
        assert_tame(shown.text)
        await shown.press("escape")
        shown.feed.details[1] = make_detail(
            view=evil_call(1),
            arguments=EVIL,
            result=EVIL,
            traceback=f"{EVIL}\n  {EVIL}",
            phases=(Phase(name=EVIL, start=0, duration=1),),
            logs=(make_log(EVIL, level=EVIL),),
        )
        await shown.press("g", "enter")
        assert_tame(shown.text)
        for key in ("r", "d", "y", "escape", "t", "escape"):
            await shown.press(key)
            assert_tame(shown.text)
        for key in (
            "2",
            "t",
            "enter",
            "escape",
            "3",
            "4",
            "5",
            "y",
            "escape",
            "6",
            "7",
            "8",
            "colon",
        ):
            await shown.press(key)
            assert_tame(shown.text)


def evil_findings(services: Sequence[ServiceView], name: str) -> list[Finding]:
    words = dict.fromkeys(("rule", "tool", "file", "message", "mend"), EVIL)
    return [Finding(severity="error", line=1, **words)]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_text_stays_text_in_the_views_beside_the_calls(
    size: tuple[int, int], tmp_path: Path
) -> None:
    who = dict.fromkeys(("door", "client", "client_version", "protocol", "subject"), EVIL)
    words = dict.fromkeys(
        ("tool", "service", "door", "client", "subject", "reason", "decided_by", "trace_id"), EVIL
    )
    audit = tmp_path / "audit.db"
    await write(audit, record(**words, scopes_required=(EVIL,), scopes_held=(EVIL,)))
    snapshot = msgspec.structs.replace(
        hostile_snapshot(),
        clients=(ClientView(connection=EVIL, since=NOW, **who),),
        lists=(ToolsListed(tools=1, **who), ToolsListed(tools=2, **{**who, "client": f"{EVIL}2"})),
        approvals=(
            ApprovalView(call=1, since=NOW, tool=EVIL, subject=EVIL, client=EVIL, arguments=EVIL),
        ),
    )
    async with dashboard(size=size, snapshot=snapshot, audit=audit, lint=evil_findings) as shown:
        for key in ("a", "escape", "2", "j", "j", "4", "5", "j", "6", "j", "8", "G", "9", "G", "3"):
            await shown.press(key)
            assert_tame(shown.text)
        for key in ("5", "8", "9"):
            await shown.press(key, "y")
            assert_tame("\n".join([shown.text, *shown.notices, shown.app.clipboard]))
            await shown.press("escape")
        await shown.press("7")
        with anyio.fail_after(DEADLINE):
            while "1 record" not in shown.text and "chain" not in shown.text:
                await shown.settle()
        assert_tame(shown.text)
        await shown.press("y")
        assert_tame(shown.app.clipboard)


async def test_hostile_text_in_answers_and_errors_stays_text() -> None:
    async def export(services: object) -> str:
        return EVIL

    async with dashboard(snapshot=hostile_snapshot(), exporter=export) as shown:
        await shown.press("e")
        shown.feed.refusal = MicroError(EVIL, mend=EVIL)
        await shown.press("R")
        assert len(shown.notices) == 2
        assert_tame(shown.text)


async def test_markup_from_outside_is_not_interpreted() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1, client="[bold]x", arguments='{"a":"[red]b[/red]"}'))
        assert "[bold]x" in shown.text
        assert 'a="[red]b[/red]"' in shown.text
