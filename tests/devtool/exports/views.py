"""Views of services for the tests of exports."""

from typing import Any

from micro.snapshots import ServiceView, ToolView


def tool_view(name: str = "users.get", **changes: Any) -> ToolView:
    fields: dict[str, Any] = {
        "name": name,
        "wire_name": name.replace(".", "_"),
        "title": "",
        "description": "Retrieve a user.\n\nThe full profile.",
        "input_schema": {"type": "object", "properties": {}},
        "output_schema": None,
        "scopes": (),
        "annotations": {},
        "examples": (),
        "returns": "",
        "raises": (),
        "file": "users.py",
        "line": 7,
    }
    return ToolView(**(fields | changes))


def service_view(*tools: ToolView, name: str = "users", **changes: Any) -> ServiceView:
    fields: dict[str, Any] = {
        "name": name,
        "version": "1.0.0",
        "description": "Keeps users.",
        "generation": 1,
        "state": "serving",
        "loaded_at": 0.0,
        "load_duration": 0.0,
        "file": "users.py",
        "error": None,
        "changes": (),
        "tools": tools,
    }
    return ServiceView(**(fields | changes))
