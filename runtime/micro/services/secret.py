"""How an author says that a parameter is a secret: ``Annotated[str, Secret]``.

``pydantic.SecretStr`` says the same. Both show in the schema, by which the runtime knows it.
"""

from __future__ import annotations

from typing import Any

import pydantic

Secret: Any = pydantic.Field(json_schema_extra={"format": "password", "writeOnly": True})
"""Marks a parameter whose value is never kept or shown: not in the ledger, events or exports."""
