"""Rewrites type hints so that pydantic understands all that authors write in them.

A text in ``Annotated`` becomes a description, a msgspec struct becomes a type with a
schema. Nothing else is touched, and classes are not looked into.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Optional, Union

import msgspec
import pydantic
from pydantic.fields import FieldInfo
from typing_extensions import Doc

from micro.services.structs import StructSchema

_SCALARS = (str, int, float, bool, None, type(None))


def readable(hint: Any) -> Any:
    """Give the hint as pydantic should see it."""
    origin = typing.get_origin(hint)
    if origin is Annotated:
        inner, *metadata = typing.get_args(hint)
        return annotated(readable(inner), map(_metadata, metadata))
    if origin is None and _is_struct(hint):
        return annotated(hint, [StructSchema(hint)])
    if origin is None or origin is Literal:
        return hint
    return _rebuilt(hint, origin)


def annotated(hint: Any, metadata: Iterable[Any]) -> Any:
    """Give ``Annotated[hint, *metadata]``, or the bare hint where there is none."""
    parts = tuple(metadata)
    return Annotated[(hint, *parts)] if parts else hint  # pyright: ignore


def optional(hint: Any) -> Any:
    """Give the hint with ``None`` allowed: what ``limit: int = None`` means to Python."""
    if typing.get_origin(hint) is Annotated:
        inner, *metadata = typing.get_args(hint)
        return annotated(optional(inner), metadata)
    return Optional[hint]  # noqa: UP045


def field_of(hint: Any) -> FieldInfo | None:
    """Give the ``Field(...)`` that stands in the hint's ``Annotated``, if one does."""
    metadata = typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()
    return next((each for each in metadata if isinstance(each, FieldInfo)), None)


def is_data(hint: Any) -> bool:
    """Whether a hint is made of scalars and containers alone: what fits it once fits it always."""
    if typing.get_origin(hint) in (list, dict, tuple):
        return all(each is ... or is_data(each) for each in typing.get_args(hint))
    return any(hint is scalar for scalar in _SCALARS)


def leaves(hint: Any) -> set[Any]:
    """Give the types that a hint is made of, without containers and annotations."""
    if typing.get_origin(hint) is Annotated:
        return leaves(typing.get_args(hint)[0])
    parts = typing.get_args(hint)
    if not parts or typing.get_origin(hint) is Literal:
        return {hint}
    return set[Any]().union(*(leaves(part) for part in parts if part is not ...))


def _metadata(each: Any) -> Any:
    if isinstance(each, str):
        return pydantic.Field(description=each)
    if isinstance(each, Doc):
        return pydantic.Field(description=each.documentation)
    return each


def _rebuilt(hint: Any, origin: Any) -> Any:
    parts = typing.get_args(hint)
    changed = tuple(readable(part) if _is_type(part) else part for part in parts)
    if all(new is old for new, old in zip(changed, parts, strict=True)):
        return hint
    if origin in (Union, types.UnionType):
        return Union[changed]  # noqa: UP007
    return hint.copy_with(changed) if hasattr(hint, "copy_with") else origin[changed]


def _is_struct(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _is_type(part: Any) -> bool:
    return part is not ... and not isinstance(part, list)
