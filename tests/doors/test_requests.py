"""Request ids of one session."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import httpx2
import pytest

from doors.harness import call, request, serving
from doors.web_client import http, session


@pytest.mark.parametrize("second", [7, "7"])
async def test_a_request_id_in_flight_is_refused_a_second_time_in_its_session(second: int | str):
    async with serving() as served, http(served) as client, session(client) as headers:
        answers: list[httpx2.Response] = []

        async def wait() -> None:
            body = call("demo_wait", id=7)
            answers.append(await client.post("/mcp", json=body, headers=headers))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await served.gate.entered.wait()
            refused = await client.post(
                "/mcp", json=request("ping") | {"id": second}, headers=headers
            )
            served.gate.release.set()
        assert refused.status_code == 400
        assert refused.json()["error"]["kind"] == "request_id_in_use"
        assert "released" in answers[0].text
        again = await client.post("/mcp", json=request("ping", id=7), headers=headers)
        assert again.status_code == 200
