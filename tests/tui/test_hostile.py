"""Everything that comes from outside is hostile at once, and the screen stays a screen."""

from __future__ import annotations

import msgspec
import pytest

from micro.errors import MicroError
from micro.events import HostExited, LoadError, ProblemFound, ServiceFailed, ServiceLoaded
from micro.snapshots import BreakerView, CallView, ClientView, Phase, RateView, Snapshot
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
    service = make_service(EVIL, version=EVIL, description=EVIL, file=EVIL, changes=(EVIL,))
    return make_snapshot(
        name=EVIL,
        project=EVIL,
        addresses=(EVIL, f"http://{EVIL}"),
        services=(msgspec.structs.replace(service, tools=(tool,)),),
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
            finished(1, "error", reason=EVIL),
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
