"""A secret that goes through a served project in every way is left behind in none."""

import json
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from devtool.harness import DEADLINE, dev, run

WORD = "correct-horse"
"""In every secret, so that one search finds any of them."""
OF_THE_ENVIRONMENT = f"{WORD}-environment-1"
OF_THE_FILE = f"{WORD}-dotenv-2"
OF_THE_CALL = f"{WORD}-argument-3"
OF_THE_DSN = f"{WORD}-dsn-4"
OF_A_FIELD = f"{WORD}-field-5"
LOCAL = f"{WORD}-short-6"

VAULT = """
import logging, os
from typing import Annotated

from pydantic import SecretStr
from micro import Context, Secret, Service, ToolError

vault = Service("vault")

@vault.tool
def log_in(password: str, user: str, ctx: Context) -> dict[str, str]:
    print("logging in with", password)
    ctx.log.warning("the file says %s", os.environ["FILE_TOKEN"])
    return {"welcome": f"{user} with {password}"}

@vault.tool
def connect(dsn: str) -> str:
    raise RuntimeError(f"no answer from {dsn}, nor with {os.environ['VAULT_PASSWORD']}")

@vault.tool
def refuse(passphrase: SecretStr) -> str:
    raise ToolError(f"{passphrase.get_secret_value()} is wrong, as is {os.environ['FILE_TOKEN']}")

@vault.tool
def unlock(code: Annotated[str, Secret]) -> str:
    return f"opened by {code}"

@vault.tool(approve="always", timeout="5s")
def wait(api_key: str) -> str:
    return api_key
"""


def post(url: str, body: dict[str, Any], **headers: str) -> str:
    """Give what a client reads, headers too."""
    given = {"content-type": "application/json"} | headers
    request = urllib.request.Request(url, json.dumps(body).encode(), given)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return str(answer.headers) + answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return str(error.headers) + error.read().decode()


def every_file(folder: Path) -> dict[str, bytes]:
    """Give what is in each file, tables of databases as text."""
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in folder.rglob("*.db"):
        with closing(sqlite3.connect(path)) as database:
            found[f"{path} as text"] = "\n".join(database.iterdump()).encode()
    return found


@pytest.mark.timeout(120)
def test_no_secret_is_in_a_file_an_output_or_an_error_that_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("VAULT_PASSWORD", OF_THE_ENVIRONMENT)
    (tmp_path / "vault.py").write_text(VAULT)
    (tmp_path / ".env").write_text(f"FILE_TOKEN={OF_THE_FILE}\n")
    (tmp_path / "micro.toml").write_text('secrets = ["plain_field"]\n[audit]\nvalues = true\n')
    outputs: dict[str, str] = {}
    errors: dict[str, str] = {}
    with dev(tmp_path) as command:
        url = command.event("runtime_started")["addresses"][0]

        def call(tool: str, **arguments: Any) -> str:
            return post(f"{url}/mcp/call", {"tool": f"vault.{tool}", "input": arguments})

        given = call("log_in", password=OF_THE_CALL, user="ada")
        assert OF_THE_CALL in given  # what a tool gives its client is the client's
        assert OF_A_FIELD in call("unlock", code=OF_A_FIELD)
        errors["raised"] = call("connect", dsn=f"postgres://ada:{OF_THE_DSN}@db/x")
        errors["refused"] = call("refuse", passphrase=LOCAL)
        errors["bad arguments"] = call("log_in", password=[OF_THE_CALL], user=OF_THE_CALL)
        errors["bad secret"] = call("unlock", code={"it": OF_A_FIELD})
        errors["unknown tool"] = call("nothing", plain_field=OF_A_FIELD)
        errors["bad token"] = post(
            f"{url}/mcp/call",
            {"tool": "vault.nothing", "input": {"api_key": OF_THE_CALL}},
            authorization=f"Bearer {OF_THE_CALL}",
        )
        command.until(lambda: sum("call_finished" in line for line in command.out) >= 8)
        command.until(lambda: any("log_written" in line for line in command.out))
        outputs["snapshot"] = run("approve", "--json", cwd=tmp_path).stdout
    outputs["dev"] = "\n".join([*command.out, *command.err])
    numbers = [json.loads(line)["number"] for line in run_lines(tmp_path, "calls", "ls", "--json")]
    assert len(numbers) == 8
    for number in map(str, numbers[:4]):
        shown = run("calls", "show", number, cwd=tmp_path)
        outputs[f"call {number}"] = shown.stdout + shown.stderr
    for arguments in (("calls", "ls", "--json"), ("audit", "export"), ("audit", "tail")):
        outputs[" ".join(arguments)] = "\n".join(run_lines(tmp_path, *arguments))
    for kind in ("openapi", "python", "schemas"):
        outputs[kind] = run("mcp", "export", kind, cwd=tmp_path).stdout
    files = every_file(tmp_path / ".micro")
    every = {name: text.encode() for name, text in {**outputs, **errors}.items()} | files
    leaks = {name: _around(data) for name, data in every.items() if WORD.encode() in data}
    assert leaks == {}
    assert "[redacted]" in outputs["audit export"]
    assert "[redacted]" in errors["refused"]


def run_lines(root: Path, *arguments: str) -> list[str]:
    done = run(*arguments, cwd=root)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _around(data: bytes) -> bytes:
    """Give what stands round a secret."""
    place = data.index(WORD.encode())
    return data[max(0, place - 60) : place + 40]
