import json
import subprocess
from pathlib import Path

from devtool.harness import run, shop


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def test_a_change_that_breaks_callers_fails_the_check_until_it_is_promised(tmp_path: Path):
    path = shop(tmp_path)
    assert run("mcp", "lock", cwd=tmp_path).returncode == 0
    same = run("mcp", "diff", "--check", cwd=tmp_path)
    assert (same.returncode, same.stdout) == (0, "")
    path.write_text(path.read_text().replace("item: str", "item: str, count: int"))
    assert run("mcp", "diff", cwd=tmp_path).returncode == 0
    broken = run("mcp", "diff", "--check", cwd=tmp_path)
    assert broken.returncode == 1
    wanted = "shop.price: parameter `count` was added and is required — BREAKING\n"
    assert broken.stdout == wanted
    assert "1 of them break callers" in broken.stderr
    assert run("mcp", "lock", cwd=tmp_path).returncode == 0
    assert run("mcp", "diff", "--check", cwd=tmp_path).returncode == 0


def test_tools_are_compared_with_those_of_a_git_revision_with_and_without_a_lock(tmp_path: Path):
    project = tmp_path / "repository" / "project"
    project.mkdir(parents=True)
    path = shop(project)
    git(tmp_path, "init", "repository")
    git(project, "add", "shop.py")
    git(project, "commit", "-m", "one")
    path.write_text(path.read_text().replace("def price", "def cost"))
    found = json.loads(run("mcp", "diff", "--against", "HEAD", "--json", cwd=project).stdout)
    assert [(c["tool"], c["effect"]) for c in found["changes"]] == [
        ("shop.price", "removed"),
        ("shop.cost", "added"),
    ]
    assert run("mcp", "lock", cwd=project).returncode == 0
    git(project, "add", "tools.lock.json")
    git(project, "commit", "-m", "two")
    assert run("mcp", "diff", "--against", "HEAD", "--check", cwd=project).stdout == ""


def test_without_a_lock_or_with_a_wrong_revision_the_mend_is_said(tmp_path: Path):
    shop(tmp_path)
    missing = run("mcp", "diff", cwd=tmp_path)
    assert (missing.returncode, "micro mcp lock" in missing.stderr) == (2, True)
    wrong = run("mcp", "diff", "--against", "--output=x", cwd=tmp_path)
    assert (wrong.returncode, "neither a lock file" in wrong.stderr) == (2, True)
