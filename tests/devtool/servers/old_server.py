"""A server of 2025-06-18 over stdio, which knows nothing of later versions."""

import json
import sys

TOOL = {
    "name": "echo",
    "description": "Say it again.",
    "inputSchema": {
        "type": "object",
        "properties": {"text": {"type": "string"}},
        "required": ["text"],
    },
    "annotations": {"readOnlyHint": True},
}


def answer(method: str, params: dict) -> dict | None:
    if method == "initialize":
        return {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "old", "version": "7"},
            "instructions": "Echoes.",
        }
    if method == "tools/list":
        return {"tools": [TOOL]}
    if method == "tools/call":
        text = params["arguments"].get("text", "")
        failed = text == "fail"
        return {"content": [{"type": "text", "text": text}], "isError": failed}
    return None


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    result = answer(message["method"], message.get("params", {}))
    told = (
        {"error": {"code": -32601, "message": "Method not found"}}
        if result is None
        else {"result": result}
    )
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"]} | told) + "\n")
    sys.stdout.flush()
