"""`micro mcp test`: calls tools as an agent would, and says how it went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from micro.control import ControlClient
    from micro.snapshots import ServiceView
    from micro_devtool.trials.run import Sender, Trial, Tried


def test(
    tool: Annotated[str | None, typer.Argument(help="The tool: users.get or users_get.")] = None,
    input: Annotated[
        str | None, typer.Argument(metavar="[JSON]", help="Its arguments, an object.")
    ] = None,
    *,
    path: Annotated[
        Path | None,
        typer.Option("--project", help="The project's folder; found from here if left out."),
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Try the tool's examples.")] = False,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read the arguments there; - is stdin.")
    ] = None,
    all_examples: Annotated[
        bool, typer.Option("--all-examples", help="Try every example of every tool.")
    ] = False,
    subject: Annotated[str, typer.Option("--as", help="Who calls.")] = "local",
    scopes: Annotated[str, typer.Option(help="What the caller may do: users:read,orders:*")] = "*",
    json: Annotated[bool, typer.Option("--json", help="JSON, not text.")] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a JUnit report there too.")
    ] = None,
) -> int:
    """Call a tool through the gateway, or try the examples of all."""
    from micro.errors import ConfigError
    from micro_devtool.catalog import with_services
    from micro_devtool.trials.run import Sender, read_arguments

    ways = [input is not None, file is not None, example, all_examples]
    if (tool is None) != all_examples or sum(ways) > 1:
        raise ConfigError(
            "name one tool with its arguments, or all examples",
            mend="micro mcp test TOOL JSON, micro mcp test TOOL --example, or --all-examples",
        )
    given = None
    if input is not None:
        given = read_arguments(input, source="the input")
    elif file is not None:
        given = read_arguments(_read(file), source=str(file))
    sender = Sender(subject=subject, scopes=tuple(scopes.replace(",", " ").split()))

    async def act(control: ControlClient, services: Sequence[ServiceView]) -> list[Tried]:
        trials = _chosen(services, tool, given, example=example)
        return await _try_all(control, trials, sender, lines=tool is None or example, quiet=json)

    tried = with_services(path, act, kind="dev")
    _tell(tried, lines=tool is None or example, json=json, junit=junit)
    return int(any(each.outcome != "ok" for each in tried))


def _read(file: Path) -> str:
    import sys

    from micro.errors import ConfigError

    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} cannot be read: {error}", mend="name a file with a JSON object, or -"
        ) from error


def _chosen(
    services: Sequence[ServiceView],
    name: str | None,
    given: dict[str, object] | None,
    *,
    example: bool,
) -> list[Trial]:
    from micro.errors import ConfigError
    from micro_devtool.trials.run import Trial, every_example, examples_of, find_tool

    if name is None:
        found, what = every_example(services), "no tool"
    elif not example:
        return [Trial(tool=find_tool(services, name).name, arguments=given or {})]
    else:
        tool = find_tool(services, name)
        found, what = examples_of(tool), tool.name
    if not found:
        verb = "has an example" if name is None else "has no example"
        raise ConfigError(
            f"{what} {verb}", mend='write one in the docstring: @example {"item": "tea"}'
        )
    return found


async def _try_all(
    control: ControlClient, trials: Sequence[Trial], sender: Sender, *, lines: bool, quiet: bool
) -> list[Tried]:
    """Make the calls, one after another; tell each as it ends, where lines are wanted."""
    from micro_devtool import output
    from micro_devtool.trials import report
    from micro_devtool.trials.run import try_call

    tried: list[Tried] = []
    for trial in trials:
        tried.append(await try_call(control, trial, sender))
        if lines and not quiet:
            output.data(report.verdict(tried[-1]), report.TONES[tried[-1].outcome])
            if why := report.reason(tried[-1]):
                output.data(why)
    return tried


def _tell(tried: Sequence[Tried], *, lines: bool, json: bool, junit: Path | None) -> None:
    from json import dumps

    from micro_devtool import output
    from micro_devtool.exports.write import write_file
    from micro_devtool.trials import report

    if junit is not None:
        write_file(junit, report.junit(tried))
    if json:
        found = [report.as_json(each) for each in tried]
        output.data(dumps(found if lines else found[0], indent=2))
    elif lines:
        output.note(report.summary(tried))
    else:
        (only,) = tried
        if only.outcome == "ok":
            output.data(report.result_text(only))
            output.note(report.verdict(only), "good")
        else:
            output.note(report.verdict(only), report.TONES[only.outcome])
            output.note(report.reason(only))
