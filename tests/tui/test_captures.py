"""The screens whole at three sizes, as text, and some as pictures in both themes.

``MICRO_CAPTURE=1`` writes them anew, to look at.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from micro.snapshots import BreakerView, RateView, Snapshot
from micro_tui.themes import DARK, LIGHT
from tui.screen import Dashboard, dashboard
from tui.shop import failed, finished, make_detail, make_service, make_snapshot, reloaded, started

CAPTURES = Path(__file__).parent / "captures"
SIZES = ((80, 24), (120, 36), (200, 60))
CHANGES = ("orders.create: parameter `qty` became required — BREAKING", "orders.list — added")


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def the_shop() -> Snapshot:
    return make_snapshot(
        services=(
            make_service("orders", "create", "get", generation=8, changes=CHANGES),
            make_service("billing", "charge", generation=2),
        ),
        rates=(RateView(key="all calls", limit="10/s burst 20", remaining=3),),
        breakers=(BreakerView(tool="billing.charge", state="open", failures=5, retry_after=12.0),),
    )


async def some_calls(shown: Dashboard) -> None:
    tools, clients = ("orders.create", "orders.get", "billing.charge"), ("claude-code", "cursor")
    for call in range(1, 41):
        shown.feed.details[call] = make_detail(call)
        failing = call % 7 == 0
        shown.feed.tell(
            started(call, tools[call % 3], client=clients[call % 2]),
            finished(
                call,
                "error" if failing else "ok",
                duration=0.003 * call,
                reason="OutOfStock: none" if failing else "",
            ),
        )
        if call == 30:
            shown.feed.tell(reloaded(8, *CHANGES))
    await shown.settle()


SCENES = {
    "calls": ("enter",),
    "tools": ("2",),
    "services": ("4",),
    "limits": ("6",),
    "try": ("t",),
}
PICTURED = ("calls", "limits")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", [*SCENES, "failure"])
async def test_the_screen_looks_as_it_was_last_seen(scene: str, size: tuple[int, int]) -> None:
    async with dashboard(size=size, snapshot=the_shop()) as shown:
        await some_calls(shown)
        if scene == "failure":
            await shown.tell(failed())
        else:
            await shown.press(*SCENES[scene])
        name = f"{scene}-{size[0]}x{size[1]}"
        assert_as_kept(f"{name}.txt", "\n".join(line.rstrip() for line in shown.lines) + "\n")
        for theme in (DARK, LIGHT) if scene in PICTURED else ():
            shown.app.theme = theme.name
            await shown.settle()
            assert_as_kept(f"{name}-{theme.name}.svg", picture(shown))


def picture(shown: Dashboard) -> str:
    """Give the screen as SVG, without what says nothing of how it looks."""
    svg = re.sub(r"terminal-\d+", "terminal", shown.app.export_screenshot())
    return re.sub(r"\s*@font-face \{.*?\n    \}", "", svg, flags=re.DOTALL)


def assert_as_kept(name: str, seen: str) -> None:
    path = CAPTURES / name
    if os.environ.get("MICRO_CAPTURE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(seen, "utf-8")
    same = seen == path.read_text("utf-8")
    assert same, f"{name} looks otherwise; write it anew with MICRO_CAPTURE=1 and look at it"


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_every_word_stands_out_from_what_is_behind_it(theme: Theme) -> None:
    colours = theme.variables
    behind = [colours["look-cursor"], colours["look-away"]]
    behind += [colour for colour in (theme.background, theme.surface, theme.panel) if colour]
    faint = ("look-rule", "look-spark")
    for name, colour in colours.items():
        if name.startswith("look-") and colour not in behind and name not in faint:
            for back in behind:
                least = 3.0 if name == "look-dim" else 4.0
                assert contrast(colour, back) >= least, f"{name} on {back}"


def contrast(one: str, other: str) -> float:
    """Give the ratio of WCAG 2.1."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [part / 255 for part in Color.parse(colour).rgb]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
