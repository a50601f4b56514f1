"""Lists that fill a view: services with their figures, limits, problems."""

from __future__ import annotations

from collections.abc import Sequence

from micro.errors import ConfigError
from micro.policies import RateLimit, read_rate_limit
from micro.snapshots import BreakerView, HostView, RateView, ServiceView
from micro_tui import format as words
from micro_tui.findings import SEVERITIES, Finding, key_of
from micro_tui.look import Glyphs
from micro_tui.paint.effects import breaking
from micro_tui.paint.failure import failure_place
from micro_tui.paint.services import Item
from micro_tui.parts import SPACE, Part, Parts, cut, pad, pad_left
from micro_tui.state import State

_SPARK = 24
_RECENT = 2
"""Steps of a service's activity that its rate is taken over."""

_GAUGE = 20


def service_rows(state: State, width: int, *, now: float, glyphs: Glyphs) -> list[Item]:
    """Give a line a service: health, generation, last load, calls, latency, failures, activity."""
    wide = width >= 100
    head = "   " + "service".ljust(20) + "state".ljust(16) + "loaded".rjust(14)
    head += "calls".rjust(9) + "failed".rjust(8) + "rate".rjust(9)
    head += "p50".rjust(9) + "p95".rjust(9)
    items: list[Item] = [("", [("dim", cut(head if wide else head[:70], width))])]
    for name, service in sorted(state.services.items()):
        line = _service(service, state, now=now, glyphs=glyphs)
        spark = state.stats.service(name).activity.values(now)
        drawn = words.sparkline(spark, top=4, ascii_only=glyphs.plain)
        line = line if wide else line[:7]
        room = width - 99
        if wide and room >= 8:
            line += [SPACE, SPACE, ("spark", drawn[-min(room, _SPARK) :])]
        items.append((name, line))
    return items if state.services else [("", [("dim", "   none found yet")])]


def _service(service: ServiceView, state: State, *, now: float, glyphs: Glyphs) -> Parts:
    stats = state.stats.service(service.name)
    failed = service.state == "failed"
    mark: Part = ("error", glyphs.error) if failed else ("ok", glyphs.ok)
    health = "does not load" if failed else f"v{service.generation} serving"
    if failed and service.generation:
        health = f"v{service.generation} still serves"
    age = words.age(max(0.0, now - service.loaded_at))
    loaded = f"{words.duration(service.load_duration)} {pad_left(age, 4)}"
    broken = breaking(service.changes)
    changed = f" {broken} BREAKING" if broken else ""
    share = stats.failures / stats.calls if stats.calls else 0.0
    rate = sum(stats.activity.values(now)[-_RECENT:]) / (_RECENT * stats.activity.step)
    return [
        ("base", " "),
        mark,
        ("strong", " " + pad(service.name, 20)),
        ("error" if failed or broken else "base", pad(changed.strip() or health, 16)),
        ("dim", pad_left(loaded, 14)),
        ("base", pad_left(f"{stats.calls:,}", 9)),
        ("error" if stats.failures else "dim", pad_left(words.percent(share), 8)),
        ("base" if rate else "dim", pad_left(words.rate(rate), 9)),
        ("base", pad_left(_seconds(stats.percentile(0.5)), 9)),
        ("base", pad_left(_seconds(stats.percentile(0.95)), 9)),
    ]


def _seconds(value: float | None) -> str:
    return "" if value is None else words.duration(value)


def limit_rows(state: State, width: int, *, glyphs: Glyphs) -> list[Item]:
    """Give a gauge for each bucket that is not full, and each breaker that is not closed.

    Below them are the processes that run the code, if there are several.
    """
    breakers = sorted(state.breakers, key=lambda view: view.tool)
    buckets = sorted(state.rates, key=lambda view: (view.remaining, view.key))
    items = [(f"breaker:{view.tool}", _breaker(view, width, glyphs=glyphs)) for view in breakers]
    items += [(f"bucket:{view.key}", _bucket(view, width, glyphs=glyphs)) for view in buckets]
    items = items or [("", [("dim", "   every bucket is full, and every breaker is closed")])]
    if len(state.hosts) > 1:
        items += [("", []), ("", [("dim", "   processes that share the calls")])]
        items += [(f"host:{host.pid or 0}", _host(host, glyphs)) for host in state.hosts]
    return items


