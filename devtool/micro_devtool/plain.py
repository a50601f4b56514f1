"""An event as text, for terminals without a dashboard, logs and pipes. Pure: ``follow`` prints.

An event is one line. What needs mending has its mend, and a traceback, on lines below it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from micro.events import (
    AnyEvent,
    ApprovalAsked,
    ApprovalDecided,
    BreakerChanged,
    CallFinished,
    CallStarted,
    ClientConnected,
    ClientDisconnected,
    HostExited,
    HostStarted,
    ListChanged,
    LoadError,
    LogWritten,
    ProblemFound,
    ResourceUpdated,
    RuntimeStarted,
    ServiceFailed,
    ServiceLoaded,
    ServiceRemoved,
    ToolsChanged,
    ToolsListed,
)
from micro.snapshots import CallView, ServiceView, Snapshot
from micro_devtool.output import Tone
from micro_tui.format import clean, duration

_OUTCOME_TONES: dict[str, Tone] = {
    "ok": "good",
    "error": "bad",
    "refused": "warn",
    "cancelled": "warn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """An event as text, and how it should look where there is colour."""

    text: str
    tone: Tone = ""


def describe(event: AnyEvent, *, tool: str = "") -> PlainText:
    """Give an event as text; ``tool`` is the one that an ended call was of."""
    match event:
        case ServiceFailed():
            kept = f"still serving generation {event.serving}; " if event.serving else ""
            failure = f"{describe_failure(event.error)}\n  {kept}save the file again to retry"
            return PlainText(text=failure, tone="bad")
        case ProblemFound():
            mend = f"\n  {clean(event.mend)}" if event.mend else ""
            return PlainText(text=f"micro: {clean(event.message)}{mend}", tone="warn")
        case _:
            word, text, tone = _line(event, tool)
            return PlainText(text=f"{_clock(event.time)}  {word:<9} {clean(text)}", tone=tone)


def _line(event: AnyEvent, tool: str) -> tuple[str, str, Tone]:
    match event:
        case CallStarted():
            who = f" from {event.client}" if event.client else ""
            text = f"#{event.call} {event.tool} {event.arguments}{who} by {event.door}"
            return "call", text, ""
        case CallFinished():
            text = f"#{event.call} {tool} {duration(event.duration)}"
            told = ": ".join(word for word in (text, event.reason, event.said) if word)
            return event.outcome, told, _OUTCOME_TONES[event.outcome]
        case LogWritten():
            call = "" if event.call is None else f"#{event.call} "
            text = f"{call}{event.service} {event.level} {event.logger}: {event.text}"
            return "log", text, "dim"
        case ClientConnected():
            return "client", f"{event.client or 'a client'} came by {event.door}", "dim"
        case ClientDisconnected():
            return "client", f"{event.connection} left", "dim"
        case ToolsListed():
            who, tools = event.client or "a client", _count(event.tools, "tool")
            return "list", f"{who} by {event.door} was given {tools}", "dim"
        case _:
            return _line_of_runtime(event)


def _line_of_runtime(event: AnyEvent) -> tuple[str, str, Tone]:
    match event:
        case RuntimeStarted():
            urls = [f"{url}/mcp" if url.startswith("http") else url for url in event.addresses]
            return "ready", " ".join(urls) or "no address", "strong"
        case ServiceLoaded():
            count = _count(len(event.tools), "tool")
            text = f"{event.service}, generation {event.generation}, {count}"
            changes = "".join(f"; {change}" for change in event.changes)
            return "loaded", f"{text}, {duration(event.duration)}{changes}", "good"
        case ServiceRemoved():
            return "removed", event.service, "warn"
        case ToolsChanged():
            return "tools", f"clients see {_count(event.tools, 'tool')} now", ""
        case ListChanged():
            return "list", f"clients see {_count(event.count, event.kind)} now", ""
        case ResourceUpdated():
            return "resource", f"{event.uri} of {event.service} has other content", "dim"
        case BreakerChanged():
            led = f" after {_count(event.failures, 'failure')} in a row" if event.failures else ""
            tone: Tone = "good" if event.state == "closed" else "warn"
            return "breaker", f"{event.tool} is {event.state} now{led}", tone
        case ApprovalAsked():
            who = f" for {event.subject}" if event.subject else ""
            return (
                "approve",
                f"#{event.call} {event.tool}{who} waits: micro approve {event.call}",
                "warn",
            )
        case ApprovalDecided():
            verdict = "allowed" if event.allowed else "not allowed"
            return "approve", f"#{event.call} {verdict} by {event.by or 'nobody'}", ""
        case HostStarted():
            place = f" in the place of {event.replaces}" if event.replaces else ""
            return "host", f"process {event.pid} takes calls{place}", "dim"
        case HostExited():
            lost = _count(event.calls, "call")
            text = f"process {event.pid} ended: {event.status}; {lost} in it failed"
            return "host", text, "bad"
        case _:
            return type(event).__struct_config__.tag, "", ""  # pyright: ignore


def describe_failure(error: LoadError) -> str:
    """Give a failed load: where and why, the author's frames, and how to mend it."""
    first, *more = error.message.splitlines() or [""]
    lines = [f"micro: {clean(_place(error))} does not load: {clean(first)}"]
    below = [*more, *error.frames.splitlines(), *error.mend.splitlines()]
    return "\n".join([*lines, *(f"  {clean(line)}" for line in below)])


