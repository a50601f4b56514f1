"""`micro mcp serve`: joins an agent's stdio to the runtime of its project, and keeps the agent.

Standard library only: an agent waits for this process to start, so nothing here may import
``micro``, the MCP SDK or anything else that is slow to load.
"""

from __future__ import annotations

import os
import sys

from micro_devtool.bridge.ends import agent_ends
from micro_devtool.bridge.loop import Bridge
from micro_devtool.bridge.project import ProjectMissing, resolve_root

__all__ = ["serve_stdio"]


def serve_stdio(path: str | None) -> int:
    """Serve MCP over this process's stdin and stdout until the agent goes away.

    Args:
        path: The project's folder, or a file in it; ``None`` looks upwards from here.

    Returns:
        The exit code.
    """
    # From here on whatever prints, prints to stderr: only the protocol reaches the agent.
    agent_out = os.dup(1)
    os.dup2(2, 1)
    try:
        root = resolve_root(path)
    except ProjectMissing as error:
        sys.stderr.write(f"micro: {error}\n  name a folder that exists\n")
        return 2
    if os.isatty(0):
        sys.stderr.write(
            f"micro: waiting for an MCP client on stdin, for {root}\n"
            "  agents start this command themselves; to watch their calls: micro dev\n"
        )
    try:
        source, target = agent_ends(0, agent_out)
        return Bridge(root, agent_in=source, agent_out=target).run()
    except KeyboardInterrupt:
        return 130