def _host(host: HostView, glyphs: Glyphs) -> Parts:
    if host.pid is None:
        return [SPACE, ("warn", glyphs.live), SPACE, ("warn", host.state)]
    lacks = f"without {', '.join(host.behind)}" if host.behind else ""
    return [
        SPACE,
        ("warn" if host.failing else "ok", glyphs.warn if host.failing else glyphs.ok),
        SPACE,
        ("strong", pad(f"process {host.pid}", 20)),
        ("base", pad(words.plural(host.calls, "call"), 12)),
        ("base", pad(f"{host.memory / 1e6:,.0f} MB" if host.memory else "", 12)),
        ("dim", pad("loads first" if host.leads else "", 14)),
        ("warn" if host.failing else "dim", lacks),
    ]


def _breaker(view: BreakerView, width: int, *, glyphs: Glyphs) -> Parts:
    style = "error" if view.state == "open" else "warn"
    room, wide = _key_room(width), width >= 100
    said = words.plural(view.failures, "failure") + (" in a row" if wide else "")
    if view.retry_after > 0:
        said += f", {'tried ' * wide}again in {words.duration(view.retry_after)}"
    return [
        SPACE,
        (style, glyphs.error if view.state == "open" else glyphs.warn),
        SPACE,
        ("strong", pad(view.tool, room)),
        (style, pad(view.state, 11)),
        ("base", cut(said, width - room - 15)),
    ]


def _key_room(width: int) -> int:
    """Give the cells for what is limited: more where there is room."""
    return min(40, max(20, width - 56))


def _bucket(view: RateView, width: int, *, glyphs: Glyphs) -> Parts:
    size = bucket_size(view.limit)
    used = min(1.0, max(0.0, 1 - view.remaining / size)) if size else 0.0
    style = "error" if not view.remaining else "warn" if used >= 0.7 else "ok"
    mark = glyphs.refused if not view.remaining else glyphs.warn if used >= 0.7 else glyphs.ok
    full, empty = words.gauge(used, width=_GAUGE, ascii_only=glyphs.plain)
    name = pad(view.key, _key_room(width))
    left = f"{view.remaining} left" + (f" of {size}" if size else "")
    parts: Parts = [SPACE, (style, mark), SPACE, ("strong", name)]
    parts += [
        (style, full),
        ("rule", empty),
        SPACE,
        SPACE,
        ("base", pad(left, 18 if width >= 100 else 15)),
    ]
    refill = refill_time(view)
    full_again = f"full in {words.duration(refill)}" if refill else ""
    rest = pad(view.limit, 18) + full_again if width >= 100 else full_again or view.limit
    return [*parts, ("dim", rest)]


def bucket_size(limit: str) -> int:
    """Give how many calls a limit lets through at once; 0 if it is not one."""
    read = _read(limit)
    return read.capacity if read else 0


def refill_time(view: RateView) -> float:
    """Give the seconds until a bucket is full again, if nobody draws on it."""
    read = _read(view.limit)
    return (read.capacity - view.remaining) * read.period / read.calls if read else 0.0


def _read(limit: str) -> RateLimit | None:
    try:
        return read_rate_limit(limit)
    except ConfigError:
        return None


def problem_rows(
    state: State, findings: Sequence[Finding], width: int, *, glyphs: Glyphs
) -> list[Item]:
    """Give the services that do not load, what else went wrong, and then the lint's findings."""
    items: list[Item] = []
    for service in state.failed_services:
        message = service.error.message if service.error else ""
        line: Parts = [SPACE, ("error", glyphs.error), SPACE, ("strong", pad(service.name, 18))]
        place = cut(failure_place(service), 40)
        line += [("key", f"{place}  "), ("error", cut(message, max(8, width - 64)))]
        items.append((f"service:{service.name}", line))
    for number, problem in reversed(list(enumerate(state.problems))):
        line = [SPACE, ("warn", glyphs.warn), SPACE, ("dim", words.clock(problem.time)[:8]), SPACE]
        items.append((f"problem:{number}", [*line, ("base", cut(problem.message, width - 14))]))
    items = items or [("", [("ok", f" {glyphs.ok}"), ("base", " nothing is wrong")])]
    if findings:
        items += [("", []), ("", [("dim", "   what makes the tools hard to use, worst first")])]
    shapes: dict[str, Part] = {
        "error": ("error", glyphs.error),
        "warning": ("warn", glyphs.warn),
        "info": ("dim", glyphs.dot),
    }
    for finding in sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)):
        line = [SPACE, shapes[finding.severity], SPACE, ("tool", pad(finding.tool or "-", 26))]
        line += [SPACE, ("base", cut(finding.message, width - 32))]
        items.append((f"finding:{key_of(finding)}", line))
    return items
