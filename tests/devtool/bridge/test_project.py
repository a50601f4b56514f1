import json
import socket
from pathlib import Path

import pytest

from micro.config import find_root as find_root_of_runtime
from micro.errors import RuntimeBusy
from micro.state import StateFolder
from micro_devtool.bridge.project import BUSY, connect, find_root, read_running, reason_in

TREES: dict[str, dict[str, str]] = {
    "nothing": {},
    "micro_toml": {"a/micro.toml": ""},
    "table": {"a/pyproject.toml": "[tool.micro]\n"},
    "other_table": {"a/pyproject.toml": "[tool.microscope]\nx = 1\n"},
    "nested": {"micro.toml": "", "a/b/pyproject.toml": "[tool.micro]\nname = 'x'\n"},
    "state": {"a/.micro/runtime.lock": ""},
    "no_table": {"a/pyproject.toml": "tool = 3  # micro\n"},
}


@pytest.mark.parametrize("files", TREES.values(), ids=TREES)
def test_the_bridge_finds_the_same_root_as_the_runtime(tmp_path: Path, files: dict[str, str]):
    start = tmp_path / "a" / "b" / "c"
    start.mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert Path(find_root(str(start))) == find_root_of_runtime(start)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": "x"}', '{"pid": 1, "kind": 2}'])
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, text: str):
    (tmp_path / ".micro").mkdir()
    (tmp_path / ".micro" / "runtime.json").write_text(text)
    assert read_running(str(tmp_path)) is None


def test_a_record_is_read(tmp_path: Path):
    (tmp_path / ".micro").mkdir()
    record = {"pid": 5, "kind": "dev", "mcp": "/x", "control": "/y", "more": 1}
    (tmp_path / ".micro" / "runtime.json").write_text(json.dumps(record))
    assert read_running(str(tmp_path)) == (5, "dev", "/x")


def test_a_socket_that_nobody_listens_on_is_no_runtime(tmp_path: Path):
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "s"))
    assert connect(str(tmp_path / "s")) is None
    assert connect(str(tmp_path / "missing")) is None


def test_the_last_error_among_the_last_words_is_the_reason():
    words = "noise\nmicro: first\n  mend it\nmicro: port 3 is taken\n  choose another\nnoise"
    assert reason_in(words, code=3) == "port 3 is taken; choose another"


def test_words_without_an_error_are_not_told_to_the_client():
    reason = reason_in("Traceback: secret path", code=1)
    assert "secret" not in reason
    assert "exit code 1" in reason


def test_a_runtime_that_was_slower_says_so_in_the_words_that_the_bridge_knows(tmp_path: Path):
    first, second = StateFolder(tmp_path / ".micro"), StateFolder(tmp_path / ".micro")
    with first.lock(), pytest.raises(RuntimeBusy, match=BUSY), second.lock():
        pass
