"""The runtime process of a project: its doors, its host, and the watch on its files.

``python -m micro_devtool.devloop ROOT [--address HOST:PORT] [--kind dev|headless] …``. Started by
the command line, and by the bridge through ``headless``; prints nothing but why it could not start.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import anyio

from micro.backends.host.client import HostBackend
from micro.backends.host.dotenv import ProjectEnvironment
from micro.backends.host.starting import Started
from micro.config import Project, load_project
from micro.errors import ConfigError, MicroError
from micro.events import (
    AnyEvent,
    ClientConnected,
    ClientDisconnected,
    EventBus,
    ProblemFound,
    RuntimeStarted,
)
from micro.gateway.auth.auth import Auth
from micro.gateway.auth.setup import project_auth
from micro.gateway.rules import Rules
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identity import Identity
from micro.runtime import VERSION, Runtime
from micro.snapshots import HostView
from micro.state import RuntimeInfo, StateFolder
from micro.stores.kept import Kept, open_kept
from micro.stores.records import AuditReader
from micro.system.pipes import read_pipe
from micro.system.program import loop_options, make_ours
from micro.system.signals import STOP, open_signals
from micro_devtool import runtimeflags
from micro_devtool.sockets import Sockets, bind_all, open_doors, web_app
from micro_devtool.steering import steerable
from micro_devtool.watching import Watcher, follow, join, make_watcher

LOAD_PATIENCE = 5.0
"""Seconds that the doors wait for the first load, so that a first list is whole."""
FIRST_CLIENT, LAST_CLIENT = 30.0, 1.0
"""Seconds that a headless runtime waits for its first client, and goes on after its last."""


async def serve_project(
    project: Project,
    *,
    address: str,
    kind: Literal["dev", "headless"],
    insecure: bool = False,
    ahead: Started | None = None,
) -> None:
    """Serve a project until told to stop.

    Args:
        project: The folder and its settings.
        address: Where HTTP listens; empty for no HTTP.
        kind: ``dev`` ends when its stdin does, ``headless`` once its clients are gone.
        insecure: Let other machines call without a token, where the address is open to them.
        ahead: A zygote that runs already.

    Raises:
        RuntimeBusy: Another runtime serves the project.
        AddressUnusable: The address is taken.
        ConfigError: Other machines reach the address, and there is no token that one could send.
    """
    state = StateFolder(project.state)
    with state.lock():
        asked = project_auth(project.settings.auth, state.keys)
        open_to_others = insecure or asked.knows_someone
        sockets = bind_all(project, state, address, open_to_others=open_to_others)
        watcher, problem = make_watcher(project.root)
        async with (
            _running(project, state, watcher, auth=asked.auth, ahead=ahead) as served,
            anyio.create_task_group() as tasks,
        ):
            runtime, backend, endpoint = served
            tasks.start_soon(_stop_on_signal, runtime)
            tasks.start_soon(_stop_on_eof if kind == "dev" else _stop_when_alone, runtime)
            tasks.start_soon(follow, watcher, backend, runtime.bus.publish)
            if problem:
                runtime.bus.publish(ProblemFound(message=problem))
            auth, sse = runtime.gateway.auth, project.settings.http.sse
            app = web_app(endpoint, auth, sockets, insecure=insecure, sse=sse)
            if project.settings.http.control:
                app = steerable(app, runtime, sockets.addresses)
            await open_doors(tasks, runtime, endpoint, sockets, app=app)
            with sockets.tidied(), state.announce(_info(state, sockets, kind)):
                runtime.bus.publish(RuntimeStarted(addresses=sockets.urls))
                await runtime.stopping.wait()
            tasks.cancel_scope.cancel()


@asynccontextmanager
async def _running(
    project: Project, state: StateFolder, watcher: Watcher, *, auth: Auth, ahead: Started | None
) -> AsyncGenerator[tuple[Runtime, HostBackend, McpEndpoint]]:
    bus = EventBus()
    identity = Identity(
        name=project.name, version=VERSION, instructions=project.settings.instructions
    )
    with _kept(project, state, bus) as kept:
        runtime = Runtime(
            identity,
            project=str(project.root),
            bus=bus,
            write_audit=kept.audit.write,
            host=HostView(pid=None, state="starting"),
            rules=Rules.of(project.settings, auth),
        )
        runtime.redactor.follow(ProjectEnvironment(project.root))
        runtime.keep_calls(kept.history.add)
        runtime.records = AuditReader(state.audit)
        backend = HostBackend(
            project.root,
            runtime.registry,
            bus=bus,
            ask=runtime.ask,
            preload=state.preload,
            memory_limit=project.settings.host_memory_mb * 2**20,
            workers=project.settings.workers,
            ahead=ahead,
        )
        join(watcher, backend)
        endpoint = McpEndpoint(runtime.gateway, bus, identity=identity)
        async with runtime.running(backend, patience=LOAD_PATIENCE), endpoint.running():
            yield runtime, backend, endpoint


def _kept(project: Project, state: StateFolder, bus: EventBus) -> AbstractContextManager[Kept]:
    durability = project.settings.durability
    return open_kept(state.audit, state.history, bus, durability=durability)


async def _stop_on_signal(runtime: Runtime) -> None:
    with open_signals(*STOP) as signals:
        async for _ in signals:
            runtime.request_stop()


async def _stop_on_eof(runtime: Runtime) -> None:
    """Stop when whoever started this process is gone: its end of our stdin is closed then."""
    async for _ in read_pipe(sys.stdin.fileno()):
        pass
    runtime.request_stop()


async def _stop_when_alone(runtime: Runtime) -> None:
    """Stop a while after the last client has gone, or if none ever comes."""
    changed = anyio.Event()

    def hear(event: AnyEvent) -> None:
        if isinstance(event, ClientConnected | ClientDisconnected):
            changed.set()

    runtime.bus.attach(hear, calls=False)
    patience = FIRST_CLIENT
    while True:
        alone = not runtime.snapshot().clients
        with anyio.move_on_after(patience if alone else None) as waiting:
            await changed.wait()
            changed = anyio.Event()
            patience = LAST_CLIENT
        if waiting.cancelled_caught:
            runtime.request_stop()
            return


def _info(state: StateFolder, sockets: Sockets, kind: Literal["dev", "headless"]) -> RuntimeInfo:
    return RuntimeInfo(
        pid=os.getpid(),
        kind=kind,
        version=VERSION,
        addresses=sockets.urls,
        mcp=str(state.mcp_socket),
        control=str(state.control_socket),
    )


def main(ahead: Started | None = None) -> None:
    """Serve the project that the arguments name; exit 2 on wrong settings, 3 if it cannot start.

    ``ahead`` is a zygote for that project which runs already.
    """
    parser = argparse.ArgumentParser(prog="micro_devtool.devloop")
    parser.add_argument("root", type=Path)
    parser.add_argument("--address", default=None)
    parser.add_argument("--insecure", action="store_true")
    parser.add_argument("--kind", choices=("dev", "headless"), default="dev")
    runtimeflags.add_to(parser)
    options = parser.parse_args()
    make_ours()
    try:
        project = load_project(options.root)
        project = replace(project, settings=runtimeflags.apply(options, project.settings))
        address = options.address
        if address is None:
            address = project.settings.address if options.kind == "dev" else ""
        serve = partial(
            serve_project,
            address=address,
            kind=options.kind,
            insecure=options.insecure,
            ahead=ahead,
        )
        anyio.run(serve, project, backend_options=loop_options())
    except MicroError as error:
        mend = f"\n  {error.mend}" if error.mend else ""
        sys.stderr.write(f"micro: {error.message}{mend}\n")
        sys.exit(2 if isinstance(error, ConfigError) else 3)


if __name__ == "__main__":
    main()
