"""A host that was not forked: a process of its own, warm before it is needed.

``python -m micro.backends.host.spawned SOCKET ROOT [PRELOAD]``. It ends when the socket does.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from micro.backends.host.entry import serve_host
from micro.backends.host.warming import import_beforehand, warm_up
from micro.system.processes import lent_socket


def main() -> None:
    """Import and warm up, then be the host that is asked for, whenever that is."""
    sock = lent_socket(sys.argv[1])
    root = Path(sys.argv[2])
    if len(sys.argv) > 3:
        import_beforehand(Path(sys.argv[3]))
    warm_up()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(root)
    serve_host(sock, root)


if __name__ == "__main__":
    main()
