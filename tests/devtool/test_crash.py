"""However a runtime dies, no call that was answered lacks its record, and the chain holds.

`MICRO_CRASHES=50 pytest tests/devtool/test_crash.py` kills it more often.
"""

import os
import random
import signal
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from devtool.fake_runtime import eventually
from devtool.harness import call, dev, record, shop
from micro.stores.records import AuditReader, Filter

CRASHES = int(os.environ.get("MICRO_CRASHES", "8"))
CLIENTS = 4


@pytest.mark.timeout(60 + 10 * CRASHES)
def test_every_answered_call_has_its_record_after_the_runtime_was_killed(tmp_path: Path):
    shop(tmp_path)
    answered: list[str] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with suppress(OSError, HTTPException, ValueError):
                address = record(tmp_path)["addresses"][0]
                answered.append(call(address, "shop.price", item="tea")["trace_id"])

    with dev(tmp_path):
        clients = [threading.Thread(target=work) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for _ in range(CRASHES):
                before = len(answered)
                eventually(lambda before=before: len(answered) > before + 50)
                time.sleep(random.uniform(0, 0.1))  # any moment of a commit may be the last
                kill(tmp_path)
        finally:
            stop.set()
            for client in clients:
                client.join()
    reader = AuditReader(tmp_path / ".micro" / "audit.db")
    kept = {each.trace_id for _, each in reader.after(0, Filter())}
    assert len(answered) > CRASHES * 50
    assert set(answered) <= kept
    verdict = reader.verify()
    assert (verdict.broken, verdict.rows >= len(kept)) == (None, True)


def kill(root: Path) -> None:
    """Kill the runtime, and wait until another serves."""
    pid = record(root)["pid"]
    os.kill(pid, signal.SIGKILL)

    def is_back() -> bool:
        with suppress(FileNotFoundError, ValueError):
            return record(root)["pid"] != pid
        return False

    eventually(is_back)
