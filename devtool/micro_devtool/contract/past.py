"""What a project's tools were: in a lock file, or in a revision of its git repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

from micro.calls import ToolSpec
from micro.errors import ConfigError
from micro_devtool.catalog import load_services
from micro_devtool.contract.lock import LOCK_NAME, read_lock, read_lock_file, specs_of


def past_tools(root: Path, against: str | None) -> list[ToolSpec]:
    """Give the tools to compare with.

    Args:
        root: The project's folder.
        against: A lock file, or a git revision: its lock if it has one, else what its code serves.
            ``None``: the project's lock.

    Raises:
        ConfigError: There is no such file and no such revision, or no lock.
    """
    if against is None:
        return read_lock_file(root / LOCK_NAME)
    if Path(against).is_file():
        return read_lock_file(Path(against))
    commit = _commit(root, against)
    found = _git(root, "show", f"{commit}:./{LOCK_NAME}")
    if found.returncode == 0:
        return read_lock(found.stdout.decode("utf-8", "replace"), source=f"{against}:{LOCK_NAME}")
    return _served_at(root, commit)


def _commit(root: Path, revision: str) -> str:
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^0")
    if found.returncode != 0:
        raise ConfigError(
            f"{revision} is neither a lock file nor a git revision",
            mend="name a file, or a revision: micro mcp diff --against HEAD~1",
        )
    return found.stdout.decode().strip()


def _served_at(root: Path, commit: str) -> list[ToolSpec]:
    """Load the code of a commit, in a folder of its own."""
    archived = _git(root, "archive", "--format=tar", commit, ".")
    if archived.returncode != 0:
        raise ConfigError(
            f"git cannot give {root.name} at {commit[:12]}: {archived.stderr.decode()[:200]}",
            mend="compare with a lock file instead",
        )
    with tempfile.TemporaryDirectory(prefix="micro-diff-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as tree:
            tree.extractall(folder, filter="data")
        return specs_of(load_services(Path(folder)))


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise ConfigError("git is not installed", mend="compare with a lock file") from error
