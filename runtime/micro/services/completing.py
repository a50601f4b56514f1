"""What completes the arguments of a prompt or the variables of a resource's template.

A completer is called like the prompt that it belongs to, under the same rules; choices and enums
need none.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

from anyio import to_thread

from micro.services.names import suggestion
from micro.services.origins import Origin
from micro.services.schema import Schema, resolve
from micro.services.tool import Declaration, Function
from micro.specs import COMPLETER


def completer_of(declaration: Declaration, arguments: Iterable[str]) -> Declaration | None:
    """Give what a prompt or resource was declared to be completed by; ``None`` if by nothing.

    Raises:
        DeclarationError: It completes an argument that does not exist.
    """
    functions: Mapping[str, Function] = declaration.options.get("complete", {})
    if not functions:
        return None
    known, origin = list(arguments), declaration.origin
    for name, function in functions.items():
        if name not in known:
            raise origin.error(
                f"complete= names no argument {name!r}", mend=suggestion(name, known)
            )
        _check(function, name, origin)
    kept = ("scopes", "rate_limit", "timeout", "concurrency", "breaker")
    return Declaration(
        service=declaration.service,
        name=declaration.name + COMPLETER,
        kind="completer",
        function=_completer(functions),
        options={key: declaration.options[key] for key in kept if key in declaration.options},
        origin=origin,
    )


def completes(completer: Schema, argument: str) -> bool:
    """Whether a completer has something to say of an argument; its own schema tells."""
    return argument in choices(completer, "argument")


def choices(schema: Schema, argument: str) -> list[str]:
    """Give the values of an argument that its type names; empty if any may stand there."""
    field = resolve(schema.get("properties", {}).get(argument, {}), schema)
    branches = [resolve(each, schema) for each in field.get("anyOf", ())] or [field]
    values = [value for branch in branches for value in branch.get("enum", ())]
    values += [branch["const"] for branch in branches if "const" in branch]
    if any(branch.get("type") == "boolean" for branch in branches):
        values += ["true", "false"]
    return [str(value) for value in values if value is not None]


def _completer(functions: Mapping[str, Function]) -> Function:
    async def complete(argument: str, value: str, known: dict[str, str]) -> list[str]:
        function = functions[argument]
        given = (value, known) if len(inspect.signature(function).parameters) > 1 else (value,)
        if inspect.iscoroutinefunction(function):
            found: Any = await function(*given)
        else:
            found = await to_thread.run_sync(lambda: function(*given))
        return [str(each) for each in cast("Iterable[object]", found)]

    complete.__annotations__["argument"] = Literal[tuple(functions)]  # its schema names them
    return complete


def _check(function: object, name: str, origin: Origin) -> None:
    if not callable(function):
        raise origin.error(
            f"complete= of {name} is {function!r}, and no function",
            mend="give a function of what was typed, that gives a list of texts",
        )
    if len(inspect.signature(function).parameters) not in (1, 2):
        raise origin.error(
            f"complete= of {name} takes neither one parameter nor two",
            mend="take what was typed, and if need be the arguments that are known",
        )
