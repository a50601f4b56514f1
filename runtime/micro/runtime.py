"""Puts a runtime together: registry, gateway, backend and stores, for doors and control to hold.

Opens no door itself: ``serving`` and the developer tools do.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

import anyio
from msgspec.structs import replace

from micro.backends.backend import Backend
from micro.backends.deadlines import deadlines
from micro.calls import Call, Caller, Stage, Timed, ToolResult
from micro.control.messages import Called
from micro.errors import unwrapped
from micro.events import EventBus, ProblemFound
from micro.gateway.company import Company
from micro.gateway.gateway import Gateway
from micro.gateway.guards import Guards
from micro.gateway.large import LargeResults
from micro.gateway.limits.approvals import Approvals
from micro.gateway.lists import tell_lists
from micro.gateway.openings import Openings, keep_nothing
from micro.gateway.rules import Rules
from micro.gateway.stages.admission import Admission
from micro.gateway.stages.audit import Audit, Write
from micro.gateway.stages.errors import errors
from micro.gateway.stages.trace import trace
from micro.peers import confidant
from micro.protocol.identity import Identity
from micro.redaction import Redactor
from micro.registry.registry import Registry
from micro.snapshots import CallDetail, HostView, Snapshot
from micro.stores.entries import Entry
from micro.stores.ledger import Ledger
from micro.stores.overview import Overview
from micro.stores.records import AuditReader

VERSION = version("micro-runtime")
SHOWN_CALLS = 1_000
"""Calls in a snapshot."""


class Runtime:
    """Holds what serves: events, registry, gateway, stores. Serves within ``running``.

    Args:
        identity: How clients see it.
        project: The project's folder, or what else people should read there.
        bus: Where everything is told.
        write_audit: Keeps a record of each call; tells once it is kept, or cannot be. By default
            nobody does, and none is made.
        host: What is known of the process that runs the code.
        rules: What is asked of calls over what tools declare.

    Attributes:
        redactor: Takes secrets out of all that is kept and told.
        records: Reads the audit log for who watches; ``None`` if it is kept elsewhere.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        project: str,
        bus: EventBus,
        write_audit: Write | None = None,
        host: HostView,
        rules: Rules | None = None,
    ) -> None:
        self.identity = identity
        self.bus = bus
        self.write_audit = write_audit or keep_nothing
        self.records: AuditReader | None = None
        self._rules = rules = rules or Rules()
        redactor = self.redactor = Redactor(os.environ, rules.secrets)
        bus.redact = redactor.event
        self.approvals = Approvals(bus, redactor)
        self._guards = Guards(rules, bus, approvals=self.approvals)
        self.registry = Registry(self._guards.around)
        self._guards.find = lambda name: self.registry.catalogue.named(name)
        self.stopping = anyio.Event()
        self._project = project
        self._started_at = time.time()
        self._ledger = Ledger(redactor)
        self._overview = Overview(self.registry, host)
        self._backend: Backend | None = None
        bus.attach(self._ledger.take, calls=False)
        bus.attach(self._overview.take, calls=False)
        stages: list[Stage | Timed] = [errors, trace(bus, self._ledger, redactor)]
        if write_audit is not None:
            stages.append(Timed("audit", _audit(write_audit, rules, redactor)))
        stages.append(Timed("admission", Admission(rules.calls_in_flight)))
        self.gateway = Gateway(
            self.registry,
            stages,
            catch_up=self._catch_up,
            auth=rules.auth,
            on_listed=tell_lists(bus),
            company=Company(bus),
        )
        self.gateway.clean = redactor.of_call
        self.gateway.openings = Openings(self.write_audit)
        self.gateway.large = LargeResults(self.gateway.find, limit=rules.result_bytes)

    def decide(self, call: int, *, allowed: bool, by: str) -> None:
        """Let a call that waits for approval go on, or not.

        Raises:
            MicroError: It does not wait.
        """
        self.approvals.decide(call, allowed=allowed, by=by)

    def keep_calls(self, keep: Callable[[Entry], None]) -> None:
        """Give every call to ``keep`` too once it has ended; it must not block.

        An exporter of traces begins here: ``stores.spans`` makes spans of ``entry.detail()``, which
        a thread of its own had better do.
        """
        self._ledger.keepers.append(keep)

    @asynccontextmanager
    async def running(
        self, backend: Backend, *, patience: float = math.inf
    ) -> AsyncGenerator[None]:
        """Serve what a backend runs; entered once it is ready, or after ``patience`` seconds."""
        self._backend = backend
        ready = anyio.Event()
        with unwrapped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(backend.run, ready)
                with anyio.move_on_after(patience):
                    await ready.wait()
                    self._tell_unmet()
                try:
                    yield
                finally:
                    tasks.cancel_scope.cancel()

    async def ask(self, tool: str, arguments: bytes, parent: Call) -> ToolResult:
        """Run a call that a tool makes: as the same subject, in the same trace.

        Raises:
            Refused: It was not let through.
        """
        caller = replace(
            parent.caller,
            door="service",
            client=parent.name,
            client_version="",
            depth=parent.caller.depth + 1,
        )
        deadline = parent.deadline
        if deadline is not None:
            deadline += deadlines.moved(parent.id)
        return await self.gateway.call(
            tool,
            arguments,
            caller=caller,
            traceparent=f"00-{parent.trace_id}-{parent.span_id}-01",
            deadline=deadline,
            peer=confidant(parent.peer),
        )

    def snapshot(self) -> Snapshot:
        """Give the state now."""
        overview = self._overview
        return Snapshot(
            project=self._project,
            name=self.identity.name,
            pid=os.getpid(),
            version=VERSION,
            started_at=self._started_at,
            addresses=overview.addresses,
            host=overview.host,
            services=overview.services,
            calls=self._ledger.last(SHOWN_CALLS),
            logs=overview.logs,
            clients=overview.clients,
            problems=overview.problems,
            rates=self._guards.rates,
            breakers=self._guards.breakers,
            approvals=self.approvals.waiting,
            lists=overview.lists,
            hosts=self._backend.hosts if self._backend else (),
        )

    def detail(self, call: int) -> CallDetail | None:
        """Give all that is kept of one call, ``None`` once it is forgotten."""
        return self._ledger.detail(call)

    async def control_call(self, tool: str, arguments: bytes, caller: Caller) -> Called:
        """Call a tool for the control door.

        Raises:
            Refused: It was not let through.
        """
        result = await self.gateway.call(tool, arguments, caller=caller)
        fault = result.fault
        unexpected = fault is not None and fault.kind != "tool_error"
        return Called(
            text=result.text,
            structured=(result.structured or b"").decode(),
            is_error=result.is_error,
            trace_id=result.trace_id,
            kind=fault.kind if fault else "",
            retryable=fault is not None and fault.retryable,
            traceback=self.redactor.text(fault.traceback) if fault and unexpected else "",
        )

    async def reload(self, service: str) -> None:
        """Load a service again, or every one if the name is empty."""
        if self._backend is not None:
            await self._backend.reload_service(service)

    def _tell_unmet(self) -> None:
        """Tell of rules that fit no tool: a misspelt one leaves a tool open."""
        specs = [tool.spec for tool in self.registry.catalogue.members]
        for name in self._rules.unmet(specs):
            self.bus.publish(
                ProblemFound(
                    message=f"the settings ask something of {name!r}, and no tool has that name",
                    mend="correct the name in scopes or tools, or remove it",
                )
            )

    async def _catch_up(self) -> None:
        if self._backend is not None:
            await self._backend.catch_up()

    def request_stop(self) -> None:
        """Set ``stopping``; whoever runs it closes it."""
        self.stopping.set()


def _audit(write: Write, rules: Rules, redactor: Redactor) -> Audit:
    settings = rules.audit
    values = redactor if settings.values else None
    return Audit(write, on_failure=settings.on_failure, values=values)
