"""A library user's own program, for ``test_serving``: ``program.py ADDRESS [KIND]``."""

# ruff: noqa: T201

import subprocess
import sys

from micro import Service, serve

address, kind = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "plain"
shop = Service("shop", version="1.0", instructions="Ask for tea.")
print("loading")  # stays in Python's buffer: nobody has flushed it


@shop.tool
def shout(text: str) -> str:
    """Give the text back, noisily."""
    print("printed, flushed", flush=True)
    print("printed, not flushed")
    subprocess.run(["echo", "from a child"], check=True)
    return text


@shop.tool
async def hang() -> str:
    """Never answer."""
    import anyio

    sys.stderr.write("hanging\n")
    sys.stderr.flush()
    await anyio.sleep_forever()
    return ""


@shop.on_start
def start() -> None:
    print("starting", flush=True)
    if kind == "broken":
        raise ValueError("no database at db:5432")


@shop.on_stop
def stop() -> None:
    print("stopping")
    sys.stderr.write("the stop hook ran\n")


if __name__ == "__main__":
    serve(shop, address, insecure=kind == "insecure")
