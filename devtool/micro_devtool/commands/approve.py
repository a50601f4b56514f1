"""`micro approve`: the calls that wait until somebody allows them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from micro.control import ControlClient


def approve(
    call: Annotated[
        int | None, typer.Argument(help="The call's number; left out, those that wait are listed.")
    ] = None,
    *,
    path: Annotated[
        Path | None,
        typer.Option("--dir", metavar="FOLDER", help="The project's folder. [default: from here]"),
    ] = None,
    deny: Annotated[bool, typer.Option("--deny", help="Refuse it instead.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a call.")] = False,
) -> int:
    """Allow a call that waits, or list those that do."""
    import anyio

    from micro.errors import StartError
    from micro_devtool.projects import project_root
    from micro_devtool.records import read_record

    root = project_root(path)
    record = read_record(root)
    if record is None:
        raise StartError(f"nothing runs in {root}", mend="start it with: micro dev")
    anyio.run(_carry_out, Path(record.control), call, not deny, json)
    return 0


async def _carry_out(socket: Path, call: int | None, allowed: bool, json: bool) -> None:
    import getpass

    from micro.control import connect_control
    from micro_devtool import output

    async with connect_control(socket) as control:
        if call is None:
            await _list(control, json)
            return
        await control.decide(call, allowed=allowed, by=getpass.getuser())
        output.note(f"micro: {'allowed' if allowed else 'denied'} call {call}")


async def _list(control: ControlClient, json: bool) -> None:
    import msgspec

    from micro_devtool import output
    from micro_devtool.tables import table, when

    waiting = (await control.snapshot()).approvals
    if json:
        for view in waiting:
            output.data(msgspec.json.encode(view).decode())
        return
    rows = [
        (
            str(view.call),
            when(view.since),
            view.tool,
            view.subject or "-",
            view.reason or "-",
            view.arguments[:200],
        )
        for view in waiting
    ]
    output.data(
        table(("CALL", "SINCE", "TOOL", "SUBJECT", "WHY", "ARGUMENTS"), rows, width=output.width())
    )
    if waiting:
        output.note(f"micro: allow one with: micro approve {waiting[0].call} (or --deny)")
