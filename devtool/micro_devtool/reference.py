"""Writes the reference of settings, ``docs/configuration.md``, from the settings themselves.

``python -m micro_devtool.reference > docs/configuration.md``; a test holds the two together.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any, get_args

import docstring_parser
import pydantic
from pydantic_core import PydanticUndefined

from micro.config import Settings

_HEAD = """\
# Configuration reference

Nothing needs to be set. What is set stands in `micro.toml`, or in `pyproject.toml` under
`[tool.micro]`; a table that is called `[lint]` in `micro.toml` is `[tool.micro.lint]` in
`pyproject.toml`. A key or a value that is wrong is refused with its place.

This page is made from the settings themselves by `python -m micro_devtool.reference`.
"""


def reference() -> str:
    """Give the page; the same settings give the same text."""
    return _HEAD + "\n" + "\n".join(_table(Settings, "")).rstrip("\n") + "\n"


def _table(model: type[pydantic.BaseModel], name: str) -> Iterator[str]:
    """Give a table of a model's keys, then those of the tables within it."""
    yield f"## `[{name}]`" if name else "## Top level"
    yield ""
    words = _words(model)
    inner: list[tuple[type[pydantic.BaseModel], str]] = []
    rows: list[str] = []
    for key, field in model.model_fields.items():
        within, placed = _model_in(field.annotation, f"{name}.{key}" if name else key)
        if within is not None:
            inner.append((within, placed))
            continue
        rows.append(f"| `{key}` | {_default(field)} | {words.get(key, '')} |")
    if rows:
        yield from ("| key | default | what |", "| --- | --- | --- |", *rows, "")
    for within, placed in inner:
        yield from _table(within, placed)


def _model_in(annotation: Any, place: str) -> tuple[type[pydantic.BaseModel] | None, str]:
    """Give the model that a key holds, alone or by name, and the table's name."""
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation, place
    for argument in get_args(annotation):
        if isinstance(argument, type) and issubclass(argument, pydantic.BaseModel):
            return argument, f'{place}."NAME"'
    return None, place


def _words(model: type[pydantic.BaseModel]) -> dict[str, str]:
    """Give what the docstring says of each key; a line may go on with the next key's."""
    told: dict[str, str] = {}
    for attribute in docstring_parser.parse(model.__doc__ or "").params:
        key, text = attribute.arg_name, " ".join((attribute.description or "").split())
        for name, part in _parts(key, text, model.model_fields):
            told[name] = part.replace("|", "\\|").replace("``", "`")
    return told


def _parts(key: str, text: str, keys: Any) -> Iterator[tuple[str, str]]:
    """Split ``Of all calls. ``other``: of some.`` into what is said of the two."""
    others = "|".join(map(re.escape, keys))
    pieces = re.split(rf"``({others})``: ", text)
    yield key, pieces[0].strip()
    for name, part in zip(pieces[1::2], pieces[2::2], strict=True):
        yield name, part[:1].upper() + part[1:].strip()


def _default(field: Any) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "needed"
    if value is None:
        return ""
    return f"`{json.dumps(value, default=str)}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
