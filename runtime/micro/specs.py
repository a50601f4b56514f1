"""What is known of a tool, a resource or a prompt wherever its code runs.

One type for the three: they are called alike, by the same gateway, under the same rules. The
handles that run them are in ``calls``.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from micro.policies import NO_POLICY, Policy

Kind = Literal["tool", "resource", "prompt", "completer", "judge"]
"""What a member of a service is. A completer says what may stand in an argument of another one, a
judge whether somebody has to allow a call of it."""

COMPLETER = ".complete"
"""Ends the name of a completer, after the name of the member that it belongs to."""
JUDGE = ".approve"
"""Ends the name of a judge, after the name of the tool that it belongs to."""


class ResourceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a resource besides.

    Attributes:
        uri: Its URI, or a template of many (RFC 6570): ``users://{id}``.
        mime_type: Of its content; empty if that is only known when it is read.
        size: Of its content in bytes; ``None`` if not known.
    """

    uri: str
    mime_type: str = ""
    size: int | None = None

    @property
    def is_template(self) -> bool:
        """Whether there are as many resources as there are values for its variables."""
        return "{" in self.uri


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a tool, or of what is called like one: crosses the host's socket as it is.

    Attributes:
        service: Name of the service that the tool belongs to.
        name: Name within the service.
        kind: What it is to clients.
        input_schema: JSON Schema 2020-12 of the arguments, an object. Those of a resource are the
            variables of its template.
        output_schema: JSON Schema of the structured result, an object; ``None`` if untyped.
        scopes: All of these are needed to call; ``a|b`` is one of the two.
        policy: What else is asked of its calls.
        annotations: MCP's hints (``readOnlyHint``, ``audience`` and so on), only those that were
            set.
        examples: Arguments from ``@example``, each an object.
        returns: The docstring's words on the result.
        raises: (exception, words) from the docstring.
        file: Where the function is written, relative to the project if inside it.
        has_context: Whether its code gets the call's ``Context``, by which it may ask the client.
        resource: What is known besides, if it is a resource.
    """

    service: str
    name: str
    kind: Kind = "tool"
    title: str = ""
    description: str = ""
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    scopes: tuple[str, ...] = ()
    policy: Policy = NO_POLICY
    annotations: dict[str, Any] = {}
    examples: tuple[dict[str, Any], ...] = ()
    returns: str = ""
    raises: tuple[tuple[str, str], ...] = ()
    file: str = ""
    line: int = 0
    has_context: bool = False
    resource: ResourceSpec | None = None

    @property
    def full_name(self) -> str:
        """The name for people, scopes and config: ``users.get_user``."""
        return f"{self.service}.{self.name}"

    @property
    def wire_name(self) -> str:
        """The name on the wire, which real clients accept: ``users_get_user``.

        A completer or a judge is asked for by the name of what it belongs to.
        """
        return f"{self.service}_{self.name.removesuffix(COMPLETER).removesuffix(JUDGE)}"

    @property
    def ruled_as(self) -> str:
        """The name that rules know it by: a completer is ruled as what it belongs to."""
        return self.full_name.removesuffix(COMPLETER).removesuffix(JUDGE)
