"""The cases in ``tests/calls`` as tests of pytest, by one runtime for each project.

pytest loads this wherever micro is installed: it takes no file but those that begin as a case does,
in a folder ``tests/calls``, and imports nothing of micro before it finds one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from micro_devtool.cases.files import Placed

_BEGINS = re.compile(r"\A(?:\s*#.*\n|---\n|\s*\n)*tool:")
_running = pytest.StashKey[ExitStack]()
_roots = pytest.StashKey[set[Path]]()


class CaseFailed(Exception):
    """What came was not what a case says; the text is what differs."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a file of cases."""
    if file_path.suffix != ".yaml" or file_path.parent.parts[-2:] != ("tests", "calls"):
        return None
    if _BEGINS.match(file_path.read_text("utf-8", "replace")) is None:
        return None
    return CaseFile.from_parent(parent, path=file_path)  # pyright: ignore[reportUnknownMemberType]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the runtimes that were started."""
    if _running in config.stash:
        config.stash[_running].close()


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """Give its cases."""
        from micro.errors import MicroError
        from micro_devtool.cases.files import read_cases

        try:
            found = read_cases(self.path)
        except MicroError as error:
            raise self.CollectError(f"{error.message}\n{error.mend or ''}") from error
        for placed in found:
            yield CaseItem.from_parent(self, name=placed.name, placed=placed)  # pyright: ignore[reportUnknownMemberType]


class CaseItem(pytest.Item):
    """A case."""

    def __init__(self, *, placed: Placed, name: str, parent: pytest.Collector) -> None:
        super().__init__(name, parent)  # pyright: ignore[reportUnknownMemberType]
        self._placed = placed

    def runtest(self) -> None:
        """Make the call, and compare."""
        from micro_devtool.cases.run import try_case
        from micro_devtool.catalog import with_services

        root = self.path.parents[2]
        self._serve(root)
        tried = with_services(root, lambda control, _: try_case(control, self._placed))
        if tried.outcome != "ok":
            raise CaseFailed("\n".join(filter(None, (tried.text, tried.mend))))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        """Say what differs, and no more: the code of this plugin is no help."""
        from micro.errors import MicroError

        if isinstance(excinfo.value, CaseFailed):
            return f"{self._placed.case.tool}: {excinfo.value}"
        if isinstance(excinfo.value, MicroError):
            return "\n".join(filter(None, (excinfo.value.message, excinfo.value.mend)))
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Give where the case stands."""
        return self.path, 0, f"{self._placed.case.tool} ({self.name})"

    def _serve(self, root: Path) -> None:
        """Have a runtime for the project until the end, where none runs."""
        from micro_devtool.catalog import running

        stash = self.config.stash
        roots = stash.setdefault(_roots, set())
        if root not in roots:
            stash.setdefault(_running, ExitStack()).enter_context(running(root, "dev"))
            roots.add(root)
