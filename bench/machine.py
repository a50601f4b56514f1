"""What the figures were measured on: the machine, Python, the versions of all peers, the time."""

from __future__ import annotations

import compileall
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.processes import REPOSITORY

PACKAGES = (
    "micro-runtime",
    "mcp",
    "fastmcp",
    "uvicorn",
    "uvloop",
    "httptools",
    "starlette",
    "pydantic",
    "msgspec",
)


def compile_bytecode() -> None:
    """Compile all that a benchmark may import, so that no start pays for it."""
    import msgspec

    for folder in (Path(msgspec.__file__).parent.parent, *_sources()):
        compileall.compile_dir(folder, quiet=2)


def describe() -> str:
    """Give the machine in a Markdown list; the load is that of the moment."""
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    now = datetime.now(UTC)
    lines = [
        f"{now:%Y-%m-%d %H:%M} UTC",
        f"{os.cpu_count()} cores, {_processor()}, {platform.system()}",
        f"{platform.python_implementation()} {platform.python_version()}, bytecode compiled before",
        versions,
        f"load of the machine when it began (1, 5, 15 minutes): {_load()}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _load() -> str:
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())


def _sources() -> list[Path]:
    return [REPOSITORY / name for name in ("runtime", "tui", "devtool", "bench")]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
