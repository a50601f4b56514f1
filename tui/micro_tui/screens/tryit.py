"""A form for a tool's arguments, made from its input schema; it calls, and shows the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from micro.control import Called
from micro.errors import MicroError
from micro.snapshots import ToolView
from micro_tui.desk import Desk
from micro_tui.format import clean, clean_lines
from micro_tui.forms import Field, arguments_of, fields_of, written
from micro_tui.paint.blocks import Block, prose
from micro_tui.paint.call import traceback_block
from micro_tui.paint.folds import json_block
from micro_tui.parts import SPACE, Parts, cut
from micro_tui.samples import sample
from micro_tui.widgets.line import Line
from micro_tui.widgets.page import Page

_ANY = Field(name="arguments", kind="json", type="object", about="as JSON", required=False)


class TryIt(ModalScreen[None]):
    """Stays open, so that one can call again with something changed.

    Args:
        desk: Where to call.
        tool: What to call.
        arguments: JSON of an earlier call's arguments; empty takes the tool's example.
        subject: Who to call as.
        scopes: What that one holds.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "close", show=False),
        Binding("ctrl+r,f5", "call", "call", show=False),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
    ]
    AUTO_FOCUS = "Input"

    def __init__(
        self,
        desk: Desk,
        tool: ToolView,
        *,
        arguments: str = "",
        subject: str = "",
        scopes: Sequence[str] = ("*",),
    ) -> None:
        super().__init__()
        self.desk = desk
        self.tool = tool
        self._fields = fields_of(tool.input_schema) or [_ANY]
        self._free = self._fields == [_ANY]
        self._inputs = [
            Input(text, classes="value", select_on_focus=False) for text in self._texts(arguments)
        ]
        self._wrong = [Static("", classes="wrong", markup=False) for _ in self._fields]
        self._subject = Input(clean(subject) or "local", classes="value", select_on_focus=False)
        held = clean(" ".join(scopes))
        self._scopes = Input(held, classes="value", select_on_focus=False)
        self._said: Parts = [("dim", " enter calls, esc closes")]
        self._title = Line(self._heading)
        self._state = Line(lambda _: self._said)
        self.answer = Page(id="answer")

    def _texts(self, arguments: str) -> list[str]:
        try:
            given: Any = json.loads(arguments) if arguments else sample(self.tool)
        except ValueError:
            given = {}
        known = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
        if self._free:
            return [json.dumps(known)]
        return [written(f, known[f.name]) if f.name in known else "" for f in self._fields]

    def _heading(self, width: int) -> Parts:
        about = self.tool.description.partition("\n")[0]
        name = cut(self.tool.name, 60)
        return [SPACE, ("title", name), SPACE, ("dim", cut(about, width - len(name) - 3))]

    def compose(self) -> ComposeResult:
        """Give the fields, who calls, and room for the answer."""
        with Vertical(id="try"):
            yield self._title
            with VerticalScroll(id="fields", can_focus=False):
                for field, value, wrong in zip(
                    self._fields, self._inputs, self._wrong, strict=True
                ):
                    yield Horizontal(_label(field), value, wrong, classes="field")
                yield Horizontal(_caption("as subject", "who calls"), self._subject, classes="who")
                yield Horizontal(_caption("with scopes", "* is all"), self._scopes, classes="who")
            yield self._state
            yield self.answer

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Call."""
        event.stop()
        self.action_call()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once what is wrong with what was written."""
        event.stop()
        self._check()

    def _check(self) -> dict[str, Any] | None:
        """Give the arguments, or say at each field what is wrong with it."""
        texts = [value.value for value in self._inputs]
        arguments, wrong = arguments_of(self._fields, texts)
        for field, place in zip(self._fields, self._wrong, strict=True):
            place.update(clean(wrong.get(field.name, "")))
        if wrong:
            return None
        if self._free:
            inner = arguments.get(_ANY.name, {})
            return cast("dict[str, Any]", inner) if isinstance(inner, dict) else None
        return arguments

    def action_call(self) -> None:
        """Call with what is written, if that can be sent."""
        arguments = self._check()
        if arguments is None:
            self._say([("error", " not called: see the fields")])
        else:
            self._say([("live", f" {self.desk.glyphs.live} calling")])
            self.run_worker(partial(self._call, json.dumps(arguments)), group="try", exclusive=True)

    async def _call(self, arguments: str) -> None:
        subject, scopes = self._subject.value.strip() or "local", self._scopes.value.split()
        try:
            called = await self.desk.feed.call(
                self.tool.name, arguments, subject=subject, scopes=scopes
            )
        except MicroError as error:
            self._say([("refused", f" {self.desk.glyphs.refused} not let through")])
            self.answer.show(_refusal(error))
        else:
            failed = called.is_error
            glyph = self.desk.glyphs.error if failed else self.desk.glyphs.ok
            style, word = ("error", "failed") if failed else ("ok", "answered")
            self._say([(style, f" {glyph} {word}"), ("dim", f"  trace {cut(called.trace_id, 40)}")])
            self.answer.show(_answer(called))

    def _say(self, words: Parts) -> None:
        self._said = words
        self._state.update()


def _label(field: Field) -> Horizontal:
    about = field.about or field.type
    if field.choices:
        about = " | ".join(field.choices)
    star = " *" if field.required else ""
    return _caption(f"{field.name}{star}", f"{field.type}  {about}" if field.about else about)


def _caption(name: str, about: str) -> Horizontal:
    return Horizontal(
        Line(lambda width: [("key", cut(name, width))]),
        Line(lambda width: [("dim", cut(about, width))]),
        classes="caption",
    )


def _refusal(error: MicroError) -> list[Block]:
    return [prose("", text) for text in (error.message, error.mend or "") if text]


def _answer(called: Called) -> list[Block]:
    if called.traceback:
        return [traceback_block("", called.traceback)]
    if called.structured:
        return [json_block("", called.structured)]
    return [prose("", "\n".join(clean_lines(called.text)))]
