"""The tools as a Python module for a framework, which calls them over the REST door. Pure.

The modules need the framework and the standard library alone; their text is in ``frameworks``.
"""

from __future__ import annotations

import json
import pprint
from collections.abc import Sequence
from importlib.resources import files
from string import Template
from typing import Literal

from micro.snapshots import ServiceView

Framework = Literal["langchain", "llamaindex"]


def module_text(services: Sequence[ServiceView], framework: Framework, *, url: str) -> str:
    """Give the module; the same services give the same text."""
    tools = [tool for service in services for tool in service.tools]
    described = [
        {
            "name": tool.wire_name,
            "description": tool.description,
            "parameters": tool.input_schema,
        }
        for tool in sorted(tools, key=lambda tool: tool.name)
    ]
    # Through JSON, so that what is written is plain data whatever it was.
    plain = json.loads(json.dumps(described))
    folder = files(f"{__name__.rpartition('.')[0]}.frameworks")
    parts = [folder.joinpath(f"{name}.py.txt").read_text("utf-8") for name in (framework, "call")]
    return Template(parts[0]).substitute(
        call=parts[1].rstrip("\n"),
        url=json.dumps(url),
        tools=pprint.pformat(plain, width=96, sort_dicts=False),
    )
