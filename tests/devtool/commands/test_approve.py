import json
import threading
import urllib.error
from pathlib import Path

from devtool.harness import call, dev, run, shop


def test_a_call_waits_until_it_is_allowed_or_denied(tmp_path: Path):
    shop(tmp_path)
    (tmp_path / "micro.toml").write_text('[tools."shop.price"]\napprove = "always"\n')
    ended: list[str] = []

    def buy(address: str) -> None:
        try:
            ended.append(call(address, "shop.price", item="tea")["result"])
        except urllib.error.HTTPError as error:
            with error:
                ended.append(json.loads(error.read())["error"]["kind"])

    with dev(tmp_path) as command:
        address = command.event("runtime_started")["addresses"][0]
        for flags in ((), ("--deny",)):
            buyer = threading.Thread(target=buy, args=(address,))
            buyer.start()
            number = command.event("approval_asked", call=len(ended) + 1)["call"]
            listed = run("approve", cwd=tmp_path).stdout
            assert '{"item": "tea"}' in listed
            assert run("approve", str(number), *flags, cwd=tmp_path).returncode == 0
            buyer.join()
        assert ended == ["tea costs 1", "approval_denied"]
        late = run("approve", "1", cwd=tmp_path)
        assert (late.returncode, "does not wait" in late.stderr) == (1, True)
    records = run("audit", "query", "--json", cwd=tmp_path).stdout.splitlines()
    assert all(json.loads(line)["decided_by"] for line in records)


JUDGED = """
from micro import Service

shop = Service("shop")

def large(count: int) -> str | None:
    return f"{count} is a lot" if count > 10 else None

@shop.tool(approve=large)
def order(count: int) -> str:
    return f"ordered {count}"
"""


def test_a_function_of_the_project_says_which_calls_wait_and_why(tmp_path: Path):
    (tmp_path / "shop.py").write_text(JUDGED)
    ended: list[str] = []
    with dev(tmp_path) as command:
        address = command.event("runtime_started")["addresses"][0]
        assert call(address, "shop.order", count=2)["result"] == "ordered 2"
        buyer = threading.Thread(
            target=lambda: ended.append(call(address, "shop.order", count=20)["result"])
        )
        buyer.start()
        number = command.event("approval_asked")["call"]
        assert "20 is a lot" in run("approve", cwd=tmp_path).stdout
        assert run("approve", str(number), cwd=tmp_path).returncode == 0
        buyer.join()
    assert ended == ["ordered 20"]


def test_a_project_that_does_not_run_is_told(tmp_path: Path):
    none = run("approve", cwd=tmp_path)
    assert none.returncode == 3
    assert "nothing runs" in none.stderr
