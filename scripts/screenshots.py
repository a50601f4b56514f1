"""Draws docs/images/*.svg: the real dashboard on a real runtime, called by a real MCP client.

Run it with `make screenshots`. It serves a copy of the examples, so that an edit can be shown.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE

import anyio
from mcp import Client
from mcp_types import Implementation
from textual.pilot import Pilot

from micro.state import RuntimeInfo, StateFolder
from micro_devtool.lending import lent_for
from micro_tui.app import DevApp
from micro_tui.feed import ControlFeed

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE = (120, 36)
DEADLINE = 30.0

LEFT_BEHIND = shutil.ignore_patterns(".micro", "__pycache__")
GREETINGS = (ROOT / "examples" / "hello" / "hello.py").read_text("utf-8")


async def main() -> None:
    """Draw every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"COLORTERM": "truecolor", "MICRO_THEME": "dark", "XDG_STATE_HOME": folder}
        project = Path(folder) / "shop"
        shutil.copytree(ROOT / "examples" / "documented", project, ignore=LEFT_BEHIND)
        (project / "hello.py").write_text(GREETINGS)
        async with runtime(project) as info:
            audit = StateFolder(project / ".micro").audit
            feed = ControlFeed(Path(info.control))
            app = DevApp(feed, title="shop", lent=lent_for(project), audit=audit)
            async with app.run_test(size=SIZE) as pilot:
                await calls(info.addresses[0] + "/mcp")
                await draw_dashboard(app, pilot)
                await draw_reload(app, pilot, project)
                await draw_views(app, pilot)
                await draw_failure(app, pilot, project)


@asynccontextmanager
async def runtime(project: Path) -> AsyncGenerator[RuntimeInfo]:
    """Serve a folder on a free port until the context ends."""
    command = [
        sys.executable, "-m", "micro_devtool.devloop", str(project), "--address", "127.0.0.1:0",
    ]  # fmt: skip
    process = await anyio.open_process(command, stdin=PIPE, stdout=DEVNULL, stderr=None)
    try:
        with anyio.fail_after(DEADLINE):
            info = await announced(StateFolder(project / ".micro"))
        yield info
    finally:
        process.terminate()
        await process.aclose()


async def announced(state: StateFolder) -> RuntimeInfo:
    """Wait until a runtime says where it is."""
    while True:
        if info := state.read_info():
            return info
        await anyio.sleep(0.05)


async def calls(url: str) -> None:
    """Call the services as agents do: most calls right, some wrong."""
    for name in ("claude-code", "cursor"):
        client = Implementation(name=name, version="1.0")
        async with Client(url, client_info=client) as session:
            await session.list_tools()
            for tool, arguments in (
                ("hello_greet", {"name": "Ada"}),
                ("users_search", {"text": "a", "limit": 2}),
                ("users_get", {"user_id": "user-1"}),
                ("users_get", {"user_id": "user-99"}),
                ("hello_greet", {"nam": "Ada"}),
                ("users_invite", {"emails": ["grace@example.org", "edsger@example.org"]}),
                ("users_get", {"user_id": "user-2"}),
            ):
                await session.call_tool(tool, arguments)
                await anyio.sleep(0.02)


async def draw_dashboard(app: DevApp, pilot: Pilot[None]) -> None:
    """Show the calls, one of them opened."""
    await pilot.pause(0.5)
    await pilot.press("enter")
    await pilot.pause(0.5)
    save(app, "dashboard.svg")
    await pilot.press("escape")


async def draw_reload(app: DevApp, pilot: Pilot[None], project: Path) -> None:
    """Show what a save changed for those who call."""
    file = project / "hello.py"
    file.write_text(GREETINGS.replace("b: float)", "b: int)", 1))
    await pilot.pause(1.5)
    await pilot.press("4")
    await pilot.pause(0.5)
    save(app, "services.svg")


async def draw_views(app: DevApp, pilot: Pilot[None]) -> None:
    """Show what is recorded of calls, what is wrong with tools, and what they cost."""
    for key, name in (("7", "audit"), ("8", "problems"), ("9", "tokens")):
        await pilot.press(key)
        await pilot.pause(1.5)
        save(app, f"{name}.svg")
    await pilot.press("1")


async def draw_failure(app: DevApp, pilot: Pilot[None], project: Path) -> None:
    """Show a save that does not load."""
    file = project / "hello.py"
    file.write_text(GREETINGS.replace("return", "retrun", 1))
    await pilot.pause(1.0)
    save(app, "failure.svg")


def save(app: DevApp, name: str) -> None:
    """Keep what the screen shows now."""
    (IMAGES / name).write_text(app.export_screenshot(title="micro dev"), "utf-8")
    sys.stdout.write(f"wrote {os.path.relpath(IMAGES / name)}\n")


if __name__ == "__main__":
    anyio.run(main)
