"""Turns the JSON text of a call's arguments into what the function takes, or says why not.

One compiled validator a tool, made once. What to tell the caller is worded in ``complaints``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

import pydantic_core
from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo

from micro.services.complaints import Complaint, complain
from micro.services.decoding import decode_texts, read_object
from micro.services.keywords import Keywords, merged
from micro.services.phrases import allowed, shortened
from micro.services.samples import sample
from micro.services.schema import record, schema_of
from micro.services.signature import EMPTY, Parameter
from micro.services.typeforms import annotated, field_of, optional, readable

PROBLEMS_READ = 200
"""Problems beyond which they are counted only: reading a million takes ten seconds."""


DECODINGS = 3
"""Texts within texts that are decoded."""


class BadArguments(Exception):
    """The arguments do not fit; the message is written for the model that sent them."""


class Arguments:
    """The arguments of one tool. Lives as long as the generation it was compiled for.

    Args:
        tool: Full name of the tool, for messages.
        parameters: What the function takes.

    Attributes:
        schema: JSON Schema of the object that a caller sends.
    """

    def __init__(self, tool: str, parameters: Sequence[Parameter]) -> None:
        adapter = record({each.name: _field(each) for each in parameters}, extra="forbid")
        self.schema = schema_of(adapter, "validation")
        self.example: Mapping[str, Any] | None = None
        self._tool = tool
        self._keywords: Keywords | None = None
        self._validate = adapter.validator.validate_json
        for parameter in parameters:
            self._show_default(parameter)

    def require(self, keywords: Mapping[str, Any]) -> None:
        """Add keywords of JSON Schema that types do not have; arguments are checked by them, too.

        Raises:
            Exception: They are none.
        """
        self.schema = merged(self.schema, keywords)
        self._keywords = Keywords(self.schema)

    def parse(self, sent: bytes) -> dict[str, Any]:
        """Give the function's keyword arguments; those left out are left to its defaults.

        JSON text that arrives for what is no string is decoded, only if it does not fit as sent.

        Raises:
            BadArguments: The arguments do not fit.
        """
        try:
            arguments: dict[str, Any] = self._validate(sent)
        except ValidationError as error:
            return self._parse_again(sent, error)
        if b"NaN" in sent or b"Infinity" in sent:
            self._read(sent)
        if self._keywords is not None:
            self._check(sent, self._keywords)
        return arguments

    def fits(self, example: Mapping[str, Any]) -> str | None:
        """Check an example without any leniency: ``None`` if it fits, else why not."""
        sent = pydantic_core.to_json(example)
        try:
            self._validate(sent)
        except ValidationError as error:
            return self._complain(pydantic_core.from_json(sent), error, example={})
        return self._keywords.problem(sent) if self._keywords is not None else None

    def _show_default(self, parameter: Parameter) -> None:
        """Put a default into the schema if it is one that a caller could send."""
        if parameter.default is EMPTY or isinstance(parameter.default, FieldInfo):
            return
        try:
            sent = pydantic_core.to_json({parameter.name: parameter.default}, by_alias=True)
        except pydantic_core.PydanticSerializationError:
            return
        if not self._refuses(sent, parameter.name):
            shown = pydantic_core.from_json(sent)[parameter.name]
            self.schema["properties"][parameter.name]["default"] = shown

    def _refuses(self, sent: bytes, name: str) -> bool:
        try:
            self._validate(sent)
        except ValidationError as error:
            return any(each["loc"][:1] == (name,) for each in error.errors())
        return False

    def _parse_again(self, sent: bytes, error: ValidationError) -> dict[str, Any]:
        whole = self._read(sent)
        if sent.lstrip()[:1] != b"{":
            return self.parse(pydantic_core.to_json(whole))
        for _ in range(DECODINGS):
            self._check_count(error)
            decoded = decode_texts(whole, error)
            if decoded is None:
                break
            again = pydantic_core.to_json(decoded)
            try:
                arguments = self._validate(again)
            except ValidationError as further:
                whole, error = decoded, further
                continue
            if self._keywords is not None:
                self._check(again, self._keywords)
            return arguments
        self._check_count(error)
        raise BadArguments(self._complain(whole, error, example=self._example()))

    def _check(self, sent: bytes, keywords: Keywords) -> None:
        """Refuse what fits the types and not the keywords beside them."""
        problem = keywords.problem(sent)
        if problem is not None:
            raise BadArguments(f"{self._tool}: a problem with the arguments.\n- {problem}")

    def _read(self, sent: bytes) -> dict[str, Any]:
        try:
            return read_object(sent)
        except ValueError as error:
            example = pydantic_core.to_json(self._example()).decode()
            raise BadArguments(
                f"{self._tool}: {error}. Send a JSON object, such as {example}"
            ) from None

    def _check_count(self, error: ValidationError) -> None:
        count = error.error_count()
        if count > PROBLEMS_READ:
            wanted = shortened(allowed(self.schema, self.schema), 1_000)
            raise BadArguments(
                f"{self._tool}: {count} problems with the arguments. Allowed: {wanted}"
            )

    def _complain(
        self, sent: dict[str, Any], error: ValidationError, *, example: Mapping[str, Any] | None
    ) -> str:
        return complain(
            Complaint(tool=self._tool, schema=self.schema, sent=sent, example=example), error
        )

    def _example(self) -> Mapping[str, Any]:
        """Give the author's example, or one made from the schema if that fits."""
        if self.example is None:
            made: dict[str, Any] = sample(self.schema)
            self.example = {} if self.fits(made) else made
        return self.example


def _field(parameter: Parameter) -> Any:
    """Give the parameter's type as a field of the record.

    A default stays with the function, so that any object may be one, unless pydantic's ``Field``
    has one too: what is written as the parameter's default wins, as in a model.
    """
    kind, default = readable(parameter.type), parameter.default
    if isinstance(default, FieldInfo):
        kind = annotated(kind, [default])
        return kind if default.is_required() else NotRequired[kind]
    info = field_of(kind)
    pydantic_knows = info is not None and not info.is_required()
    if default is EMPTY:
        return NotRequired[kind] if pydantic_knows else kind
    if default is None:
        kind = optional(kind)
    if pydantic_knows:
        kind = annotated(kind, [Field(default=default)])
    return NotRequired[kind]
