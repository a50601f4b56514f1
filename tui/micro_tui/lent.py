"""What the developer tools lend the dashboard, which knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from micro.snapshots import CallDetail
from micro_tui.exporting import Export
from micro_tui.findings import Lint
from micro_tui.snippets import Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """Tools of others. Each may raise ``MicroError``, and is called in a thread where it is slow.

    Attributes:
        exports: What can be written of services.
        lint: Looks for what is wrong with the tools; ``None`` if nobody does.
        save_case: Keeps a call as a test case and gives its file; ``None`` if nobody does.
        case_text: Gives a call as the text of a test case.
        connections: Gives the settings of every client that can be told of the project.
    """

    exports: Sequence[Export] = ()
    lint: Lint | None = None
    save_case: Callable[[CallDetail], Path] | None = None
    case_text: Callable[[CallDetail], str] | None = None
    connections: Callable[[], Sequence[Snippet]] | None = None
