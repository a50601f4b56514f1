"""Imports a project's modules from their source, and takes them out again for a reload.

Never from ``.pyc``: its check is a whole second and a size, so a quick edit would serve old code.
Runs in the loader's thread; knows nothing of services.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from micro.errors import DeclarationError
from micro.registry.data_files import DataFiles
from micro.registry.modules import ModuleGraph, ModuleSource, read_imports
from micro.registry.places import Places
from micro.registry.torn import digest_of


@dataclass(frozen=True, slots=True)
class Unloaded:
    """Modules that were taken out, with all that puts them back."""

    modules: Mapping[str, ModuleType]
    sources: Mapping[str, ModuleSource]


class ProjectLoader(MetaPathFinder):
    """Finds and compiles the modules that lie in a project's folder; others are not its business.

    Args:
        root: The project's folder; it and its ``src`` come first on ``sys.path``.

    Attributes:
        places: Where the project's code lies.
        graph: Its modules that are loaded.
        data: What else they read.
        steps: Counts modules that were compiled or run: it goes up while a load gets on.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = Places(root)
        self.data = DataFiles()
        self.graph = ModuleGraph()
        self.steps = 0
        self._compiled: dict[Path, ModuleSource] = {}
        self._import_module = importlib.import_module

    def install(self) -> None:
        """Take part in imports from now on."""
        self.places.put_first()
        self.places.look_outside()
        sys.meta_path.insert(0, self)
        importlib.import_module = self._noted_import

    def uninstall(self) -> None:
        """Take no part in imports any more."""
        sys.meta_path.remove(self)
        importlib.import_module = self._import_module

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of the project (the import system calls this)."""
        spec = PathFinder.find_spec(fullname, path, target) or self._find_editable(fullname)
        if spec is None or spec.origin is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        if not self.owns(Path(spec.origin)):
            return None
        self._note(fullname)
        spec.loader = _SourceLoader(fullname, spec.origin, self)
        spec.cached = None
        return spec

    def _find_editable(self, name: str) -> ModuleSpec | None:
        """Find a module that is only led to by a finder of its own."""
        place = self.places.editable.get(name)
        if place is None:
            return None
        file = place / "__init__.py" if place.is_dir() else place
        if not file.is_file():
            return None
        inside = [str(place)] if place.is_dir() else None
        return spec_from_file_location(name, file, submodule_search_locations=inside)

    def owns(self, path: Path) -> bool:
        """Tell whether a file is the project's own code, not something installed below it."""
        return self.places.owns(path)

    def load(self, name: str, path: Path) -> ModuleType:
        """Import a module by name; its folder can be imported from, as when it is run itself.

        Raises:
            DeclarationError: Another module has that name.
            BaseException: Whatever the module's code raises, ``SystemExit`` too.
        """
        folder = str(path.parent)
        if folder not in sys.path:
            sys.path.append(folder)
        module = self._import_module(name)
        if module.__file__ is None or Path(module.__file__) != path:
            raise DeclarationError(
                f"{path.name} would be the module {name!r}, but that is {module.__file__}",
                mend="rename the file",
            )
        return module

    def unload(self, names: Iterable[str]) -> Unloaded:
        """Take modules out of ``sys.modules``, their packages and the graph."""
        modules: dict[str, ModuleType] = {}
        sources: dict[str, ModuleSource] = {}
        for name in names:
            if module := sys.modules.pop(name, None):
                modules[name] = module
                _set_on_parent(name, None)
            if source := self.graph.remove(name):
                sources[name] = source
        return Unloaded(modules, sources)

    def abandon(self) -> None:
        """Take out modules whose import hangs in another thread, so that they can be imported anew.

        That thread keeps the import system's lock of each; there is another for the next import.
        """
        for name in list(self.graph.sources):
            module = sys.modules.get(name)
            if module is not None and getattr(module.__spec__, "_initializing", False):
                self.unload([name])
                getattr(importlib, "_bootstrap")._module_locks.pop(name, None)  # noqa: B009

    def restore(self, unloaded: Unloaded, names: Iterable[str]) -> None:
        """Put back those of the named modules that nothing has taken the place of."""
        for name in names:
            if (module := unloaded.modules.get(name)) and name not in sys.modules:
                sys.modules[name] = module
                _set_on_parent(name, module)
                if name in unloaded.sources:
                    self.graph.add(unloaded.sources[name])

    def compile(self, name: str, path: Path, *, package: bool) -> CodeType:
        """Compile a file as it is now, and know its imports."""
        known = self._parse(name, path, data=path.read_bytes(), package=package)
        self.graph.add(known)
        return known.code

    def parses(self, path: Path, data: bytes) -> bool:
        """Tell whether a file's content is Python; what was compiled for that is kept."""
        try:
            name = self.places.name(path)
            self._parse(name, path, data=data, package=path.stem == "__init__")
        except (SyntaxError, ValueError):
            return False
        return True

    def _parse(self, name: str, path: Path, *, data: bytes, package: bool) -> ModuleSource:
        digest = digest_of(data)
        known = self._compiled.get(path)
        self.steps += 1
        if known is None or known.digest != digest or known.name != name:
            tree = ast.parse(data, str(path))
            known = self._compiled[path] = ModuleSource(
                name=name,
                path=path,
                digest=digest,
                code=compile(tree, str(path), "exec", dont_inherit=True),
                imports=read_imports(tree, name, package=package),
            )
        return known

    def _noted_import(self, name: str, package: str | None = None) -> ModuleType:
        """Import as ``importlib.import_module`` does, and know who asked."""
        module = self._import_module(name, package)
        self._note(module.__name__)
        return module

    def _note(self, imported: str) -> None:
        """Know that the project's code that runs now imports a module."""
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
        while frame is not None:
            importer = frame.f_globals.get("__name__", "")
            if importer in self.graph.sources and importer != imported:
                self.graph.add_seen(importer, imported)
                return
            frame = frame.f_back


class _SourceLoader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, project: ProjectLoader) -> None:
        super().__init__(fullname, path)
        self._project = project

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        package = module.__spec__ is not None and self.is_package(name)
        if package:
            _keep_submodules(module)
        code = self._project.compile(name, Path(self.path), package=package)
        try:
            exec(code, module.__dict__)
        except BaseException:
            if sys.modules.get(name) is module:
                raise
            # The import was abandoned: an error would take out what was put in its place.


def _keep_submodules(module: ModuleType) -> None:
    """Give a package that runs again those of its submodules that stay loaded."""
    prefix = module.__name__ + "."
    for name, loaded in list(sys.modules.items()):
        if name.startswith(prefix) and "." not in name[len(prefix) :]:
            module.__dict__.setdefault(name[len(prefix) :], loaded)


def _set_on_parent(name: str, module: ModuleType | None) -> None:
    parent, _, child = name.rpartition(".")
    package = sys.modules.get(parent)
    if package is None:
        return
    if module is not None:
        setattr(package, child, module)
    elif isinstance(package.__dict__.get(child), ModuleType):
        delattr(package, child)
