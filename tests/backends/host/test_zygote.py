"""A zygote as a process: what it keeps open."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from patience import DEADLINE


@pytest.mark.skipif(sys.platform != "linux", reason="hosts are forked on Linux alone")
def test_its_output_ends_with_it_whatever_its_hosts_have(tmp_path: Path):
    ours, theirs = socket.socketpair()
    ours.settimeout(DEADLINE)
    output, theirs_output = os.pipe()
    copy = os.dup(theirs_output)
    module = "micro.backends.host.zygote"
    command = [sys.executable, "-P", "-m", module, str(theirs.fileno()), str(tmp_path)]
    with (
        ours,
        subprocess.Popen(
            command,
            stdout=theirs_output,
            pass_fds=[theirs.fileno(), copy],
            stdin=subprocess.DEVNULL,
        ) as process,
    ):
        theirs.close()
        os.close(copy)
        os.close(theirs_output)
        assert b"ready" in ours.recv(1000)
        pipe = os.readlink(f"/proc/self/fd/{output}")
        folder = Path(f"/proc/{process.pid}/fd")
        assert [each.name for each in folder.iterdir() if os.readlink(each) == pipe] == ["1"]
        ours.close()
    os.close(output)
