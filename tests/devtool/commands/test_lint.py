import json
from pathlib import Path

from devtool.harness import run, shop


def test_findings_have_their_place_and_their_mend_and_errors_fail(tmp_path: Path):
    shop(tmp_path)
    ended = run("lint", cwd=tmp_path)
    assert ended.returncode == 1
    first, second = ended.stdout.splitlines()[:2]
    assert first == "shop.py:6: error [missing-description] shop.price: nothing says what it does"
    assert second.startswith("  write a docstring")
    assert "about " in ended.stderr


def test_settings_decide_what_is_asked_and_a_budget_by_flag_is_kept(tmp_path: Path):
    shop(tmp_path)
    (tmp_path / "micro.toml").write_text(
        '[lint]\nignore = ["missing-description", "missing-example"]\n'
        'severity = {undocumented-parameter = "off"}\n'
    )
    assert (run("lint", cwd=tmp_path).returncode, run("lint", cwd=tmp_path).stdout) == (0, "")
    broke = run("lint", "--budget", "5", "--json", cwd=tmp_path)
    (finding,) = json.loads(broke.stdout)["findings"]
    assert (broke.returncode, finding["rule"]) == (1, "token-budget")


def test_a_wrong_rule_in_the_settings_exits_2(tmp_path: Path):
    shop(tmp_path)
    (tmp_path / "micro.toml").write_text('[lint]\nignore = ["missing"]\n')
    ended = run("lint", cwd=tmp_path)
    assert (ended.returncode, "lint has no rule 'missing'" in ended.stderr) == (2, True)
