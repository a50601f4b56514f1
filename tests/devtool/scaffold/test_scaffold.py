from pathlib import Path

import pytest

from micro.errors import ConfigError
from micro_devtool.scaffold import make_service


@pytest.mark.parametrize("name", ["", "1st", "a b", "../up", "a/b", "é", "a\n", "-x", "x" * 41])
def test_a_name_that_clients_would_refuse_is_refused_with_one_that_goes(tmp_path: Path, name: str):
    with pytest.raises(ConfigError) as refused:
        make_service(name, tmp_path)
    assert refused.value.mend is not None
    suggested = refused.value.mend.rsplit(" ", 1)[1]
    assert make_service(suggested, tmp_path).is_dir()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine.py").write_text("x = 1")
    with pytest.raises(ConfigError, match="is there already"):
        make_service("shop", tmp_path)
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["mine.py"]


def test_an_empty_folder_is_filled(tmp_path: Path):
    (tmp_path / "shop").mkdir()
    assert (make_service("shop", tmp_path) / "service.py").is_file()


def test_git_is_told_to_leave_the_runtimes_folder_out(tmp_path: Path):
    assert ".micro/" in (make_service("shop", tmp_path) / ".gitignore").read_text().splitlines()
