"""Tracebacks as their author needs them: cut to the author's own frames, with relative paths.

Never shown to a client. Knows nothing of who raised.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from micro.errors import DeclarationError, MicroError
from micro.events import LoadError

SIZE_LIMIT = 16_000
"""Characters of a traceback that are kept: its beginning and its end."""

_own = str(Path(__file__).resolve().parents[1])
_library_folders = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_library_parts = ("site-packages", "dist-packages")


def author_frames(exc: BaseException, root: Path | None) -> str:
    """Give an exception's traceback, cut to frames of the author's code.

    Causes, contexts and groups are kept, each cut the same way. Paths below ``root`` are relative
    to it. What the interpreter points at in a syntax error is kept.
    """
    shown = traceback.TracebackException.from_exception(exc)
    for each in _chain(shown, set()):
        each.stack = traceback.StackSummary.from_list(
            _renamed(frame, root) for frame in each.stack if _is_author(frame.filename, root)
        )
        if isinstance(getattr(each, "filename", None), str):
            each.filename = _relative(each.filename, root)
    return _clipped("".join(shown.format()).rstrip())


def load_error(exc: BaseException, root: Path | None) -> LoadError:
    """Say why code does not load: the place, the message, the author's frames, the mend."""
    file, line = _place(exc, root)
    declared = isinstance(exc, DeclarationError)
    return LoadError(
        file=_relative(file, root),
        line=line,
        message=_without_place(exc, root) if declared else _message(exc),
        frames="" if declared else author_frames(exc, root),
        mend=_mend(exc),
    )


def encodable(text: str) -> str:
    """Give the text with lone surrogates, as in names of files, spelt out: UTF-8 has none."""
    return text.encode("utf-8", "backslashreplace").decode()


def _chain(
    shown: traceback.TracebackException | None, seen: set[int]
) -> Iterator[traceback.TracebackException]:
    if shown is None or id(shown) in seen:
        return
    seen.add(id(shown))
    yield shown
    for inner in (shown.__cause__, shown.__context__, *(getattr(shown, "exceptions", None) or ())):
        yield from _chain(inner, seen)


def _renamed(frame: traceback.FrameSummary, root: Path | None) -> traceback.FrameSummary:
    _ = frame.line  # read from the file while it still has its whole name
    frame.filename = _relative(frame.filename, root)
    return frame


def _is_author(file: str, root: Path | None) -> bool:
    if file.startswith(("<frozen", _own)):
        return False
    path = Path(file)
    if root is not None and path.is_relative_to(root):
        path = path.relative_to(root)
        return not any(part in _library_parts for part in path.parts)
    return not file.startswith(_library_folders) and not any(
        part in _library_parts for part in path.parts
    )


def _relative(file: str, root: Path | None) -> str:
    if root is None or not Path(file).is_relative_to(root):
        return file
    return str(Path(file).relative_to(root))


def _place(exc: BaseException, root: Path | None) -> tuple[str, int | None]:
    if isinstance(exc, SyntaxError) and exc.filename:
        return exc.filename, exc.lineno
    if isinstance(exc, DeclarationError) and exc.file:
        return exc.file, exc.line
    frames = [
        frame
        for frame in traceback.extract_tb(exc.__traceback__)
        if _is_author(frame.filename, root)
    ]
    return (frames[-1].filename, frames[-1].lineno) if frames else ("", None)


def _message(exc: BaseException) -> str:
    if isinstance(exc, MicroError):
        return exc.message
    if isinstance(exc, SyntaxError):
        return f"{type(exc).__name__}: {exc.msg}"
    text = "".join(traceback.format_exception_only(exc)).strip()
    return encodable(" ".join(text.split())[:500])


def _mend(exc: BaseException) -> str:
    if isinstance(exc, MicroError):
        return exc.mend or ""
    missing = exc.name if isinstance(exc, ModuleNotFoundError) else None
    package = (missing or "").partition(".")[0]
    # A package that is there, the author's own too, lacks a module: nothing is to be installed.
    if not package or package in sys.modules or find_spec(package) is not None:
        return ""
    python = sys.executable
    pip = f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"
    return f"install what has it, often of the same name, for this Python: {pip} {package}"


def _without_place(exc: DeclarationError, root: Path | None) -> str:
    """Give the message without the place it begins with, other paths in it relative."""
    message = exc.message
    if exc.file:
        message = message.partition(f":{exc.line}: ")[2] or message
    return message if root is None else message.replace(f"{root}{os.sep}", "")


def _clipped(text: str) -> str:
    text = encodable(text)
    if len(text) <= SIZE_LIMIT:
        return text
    half = SIZE_LIMIT // 2
    return f"{text[:half]}\n  … {len(text) - SIZE_LIMIT} characters left out …\n{text[-half:]}"
