"""Where a project's own code lies: in its folder, and where its environment says besides.

``PYTHONPATH`` and packages that are installed editable lead to other folders; what is installed for
good, the standard library and micro itself are nobody's to edit here.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from micro.registry.discovery import import_roots, module_name

_OWN = ("micro", "micro_tui", "micro_devtool")


class Places:
    """Tells the project's code from other code.

    Args:
        root: The project's folder.

    Attributes:
        outside: Other folders that its modules are imported from.
        editable: Modules that a finder of setuptools' leads to, and where each is: a package's
            folder, or a file.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outside: tuple[Path, ...] = ()
        self.editable: dict[str, Path] = {}

    def look_outside(self) -> None:
        """Learn from ``sys.path`` what other folders there are."""
        installed = {Path(path) for path in sysconfig.get_paths().values()}
        found = (Path(entry) for entry in dict.fromkeys(sys.path) if entry)
        self.outside = tuple(
            folder
            for folder in found
            if folder.is_dir()
            and not folder.is_relative_to(self.root)
            and not any(folder.is_relative_to(other) for other in installed)
            and not _installed(folder)
            and not any((folder / name / "__init__.py").is_file() for name in _OWN)
        )
        self.editable = {
            name: path
            for name, path in _editable().items()
            if path.exists() and name not in _OWN and not _installed(path)
        }

    def owns(self, path: Path) -> bool:
        """Tell whether a file is the project's own code."""
        for folder in (self.root, *self.outside, *self.editable.values()):
            if path.is_relative_to(folder):
                relative = path.relative_to(folder)
                return not _installed(relative) and not any(
                    part.startswith(".") for part in relative.parts
                )
        return False

    def name(self, path: Path) -> str:
        """Name the module of a file; one that is not the project's has no name but its path."""
        if not path.is_relative_to(self.root):
            for folder in self.outside:
                if path.is_relative_to(folder):
                    return module_name(path, folder)
            for name, place in self.editable.items():
                if path.is_relative_to(place):
                    inside = path.relative_to(place.parent).with_suffix("").parts[1:]
                    return ".".join([name, *(part for part in inside if part != "__init__")])
            return str(path)
        return module_name(path, self.root)

    def shown(self, path: Path) -> str:
        """Give a path as people read it: from the project's folder where it lies there."""
        inside = path.is_relative_to(self.root)
        return path.relative_to(self.root).as_posix() if inside else str(path)

    def put_first(self) -> None:
        """Let the project's folders come before all else on ``sys.path``."""
        roots = [str(folder) for folder in import_roots(self.root)]
        sys.path[:] = [*roots, *(entry for entry in sys.path if entry not in {"", *roots})]


def _editable() -> dict[str, Path]:
    """Give what packages that are installed editable map: they are not on ``sys.path``."""
    found: dict[str, Path] = {}
    for name, module in list(sys.modules.items()):
        mapping: object = getattr(module, "MAPPING", None)
        if name.startswith("__editable__") and isinstance(mapping, dict):
            found |= {str(key): Path(str(path)) for key, path in mapping.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    # A module is mapped to its file, without the suffix.
    return {
        name: path if path.is_dir() else path.with_suffix(".py") for name, path in found.items()
    }


def _installed(path: Path) -> bool:
    return "site-packages" in path.parts or "dist-packages" in path.parts
