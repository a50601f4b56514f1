"""Has LlamaIndex's own fake model call the exported tools; run where LlamaIndex is installed."""

import json
import sys

from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.llms.mock import MockFunctionCallingLLM

sys.path.insert(0, sys.argv[1])
from exported import tools

wanted = [
    ("shop_price", {"name": "tea", "count": 2}),
    ("shop_price", {"name": "milk"}),
    ("shop_find", {"item": {"name": "a", "parts": []}}),
]


def ask_for_all(messages, **given):
    blocks = [
        ToolCallBlock(tool_call_id=str(number), tool_name=name, tool_kwargs=arguments)
        for number, (name, arguments) in enumerate(wanted)
    ]
    return ChatMessage(role="assistant", blocks=blocks)


model = MockFunctionCallingLLM(response_generator=ask_for_all)
answer = model.predict_and_call(
    tools, "what does tea cost?", allow_parallel_tool_calls=True, error_on_tool_error=False
)
sys.stdout.write(
    json.dumps(
        {
            "described": [t.metadata.to_openai_tool()["function"]["name"] for t in tools],
            "said": [output.content for output in answer.sources],
            "failed": [output.is_error for output in answer.sources],
        }
    )
)
