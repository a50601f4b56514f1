"""The rules with a project's settings, for who holds its services already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from micro.config import load_project
from micro.snapshots import ServiceView
from micro_devtool.lint.findings import Finding, check_settings, judged
from micro_devtool.lint.rules import RULES, lint


def linter_for(root: Path) -> Callable[[Sequence[ServiceView], str], list[Finding]]:
    """Give what looks at a project's services, by its settings as they are at that moment."""

    def find(services: Sequence[ServiceView], name: str) -> list[Finding]:
        settings = load_project(root).settings.lint
        check_settings(settings, RULES)
        return judged(lint(services, settings, server=name), settings)

    return find
