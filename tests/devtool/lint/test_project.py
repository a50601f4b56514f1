from pathlib import Path

import pytest

from devtool.exports.views import service_view, tool_view
from micro.errors import ConfigError
from micro_devtool.lint.project import linter_for

SERVICE = service_view(tool_view(description=""))


def test_the_rules_follow_the_settings_as_they_are_when_it_looks(tmp_path: Path):
    find = linter_for(tmp_path)
    assert "missing-description" in {each.rule for each in find([SERVICE], "shop")}
    (tmp_path / "micro.toml").write_text('[lint]\nignore = ["missing-description"]\n')
    assert "missing-description" not in {each.rule for each in find([SERVICE], "shop")}


def test_a_rule_that_is_none_is_refused(tmp_path: Path):
    (tmp_path / "micro.toml").write_text('[lint]\nignore = ["mising-description"]\n')
    with pytest.raises(ConfigError, match="mising-description"):
        linter_for(tmp_path)([SERVICE], "shop")
