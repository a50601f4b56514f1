"""What runtime and host say to each other, over one ordered socket."""

from __future__ import annotations

from typing import Any

import msgspec

from micro.backends.host.consulting import Consult, Consulted, Held
from micro.backends.host.orders import Load, Order, Settled
from micro.calls import Caller, Fault, ToolSpec
from micro.events import (
    LoadError,
    LogWritten,
    ProblemFound,
    ResourceUpdated,
    ServiceFailed,
    ServiceLoaded,
    ServiceRemoved,
)
from micro.peers import Ability, Question

WIRE = 3
"""Counted up with each change of what is said: both ends must come from one version of it."""


class Invoke(msgspec.Struct, frozen=True, kw_only=True, tag="invoke"):
    """To the host: run a tool. ``timeout`` in seconds from now; ``progress``: report it.

    ``asks``: whether its client can be asked, which is able to do ``abilities``.
    """

    id: int
    tool: str
    arguments: bytes
    trace_id: str
    span_id: str
    caller: Caller
    timeout: float | None
    progress: bool
    asks: bool = False
    abilities: tuple[Ability, ...] = ()


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag="cancel"):
    """To the host: nobody waits for this call any more."""

    id: int


class Answered(msgspec.Struct, frozen=True, kw_only=True, tag="answered"):
    """To the host: the outcome of a call that a tool asked for. ``refused``: it was not let in."""

    id: int
    content: list[dict[str, Any]] = []
    structured: bytes | None = None
    fault: Fault | None = None
    asks: tuple[Question, ...] = ()
    refused: str = ""


class Ping(msgspec.Struct, frozen=True, kw_only=True, tag="ping"):
    """To the host: give a sign of life."""


ToHost = Ping | Load | Order | Settled | Invoke | Cancel | Answered | Consulted | Held


class Loaded(msgspec.Struct, frozen=True, kw_only=True, tag="loaded"):
    """To the runtime: the first load is done.

    ``services`` are those that serve, ``modules`` what the next host finds useful to have imported,
    ``files`` the project's modules that were imported, with a hash of each.
    """

    services: tuple[str, ...]
    modules: tuple[str, ...]
    files: dict[str, bytes]


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True, tag="elsewhere"):
    """To the runtime: serve this file in a process of its own. Answered by ``Settled``."""

    id: int
    file: str


class Reloaded(msgspec.Struct, frozen=True, kw_only=True, tag="reloaded"):
    """To the runtime: a ``Reload`` or ``ReloadService`` was carried out, or refused."""

    id: int
    error: str = ""
    mend: str | None = None


class Watching(msgspec.Struct, frozen=True, kw_only=True, tag="watching"):
    """To the runtime: what matters besides the code below the project's folder.

    ``folders``: of code elsewhere, each without those below it. ``patterns``: absolute, of other
    files that are read at import; ``*`` matches ``/`` too. ``installed``: where packages are.
    """

    folders: tuple[str, ...]
    patterns: tuple[str, ...]
    installed: tuple[str, ...]


class HandedOver(msgspec.Struct, frozen=True, kw_only=True, tag="handed_over"):
    """To the runtime: what services hand over, packed, by their names."""

    id: int
    states: dict[str, bytes]


class Served(msgspec.Struct, frozen=True, kw_only=True, tag="served"):
    """To the runtime: a generation serves; these are its tools."""

    event: ServiceLoaded
    tools: tuple[ToolSpec, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True, tag="told"):
    """To the runtime: something that the developer should see."""

    event: ServiceFailed | ServiceRemoved | LogWritten | ProblemFound | ResourceUpdated

    @property
    def is_aside(self) -> bool:
        """Whether it says nothing of which services there are, so that any host may tell it."""
        return isinstance(self.event, LogWritten | ProblemFound | ResourceUpdated)


class Failing(msgspec.Struct, frozen=True, kw_only=True, tag="failing"):
    """To the runtime: a service does not load as it was saved; ``Told`` follows if that lasts."""

    service: str
    error: LoadError


class Importing(msgspec.Struct, frozen=True, kw_only=True, tag="importing"):
    """To the runtime: the services of this file are being loaded; of none, if it is empty."""

    file: str


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag="finished"):
    """To the runtime: a call's result."""

    id: int
    content: list[dict[str, Any]]
    structured: bytes | None
    fault: Fault | None
    phases: tuple[tuple[str, float, float], ...]
    generation: int
    took: float
    asks: tuple[Question, ...] = ()


class Progressed(msgspec.Struct, frozen=True, kw_only=True, tag="progressed"):
    """To the runtime: how far a call is."""

    id: int
    progress: float
    total: float | None
    message: str | None


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """To the runtime: the tool that runs as call ``parent`` calls another."""

    id: int
    parent: int
    tool: str
    arguments: bytes


class Debugged(msgspec.Struct, frozen=True, kw_only=True, tag="debugged"):
    """To the runtime: code came to a breakpoint, or goes on from it."""

    stopped: bool


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag="pong"):
    """To the runtime: a sign of life."""


Report = Watching | Loaded | Served | Told | Failing | Elsewhere
"""What a host says of its services."""
Answer = Reloaded | HandedOver
ToRuntime = Report | Answer | Importing | Pong | Debugged | Finished | Progressed | Ask | Consult
