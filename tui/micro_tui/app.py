"""The dashboard's application: one timer that takes in news, the views, and what works anywhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input

from micro.errors import MicroError
from micro_tui.anywhere import Anywhere
from micro_tui.commands import Commands
from micro_tui.desk import Desk
from micro_tui.feed import Feed
from micro_tui.kept import Memory, Tastes
from micro_tui.keys import FIRST
from micro_tui.lent import Lent
from micro_tui.link import refresh_services, take
from micro_tui.look import Glyphs, choose_glyphs
from micro_tui.screens.audit import AuditView
from micro_tui.screens.calls import CallsView
from micro_tui.screens.clients import ClientsView
from micro_tui.screens.help import Help
from micro_tui.screens.limits import LimitsView
from micro_tui.screens.logs import LogsView
from micro_tui.screens.problems import ProblemsView
from micro_tui.screens.services import ServicesView
from micro_tui.screens.tokens import TokensView
from micro_tui.screens.tools import ToolsView
from micro_tui.screens.view import ShowCall, ShowCalls, ShowRecord, ShowTrace, View
from micro_tui.themes import DARK, LIGHT, SIXTEEN, choose_theme
from micro_tui.widgets.line import KeyBar
from micro_tui.widgets.painted import bindings

VIEWS = (
    CallsView,
    ToolsView,
    LogsView,
    ServicesView,
    ClientsView,
    LimitsView,
    AuditView,
    ProblemsView,
    TokensView,
)

RATE = 15
"""Ticks a second, at most."""

_TIRED = 0.025
_RESTED = 0.008
_LEAVE_WITHIN = 2.0


class DevApp(Anywhere):
    """Shows a feed. It starts and stops nothing: leaving it only ends the picture.

    Args:
        feed: Where the news come from.
        lent: What others can do with calls and services.
        title: The project's name until the runtime tells it.
        clock: Seconds since the epoch.
        glyphs: The signs to draw with; by default what the terminal can.
        memory: Where theme, filters and layout are remembered; by default nowhere.
        audit: The audit log's file, if it can be read here.
        dark: Whether the terminal is dark; ``None`` if it does not tell.

    Attributes:
        over: Set by who wants it to end, from any thread or a signal's handler.
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
        lent: Lent | None = None,
        title: str = "",
        clock: Callable[[], float] = time.time,
        glyphs: Glyphs | None = None,
        memory: Memory | None = None,
        dark: bool | None = None,
        audit: Path | None = None,
    ) -> None:
        super().__init__()
        memory = memory or Memory(None)
        self.desk = Desk(
            feed=feed,
            clock=clock,
            glyphs=glyphs or choose_glyphs(),
            audit=audit,
            lent=lent or Lent(),
            memory=memory,
            desktop=memory.desktop(),
        )
        self.desk.state.name = title
        self.set_class(self.desk.glyphs.plain, "-plain")
        self.over: threading.Event | None = None
        self._ticks = 0
        self._every = 1
        self._spent = 0.0
        self._asked_to_leave = float("-inf")
        for view in VIEWS:
            self.add_mode(view.view_name, partial(view, self.desk))  # pyright: ignore[reportUnknownMemberType]
        for theme in (DARK, LIGHT, SIXTEEN):
            self.register_theme(theme)
        chosen = choose_theme(kept=memory.tastes().theme, dark=dark)
        self.theme = chosen if chosen in self.available_themes else DARK.name
        self._first_theme = self.theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the colours that themes other than ours do not know."""
        return dict((DARK if self.current_theme.dark else LIGHT).variables)

    def on_mount(self) -> None:
        """Begin to listen and to draw."""
        self.run_worker(self.desk.feed.run(), group="feed")
        self.set_interval(1 / RATE, self.tick)
        self.theme_changed_signal.subscribe(self, self._keep_theme)

    def _keep_theme(self, theme: Theme) -> None:
        """Remember a theme that was chosen; the first one was only found."""
        if theme.name != self._first_theme:
            self.desk.memory.keep_tastes(Tastes(theme=theme.name))

    def tick(self) -> None:
        """Take in the news and show them; less often while drawing costs much."""
        if self.over is not None and self.over.is_set():
            self.exit()
            return
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
        while state.breakpoints:
            self.open_debugger(state.breakpoints.pop(0))
        dirty, state.dirty = state.dirty, set()
        if state.stale_tools or self._wants_limits():
            state.stale_tools = False
            self.run_worker(self._refresh_tools(), group="tools", exclusive=True)
        slow = self._ticks % 4 < self._every if slow is None else slow
        for screen in self.screen_stack:
            if isinstance(screen, View) and screen.is_mounted:
                screen.tick(dirty, slow=slow or bool(dirty & {"services"}))

    def _wants_limits(self) -> bool:
        """Say whether it is time to ask for the limits again: of them no event tells."""
        top = self.screen_stack[-1:]
        watched = isinstance(next(iter(top), None), LimitsView) and self.desk.state.link == "live"
        return watched and self._ticks % RATE < self._every

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

    async def on_show_trace(self, event: ShowTrace) -> None:
        """Open the call of a trace where the calls are."""
        view = await self._go("calls")
        if isinstance(view, CallsView) and not view.open_trace(event.trace_id, event.tool):
            self.notify("that call is no longer kept", severity="warning", markup=False)

    async def on_show_record(self, event: ShowRecord) -> None:
        """Show what the audit log has of a trace."""
        view = await self._go("audit")
        if isinstance(view, AuditView):
            view.set_filter(f"trace:{event.trace_id}")

    async def on_show_calls(self, event: ShowCalls) -> None:
        """Show the calls that a filter lets through."""
        view = await self._go("calls")
        if isinstance(view, CallsView):
            view.set_filter(event.text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep keys that come first to the views: in what they open they are keys like others."""
        writing = isinstance(self.focused, Input) or not isinstance(self.screen, View)
        return action not in FIRST or not writing

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
