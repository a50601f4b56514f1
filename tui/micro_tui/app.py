"""The dashboard's application: one timer that takes in news, the views, and what works anywhere."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.screen import Screen

from micro.errors import MicroError
from micro.snapshots import ServiceView
from micro_tui.commands import Commands
from micro_tui.desk import Desk
from micro_tui.feed import Feed
from micro_tui.format import clean, size
from micro_tui.link import refresh_services, take
from micro_tui.look import Glyphs, choose_glyphs
from micro_tui.screens.calls import CallsView
from micro_tui.screens.help import Help
from micro_tui.screens.logs import LogsView
from micro_tui.screens.tools import ToolsView
from micro_tui.screens.view import Complain, Copy, ShowCall, ShowCallsOf, View
from micro_tui.themes import DARK, LIGHT, choose_theme
from micro_tui.widgets.line import KeyBar
from micro_tui.widgets.painted import bindings

Exporter = Callable[[Sequence[ServiceView]], Awaitable[str]]
"""Writes docs and schemas of services, and says where: ``wrote 3 files to docs/``."""

RATE = 15
"""Ticks a second, at most."""

CLIPBOARD_LIMIT = 74_000
"""Bytes that terminals take by OSC 52."""

_TIRED = 0.025
_RESTED = 0.008
_LEAVE_WITHIN = 2.0


class DevApp(App[None]):
    """Shows a feed. It starts and stops nothing: leaving it only ends the picture.

    Args:
        feed: Where the news come from.
        exporter: What ``e`` does; ``None`` says that there is no export.
        title: The project's name until the runtime tells it.
        clock: Seconds since the epoch.
    """

    TITLE = "micro"
    CSS_PATH = "micro.tcss"
    DEFAULT_MODE = "calls"
    COMMANDS: ClassVar = App.COMMANDS | {Commands}
    BINDINGS = bindings("app")  # pyright: ignore[reportAssignmentType]
    PAUSE_GC_ON_SCROLL = True

    def __init__(
        self,
        feed: Feed,
        *,
        exporter: Exporter | None = None,
        title: str = "",
        clock: Callable[[], float] = time.time,
        glyphs: Glyphs | None = None,
    ) -> None:
        super().__init__()
        self.desk = Desk(feed=feed, clock=clock, glyphs=glyphs or choose_glyphs())
        self.desk.state.name = title
        self._exporter = exporter
        self.set_class(self.desk.glyphs.plain, "-plain")
        self._ticks = 0
        self._every = 1
        self._spent = 0.0
        self._asked_to_leave = float("-inf")
        for view in (CallsView, ToolsView, LogsView):
            self.add_mode(view.view_name, partial(view, self.desk))  # pyright: ignore[reportUnknownMemberType]
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        chosen = choose_theme()
        self.theme = chosen if chosen in self.available_themes else DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the colours that themes other than ours do not know."""
        return dict((DARK if self.current_theme.dark else LIGHT).variables)

    def on_mount(self) -> None:
        """Begin to listen and to draw."""
        self.run_worker(self.desk.feed.run(), group="feed")
        self.set_interval(1 / RATE, self.tick)

    def tick(self) -> None:
        """Take in the news and show them; less often while drawing costs much."""
        self._ticks += 1
        spent = time.thread_time() - self._spent
        if self._ticks % self._every:
            return
        self._spent += spent
        if spent > _TIRED and self._ticks > RATE:
            self._every = min(4, self._every * 2)
        elif spent < _RESTED and self._every > 1:
            self._every //= 2
        self.take_news()

    def take_news(self, *, slow: bool | None = None) -> None:
        """Take in the news and let the view on top show them."""
        state = self.desk.state
        for news in self.desk.feed.poll():
            take(state, news)
        dirty, state.dirty = state.dirty, set()
        if state.stale_tools:
            state.stale_tools = False
            self.run_worker(self._refresh_tools(), group="tools", exclusive=True)
        if slow is None:
            slow = self._ticks % 4 < self._every
        for screen in self.screen_stack:
            if isinstance(screen, View) and screen.is_mounted:
                screen.tick(dirty, slow=slow or bool(dirty & {"services"}))

    async def _refresh_tools(self) -> None:
        try:
            refresh_services(self.desk.state, await self.desk.feed.snapshot())
        except MicroError:
            return

    async def action_show(self, view: str) -> None:
        """Go to a view; it is made when one first goes there."""
        await self._go(view)

    async def _go(self, name: str) -> View:
        await self.switch_mode(name)
        view = self.screen_stack[0]
        assert isinstance(view, View)
        view.tick(set(), slow=True)
        return view

    async def on_show_call(self, event: ShowCall) -> None:
        """Open a call where the calls are."""
        view = await self._go("calls")
        if isinstance(view, CallsView) and not view.open_call(event.call):
            self.notify("that call is no longer kept", severity="warning", markup=False)

    async def on_show_calls_of(self, event: ShowCallsOf) -> None:
        """Show the calls of one tool."""
        view = await self._go("calls")
        if isinstance(view, CallsView):
            view.set_filter(f"tool:{event.tool}")

    def press(self, key: str) -> None:
        """Do what a key does, once what is open now has closed."""
        self.call_later(self.simulate_key, key)

    def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        """Do what the clicked key does."""
        self.press(event.key.keys.partition(",")[0])

    def action_help(self) -> None:
        """Show the keys."""
        view = self.screen
        if isinstance(view, View):
            self.push_screen(Help(view.places()))

    def action_reload(self, service: str = "") -> None:
        """Load a service again, or all of them."""
        self.run_worker(self._order(self.desk.feed.reload(service), f"reloading {service}"))

    async def _order(self, order: Awaitable[None], done: str) -> None:
        try:
            await order
        except MicroError as error:
            self.post_message(Complain(error))
        else:
            self.notify(clean(done.strip()), timeout=2, markup=False)

    def action_export(self) -> None:
        """Write docs and schemas to files."""
        if self._exporter is None:
            self.notify("nothing to export with", severity="warning", markup=False)
        else:
            self.run_worker(self._export(self._exporter), group="export", exclusive=True)

    async def _export(self, exporter: Exporter) -> None:
        services = [service for _, service in sorted(self.desk.state.services.items())]
        try:
            done = await exporter(services)
        except MicroError as error:
            self.post_message(Complain(error))
        except OSError as error:
            self.notify(clean(str(error)), title="not exported", severity="error", markup=False)
        else:
            self.notify(clean(done), title="Exported", markup=False)

    def on_complain(self, event: Complain) -> None:
        """Say what went wrong and how to mend it."""
        mend, title = clean(event.error.mend or ""), clean(event.error.message)
        self.notify(mend, title=title, severity="error", markup=False)

    def on_copy(self, event: Copy) -> None:
        """Copy by OSC 52, which works over ssh, and say so."""
        length = len(event.text.encode(errors="replace"))
        if length > CLIPBOARD_LIMIT:
            self.notify("too long for the terminal", severity="warning", markup=False)
            return
        self.copy_to_clipboard(event.text)
        self.notify(f"copied {size(length)}", timeout=2, markup=False)

    def action_leave(self) -> None:
        """Leave; while calls run, only when asked twice."""
        running = len(self.desk.state.running)
        now = time.monotonic()
        if running and now - self._asked_to_leave > _LEAVE_WITHIN:
            self._asked_to_leave = now
            calls = "1 call runs" if running == 1 else f"{running} calls run"
            self.notify(f"{calls}; q again leaves", severity="warning", timeout=2, markup=False)
        else:
            self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer Textual's own commands that make sense here: the themes."""
        yield SystemCommand("theme", "choose the colours", self.action_change_theme)
