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
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outside: tuple[Path, ...] = ()

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

    def owns(self, path: Path) -> bool:
        """Tell whether a file is the project's own code."""
        for folder in (self.root, *self.outside):
            if path.is_relative_to(folder):
                relative = path.relative_to(folder)
                return not _installed(relative) and not any(
                    part.startswith(".") for part in relative.parts
                )
        return False

    def name(self, path: Path) -> str:
        """Name the module of a file."""
        if not path.is_relative_to(self.root):
            for folder in self.outside:
                if path.is_relative_to(folder):
                    return module_name(path, folder)
        return module_name(path, self.root)

    def shown(self, path: Path) -> str:
        """Give a path as people read it: from the project's folder where it lies there."""
        inside = path.is_relative_to(self.root)
        return path.relative_to(self.root).as_posix() if inside else str(path)

    def put_first(self) -> None:
        """Let the project's folders come before all else on ``sys.path``."""
        roots = [str(folder) for folder in import_roots(self.root)]
        sys.path[:] = [*roots, *(entry for entry in sys.path if entry not in {"", *roots})]


def _installed(path: Path) -> bool:
    return "site-packages" in path.parts or "dist-packages" in path.parts
