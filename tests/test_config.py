"""Settings from a project's own files, and which folder the project is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from micro.config import DEFAULT_ADDRESS, Settings, find_root, load_project
from micro.errors import ConfigError


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_a_folder_without_settings_has_the_defaults(tmp_path: Path):
    project = load_project(tmp_path)
    assert project.settings == Settings()
    assert (project.settings.address, project.source) == (DEFAULT_ADDRESS, None)
    assert (project.name, project.state) == (tmp_path.name, tmp_path / ".micro")


def test_settings_come_from_pyproject(tmp_path: Path):
    path = write(tmp_path / "pyproject.toml", '[tool.micro]\nservices = ["a/*.py", "b:c"]\n')
    project = load_project(tmp_path)
    assert (project.settings.services, project.source) == (("a/*.py", "b:c"), path)


def test_settings_come_from_micro_toml_before_pyproject(tmp_path: Path):
    write(tmp_path / "pyproject.toml", '[tool.micro]\nname = "other"\naddress = ":1"\n')
    write(tmp_path / "micro.toml", 'name = "shöp"\n')
    project = load_project(tmp_path)
    assert (project.name, project.settings.address) == ("shöp", DEFAULT_ADDRESS)


def test_an_empty_micro_toml_counts(tmp_path: Path):
    write(tmp_path / "pyproject.toml", '[tool.micro]\nname = "other"\n')
    write(tmp_path / "micro.toml", "")
    assert load_project(tmp_path).name == tmp_path.name


def test_a_pyproject_without_our_table_says_nothing(tmp_path: Path):
    write(tmp_path / "pyproject.toml", '[project]\nname = "x"\n[tool]\nother = 1\n')
    assert load_project(tmp_path).source is None


@pytest.mark.parametrize(
    ("text", "message", "mend"),
    [
        ("servces = []", "unknown key 'servces'", "services"),
        ("services = 'x.py'", "services = 'x.py'", "correct"),
        ("services = 'x.py'", "should be a list", "correct"),
        ("services = [3]", "services.0 = 3", "correct"),
        ("[lint]\nbudgt = 3", "unknown key 'lint.budgt'", "Did you mean `budget`? known: budget,"),
        ("[tools.'a.b']\ntimout = 3", "unknown key 'tools.a.b.timout'", "`timeout`? known: "),
        ("[tools.'a.b']\nrate_limit = 'x'", "rate_limit = 'x': 'x' is no rate", "correct"),
        ("address = 3000", "address = 3000", "correct"),
        ("name = [1]", "name", "correct"),
        ("log_level = 'loud'", "log_level = 'loud': Input should be 'debug', 'info'", "correct"),
        ("name = 'x", "is not valid TOML", "correct"),
        ("name = 'x'\nname = 'y'", "is not valid TOML", "correct"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_a_mend(
    tmp_path: Path, text: str, message: str, mend: str
):
    path = write(tmp_path / "micro.toml", text)
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path)
    assert message in caught.value.message
    assert str(path) in caught.value.message
    assert mend in (caught.value.mend or "")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "micro.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_project(tmp_path)


def test_a_table_that_is_none_is_refused(tmp_path: Path):
    write(tmp_path / "pyproject.toml", "[tool]\nmicro = 'shop.py'\n")
    with pytest.raises(ConfigError, match=r"tool\.micro is not a table") as caught:
        load_project(tmp_path)
    assert "[tool.micro]" in (caught.value.mend or "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path):
    write(tmp_path / "micro.toml", "").chmod(0)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_project(tmp_path)


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path):
    for path in (tmp_path / "missing", write(tmp_path / "file", "")):
        with pytest.raises(ConfigError, match="is not a folder"):
            load_project(path)


@pytest.mark.parametrize("marker", ["micro.toml", "pyproject.toml", ".micro/x"])
def test_a_project_is_found_from_below_it(tmp_path: Path, marker: str):
    write(tmp_path / marker, "[tool.micro]\n" if marker == "pyproject.toml" else "")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == tmp_path
    assert find_root(tmp_path) == tmp_path


def test_the_nearest_project_is_found(tmp_path: Path):
    write(tmp_path / "micro.toml", "")
    write(tmp_path / "inner" / "pyproject.toml", "[tool.micro]\n")
    assert find_root(tmp_path / "inner") == tmp_path / "inner"


def test_a_pyproject_of_something_else_is_passed_by(tmp_path: Path):
    write(tmp_path / "micro.toml", "")
    write(tmp_path / "inner" / "pyproject.toml", "[project]\nname = 'x'\n")
    assert find_root(tmp_path / "inner") == tmp_path


def test_a_folder_below_no_project_is_its_own(tmp_path: Path):
    deep = tmp_path / "a"
    deep.mkdir()
    assert find_root(deep) == deep
