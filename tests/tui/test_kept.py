from __future__ import annotations

from pathlib import Path

from micro_tui.kept import Desktop, Memory, Tastes, state_folder


def test_what_is_remembered_is_there_the_next_time_for_this_project_alone(tmp_path: Path) -> None:
    memory = Memory(tmp_path, project="/shop")
    memory.keep_desktop(Desktop(filters={"calls": "is:error"}, side=False, pane=3))
    memory.keep_tastes(Tastes(theme="micro-light"))
    again = Memory(tmp_path, project="/shop")
    assert again.desktop() == Desktop(filters={"calls": "is:error"}, side=False, pane=3)
    other = Memory(tmp_path, project="/bank")
    assert other.desktop() == Desktop()
    assert other.tastes().theme == "micro-light"


def test_files_that_are_damaged_or_cannot_be_written_cost_nothing_else(tmp_path: Path) -> None:
    memory = Memory(tmp_path, project="/shop")
    memory.keep_tastes(Tastes(theme="nord"))
    (tmp_path / "dashboard.json").write_text("{")
    assert memory.tastes() == Tastes()
    (tmp_path / "file").write_text("")
    nowhere = Memory(tmp_path / "file", project="/shop")
    nowhere.keep_desktop(Desktop(side=False))
    assert nowhere.desktop() == Desktop()


def test_only_their_owner_reads_them(tmp_path: Path) -> None:
    Memory(tmp_path / "micro", project="/shop").keep_tastes(Tastes(theme="nord"))
    assert (tmp_path / "micro" / "dashboard.json").stat().st_mode & 0o777 == 0o600


def test_state_has_the_place_that_the_environment_names() -> None:
    assert state_folder({"XDG_STATE_HOME": "/x"}) == Path("/x/micro")
    assert state_folder({"XDG_STATE_HOME": "x", "HOME": "/h"}) == Path("/h/.local/state/micro")
    assert state_folder({}) is None
