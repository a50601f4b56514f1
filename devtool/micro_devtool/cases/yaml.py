"""Case files as YAML: plain data, and a tag such as ``!uuid`` for each matcher. Text in, text out.

``ruamel.yaml`` takes ``no`` for text, as YAML 1.2 has it, and is typed in part only.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.emitter import Emitter
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.representer import SafeRepresenter

from micro.errors import ConfigError
from micro_devtool.cases.matchers import KINDS, Matcher

_WIDTH = 96
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_TEXT = "tag:yaml.org,2002:str"


class _Constructor(SafeConstructor):
    """Makes matchers of tags, and text of what YAML takes for a date: JSON has no dates."""


class _Representer(SafeRepresenter):
    """Writes matchers as tags, text of several lines as it reads, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Emitter(Emitter):
    """Writes ``!uuid``, not ``!uuid ''``."""

    def choose_scalar_style(self) -> Any:
        event: Any = self.event
        if event.tag is not None and event.tag.startswith("!") and not event.value:
            return ""
        return super().choose_scalar_style()


def read_documents(text: str, *, source: str) -> list[Any]:
    """Give what a file holds, one value for each part between ``---``.

    Raises:
        ConfigError: It is no YAML, or has a tag that is not known.
    """
    try:
        return [each for each in _yaml().load_all(text) if each is not None]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{source}:{mark.line + 1}" if mark is not None else source
        raise _unreadable(place, error.problem or error.context) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise _unreadable(source, error) from error


def document_text(value: Any) -> str:
    """Give a value as YAML; the same value gives the same text."""
    stream = io.StringIO()
    _yaml().dump(value, stream)
    return stream.getvalue()


def _unreadable(place: str, why: object) -> ConfigError:
    tags = ", ".join(f"!{kind}" for kind in (*KINDS, "match"))
    return ConfigError(f"{place} is no case: {why}", mend=f"tags that are known: {tags}")


def _yaml() -> Any:
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.Constructor, yaml.Representer, yaml.Emitter = _Constructor, _Representer, _Emitter
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = _WIDTH
    yaml.sort_base_mapping_type_on_output = False
    return yaml


def _reader(kind: str) -> Callable[[Any, Any], Matcher]:
    return lambda constructor, node: Matcher(kind)


def _read_match(constructor: Any, node: Any) -> Matcher:
    pattern = str(constructor.construct_scalar(node))
    try:
        re.compile(pattern)
    except re.error as error:
        said = f"!match {pattern}: {error}"
        raise ConstructorError(problem=said, problem_mark=node.start_mark) from error
    return Matcher("match", pattern)


def _write_matcher(representer: Any, matcher: Matcher) -> Any:
    return representer.represent_scalar(f"!{matcher.kind}", matcher.pattern)


def _write_text(representer: Any, text: str) -> Any:
    return representer.represent_scalar(_TEXT, text, style=_style(text))


def _style(text: str) -> str | None:
    """Give how a text is written: as it reads if it can be, escaped if parts of it are unseen."""
    lines = text.split("\n")
    if all(line.isprintable() and line == line.strip() for line in lines):
        return "|" if len(lines) > 1 else None
    return None if text.isprintable() else '"'


_constructor: Any = _Constructor
_representer: Any = _Representer
for _kind in KINDS:
    _constructor.add_constructor(f"!{_kind}", _reader(_kind))
_constructor.add_constructor("!match", _read_match)
_constructor.add_constructor(_TIMESTAMP, SafeConstructor.construct_yaml_str)
_representer.add_representer(Matcher, _write_matcher)
_representer.add_representer(str, _write_text)
