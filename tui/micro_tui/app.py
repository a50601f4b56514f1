"""The dashboard's application: one timer that takes in news, the views, and what works anywhere."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input

from micro.errors import MicroError
from micro_tui.anywhere import Anywhere
from micro_tui.commands import Commands
from micro_tui.desk import Desk
from micro_tui.driver import outliving
from micro_tui.feed import Feed
from micro_tui.intake import Intake
from micro_tui.kept import Memory, Tastes
from micro_tui.keys import FIRST
from micro_tui.lent import Lent
from micro_tui.link import refresh_services
from micro_tui.look import Glyphs, choose_glyphs
from micro_tui.pace import RATE
from micro_tui.screens.calls import CallsView
from micro_tui.screens.filtered import FilteredView
from micro_tui.screens.help import Help
from micro_tui.screens.view import ShowCall, ShowCalls, ShowRecord, ShowTrace, View
from micro_tui.themes import DARK, LIGHT, SIXTEEN, choose_theme, suited
from micro_tui.views import NAMES, make_view
from micro_tui.widgets.line import Buttons
from micro_tui.widgets.painted import LOOK_CLASSES, bindings

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
    COMPONENT_CLASSES = LOOK_CLASSES  # pyright: ignore[reportAssignmentType]
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
        self._limits_asked = 0
        self._intake = Intake(feed, self.desk.state)
        self._asked_to_leave = float("-inf")
        for name in NAMES:
            self.add_mode(name, partial(make_view, name, self.desk))  # pyright: ignore[reportUnknownMemberType]
        for theme in (DARK, LIGHT, SIXTEEN):
            self.register_theme(suited(theme))
        chosen = choose_theme(kept=memory.tastes().theme, dark=dark)
        self.theme = chosen if chosen in self.available_themes else DARK.name
        self._first_theme = self.theme

    def get_driver_class(self) -> type[Driver]:
        """Give the driver of the terminal, made to outlive it."""
        return outliving(super().get_driver_class())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the colours that themes other than ours do not know."""
        return dict((DARK if self.current_theme.dark else LIGHT).variables)

    def on_mount(self) -> None:
        """Begin to listen and to draw."""
        self.run_worker(self.desk.feed.run, group="feed")
        self.set_interval(1 / RATE, self.tick)
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        if not self.is_headless:
            # What is there by now stays: to look through it for garbage would hold up a key.
            self.call_after_refresh(gc.freeze)

    def _keep_theme(self, theme: Theme) -> None:
        """Remember a theme that was chosen; the first one was only found."""
        if theme.name != self._first_theme:
            self.desk.memory.keep_tastes(Tastes(theme=theme.name))

    def tick(self) -> None:
        """Take in the news and show them, as often as is good for who draws."""
        if self.over is not None and self.over.is_set():
            self.exit()
        elif self.pace.due():
            self.take_news()
        else:
            self._take_in()

    def take_news(self, *, slow: bool | None = None) -> None:
        """Take in the news and let the view on top show them."""
        state = self.desk.state
        self._take_in()
        while state.breakpoints:
            self.open_debugger(state.breakpoints.pop(0))
        dirty, state.dirty = state.dirty, set()
        if state.stale_tools or self._wants_limits():
            state.stale_tools = False
            self.run_worker(self._refresh_tools, group="tools", exclusive=True)
        slow = self.pace.slow() if slow is None else slow
        for screen in self.screen_stack:
            if isinstance(screen, View) and screen.is_mounted:
                screen.tick(dirty, slow=slow or bool(dirty & {"services"}))
        if dirty:
            self.ask_terminal()

    def _take_in(self) -> None:
        if self._intake.take():
            self.call_later(self._take_in)

    def _wants_limits(self) -> bool:
        """Say whether it is time to ask for the limits again: of them no event tells."""
        top = next(reversed(self.screen_stack), None)
        shown = isinstance(top, View) and top.view_name == "limits"
        watched = shown and self.desk.state.link == "live"
        if due := watched and self.pace.ticks - self._limits_asked >= RATE:
            self._limits_asked = self.pace.ticks
        return due

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
        if isinstance(view, FilteredView):
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

    def on_buttons_pressed(self, event: Buttons.Pressed) -> None:
        """Do what the clicked key does."""
        self.press(event.key)

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
