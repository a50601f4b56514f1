"""OpenAPI 3.1 of the paths that the REST door serves for the tools.

Made of views alone, so that it can be written of a project that does not run. Who is shown what is
``apidocs``'s.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol, cast

from micro.snapshots import ToolView

Schema = dict[str, Any]

_ERRORS = {
    "400": "The body is no JSON object.",
    "401": "A token is needed, or was not taken.",
    "403": "The caller lacks a scope.",
    "404": "There is no such tool.",
    "413": "The body is too large.",
    "422": "The arguments do not fit; the message says which and what is allowed.",
    "429": "A rate limit is used up.",
    "500": "The tool failed.",
    "503": "The tool rests, too many calls wait, or its process was lost.",
    "504": "The tool took too long.",
}
_TRACE_ID = {"type": "string", "description": "W3C trace id of the call."}
_RELOAD_ERROR = {
    "type": "string",
    "description": "Why what was saved last does not load, where older code answers.",
}
_ERROR: Schema = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "kind": {"type": "string"},
                "message": {"type": "string"},
                "retryable": {"type": "boolean"},
                "mend": {"type": ["string", "null"]},
                "retry_after": {"type": ["number", "null"], "description": "Seconds."},
                "missing_scopes": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["kind", "message"],
        },
        "reload_error": _RELOAD_ERROR,
        "trace_id": _TRACE_ID,
    },
    "required": ["error"],
}


class Described(Protocol):
    """A service as it is described."""

    @property
    def name(self) -> str:
        """How it is called."""
        ...

    @property
    def version(self) -> str:
        """The author's; may be empty."""
        ...

    @property
    def description(self) -> str:
        """The author's; may be empty."""
        ...

    @property
    def tools(self) -> Sequence[ToolView]:
        """What it serves."""
        ...


def openapi_text(services: Sequence[Described], *, title: str, url: str, version: str = "") -> str:
    """Give the description as JSON text.

    Args:
        services: What is described.
        title: How the server is called.
        url: Where the REST door listens.
        version: The server's; empty: that of the first service.
    """
    ordered = sorted(services, key=lambda service: service.name)
    schemas: dict[str, Schema] = {"Failure": _ERROR}
    paths: dict[str, Any] = {}
    for service in ordered:
        for tool in sorted(service.tools, key=lambda tool: tool.name):
            path = f"/mcp/call/{tool.name.replace('.', '/', 1)}"
            paths[path] = {"post": _operation(service, tool, schemas)}
    bearer = {"type": "http", "scheme": "bearer", "description": "Made by: micro auth token create"}
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version or _version(ordered)},
        "servers": [{"url": url}],
        "tags": [_tag(service) for service in ordered],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {key: _failure(words) for key, words in _named_errors().items()},
            "securitySchemes": {"token": bearer},
        },
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _operation(service: Described, tool: ToolView, schemas: dict[str, Schema]) -> Schema:
    prefix = tool.wire_name
    body: Schema = {"schema": _hoisted(tool.input_schema, prefix, schemas)}
    if tool.examples:
        body["examples"] = {
            f"example{number}": {"value": dict(example)}
            for number, example in enumerate(tool.examples, 1)
        }
    answer = {
        "type": "object",
        "properties": {
            "result": _result(tool, schemas),
            "reload_error": _RELOAD_ERROR,
            "trace_id": _TRACE_ID,
        },
        "required": ["result", "trace_id"],
    }
    ok: Schema = {
        "description": tool.returns or "What the tool gave.",
        "content": {"application/json": {"schema": answer}},
    }
    failures = {code: {"$ref": f"#/components/responses/Error{code}"} for code in _ERRORS}
    needed = bool(tool.input_schema.get("required"))
    operation: Schema = {
        "operationId": tool.wire_name,
        "tags": [service.name],
        "summary": tool.title or tool.description.strip().split("\n", 1)[0],
        "description": tool.description,
        "requestBody": {"required": needed, "content": {"application/json": body}},
        "responses": {"200": ok, **failures},
        "security": [{"token": list(tool.scopes)}, *([] if tool.scopes else [{}])],
    }
    return {key: value for key, value in operation.items() if value or key == "responses"}


def _result(tool: ToolView, schemas: dict[str, Schema]) -> Schema:
    """Describe a result as REST gives it: what MCP wraps into an object comes alone."""
    if tool.output_schema is None:
        return {}
    whole = _hoisted(tool.output_schema, f"{tool.wire_name}_result", schemas)
    properties = whole.get("properties", {})
    if list(properties) != ["result"]:
        return whole
    # An object of the author's with this one field looks the same: both are right then.
    return {"anyOf": [properties["result"], whole]}


def _hoisted(schema: Schema, prefix: str, schemas: dict[str, Schema]) -> Schema:
    """Move a schema's definitions to the components: references count from the document there."""
    for name, inner in cast("dict[str, Schema]", schema.get("$defs", {})).items():
        schemas[f"{prefix}.{_key(name)}"] = _referring(inner, prefix)
    return _referring({k: v for k, v in schema.items() if k not in ("$defs", "$schema")}, prefix)


def _referring(value: Any, prefix: str) -> Any:
    if isinstance(value, list):
        return [_referring(each, prefix) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found = cast("Schema", value)
    changed = {key: _referring(each, prefix) for key, each in found.items()}
    reference = found.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        name = _key(reference.removeprefix("#/$defs/"))
        changed["$ref"] = f"#/components/schemas/{prefix}.{name}"
    return changed


def _key(name: str) -> str:
    """Give a name that a component may have."""
    return "".join(
        char if char.isascii() and (char.isalnum() or char in "_-.") else "_" for char in name
    )


def _named_errors() -> dict[str, str]:
    return {f"Error{code}": words for code, words in _ERRORS.items()}


def _failure(words: str) -> Schema:
    schema = {"$ref": "#/components/schemas/Failure"}
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _tag(service: Described) -> dict[str, str]:
    described = {"name": service.name, "description": service.description}
    return {key: value for key, value in described.items() if value}


def _version(services: Sequence[Described]) -> str:
    return next((service.version for service in services if service.version), "0")
