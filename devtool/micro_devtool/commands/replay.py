"""`micro calls replay`: makes a call that was kept again, on the code of now, and compares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from micro.control import ControlClient
    from micro.snapshots import CallDetail, ServiceView, ToolView
    from micro_devtool.trials.run import Tried


def replay(
    number: Annotated[int, typer.Argument(help="The call's number, as the list has it.")],
    path: Annotated[
        Path | None, typer.Argument(help="The project's folder; found from here if left out.")
    ] = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before a tool that changes things.")
    ] = False,
) -> int:
    """Make a call again; exit 1 if it comes out otherwise."""
    from micro.errors import MicroError
    from micro.redaction import MASK
    from micro_devtool import output
    from micro_devtool.catalog import with_services
    from micro_devtool.trials import report
    from micro_devtool.trials.compare import differences
    from micro_devtool.trials.run import Sender, Trial, find_tool, read_arguments, try_call

    detail = _kept(number, path)
    if MASK in detail.arguments:
        raise MicroError(
            f"call {number} had a secret among its arguments, which is not kept",
            mend=f"call it by hand: micro mcp test {detail.view.tool} JSON",
        )
    arguments = read_arguments(detail.arguments, source=f"what is kept of call {number}")

    async def act(control: ControlClient, services: Sequence[ServiceView]) -> Tried:
        tool = find_tool(services, detail.view.tool)
        if not (yes or _is_harmless(tool) or _allowed(tool)):
            raise MicroError(f"{tool.name} was not called", mend="call it with --yes")
        trial = Trial(tool=tool.name, arguments=arguments)
        return await try_call(control, trial, Sender(subject=detail.view.subject))

    tried = with_services(path, act, kind="dev")
    found = list(differences(_outcome(detail), tried.outcome, "outcome"))
    found += differences(_kept_result(detail), _result(tried))
    output.note(report.verdict(tried), report.TONES[tried.outcome])
    for line in found:
        output.data(output.clean(line))
    if not found:
        output.note(f"micro: the same as call {number}")
    return int(bool(found))


def _kept(number: int, path: Path | None) -> CallDetail:
    from micro.errors import MicroError
    from micro.state import StateFolder
    from micro.stores.past import PastCalls
    from micro_devtool.projects import project_root

    detail = PastCalls(StateFolder(project_root(path) / ".micro").history).one(number)
    if detail is None:
        raise MicroError(f"no call {number} is kept", mend="list those that are: micro calls ls")
    return detail


def _is_harmless(tool: ToolView) -> bool:
    hints = tool.annotations
    return bool(hints.get("readOnlyHint") or hints.get("idempotentHint"))


def _allowed(tool: ToolView) -> bool:
    import sys

    if not sys.stdin.isatty():
        return False
    return typer.confirm(f"{tool.name} may change things; call it again?", err=True)


def _outcome(detail: CallDetail) -> str:
    return detail.view.outcome or "unfinished"


def _kept_result(detail: CallDetail) -> Any:
    """Give what is kept of the result: a value, or the text of what came as text."""
    import json

    try:
        found = json.loads(detail.result) if detail.result else ""
    except ValueError:
        return detail.result
    return _text(found) if isinstance(found, list) else found


def _text(blocks: Any) -> str:
    return "\n".join(block["text"] for block in blocks if block.get("type") == "text")


def _result(tried: Tried) -> Any:
    if tried.outcome == "refused":
        return ""
    return tried.text if tried.structured is None else tried.structured
