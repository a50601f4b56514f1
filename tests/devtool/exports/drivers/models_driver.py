"""Reads exported tools as the SDKs of three makers of models do; run where those are installed."""

import json
import sys
from contextlib import suppress
from pathlib import Path

import anthropic
import httpx2
import openai
from google.genai import types as gemini
from pydantic import TypeAdapter

folder = Path(sys.argv[1])


def exported(maker: str) -> list:
    return json.loads((folder / f"{maker}.json").read_text())


sent: dict[str, list] = {}


def take(request: httpx2.Request) -> httpx2.Response:
    body = json.loads(request.content)
    sent[request.url.host] = body["tools"]
    return httpx2.Response(500, json={})


def ask(make, maker: str):
    http = httpx2.Client(transport=httpx2.MockTransport(take))
    return make(base_url=f"http://{maker}", api_key="none", max_retries=0, http_client=http)


asked = [{"role": "user", "content": "hi"}]
TypeAdapter(list[openai.types.chat.ChatCompletionFunctionToolParam]).validate_python(
    exported("openai"), extra="forbid"
)
TypeAdapter(list[anthropic.types.ToolParam]).validate_python(exported("anthropic"), extra="forbid")
with suppress(openai.InternalServerError):
    ask(openai.OpenAI, "openai").chat.completions.create(
        model="m", messages=asked, tools=exported("openai")
    )
with suppress(anthropic.InternalServerError):
    ask(anthropic.Anthropic, "anthropic").messages.create(
        model="m", max_tokens=1, messages=asked, tools=exported("anthropic")
    )
config = gemini.GenerateContentConfig(tools=exported("gemini"))
declared = [tool.function_declarations for tool in config.tools]
sys.stdout.write(
    json.dumps(
        {
            "openai": [tool["function"]["name"] for tool in sent["openai"]],
            "anthropic": [tool["name"] for tool in sent["anthropic"]],
            "gemini": [each.name for functions in declared for each in functions],
            "schemas": [each.parameters_json_schema is not None for each in declared[0]],
        }
    )
)
