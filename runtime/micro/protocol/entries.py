"""Resources, templates and prompts as their lists have them. Tools are in ``listing``."""

from __future__ import annotations

from typing import Any

from micro.calls import ToolSpec
from micro.services.schema import resolve


def resource_entry(spec: ToolSpec) -> dict[str, Any]:
    """Give a resource, or a template, as its list has it; what is not known is left out."""
    resource = spec.resource
    assert resource is not None
    key = "uriTemplate" if resource.is_template else "uri"
    entry: dict[str, Any] = {key: resource.uri, **_described(spec)}
    if resource.mime_type:
        entry["mimeType"] = resource.mime_type
    if resource.size is not None and not resource.is_template:
        entry["size"] = resource.size
    if spec.annotations:
        entry["annotations"] = spec.annotations
    return entry


def prompt_entry(spec: ToolSpec) -> dict[str, Any]:
    """Give a prompt as the list has it."""
    entry = _described(spec)
    required = spec.input_schema.get("required", ())
    arguments: list[dict[str, Any]] = []
    for name, written in spec.input_schema.get("properties", {}).items():
        argument: dict[str, Any] = {"name": name, "required": name in required}
        if description := resolve(written, spec.input_schema).get("description"):
            argument["description"] = description
        arguments.append(argument)
    if arguments:
        entry["arguments"] = arguments
    return entry


def _described(spec: ToolSpec) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": spec.wire_name}
    if spec.title:
        entry["title"] = spec.title
    if spec.description:
        entry["description"] = spec.description
    return entry
