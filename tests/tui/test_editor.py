from __future__ import annotations

from pathlib import Path

import pytest

from micro_tui.editor import NoEditor, editor_command, takes_terminal

FILE = Path("/shop/orders.py")


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({"EDITOR": "vim"}, ["vim", "+31", "/shop/orders.py"]),
        ({"EDITOR": "nano", "VISUAL": "emacs -nw"}, ["emacs", "-nw", "+31", "/shop/orders.py"]),
        ({"EDITOR": "code --wait"}, ["code", "--wait", "-g", "/shop/orders.py:31"]),
        ({"MICRO_EDITOR": "/usr/bin/hx", "EDITOR": "vi"}, ["/usr/bin/hx", "/shop/orders.py:31"]),
    ],
)
def test_an_editor_is_told_the_line_in_its_own_way(
    environment: dict[str, str], command: list[str]
) -> None:
    assert editor_command(FILE, 31, environment) == command


def test_without_a_line_the_file_alone_is_opened() -> None:
    assert editor_command(FILE, None, {"EDITOR": "vim"}) == ["vim", "/shop/orders.py"]


def test_without_an_editor_the_mend_is_said() -> None:
    with pytest.raises(NoEditor) as raised:
        editor_command(FILE, 1, {})
    assert "EDITOR" in (raised.value.mend or "")


def test_only_an_editor_without_a_window_takes_the_terminal() -> None:
    assert takes_terminal(["vim"])
    assert not takes_terminal(["/opt/bin/code", "-g"])
