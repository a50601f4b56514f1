"""What the dashboard sees besides calls: services, clients, log lines, problems, the host.

Fed by the bus alone; holds no more than a bounded number of lines.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

import msgspec

from micro.calls import Kind, ToolSpec
from micro.events import (
    AnyEvent,
    ClientConnected,
    ClientDisconnected,
    HostExited,
    HostStarted,
    LogWritten,
    ProblemFound,
    RuntimeStarted,
    ServiceFailed,
    ServiceLoaded,
    ServiceRemoved,
    ToolsListed,
)
from micro.policies import Policy
from micro.registry.registry import Registry
from micro.snapshots import ClientView, HostView, ServiceView, ToolView

KEPT_LINES = 1_000
KEPT_PROBLEMS = 50
KEPT_LISTS = 100


class Overview:
    """Follows events; every property is a frozen view of now.

    Args:
        registry: Where the tools of a service are looked up.
        host: What is known of the host at the start.
    """

    def __init__(self, registry: Registry, host: HostView) -> None:
        self._registry = registry
        self._services: dict[str, ServiceView] = {}
        self._clients: dict[str, ClientView] = {}
        self._lists: dict[tuple[str, ...], ToolsListed] = {}
        self._logs: deque[LogWritten] = deque(maxlen=KEPT_LINES)
        self._problems: deque[ProblemFound] = deque(maxlen=KEPT_PROBLEMS)
        self._pids: list[int] = []
        self.host = host
        self.addresses: tuple[str, ...] = ()

    def take(self, event: AnyEvent) -> None:
        """Take in an event (for the bus)."""
        match event:
            case ServiceLoaded():
                self._loaded(event)
            case ServiceFailed():
                self._failed(event)
            case ServiceRemoved(service=service):
                self._services.pop(service, None)
            case ClientConnected():
                self._connected(event)
            case ClientDisconnected(connection=connection):
                self._clients.pop(connection, None)
            case ToolsListed():
                self._listed(event)
            case LogWritten():
                self._logs.append(event)
            case ProblemFound():
                self._problems.append(event)
            case HostStarted(pid=pid, replaces=before):
                self._hosts_are([*(known for known in self._pids if known != before), pid])
            case HostExited(pid=pid):
                self._hosts_are([known for known in self._pids if known != pid])
            case RuntimeStarted(addresses=addresses):
                self.addresses = addresses
            case _:
                pass

    @property
    def services(self) -> tuple[ServiceView, ...]:
        """Every service, by name, with the tools, resources and prompts that serve now."""
        return tuple(self._filled(view) for _, view in sorted(self._services.items()))

    def _filled(self, view: ServiceView) -> ServiceView:
        members = self._registry.catalogue.services.get(view.name, ())

        def views(kind: Kind) -> tuple[ToolView, ...]:
            return tuple(tool_view(each.spec) for each in members if each.spec.kind == kind)

        return msgspec.structs.replace(
            view, tools=views("tool"), resources=views("resource"), prompts=views("prompt")
        )

    @property
    def clients(self) -> tuple[ClientView, ...]:
        """Connections that are open, oldest first."""
        return tuple(self._clients.values())

    @property
    def lists(self) -> tuple[ToolsListed, ...]:
        """What clients were given as the list of tools, each one's last, the newest at the end."""
        return tuple(self._lists.values())

    @property
    def logs(self) -> tuple[LogWritten, ...]:
        """The last lines, oldest first."""
        return tuple(self._logs)

    @property
    def problems(self) -> tuple[ProblemFound, ...]:
        """The last problems, oldest first."""
        return tuple(self._problems)

    def _hosts_are(self, pids: list[int]) -> None:
        """Know which processes run the code; it can be called while there is one."""
        self._pids = pids
        state = "serving" if pids else "restarting"
        self.host = HostView(pid=pids[0] if pids else None, state=state)

    def _connected(self, event: ClientConnected) -> None:
        """Show a connection; one that is told again, with its name, is as old as it was."""
        known = self._clients.get(event.connection)
        self._clients[event.connection] = ClientView(
            connection=event.connection,
            door=event.door,
            client=event.client,
            since=known.since if known else event.time,
            client_version=event.client_version,
            protocol=event.protocol,
            subject=event.subject,
        )

    def _listed(self, event: ToolsListed) -> None:
        self._lists.pop(event.who, None)
        self._lists[event.who] = event
        if len(self._lists) > KEPT_LISTS:
            del self._lists[next(iter(self._lists))]

    def _loaded(self, event: ServiceLoaded) -> None:
        self._services = {
            name: view
            for name, view in self._services.items()
            if view.generation or view.file != event.file
        }
        self._services[event.service] = ServiceView(
            name=event.service,
            version=event.version,
            description=event.description,
            generation=event.generation,
            state="serving",
            loaded_at=event.time,
            load_duration=event.duration,
            file=event.file,
            error=None,
            changes=event.changes,
            tools=(),
        )

    def _failed(self, event: ServiceFailed) -> None:
        known = self._services.get(event.service)
        if known is None:
            known = ServiceView(
                name=event.service,
                version="",
                description="",
                generation=0,
                state="failed",
                loaded_at=event.time,
                load_duration=0.0,
                file=event.file,
                error=event.error,
                changes=(),
                tools=(),
            )
        self._services[event.service] = msgspec.structs.replace(
            known, state="failed", error=event.error
        )


def tool_view(spec: ToolSpec) -> ToolView:
    """Show a tool to people."""
    return ToolView(
        name=spec.full_name,
        wire_name=spec.wire_name,
        title=spec.title,
        description=spec.description,
        input_schema=spec.input_schema,
        output_schema=spec.output_schema,
        scopes=spec.scopes,
        annotations=spec.annotations,
        examples=spec.examples,
        returns=spec.returns,
        raises=spec.raises,
        file=spec.file,
        line=spec.line,
        approval=_approval(spec.policy),
        limits=tuple(spec.policy.limits()),
        uri=spec.resource.uri if spec.resource else "",
        mime_type=spec.resource.mime_type if spec.resource else "",
    )


def _approval(policy: Policy) -> Literal["", "always", "sometimes"]:
    if policy.approve is not None:
        return "always" if policy.approve is True else "sometimes" if policy.approve else ""
    return "sometimes" if policy.judged else ""
