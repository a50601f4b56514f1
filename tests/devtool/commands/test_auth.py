import json
import os
import stat
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from devtool.fake_runtime import agent
from devtool.harness import DEADLINE, Micro, dev, micro, run, shop

HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "t", "version": "1"},
}
RULES = """
[auth]
required = true

[scopes]
"shop.price" = ["shop:read"]

[tools."shop.*"]
rate_limit = "2/h"
"""


def make_key(root: Path, *arguments: str) -> str:
    done = run("auth", "token", "create", *arguments, cwd=root)
    assert done.returncode == 0, done.stderr
    assert f"Authorization: Bearer {done.stdout.strip()}" in done.stderr
    return done.stdout.strip()


def ask(address: str, token: str) -> tuple[int, dict[str, object]]:
    body = json.dumps({"tool": "shop.price", "input": {"item": "tea"}}).encode()
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{address}/mcp/call", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())["error"]


def address_of(command: Micro) -> str:
    return command.event("runtime_started")["addresses"][0]


def test_a_key_opens_what_its_scopes_say_until_it_is_revoked(tmp_path: Path):
    shop(tmp_path)
    (tmp_path / "micro.toml").write_text(RULES)
    good = make_key(tmp_path, "--subject", "ada", "--scopes", "shop:*", "--ttl", "1h")
    poor = make_key(tmp_path, "--subject", "bob", "--scopes", "other:read")
    with dev(tmp_path) as command:
        address = address_of(command)
        assert ask(address, good)[0] == 200
        assert ask(address, "")[0] == 401
        status, refused = ask(address, poor)
        assert (status, refused["missing_scopes"]) == (403, ["shop:read"])
        assert ask(address, good)[0] == 200
        status, limited = ask(address, good)
        assert (status, limited["kind"]) == (429, "rate_limited")
        command.event("call_started", subject="ada")
        number = good.split("_")[1]
        assert run("auth", "token", "revoke", number, cwd=tmp_path).returncode == 0
        assert ask(address, good)[0] == 401


def test_the_list_of_keys_holds_no_key(tmp_path: Path):
    token = make_key(tmp_path, "--subject", "ada\x1b[31m", "--scopes", "a,b c:*")
    listed = run("auth", "token", "list", cwd=tmp_path)
    assert "a b c:*" in listed.stdout
    assert "\x1b" not in listed.stdout
    (key,) = json.loads(run("auth", "token", "list", "--json", cwd=tmp_path).stdout)
    assert (key["subject"], key["scopes"], key["digest"]) == (
        "ada\x1b[31m",
        ["a", "b", "c:*"],
        None,
    )
    assert token.split("_", 2)[2] not in listed.stdout
    assert stat.S_IMODE((tmp_path / ".micro" / "keys.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create", "--subject", "a", "--scopes", "x", "--ttl", "soon"), 2, "is no time"),
        (("create", "--subject", "a"), 2, "--scopes"),
        (("create", "--subject", " ", "--scopes", "x"), 2, "subject is empty"),
        (("revoke", "nope"), 1, "there is no key 'nope'"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str):
    done = run("auth", "token", *arguments, cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


@pytest.mark.parametrize("given", [True, False])
def test_an_agent_has_its_token_in_its_environment(
    tmp_path: Path, given: bool, monkeypatch: pytest.MonkeyPatch
):
    shop(tmp_path)
    (tmp_path / "micro.toml").write_text("[auth]\nrequired = true\n")
    token = make_key(tmp_path, "--subject", "ada", "--scopes", "*")
    monkeypatch.delenv("MICRO_TOKEN", raising=False)
    if given:
        monkeypatch.setenv("MICRO_TOKEN", token)
    with agent(cwd=tmp_path) as client:
        client.ask(1, "initialize", **HELLO)
        client.send({"method": "notifications/initialized"})
        answer = client.ask(2, "tools/call", name="shop_price", arguments={"item": "tea"})
    if given:
        assert answer["result"]["content"][0]["text"] == "tea costs 1"
    else:
        assert answer["error"]["data"]["kind"] == "unauthenticated"
        assert "MICRO_TOKEN" in answer["error"]["message"]


def test_an_address_that_others_reach_needs_a_token_or_the_word(tmp_path: Path):
    shop(tmp_path)
    with micro("dev", "--json", "--address", "0.0.0.0:0", cwd=tmp_path) as command:
        assert command.wait() == 2
        assert any("micro auth token create" in line for line in command.err)
    with micro("dev", "--json", "--address", "0.0.0.0:0", "--insecure", cwd=tmp_path) as command:
        address = address_of(command).replace("0.0.0.0", "127.0.0.1")
        assert ask(address, "")[0] == 200
    token = make_key(tmp_path, "--subject", "ada", "--scopes", "*")
    with micro("dev", "--json", "--address", "0.0.0.0:0", cwd=tmp_path) as command:
        address = address_of(command).replace("0.0.0.0", "127.0.0.1")
        assert ask(address, "")[0] == 401
        assert ask(address, token)[0] == 200


def test_a_first_token_is_made_and_shown_once_where_tokens_are_asked_for(tmp_path: Path):
    shop(tmp_path)
    (tmp_path / "micro.toml").write_text("[auth]\nrequired = true\n")
    with micro("dev", "--json", "--address", "0.0.0.0:0", cwd=tmp_path) as command:
        token = command.line("Authorization: Bearer").split()[-1]
        address = address_of(command).replace("0.0.0.0", "127.0.0.1")
        assert ask(address, token)[0] == 200
    with micro("dev", "--json", "--address", "0.0.0.0:0", cwd=tmp_path) as command:
        address_of(command)
        assert not any("Bearer" in line for line in command.err)
    assert not any(
        token.encode() in path.read_bytes()
        for path in (tmp_path / ".micro").rglob("*")
        if path.is_file() and os.access(path, os.R_OK)
    )
