"""A planted secret is found in nothing that is kept or shown, whatever way it took."""

from __future__ import annotations

import msgspec
import pytest

from micro import Service
from micro.calls import Caller
from micro.events import AnyEvent
from micro.serving import Serving
from micro.snapshots import AuditRecord
from micro.stores.spans import spans_of

SECRET = "correct-horse-battery"
CALLER = Caller(door="memory", subject="ada")

vault = Service("vault")


@vault.tool
def open_it(password: str, note: str) -> dict[str, str]:
    return {"apiToken": SECRET, "said": note}


@vault.tool
def fail(dsn: str) -> str:
    raise RuntimeError(f"cannot connect to {dsn} with {SECRET}")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_PASSWORD", SECRET)


async def test_a_planted_secret_is_in_no_event_record_ledger_or_snapshot(environment: None):
    records, events = list[AuditRecord](), list[AnyEvent]()
    serving = Serving(vault, audit=records.append)
    runtime = serving.runtime
    runtime.bus.attach(events.append)
    async with serving.started():
        for tool, arguments in (
            ("vault.open_it", {"password": SECRET, "note": f"the word is {SECRET}"}),
            ("vault.fail", {"dsn": f"postgres://ada:{SECRET}@db/x"}),
            ("vault.open_it", {"password": 1, "note": SECRET}),
        ):
            await runtime.gateway.call(tool, msgspec.json.encode(arguments), caller=CALLER)
    details = [runtime.detail(call.call) for call in runtime.snapshot().calls]
    assert len(details) == len(records) == 3
    assert all(detail and detail.arguments and detail.result for detail in details)
    spans = [spans_of(detail, payload=True) for detail in details if detail]
    kept = msgspec.json.encode([records, events, details, spans, runtime.snapshot()])
    assert b"the word is [redacted]" in kept
    assert SECRET.encode() not in kept


async def test_the_client_still_gets_what_the_tool_gave(environment: None):
    serving = Serving(vault)
    async with serving.started():
        result = await serving.runtime.gateway.call(
            "vault.open_it", b'{"password": "x", "note": "y"}', caller=CALLER
        )
    assert SECRET in result.text
