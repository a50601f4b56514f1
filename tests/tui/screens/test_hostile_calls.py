"""What comes from outside is hostile in every field of the calls, and the screen stays a screen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from micro.errors import MicroError
from micro.snapshots import CallDetail, Phase, ServiceView
from micro_tui.exporting import Export
from micro_tui.lent import Lent
from micro_tui.snippets import Snippet
from tui.screen import NARROW, dashboard
from tui.shop import NOW, finished, make_detail, make_log, make_snapshot, make_view, started
from tui.test_hostile import EVIL, assert_tame

FIELDS = dict.fromkeys(("tool", "client", "subject", "trace_id"), EVIL)
JSON = json.dumps(
    {EVIL: [EVIL, {EVIL: EVIL}, "\u2028\u2029\x85"], "[b]": ["]", "{"], "long": EVIL * 400},
    ensure_ascii=False,
)


def hostile_detail(call: int, project: Path) -> CallDetail:
    view = make_view(
        call,
        **FIELDS,
        time=NOW - 30,
        door="service",
        outcome="error",
        reason=EVIL,
    )
    (project / "shop.py").write_text(f"# {EVIL}\nraise {EVIL.splitlines()[0]}\n", "utf-8")
    return make_detail(
        view=view,
        arguments=JSON,
        result=JSON,
        traceback=f'  File "shop.py", line 2, in {EVIL}\n    raise {EVIL.splitlines()[0]}\n{EVIL}',
        phases=(
            Phase(name=EVIL, start=0, duration=1, kind="stage"),
            Phase(name=EVIL, start=0.001, duration=0.001, kind="stage"),
            Phase(name=EVIL, start=0.002, duration=0.001, kind="stage"),
            Phase(name=EVIL, start=0.1, duration=0.8),
        ),
        logs=(make_log(EVIL, level=EVIL, logger=EVIL),),
        nested=(make_view(call + 1, **FIELDS, time=NOW - 30),),
        client_version=EVIL,
        protocol=EVIL,
        scopes_required=(EVIL, "a|b"),
        scopes_held=(EVIL, f"{EVIL}:*"),
        decided_by=EVIL,
    )


def hostile_lent() -> Lent:
    async def write(services: Sequence[ServiceView]) -> str:
        raise MicroError(EVIL, mend=EVIL)

    def save(detail: CallDetail) -> Path:
        return Path(EVIL.replace("\x00", ""))

    return Lent(
        exports=(Export(key="x", label=EVIL, write=write), Export(key="z", label="z", write=write)),
        save_case=save,
        case_text=lambda _: EVIL,
        connections=lambda: [Snippet(key="k", label=EVIL, text=EVIL)],
    )


async def test_an_opened_call_of_hostile_text_stays_text(tmp_path: Path) -> None:
    snapshot = make_snapshot(project=str(tmp_path))
    async with dashboard(snapshot=snapshot, lent=hostile_lent()) as shown:
        shown.feed.details[1] = hostile_detail(1, tmp_path)
        await shown.tell(
            started(2, **FIELDS, door="service", arguments=JSON, time=NOW - 40),
            started(1, **FIELDS, door="service", arguments=JSON[:200], time=NOW - 30),
            finished(1, "error", reason=EVIL),
        )
        for keys in (
            ("enter",),
            ("tab", "z", "j", "j", "h", "l", "Z", "Z", "G", "enter", "g"),
            ("y",),
            ("escape", "s"),
            ("e",),
            ("x",),
            ("escape", "escape", "C"),
            ("s", "C", "t", "C", "g", "comma", "comma", "less_than_sign"),
            ("slash", *"reason:"),
            ("tab", "enter", "G"),
            ("t",),
            ("escape", "2", "enter", "slash"),
        ):
            await shown.press(*keys)
            assert_tame(shown.text)
        for notice in shown.notices:
            assert_tame(notice)


async def test_what_is_copied_of_a_hostile_call_is_safe_to_paste(tmp_path: Path) -> None:
    snapshot = make_snapshot(project=str(tmp_path))
    async with dashboard(size=NARROW, snapshot=snapshot, lent=hostile_lent()) as shown:
        shown.feed.details[1] = hostile_detail(1, tmp_path)
        await shown.tell(started(1, **FIELDS), finished(1, "error"))
        await shown.press("enter", "tab", "z", *"jjjjjj")
        for key in "yarbltcpvs":
            await shown.press("y", key)
            assert_tame(shown.app.clipboard)
