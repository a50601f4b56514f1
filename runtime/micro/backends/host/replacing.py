"""One host in the place of another: it takes over what services hand over, and the old one ends."""

from __future__ import annotations

from collections.abc import Container

import anyio

from micro.backends.host.link import Link
from micro.backends.host.messages import HandedOver, HandOver, TakeOver

DRAIN = 30.0
"""Seconds that calls may go on in a host that was replaced."""


async def hand_over(old: Link, new: Link, services: Container[str]) -> None:
    """Give services of a new host what those of the old one hand over."""
    handed = await old.order(lambda number: HandOver(id=number))
    if isinstance(handed, HandedOver):
        states = {name: packed for name, packed in handed.states.items() if name in services}
        if states:
            await new.order(lambda number: TakeOver(id=number, states=states))


async def retire(old: Link, *, within: float = DRAIN) -> None:
    """End a host that another has taken the place of, once its calls have ended."""
    with anyio.move_on_after(within):
        await old.drain()
    if old.host is not None:
        old.host.frames.close()
