"""Calls as they are kept."""

from typing import Any

from micro.snapshots import CallDetail, CallView


def detail(
    arguments: str,
    result: str,
    *,
    outcome: Any = "ok",
    subject: str = "local",
    scopes_held: tuple[str, ...] = (),
) -> CallDetail:
    view = CallView(
        call=1,
        time=1_790_000_000.0,
        tool="shop.order",
        door="cli",
        client="",
        subject=subject,
        trace_id="",
        arguments=arguments,
        outcome=outcome,
    )
    return CallDetail(
        view=view,
        arguments=arguments,
        result=result,
        phases=(),
        logs=(),
        traceback="",
        scopes_held=scopes_held,
    )
