"""`micro calls replay` and `save`: a call that was kept, made again, or kept as a test case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from micro.control import ControlClient
    from micro.snapshots import CallDetail, ServiceView, ToolView
    from micro_devtool.trials.run import Tried

_Number = Annotated[int, typer.Argument(help="The call's number, as the list has it.")]
_Folder = Annotated[
    Path | None, typer.Argument(help="The project's folder; found from here if left out.")
]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before a tool that changes things.")]


def replay(
    number: _Number,
    path: _Folder = None,
    *,
    yes: _Yes = False,
) -> int:
    """Make a call again; exit 1 if it comes out otherwise."""
    from micro_devtool import output
    from micro_devtool.catalog import with_services
    from micro_devtool.trials import report
    from micro_devtool.trials.compare import differences
    from micro_devtool.trials.kept import kept_arguments, kept_result, kept_sender, result_of
    from micro_devtool.trials.run import Trial, find_tool, try_call

    detail = _kept(number, path)
    arguments = kept_arguments(detail)

    async def act(control: ControlClient, services: Sequence[ServiceView]) -> Tried:
        tool = find_tool(services, detail.view.tool)
        _ask_first(tool, "call it again", yes=yes)
        trial = Trial(tool=tool.name, arguments=arguments)
        return await try_call(control, trial, kept_sender(detail))

    tried = with_services(path, act, kind="dev")
    found = list(differences(_outcome(detail), tried.outcome, "outcome"))
    found += differences(kept_result(detail), result_of(tried))
    output.note(report.verdict(tried), report.TONES[tried.outcome])
    for line in found:
        output.data(output.clean(line))
    if not found:
        output.note(f"micro: the same as call {number}")
    return int(bool(found))


def save(
    number: _Number,
    path: _Folder = None,
    *,
    yes: _Yes = False,
) -> int:
    """Write a call as a test case, with matchers for ids and times."""
    from micro_devtool import output
    from micro_devtool.cases.files import save_case
    from micro_devtool.catalog import load_services
    from micro_devtool.projects import project_root
    from micro_devtool.trials.run import find_tool

    detail = _kept(number, path)
    _ask_first(
        find_tool(load_services(path), detail.view.tool), "call it each time the case runs", yes=yes
    )
    output.data(str(save_case(detail, project_root(path))))
    output.note("micro: run it with: micro mcp test --cases")
    return 0


def _kept(number: int, path: Path | None) -> CallDetail:
    from micro.errors import MicroError
    from micro.state import StateFolder
    from micro.stores.past import PastCalls
    from micro_devtool.projects import project_root

    detail = PastCalls(StateFolder(project_root(path) / ".micro").history).one(number)
    if detail is None:
        raise MicroError(f"no call {number} is kept", mend="list those that are: micro calls ls")
    return detail


def _ask_first(tool: ToolView, what: str, *, yes: bool) -> None:
    """Ask before a tool that may change things is called, on a terminal; elsewhere, refuse.

    Raises:
        MicroError: It is not to be called.
    """
    from micro.errors import MicroError
    from micro_devtool import output

    hints = tool.annotations
    if yes or hints.get("readOnlyHint") or hints.get("idempotentHint"):
        return
    if not output.confirm(f"{tool.name} may change things; {what}?"):
        raise MicroError(f"{tool.name} may change things", mend=f"to {what}: --yes")


def _outcome(detail: CallDetail) -> str:
    return detail.view.outcome or "unfinished"
