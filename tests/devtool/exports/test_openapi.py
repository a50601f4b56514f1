import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from devtool.exports.conftest import Served
from devtool.exports.views import service_view, tool_view
from devtool.harness import DEADLINE, dev, run
from micro.doors.openapi import openapi_text

SHOP = '''
from dataclasses import dataclass
from typing import Annotated
from micro import Service

shop = Service("shop", version="1.2.3")

@dataclass
class Item:
    name: str
    parts: "list[Item]"

@dataclass
class Single:
    result: int

@shop.tool
def price(item: str) -> int:
    """Tell a price.

    @example {"item": "tea"}
    """
    return 3

@shop.tool
def find(item: Item) -> list[Item]:
    """Find items.

    @example {"item": {"name": "tea", "parts": []}}
    """
    return [item]

@shop.tool
def single() -> Single:
    """Give an object that looks like a wrapped result."""
    return Single(result=1)

@shop.tool
def words(count: int = 1) -> str:
    """Give words."""
    return "word " * count

@shop.tool
def untyped():
    """Give anything."""
    return {"a": [1]}
'''


def description(*tools: Any, **changes: Any) -> dict[str, Any]:
    return json.loads(openapi_text([service_view(*tools, **changes)], title="t", url="http://x"))


def post(url: str, body: Any) -> tuple[int, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_the_description_is_valid_and_every_path_answers_as_it_says(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    with dev(tmp_path) as command:
        url = command.event("runtime_started")["addresses"][0]
        command.event("service_loaded")
        ended = run("mcp", "export", "openapi", "--served-at", url, cwd=tmp_path)
        found = json.loads(ended.stdout)
        validate(found)
        registry: Any = Registry().with_resource(
            "urn:found", Resource.from_contents(found, default_specification=DRAFT202012)
        )
        assert list(found["paths"]) == [
            f"/mcp/call/shop/{name}" for name in ("find", "price", "single", "untyped", "words")
        ]
        for path, item in found["paths"].items():
            content = item["post"]["requestBody"]["content"]["application/json"]
            examples = content.get("examples", {"none": {"value": {}}})
            for example in examples.values():
                status, body = post(found["servers"][0]["url"] + path, example["value"])
                assert status == 200, body
                _check(path, "responses/200", body, registry)
        status, body = post(f"{url}/mcp/call/shop/price", {"item": 3})
        assert status == 422
        Draft202012Validator(found["components"]["schemas"]["Failure"]).validate(body)


@pytest.mark.timeout(300)
def test_what_schemathesis_makes_of_the_description_is_answered_as_it_says(
    tmp_path: Path, served: Served, schemathesis: Path
):
    file = tmp_path / "openapi.json"
    named = ("--url", served.url, "--out", str(file))
    assert run("mcp", "export", "openapi", *named, cwd=tmp_path).returncode == 0
    command = [str(schemathesis), "run", str(file), "--url", served.url, "--no-color"]
    bounds = ["--max-examples", "40", "--seed", "7", "--phases", "examples,coverage,fuzzing"]
    ended = subprocess.run(
        [*command, *bounds, "--checks", "all"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert ended.returncode == 0, ended.stdout


def _check(path: str, place: str, body: Any, registry: Any) -> None:
    pointer = path.replace("/", "~1")
    schema = f"urn:found#/paths/{pointer}/post/{place}/content/application~1json/schema"
    Draft202012Validator({"$ref": schema}, registry=registry).validate(body)


def test_definitions_of_two_tools_with_one_name_stay_apart():
    def tool(name: str, kind: str) -> Any:
        return tool_view(
            name,
            input_schema={
                "type": "object",
                "properties": {"a": {"$ref": "#/$defs/Same Name"}},
                "$defs": {"Same Name": {"type": kind}},
            },
        )

    found = description(tool("users.a", "string"), tool("users.b", "integer"))
    validate(found)
    schemas = found["components"]["schemas"]
    assert schemas["users_a.Same_Name"] == {"type": "string"}
    assert schemas["users_b.Same_Name"] == {"type": "integer"}


def test_scopes_are_what_the_token_needs_and_without_any_none_is_needed():
    found = description(tool_view("users.a", scopes=("users:read",)), tool_view("users.b"))
    operations = [item["post"]["security"] for item in found["paths"].values()]
    assert operations == [[{"token": ["users:read"]}], [{"token": []}, {}]]


def test_the_same_services_give_the_same_text_in_any_order():
    tools = (tool_view("users.a"), tool_view("users.b"))
    assert description(*tools) == description(*tools[::-1])
