"""What works wherever one is: orders, copies, exports, the editor, and saying what went wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from textual.app import SuspendNotSupported
from textual.command import CommandPalette

from micro.errors import MicroError
from micro.snapshots import ServiceView
from micro_tui.debugger import run_debugger, waits_here
from micro_tui.desk import Desk
from micro_tui.editor import NoEditor, editor_command, run_editor, takes_terminal
from micro_tui.format import clean, size
from micro_tui.paced import Paced
from micro_tui.parts import cut
from micro_tui.screens.menu import Menu
from micro_tui.screens.view import Complain, Copy, Edit, Reload, View

CLIPBOARD_LIMIT = 74_000
"""Bytes that terminals take by OSC 52."""


class Anywhere(Paced):
    """An app with a desk and what can be done at it."""

    desk: Desk

    def action_command_palette(self) -> None:
        """Offer every command."""
        if not CommandPalette.is_open(self):  # pyright: ignore[reportArgumentType]
            self.push_screen(CommandPalette(placeholder="what to do"))

    def action_reload(self, service: str = "") -> None:
        """Load a service again, or all of them."""
        order = partial(self.desk.feed.reload, service)
        self.run_worker(partial(self._order, order, f"reloading {service}"))

    def on_reload(self, event: Reload) -> None:
        """Load a service again."""
        self.action_reload(event.service)

    async def _order(self, order: Callable[[], Awaitable[None]], done: str) -> None:
        try:
            await order()
        except MicroError as error:
            self.post_message(Complain(error))
        else:
            self.notify(clean(done.strip()), timeout=2, markup=False)

    def action_decide(self) -> None:
        """Ask whether the call at hand may go on, or else the one that waits longest."""
        waiting, view = self.desk.state.waiting, self.screen
        at_hand = view.number_at_hand() if isinstance(view, View) else 0
        asked = waiting.get(at_hand) or next(iter(waiting.values()), None)
        if asked is None:
            self.notify("no call waits for you", timeout=2, markup=False)
            return
        decisions = {"a": True, "x": False}

        def chosen(key: str | None) -> None:
            if key:
                order = partial(self.desk.feed.decide, asked.call, allowed=decisions[key])
                done = "allowed" if decisions[key] else "denied"
                self.run_worker(partial(self._order, order, done))

        who = asked.client or asked.subject
        title = f"{cut(asked.tool, 40)} by {cut(who, 30)}  {cut(asked.arguments, 120)}"
        self.push_screen(Menu(title, [("a", "allow it"), ("x", "deny it")]), chosen)

    def action_export(self) -> None:
        """Write what is chosen of docs and schemas to files."""
        exports = {export.key: export for export in self.desk.lent.exports}

        def chosen(key: str | None) -> None:
            if key:
                work = partial(self._export, exports[key].write)
                self.run_worker(work, group="export", exclusive=True)

        if not exports:
            self.notify("nothing to export with", severity="warning", markup=False)
        elif len(exports) == 1:
            chosen(next(iter(exports)))
        else:
            choices = [(export.key, export.label) for export in exports.values()]
            self.push_screen(Menu("export", choices), chosen)

    async def _export(self, write: Callable[[Sequence[ServiceView]], Awaitable[str]]) -> None:
        services = [service for _, service in sorted(self.desk.state.services.items())]
        try:
            done = await write(services)
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
            self._keep_copy(event.text)
            return
        self.copy_to_clipboard(event.text)
        self.notify(f"copied {size(length)}", timeout=2, markup=False)

    def open_debugger(self, number: int) -> None:
        """Give the terminal to the debugger of code that waits at a breakpoint."""
        project = Path(self.desk.state.project or ".")
        if not waits_here(project, number):
            return
        try:
            with self.suspend():
                run_debugger(project, number)
            self.refresh()
        except SuspendNotSupported:
            title = "code waits at a breakpoint"
            self.notify(f"micro debug {number}", title=title, markup=False)

    def _keep_copy(self, text: str) -> None:
        """Write what no terminal takes to a file of the user's own, and say where."""
        try:
            with NamedTemporaryFile(
                "w", encoding="utf-8", errors="replace", prefix="micro-", delete=False
            ) as file:
                file.write(text)
        except OSError as error:
            self.notify(clean(str(error)), title="not copied", severity="error", markup=False)
        else:
            self.notify(clean(file.name), title="too long to copy: it is in", markup=False)

    def on_edit(self, event: Edit) -> None:
        """Open a file of the project in the editor; the screen gives way to one that needs it."""
        path = Path(self.desk.state.project or ".") / event.file
        try:
            if not event.file or not path.is_file():
                raise NoEditor(f"{event.file or 'this tool'} is no file here")
            command = editor_command(path.absolute(), event.line)
            if takes_terminal(command):
                with self.suspend():
                    run_editor(command)
                self.refresh()
            else:
                run_editor(command)
        except MicroError as error:
            self.post_message(Complain(error))
        except SuspendNotSupported:
            where = f"{event.file}:{event.line}" if event.line else event.file
            self.notify(clean(where), title="no editor opens from here", markup=False)
