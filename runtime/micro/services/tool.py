"""What an author says of a tool: the options, and the decorator that marks methods of a class.

Nothing is compiled here (``binding``), and no service is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, TypeVar, Unpack, cast, overload

from micro.errors import ConfigError
from micro.policies import (
    CircuitBreaker,
    Concurrency,
    Policy,
    RateLimit,
    is_requirement,
    read_policy,
)
from micro.services.names import suggestion
from micro.services.origins import Origin, origin_of
from micro.specs import Kind

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)


class ToolOptions(TypedDict, total=False):
    """What may be said of a tool beside its signature and its docstring.

    Attributes:
        name: Within the service; the function's own name if not said.
        title: For people, shown by clients in place of the name.
        description: For the model, in place of the docstring's.
        scopes: All of these are needed to call the tool; ``any_of("a", "b")`` is one entry.
        read_only: It changes nothing.
        destructive: It may delete or overwrite.
        idempotent: Calling it again with the same arguments changes nothing more.
        open_world: It reaches things outside this system, such as the web.
        schema: Keywords of JSON Schema for the arguments that types do not have, as ``anyOf``.
        examples: Arguments that work, each a mapping; they are checked against the types.
        rate_limit: ``"10/s burst 20"``, ``"1000/h"``: of all callers together.
        timeout: Seconds, or ``"30s"``; a call that takes longer is cancelled.
        concurrency: Calls that run at a time, ``4`` or ``"4 queue 10"``; more wait.
        breaker: ``True``, or ``"5 open 30s probes 1"``: rests a tool that only fails.
        cache: Seconds, or ``"30s"``, for which an answer is given again; needs ``read_only``.
        approve: ``"always"``: each call waits until somebody allows it. A function, sync or async,
            of any of the tool's parameters, by their names: those calls wait for which it gives
            true, or a text that says why. Or a condition, ``"arguments.amount>1000"``.
    """

    name: str
    title: str
    description: str
    scopes: Sequence[str]
    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool
    schema: Mapping[str, Any]
    examples: Sequence[Mapping[str, Any]]
    rate_limit: RateLimit | str
    timeout: float | str
    concurrency: Concurrency | int | str
    breaker: CircuitBreaker | bool | str
    cache: float | str
    approve: str | Callable[..., object]


HINTS = {
    "read_only": "readOnlyHint",
    "destructive": "destructiveHint",
    "idempotent": "idempotentHint",
    "open_world": "openWorldHint",
}
"""MCP's names of the options that are hints to a client."""

_MARK = "__micro_tool__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a decorator said of a method: what it is, and how. ``uri`` is a resource's."""

    kind: Kind = "tool"
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A function declared as a tool, a resource or a prompt, as it was declared.

    ``scope`` holds the local names that its annotations may use, where it was written inside of
    another function.
    """

    service: str
    name: str
    kind: Kind = "tool"
    uri: str = ""
    function: Function
    options: dict[str, Any]
    origin: Origin
    scope: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def full_name(self) -> str:
        """The name for people: ``users.get_user``."""
        return f"{self.service}.{self.name}"

    @property
    def label(self) -> str:
        """What it is, for an error: ``tool users.get_user``."""
        return f"{self.kind} {self.full_name}"


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(**options: Unpack[ToolOptions]) -> Callable[[F], F]: ...
def tool(function: Function | None = None, /, **options: Unpack[ToolOptions]) -> Any:
    """Mark a method as a tool and say more of it; ``Service.handle`` reads the mark.

    Public typed methods are tools without it.
    """

    def marked(function: F) -> F:
        check_options(options, origin_of(function))
        return leave_mark(function, Mark(options={**options}))

    return marked if function is None else marked(function)


def leave_mark(function: F, mark: Mark) -> F:
    """Mark a function, for ``mark_of``."""
    setattr(function, _MARK, mark)
    return function


def mark_of(function: object) -> Mark | None:
    """Give what a decorator said of a function, ``None`` if it was not marked."""
    return getattr(function, _MARK, None)


def check_options(options: ToolOptions, origin: Origin) -> None:
    """Refuse options that do not exist or have the wrong type.

    Raises:
        DeclarationError: Names the option.
    """
    check_said("tool", {**options}, origin, known=ToolOptions.__annotations__)
    for name, value in options.items():
        if name in HINTS and not isinstance(value, bool):
            raise origin.error(f"{name}={value!r} is not True or False", mend="give a bool")


def check_said(
    kind: Kind, options: dict[str, Any], origin: Origin, *, known: Iterable[str]
) -> None:
    """Refuse what cannot be said of any member: unknown options, scopes that are no words.

    Raises:
        DeclarationError: Names the option.
    """
    for name, value in options.items():
        if name not in known:
            raise origin.error(f"a {kind} has no option {name!r}", mend=suggestion(name, known))
        if name in ("name", "title", "description") and not isinstance(value, str):
            raise origin.error(f"{name}={value!r} is not a text", mend="give a str")
    check_scopes(options.get("scopes", ()), origin)
    read_options_policy(kind, options, origin)


def read_options_policy(kind: Kind, options: Mapping[str, Any], origin: Origin) -> Policy:
    """Give what the options ask of calls.

    Raises:
        DeclarationError: A value is wrong, or answers of a tool that changes things would be kept.
    """
    try:
        policy = read_policy(options.items())
    except ConfigError as error:
        raise origin.error(error.message, mend=error.mend or "") from error
    if policy.cache and kind == "tool" and not options.get("read_only"):
        raise origin.error(
            "cache= is for tools that change nothing", mend="add read_only=True, or drop cache="
        )
    return policy


def check_scopes(scopes: object, origin: Origin) -> None:
    """Refuse scopes that are no list of words.

    Raises:
        DeclarationError: Shows what was given.
    """
    words = cast("Sequence[object]", scopes)
    listed = isinstance(scopes, list | tuple | set | frozenset)
    if not listed or not all(isinstance(word, str) and is_requirement(word) for word in words):
        raise origin.error(
            f"scopes={scopes!r} is not a list of words", mend='write scopes=["users:read"]'
        )
