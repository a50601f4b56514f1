"""`micro mcp test`: calls tools as an agent would, and says how it went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from micro_devtool.commands import options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from micro.errors import ConfigError
    from micro.snapshots import ServiceView
    from micro_devtool.cases.files import Placed
    from micro_devtool.trials.run import Caller, Trial, Tried

    Attempt = Callable[[Caller], Awaitable[Tried]]


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
    url: options.Url = None,
    command: options.Command = None,
    header: options.Headers = None,
    example: Annotated[bool, typer.Option("--example", help="Try the tool's examples.")] = False,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read the arguments there; - is stdin.")
    ] = None,
    all_examples: Annotated[
        bool, typer.Option("--all-examples", help="Try every example of every tool.")
    ] = False,
    cases: Annotated[
        bool,
        typer.Option("--cases", help="Try every case in tests/calls; also if no tool is named."),
    ] = False,
    subject: Annotated[str, typer.Option("--as", help="Who calls.")] = "local",
    scopes: Annotated[str, typer.Option(help="What the caller may do: users:read,orders:*")] = "*",
    json: Annotated[bool, typer.Option("--json", help="JSON, not text.")] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a JUnit report there too.")
    ] = None,
) -> int:
    """Call a tool as an agent would, or try examples or cases."""
    from functools import partial

    from micro_devtool.cases.run import try_case
    from micro_devtool.servers.source import source_of, with_source
    from micro_devtool.trials.run import Sender, try_call

    ways = [input is not None, file is not None, example, all_examples, cases]
    by_default = tool is None and not any(ways)
    if (tool is None) != (all_examples or cases or by_default) or sum(ways) > 1:
        raise _not_asked()
    source = source_of(path, url, command, header)
    given = _arguments(input, file)
    placed = _cases(path, must=cases) if cases or by_default else []
    sender = Sender(subject=subject, scopes=tuple(scopes.replace(",", " ").split()))
    several = tool is None or example

    async def act(caller: Caller, services: Sequence[ServiceView]) -> list[Tried]:
        if placed:
            attempts = [partial(try_case, placed=each) for each in placed]
        else:
            attempts = [
                partial(try_call, trial=each, sender=sender)
                for each in _chosen(services, tool, given, example=example)
            ]
        return await _try_all(caller, attempts, tell=several and not json)

    tried = with_source(source, act, kind="dev")
    _tell(tried, lines=several, json=json, junit=junit)
    return int(any(each.outcome != "ok" for each in tried))


def _not_asked() -> ConfigError:
    from micro.errors import ConfigError

    return ConfigError(
        "name one tool with its arguments, all examples, or the cases in tests/calls",
        mend="micro mcp test TOOL JSON, TOOL --example, --all-examples, or --cases",
    )


def _cases(path: Path | None, *, must: bool) -> list[Placed]:
    """Give the project's cases; there is at least one."""
    from micro.errors import ConfigError
    from micro_devtool.cases.files import FOLDER, case_files, read_cases
    from micro_devtool.projects import project_root

    found = [each for file in case_files(project_root(path)) for each in read_cases(file)]
    if found:
        return found
    if not must:
        raise _not_asked()
    raise ConfigError(
        f"there are no cases in {FOLDER}", mend="save a call as one: micro calls save NUMBER"
    )


def _arguments(input: str | None, file: Path | None) -> dict[str, object] | None:
    from micro_devtool.trials.run import read_arguments

    if input is not None:
        return read_arguments(input, source="the input")
    return None if file is None else read_arguments(_read(file), source=str(file))


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


async def _try_all(caller: Caller, attempts: Sequence[Attempt], *, tell: bool) -> list[Tried]:
    """Make the calls, one after another; tell each as it ends, where lines are wanted."""
    from micro_devtool import output
    from micro_devtool.trials import report

    tried: list[Tried] = []
    for attempt in attempts:
        tried.append(await attempt(caller))
        if tell:
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
