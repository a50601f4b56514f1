"""Reads a function's signature: its typed parameters, its ``Context``, what it returns.

Compiles nothing. What cannot be served is refused with the parameter's name and the place.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union

from micro.services.context import Context
from micro.services.tool import Declaration

EMPTY = inspect.Parameter.empty
"""Stands for a default or a result type that is not written."""

Kind = Literal["sync", "async", "generator", "async generator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument of a tool. ``default`` is ``EMPTY`` if it must be given."""

    name: str
    type: Any
    default: Any = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a tool takes and gives. ``context`` names the parameter that gets the ``Context``."""

    kind: Kind
    parameters: tuple[Parameter, ...]
    context: str | None
    returns: Any


def read_signature(declaration: Declaration) -> Signature:
    """Read the signature of a declared function, with its annotations resolved.

    Raises:
        DeclarationError: A parameter has no type, one that does not resolve, or cannot be named.
    """
    hints = _hints(declaration)
    parameters: list[Parameter] = []
    contexts: list[str] = []
    for name, parameter in _written(declaration).parameters.items():
        _check_kind(declaration, parameter)
        hint = hints.get(name, EMPTY)
        if hint is EMPTY:
            raise _refuse(declaration, name, "has no type", _typing_mend(declaration, name))
        if _is_context(hint):
            contexts.append(name)
        else:
            parameters.append(Parameter(name=name, type=hint, default=parameter.default))
    if len(contexts) > 1:
        raise _refuse(declaration, contexts[1], "is a second Context", "take one Context")
    return Signature(
        kind=_kind(declaration.function),
        parameters=tuple(parameters),
        context=contexts[0] if contexts else None,
        returns=hints.get("return", EMPTY),
    )


def _typing_mend(declaration: Declaration, name: str) -> str:
    if name in ("self", "cls"):
        return f"make the class's methods tools with {declaration.service}.handle(TheClass())"
    return f"write {name}: str, or {name}: Any"


def _written(declaration: Declaration) -> inspect.Signature:
    try:
        return inspect.signature(declaration.function)
    except (ValueError, TypeError) as error:
        raise declaration.origin.error(
            f"{declaration.label} has no signature that can be read: {error}",
            mend="wrap it in a def with typed parameters",
        ) from error


def _check_kind(declaration: Declaration, parameter: inspect.Parameter) -> None:
    match parameter.kind:
        case inspect.Parameter.VAR_POSITIONAL:
            reason, mend = "takes any number of values", "take a list[...] instead"
        case inspect.Parameter.VAR_KEYWORD:
            reason, mend = "takes any name", "take a dict[str, ...] instead"
        case inspect.Parameter.POSITIONAL_ONLY:
            reason, mend = "cannot be given by name", "remove the / after it"
        case _:
            return
    raise _refuse(declaration, str(parameter).split(":", 1)[0], reason, mend)


def _hints(declaration: Declaration) -> dict[str, Any]:
    function = inspect.unwrap(declaration.function)
    try:
        return _resolve(function, declaration)
    except Exception as error:
        name = _culprit(function, declaration)
        raise _refuse(
            declaration,
            name,
            f"has a type that does not resolve: {error}",
            "import the type where the tool is written, outside `if TYPE_CHECKING`",
        ) from error


def _resolve(function: Any, declaration: Declaration) -> dict[str, Any]:
    return typing.get_type_hints(
        function, localns={**_closure(function), **declaration.scope}, include_extras=True
    )


def _closure(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return dict(inspect.getclosurevars(function).nonlocals)
    except (TypeError, ValueError):
        return {}


def _culprit(function: Any, declaration: Declaration) -> str:
    """Give the first annotation that does not resolve by itself."""
    namespace = getattr(function, "__globals__", {})
    for name, annotation in getattr(function, "__annotations__", {}).items():
        alone = types.SimpleNamespace(__annotations__={name: annotation})
        try:
            typing.get_type_hints(alone, namespace, {**_closure(function), **declaration.scope})
        except Exception:
            return name
    return "return"


def _refuse(declaration: Declaration, name: str, reason: str, mend: str) -> Exception:
    part = "its result" if name == "return" else f"parameter {name}"
    return declaration.origin.error(f"{declaration.label}: {part} {reason}", mend=mend)


def _is_context(hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin is Annotated:
        return _is_context(typing.get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return any(_is_context(part) for part in typing.get_args(hint))
    return isinstance(hint, type) and issubclass(hint, Context)


def _kind(function: Callable[..., Any]) -> Kind:
    if inspect.isasyncgenfunction(function):
        return "async generator"
    if inspect.isgeneratorfunction(function):
        return "generator"
    return "async" if inspect.iscoroutinefunction(function) else "sync"
