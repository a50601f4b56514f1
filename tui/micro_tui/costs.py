"""What the list of tools costs those who read it, worked out once for each list."""

from __future__ import annotations

import json
from dataclasses import dataclass

from micro.clientlimits import CLIENTS, Seen, seen_by, server_name
from micro.snapshots import ToolView
from micro.tokens import tokens_in, tokens_of
from micro_tui.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a tool costs, in tokens, and what its parts do."""

    tool: ToolView
    tokens: int
    name: int
    description: int
    schema: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What all tools cost, the dearest first, and what each kind of client makes of them."""

    prices: tuple[Price, ...] = ()
    seen: tuple[tuple[str, tuple[Seen, ...]], ...] = ()


def costs_of(state: State) -> Costs:
    """Work it out for the tools that are served now."""
    services, server = list(state.services.values()), server_name(state.name)
    prices = [_price(tool) for service in services for tool in service.tools]
    seen = [(client, tuple(seen_by(client, services, server=server))) for client in CLIENTS]
    prices.sort(key=lambda price: (-price.tokens, price.tool.name))
    return Costs(prices=tuple(prices), seen=tuple(seen))


def _price(tool: ToolView) -> Price:
    schema = json.dumps(tool.input_schema, ensure_ascii=False, separators=(",", ":"))
    return Price(
        tool=tool,
        tokens=tokens_of(tool),
        name=tokens_in(tool.wire_name),
        description=tokens_in(tool.description),
        schema=tokens_in(schema),
    )
