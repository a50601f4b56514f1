"""Clients: a line a connection, a line a caller without one, and what is known of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from micro.events import ToolsListed
from micro_tui import format as words
from micro_tui.look import Glyphs
from micro_tui.paint.blocks import Block, prose, rows
from micro_tui.paint.services import Item
from micro_tui.parts import SPACE, Part, Parts, cut, justify, pad
from micro_tui.state import State

_SESSIONS = "2026-07-28"
"""From this version of MCP on, clients have no sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a client. ``since`` is ``None`` where nothing connects it now."""

    key: str
    client: str
    version: str = ""
    door: str = ""
    protocol: str = ""
    subject: str = ""
    since: float | None = None
    listed: ToolsListed | None = None
    calls: int = 0


def known_clients(state: State) -> list[Known]:
    """Give the connections, then who asked for the list, then who only called."""
    found: list[Known] = []
    met: set[tuple[str, ...]] = set()
    for client in state.clients.values():
        who = (client.door, client.client, client.client_version, client.protocol, client.subject)
        met.add(who)
        found.append(
            Known(
                key=f"connection:{client.connection}",
                client=client.client,
                version=client.client_version,
                door=client.door,
                protocol=client.protocol,
                subject=client.subject,
                since=client.since,
                listed=state.lists.get(who),
                calls=state.callers[client.client],
            )
        )
    found += [_lister(state, who) for who in reversed(state.lists) if who not in met]
    names = {known.client for known in found}
    found += [
        Known(key=f"caller:{name}", client=name, calls=calls)
        for name, calls in state.callers.most_common()
        if name not in names
    ]
    return found


def _lister(state: State, who: tuple[str, ...]) -> Known:
    listed = state.lists[who]
    return Known(
        key="lister:" + "\n".join(who),
        client=listed.client,
        version=listed.client_version,
        door=listed.door,
        protocol=listed.protocol,
        subject=listed.subject,
        listed=listed,
        calls=state.callers[listed.client],
    )


def client_rows(
    state: State, clients: Sequence[Known], width: int, *, now: float, glyphs: Glyphs
) -> list[Item]:
    """Give a line each."""
    items: list[Item] = []
    for known in clients:
        here = known.since is not None
        mark: Part = ("ok", glyphs.ok) if here else ("dim", glyphs.dot)
        left: Parts = [SPACE, mark, SPACE, ("client", pad(_name(known), 26)), SPACE]
        left += [("base", pad(known.door or "called", 10)), SPACE]
        left += [("dim", pad(known.protocol, 11))]
        if width >= 100:
            left += [("base", pad(known.subject, 12)), SPACE, *_list(known, state, now=now)]
        calls = words.plural(known.calls, "call") if known.calls else ""
        items.append((known.key, justify(left, [("base", calls), SPACE], width=width)))
    return items or [("", [("dim", "   nobody is connected, and nobody has called yet")])]


def _name(known: Known) -> str:
    return f"{known.client or 'unnamed'} {known.version}".strip()


def _list(known: Known, state: State, *, now: float) -> Parts:
    """Draw what of the tools it was shown, and when."""
    if known.listed is None:
        return [("dim", "no list yet" if known.since is not None else "")]
    age = words.age(max(0.0, now - known.listed.time))
    seen: Parts = [("base", f"{known.listed.tools} of {words.plural(state.tool_count, 'tool')}")]
    seen.append(("dim", " now" if age == "now" else f" {age} ago"))
    return [*seen, ("warn", "  an old list")] if is_old(known.listed, state) else seen


def is_old(listed: ToolsListed, state: State) -> bool:
    """Whether a reload has changed the tools since this list was given."""
    changed = [service.loaded_at for service in state.services.values() if service.changes]
    return listed.time < max(changed, default=0.0)


def client_page(known: Known, state: State) -> list[Block]:
    """Give what is known of a client."""
    era = "no sessions: every request stands alone" if known.protocol >= _SESSIONS else "sessions"
    facts = {
        "name": _name(known),
        "door": known.door,
        "protocol": f"{known.protocol} ({era})" if known.protocol else "",
        "subject": known.subject,
        "connected": "" if known.since is None else f"since {words.clock(known.since)[:8]}",
        "list": _given(known.listed, state),
    }
    lines: list[Parts] = [
        [("dim", pad(label, 10)), ("base", cut(text, 120))] for label, text in facts.items() if text
    ]
    page: list[Block] = [rows("client", lines)]
    if known.listed is not None and is_old(known.listed, state):
        told = "The tools have changed since, and it has not asked for the list again."
        page.append(prose("", told, style="warn"))
    return page


def _given(listed: ToolsListed | None, state: State) -> str:
    if listed is None:
        return "never asked for"
    tools = words.plural(state.tool_count, "tool")
    return f"{listed.tools} of {tools}, given at {words.clock(listed.time)[:8]}"
