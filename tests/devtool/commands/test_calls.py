import json
import re
import signal
import urllib.error
from contextlib import suppress
from pathlib import Path

from devtool.harness import call, dev, micro, run, shop


def test_calls_are_listed_shown_and_followed(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path) as command:
        address = command.event("runtime_started")["addresses"][0]
        call(address, "shop.price", item="tea")
        with suppress(urllib.error.HTTPError):
            call(address, "shop.price", wrong=1)
        command.until(lambda: sum('"call_finished"' in line for line in command.out) == 2)
    lines = run("calls", "ls", cwd=tmp_path).stdout.splitlines()
    assert [re.split(r"  +", line)[2:4] for line in lines] == [
        ["shop.price", "ok"],
        ["shop.price", "error bad_arguments"],
    ]
    number = lines[0].split()[0]
    shown = run("calls", "show", number, cwd=tmp_path).stdout
    assert '{"item": "tea"}' in shown
    assert "tea costs 1" in shown
    assert "phase run" in shown
    as_json = json.loads(run("calls", "show", number, "--json", cwd=tmp_path).stdout)
    assert (as_json["number"], as_json["view"]["tool"]) == (int(number), "shop.price")
    found = run("calls", "ls", "--text", "TEA", "--json", cwd=tmp_path).stdout.splitlines()
    assert [json.loads(line)["number"] for line in found] == [int(number)]
    with micro("calls", "tail", "--json", cwd=tmp_path) as tail, dev(tmp_path) as command:
        tail.until(lambda: len(tail.out) == 2)
        address = command.event("runtime_started")["addresses"][0]
        call(address, "shop.price", item="milk")
        assert "milk" in tail.until(lambda: tail.out[2:3])[0]
        assert tail.end(signal.SIGINT) == 130


def test_what_is_not_kept_is_told(tmp_path: Path):
    none = run("calls", "ls", cwd=tmp_path)
    assert none.returncode == 1
    assert "there are no calls" in none.stderr
