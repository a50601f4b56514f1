"""`micro audit`: the record of every call, refused ones too, and whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from micro_devtool.commands import options

if TYPE_CHECKING:
    from micro.snapshots import AuditRecord
    from micro.stores.records import AuditReader

_FOLLOW = 0.5
"""Seconds between two looks at a file that is followed."""

_Reason = Annotated[str, typer.Option(help="Only of this reason, as rate_limited.")]


def build_app() -> typer.Typer:
    """Put the commands of `micro audit` together."""
    app = typer.Typer(help="The record of every call.", rich_markup_mode=None)
    app.command("tail")(_tail)
    app.command("query")(_query)
    app.command("export")(_export)
    app.command("verify")(_verify)
    return app


def _tail(
    path: options.Folder = None,
    *,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many.")] = 20,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as calls come.")] = False,
    json: options.Json = False,
) -> int:
    """Show the newest records."""
    import time

    from micro.stores.records import Filter

    reader = _reader(path)
    newest = reader.newest(Filter(), max(lines, 1))
    for _, record in newest[max(0, len(newest) - lines) :]:
        _show(record, json)
    seen = newest[-1][0] if newest else 0
    while follow:
        for number, record in reader.after(seen, Filter()):
            _show(record, json)
            seen = number
        time.sleep(_FOLLOW)
    return 0


def _query(
    path: options.Folder = None,
    *,
    tool: options.Tool = "",
    subject: options.Subject = "",
    outcome: options.Outcome = None,
    reason: _Reason = "",
    trace: options.Trace = "",
    since: options.Since = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    json: options.Json = False,
) -> int:
    """Show the records that fit."""
    from micro.stores.records import Filter

    wanted = Filter(
        tool=tool,
        subject=subject,
        outcome=outcome or "",
        reason=reason,
        trace_id=trace,
        since=_moment(since),
    )
    for _, record in _reader(path).newest(wanted, limit):
        _show(record, json)
    return 0


def _export(
    path: options.Folder = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to stdout.")
    ] = None,
    since: options.Since = "",
) -> int:
    """Write every record as one JSON object a line."""
    import contextlib

    from micro.stores.records import Filter
    from micro_devtool import output

    reader, wanted, count = _reader(path), Filter(since=_moment(since)), 0
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(out.open("w", encoding="utf-8")) if out else None
        for _, record in reader.after(0, wanted):
            count += 1
            if file is None:
                output.data(_json_line(record))
            else:
                file.write(_json_line(record) + "\n")
    output.note(f"micro: wrote {count} records" + (f" to {out}" if out else ""))
    return 0


def _verify(
    path: options.Folder = None,
    *,
    head: Annotated[
        str, typer.Option(metavar="HASH", help="A head that was noted before; it must be there.")
    ] = "",
    json: options.Json = False,
) -> int:
    """Check that no record was changed, left out, put in or moved."""
    import msgspec

    from micro.errors import MicroError
    from micro_devtool import output

    reader = _reader(path)
    verdict = reader.verify()
    if json:
        output.data(msgspec.json.encode(verdict).decode())
    if verdict.broken is not None:
        raise MicroError(
            f"the chain breaks at record {verdict.broken}: it or one before it is not as written",
            mend=f"records up to {verdict.head[0]} hold; compare the rest with a backup",
        )
    if head and not reader.has(head):
        raise MicroError(
            f"no record has the hash {head}: the end of the log was cut off, or it is another log",
            mend="compare it with a backup",
        )
    if not json:
        number, last = verdict.head
        output.data(f"{verdict.rows} records, the chain holds; head {number} {last or '-'}")
    return 0


def _reader(path: Path | None) -> AuditReader:
    from micro.state import StateFolder
    from micro.stores.records import AuditReader
    from micro_devtool.projects import project_root

    return AuditReader(StateFolder(project_root(path) / ".micro").audit)


def _moment(since: str) -> float:
    import time

    from micro.policies import read_duration

    return time.time() - read_duration(since) if since else 0.0


def _show(record: AuditRecord, json: bool) -> None:
    from micro_devtool import output
    from micro_devtool.tables import when

    if json:
        output.data(_json_line(record))
        return
    who = f"{record.subject or '-'} by {record.door}" + (
        f" ({record.client})" * bool(record.client)
    )
    ended = f"{record.outcome} {record.reason}".strip()
    line = f"{when(record.time)}  {record.tool}  {ended}  {record.duration * 1000:.1f} ms  {who}"
    output.data(output.clean(f"{line}  {record.trace_id}"))


def _json_line(record: AuditRecord) -> str:
    import msgspec

    return msgspec.json.encode(record).decode()