def _place(error: LoadError) -> str:
    return error.file if error.line is None else f"{error.file}:{error.line}"


def events_in(snapshot: Snapshot) -> list[AnyEvent]:
    """Give the facts that led to a state, for a reader who comes in the middle."""
    events: list[AnyEvent] = []
    if snapshot.addresses:  # else its event is still to come
        events.append(RuntimeStarted(time=snapshot.started_at, addresses=snapshot.addresses))
    pids = [host.pid for host in snapshot.hosts if host.pid is not None]
    events += [HostStarted(time=snapshot.started_at, pid=pid) for pid in pids]
    for service in snapshot.services:
        events += _events_of(service)
    for view in snapshot.calls:
        events += _events_of_call(view)
    return [*events, *snapshot.problems]


def _events_of(service: ServiceView) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    if service.generation:
        events.append(
            ServiceLoaded(
                time=service.loaded_at,
                service=service.name,
                generation=service.generation,
                file=service.file,
                tools=tuple(tool.name for tool in service.tools),
                duration=service.load_duration,
                changes=service.changes,
            )
        )
    return [*events, *_failures_of(service)]


def _events_of_call(view: CallView) -> list[AnyEvent]:
    started = CallStarted(
        time=view.time,
        call=view.call,
        trace_id=view.trace_id,
        tool=view.tool,
        door=view.door,
        client=view.client,
        subject=view.subject,
        arguments=view.arguments,
    )
    if view.outcome is None or view.duration is None:
        return [started]
    finished = CallFinished(
        time=view.time + view.duration,
        call=view.call,
        outcome=view.outcome,
        duration=view.duration,
        generation=view.generation,
        reason=view.reason,
        said=view.said,
    )
    return [started, finished]


def _failures_of(service: ServiceView) -> list[ServiceFailed]:
    """Give the fact that a service's code does not load, if it is one."""
    if service.error is None:
        return []
    serving = service.generation or None
    return [ServiceFailed(service=service.name, error=service.error, serving=serving)]


def quick_start(folder: str) -> str:
    """Say what to write where no service was found."""
    return (
        f"micro: no services in {clean(folder)} yet\n"
        "  make one that runs: micro new hello\n"
        "  or save a file like this, which is found at once:\n"
        "    from micro import Service\n"
        "\n"
        '    hello = Service("hello")\n'
        "\n"
        "    @hello.tool\n"
        "    def greet(name: str) -> str:\n"
        '        """Greet someone by name."""\n'
        '        return f"Hello, {name}!"'
    )


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
