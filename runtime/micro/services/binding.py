"""Compiles a declaration into what is served: its schemas, its validators, its words.

Everything that a call would otherwise do again and again is done here, once a generation.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import pydantic_core

from micro.calls import ToolSpec
from micro.services.arguments import Arguments
from micro.services.compiling import compile_arguments, compile_result
from micro.services.completing import completer_of
from micro.services.docs import Docs, read_docs
from micro.services.generators import collect, collect_async, collected_type
from micro.services.judging import judge_of
from micro.services.names import suggestion
from micro.services.offered import Offered
from micro.services.offers import resource_annotations
from micro.services.origins import Origin
from micro.services.resources import check_variables, resource_spec
from micro.services.results import Result
from micro.services.reuse import Recipe, means_the_same
from micro.services.signature import Signature, read_signature
from micro.services.tool import HINTS, Declaration, Function, read_options_policy


class ToolDocs(TypedDict, total=False):
    """What may be said of a tool over its docstring.

    Attributes:
        title: For people.
        description: For the model.
        parameters: Parameter name to its description.
        returns: What the result is.
    """

    title: str
    description: str
    parameters: Mapping[str, str]
    returns: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundTool:
    """A tool ready to run. ``spec.file`` is absolute; who runs it knows the project.

    Attributes:
        function: Takes keyword arguments; gives the result.
        threaded: Whether it blocks, and so has to run in a worker thread.
        context: Name of the parameter that gets the ``Context``, if it has one.
        recipe: What ``arguments`` and ``spec`` were made from; ``returns``: what ``result`` was.
    """

    spec: ToolSpec
    function: Function
    threaded: bool
    context: str | None
    arguments: Arguments
    result: Result | Offered
    recipe: Recipe
    returns: Any


def bind_member(
    declaration: Declaration,
    docs: ToolDocs,
    docs_origin: Origin,
    *,
    before: Mapping[str, BoundTool],
) -> tuple[BoundTool, ...]:
    """Compile one tool, resource or prompt; ``docs`` go over its docstring.

    What completes its arguments, or judges its calls, comes with it. What was bound ``before``, by
    canonical names, is used again where it would come out the same.

    Raises:
        DeclarationError: Names the tool, the parameter, the place and the mend.
    """
    member = _bind(declaration, docs, docs_origin, last=before.get(declaration.full_name))
    beside = (
        completer_of(declaration, member.arguments.schema["properties"]),
        judge_of(declaration),
    )
    more = [
        _bind(each, {}, docs_origin, last=before.get(each.full_name))
        for each in beside
        if each is not None
    ]
    return (member, *more)


def _bind(
    declaration: Declaration, docs: ToolDocs, docs_origin: Origin, *, last: BoundTool | None
) -> BoundTool:
    """Compile one tool, or what is called like one."""
    signature = read_signature(declaration)
    function, returns = _runnable(declaration.function, signature)
    recipe = Recipe(
        parameters=signature.parameters,
        words=inspect.getdoc(declaration.function),
        said={"kind": declaration.kind, "options": declaration.options, "docs": docs},
    )
    if last is not None and last.recipe.makes_the_same(recipe):
        arguments, spec = last.arguments, last.spec
    else:
        arguments, spec = _compile(declaration, docs, docs_origin, signature=signature)
    if declaration.kind == "resource":
        check_variables(declaration, signature)
    kinds = {declaration.kind, last.spec.kind} if last is not None else {declaration.kind}
    if last is not None and kinds == {"tool"} and means_the_same(last.returns, returns):
        result = last.result
    else:
        result = compile_result(declaration, returns)
    return BoundTool(
        spec=msgspec.structs.replace(
            spec,
            has_context=signature.context is not None,
            output_schema=result.schema,
            resource=resource_spec(declaration, returns),
            file=declaration.origin.file,
            line=declaration.origin.line,
        ),
        function=function,
        threaded=signature.kind in ("sync", "generator"),
        context=signature.context,
        arguments=arguments,
        result=result,
        recipe=recipe,
        returns=returns,
    )


def _compile(
    declaration: Declaration, docs: ToolDocs, docs_origin: Origin, *, signature: Signature
) -> tuple[Arguments, ToolSpec]:
    """Compile all but the result."""
    said = _read_docs(declaration)
    arguments = compile_arguments(declaration, signature)
    _describe(arguments, said.parameters)
    _check_parameters(declaration, docs, arguments, docs_origin)
    _describe(arguments, docs.get("parameters", {}), over=True)
    return arguments, _spec(declaration, docs, said, arguments)


def check_docs(docs: Mapping[str, ToolDocs], tools: Iterable[str], origin: Origin) -> None:
    """Refuse words about tools that do not exist, and words of an unknown kind.

    Raises:
        DeclarationError: Names the tool or the key.
    """
    known = list(tools)
    for name, said in docs.items():
        if name not in known:
            raise origin.error(f"docs() names no tool {name!r}", mend=suggestion(name, known))
        for key in said:
            if key not in ToolDocs.__annotations__:
                keys = ToolDocs.__annotations__
                raise origin.error(f"docs() has no key {key!r}", mend=suggestion(key, keys))


def _read_docs(declaration: Declaration) -> Docs:
    try:
        return read_docs(inspect.getdoc(declaration.function))
    except ValueError as error:
        raise declaration.origin.error(
            f"{declaration.label}: {error}",
            mend='write @example {"name": "value"}',
        ) from error


def _runnable(function: Function, signature: Signature) -> tuple[Function, Any]:
    """Give a function that returns, and the type of what it returns."""
    match signature.kind:
        case "generator":
            return collect(function), collected_type(signature.returns)
        case "async generator":
            return collect_async(function), collected_type(signature.returns)
        case _:
            return function, signature.returns


def _describe(arguments: Arguments, words: Mapping[str, str], *, over: bool = False) -> None:
    properties = arguments.schema["properties"]
    for name, description in words.items():
        if name in properties and (over or not properties[name].get("description")):
            properties[name]["description"] = description


def _check_parameters(
    declaration: Declaration, docs: ToolDocs, arguments: Arguments, origin: Origin
) -> None:
    known = arguments.schema["properties"]
    for name in docs.get("parameters", {}):
        if name not in known:
            raise origin.error(
                f"docs() of {declaration.full_name} names no parameter {name!r}",
                mend=suggestion(name, known),
            )


def _spec(declaration: Declaration, docs: ToolDocs, said: Docs, arguments: Arguments) -> ToolSpec:
    options = declaration.options
    return ToolSpec(
        service=declaration.service,
        name=declaration.name,
        kind=declaration.kind,
        title=docs.get("title", options.get("title", "")),
        description=docs.get("description", options.get("description", said.description)),
        input_schema=arguments.schema,
        scopes=tuple(options.get("scopes", ())),
        policy=read_options_policy(declaration.kind, options, declaration.origin),
        annotations={hint: options[key] for key, hint in HINTS.items() if key in options}
        | resource_annotations(options),
        examples=_examples(declaration, said, arguments),
        returns=docs.get("returns", said.returns),
        raises=said.raises,
    )


def _examples(
    declaration: Declaration, said: Docs, arguments: Arguments
) -> tuple[dict[str, Any], ...]:
    """Give the examples as plain JSON data, each checked against the types."""
    examples: list[dict[str, Any]] = []
    for written in (*declaration.options.get("examples", ()), *said.examples):
        try:
            example: Any = pydantic_core.from_json(pydantic_core.to_json(written, by_alias=True))
            problem = arguments.fits(example)
        except (ValueError, AttributeError) as error:
            example, problem = {}, str(error)
        if problem is not None:
            raise declaration.origin.error(
                f"{declaration.label}: the example {written!r:.200} is wrong: {problem}",
                mend="correct the example or the types",
            )
        examples.append(example)
    if examples:
        arguments.example = examples[0]
    return tuple(examples)
