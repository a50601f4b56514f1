"""A call that runs in a host, as its runtime waits for it."""

from __future__ import annotations

from calling import make_call
from micro.backends.host.messages import Finished
from micro.backends.host.pending import Pending


async def test_phases_of_a_host_count_from_the_start_of_the_call_in_the_runtime():
    pending = Pending(make_call())
    inside = (("run", 0.0, 0.0),)
    pending.finish(
        Finished(
            id=1,
            content=[],
            structured=None,
            fault=None,
            phases=inside,
            generation=1,
            took=0.0,
        )
    )
    (host, sent, took), (run, start, _) = (await pending.result()).phases
    assert (host, run) == ("host", "run")
    assert 0 < sent <= start <= sent + took
