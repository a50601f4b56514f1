"""Drives the exported tools by LlamaIndex's own caller of tools; run where it is installed."""

import json
import sys

from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.calling import call_tool_with_selection

sys.path.insert(0, sys.argv[1])
from exported import tools

wanted = [
    ("shop_price", {"name": "tea", "count": 2}),
    ("shop_price", {"name": "milk"}),
    ("shop_find", {"item": {"name": "a", "parts": []}}),
]
said = [
    call_tool_with_selection(ToolSelection(tool_id="1", tool_name=name, tool_kwargs=given), tools)
    for name, given in wanted
]
sys.stdout.write(
    json.dumps(
        {
            "described": [t.metadata.to_openai_tool()["function"]["name"] for t in tools],
            "said": [output.content for output in said],
            "failed": [output.is_error for output in said],
        }
    )
)
