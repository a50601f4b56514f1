"""How a service is loaded and replaced by a project's host: what authors may say of it.

Holds declarations only: ``registry`` and ``backends.host`` act on them, nobody else does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypedDict, TypeVar

from micro.errors import NameTaken
from micro.services.origins import Origin, origin_of

F = TypeVar("F", bound=Callable[..., Any])


class Hosting(TypedDict, total=False):
    """What ``Service`` takes for its hosting.

    Attributes:
        exclusive: Only one generation at a time may be started, as it holds a port or a lock: at a
            reload calls wait while the old one stops and the new one starts.
        isolated: It runs in a process of its own, forked anew at each reload.
        watch: Files that are read when the module is imported, as patterns relative to its folder
            or the project's (``templates/*.html``): a change of one is a change of the module.
    """

    exclusive: bool
    isolated: bool
    watch: Sequence[str]


def checked_hosting(options: Hosting, origin: Origin) -> Hosting:
    """Give the options as they came.

    Raises:
        DeclarationError: There is no such option, or it is of the wrong kind.
    """
    for name, value in options.items():
        if name not in Hosting.__annotations__:
            raise origin.error(
                f"a service has no option {name!r}",
                mend="known: " + ", ".join(Hosting.__annotations__),
            )
        if name == "watch" and isinstance(value, str):
            raise origin.error(
                f"watch is the text {value!r}", mend=f"write a list: watch=[{value!r}]"
            )
    return options


def checked_hook(hook: F, service: str, *, arguments: int = 0, taken: object = None) -> F:
    """Give a hook as it came.

    Args:
        hook: The function.
        service: For the words of the error.
        arguments: How many it will be called with.
        taken: The one that stands in its place already.

    Raises:
        DeclarationError: It cannot be called so.
        NameTaken: There is one already.
    """
    origin = origin_of(hook)
    if taken is not None:
        raise origin.error(
            f"{service} has a hook of this kind already", mend="do both in one", kind=NameTaken
        )
    parameters = inspect.signature(hook).parameters.values()
    placed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    many = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if len(placed) < arguments and not many:
        raise origin.error(
            f"the hook of {service} takes no argument", mend="give it a parameter for the data"
        )
    rest = {*placed[:arguments]}
    needed = [
        p.name
        for p in parameters
        if p.default is p.empty
        and p not in rest
        and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if needed:
        raise origin.error(
            f"the hook of {service} wants {', '.join(needed)}",
            mend="hooks get no arguments of their own: keep state in the module or in a class",
        )
    return hook
