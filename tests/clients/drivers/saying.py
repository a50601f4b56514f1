"""What every Python driver says to the test, and hears from it: a JSON object a line.

A driver is run by the Python that has its client: it cannot import micro, nor the tests.
"""

import asyncio
import json
import sys


def say(step, value=None):
    sys.stdout.write(json.dumps({"step": step, "value": value}) + "\n")
    sys.stdout.flush()


async def saved():
    """Return when the test has changed the project's code."""
    say("waiting")
    await asyncio.to_thread(sys.stdin.readline)


async def cut():
    """Return when the test has cut every connection."""
    say("cut")
    await asyncio.to_thread(sys.stdin.readline)


def arguments():
    """Give the transport, the target and what else the test passed."""
    return sys.argv[1], sys.argv[2], sys.argv[3:]
