"""Names of OpenTelemetry's conventions for MCP and generative AI, and of our own where it has none.

They are in development there: a name that changes is changed here. What they are put on is in
``spans``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

METHOD: Final = "mcp.method.name"
PROTOCOL_VERSION: Final = "mcp.protocol.version"
OPERATION: Final = "gen_ai.operation.name"
TOOL: Final = "gen_ai.tool.name"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"
ERROR_TYPE: Final = "error.type"
TRANSPORT: Final = "network.transport"
NETWORK_PROTOCOL: Final = "network.protocol.name"
USER: Final = "user.id"
CLIENT: Final = "user_agent.name"
CLIENT_VERSION: Final = "user_agent.version"

CALL: Final = "micro.call"
DOOR: Final = "micro.door"
OUTCOME: Final = "micro.outcome"
GENERATION: Final = "micro.generation"
PHASE_KIND: Final = "micro.phase"

EXECUTE_TOOL: Final = "execute_tool"
TOOLS_CALL: Final = "tools/call"

TRANSPORTS: Mapping[str, tuple[str, str]] = {
    "stdio": ("pipe", ""),
    "http": ("tcp", "http"),
    "rest": ("tcp", "http"),
    "websocket": ("tcp", "websocket"),
    "sse": ("tcp", "http"),
    "cli": ("unix", ""),
    "dashboard": ("unix", ""),
}
"""Door to its transport and the protocol on it; calls by other doors cross no network."""
