"""A finding, and what the project's settings make of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from micro.errors import ConfigError
from micro.sections import LintSettings, Severity
from micro.services.names import suggestion
from micro.snapshots import ToolView


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a rule has found.

    ``tool`` is empty, and ``line`` 0, where it is about a service or the project as a whole.
    """

    rule: str
    severity: Severity
    tool: str
    file: str
    line: int
    message: str
    mend: str


def about(tool: ToolView, rule: str, *, severity: Severity, message: str, mend: str) -> Finding:
    """Make a finding about a tool, placed where its function is written."""
    return Finding(
        rule=rule,
        severity=severity,
        tool=tool.name,
        file=tool.file,
        line=tool.line,
        message=message,
        mend=mend,
    )


def judged(findings: Iterable[Finding], settings: LintSettings) -> list[Finding]:
    """Apply a project's severities and ignores; give the rest by file and line."""
    kept = [
        replace(each, severity=settings.severity.get(each.rule, each.severity))
        for each in findings
        if not any(_ignores(entry, each) for entry in settings.ignore)
    ]
    shown = [each for each in kept if each.severity != "off"]
    return sorted(shown, key=lambda each: (each.file, each.line, each.tool, each.rule))


def check_settings(settings: LintSettings, rules: Iterable[str]) -> None:
    """Refuse settings that name a rule which is none.

    Raises:
        ConfigError: Names it, and the one that is near.
    """
    known = list(rules)
    named = [entry.partition(":")[0] for entry in settings.ignore] + list(settings.severity)
    for rule in named:
        if rule not in known:
            raise ConfigError(f"lint has no rule {rule!r}", mend=suggestion(rule, known))


def _ignores(entry: str, finding: Finding) -> bool:
    rule, _, pattern = entry.partition(":")
    return rule == finding.rule and fnmatchcase(finding.tool, pattern or "*")
