"""Posts to the MCP address that come by ASGI, from a server that is not ours.

What is plain is answered at once (``direct``): no route is looked for, no header read again, and
nothing stands between the answer and the server. Everything else is the application's (``http``).
"""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send

from micro.doors.asgi import problem_text, repeat
from micro.doors.direct import DirectPosts, stopped
from micro.doors.tracing import TracedResponse, named_trace
from micro.gateway.traceparent import new_trace_id
from micro.protocol.endpoint import MESSAGE_LIMIT


async def answer_post(
    posts: DirectPosts, scope: Scope, receive: Receive, send: Send
) -> Receive | None:
    """Answer a request, if it is a post that ``posts`` answers.

    Returns:
        ``None`` once it is answered. Else with what the usual way begins: it receives all that came
        from the start.
    """
    head = posts.parsed.of(scope)
    if head is None:
        return receive
    try:
        message = await receive()
    except asyncio.CancelledError:  # by the server, once a request has had its time to end
        if not posts.is_stopping:
            raise
        problem = stopped()
        await TracedResponse(send, new_trace_id()).finish(problem.status, problem_text(problem))
        return None
    body: bytes = message.get("body", b"")
    if message.get("more_body") or not body or len(body) > MESSAGE_LIMIT:
        return repeat(message, receive)
    trace_id = named_trace(body) or new_trace_id()
    response = TracedResponse(send, trace_id)
    if await posts.answer(head, body, trace_id=trace_id, response=response, receive=receive):
        return None
    return repeat(message, receive)
