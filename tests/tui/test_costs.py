from __future__ import annotations

from micro.tokens import tokens_in, tokens_of
from micro_tui.costs import costs_of
from micro_tui.state import State
from tui.shop import make_service, make_tool


def test_the_dearest_tool_comes_first_and_every_kind_of_client_has_every_tool() -> None:
    dear = make_tool("orders.create", description="words " * 600)
    service = make_service("orders", "get", tools=(make_tool("orders.get"), dear))
    costs = costs_of(State(name="shop", services={"orders": service}))
    assert [price.tool.name for price in costs.prices] == ["orders.create", "orders.get"]
    seen = dict(costs.seen)
    assert {len(tools) for tools in seen.values()} == {2}
    whole, cut = seen["codex"][0], seen["gemini"][0]
    assert whole.tokens > tokens_in(dear.description)
    assert cut.level == "changed"
    assert cut.tokens < whole.tokens


def test_an_estimate_counts_bytes_and_rounds_up() -> None:
    assert [tokens_in(text) for text in ("", "a", "abcd", "abcde", "日")] == [0, 1, 1, 2, 1]
    tool = make_tool("orders.get")
    assert tokens_of(tool, name="x" * 400) > tokens_of(tool) + 90
    assert tokens_of(tool, description="") < tokens_of(tool)
