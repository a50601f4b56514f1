"""Imports a file: the services that it defines at its top level, or why it does not load."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec

from micro.errors import DeclarationError
from micro.events import LoadError
from micro.registry.discovery import Source
from micro.registry.loader import ProjectLoader
from micro.registry.torn import read
from micro.services.service import Service
from micro.services.tracebacks import load_error


class Isolated(Exception):
    """A file says that its service is to have a process of its own."""


def says_isolated(path: Path) -> bool:
    """Tell whether a file makes a service with ``isolated=True``, without importing it."""
    data = read(path) or b""
    if b"isolated" not in data:
        return False
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return any(
        isinstance(node, ast.keyword)
        and node.arg == "isolated"
        and isinstance(node.value, ast.Constant)
        and node.value.value is True
        for node in ast.walk(tree)
    )


def import_services(source: Source, loader: ProjectLoader) -> list[Service]:
    """Import a file; services that it imports from elsewhere are not its own.

    Raises:
        DeclarationError: It ends the program, or lacks the service that it was named for.
        Exception: Whatever its code raises.
    """
    try:
        module = loader.load(source.module, source.path)
    except Exception:
        raise
    except BaseException as error:
        raise DeclarationError(
            f"{source.path.name} ended the program while it was imported "
            f"({type(error).__name__}: {error})",
            mend="put that under: if __name__ == '__main__':",
        ) from error
    found = {key: value for key, value in vars(module).items() if isinstance(value, Service)}
    own = {key: value for key, value in found.items() if value.module == module.__name__}
    if not source.attribute:
        return list(dict.fromkeys(own.values()))
    if source.attribute not in found:
        raise DeclarationError(
            f"{source.path.name} has no service {source.attribute!r}",
            mend="correct the entry under services, or define it",
        )
    return [found[source.attribute]]


def failure(error: Exception, *, root: Path, file: str) -> LoadError:
    """Say why a file does not load; ``file`` where the error itself names no place."""
    told = load_error(error, root)
    return told if told.file else msgspec.structs.replace(told, file=file)
