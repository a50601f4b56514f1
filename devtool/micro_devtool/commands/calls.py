"""`micro calls`: the calls that were made, with their arguments, results and log lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from micro_devtool.commands import options, replay

if TYPE_CHECKING:
    from micro.snapshots import CallDetail
    from micro.stores.past import PastCalls
    from micro.stores.search import CallFilter

_FOLLOW = 0.5
"""Seconds between two looks at a file that is followed."""

_Text = Annotated[str, typer.Option(help="Only with this in the arguments or the result.")]


def build_app() -> typer.Typer:
    """Put the commands of `micro calls` together."""
    app = typer.Typer(help="The calls that were made.", rich_markup_mode=None)
    app.command("ls")(_list)
    app.command("show")(_show)
    app.command("tail")(_tail)
    app.command("replay")(replay.replay)
    app.command("save")(replay.save)
    return app


def _list(
    path: options.Folder = None,
    *,
    tool: options.Tool = "",
    subject: options.Subject = "",
    outcome: options.Outcome = None,
    trace: options.Trace = "",
    since: options.Since = "",
    text: _Text = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    json: options.Json = False,
) -> int:
    """List the newest calls that fit, oldest first."""
    from micro.stores.search import CallFilter

    wanted = CallFilter(
        tool=tool,
        subject=subject,
        outcome=outcome or "",
        trace_id=trace,
        since=_moment(since),
        text=text,
    )
    for number, detail in _past(path).newest(wanted, limit):
        _line(number, detail, json)
    return 0


def _tail(
    path: options.Folder = None,
    *,
    tool: options.Tool = "",
    subject: options.Subject = "",
    outcome: options.Outcome = None,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many first.")] = 10,
    json: options.Json = False,
) -> int:
    """Show the newest calls, and go on as more end."""
    from micro.stores.search import CallFilter

    past = _past(path)
    newest = past.newest(CallFilter(), 1)
    wanted = CallFilter(tool=tool, subject=subject, outcome=outcome or "")
    for number, detail in past.newest(wanted, lines):
        _line(number, detail, json)
    _follow(past, wanted, seen=newest[-1][0] if newest else 0, json=json)
    return 0


def _follow(past: PastCalls, wanted: CallFilter, *, seen: int, json: bool) -> None:
    import time

    while True:
        for number, detail in past.after(seen, wanted):
            _line(number, detail, json)
            seen = number
        time.sleep(_FOLLOW)


def _show(
    number: Annotated[int, typer.Argument(help="The call's number, as the list has it.")],
    path: options.Folder = None,
    *,
    json: options.Json = False,
) -> int:
    """Show all that is kept of one call."""
    from micro.errors import MicroError
    from micro_devtool import output

    detail = _past(path).one(number)
    if detail is None:
        raise MicroError(f"no call {number} is kept", mend="list those that are: micro calls ls")
    if json:
        output.data(_json_line(number, detail))
        return 0
    _line(number, detail, json=False)
    tokens = (len(detail.arguments) + len(detail.result)) // 4
    view = detail.view
    output.data(f"trace {view.trace_id}  generation {view.generation}  about {tokens} tokens")
    _part("arguments", detail.arguments)
    _part("result", detail.result)
    for phase in detail.phases:
        start, took = phase.start * 1000, phase.duration * 1000
        output.data(output.clean(f"phase {phase.name}: {took:.2f} ms from {start:.2f} ms"))
    for view in detail.nested:
        start, took = (view.time - detail.view.time) * 1000, (view.duration or 0) * 1000
        ended = f"{view.outcome or '-'} {view.reason}".strip() + (view.said and f": {view.said}")
        output.data(output.clean(f"called {view.tool}: {ended}, {took:.2f} ms from {start:.2f} ms"))
    for log in detail.logs:
        output.data(output.clean(f"{log.level} {log.logger}: {log.text}"))
    for line in detail.traceback.splitlines():
        output.data(output.clean(line), "bad")
    return 0


def _part(name: str, text: str) -> None:
    from micro_devtool import output

    output.data(f"{name}:", "strong")
    for line in (text or "-").splitlines():
        output.data(f"  {output.clean(line)}")


def _past(path: Path | None) -> PastCalls:
    from micro.state import StateFolder
    from micro.stores.past import PastCalls
    from micro_devtool.projects import project_root

    return PastCalls(StateFolder(project_root(path) / ".micro").history)


def _moment(since: str) -> float:
    import time

    from micro.policies import read_duration

    return time.time() - read_duration(since) if since else 0.0


def _line(number: int, detail: CallDetail, json: bool) -> None:
    from micro_devtool import output
    from micro_devtool.tables import cut, when

    if json:
        output.data(_json_line(number, detail))
        return
    view = detail.view
    ended = f"{view.outcome or '-'} {view.reason}".strip()
    took = (view.duration or 0) * 1000
    who = f"{view.subject or '-'} by {view.door}"
    line = f"{number}  {when(view.time)}  {view.tool}  {ended}  {took:.1f} ms  {who}"
    output.data(cut(output.clean(f"{line}  {view.arguments}"), output.width()))


def _json_line(number: int, detail: CallDetail) -> str:
    import msgspec

    return msgspec.json.encode({"number": number, **msgspec.structs.asdict(detail)}).decode()
