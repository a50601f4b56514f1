"""Facts about resources and prompts. Those about tools are in ``events``, as old as it is."""

from __future__ import annotations

from typing import Literal

from micro.callevents import Event


class ListChanged(Event, frozen=True, kw_only=True, tag="list_changed"):
    """The list of resources, with their templates, or of prompts is another one now."""

    kind: Literal["resource", "prompt"]
    count: int


class ResourceUpdated(Event, frozen=True, kw_only=True, tag="resource_updated"):
    """A resource has other content, says the service that has it."""

    service: str
    uri: str
