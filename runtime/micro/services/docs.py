"""Reads docstrings in the styles of Google, NumPy, Sphinx and ``@param``.

The parsing is docstring_parser's. Nothing here knows what the documented function takes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import docstring_parser

from micro.services.examples import take_examples

_spaced_tag = re.compile(
    r"^(?P<tag>\s*@(?:param|arg|argument|keyword|raises?|throws))\s+"
    r"(?:\{[^}]*\}\s*)?(?P<name>[\w.]+)(?::|\s+-\s|\s|$)\s*",
    re.MULTILINE,
)
_spaced_return = re.compile(r"^(?P<tag>\s*@returns?)(?::|\s|$)\s*(?:\{[^}]*\}\s*)?", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Docs:
    """What a docstring says. ``raises`` is (exception, words); ``examples`` are as written."""

    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    returns: str = ""
    raises: tuple[tuple[str, str], ...] = ()
    examples: tuple[Mapping[str, Any], ...] = ()


def read_docs(docstring: str | None) -> Docs:
    """Give what a docstring says, in whichever style it is written; ``None`` says nothing.

    Raises:
        ValueError: An ``@example`` cannot be read.
    """
    if not docstring:
        return Docs()
    text, examples = take_examples(inspect.cleandoc(docstring))
    try:
        parsed = docstring_parser.parse(_normal(text))
    except docstring_parser.ParseError:
        return Docs(description=text, examples=examples)
    return Docs(
        description=(parsed.description or "").strip(),
        parameters={
            each.arg_name: _line(each.description) for each in parsed.params if each.description
        },
        returns=_line(parsed.returns.description if parsed.returns else None),
        raises=tuple((each.type_name or "", _line(each.description)) for each in parsed.raises),
        examples=examples,
    )


def _normal(text: str) -> str:
    """Write ``@param name words`` as ``@param name: words``, which the parser knows."""
    text = _spaced_tag.sub(lambda found: _colon(found["tag"], found["name"]), text)
    return _spaced_return.sub(lambda found: f"{found['tag'].rstrip('s')}: ", text)


def _colon(tag: str, name: str) -> str:
    word = tag.strip()[1:]
    word = {"throws": "raise", "raises": "raise", "arg": "param", "argument": "param"}.get(
        word, word
    )
    return f"@{word} {name}: "


def _line(words: str | None) -> str:
    return " ".join((words or "").split())
