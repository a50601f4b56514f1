"""What the list of tools costs: a line a client and a line a tool, and a page about one of them."""

from __future__ import annotations

from collections.abc import Sequence

from micro.clientlimits import Seen
from micro_tui import format as words
from micro_tui.costs import Costs, Price
from micro_tui.look import Glyphs
from micro_tui.paint.blocks import Block, prose, rows
from micro_tui.paint.services import Item
from micro_tui.parts import SPACE, Part, Parts, crop, cut, pad, pad_left
from micro_tui.state import State

_BAR = 16
_NAME = 30
_STYLES = {"ok": "ok", "changed": "warn", "refused": "error"}


def token_rows(state: State, costs: Costs, width: int, *, glyphs: Glyphs) -> list[Item]:
    """Give a line a client, then one a tool; keys are ``client:NAME`` and ``tool:NAME``."""
    if not costs.prices:
        return [("", [("dim", "   no tools yet")])]
    dearest = max(1, *(_paid(seen) for _, seen in costs.seen))
    items: list[Item] = [("", crop(_head("client", "tools"), width))]
    for client, seen in costs.seen:
        line = _client(client, seen, dearest=dearest, glyphs=glyphs)
        items.append((f"client:{client}", crop(line, width)))
    total = max(1, sum(price.tokens for price in costs.prices))
    items += [("", []), ("", crop(_head("tool", "share", "schema", "calls"), width))]
    for price in costs.prices:
        calls = state.stats.tool(price.tool.name).calls
        line = _tool(price, calls, share=price.tokens / total, glyphs=glyphs)
        items.append((f"tool:{price.tool.name}", crop(line, width)))
    return items


def _paid(seen: Sequence[Seen]) -> int:
    return sum(each.tokens for each in seen)


def _head(name: str, *columns: str) -> Parts:
    said = f"   {name.ljust(_NAME)}{'tokens'.rjust(8)}{' ' * (_BAR + 2)}"
    return [("dim", said + "".join(column.rjust(8) for column in columns))]


def _client(client: str, seen: Sequence[Seen], *, dearest: int, glyphs: Glyphs) -> Parts:
    refused = sum(each.level == "refused" for each in seen)
    changed = sum(each.level == "changed" for each in seen)
    share = _gauge(_paid(seen) / dearest, glyphs)
    level = "refused" if refused else "changed" if changed else "ok"
    line: Parts = [SPACE, _mark(level, glyphs), SPACE, ("client", pad(client, _NAME))]
    line += [("strong", pad_left(f"{_paid(seen):,}", 8)), SPACE, SPACE, *share]
    line.append(("base", pad_left(f"{len(seen) - refused}/{len(seen)}", 8)))
    if refused:
        line.append(("error", f"  {refused} refused"))
    if changed:
        line.append(("warn", f"  {changed} cut or renamed"))
    return line


def _tool(price: Price, calls: int, *, share: float, glyphs: Glyphs) -> Parts:
    return [
        ("base", "   "),
        ("tool" if calls else "base", pad(price.tool.name, _NAME)),
        ("strong", pad_left(f"{price.tokens:,}", 8)),
        SPACE,
        SPACE,
        *_gauge(share, glyphs),
        ("dim", pad_left(words.percent(share), 8)),
        ("dim", pad_left(f"{price.schema:,}", 8)),
        ("base" if calls else "dim", pad_left(f"{calls:,}" if calls else "none", 8)),
    ]


def _gauge(share: float, glyphs: Glyphs) -> Parts:
    full, empty = words.gauge(share, width=_BAR, ascii_only=glyphs.plain)
    return [("live", full), ("rule", empty)]


def _mark(level: str, glyphs: Glyphs) -> Part:
    shapes = {"ok": glyphs.ok, "changed": glyphs.warn, "refused": glyphs.error}
    return _STYLES[level], shapes[level]


def token_page(key: str, costs: Costs, *, glyphs: Glyphs) -> list[Block]:
    """Give the page about the line of this key."""
    kind, _, name = key.partition(":")
    if kind == "client":
        return _client_page(dict(costs.seen).get(name, ()), glyphs=glyphs)
    for price in costs.prices:
        if kind == "tool" and price.tool.name == name:
            return _tool_page(price, costs, glyphs=glyphs)
    return []


def _client_page(seen: Sequence[Seen], *, glyphs: Glyphs) -> list[Block]:
    what = "What of the list reaches its model with each request, about: four bytes are a token."
    page: list[Block] = [prose("", what, style="dim")]
    spoilt = [each for each in seen if each.level != "ok"]
    if not spoilt:
        page.append(prose("", "It takes every tool as it is."))
    for each in spoilt:
        page.append(rows("", [[_mark(each.level, glyphs), SPACE, ("tool", cut(each.name, 80))]]))
        page.append(prose("why", each.why))
    return page


def _tool_page(price: Price, costs: Costs, *, glyphs: Glyphs) -> list[Block]:
    made = {"name": price.name, "description": price.description, "arguments": price.schema}
    parts: list[Parts] = [
        [("dim", pad(label, 12)), ("base", pad_left(f"{tokens:,}", 6))]
        for label, tokens in made.items()
    ]
    clients: list[Parts] = []
    for client, seen in costs.seen:
        for each in seen:
            if each.tool.name == price.tool.name:
                line: Parts = [_mark(each.level, glyphs), SPACE, ("client", pad(client, 16))]
                line += [("base", pad_left(f"{each.tokens:,}", 6)), SPACE, SPACE]
                clients.append([*line, ("dim", cut(each.why or each.name, 120))])
    return [rows("made of", parts), rows("clients", clients)]
