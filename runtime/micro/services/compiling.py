"""Compiles a function's parameters and its result, each by what it is declared to be.

Says which of them has a type that cannot be. Putting a member together is ``binding``'s.
"""

from __future__ import annotations

from typing import Any

from micro.services.arguments import Arguments
from micro.services.offered import (
    Offered,
    completer_result,
    judge_result,
    prompt_result,
    resource_result,
)
from micro.services.results import Result
from micro.services.signature import Signature
from micro.services.tool import Declaration


def compile_arguments(declaration: Declaration, signature: Signature) -> Arguments:
    """Compile what a function takes.

    Raises:
        DeclarationError: Names the parameter whose type has no schema.
    """
    try:
        arguments = Arguments(declaration.full_name, signature.parameters)
    except Exception as error:
        for parameter in signature.parameters:
            try:
                Arguments(declaration.full_name, [parameter])
            except Exception as alone:
                raise _no_schema(declaration, f"parameter {parameter.name}", alone) from alone
        raise _no_schema(declaration, "its parameters", error) from error
    if keywords := declaration.options.get("schema"):
        _require(declaration, arguments, keywords)
    return arguments


def _require(declaration: Declaration, arguments: Arguments, keywords: Any) -> None:
    try:
        arguments.require(keywords)
    except Exception as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise declaration.origin.error(
            f"{declaration.label}: schema= is no JSON Schema: {reason}",
            mend='write keywords that types do not have: schema={"anyOf": [...]}',
        ) from error


def compile_result(declaration: Declaration, returns: Any) -> Result | Offered:
    """Compile what a function gives.

    Raises:
        DeclarationError: Its type has no schema.
    """
    match declaration.kind:
        case "resource":
            return resource_result(declaration.options.get("mime_type", ""))
        case "prompt":
            return prompt_result()
        case "completer":
            return completer_result()
        case "judge":
            return judge_result()
        case "tool":
            pass
    try:
        return Result(returns)
    except Exception as error:
        raise _no_schema(declaration, "its result", error) from error


def _no_schema(declaration: Declaration, part: str, error: Exception) -> Exception:
    reason = str(error).strip().split("\n", 1)[0]
    mend = "use plain types, dataclasses, TypedDict, pydantic models or enums"
    if getattr(error, "code", "") == "typed-dict-version":
        mend = "from typing_extensions import TypedDict"
    return declaration.origin.error(
        f"{declaration.label}: {part} has a type without a schema: {reason}", mend=mend
    )
