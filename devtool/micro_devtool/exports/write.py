"""Writes documentation and schemas to files: whole or not at all, and never outside its folder."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import anyio

from micro.errors import MicroError
from micro.snapshots import ServiceView
from micro.system.files import replace
from micro_devtool.exports.markdown import service_page
from micro_devtool.exports.schemas import schemas_text

FOLDER = Path("docs/tools")
"""Where a project's documentation goes, below its root."""

Exporter = Callable[[Sequence[ServiceView]], Awaitable[str]]


def exporter_for(root: Path) -> Exporter:
    """Give what writes the documentation of a project and says where."""

    async def write(services: Sequence[ServiceView]) -> str:
        return await export(services, root)

    return write


async def export(services: Sequence[ServiceView], folder: Path) -> str:
    """Write a page for each service and the schemas of all below ``folder``; say where.

    Raises:
        MicroError: There is nothing to write, or it cannot be written.
    """
    shown = [service for service in services if service.generation]
    if not shown:
        raise MicroError("no service is loaded, so there is nothing to export")
    count = await anyio.to_thread.run_sync(_write_all, shown, folder / FOLDER)
    return f"wrote {count} files to {FOLDER}/"


def _write_all(services: Sequence[ServiceView], folder: Path) -> int:
    pages = {
        folder / f"{safe_name(service.name)}.md": service_page(service) for service in services
    }
    pages[folder / "schemas.json"] = schemas_text(services)
    for path, text in pages.items():
        write_file(path, text)
    return len(pages)


def write_file(path: Path, text: str) -> None:
    """Write a file in one step, so that a reader sees the old or the new one.

    Raises:
        MicroError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).chmod(0o644)
            replace(Path(temporary), path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MicroError(
            f"{path} cannot be written: {error.strerror}", mend="make its folder writable"
        ) from error


def safe_name(name: str) -> str:
    """Give a file's name for a service's: nothing in it leads out of the folder or hides it."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:100] or "service"
