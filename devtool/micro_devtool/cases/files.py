"""The files in ``tests/calls``: which there are, what is in them, and a new one for a call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic

from micro.errors import ConfigError
from micro.snapshots import CallDetail
from micro_devtool.cases.case import Case, case_of
from micro_devtool.cases.yaml import document_text, read_documents
from micro_devtool.exports.write import safe_name, write_file

FOLDER = Path("tests/calls")
"""Where a project's cases are, below its root."""

_ABOUT = "# A call that was kept. Run it with: micro mcp test --cases\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A case and where it stands: the name of its file, with a number if it is not alone there."""

    case: Case
    name: str


def save_case(record: CallDetail, folder: Path) -> Path:
    """Write a call as a case of the project in ``folder``; give the file.

    The same call saved again is the same file. What is another each time, as an id or a time,
    becomes a matcher.

    Raises:
        MicroError: The call cannot be made again, or the file cannot be written.
    """
    text = _ABOUT + document_text(case_of(record))
    path = _free_or_same(folder / FOLDER, safe_name(record.view.tool), text)
    write_file(path, text)
    return path


def _free_or_same(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    number = 1
    while path.exists() and path.read_text("utf-8", "replace") != text:
        number += 1
        path = folder / f"{name}-{number}.yaml"
    return path


def case_files(root: Path) -> list[Path]:
    """Give a project's case files, by name."""
    return sorted((root / FOLDER).glob("*.yaml"))


def read_cases(path: Path) -> list[Placed]:
    """Give the cases in a file.

    Raises:
        ConfigError: The file cannot be read, or what is in it is no case.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", mend="write it in UTF-8") from error
    found = read_documents(text, source=str(path))
    return [
        Placed(
            case=_case(each, f"{path}, case {number}" if len(found) > 1 else str(path)),
            name=f"{path.stem}[{number}]" if len(found) > 1 else path.stem,
        )
        for number, each in enumerate(found, 1)
    ]


def _case(found: Any, place: str) -> Case:
    try:
        return Case.model_validate(found)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise ConfigError(
            f"{place} is no case: {f'{key}: ' if key else ''}{first['msg']}",
            mend=f"it takes {', '.join(_keys())}",
        ) from error


def _keys() -> list[str]:
    return [field.alias or key for key, field in Case.model_fields.items()]
