"""What says by a tool's arguments whether somebody has to allow a call of it: ``approve=function``.

A judge is called with the arguments of the tool that it takes, in the process that has the code,
before the tool itself. Who is asked, and what comes of it, is the gateway's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from anyio import to_thread

from micro.services.names import suggestion
from micro.services.origins import Origin
from micro.services.tool import Declaration, Function
from micro.specs import JUDGE


def judge_of(declaration: Declaration) -> Declaration | None:
    """Give what judges the calls of a tool; ``None`` if nothing does.

    Raises:
        DeclarationError: It takes something that the tool does not.
    """
    judge = declaration.options.get("approve")
    if not callable(judge):
        return None
    known = inspect.signature(declaration.function).parameters
    wanted = tuple(inspect.signature(judge).parameters)
    for name in wanted:
        if name not in known:
            raise _unknown(declaration.origin, name, list(known))
    defaults = {name: known[name].default for name in wanted}
    return Declaration(
        service=declaration.service,
        name=declaration.name + JUDGE,
        kind="judge",
        function=_asking(declaration.function, judge, defaults),
        options={},
        origin=declaration.origin,
        scope=declaration.scope,
    )


def _asking(tool: Function, judge: Callable[..., Any], defaults: dict[str, Any]) -> Function:
    """Give a function of the tool's parameters that asks the judge."""

    @wraps(tool)
    async def ask(**arguments: Any) -> Any:
        given = {name: arguments.get(name, default) for name, default in defaults.items()}
        if inspect.iscoroutinefunction(judge):
            return await judge(**given)
        found = await to_thread.run_sync(partial(judge, **given))
        return await found if inspect.isawaitable(found) else found

    return ask


def _unknown(origin: Origin, name: str, known: list[str]) -> Exception:
    return origin.error(
        f"approve= takes {name!r}, and the tool does not", mend=suggestion(name, known)
    )
