"""Finds the files of a project that define services, without importing any.

A file defines one if it imports ``micro`` and calls ``Service``. Virtualenvs, caches, tests, hidden
and git-ignored folders are not looked into.
"""

from __future__ import annotations

import ast
import fnmatch
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pathspec

from micro.config import Project
from micro.errors import ConfigError
from micro.registry.torn import digest_of

IGNORED_FOLDERS = frozenset(
    {
        "__pycache__",
        "build",
        "dist",
        "env",
        "node_modules",
        "site-packages",
        "test",
        "tests",
        "venv",
    }
)
IGNORED_FILES = ("test_*.py", "*_test.py", "conftest.py", "setup.py", "manage.py")

_hint = re.compile(rb"\bmicro\b[\s\S]*\bService\b")
_torn = re.compile(rb"^\s*(?:from\s+micro\b.*\bimport\b|import\s+micro\b)", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A file that defines services. ``attribute``: only the service of that name in the module."""

    path: Path
    module: str
    attribute: str = ""


class Discovery:
    """Knows which files of a project define services.

    Attributes:
        only: The file to look at; ``None`` for all but those ``without``.

    Raises:
        ConfigError: A pattern of ``services`` names a module that does not exist.
    """

    def __init__(self, project: Project) -> None:
        self._root = project.root
        self._patterns = tuple(p for p in project.settings.services if ":" not in p)
        self._named = dict(_named(project))
        self._automatic = not project.settings.services
        self.only: Path | None = None
        self.without: set[Path] = set()
        self._defining: dict[Path, tuple[tuple[bytes, bool], bool]] = {}

    def find(self) -> tuple[Source, ...]:
        """List the files in the order of their paths."""
        if self.only is not None:
            source = self.classify(self.only)
            return (source,) if source else ()
        named = [source for path in self._named if (source := self.classify(path))]
        if not (self._automatic or self._patterns):
            return tuple(sorted(named))
        found = (self.classify(path) for path in self._walk(self._root, ()))
        return tuple(sorted({*named, *(source for source in found if source)}))

    def classify(self, path: Path, *, served: bool = False) -> Source | None:
        """Tell whether a file defines services, from what it holds now.

        Args:
            path: The file.
            served: Whether it did so far: then a text that does not parse still does.
        """
        if path in self.without or self.only not in (None, path):
            return None
        if path in self._named:
            return Source(path, module_name(path, self._root), self._named[path])
        if not self._may_serve(path):
            return None
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if self._automatic and not self._defines(path, data, served=served):
            return None
        return Source(path, module_name(path, self._root))

    def _defines(self, path: Path, data: bytes, *, served: bool) -> bool:
        """Tell whether a file with this content defines services, which is asked several times."""
        asked = (digest_of(data), served)
        known = self._defining.get(path)
        if known is None or known[0] != asked:
            known = self._defining[path] = (asked, defines_service(data, served=served))
        return known[1]

    def _may_serve(self, path: Path) -> bool:
        if path.suffix != ".py" or not path.is_relative_to(self._root):
            return False
        relative = path.relative_to(self._root)
        if self._patterns:
            return any(fnmatch.fnmatch(relative.as_posix(), pattern) for pattern in self._patterns)
        return not any(
            fnmatch.fnmatch(path.name, pattern) for pattern in IGNORED_FILES
        ) and not any(ignored_folder(part) for part in relative.parts[:-1])

    def _walk(self, folder: Path, ignored: Iterable[_Ignore]) -> Iterator[Path]:
        rules = (*ignored, *_ignore_rules(folder))
        folders: list[Path] = []
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            path = Path(entry.path)
            if any(rule.matches(path, folder=entry.is_dir()) for rule in rules):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.name.endswith(".py"):
                yield path
        for path in folders:
            if not ignored_folder(path.name) and not (path / "pyvenv.cfg").exists():
                yield from self._walk(path, rules)


@dataclass(frozen=True, slots=True)
class _Ignore:
    """The rules of one ``.gitignore``, which count from its folder down."""

    folder: Path
    rules: pathspec.PathSpec[pathspec.Pattern]

    def matches(self, path: Path, *, folder: bool) -> bool:
        relative = path.relative_to(self.folder).as_posix()
        return self.rules.match_file(relative + "/" if folder else relative)


def _ignore_rules(folder: Path) -> list[_Ignore]:
    try:
        lines = (folder / ".gitignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [_Ignore(folder, pathspec.PathSpec.from_lines("gitignore", lines))]


def ignored_folder(name: str) -> bool:
    """Tell whether a folder of this name never holds services."""
    return name in IGNORED_FOLDERS or name.startswith(".") or name.endswith(".egg-info")


def defines_service(data: bytes, *, served: bool = False) -> bool:
    """Tell whether a file's text imports ``micro`` and calls ``Service``.

    A text that does not parse counts if it has such an import, or ``served`` before: its error is
    worth showing.
    """
    if not served and not _hint.search(data):
        return False
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return served or _torn.search(data) is not None
    modules, names = _imported(tree)
    return any(
        isinstance(node, ast.Call) and _is_service(node.func, modules, names)
        for node in ast.walk(tree)
    )


def _imported(tree: ast.AST) -> tuple[set[str], set[str]]:
    """Give the names that stand for the module ``micro``, and those that stand for ``Service``."""
    modules: set[str] = set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or "micro" for alias in node.names if alias.name == "micro"}
        elif isinstance(node, ast.ImportFrom) and node.module == "micro" and not node.level:
            names |= {alias.asname or "Service" for alias in node.names if alias.name == "Service"}
    return modules, names


def _is_service(called: ast.expr, modules: set[str], names: set[str]) -> bool:
    if isinstance(called, ast.Name):
        return called.id in names
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "Service"
        and isinstance(called.value, ast.Name)
        and called.value.id in modules
    )


def import_roots(root: Path) -> tuple[Path, ...]:
    """Give the folders of a project that its modules are imported from."""
    return tuple(folder for folder in (root / "src", root) if folder.is_dir())


def module_name(path: Path, root: Path) -> str:
    """Name the module of a file as the project's own imports do: ``shop.orders``.

    A file below a folder that is no identifier is named from that folder down.
    """
    base = next((folder for folder in import_roots(root) if path.is_relative_to(folder)), root)
    parts = [*path.relative_to(base).parts[:-1], path.stem]
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    for index in range(len(parts) - 1, -1, -1):
        if not parts[index].isidentifier():
            parts = parts[index + 1 :] or [re.sub(r"\W", "_", parts[-1])]
            break
    return ".".join(parts)


def _named(project: Project) -> Iterator[tuple[Path, str]]:
    for entry in project.settings.services:
        module, colon, attribute = entry.partition(":")
        if not colon:
            continue
        stem = Path(*module.split("."))
        for base in import_roots(project.root):
            for path in (base / stem.with_suffix(".py"), base / stem / "__init__.py"):
                if path.is_file():
                    yield path, attribute
                    break
            else:
                continue
            break
        else:
            raise ConfigError(
                f"{project.source}: services names {entry!r}, but there is no module {module!r}",
                mend="correct the name, or use a pattern such as 'shop/*.py'",
            )
