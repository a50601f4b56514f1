"""Which Python runs the project's code: that of its own virtualenv, where micro works in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import anyio

from micro.backends.host.messages import WIRE
from micro.events import ProblemFound

_PROBE = "from micro.backends.host.messages import WIRE; print(WIRE)"
_PROBE_TIMEOUT = 30.0


def find_python(root: Path) -> str:
    """Give the project's Python: of ``.venv`` there or above, of ``$VIRTUAL_ENV``, else this one.

    Above means up to the repository that holds the project.
    """
    for folder in _virtualenvs(root):
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if (folder / "pyvenv.cfg").is_file() and python.exists():
            same = folder.resolve() == Path(sys.prefix).resolve()
            return sys.executable if same else str(python)
    return sys.executable


def packages_of(python: str) -> frozenset[str]:
    """Name what tells of packages in the virtualenv of a Python."""
    lib = Path(python).parent.parent / ("Lib" if os.name == "nt" else "lib")
    folders = [lib / "site-packages", *lib.glob("python*/site-packages")]
    return frozenset(
        entry
        for folder in folders
        if folder.is_dir()
        for entry in os.listdir(folder)
        if entry.endswith((".dist-info", ".pth"))
    )


async def working_python(root: Path, tell: Callable[[ProblemFound], None]) -> str:
    """Give the project's Python if micro runs in it, else this one, and say why."""
    python = find_python(root)
    if python == sys.executable:
        return python
    found = ""
    with anyio.move_on_after(_PROBE_TIMEOUT):
        probe = await anyio.run_process([python, "-P", "-c", _PROBE], check=False, cwd=root)
        if probe.stdout.strip() == str(WIRE).encode():
            return python
        found = probe.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    what = f"cannot run micro ({found})" if found else "has micro in another version"
    if "No module named 'micro" in found:
        what = "has no micro"
    tell(
        ProblemFound(
            message=f"{python} {what}, so the project runs in micro's own Python, which may lack "
            "packages that it needs",
            mend=f"{python} -m pip install --upgrade micro-runtime",
        )
    )
    return sys.executable


def _virtualenvs(root: Path) -> list[Path]:
    found: list[Path] = []
    for folder in (root, *root.parents):
        found.append(folder / ".venv")
        if (folder / ".git").exists():
            break
    active = os.environ.get("VIRTUAL_ENV")
    return [*found, *([Path(active)] if active else [])]
