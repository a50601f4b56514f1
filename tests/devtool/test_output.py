import io
import sys

import pytest

from micro.errors import MicroError
from micro_devtool import output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_failure_says_what_happened_then_the_mend_on_stderr(capsys: pytest.CaptureFixture[str]):
    output.failure(MicroError("port 3000 is taken", mend="choose one with --address"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "micro: port 3000 is taken\n  choose one with --address\n"


def test_a_pipe_gets_no_colour(capsys: pytest.CaptureFixture[str]):
    output.data("x", "bad")
    assert capsys.readouterr().out == "x\n"


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_gets_colour_unless_it_wants_none(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], coloured: bool
):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    output.data("x", "bad")
    assert ("\x1b" in terminal.getvalue()) is coloured


def test_outside_text_in_a_failure_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]):
    output.problem("a\x1b[31mb\u202ec\nd", "e\x07f")
    first, second = capsys.readouterr().err.splitlines()
    assert first.isprintable()
    assert second.isprintable()
