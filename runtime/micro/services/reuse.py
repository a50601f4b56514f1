"""Tells whether what was compiled of a tool for its last generation serves the next one as it is.

So a save that touches a hundred services compiles only what it changed. In doubt it is compiled
anew: a class of the project may mean something else now though it is the same object.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union

from pydantic.fields import FieldInfo

from micro.services.signature import Parameter

_FIXED = sys.stdlib_module_names | {"annotated_types", "micro", "pydantic", "pydantic_core"}
"""Packages whose types stay what they are while a project is edited."""
_CONTAINERS = (dict, frozenset, list, set, tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a tool's arguments, and all that is told of it but its result, are made from.

    Attributes:
        words: Its docstring.
        said: All that was said of it besides.
    """

    parameters: Sequence[Parameter]
    words: str | None
    said: Mapping[str, Any]

    def makes_the_same(self, other: Recipe) -> bool:
        """Whether the same would be made from the other."""
        try:
            return (
                self.words == other.words
                and _is_one(self.said, other.said)
                and len(self.parameters) == len(other.parameters)
                and all(map(_are_alike, self.parameters, other.parameters))
            )
        except Exception:  # an author's object may raise anything when it is compared
            return False


def means_the_same(before: Any, after: Any) -> bool:
    """Whether two type hints mean the same, whatever of the project was loaded between them."""
    origin = typing.get_origin(before)
    old, new = typing.get_args(before), typing.get_args(after)
    if origin is not typing.get_origin(after) or len(old) != len(new):
        return False
    if origin is None:
        return before is after and _is_fixed(before)
    if origin is Literal:
        return all(map(_says_the_same, old, new))
    if origin is Annotated:
        return means_the_same(old[0], new[0]) and all(map(_says_the_same, old[1:], new[1:]))
    known = origin in (Union, UnionType) or _is_fixed(origin)
    return known and all(map(means_the_same, old, new))


def _are_alike(before: Parameter, after: Parameter) -> bool:
    return (
        before.name == after.name
        and means_the_same(before.type, after.type)
        and _says_the_same(before.default, after.default)
    )


def _is_fixed(kind: object) -> bool:
    if kind is Any or kind is ...:
        return True
    return isinstance(kind, type) and kind.__module__.partition(".")[0] in _FIXED


def _says_the_same(before: Any, after: Any) -> bool:
    """Whether two defaults, or what stands beside a type in ``Annotated``, say the same."""
    if isinstance(before, FieldInfo) and isinstance(after, FieldInfo):
        # It equals nothing but itself; and shows no more of a factory than its name.
        made = before.default_factory or after.default_factory
        return made is None and repr(before) == repr(after)
    return _is_plain(before) and _is_one(before, after)


def _is_plain(value: object) -> bool:
    return _is_fixed(type(value)) and (not value or type(value) not in _CONTAINERS)


def _is_one(before: Any, after: Any) -> bool:
    """Whether two values are equal, and look so: ``1`` and ``True`` are equal, too."""
    return type(before) is type(after) and before == after and repr(before) == repr(after)
