"""`micro stop`: ends the runtime of a project from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_TIMEOUT = 15.0


def stop(
    path: Annotated[
        Path | None, typer.Argument(help="The project's folder; found from here if left out.")
    ] = None,
) -> int:
    """Stop the runtime of a project, with its dashboard."""
    import anyio

    from micro.errors import MicroError
    from micro_devtool import output
    from micro_devtool.projects import project_root
    from micro_devtool.records import find_running, is_gone, order_stop, wait_until

    root = project_root(path)
    record = anyio.run(find_running, root)
    if record is None:
        output.note(f"micro: nothing runs in {root}")
        return 0
    anyio.run(order_stop, record, _TIMEOUT)
    if not wait_until(lambda: is_gone(root, record), within=_TIMEOUT):
        raise MicroError(
            f"the runtime (process {record.pid}) did not stop within {_TIMEOUT:.0f} s",
            mend=f"end it with: kill {record.pid}",
        )
    output.note(f"micro: stopped the runtime (process {record.pid}) of {root}")
    return 0
