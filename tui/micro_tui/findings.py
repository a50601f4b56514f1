"""What somebody else finds wrong with the tools; who looks for it is not known here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from micro.snapshots import ServiceView


class Finding(Protocol):
    """Something that makes a tool hard to use. ``tool`` is empty where it is about all of them."""

    @property
    def rule(self) -> str:
        """The rule's name."""
        ...

    @property
    def severity(self) -> Literal["error", "warning", "info", "off"]:
        """How bad it is."""
        ...

    @property
    def tool(self) -> str:
        """The tool's full name."""
        ...

    @property
    def file(self) -> str:
        """Where it is written; empty if that is not known."""
        ...

    @property
    def line(self) -> int:
        """On which line; 0 if that is not known."""
        ...

    @property
    def message(self) -> str:
        """What is wrong."""
        ...

    @property
    def mend(self) -> str:
        """What to do about it."""
        ...


Lint = Callable[[Sequence[ServiceView], str], Sequence[Finding]]
"""Looks at the services of a project of this name, in a thread; may raise ``MicroError``."""

SEVERITIES = ("error", "warning", "info")
"""The worst first."""


def key_of(finding: Finding) -> str:
    """Give what tells a finding from others."""
    return f"{finding.rule}\n{finding.tool}\n{finding.message}"
