"""The environment of a project's code, as the runtime knows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from micro.backends.host.dotenv import ProjectEnvironment


def test_it_is_what_the_file_says_now_under_what_the_process_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MICRO_TEST_OWN", "process")
    environment = ProjectEnvironment(tmp_path)
    assert environment()["MICRO_TEST_OWN"] == "process"
    assert "MICRO_TEST_KEY" not in environment()
    file = tmp_path / ".env"
    file.write_text("MICRO_TEST_KEY=one\nMICRO_TEST_OWN=file\nMICRO_TEST_EMPTY=\n")
    assert environment()["MICRO_TEST_KEY"] == "one"
    assert environment()["MICRO_TEST_OWN"] == "process"
    assert "MICRO_TEST_EMPTY" not in environment()
    file.write_text("MICRO_TEST_KEY=two\nMICRO_TEST_OWN=file\nMICRO_TEST_EMPTY=\n")
    assert environment()["MICRO_TEST_KEY"] == "two"
    file.unlink()
    assert "MICRO_TEST_KEY" not in environment()


def test_a_file_that_is_no_text_says_nothing(tmp_path: Path):
    (tmp_path / ".env").write_bytes(b"MICRO_TEST_KEY=\xff\xfe")
    assert "MICRO_TEST_KEY" not in ProjectEnvironment(tmp_path)()
