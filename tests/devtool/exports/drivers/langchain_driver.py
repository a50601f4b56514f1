"""Drives the exported tools by LangChain's own fake model; run in a virtualenv that has it."""

import json
import sys

from langchain_core.language_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

sys.path.insert(0, sys.argv[1])
from exported import tools

by_name = {tool.name: tool for tool in tools}
wanted = [
    {"name": "shop_price", "args": {"name": "tea", "count": 2}, "id": "1"},
    {"name": "shop_price", "args": {"name": "milk"}, "id": "2"},
    {"name": "shop_find", "args": {"item": {"name": "a", "parts": []}}, "id": "3"},
]
model = FakeMessagesListChatModel(responses=[AIMessage(content="", tool_calls=wanted)])
answer = model.invoke("what does tea cost?")
said = [by_name[call["name"]].invoke({**call, "type": "tool_call"}) for call in answer.tool_calls]
sys.stdout.write(
    json.dumps(
        {
            "described": [convert_to_openai_tool(tool)["function"]["name"] for tool in tools],
            "said": [message.content for message in said],
            "failed": [message.status == "error" for message in said],
        }
    )
)
