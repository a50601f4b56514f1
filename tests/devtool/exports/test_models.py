import json
from typing import Any

import pytest

from devtool.exports.views import service_view, tool_view
from micro_devtool.exports.models import Maker, functions_text

SERVICES = [service_view(tool_view("users.get"), tool_view("users.add"))]
SCHEMA: dict[str, Any] = {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("maker", "functions"),
    [
        ("openai", lambda tools: [(t["function"], "parameters", t["type"]) for t in tools]),
        ("anthropic", lambda tools: [(t, "input_schema", "function") for t in tools]),
        (
            "gemini",
            lambda tools: [
                (t, "parametersJsonSchema", "function") for t in tools[0]["functionDeclarations"]
            ],
        ),
    ],
)
def test_tools_are_written_as_each_maker_takes_them(maker: Maker, functions: Any):
    found = functions(json.loads(functions_text(SERVICES, maker)))
    assert [function["name"] for function, _, _ in found] == ["users_add", "users_get"]
    for function, key, kind in found:
        assert kind == "function"
        assert set(function) == {"name", "description", key}
        assert function[key] == SCHEMA
