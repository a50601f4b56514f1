"""`micro lint`: says what makes a project's tools hard to use for agents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from micro_devtool.lint.findings import Finding


def lint(
    path: Annotated[
        Path | None, typer.Argument(help="The project's folder; found from here if left out.")
    ] = None,
    *,
    budget: Annotated[
        int | None, typer.Option(metavar="TOKENS", help="What all tools may cost together.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON, not text.")] = False,
) -> int:
    """Find what makes your tools hard to use for agents."""
    from micro.config import load_project
    from micro.tokens import tokens_of_all
    from micro_devtool import output
    from micro_devtool.catalog import load_services
    from micro_devtool.lint.findings import check_settings, judged
    from micro_devtool.lint.rules import RULES
    from micro_devtool.lint.rules import lint as find
    from micro_devtool.projects import project_root

    project = load_project(project_root(path))
    settings = project.settings.lint
    check_settings(settings, RULES)
    if budget is not None:
        settings = settings.model_copy(update={"budget": budget})
    services = load_services(path)
    findings = judged(find(services, settings, server=project.name), settings)
    cost = tokens_of_all(services)
    if json:
        from dataclasses import asdict
        from json import dumps

        told = {"tokens": cost, "findings": [asdict(each) for each in findings]}
        output.data(dumps(told, indent=2))
    else:
        _tell(findings, cost)
    failing = ("error", "warning") if strict else ("error",)
    return int(any(each.severity in failing for each in findings))


def _tell(findings: Sequence[Finding], cost: int) -> None:
    from micro_devtool import output
    from micro_devtool.output import clean
    from micro_tui.format import plural

    for each in findings:
        line = f":{each.line}" if each.line else ""
        place = f"{each.file}{line}: " if each.file else ""
        tool = f"{each.tool}: " if each.tool else ""
        tone = "bad" if each.severity == "error" else "warn"
        said = f"{place}{each.severity} [{each.rule}] {tool}{each.message}"
        output.data(clean(said), "dim" if each.severity == "info" else tone)
        output.data(f"  {clean(each.mend)}")
    counts = [
        plural(sum(each.severity == kind for each in findings), kind)
        for kind in ("error", "warning")
    ]
    output.note(f"micro: {', '.join(counts)}; the tools cost an agent about {cost} tokens")
