from __future__ import annotations

from typing import Any

import pytest

from micro_tui.paint.tools import type_text


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "uuid"}, "uuid"),
        ({"type": "array", "items": {"type": "integer"}}, "integer[]"),
        ({"anyOf": [{"$ref": "#/$defs/Order"}, {"type": "null"}]}, "Order | null"),
        ({"enum": ["a", 1]}, '"a" | 1'),
        ({"const": "x"}, '"x"'),
        ({"type": ["string", "null"]}, "string | null"),
        ({}, "any"),
        (True, "any"),
    ],
)
def test_a_schema_reads_as_a_type(schema: Any, text: str) -> None:
    assert type_text(schema) == text
