from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import pydantic
import pytest
from pydantic import Field

from micro.services.samples import sample
from services.harness import bound


class Node(pydantic.BaseModel):
    value: int
    inner: Node | None = None
    others: list[Node]


@pytest.mark.parametrize(
    "hint",
    [
        int,
        Annotated[int, Field(ge=10)],
        Annotated[int, Field(gt=10)],
        Annotated[int, Field(le=-3)],
        Annotated[int, Field(lt=0)],
        Annotated[int, Field(ge=10, multiple_of=7)],
        Annotated[float, Field(gt=0, lt=1)],
        Annotated[str, Field(min_length=8)],
        Annotated[str, Field(max_length=2)],
        Annotated[list[int], Field(min_length=3)],
        bool,
        Literal["x", "y"],
        Node,
        datetime.date,
        datetime.datetime,
        datetime.time,
        datetime.timedelta,
        uuid.UUID,
        Decimal,
        bytes,
        dict[str, int],
        tuple[int, str],
        int | None,
        Any,
    ],
    ids=str,
)
def test_a_made_example_fits_its_schema(hint: Any):
    def take(value) -> None: ...

    take.__annotations__ = {"value": hint, "return": None}
    tool = bound(take)

    made = sample(tool.spec.input_schema)

    assert tool.arguments.fits(made) is None, made
