"""What real clients list and call."""

import asyncio
from dataclasses import dataclass

from micro import Context, Service, ToolError

shop = Service("shop", version="1.0.0", instructions="Ask for prices.")


@dataclass
class Price:
    item: str
    cents: int


@shop.tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@shop.tool
def price(item: str) -> Price:
    """Give what an item costs."""
    if item == "nothing":
        raise ToolError("nothing is not for sale")
    return Price(item=item, cents=199)


taken = asyncio.Event()


@shop.tool
async def pack(boxes: int, ctx: Context) -> str:
    """Pack boxes, tell of each, and wait until they are taken."""
    for number in range(1, boxes + 1):
        await ctx.progress(number, boxes, f"box {number}")
    await taken.wait()
    taken.clear()
    return f"{boxes} packed"


async def take() -> str:
    taken.set()
    return "taken"


take.__doc__ = "Take the boxes. " + "So much is said of it that the list is packed for HTTP. " * 100
shop.tool(take)
