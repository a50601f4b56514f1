"""Which of a project's own modules import which: what a change of some files touches.

Edges come from the source (imports inside functions too) and from imports that were seen to happen.
Knows nothing of ``sys.modules``: ``loader`` puts modules there and takes them out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSource:
    """A module as it was compiled.

    Attributes:
        digest: Of the bytes that it was compiled from.
        imports: (module, name) pairs as written; name is ``None`` for ``import module``.
    """

    name: str
    path: Path
    digest: bytes
    code: CodeType
    imports: frozenset[tuple[str, str | None]]


@dataclass(slots=True)
class ModuleGraph:
    """The project's modules that are loaded now, and who imports whom."""

    sources: dict[str, ModuleSource] = field(default_factory=dict[str, ModuleSource])
    _seen: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def add(self, source: ModuleSource) -> None:
        """Know a module that is being loaded."""
        self.sources[source.name] = source

    def add_seen(self, importer: str, imported: str) -> None:
        """Know of an import that happened while ``importer`` ran."""
        self._seen.setdefault(importer, set()).add(imported)

    def remove(self, name: str) -> ModuleSource | None:
        """Forget a module; gives what was known of it."""
        self._seen.pop(name, None)
        return self.sources.pop(name, None)

    def below(self, folders: AbstractSet[Path]) -> tuple[ModuleSource, ...]:
        """Give the loaded modules whose files lie in one of these folders."""
        if not folders:
            return ()
        return tuple(s for s in self.sources.values() if not folders.isdisjoint(s.path.parents))

    def imports(self, name: str) -> set[str]:
        """Give the project's modules that a module imports."""
        found = set(self._seen.get(name, ()))
        source = self.sources.get(name)
        for module, attribute in source.imports if source else ():
            submodule = f"{module}.{attribute}"
            found.add(submodule if submodule in self.sources else module)
        return found

    def dependents(self, names: Iterable[str]) -> set[str]:
        """Give modules and all that import them, over any number of steps."""
        importers: dict[str, set[str]] = {}
        for importer in self.sources:
            for imported in self.imports(importer):
                importers.setdefault(imported, set()).add(importer)
        return _reach(names, lambda name: importers.get(name, ()))

    def dependencies(self, names: Iterable[str]) -> set[str]:
        """Give modules and all that they import, over any number of steps."""
        return _reach(names, self.imports)


def _reach(names: Iterable[str], step: Callable[[str], Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(step(name))
    return found


def read_imports(tree: ast.AST, name: str, *, package: bool) -> frozenset[tuple[str, str | None]]:
    """Collect a module's imports, wherever they stand in it, relative ones resolved.

    Args:
        tree: The parsed module.
        name: Its dotted name.
        package: Whether it is a package's ``__init__``.
    """
    home = name if package else name.rpartition(".")[0]
    found: set[tuple[str, str | None]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, None) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, home)
            found |= {(module, alias.name) for alias in node.names}
    return frozenset(found)


def _absolute(node: ast.ImportFrom, home: str) -> str:
    if not node.level:
        return node.module or ""
    parts = home.split(".")
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, *([node.module] if node.module else [])])
