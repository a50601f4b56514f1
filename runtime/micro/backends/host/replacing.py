"""One host in the place of another: it takes over what services hand over, and the old one ends."""

from __future__ import annotations

from collections.abc import Container, Sequence

import anyio

from micro.backends.host.link import Link
from micro.backends.host.messages import HandedOver
from micro.backends.host.orders import HandOver, Reload, TakeOver
from micro.registry.succession import EXCLUSIVE_DRAIN

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


async def give_way(old: Link, new: Link, failed: Sequence[str]) -> None:
    """End a host, sooner if it may hold what kept files from loading in the new one."""
    await retire(old, within=EXCLUSIVE_DRAIN if failed else DRAIN)
    if failed and old.host is not None:
        await old.host.exited.wait()
        new.order(lambda number: Reload(id=number, paths=tuple(failed)))
