"""Older clients are asked while the call waits: by requests on the call's own stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    ClientCapabilities,
    CreateMessageResult,
    ElicitResult,
    ListRootsResult,
    server_request_adapter,
)

from micro.errors import MicroError
from micro.peers import Ability, Answer, Question
from micro.protocol.callers import Context

ASK_TIMEOUT = 600.0
"""Seconds that a client may take to answer: somebody has to read the question."""

_RESULTS: dict[str, Any] = {
    "elicitation/create": ElicitResult,
    "sampling/createMessage": CreateMessageResult,
    "roots/list": ListRootsResult,
}


class ClientSilent(MicroError):
    """The client was asked, and did not answer."""


def abilities_of(capabilities: ClientCapabilities | None) -> tuple[Ability, ...]:
    """Give what a client said that it can be asked."""
    if capabilities is None:
        return ()
    able: list[Ability] = []
    if (elicitation := capabilities.elicitation) is not None:
        if elicitation.form is not None or elicitation.url is None:
            able.append("elicitation")
        if elicitation.url is not None:
            able.append("elicitation.url")
    if (sampling := capabilities.sampling) is not None:
        able.append("sampling")
        if sampling.tools is not None:
            able.append("sampling.tools")
    if capabilities.roots is not None:
        able.append("roots")
    return tuple(able)


class OlderClient:
    """The client of one request."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask one after the other: a person reads them.

        Raises:
            ClientSilent: It gave an error, or no answer in time.
        """
        return [await self._ask(question) for question in questions]

    async def _ask(self, question: Question) -> Answer:
        params = question.params
        if params.get("mode") == "url":
            params = {**params, "elicitationId": str(uuid4())}
        request = server_request_adapter.validate_python(
            {"method": question.method, "params": params}
        )
        try:
            answer = await self._context.session.send_request(
                request,
                _RESULTS[question.method],
                request_read_timeout_seconds=ASK_TIMEOUT,
                metadata=ServerMessageMetadata(related_request_id=self._context.request_id),
            )
        except (MCPError, ValueError) as error:
            said = str(error) if isinstance(error, MCPError) else "what MCP does not know"
            raise ClientSilent(
                f"The client did not answer {question.method}, but said: {said:.300}",
                mend="try again, or do without",
            ) from error
        return answer.model_dump(by_alias=True, mode="json", exclude_none=True)
