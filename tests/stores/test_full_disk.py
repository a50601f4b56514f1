"""A disk that is full is told, and calls go on marked or are refused, as the settings say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from patience import DEADLINE

SCRIPT = Path(__file__).with_name("full_disk.py")
SIZE = "1m"
MOUNT = f'mount -t tmpfs -o size={SIZE},mode=700 micro-test "$1" && shift && exec "$@"'


@cache
def namespace() -> tuple[str, ...] | None:
    """How a process gets a disk of its own here: as any user, or as root; ``None`` if not."""
    for way in (("unshare", "-Urm"), ("unshare", "-m")):
        command = [*way, "sh", "-c", MOUNT, "sh", "/mnt", "true"]
        try:
            done = subprocess.run(command, check=False, capture_output=True, timeout=DEADLINE)
        except FileNotFoundError:
            return None
        if done.returncode == 0:
            return way
    return None


def on_a_small_disk(folder: Path, policy: str) -> dict[str, Any]:
    way = namespace()
    if way is None:
        if "CI" in os.environ:
            pytest.fail("no small disk can be mounted, neither in a namespace nor as root")
        pytest.skip("no small disk can be mounted here")
    script = [sys.executable, str(SCRIPT), str(folder), policy]
    done = subprocess.run(
        [*way, "sh", "-c", MOUNT, "sh", str(folder), *script],
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_calls_go_on_marked_while_the_disk_is_full_and_the_end_is_told(tmp_path: Path):
    seen = on_a_small_disk(tmp_path, "continue")
    assert seen["before"] == {"ok": 1}
    assert set(seen["full"]) <= {"ok", "marked: not kept"}
    assert seen["then"] == "marked: not kept"
    assert any("audit records cannot be kept" in problem for problem in seen["problems"])
    assert any("kept again" in problem for problem in seen["problems"])


def test_no_call_runs_without_a_record_where_the_log_comes_first(tmp_path: Path):
    seen = on_a_small_disk(tmp_path, "refuse")
    assert set(seen["full"]) <= {"ok", "withheld: audit_unavailable"}
    assert seen["full"]["withheld: audit_unavailable"] == 1
    assert seen["then"] == "audit_unavailable"
    assert set(seen["after"]) == {"audit_unavailable", "ok"}
    assert any("kept again" in problem for problem in seen["problems"])
