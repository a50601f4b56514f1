"""The two lines at the top and the keys at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from micro_tui import format as words
from micro_tui.keys import Key
from micro_tui.look import Glyphs
from micro_tui.parts import SPACE, Part, Parts, cut, justify, width_of
from micro_tui.snippets import split_address
from micro_tui.state import State

Place = tuple[int, int, str]
"""Where a line can be clicked: the first cell, the one after the last, and a key that does it."""

_GAP: Part = ("base", "   ")


def status_line(state: State, width: int, *, now: float, glyphs: Glyphs) -> Parts:
    """Draw who serves what, how it goes and whether the runtime answers.

    Where it does not fit, what matters least goes first.
    """
    right: Parts = [*_link(state, now, glyphs=glyphs), SPACE]
    facts = _facts(state, state.when(now), glyphs=glyphs)
    while True:
        left: Parts = [SPACE, ("key", "micro")]
        for _, parts in facts:
            left += [_GAP, *parts]
        if len(facts) <= 1 or width_of(left) + width_of(right) + 2 <= width:
            return justify(left, right, width=width)
        facts.remove(max(facts, key=lambda fact: fact[0]))


def _facts(state: State, now: float, *, glyphs: Glyphs) -> list[tuple[int, Parts]]:
    """Give what there is to say in order of place, each with how soon it may go."""
    totals = state.stats.totals(now)
    failed = len(state.failed_services)
    serving = sum(service.generation > 0 for service in state.services.values())
    health: Parts = [("ok", glyphs.ok), SPACE, ("base", words.plural(serving, "service"))]
    if failed:
        health += [("base", "  "), ("error", f"{glyphs.error} {failed} failed")]
    facts: list[tuple[int, Parts]] = [(1, [("strong", cut(state.name, 32))]), (2, health)]
    if state.moment is None:
        facts.append((6, [("base", words.plural(state.tool_count, "tool"))]))
        facts.append((5, [("base", words.plural(_clients(state), "client"))]))
    else:
        then = f"{glyphs.pause} as of {words.clock(state.moment)[:8]}"
        facts.insert(1, (0, [("warn", then)]))
    facts.append((3, [("base", words.rate(totals.rate))]))
    if totals.p95 is not None:
        facts.append((4, [("dim", "p95 "), ("base", words.duration(totals.p95))]))
    if totals.failed:
        facts.append((4, [("error", words.percent(totals.failed)), ("dim", " failed")]))
    if state.problem_count:
        facts.append(
            (7, [("warn", f"{glyphs.warn} {words.plural(state.problem_count, 'problem')}")])
        )
    if state.waiting:
        waits = f"{glyphs.warn} {len(state.waiting)} to allow"
        facts.insert(1, (0, [("warn", waits), ("dim", " a")]))
    if len(state.hosts) > 1:
        facts.append((8, [("base", f"{len(state.hosts)} processes")]))
    if state.host.state in ("starting", "restarting"):
        facts.append((2, [("warn", f"{glyphs.live} host {state.host.state}")]))
    return facts


def _clients(state: State) -> int:
    """How many are connected; where nobody is, how many called without staying."""
    return len(state.clients) or len(state.callers)


def _link(state: State, now: float, *, glyphs: Glyphs) -> Parts:
    address = cut(short_address(state.addresses), 40)
    shown: Parts = [("dim", address), _GAP] if address else []
    match state.link:
        case "live" if state.silent_since is not None:
            since = words.age(max(0.0, now - state.silent_since))
            return [("dim", "it does not answer  "), ("warn", f"{glyphs.warn} SILENT {since}")]
        case "live":
            return [*shown, ("ok", f"{glyphs.ok} LIVE")]
        case "lost":
            since = words.age(max(0.0, now - state.lost_at))
            return [("dim", "looking for it  "), ("error", f"{glyphs.error} LOST {since}")]
        case _:
            return [("live", f"{glyphs.live} connecting")]


def short_address(addresses: Sequence[str]) -> str:
    """Give the first address as people say it: host and port alone."""
    for address in addresses:
        url = split_address(address)
        return url[1] if url and url[1] else address
    return ""


def tab_line(state: State, current: str, *, width: int, note: Parts) -> tuple[Parts, list[Place]]:
    """Draw the views, with counts where there is room, and say where each is; then ``note``."""
    parts, places = _tabs(state, current, width=width, counted=width >= 100)
    if places[-1][1] > width:
        parts, places = _tabs(state, current, width=width, counted=False)
    return justify(parts, [*note, SPACE], width=width), places


def _tabs(state: State, current: str, *, width: int, counted: bool) -> tuple[Parts, list[Place]]:
    parts: Parts = []
    places: list[Place] = []
    tabs = (
        ("1", "calls", state.calls),
        ("2", "tools", state.tool_count),
        ("3", "logs", state.logs.end),
        ("4", "services", len(state.services)),
        ("5", "clients", _clients(state)),
        ("6", "limits", len(state.rates) + len(state.breakers)),
        ("7", "audit", 0),
        ("8", "problems", state.problem_count + len(state.failed_services)),
        ("9", "tokens", 0),
    )
    roomy = width >= 90
    for key, name, count in tabs:
        here, start = name == current, width_of(parts)
        parts += [SPACE, ("key" if here else "dim", f"{key} " if roomy else key)]
        parts += [("title" if here else "base", name.capitalize())]
        count = count if state.moment is None or name == "calls" else 0
        bad = name == "problems" and count
        if bad or (counted and (count or name in ("calls", "tools"))):
            parts.append(("warn" if bad else "dim", f" {count:,}"))
        places.append((start, width_of(parts) + 1, key))
        parts.append(("base", "  " if width >= 100 else ""))
    return parts, places


def heading(title: Parts, right: Parts, *, width: int, focused: bool, glyphs: Glyphs) -> Parts:
    """Draw the line above a pane: a rule with what it is and what goes on in it."""
    mark = ("key" if focused else "rule", glyphs.line * 2)
    left: Parts = [mark, SPACE, *title, SPACE]
    end: Parts = [SPACE, *right, SPACE, ("rule", glyphs.line)] if right else []
    return justify(left, end, width=width, mark=glyphs.line)


def key_line(keys: Sequence[Key], width: int) -> tuple[Parts, list[Place]]:
    """Draw the keys that work here, and say which cells belong to which.

    Where there is no room for all, those before the last two (help and quit) go first.
    """
    kept = list(keys)
    while len(kept) > 2 and sum(_key_width(key) + 2 for key in kept) > width + 1:
        del kept[-3]
    parts: Parts = [SPACE]
    places: list[Place] = []
    at = 1
    for key in kept:
        end = at + _key_width(key)
        parts += [("key", key.title), SPACE, ("dim", key.label), ("base", "  ")]
        places.append((at, end, key.keys.partition(",")[0]))
        at = end + 2
    return parts, places


def _key_width(key: Key) -> int:
    return cell_len(f"{key.title} {key.label}")
