"""The audit log for who watches a runtime: a page of records at a time, and whether they hold.

Reads beside what writes, in a thread. Who may ask is the matter of who carries the order out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread

from micro.control.messages import Answer, Order
from micro.errors import MicroError
from micro.snapshots import NumberedRecord

if TYPE_CHECKING:
    from micro.stores.records import AuditReader

PAGE = 500
"""Records in an answer, at most."""


async def answer_from(reader: AuditReader | None, order: Order) -> Answer:
    """Answer an order about the audit log.

    Raises:
        MicroError: There is none, or it cannot be read.
    """
    if reader is None:
        raise MicroError("this runtime keeps no audit log")
    if order.op == "verify":
        return Answer(id=order.id, verdict=await anyio.to_thread.run_sync(reader.verify))
    records = await anyio.to_thread.run_sync(_page, reader, order.after)
    return Answer(id=order.id, records=tuple(records))


def _page(reader: AuditReader, after: int) -> list[NumberedRecord]:
    """Give the records that follow one, or the newest if it is 0."""
    from itertools import islice

    from micro.stores.records import Filter

    if not after:
        return reader.newest(Filter(), PAGE)
    return list(islice(reader.after(after, Filter()), PAGE))
