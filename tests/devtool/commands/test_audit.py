import json
import re
import signal
import sqlite3
import urllib.error
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from devtool.harness import call, dev, micro, run, shop


@pytest.fixture
def served(tmp_path: Path) -> Generator[Path]:
    """Give a project in which three calls were made, and none runs any more."""
    shop(tmp_path)
    with dev(tmp_path) as command:
        address = command.event("runtime_started")["addresses"][0]
        call(address, "shop.price", item="tea")
        for tool in ("shop.nowhere", "shop.price"):
            with suppress(urllib.error.HTTPError):
                call(address, tool)
    yield tmp_path


def test_records_are_shown_searched_and_written_out(served: Path):
    lines = run("audit", "tail", cwd=served).stdout.splitlines()
    assert [re.split(r"  +", line)[1:3] for line in lines] == [
        ["shop.price", "ok"],
        ["shop.nowhere", "refused unknown_tool"],
        ["shop.price", "error bad_arguments"],
    ]
    assert run("audit", "tail", "-n", "1", cwd=served).stdout.splitlines() == lines[2:]
    found = run("audit", "query", "--outcome", "refused", "--json", cwd=served).stdout
    assert json.loads(found)["tool"] == "shop.nowhere"
    assert run("audit", "query", "--tool", "users.*", cwd=served).stdout == ""
    assert len(run("audit", "query", "--since", "1h", cwd=served).stdout.splitlines()) == 3
    out = served / "out.jsonl"
    assert run("audit", "export", "--out", str(out), cwd=served).returncode == 0
    assert [json.loads(line)["outcome"] for line in out.read_text().splitlines()] == [
        "ok",
        "refused",
        "error",
    ]


@pytest.mark.parametrize("command", [("calls", "ls"), ("calls", "tail"), ("audit", "query")])
def test_an_outcome_that_is_none_is_refused_and_the_others_named(
    tmp_path: Path, command: tuple[str, str]
):
    found = run(*command, "--outcome", "failed", cwd=tmp_path)
    assert found.returncode == 2
    assert "'--outcome': 'failed' is not one of 'ok', 'error', 'refused'" in found.stderr


def test_a_log_is_verified_and_one_that_was_changed_is_not(served: Path):
    verified = run("audit", "verify", cwd=served)
    assert verified.stdout.startswith("3 records, the chain holds; head 3 ")
    head = verified.stdout.split()[-1]
    assert run("audit", "verify", "--head", head, cwd=served).returncode == 0
    with closing(sqlite3.connect(served / ".micro" / "audit.db")) as database, database:
        database.execute("DROP TRIGGER audit_keeps_values")
        database.execute(
            "UPDATE audit SET record = json_set(record, '$.outcome', 'ok') WHERE seq = 2"
        )
    broken = run("audit", "verify", cwd=served)
    assert broken.returncode == 1
    assert "the chain breaks at record 2" in broken.stderr
    cut = run("audit", "verify", "--json", cwd=served)
    assert json.loads(cut.stdout)["broken"] == 2


def test_a_head_that_is_gone_shows_that_the_end_was_cut_off(served: Path):
    cut = run("audit", "verify", "--head", "0" * 64, cwd=served)
    assert cut.returncode == 1
    assert "was cut off" in cut.stderr


def test_records_are_followed_as_calls_come(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path) as command:
        address = command.event("runtime_started")["addresses"][0]
        call(address, "shop.price", item="tea")
        with micro("audit", "tail", "-f", "-n", "1", "--json", cwd=tmp_path) as tail:
            tail.line('"shop.price"')
            call(address, "shop.price", item="milk")
            tail.until(lambda: len(tail.out) == 2)
            assert tail.end(signal.SIGINT) == 130


def test_a_project_without_a_log_is_told(tmp_path: Path):
    done = run("audit", "verify", cwd=tmp_path)
    assert done.returncode == 1
    assert "there is no audit log" in done.stderr
