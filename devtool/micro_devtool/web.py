"""The dashboard in a browser: the same screens, through textual-serve, for who has the token.

Listens on the loopback alone. The token comes once, in the address that is printed, and stays in
a cookie; other names for this host, and pages of other origins, are turned away.
"""

from __future__ import annotations

import hmac
import secrets
import shlex
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import anyio
from aiohttp import web
from anyio.abc import TaskGroup
from textual_serve.server import Server

from micro.errors import AddressUnusable, unwrapped
from micro.system.signals import HANGUP, STOP, open_signals
from micro_devtool import output

HOST = "127.0.0.1"
COOKIE = "micro_dashboard"
_STOP_TIMEOUT = 3.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard(Protocol):
    """What aiohttp calls before a request is handled."""

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle the request, or turn it away."""
        ...


class Twin(Server):
    """Serves the dashboard on a project's runtime; each page runs a `micro attach` of its own.

    Args:
        root: The project's folder.
        token: What a browser has to bring.
    """

    def __init__(self, root: Path, *, token: str) -> None:
        words = [sys.executable, "-m", "micro_devtool", "attach", str(root)]
        command, title = shlex.join(words), root.name
        super().__init__(command, host=HOST, title=title)  # pyright: ignore[reportUnknownMemberType]
        self.token = token

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: who started this does."""

    async def make_app(self) -> web.Application:
        """Give the application, behind its guard."""
        app = await self._make_app()
        app.middlewares.append(self._guard())
        return app

    def _guard(self) -> Guard:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if f"http://{request.host}" != self.public_url:
                raise web.HTTPMisdirectedRequest(text="this dashboard has another address")
            if request.headers.get("origin", self.public_url) != self.public_url:
                raise web.HTTPForbidden(text="a page of another origin may not look in here")
            given = request.query.get("token", "")
            if given and request.path == "/" and self._is_token(given):
                return self._let_in()
            if not self._is_token(request.cookies.get(COOKIE, "")):
                raise web.HTTPUnauthorized(text="open the address that micro dev --web printed")
            return await handler(request)

        return guard

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _let_in(self) -> web.Response:
        """Move the token from the address into a cookie that no script reads."""
        answer = web.Response(
            status=303, headers={"location": "/", "referrer-policy": "no-referrer"}
        )
        answer.set_cookie(COOKIE, self.token, httponly=True, samesite="Strict", path="/")
        return answer


async def serve_twin(root: Path, *, port: int, ready: Callable[[str], None]) -> None:
    """Serve the dashboard in browsers until cancelled; ``ready`` gets the address to open.

    Args:
        root: The project's folder.
        port: Where to listen; 0 takes any that is free.
        ready: Told once it listens.

    Raises:
        AddressUnusable: Another program listens there.
    """
    token = secrets.token_urlsafe(32)
    twin = Twin(root, token=token)
    runner = web.AppRunner(await twin.make_app(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            raise AddressUnusable(
                f"port {port} is taken by another program",
                mend="choose one with --web-port, or 0 for any",
            ) from error
        twin.public_url = f"http://{HOST}:{runner.addresses[0][1]}"
        ready(f"{twin.public_url}/?token={token}")
        await anyio.sleep_forever()
    finally:
        with anyio.move_on_after(_STOP_TIMEOUT, shield=True):
            await runner.cleanup()


async def serve_until_told(root: Path, *, ended: threading.Event, port: int) -> int:
    """Serve the dashboard in browsers until a signal says stop; give the exit code.

    ``ended`` stops it too; its owner sets it in the end, as a thread waits for it.
    """
    code = 0

    def ready(address: str) -> None:
        output.data(address)
        output.note("micro: the dashboard is in your browser at this address; ctrl+c stops it")

    async def serve() -> None:
        await serve_twin(root, port=port, ready=ready)

    async def on_end(tasks: TaskGroup) -> None:
        await anyio.to_thread.run_sync(ended.wait, abandon_on_cancel=True)
        tasks.cancel_scope.cancel()

    with unwrapped():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve)
            tasks.start_soon(on_end, tasks)
            with open_signals(*STOP, *HANGUP) as signals:
                async for received in signals:
                    code = 130 if received == signal.SIGINT else 0
                    break
            tasks.cancel_scope.cancel()
    return code
