"""The runtime process that a bridge starts for its agent, which waits for it.

``python -m micro_devtool.headless ROOT``. It is ``devloop`` with the first zygote forked halfway
through the imports, so that the two get ready side by side.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path


def main() -> None:
    """Serve the project at the folder that is given."""
    # What is imported stays: to look through it for garbage would take a sixth of the time.
    gc.disable()
    from micro.backends.host.ahead import fork_zygote
    from micro.state import StateFolder

    root = Path(sys.argv[1])
    zygote = fork_zygote(root, StateFolder(root / ".micro").preload)
    from micro_devtool import devloop

    gc.freeze()
    gc.enable()
    sys.argv[2:] = ["--kind", "headless"]
    devloop.main(zygote)


if __name__ == "__main__":
    main()
