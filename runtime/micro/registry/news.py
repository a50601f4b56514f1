"""What is told of lists that clients see otherwise than before."""

from __future__ import annotations

from collections.abc import Collection

from micro.calls import Kind
from micro.events import AnyEvent, ListChanged, ToolsChanged
from micro.registry.catalogue import Catalogue


def list_news(kinds: Collection[Kind], catalogue: Catalogue) -> list[AnyEvent]:
    """Give the events of lists of these kinds being what the catalogue has now."""
    news: list[AnyEvent] = []
    if "tool" in kinds:
        news.append(ToolsChanged(tools=len(catalogue.tools)))
    if "resource" in kinds:
        news.append(ListChanged(kind="resource", count=len(catalogue.of("resource"))))
    if "prompt" in kinds:
        news.append(ListChanged(kind="prompt", count=len(catalogue.of("prompt"))))
    return news
