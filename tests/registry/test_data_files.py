"""Which files that are no code belong to which module."""

from __future__ import annotations

from pathlib import Path

from micro.registry.data_files import DataFiles, absolute_patterns, matches


def test_patterns_count_from_each_folder_and_reach_into_those_below(tmp_path: Path):
    shop = tmp_path / "[shop]"
    patterns = absolute_patterns(["pages/**/*.html", "one.txt"], shop, tmp_path)
    for name in ("[shop]/pages/a.html", "[shop]/pages/deep/b.html", "pages/c.html", "one.txt"):
        assert matches(tmp_path / name, patterns)
    for name in ("[shop]/pages/a.htm", "s/pages/a.html", "other.txt"):
        assert not matches(tmp_path / name, patterns)


def test_only_another_content_is_a_change(tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text("one")
    files = DataFiles()
    files.know("shop", absolute_patterns(["*.html"], tmp_path))
    page.touch()
    assert files.changed([page]) == frozenset()
    page.write_text("two")
    assert files.changed([page, tmp_path / "other.txt"]) == {"shop"}
    page.unlink()
    assert files.changed([page]) == {"shop"}
    assert files.readers([tmp_path / "new.html"]) == {"shop"}


def test_a_module_that_says_nothing_any_more_reads_nothing(tmp_path: Path):
    files = DataFiles()
    files.know("shop", absolute_patterns(["*.html"], tmp_path))
    files.know("shop", ())
    assert not files.patterns
    assert files.readers([tmp_path / "page.html"]) == frozenset()
