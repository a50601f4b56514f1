"""What an author says of a resource or a prompt, and the decorators that mark methods of a class.

Nothing is compiled here (``binding``), and no service is known. Tools are in ``tool``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, TypeVar, Unpack, cast, overload

from micro.policies import CircuitBreaker, Concurrency, RateLimit
from micro.services.origins import Origin, origin_of
from micro.services.tool import Function, Mark, check_said, leave_mark
from micro.services.uris import read_template
from micro.specs import Kind

F = TypeVar("F", bound=Function)

Complete = Mapping[str, Function]
"""Argument to a function, sync or async, of what was typed so far, that gives the values that may
follow. With a second parameter it gets the arguments that are known already, as a mapping."""


class PromptOptions(TypedDict, total=False):
    """What may be said of a prompt beside its signature and its docstring.

    Attributes:
        name: Within the service; the function's own name if not said.
        title: For people, shown by clients in place of the name.
        description: In place of the docstring's.
        scopes: All of these are needed; ``any_of("a", "b")`` is one entry.
        rate_limit: ``"10/s burst 20"``: of all callers together.
        timeout: Seconds, or ``"30s"``.
        concurrency: How many run at a time, ``4`` or ``"4 queue 10"``.
        breaker: ``True``, or ``"5 open 30s probes 1"``.
        complete: Argument to what gives its possible values; choices and enums do so by themselves.
    """

    name: str
    title: str
    description: str
    scopes: Sequence[str]
    rate_limit: RateLimit | str
    timeout: float | str
    concurrency: Concurrency | int | str
    breaker: CircuitBreaker | bool | str
    complete: Complete


class ResourceOptions(PromptOptions, total=False):
    """What may be said of a resource besides.

    Attributes:
        mime_type: Of its content; by default text, JSON or bytes by what is returned.
        size: Of its content in bytes.
        audience: Who it is for: ``["user"]``, ``["assistant"]`` or both.
        priority: How much it matters, from 0 to 1.
        cache: Seconds, or ``"30s"``, for which its content is given again.
    """

    mime_type: str
    size: int
    audience: Sequence[Literal["user", "assistant"]]
    priority: float
    cache: float | str


def resource(uri: str, /, **options: Unpack[ResourceOptions]) -> Callable[[F], F]:
    """Mark a method as a resource; ``Service.handle`` reads the mark.

    Args:
        uri: Its URI, or a template whose variables are the parameters: ``users://{id}``.
        options: What else is to be said.
    """

    def marked(function: F) -> F:
        check_offer("resource", options, origin_of(function), uri=uri)
        return leave_mark(function, Mark(kind="resource", options=_plain(options), uri=uri))

    return marked


@overload
def prompt(function: F, /) -> F: ...
@overload
def prompt(**options: Unpack[PromptOptions]) -> Callable[[F], F]: ...
def prompt(function: Function | None = None, /, **options: Unpack[PromptOptions]) -> Any:
    """Mark a method as a prompt; ``Service.handle`` reads the mark."""

    def marked(function: F) -> F:
        check_offer("prompt", options, origin_of(function))
        return leave_mark(function, Mark(kind="prompt", options=_plain(options)))

    return marked if function is None else marked(function)


def check_offer(
    kind: Kind, options: PromptOptions | ResourceOptions, origin: Origin, *, uri: str = ""
) -> None:
    """Refuse options that do not exist or have the wrong type, and what is no URI.

    Raises:
        DeclarationError: Names the option.
    """
    known = ResourceOptions if kind == "resource" else PromptOptions
    check_said(kind, cast("dict[str, Any]", options), origin, known=known.__annotations__)
    if kind != "resource":
        return
    try:
        read_template(uri)
    except ValueError as error:
        raise origin.error(
            f"the resource's URI {uri!r} cannot be: {error}",
            mend='write @service.resource("users://{id}")',
        ) from error
    _check_annotations(cast("ResourceOptions", options), origin)


def resource_annotations(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give MCP's annotations of a resource, those that were said."""
    said = {key: options[key] for key in ("audience", "priority") if key in options}
    return {key: list(value) if key == "audience" else value for key, value in said.items()}


def _plain(options: PromptOptions) -> dict[str, Any]:
    return {**options}


def _check_annotations(options: ResourceOptions, origin: Origin) -> None:
    audience, priority = options.get("audience", ()), options.get("priority", 0)
    if isinstance(audience, str) or not set(audience) <= {"user", "assistant"}:
        raise origin.error(
            f"audience={audience!r} is not one of user and assistant", mend='write ["user"]'
        )
    if not 0 <= priority <= 1:
        raise origin.error(f"priority={priority!r} is not between 0 and 1", mend="write 0.5")
