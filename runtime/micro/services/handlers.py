"""Finds the methods of an instance that are tools, resources or prompts.

Declares nothing: ``Service.handle`` does.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pydantic

from micro.services.names import suggestion
from micro.services.origins import Origin
from micro.services.tool import Function, Mark, check_scopes, mark_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method bound to its instance, and what a decorator on it says."""

    name: str
    function: Function
    mark: Mark


def tool_methods(handler: object, origin: Origin) -> tuple[Method, ...]:
    """Give the methods that are members: marked as such, or public and typed, which are tools.

    Base classes come first, each in the order written.

    Raises:
        DeclarationError: The handler is a class, or has no such method.
    """
    if isinstance(handler, type):
        name = handler.__name__
        raise origin.error(
            f"handle() was given the class {name}", mend=f"give an instance: handle({name}())"
        )
    methods = tuple(_methods(handler))
    if not methods:
        raise origin.error(
            f"{type(handler).__name__} has no public typed method",
            mend="annotate the parameters and the result of those that should be tools",
        )
    return methods


def check_scope_table(
    scopes: Mapping[str, Sequence[str]], methods: Sequence[Method], origin: Origin
) -> None:
    """Refuse scopes for methods that do not exist: a misspelt one would leave a tool open.

    Raises:
        DeclarationError: Names the method.
    """
    known = [method.name for method in methods]
    for name, words in scopes.items():
        if name not in known:
            raise origin.error(f"scopes= names no method {name!r}", mend=suggestion(name, known))
        check_scopes(words, origin)


def _methods(handler: object) -> Iterator[Method]:
    seen: set[str] = set()
    for owner in reversed(type(handler).__mro__):
        for name in vars(owner):
            raw = inspect.getattr_static(handler, name, None)
            if name in seen or not _is_tool(name, raw):
                continue
            seen.add(name)
            function = getattr(handler, name)
            yield Method(name=name, function=function, mark=mark_of(function) or Mark())


def _is_tool(name: str, raw: object) -> bool:
    if isinstance(raw, staticmethod | classmethod):
        raw = cast("Any", raw).__func__
    if not inspect.isfunction(raw):
        return False
    if mark_of(raw) is not None:
        return True
    inherited = hasattr(object, name) or hasattr(pydantic.BaseModel, name)
    return not name.startswith("_") and not inherited and bool(raw.__annotations__)
