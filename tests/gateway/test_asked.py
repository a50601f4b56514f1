"""Which calls a condition of the settings lets wait, and which it may let through."""

from __future__ import annotations

import pytest

from calling import make_call
from micro.calls import Caller
from micro.conditions import read_condition
from micro.errors import ConfigError
from micro.gateway.asked import condition

KIM = Caller(door="http", subject="kim", scopes=("orders:read", "trusted:*"))


@pytest.mark.parametrize(
    ("text", "arguments", "asks"),
    [
        ("arguments.amount>1000", b'{"amount":1001}', True),
        ("arguments.amount>1000", b'{"amount":1000}', False),
        ("arguments.amount>=1000", b'{"amount":1000.0}', True),
        ("arguments.amount<0", b'{"amount":-1}', True),
        ("-arguments.amount<=10", b'{"amount":10}', False),
        ("arguments.to.country:C*", b'{"to":{"country":"CH"}}', True),
        ("arguments.to.country:C*", b'{"to":{"country":"DE"}}', False),
        ("arguments.force:true", b'{"force":false}', False),
        ("-arguments.dry_run:true", b'{"dry_run":true}', False),
        ("arguments.note:null", b'{"note":null}', True),
        ("arguments.name:'two words'", b'{"name":"two words"}', True),
        ("subject:k*", b"{}", True),
        ("-subject:kim", b"{}", False),
        ("door:stdio", b"{}", False),
        ("scope:trusted:orders", b"{}", True),
        ("-scope:orders:write", b"{}", True),
        ("arguments.amount>1000 -scope:orders:read", b'{"amount":5000}', False),
        ("arguments.amount>1000 subject:kim", b'{"amount":5000}', True),
    ],
)
def test_a_call_waits_when_every_term_holds(text: str, arguments: bytes, asks: bool) -> None:
    call = make_call(arguments=arguments, caller=KIM)
    assert condition(text)(call) == (text if asks else "")


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    ("term", "arguments"),
    [
        ("arguments.amount>1000", b"{}"),
        ("arguments.amount>1000", b'{"amount":"5000"}'),
        ("arguments.amount>1000", b'{"amount":true}'),
        ("arguments.amount>1000", b'{"amount":[5000]}'),
        ("arguments.to.country:CH", b'{"to":"CH"}'),
        ("arguments.force:true", b'{"force":1}'),
        ("arguments.force:true", b'{"force":"yes"}'),
        ("arguments.id:42", b'{"id":"42"}'),
        ("arguments.kind:safe", b'{"kind":7}'),
        ("arguments.kind:safe", b"[1]"),
        ("arguments.kind:safe", b"{"),
    ],
)
def test_what_cannot_be_told_waits_whatever_the_sign(
    sign: str, term: str, arguments: bytes
) -> None:
    assert condition(sign + term)(make_call(arguments=arguments, caller=KIM))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alway",
        "client:cursor",
        "arguments:x",
        "arguments.a>ten",
        "subject>3",
        "subject:'x",
        "-",
    ],
)
def test_what_is_no_condition_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ConfigError):
        read_condition(text)
