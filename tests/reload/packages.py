"""Packages that only some tests need, fetched once for each checkout into ``.cache``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[2] / ".cache" / "packages"


def fetched(*requirements: str) -> Path:
    """Give a folder with these packages, each pinned; skips where there is no registry."""
    name = "-".join([*requirements, f"py{sys.version_info.minor}"]).replace("==", "-")
    folder = CACHE / name
    if folder.is_dir():
        return folder
    fresh = CACHE / f"{name}.{os.getpid()}"
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(fresh), *requirements]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode and "CI" not in os.environ:
        pytest.skip(f"{' '.join(requirements)} cannot be fetched here")
    assert not done.returncode, done.stderr
    try:
        fresh.rename(folder)
    except OSError:
        assert folder.is_dir()  # another run was quicker
    return folder
