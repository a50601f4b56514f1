"""Which handler answers a path and a method, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from micro.doors.asgi import Problem
from micro.doors.rest import CALL_PATH, RestDoor

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]
Methods = dict[str, Handler]


class Routes:
    """The paths of one application: those it is given, and one for every tool."""

    def __init__(self, routes: dict[str, Methods], rest: RestDoor) -> None:
        self._routes = routes
        self._rest = rest

    def find(self, path: str, method: str) -> Handler:
        """Give what answers.

        Raises:
            Problem: There is no such path, or it does not take the method.
        """
        methods = self._routes.get(path) or self._of_tool(path)
        if methods is None:
            known = ", ".join([*self._routes, f"{CALL_PATH}/SERVICE/TOOL"])
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "unknown_path",
                message=f"there is nothing at {path[:200]!r}",
                mend=f"the paths are {known}",
            )
        if method not in methods:
            allowed = ", ".join(methods)
            raise Problem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "wrong_method",
                message=f"{path[:200]!r} does not take {method[:20]}",
                mend=f"use {allowed}",
                headers=[(b"allow", allowed.encode())],
            )
        return methods[method]

    def _of_tool(self, path: str) -> Methods | None:
        service, _, tool = path.removeprefix(f"{CALL_PATH}/").partition("/")
        if not path.startswith(f"{CALL_PATH}/") or not service or not tool or "/" in tool:
            return None

        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            await self._rest.call_named(scope, receive, send, name=f"{service}.{tool}")

        return {"POST": call}
